"""Settings, from the environment (`CLIPSYNC_…`); command-line options and Dag params override them.

This module is imported at Dag parse, so it imports nothing heavy.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """All settings, each with its meaning; `make docs` writes them into `docs/settings.md`."""

    model_config = SettingsConfigDict(
        env_prefix="CLIPSYNC_",
        frozen=True,
        extra="ignore",
        # A compose file passes what nobody filled in as an empty text.
        env_ignore_empty=True,
    )

    data_dir: Path | None = Field(
        None, description="AutoClip's data directory: the one that holds `projects/`."
    )
    database_url: SecretStr | None = Field(
        None,
        description="SQLAlchemy URL of AutoClip's database. Under Airflow the connection "
        "`autoclip_db` is used instead.",
    )
    autoclip_data_dir: str | None = Field(
        None,
        description="AutoClip's data directory as AutoClip's own machine sees it; used in paths "
        "that ClipSync writes. Default: taken from the rows that are there, else `data_dir`.",
    )
    batch_size: int = Field(200, ge=1, le=5000, description="Projects per transaction batch.")
    max_shards: int = Field(
        8, ge=1, le=64, description="Mapped tasks of a backfill at most, however many projects."
    )
    backfill_pool: str = Field(
        "default_pool",
        min_length=1,
        description="Airflow pool of the backfill's tasks, which must exist. One that is smaller "
        "than all workers together leaves slots to single projects.",
    )
    max_json_mb: int = Field(
        64, ge=1, le=1024, description="A JSON file larger than this many MiB is not read."
    )
    task_fresh_minutes: int = Field(
        120,
        ge=1,
        description="A running row in AutoClip's `tasks` counts as a retry under way for this "
        "long after its last update.",
    )
    lock_timeout_seconds: float = Field(
        30.0, gt=0, description="How long to wait for a project's lock or a busy database."
    )
    delete_limit_project: float = Field(
        0.5, ge=0, le=1, description="Share of a project's rows that a sync may delete (rule 8)."
    )
    delete_limit_run: float = Field(
        0.1, ge=0, le=1, description="Share of all rows that a run may delete (rule 8)."
    )
    audit_stale_hours: float = Field(
        26.0,
        gt=0,
        description="After so many hours without an audit of all projects, the page warns.",
    )
    expectations_dir: Path | None = Field(
        None,
        description="A directory with rules of your own for the second opinion, as suites of Great "
        "Expectations: `projects.json`, `clips.json`, `collections.json`, `links.json`.",
    )
    retention_days: int = Field(
        90,
        ge=1,
        description="How long the ledger keeps its history: journal, runs, audits, states, "
        "quality, resolved findings, released quarantine, mails. A run can be undone for as long.",
    )
    alert_recipients: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Who gets data-quality mails, separated by commas."
    )
    alert_recipients_error: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Who gets those mails in addition that are about errors, separated by commas.",
    )
    alert_min_minutes: int = Field(
        0,
        ge=0,
        description="At least so many minutes between two mails; what is held back is told in "
        "the next one. 0: no limit.",
    )
    reminder_days: int = Field(
        7,
        ge=0,
        description="While errors stay open, a mail reminds of them every so many days. 0: never.",
    )
    alert_from: str = Field(
        "clipsync@localhost",
        description="Sender, where the SMTP connection names none.",
    )
    smtp_connection: str = Field("smtp_default", description="Airflow connection for mails.")
    page_url: str | None = Field(None, description="Airflow's address, for links in mails.")
    data_docs_dir: Path | None = Field(
        None,
        description="Where Great Expectations' Data Docs are built. Default: `data_docs/` in "
        "Airflow's home.",
    )
    decision_hours: int = Field(
        8,
        ge=1,
        le=20,
        description="How long the nightly Dag waits for a person's decision on plans that a guard "
        "stopped; they are skipped then.",
    )
    wait_timeout_minutes: int = Field(
        240, ge=1, description="How long the project Dag waits for AutoClip to finish."
    )
    wait_stalled_minutes: int = Field(
        60,
        ge=1,
        description="After so many minutes in which nothing changed in a project's files, and with "
        "no run of AutoClip's under way, the project Dag no longer waits for it.",
    )
    wait_poke_seconds: int = Field(
        15, ge=1, description="How often the project Dag looks whether AutoClip has finished."
    )
    watch: bool = Field(
        True,
        description="Whether `autoclip_watch`, once it is switched on in Airflow, watches the data "
        "directory for projects that AutoClip finishes.",
    )
    watch_poke_seconds: int = Field(
        5, ge=1, description="How often the watcher looks for finished projects."
    )

    @field_validator("alert_recipients", "alert_recipients_error", mode="before")
    @classmethod
    def _split_recipients(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @property
    def task_freshness(self) -> timedelta:
        return timedelta(minutes=self.task_fresh_minutes)

    @property
    def max_json_bytes(self) -> int:
        return self.max_json_mb * 1024 * 1024
