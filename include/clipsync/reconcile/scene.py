"""The three inputs of a plan, side by side, with what every step asks of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID, uuid5

from clipsync.model.base import Base, BaseRow
from clipsync.model.manifest import Kind, Manifest, MarkerState
from clipsync.model.snapshot import Snapshot
from clipsync.reconcile.options import PlanOptions

_NAMESPACE = UUID("6f1d7c52-5a0e-5c0b-9d57-2f4f0c6a1e11")


@dataclass(frozen=True)
class Scene:
    """Disk, database and ledger of one project, and what the caller decided."""

    manifest: Manifest
    snapshot: Snapshot
    base: Base
    options: PlanOptions

    @property
    def project_id(self) -> str:
        return self.manifest.project_id

    @cached_property
    def base_rows(self) -> Mapping[tuple[Kind, str], BaseRow]:
        """What the ledger knows, by kind and row id."""
        return {(row.kind, row.row_id): row for row in self.base.rows}

    @cached_property
    def row_ids(self) -> frozenset[str]:
        """Ids of all rows the database has of this project."""
        return frozenset(
            [row.id for row in self.snapshot.clips] + [row.id for row in self.snapshot.collections]
        )

    @cached_property
    def clip_numbers(self) -> frozenset[str]:
        """The ids that the file's clip records have."""
        return frozenset(record.source_id for record in self.manifest.clips)

    @cached_property
    def collection_numbers(self) -> frozenset[str]:
        """The ids that the file's collection records have."""
        return frozenset(record.source_id for record in self.manifest.collections)

    @cached_property
    def ids_in_use(self) -> frozenset[str]:
        """Row ids that are taken: in the database now, or once given by us."""
        known = {row.row_id for row in self.base.rows}
        buried = {stone.row_id for stone in self.base.tombstones if stone.row_id is not None}
        return self.row_ids | known | buried

    @cached_property
    def deletes_trusted(self) -> bool:
        """Rule 8: without its marker the disk's silence about a row proves nothing."""
        return self.manifest.marker in (MarkerState.PRESENT, MarkerState.NOT_USED)

    def quarantined_sources(self, kind: Kind) -> frozenset[str | None]:
        """Source ids of quarantined records; None among them: one could not even be identified."""
        return frozenset(
            record.source_id for record in self.manifest.quarantined if record.kind is kind
        )

    def new_row_id(self, kind: Kind, source_id: str, discriminator: str = "") -> str:
        """A row id derived from the record's identity: the same plan twice names the same row."""
        name = f"{self.project_id}/{kind.value}/{source_id}/{discriminator}"
        candidate, attempt = str(uuid5(_NAMESPACE, name)), 1
        while candidate in self.ids_in_use:
            attempt += 1
            candidate = str(uuid5(_NAMESPACE, f"{name}#{attempt}"))
        return candidate
