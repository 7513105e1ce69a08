"""`python -m tools.live demo|serve|run`: behind `make demo`, `make serve`, `make run`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from clipsync.errors import ClipSyncError
from tools.live import stage
from tools.live.console import Progress
from tools.live.interrupt import INTERRUPTED, Interrupted, listen_for_interrupts
from tools.live.stage import Address


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.live", description=__doc__)
    parser.add_argument("command", choices=("demo", "serve", "run"))
    command = parser.parse_args().command
    listen_for_interrupts()
    progress = Progress()
    repository = Path.cwd()
    try:
        if command == "demo":
            return stage.demo(repository, progress)
        address = _address()
        if command == "serve":
            return stage.serve(repository, address, progress)
        return stage.run(
            repository,
            address,
            progress,
            data_dir=_given("DATA_DIR", "CLIPSYNC_DATA_DIR"),
            database_url=_given("DATABASE_URL", "CLIPSYNC_DATABASE_URL"),
        )
    except ClipSyncError as error:
        progress.say(str(error), style="red")
        return 1
    except Interrupted:
        progress.say("Interrupted; everything that was started has ended.")
        # `make serve` and `make run` are meant to be ended so.
        return INTERRUPTED if command == "demo" else 0


def _address() -> Address:
    port = os.environ.get("PORT", "").strip()
    if port and not (port.isdigit() and 0 < int(port) < 65536):
        raise ClipSyncError(f"PORT={port}: expected a number from 1 to 65535.")
    return Address(os.environ.get("HOST", "").strip() or "127.0.0.1", int(port) if port else None)


def _given(*names: str) -> str:
    return next((value for name in names if (value := os.environ.get(name, "").strip())), "")


if __name__ == "__main__":
    sys.exit(main())
