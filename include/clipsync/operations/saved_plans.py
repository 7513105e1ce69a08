"""Saved plans: look at it today, apply exactly that tomorrow, or nothing.

A plan follows from disk, database and ledger alone, so a saved plan holds their hashes beside its
changes: as long as the hashes agree, planning anew gives the same plan, which is then compared
with the saved one, change by change, before it is applied.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa

from clipsync.autoclip.database.locks import lock_projects, read_transaction, write_transaction
from clipsync.autoclip.disk import is_project_id
from clipsync.errors import SavedPlanError, StalePlanError
from clipsync.ledger import migrate
from clipsync.messages import change_as_dict
from clipsync.model.manifest import Manifest
from clipsync.model.plan import ProjectPlan
from clipsync.model.reason import Reason
from clipsync.operations import runs
from clipsync.operations.batches import (
    Planned,
    in_batches,
    plan_batch,
    read_manifests,
    read_sides,
)
from clipsync.operations.losses import with_losses
from clipsync.operations.planning import RunShare
from clipsync.operations.results import SyncResult, SyncSummary
from clipsync.operations.runs import RunContext
from clipsync.operations.sentinel import check_root
from clipsync.operations.syncing import apply_plans, result_of, summary_counts
from clipsync.operations.workspace import Workspace
from clipsync.reconcile import PlanOptions, Prefer
from clipsync.sql import encode_stored

FORMAT = 3
"""Of the file. A release that plans otherwise must count on."""


@dataclass(frozen=True, slots=True)
class _Saved:
    """One project of a saved plan."""

    project_id: str
    disk: str
    database: str
    ledger: str
    changes: list[dict[str, Any]]
    stopped: dict[str, Any] | None = None
    """A reason as JSON: the guard's, where the plan must not be applied."""


def save_plans(
    workspace: Workspace,
    project_ids: Sequence[str] | None,
    options: PlanOptions,
    path: Path,
    on_plan: Callable[[ProjectPlan], None] | None = None,
) -> int:
    """Plan these projects (None: all), save what is not empty to `path`, and count it.

    Plans that a guard stops are saved as stopped, those included that a sync of the same projects
    would stop because all of them together delete too much; they are not counted. The file is
    replaced as a whole or not at all. Raises SavedPlanError where it can't be written, or must not
    be: among AutoClip's files.
    """
    _check_target(workspace, path)
    options = with_losses(workspace, options)
    deleting: set[str] = set()
    share = RunShare()
    projects: list[dict[str, Any]] = []
    for ids in in_batches(workspace.select(project_ids), workspace.settings.batch_size):
        manifests = read_manifests(workspace, ids)
        with read_transaction(workspace.engine) as conn:
            now = datetime.now(UTC)
            planned = plan_batch(conn, manifests, options, workspace, now)
            hashes = _hashes(conn, manifests)
        for one in planned:
            share.take(one.plan)
            if on_plan is not None:
                on_plan(one.plan)
            if one.plan.unsucceeded_deletes:
                deleting.add(one.plan.project_id)
            if not one.plan.empty or one.plan.stopped is not None:
                projects.append(asdict(_saved(one, hashes[one.plan.project_id])))
    stop = share.stop(workspace, options)
    if stop is not None:
        for project in projects:
            if project["project_id"] in deleting and project["stopped"] is None:
                project["stopped"] = stop.as_dict()
    document = {
        "format": FORMAT,
        "made_at": datetime.now(UTC).isoformat(),
        "data_dir": str(workspace.data.root),
        "database": workspace.database,
        "options": {
            "prefer": options.prefer.value,
            "allow_deletes": options.allow_deletes,
            "allow_restore": options.allow_restore,
        },
        "projects": projects,
    }
    temporary = path.with_name(path.name + ".part")
    try:
        temporary.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise SavedPlanError(
            f"{path}: the plan can't be written: {error.strerror}. Name a file in a directory "
            "that you may write to."
        ) from error
    return sum(project["stopped"] is None for project in projects)


