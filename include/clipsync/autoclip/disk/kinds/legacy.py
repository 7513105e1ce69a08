"""Legacy: an entry of projects.json, the oldest form, speaks for the project."""

from clipsync.autoclip.disk.kinds.kind import ProjectKind

KIND = ProjectKind("legacy", precedence=20, recognise=lambda evidence: evidence.listed)
