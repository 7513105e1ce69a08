"""Which errors are tried again: trouble with the world is, bad input and bad data are not."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
import sqlalchemy.exc as sa
from airflow.sdk import RetryAction

from clipsync import errors
from clipsync_airflow.policy import RETRIES, RETRY_DELAY, RETRY_POLICY

PROJECT = "455d6e8c-29a4-4027-884a-ddec16f9bbe1"


def action(error: BaseException) -> RetryAction:
    return RETRY_POLICY.evaluate(error, try_number=1, max_tries=RETRIES).action


@pytest.mark.parametrize(
    "error",
    [
        errors.TerminalError("bad"),
        errors.InvalidProjectIdError("x"),
        errors.UnknownProjectError(PROJECT, Path("/data")),
        errors.DataDirectoryError(Path("/data"), "missing", "Mount it."),
        errors.DatabaseConfigError("no such file"),
        errors.SchemaMissingError("db", ("clips",)),
        errors.LedgerVersionError("newer"),
        errors.SettingsError("no database"),
    ],
)
def test_terminal_errors_are_never_tried_again(error: Exception) -> None:
    assert action(error) is RetryAction.FAIL


@pytest.mark.parametrize(
    "error",
    [
        errors.TransientError("later"),
        errors.DatabaseUnavailableError("away"),
        errors.ProjectLockedError("held"),
        sa.OperationalError("select 1", {}, Exception("away")),
        sa.InterfaceError("select 1", {}, Exception("closed")),
        sa.DBAPIError("select 1", {}, Exception("odd")),
    ],
)
def test_trouble_with_the_database_is_tried_again_after_a_while(error: Exception) -> None:
    decision = RETRY_POLICY.evaluate(error, try_number=1, max_tries=RETRIES)

    assert decision.action is RetryAction.RETRY
    assert decision.retry_delay == RETRY_DELAY


@pytest.mark.parametrize("error", [psycopg.OperationalError("away"), OSError("stale file handle")])
def test_what_nobody_foresaw_is_tried_again_as_the_task_says(error: Exception) -> None:
    assert action(error) is RetryAction.DEFAULT


def test_every_class_of_ours_is_in_one_of_the_two_families() -> None:
    ours = [
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, errors.ClipSyncError)
    ]
    neither = [
        kind.__name__
        for kind in ours
        if kind is not errors.ClipSyncError
        and issubclass(kind, errors.TerminalError) == issubclass(kind, errors.TransientError)
    ]

    assert neither == []
