"""Makes `.env`, once: `.env.example` with fresh secrets. The first half of `make up`.

Runs before anything is installed, so it needs nothing but Python itself.
"""

from __future__ import annotations

import base64
import os
import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

GENERATED = "<generated>"
YOURS = "<yours>"


def main() -> int:
    repository = Path.cwd()
    path = repository / ".env"
    if make_env_file(repository / ".env.example", path, os.environ):
        print(f"Made {path} with fresh secrets, for you alone to read. Keep it with your backups.")  # noqa: T201
    missing = left_open(path)
    if missing:
        sys.stderr.write(
            f"{path}: please fill in {' and '.join(missing)}; the comments there say what they "
            "mean. Then `make up` again.\n"
        )
        return 1
    return 0


def make_env_file(example: Path, path: Path, given: Mapping[str, str]) -> bool:
    """Writes `path`, mode 600, where there is none; True if it did.

    `<generated>` becomes a random secret, `<yours>` the variable of that name in `given`, if there
    is one. A file that is there stays as it is, to the byte.
    """
    lines = example.read_text(encoding="utf-8").splitlines()
    content = "".join(f"{_filled(line, given)}\n" for line in lines)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(content)
    return True


def left_open(path: Path) -> list[str]:
    """The variables of an env file that still wait for a person."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.partition("=")[0] for line in lines if line.endswith(f"={YOURS}")]


def _filled(line: str, given: Mapping[str, str]) -> str:
    name, _, value = line.partition("=")
    if value == GENERATED:
        return f"{name}={_SECRETS.get(name, secrets.token_urlsafe)(32)}"
    if value == YOURS and given.get(name):
        return f"{name}={_quoted(name, given[name])}"
    return line


def _quoted(name: str, value: str) -> str:
    """In single quotes Compose takes a value as it is, `$` included."""
    if "'" in value or "\n" in value:
        raise SystemExit(f"{name} holds a quote or a line break: write it into .env by hand.")
    return f"'{value}'"


def _fernet_key(size: int) -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(size)).decode()


# All of them may stand in a URL as they are.
_SECRETS: dict[str, Callable[[int], str]] = {"AIRFLOW_FERNET_KEY": _fernet_key}


if __name__ == "__main__":
    sys.exit(main())
