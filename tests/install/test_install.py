"""Wheel and sdist are built, installed into an empty environment, and sync a demo's projects."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from clipsync import __version__
from clipsync.demo.scenario import COMPLETED, HISTORICAL_PROJECTS
from tests.support.airflow_home import REPOSITORY

pytestmark = [pytest.mark.install, pytest.mark.xdist_group("install")]

UV = Path(sys.executable).with_name("uv")
SOURCES = ("CHANGELOG.md", "LICENSE", "MANIFEST.in", "README.md", "pyproject.toml")
FOLDERS = ("dags", "include", "plugins")


@dataclass(frozen=True)
class Built:
    """What a release consists of."""

    wheel: Path
    sdist: Path


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Built from a copy, so that nothing stays in the repository; the wheel from the sdist."""
    place = tmp_path_factory.mktemp("release")
    source = place / "source"
    source.mkdir()
    for name in (*SOURCES, "requirements.txt"):
        shutil.copy(REPOSITORY / name, source)
    for name in FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(REPOSITORY / name, source / name, ignore=ignored)
    uv("build", "--out-dir", place / "dist", source)
    (wheel,) = (place / "dist").glob("*.whl")
    (sdist,) = (place / "dist").glob("*.tar.gz")
    return Built(wheel, sdist)


@pytest.fixture(scope="module", params=["wheel", "sdist"])
def environment(
    request: pytest.FixtureRequest, built: Built, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The programs of an environment that holds ClipSync, what it declares, and nothing else."""
    place = tmp_path_factory.mktemp(request.param) / "venv"
    uv("venv", "--python", sys.executable, place)
    archive = getattr(built, request.param)
    locked = REPOSITORY / "requirements.txt"
    uv("pip", "install", "--python", place / "bin/python", "--constraint", locked, archive)
    return place / "bin"


def uv(*words: str | Path) -> None:
    done = subprocess.run(
        [str(UV), *map(str, words)], capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr


def said(environment: Path, place: Path, *words: str) -> tuple[int, str]:
    """(status, what was printed) by the installed command, out of the repository's reach."""
    done = subprocess.run(
        [str(environment / "clipsync"), *words],
        cwd=place,
        env={"PATH": os.defpath, "PYTHONUTF8": "1", "HOME": str(place)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return done.returncode, done.stdout + done.stderr


def installed(environment: Path) -> set[str]:
    listed = subprocess.run(
        [str(UV), "pip", "list", "--python", str(environment / "python"), "--format", "json"],
        capture_output=True,
        check=True,
    )
    return {package["name"] for package in json.loads(listed.stdout)}


def test_the_installed_command_syncs(environment: Path, tmp_path: Path) -> None:
    assert said(environment, tmp_path, "--version") == (0, f"clipsync {__version__}\n")
    status, _ = said(environment, tmp_path, "demo", "demo", "--json")
    assert status == 0
    where = ["--data-dir", "demo/data", "--database-url", f"sqlite:///{tmp_path}/demo/autoclip.db"]

    status, printed = said(environment, tmp_path, "sync", "--all", "--json", *where)
    done = json.loads(printed)
    assert (status, done["success"], done["clips_synced"], done["collections_synced"]) == (
        0,
        True,
        sum(project.clips for project in COMPLETED),
        sum(project.collections for project in COMPLETED),
    )

    status, printed = said(environment, tmp_path, "audit", "--all", "--json", *where)
    report = json.loads(printed)
    assert (status, report["consistent"], report["totals"]["projects"]) == (
        0,
        True,
        HISTORICAL_PROJECTS,
    )


def test_the_command_line_brings_neither_airflow_nor_great_expectations(environment: Path) -> None:
    heavy = {"apache-airflow", "great-expectations", "pandas", "numpy", "psycopg", "fastapi"}
    assert installed(environment) & heavy == set()


def test_an_extra_that_is_missing_is_named(environment: Path, tmp_path: Path) -> None:
    (tmp_path / "data" / "projects").mkdir(parents=True)
    where = ["--data-dir", "data", "--database-url", "postgresql://sync@127.0.0.1:1/autoclip"]
    assert said(environment, tmp_path, "audit", "--all", *where) == (
        1,
        "clipsync: PostgreSQL needs the driver psycopg, which is not installed: "
        "pip install 'clipsync[postgres]'.\n",
    )


def test_the_wheel_holds_the_package_alone(built: Built) -> None:
    names = zipfile.ZipFile(built.wheel).namelist()
    info = f"clipsync-{__version__}.dist-info"
    assert {name.split("/")[0] for name in names} == {"clipsync", info}
    assert f"{info}/licenses/LICENSE" in names
    expected = files_of(REPOSITORY / "include", ["clipsync"])
    assert {name for name in names if name.startswith("clipsync/")} == expected


def files_of(root: Path, folders: Sequence[str]) -> set[str]:
    """Every file below, by its path from `root`; what Python compiled left out."""
    return {
        str(path.relative_to(root))
        for folder in folders
        for path in (root / folder).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
