"""One module per version of the ledger, oldest first."""
