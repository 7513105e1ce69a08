"""What AutoClip owns: its data directory (`disk`) and its database (`database`).

ClipSync is a guest in both. The disk is only ever read; in the database only AutoClip's own rows
are written, never its schema. What AutoClip writes, and how, is its data contract; the code that
knows it lives here and nowhere else.
"""
