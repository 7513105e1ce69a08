"""What every task of ours has in common: owner, retries, time limits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

OWNER = "clipsync"
TAGS = ("autoclip", "clipsync")
RETRIES = 3
RETRY_DELAY = timedelta(seconds=30)
URGENT = 100
"""Priority of a task that somebody waits for; a backfill's have the sum of what follows them."""

RETRY_POLICY = ExceptionRetryPolicy(
    # The first rule that matches decides. A path is imported at every parse, so none may be dear:
    # SQLAlchemy is there with Airflow; a driver's own errors reach a task translated to ours.
    rules=[
        RetryRule(
            exception="clipsync.errors.TerminalError",
            action=RetryAction.FAIL,
            reason="bad input or bad data: trying again changes nothing",
        ),
        RetryRule(
            exception="clipsync.errors.TransientError",
            action=RetryAction.RETRY,
            retry_delay=RETRY_DELAY,
            reason="the database is away or busy",
        ),
        RetryRule(
            exception=[
                "sqlalchemy.exc.OperationalError",
                "sqlalchemy.exc.InterfaceError",
                "sqlalchemy.exc.DBAPIError",
            ],
            action=RetryAction.RETRY,
            retry_delay=RETRY_DELAY,
            reason="trouble with the database",
        ),
    ],
    # What nobody foresaw may be the world's (a mail server, Airflow's own API restarting).
    default=RetryAction.DEFAULT,
)

DEFAULT_ARGS: dict[str, Any] = {
    "owner": OWNER,
    "retries": RETRIES,
    "retry_delay": RETRY_DELAY,
    "retry_policy": RETRY_POLICY,
    "execution_timeout": timedelta(hours=1),
}
