"""What a command works on: the settings, and the workspace they name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipsync.errors import SettingsError

if TYPE_CHECKING:
    from clipsync.operations.workspace import Workspace
    from clipsync.settings import Settings


@contextmanager
def open_session(data_dir: str | None, database_url: str | None) -> Iterator[Workspace]:
    """The workspace that options and environment name. Raises what `open_workspace` raises."""
    from clipsync.operations.workspace import open_workspace

    with open_workspace(load_settings(data_dir, database_url)) as workspace:
        yield workspace


def load_settings(data_dir: str | None, database_url: str | None) -> Settings:
    """The settings from the environment, with the options that were given instead.

    Raises SettingsError, which names the variable but never its value: it may be a password.
    """
    from pydantic import ValidationError

    from clipsync.settings import Settings

    given: dict[str, Any] = {}
    if data_dir is not None:
        given["data_dir"] = Path(_not_blank("--data-dir", data_dir))
    if database_url is not None:
        given["database_url"] = _not_blank("--database-url", database_url)
    try:
        return Settings(**given)
    except ValidationError as error:
        wrong = "; ".join(
            f"CLIPSYNC_{'_'.join(str(part) for part in item['loc']).upper()}: {item['msg']}"
            for item in error.errors(include_input=False, include_url=False, include_context=False)
        )
        raise SettingsError(f"{wrong}. Correct the environment variable or unset it.") from None


def _not_blank(option: str, value: str) -> str:
    if not value.strip():
        raise SettingsError(f"{option} is empty. Leave it out to use the environment's setting.")
    return value
