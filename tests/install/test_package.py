"""The package declares what it needs, and has one version."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement

from clipsync import __version__
from tests.support.airflow_home import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
LOCKED = dict(
    re.findall(
        r"^([a-z0-9-]+)(?:\[.*?\])?==([^ ;]+)",
        (REPOSITORY / "requirements.txt").read_text("utf-8"),
        re.MULTILINE,
    )
)


@pytest.mark.parametrize(
    "declared",
    sorted({*PROJECT["dependencies"], *(one for extra in EXTRAS.values() for one in extra)}),
)
def test_what_is_declared_allows_what_is_tested(declared: str) -> None:
    needed = Requirement(declared)
    if needed.name == "clipsync":
        assert needed.extras <= EXTRAS.keys()
    else:
        assert needed.specifier.contains(LOCKED[needed.name]), LOCKED[needed.name]


def test_the_command_line_needs_neither_airflow_nor_great_expectations() -> None:
    names = {Requirement(declared).name for declared in PROJECT["dependencies"]}
    assert names.isdisjoint({"apache-airflow", "great-expectations", "pandas", "psycopg"})


def test_the_images_are_tagged_with_the_version() -> None:
    compose = (REPOSITORY / "docker-compose.yaml").read_text("utf-8")
    helm = (REPOSITORY / "deploy/helm-values.yaml").read_text("utf-8")
    assert set(re.findall(r"CLIPSYNC_VERSION:-([^}]+)", compose)) == {__version__}
    assert re.findall(r"^defaultAirflowTag: (\S+)", helm, re.MULTILINE) == [__version__]


def test_the_changelog_begins_with_what_is_not_released_or_with_this_version() -> None:
    changelog = (REPOSITORY / "CHANGELOG.md").read_text("utf-8")
    newest = re.findall(r"^## \[(.+?)\]", changelog, re.MULTILINE)[0]
    assert newest == ("Unreleased" if ".dev" in __version__ else __version__)