def apply_saved_plan(
    workspace: Workspace,
    path: Path,
    *,
    run: RunContext,
    on_result: Callable[[SyncResult], None] | None = None,
) -> SyncSummary:
    """Apply a saved plan: exactly its changes, or nothing.

    Every project is checked before the first is written, and again, under its lock, as it is
    written. Raises SavedPlanError for a file that is none or belongs elsewhere, StalePlanError
    where disk, database or ledger have changed since; its `applied` is 0 unless they did so
    between the two.
    """
    document = _load(path, workspace)
    options = _options(document, path)
    saved = _projects(document, path)
    options = with_losses(workspace, options)
    migrate.upgrade_existing(workspace.engine)
    check_root(workspace)
    size = workspace.settings.batch_size
    going = [id_ for id_, one in saved.items() if one.stopped is None]
    for ids in in_batches(going, size):
        with read_transaction(workspace.engine) as conn:
            _plan_again(conn, workspace, [saved[id_] for id_ in ids], options)
    runs.begin(workspace, run)
    summary = SyncSummary(run.run_id)

    def done(plan: ProjectPlan) -> None:
        result = result_of(plan)
        summary.add(result)
        if on_result is not None:
            on_result(result)

    for ids in in_batches(going, size):
        try:
            planned = _apply_again(workspace, [saved[id_] for id_ in ids], options, run)
        except StalePlanError as error:
            runs.finish(workspace, run, success=False, counts=summary_counts(summary))
            raise StalePlanError(error.project_id, error.reason, summary.total_projects) from error
        for one in planned:
            done(one.plan)
    for project_id, one_saved in saved.items():
        if one_saved.stopped is not None:
            done(_still_stopped(workspace, project_id, one_saved, options))
    runs.finish(workspace, run, success=summary.success, counts=summary_counts(summary))
    return summary


def _still_stopped(
    workspace: Workspace, project_id: str, saved: _Saved, options: PlanOptions
) -> ProjectPlan:
    """The plan of a project that a guard stopped when it was saved: it says so again."""
    with read_transaction(workspace.engine) as conn:
        manifests = read_manifests(workspace, [project_id])
        (one,) = plan_batch(conn, manifests, options, workspace, datetime.now(UTC))
    return replace(one.plan, stopped=one.plan.stopped or Reason.from_json(saved.stopped))


def _check_target(workspace: Workspace, path: Path) -> None:
    """Raises SavedPlanError where a file at `path` would be no file, or one of AutoClip's."""
    if not path.name or path.is_dir():
        raise SavedPlanError(
            f"{path}: the plan can't be written: that names a directory. Name a file."
        )
    where = path.resolve()
    if where.is_relative_to(workspace.data.root.resolve()):
        raise SavedPlanError(
            f"{path}: the plan can't be written into AutoClip's data directory, where ClipSync "
            "writes nothing. Name a file elsewhere."
        )
    url = workspace.engine.url
    on_file = url.database if url.get_backend_name() == "sqlite" else None
    if on_file is not None and path.exists() and path.samefile(on_file):
        raise SavedPlanError(f"{path}: this is AutoClip's database. Name another file.")


def _apply_again(
    workspace: Workspace, saved: Sequence[_Saved], options: PlanOptions, run: RunContext
) -> list[Planned]:
    """Check one batch under its lock, and apply it in one transaction. Raises StalePlanError."""
    ids, now = [one.project_id for one in saved], datetime.now(UTC)
    with (
        lock_projects(workspace.engine, ids, workspace.settings.lock_timeout_seconds),
        write_transaction(workspace.engine) as conn,
    ):
        planned = _plan_again(conn, workspace, saved, options)
        apply_plans(conn, planned, run_id=run.run_id, now=now)
    return planned


