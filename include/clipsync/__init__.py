"""ClipSync keeps AutoClip's database true to what its pipeline wrote on disk."""

__version__ = "0.1.0"
