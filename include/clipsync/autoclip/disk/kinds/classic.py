"""Classic: uploaded or downloaded, six steps, final files, marker. Whatever is nothing else."""

from clipsync.autoclip.disk.kinds.kind import ProjectKind

KIND = ProjectKind("classic", precedence=100, recognise=lambda _: True)
