"""Fixtures for all tests."""

from tests.support.databases import (
    autoclip_engine,
    autoclip_url,
    lonely_postgres_url,
    postgres_server,
    postgres_url,
    sqlite_template,
    sqlite_url,
)

__all__ = [
    "autoclip_engine",
    "autoclip_url",
    "lonely_postgres_url",
    "postgres_server",
    "postgres_url",
    "sqlite_template",
    "sqlite_url",
]
