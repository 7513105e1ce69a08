"""Settings and mail server of a task: the environment, and Airflow's connections where they exist.

Passwords pass from the connection into the URL object and nowhere else: not into logs, XComs or
trigger arguments.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from clipsync.errors import DatabaseConfigError

if TYPE_CHECKING:
    from clipsync.reporting.send import SmtpSettings
    from clipsync.settings import Settings

DATABASE_CONNECTION = "autoclip_db"

_POSTGRES = frozenset({"postgres", "postgresql"})


class ConnectionFields(Protocol):
    """The part of an Airflow connection that is read here."""

    conn_type: str | None
    host: str | None
    schema: str | None
    login: str | None
    password: str | None
    port: int | None

    @property
    def extra_dejson(self) -> dict[str, Any]: ...


def task_settings(**overrides: Any) -> Settings:
    """The settings of a running task.

    `overrides`: Dag params by setting name; None means "as set". Raises DatabaseConfigError.
    """
    return _settings(_connection(DATABASE_CONNECTION), overrides)


async def trigger_settings() -> Settings:
    """The same for a trigger, whose event loop must not be blocked."""
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        connection = await BaseHook.aget_connection(DATABASE_CONNECTION)
    except AirflowNotFoundException:
        connection = None
    return _settings(connection, {})


def mail_server(conn_id: str) -> SmtpSettings | None:
    """The SMTP server of an Airflow connection; None where there is no such connection."""
    from clipsync.reporting.send import SmtpSettings

    connection = _connection(conn_id)
    if connection is None:
        return None
    return SmtpSettings.from_connection(
        connection.host,
        connection.port,
        connection.login,
        connection.password,
        connection.extra_dejson,
    )


def database_url(connection: ConnectionFields) -> str:
    """A SQLAlchemy URL, password included, from an Airflow connection's fields.

    SQLite: the file is the host (as Airflow's own hook has it) or the schema (as a
    `sqlite:////file` URI is split). PostgreSQL: `extra` may hold libpq options such as `sslmode`.
    """
    from sqlalchemy import URL

    kind = (connection.conn_type or "").lower()
    if kind == "sqlite":
        path = connection.host or connection.schema
        if not path:
            raise _unusable("it names no file: put the SQLite file's path into Host")
        return URL.create("sqlite", database=path).render_as_string(hide_password=False)
    if kind.partition("+")[0] in _POSTGRES:
        if not connection.schema:
            raise _unusable("it names no database: put the database's name into Schema")
        url = URL.create(
            "postgresql+psycopg",
            username=connection.login,
            password=connection.password,
            host=connection.host,
            port=connection.port,
            database=connection.schema,
            query={
                name: str(value)
                for name, value in connection.extra_dejson.items()
                if isinstance(value, str | int) and not name.startswith("__")
            },
        )
        return url.render_as_string(hide_password=False)
    raise _unusable(f"its type is {kind or 'empty'!r}: use `sqlite` or `postgres`")


def _settings(connection: ConnectionFields | None, overrides: Mapping[str, Any]) -> Settings:
    from pydantic import SecretStr, ValidationError

    from clipsync.settings import Settings

    values = {name: value for name, value in overrides.items() if value is not None}
    if connection is not None:
        values["database_url"] = SecretStr(database_url(connection))
    # Where pages and Data Docs live is Airflow's to say, unless a setting says otherwise.
    if address := _airflow_address():
        values.setdefault("page_url", os.environ.get("CLIPSYNC_PAGE_URL") or address)
    try:
        return Settings(**values)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
            for item in error.errors(include_input=False, include_url=False)
        )
        raise DatabaseConfigError(
            f"settings: {wrong}. Correct the CLIPSYNC_… variables or the Dag's parameters."
        ) from None


def _airflow_address() -> str | None:
    from airflow.sdk.configuration import conf

    return conf.get("api", "base_url", fallback=None) or None


def _connection(conn_id: str) -> ConnectionFields | None:
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        return BaseHook.get_connection(conn_id)
    except AirflowNotFoundException:
        return None


def _unusable(why: str) -> DatabaseConfigError:
    return DatabaseConfigError(f"Airflow connection {DATABASE_CONNECTION}: {why}.")
