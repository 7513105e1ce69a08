"""The values every room speaks of: manifest, snapshot, base, plan, finding.

Frozen, without behaviour beyond what follows from their own fields, and without I/O.
Everything may import this package; it imports nothing of ClipSync.
"""
