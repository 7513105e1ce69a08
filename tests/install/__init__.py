"""ClipSync as its users install it."""
