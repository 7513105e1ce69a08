"""The secrets of `make up`: made once, for the owner alone, and never again."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from clipsync.env_file import left_open, make_env_file

EXAMPLE = """\
# A comment about <generated>, which stays.
AUTOCLIP_DATA_DIR=<yours>
AUTOCLIP_DATABASE_URL=<yours>
AIRFLOW_PORT=8080
AIRFLOW_FERNET_KEY=<generated>
POSTGRES_PASSWORD=<generated>
"""


@pytest.fixture
def example(tmp_path: Path) -> Path:
    path = tmp_path / ".env.example"
    path.write_text(EXAMPLE)
    return path


def _values(path: Path) -> dict[str, str]:
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    return {line.partition("=")[0]: line.partition("=")[2] for line in lines}


def test_every_secret_is_fresh_long_and_for_the_owner_alone(example: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"

    assert make_env_file(example, first, {})
    assert make_env_file(example, second, {})

    assert first.stat().st_mode & 0o777 == 0o600
    one, other = _values(first), _values(second)
    assert len(base64.urlsafe_b64decode(one["AIRFLOW_FERNET_KEY"])) == 32
    assert len(one["POSTGRES_PASSWORD"]) >= 40
    for name in ("AIRFLOW_FERNET_KEY", "POSTGRES_PASSWORD"):
        assert one[name] != other[name]
    assert one["AIRFLOW_PORT"] == "8080"
    assert first.read_text().startswith("# A comment about <generated>, which stays.\n")


def test_a_file_that_is_there_stays_as_it_is(example: Path, tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_bytes(b"POSTGRES_PASSWORD=old\r\n")
    path.chmod(0o640)

    assert not make_env_file(example, path, {"AUTOCLIP_DATA_DIR": "/new"})

    assert path.read_bytes() == b"POSTGRES_PASSWORD=old\r\n"
    assert path.stat().st_mode & 0o777 == 0o640


def test_what_only_a_person_knows_is_taken_from_the_call_or_asked_for(
    example: Path, tmp_path: Path
) -> None:
    path = tmp_path / ".env"

    make_env_file(example, path, {"AUTOCLIP_DATABASE_URL": "postgresql://u:a$b@h/d"})

    assert _values(path)["AUTOCLIP_DATABASE_URL"] == "'postgresql://u:a$b@h/d'"
    assert left_open(path) == ["AUTOCLIP_DATA_DIR"]


@pytest.mark.parametrize("value", ["it's", "two\nlines"])
def test_a_value_that_could_break_out_of_its_quotes_is_refused_and_nothing_is_left(
    example: Path, tmp_path: Path, value: str
) -> None:
    path = tmp_path / ".env"

    with pytest.raises(SystemExit, match="AUTOCLIP_DATA_DIR"):
        make_env_file(example, path, {"AUTOCLIP_DATA_DIR": value})

    assert not path.exists()
