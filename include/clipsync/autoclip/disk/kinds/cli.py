"""CLI: `autoclip run` (1.3) makes classic files, and says in project.json that it did."""

from clipsync.autoclip.disk.kinds.kind import ProjectKind

KIND = ProjectKind("cli", precedence=40, recognise=lambda evidence: evidence.via == "cli")
