"""`python -m tools.cluster`: behind `make cluster-check`."""

from __future__ import annotations

import sys
from pathlib import Path

from clipsync.errors import ClipSyncError
from tools.cluster.check import cluster_check
from tools.live.console import Progress
from tools.live.interrupt import INTERRUPTED, Interrupted, listen_for_interrupts


def main() -> int:
    listen_for_interrupts()
    progress = Progress()
    try:
        return cluster_check(Path.cwd(), progress)
    except ClipSyncError as error:
        progress.say(str(error), style="red")
        return 1
    except Interrupted:
        progress.say("Interrupted; everything that was started has ended.")
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
