"""A task's settings: the environment, Airflow's connections before it, a run's form before both."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa

from clipsync.errors import DatabaseConfigError, TerminalError
from clipsync.reporting.send import SmtpSettings
from clipsync_airflow import connections
from clipsync_airflow.connections import (
    database_url,
    mail_server,
    task_settings,
    trigger_settings,
)


@dataclass
class Fields:
    conn_type: str | None = None
    host: str | None = None
    schema: str | None = None
    login: str | None = None
    password: str | None = None
    port: int | None = None
    extra_dejson: dict[str, Any] = field(default_factory=dict)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, Fields]:
    """Airflow's connections by id."""
    there: dict[str, Fields] = {}
    monkeypatch.setattr(connections, "_connection", there.get)
    for name in ("DATA_DIR", "DATABASE_URL", "BATCH_SIZE", "PAGE_URL"):
        monkeypatch.delenv(f"CLIPSYNC_{name}", raising=False)
    return there


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        (Fields("sqlite", host="/srv/autoclip.db"), "sqlite:////srv/autoclip.db"),
        (Fields("sqlite", host="", schema="/srv/autoclip.db"), "sqlite:////srv/autoclip.db"),
        (
            Fields("postgres", "db", "autoclip", "sync", "p@ss/w:rd#", 5433),
            "postgresql+psycopg://sync:p%40ss%2Fw%3Ard%23@db:5433/autoclip",
        ),
        (
            Fields("postgresql", "db", "autoclip", extra_dejson={"sslmode": "require"}),
            "postgresql+psycopg://db/autoclip?sslmode=require",
        ),
        (Fields("postgresql+psycopg", "db", "autoclip"), "postgresql+psycopg://db/autoclip"),
    ],
)
def test_a_connection_becomes_a_url(fields: Fields, url: str) -> None:
    assert database_url(fields) == url


def test_a_sqlite_files_name_may_hold_anything() -> None:
    path = "/srv/自动 剪辑?#%41.db"

    assert sa.make_url(database_url(Fields("sqlite", path))).database == path


@pytest.mark.parametrize(
    "uri", ["sqlite:////srv/autoclip.db", "postgresql://sync:p%40ss@db:5433/autoclip"]
)
def test_a_connection_given_as_a_uri_becomes_the_same_url(uri: str) -> None:
    from airflow.sdk import Connection

    url = database_url(Connection(conn_id="autoclip_db", uri=uri))

    assert url.replace("postgresql+psycopg", "postgresql") == uri


@pytest.mark.parametrize(
    "fields",
    [
        Fields("mysql", "db", "autoclip", "u", "secret"),
        Fields("", "db", password="secret"),
        Fields("sqlite", password="secret"),
        Fields("postgres", "db", password="secret"),
    ],
)
def test_an_unusable_connection_is_terminal_names_itself_and_no_password(fields: Fields) -> None:
    with pytest.raises(DatabaseConfigError, match="autoclip_db") as caught:
        database_url(fields)
    assert "secret" not in str(caught.value)


def test_the_connection_goes_before_the_environment(
    known: dict[str, Fields], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIPSYNC_DATABASE_URL", "sqlite:////from/environment.db")
    without = task_settings().database_url
    known["autoclip_db"] = Fields("sqlite", "/from/connection.db")
    with_it = task_settings().database_url

    assert without and without.get_secret_value() == "sqlite:////from/environment.db"
    assert with_it and with_it.get_secret_value() == "sqlite:////from/connection.db"


def test_a_runs_form_goes_before_the_environment_and_none_means_as_set(
    known: dict[str, Fields], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIPSYNC_BATCH_SIZE", "17")

    assert task_settings(batch_size=3).batch_size == 3
    assert task_settings(batch_size=None).batch_size == 17


def test_a_bad_setting_is_terminal_and_named_without_its_value(
    known: dict[str, Fields], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIPSYNC_BATCH_SIZE", "s3cret")
    with pytest.raises(TerminalError, match="batch_size") as caught:
        task_settings()
    assert "s3cret" not in str(caught.value)


def test_settings_do_not_show_the_password(known: dict[str, Fields]) -> None:
    known["autoclip_db"] = Fields("postgres", "db", "autoclip", "sync", "s3cret")

    assert "s3cret" not in repr(task_settings())


def test_a_trigger_gets_the_same_settings_without_blocking(
    known: dict[str, Fields], monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    known["autoclip_db"] = Fields("sqlite", "/from/connection.db")

    async def there(_: str) -> Fields:
        return known["autoclip_db"]

    async def missing(_: str) -> Fields:
        raise AirflowNotFoundException

    monkeypatch.setattr(BaseHook, "aget_connection", there)
    assert asyncio.run(trigger_settings()) == task_settings()
    monkeypatch.setattr(BaseHook, "aget_connection", missing)
    assert asyncio.run(trigger_settings()).database_url is None


def test_no_mail_connection_is_no_error(known: dict[str, Fields]) -> None:
    assert mail_server("smtp_default") is None


def test_a_mail_connection_becomes_smtp_settings(known: dict[str, Fields]) -> None:
    extra = {"disable_ssl": True, "from_email": "clipsync@example.org"}
    known["smtp_default"] = Fields("smtp", "mail", None, "u", "p", 587, extra)

    assert mail_server("smtp_default") == SmtpSettings(
        "mail", 587, "u", "p", starttls=True, ssl=False, from_email="clipsync@example.org"
    )


def test_airflow_not_knowing_a_connection_is_told_from_airflow_failing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Falling back to the environment because Airflow's API was away could hit another database."""
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    def raising(error: Exception) -> Callable[[str], Fields]:
        def get(_: str) -> Fields:
            raise error

        return get

    monkeypatch.setattr(BaseHook, "get_connection", raising(AirflowNotFoundException("gone")))
    assert mail_server("smtp_default") is None
    monkeypatch.setattr(BaseHook, "get_connection", raising(ConnectionError("api away")))
    with pytest.raises(ConnectionError):
        mail_server("smtp_default")
