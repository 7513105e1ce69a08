"""Assets: what the Dags read and what they make, so that lineage shows disk → database → report.

Another Dag runs on fresh data with
`schedule=[Asset("clipsync_database", uri="x-autoclip://autoclip_db")]`; with `Asset.ref` it runs as
well, but Airflow 3.3 does not give it the events. An address names the connection, not the server:
what a connection leads to is for a running task to ask, and no secret gets near it. The event's
extra says which database it was. Imported at Dag parse.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Asset

from clipsync.settings import Settings

GROUP = "clipsync"


def _disk_address() -> str:
    data_dir = Settings().data_dir
    # As a URI, so that spaces and Chinese are spelled as they must be in one.
    return data_dir.absolute().as_uri() if data_dir else "x-autoclip://data"


DISK = Asset("clipsync_disk", uri=_disk_address(), group=GROUP)
"""AutoClip's data directory, which its pipeline writes."""
DATABASE = Asset("clipsync_database", uri="x-autoclip://autoclip_db", group=GROUP)
"""AutoClip's database, once a sync has made it agree with the disk."""
REPORT = Asset("clipsync_report", uri="x-autoclip://autoclip_db/report", group=GROUP)
"""The consistency report, and the ledger's record of it."""


def tell(context: Any, asset: Asset, extra: dict[str, Any]) -> None:
    """What this task's event of one of its outlets says; JSON values."""
    context["outlet_events"][asset].extra.update(extra)
