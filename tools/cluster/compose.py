"""Reads `docker-compose.yaml` as Compose itself understands it.

Compose's own client resolves anchors, variables and defaults, and checks the file against the
Compose specification's schema; no Docker engine is needed for that.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clipsync.errors import TerminalError

COMPOSE_FILE = "docker-compose.yaml"


class ComposeFileError(TerminalError):
    """Compose does not accept the file, or its client is not installed."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service: what it runs, on which image, with which settings, and how often.

    `command` and `healthcheck` are argument lists; empty where the image's own is used. A health
    check of one element is a line for the shell.
    """

    name: str
    image: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    healthcheck: tuple[str, ...]
    replicas: int


def read_services(compose_file: Path, env_file: Path) -> dict[str, Service]:
    """All services by name, those of all profiles included. Raises ComposeFileError."""
    services = resolved(compose_file, env_file)["services"]
    return {name: _service(name, content) for name, content in services.items()}


def resolved(compose_file: Path, env_file: Path) -> Any:
    """The whole file, resolved, as Compose's JSON. Raises ComposeFileError."""
    client = Path(sys.executable).with_name("docker-compose")
    if not client.exists():
        raise ComposeFileError(f"{client} is missing: run `make setup`.")
    told = subprocess.run(
        [
            *(str(client), "--file", str(compose_file), "--env-file", str(env_file)),
            *("--profile", "*", "config", "--format", "json"),
        ],
        # A variable of somebody's shell would go before the env file's.
        env={"PATH": os.defpath, "HOME": os.environ.get("HOME", "/")},
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode:
        raise ComposeFileError(f"Compose does not accept {compose_file}: {told.stderr.strip()}")
    return json.loads(told.stdout)


def _service(name: str, content: Mapping[str, Any]) -> Service:
    kind, *check = (content.get("healthcheck") or {}).get("test") or ["NONE"]
    return Service(
        name=name,
        image=content["image"],
        command=tuple(_literal(word) for word in content.get("command") or ()),
        environment={
            key: _literal(value or "") for key, value in (content.get("environment") or {}).items()
        },
        healthcheck=() if kind == "NONE" else tuple(_literal(word) for word in check),
        replicas=(content.get("deploy") or {}).get("replicas", 1),
    )


def _literal(text: str) -> str:
    """Compose doubles a literal `$` in what it prints, so that it could be read again."""
    return text.replace("$$", "$")
