"""ClipSync keeps AutoClip's database true to what its pipeline wrote on disk."""

__version__ = "0.2.0.dev0"
"""The one place where the version stands; `pyproject.toml` reads it here."""
