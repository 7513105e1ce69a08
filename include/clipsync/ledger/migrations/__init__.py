"""Alembic's scripts for the ledger's tables; `clipsync.ledger.migrate` runs them."""
