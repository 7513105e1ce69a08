"""Demo data: what AutoClip, its pipeline and its users write, generated.

Nothing here is used by a sync; the demo and the tests need an AutoClip to work against.
"""