def _plan_again(
    conn: sa.Connection, workspace: Workspace, saved: Sequence[_Saved], options: PlanOptions
) -> list[Planned]:
    manifests = read_manifests(workspace, [one.project_id for one in saved])
    hashes = _hashes(conn, manifests)
    planned = plan_batch(conn, manifests, options, workspace, datetime.now(UTC))
    for old, new in zip(saved, planned, strict=True):
        fresh = _saved(new, hashes[old.project_id])
        for side, text in (
            ("disk", "the files changed"),
            ("database", "the rows in the database changed"),
            ("ledger", "another sync changed what is known"),
            ("changes", "something else that the plan depends on changed"),
        ):
            if getattr(old, side) != getattr(fresh, side):
                raise StalePlanError(old.project_id, text)
    return planned


def _saved(one: Planned, hashes: tuple[str, str]) -> _Saved:
    return _Saved(
        project_id=one.plan.project_id,
        disk=one.manifest.content_hash,
        database=hashes[0],
        ledger=hashes[1],
        changes=[_plain(change_as_dict(change)) for change in one.plan.changes],
        stopped=None if one.plan.stopped is None else one.plan.stopped.as_dict(),
    )


def _hashes(conn: sa.Connection, manifests: Sequence[Manifest]) -> Mapping[str, tuple[str, str]]:
    """(of the snapshot, of the ledger's base) per project. A task's progress is no change."""
    ids = [manifest.project_id for manifest in manifests]
    snapshots, bases = read_sides(conn, ids)
    return {
        id_: (
            _hash(
                replace(
                    snapshots[id_],
                    newest_task=None,
                    foreign_clips=frozenset(),
                    taken_ids=frozenset(),
                ),
                sorted(snapshots[id_].foreign_clips),
            ),
            _hash(
                replace(bases[id_], seen_collection_row_ids=frozenset()),
                sorted(bases[id_].seen_collection_row_ids),
            ),
        )
        for id_ in ids
    }


def _hash(*values: object) -> str:
    return hashlib.sha256(repr(values).encode(errors="backslashreplace")).hexdigest()


def _plain(change: dict[str, Any]) -> dict[str, Any]:
    """The change as it comes back out of JSON."""
    for side in ("before", "after"):
        change[side] = {name: encode_stored(value) for name, value in change[side].items()}
    plain: dict[str, Any] = orjson.loads(orjson.dumps(change))
    return plain


def _load(path: Path, workspace: Workspace) -> dict[str, Any]:
    try:
        document = orjson.loads(path.read_bytes())
    except OSError as error:
        raise SavedPlanError(
            f"{path}: the plan can't be read: {error.strerror}. Check the path."
        ) from error
    except orjson.JSONDecodeError as error:
        raise SavedPlanError(f"{path}: this is no saved plan: {error}.") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise SavedPlanError(
            f"{path}: this is no plan that this release saved. "
            "Make one with `clipsync plan … --out FILE`."
        )
    for name, here in (("database", workspace.database), ("data_dir", str(workspace.data.root))):
        if document.get(name) != here:
            raise SavedPlanError(
                f"{path}: the plan was made for {document.get(name)}, not for {here}."
            )
    return document


def _options(document: Mapping[str, Any], path: Path) -> PlanOptions:
    try:
        options = document["options"]
        return PlanOptions(
            prefer=Prefer(options["prefer"]),
            allow_deletes=bool(options["allow_deletes"]),
            allow_restore=bool(options["allow_restore"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise SavedPlanError(f"{path}: the plan's options are damaged: {error}.") from error


def _projects(document: Mapping[str, Any], path: Path) -> dict[str, _Saved]:
    try:
        saved = [_Saved(**project) for project in document["projects"]]
        damaged = [one.project_id for one in saved if not is_project_id(one.project_id)]
    except (KeyError, TypeError) as error:
        raise SavedPlanError(f"{path}: the plan's projects are damaged: {error}.") from error
    if damaged:
        raise SavedPlanError(f"{path}: the plan's projects are damaged: id {damaged[0]!r:.60}.")
    return {one.project_id: one for one in saved}
