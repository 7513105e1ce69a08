"""The command line `clipsync`.

One module per command in `commands/`; what they share lies beside it. Nothing here is imported
before a command needs it, so that `clipsync --help` and the first line of an error are quick.
"""

from __future__ import annotations


def main() -> None:
    """Run the command line with the process' arguments, and exit with its status."""
    from clipsync.cli.app import app

    app(prog_name="clipsync")
