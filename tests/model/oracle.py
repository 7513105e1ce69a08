"""What must hold after a sync, written from the rules of docs/rules.md and not from the planner.

The oracle keeps book of what people, AutoClip and the disk did, and of what each sync showed. It
is modest: where the rules leave room, or where only AutoClip could know, it checks less.

A clip's key is its source id and its *slot*: the model cuts clips so that two ranges overlap if
and only if they lie in the same slot of a hundred seconds (rule 4). A collection's key is its
source id alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from clipsync.demo.autoclip_pipeline import LAYOUT_FILES, Layout
from tests.model.world import Database, Files, Record, Row, content, parse

Key = tuple[str, int]
CLIP, COLLECTION = "clip", "collection"
LABEL = {CLIP: "title", COLLECTION: "name"}
SLOT = 100
"""Seconds."""


@dataclass(frozen=True)
class Truth:
    """What the disk says of one project.

    `blocked`: why nothing may be changed. `trusted`: its silence about a row means something.
    `collections` None: no file says anything of them. `bad`: source ids of unusable records.
    """

    blocked: str | None = None
    clips: Mapping[Key, Record] = field(default_factory=dict)
    collections: Mapping[Key, Record] | None = None
    bad: Mapping[str, frozenset[str]] = field(default_factory=dict)
    trusted: bool = True

    def records(self, kind: str) -> Mapping[Key, Record] | None:
        return self.clips if kind == CLIP else self.collections


def read_truth(files: Files, layout: Layout, *, mounted: bool, busy: bool) -> Truth:
    """The data contract, section 1, in a few lines."""
    names = LAYOUT_FILES[layout]
    if not mounted:
        return Truth("absent")
    try:
        marker = parse(files.get(names.marker))
    except ValueError:
        marker = None
    if names.clips not in files and names.marker not in files:
        try:
            steps = [parse(files.get(path)) for path in (names.titles, names.step_collections)]
        except ValueError:
            steps = []
        if steps != [[], []]:
            return Truth("processing")
        clips, collections, trusted = [], [], True
    else:
        try:
            clips = parse(files.get(names.clips, files.get(names.titles)))
            collections = parse(files.get(names.collections, files.get(names.step_collections)))
        except ValueError:
            return Truth("unreadable")
        trusted = marker is not None
    if busy:
        return Truth("retry")
    for name, records in (("clips_generated", clips), ("collections_generated", collections)):
        if records is not None and marker is not None and marker[name] > len(records):
            return Truth("contradicting")
    good = [one for one in clips if one["start_time"] is not None and one["generated_title"]]
    bad = {record["id"] for record in clips if record not in good}
    return Truth(
        clips={clip_key(record): record for record in good},
        collections=None
        if collections is None
        else {(record["id"], 0): record for record in collections},
        bad={CLIP: frozenset(bad), COLLECTION: frozenset()},
        trusted=trusted,
    )


def clip_key(record: Record) -> Key:
    return record["id"], seconds(record["start_time"]) // SLOT


def seconds(text: str) -> int:
    hours, minutes, rest = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(rest.split(",")[0])


def file_values(kind: str, record: Record) -> dict[str, str]:
    if kind == CLIP:
        return {"title": record["generated_title"], "description": record["recommend_reason"]}
    return {"name": record["collection_title"], "description": record["collection_summary"]}


def row_values(kind: str, row: Row) -> dict[str, str]:
    return {LABEL[kind]: row[LABEL[kind]], "description": row["description"] or ""}


@dataclass
class Fact:
    """What the oracle knows of one row.

    `key` None: made by hand. `base`: the file's values when the row was made or last synced.
    `known`: a sync has seen it agree. `kept`: its values after the last sync. `listed`: what the
    file's content meant then, as row ids; `kept_keys`: the content after it, as keys (None for a
    clip made by hand). `touched`: a person changed the content since it last agreed; `doubtful`:
    nothing is left that could tell what they changed.
    """

    project: str
    kind: str
    key: Key | None
    base: dict[str, str]
    known: bool = False
    kept: dict[str, str] = field(default_factory=dict)
    listed: list[str] = field(default_factory=list)
    kept_keys: list[Key | None] = field(default_factory=list)
    kept_touched: bool = False
    file_list: list[Key] | None = None
    touched: bool = False
    doubtful: bool = False

    def edited(self, row: Row, record: Record | None = None) -> bool:
        """Whether it says what only a person can have said."""
        file = {} if record is None else file_values(self.kind, record)
        return self.rearranged(row) or any(
            value not in (self.base[name], file.get(name, value))
            if name in file
            else value != self.base[name]
            for name, value in row_values(self.kind, row).items()
        )

    def rearranged(self, row: Row) -> bool:
        return self.touched and content(row) != self.listed


@dataclass
class Outcome:
    """What a sync said of a project."""

    stopped: bool
    allow_deletes: bool
    clips: int
    collections: int
    findings: Iterable[Any]

    def subjects(self, code: str) -> set[str]:
        return {finding.subject for finding in self.findings if finding.code == code}


class Oracle:
    def __init__(self) -> None:
        self.facts: dict[str, Fact] = {}
        self.tombs: dict[tuple[str, str, Key], str | None] = {}
        self.held: set[tuple[str, str]] = set()
        self.seen: dict[str, set[str]] = {}
        self.busy: dict[str, bool] = {}
        self.synced: set[str] = set()

    def copy(self) -> Oracle:
        """As it stands in a backup of the database."""
        return deepcopy(self)

    # -- what happens -----------------------------------------------------------------------

    def autoclip_wrote(self, project: str, before: Database, after: Database) -> None:
        """AutoClip inserted rows: each was made from the record that its metadata holds."""
        sources = {CLIP: {}, COLLECTION: {}}
        self.autoclip_made(project, before, after, sources)

    def autoclip_made(
        self,
        project: str,
        before: Database,
        after: Database,
        records: Mapping[str, Mapping[str, Record]],
    ) -> None:
        """As above; `records`: by kind and row id, where the row itself does not tell."""
        for kind, old, new in _kinds(before, after):
            for row_id, row in new.items():
                if row_id in old:
                    continue
                metadata = row[f"{kind}_metadata"] or {}
                source = records[kind].get(row_id, {}).get("id")
                source = source or metadata.get("id" if kind == CLIP else "original_id")
                # By its end: AutoClip reads a start that is missing as 0.
                slot = row["end_time"] // SLOT if kind == CLIP else 0
                fact = Fact(project, kind, (str(source), slot), row_values(kind, row))
                if kind == COLLECTION:
                    fact.listed = content(row)
                self.facts[row_id] = fact

    def made_by_hand(self, project: str, kind: str, row_id: str, row: Row) -> None:
        self.facts[row_id] = Fact(project, kind, None, row_values(kind, row))

    def clips_vanished(self, project: str) -> None:
        """What people made of lists that no sync ever saw can't be told from dead ids."""
        for fact in self.facts.values():
            if fact.project == project and fact.kind == COLLECTION and not fact.known:
                fact.doubtful = fact.doubtful or (fact.touched and fact.key is not None)
                fact.touched = fact.touched and fact.key is None

    def rearranged(self, row_id: str, before: Database) -> None:
        fact = self.facts[row_id]
        listed = content(before.collections[row_id])
        if fact.key is not None and not fact.known and not set(listed) <= set(before.clips):
            # Ids of rows that no sync ever saw, and that are gone: nothing tells what they meant.
            fact.doubtful = True
        else:
            fact.touched = True

    def wanted_again(
        self, project: str, kind: str, key: Key, record: Record, database: Database
    ) -> bool:
        """AutoClip brought the deleted one back and somebody worked on it: it is held no more."""
        rows = getattr(database, f"{kind}s")
        return any(
            fact.edited(rows[row_id], record)
            for row_id, fact in self.facts.items()
            if (fact.project, fact.kind, fact.key) == (project, kind, key) and row_id in rows
        )

    def lists(self, row: Row, clip_id: str) -> bool:
        """Whether the collection lists a clip of this one's source id already.

        Of two such rows one may be about to go, and then nothing tells who listed it.
        """
        key = self.facts[clip_id].key
        others = [self.facts[item].key for item in content(row) if item in self.facts]
        return clip_id in content(row) or any(
            key is not None and other is not None and key[0] == other[0] for other in others
        )

    # -- what must hold ---------------------------------------------------------------------

    def check_untouched(self, before: Database, after: Database) -> None:
        """Nothing may have been changed (rules 8 and 9)."""
        assert after == before

    def check_sync(
        self, project: str, truth: Truth, noted: set[str], out: Outcome, pair: tuple[Any, Any]
    ) -> None:
        """After a sync that was applied. `noted`: ids in deleted_collections.json."""
        before, after = pair
        _check_project(before, after)
        clips = _Check(self, project, CLIP, truth, noted, out, before, after)
        clips.run()
        collections = _Check(self, project, COLLECTION, truth, noted, out, before, after)
        if truth.collections is not None:
            collections.run(clips)
            assert out.collections == len(collections.agreeing)
        else:
            collections.check_nothing_known()
        assert out.clips == len(clips.agreeing)
        _check_no_dangling(collections, before, after)
        if not out.allow_deletes:
            dropped = len(clips.dropped()) + len(collections.dropped())
            assert dropped <= 0.5 * (len(before.clips) + len(before.collections))
        clips.settle(None)
        collections.settle(clips)
        seen = self.seen.setdefault(project, set())
        seen |= set(before.collections) | set(after.collections) | noted
        self.synced.add(project)

    def dropped(self, before: Database, after: Database, truths: Mapping[str, Truth]) -> int:
        """Rows that went in a run although no record stands in their place."""
        count = 0
        for kind, old, new in _kinds(before, after):
            for row_id, row in old.items():
                truth, fact = truths[row["project_id"]], self.facts.get(row_id)
                if row_id not in new and fact is not None and fact.key is not None:
                    records = truth.records(kind) or {}
                    count += not _in_place(fact.key, records, kind) and not self._buried(fact)
        return count

    def _buried(self, fact: Fact) -> bool:
        return fact.key is not None and (fact.project, fact.kind, fact.key) in self.tombs


class _Check:
    """One kind of rows of one project, before and after a sync."""

    def __init__(
        self,
        oracle: Oracle,
        project: str,
        kind: str,
        truth: Truth,
        noted: set[str],
        out: Outcome,
        before: Database,
        after: Database,
    ) -> None:
        self.oracle, self.project, self.kind, self.truth = oracle, project, kind, truth
        self.noted, self.out = noted, out
        self.before: dict[str, Row] = getattr(before, f"{kind}s")
        self.after: dict[str, Row] = getattr(after, f"{kind}s")
        self.collections_before = before.collections
        self.links = after.links
        self.records = truth.records(kind) or {}
        self.facts = {
            row_id: fact
            for row_id, fact in oracle.facts.items()
            if fact.project == project and fact.kind == kind
        }
        self.agreeing: dict[Key, str] = {}
        self.stale = out.subjects("edited_stale") & set(self.after)
        self.doubles = out.subjects("edited_duplicate") & set(self.after)
        self.lost: dict[Key, list[str]] = {}
        self.replaced: dict[Key, list[str]] = {}
        self.unsure: set[Key] = set()

    # -- the rows ---------------------------------------------------------------------------

    def run(self, clips: _Check | None = None) -> None:
        self._check_manual()
        self._judge_gone()
        self._group()
        for key, record in self.records.items():
            self._check_record(key, record)
        self._check_rest()
        for key, row_id in self.agreeing.items():
            self._check_values(key, row_id, clips)
        self._check_unchanged_rows_were_not_written()

    def check_nothing_known(self) -> None:
        """No file says anything of this kind: rows stay, but for links to clips that are gone."""
        self._check_manual()
        self._judge_gone()
        assert set(self.after) == set(self.before)
        for row_id, row in self.after.items():
            assert row_values(self.kind, row) == row_values(self.kind, self.before[row_id])

    def _check_manual(self) -> None:
        for row_id, fact in self.facts.items():
            if fact.key is None and row_id in self.before:
                assert row_id in self.after, f"a row made by hand is gone: {row_id}"
                old, new = dict(self.before[row_id]), dict(self.after[row_id])
                if self.kind == COLLECTION:
                    _follow(old, new)
                assert new == old, "a row made by hand was changed"

    def _judge_gone(self) -> None:
        """Rule 7, told by the state alone."""
        known = {row_id: fact for row_id, fact in self.facts.items() if fact.known and fact.key}
        there = {fact.key for row_id, fact in known.items() if row_id in self.before}
        for row_id, fact in known.items():
            if row_id in self.before:
                continue
            unknown = [other for other in self._rows_of(fact.key) if not self.facts[other].known]
            if row_id in self.noted and fact.key not in there:
                self._bury(fact.key, row_id)
            elif fact.key in there:
                continue
            elif there:
                self._bury(fact.key, row_id)
            elif not self.before:
                self.lost.setdefault(fact.key, []).append(row_id)
            elif unknown:
                self.replaced.setdefault(fact.key, []).append(row_id)
            else:
                self.unsure.add(fact.key)

    def _bury(self, key: Key, row_id: str) -> None:
        self.oracle.tombs.setdefault((self.project, self.kind, key), row_id)

    def _rows_of(self, key: Key | None) -> list[str]:
        return [
            row_id
            for row_id, fact in self.facts.items()
            if fact.key == key and row_id in self.before
        ]

    def _group(self) -> None:
        """Which rows there are now for each key."""
        self.groups: dict[Key, list[str]] = {}
        for row_id, row in self.after.items():
            fact = self.facts.get(row_id)
            if fact is not None and row_id in self.before:
                key = fact.key
            elif self.kind == CLIP:
                key = (row["clip_metadata"]["id"], row["start_time"] // SLOT)
            else:
                key = (row["collection_metadata"]["original_id"], 0)
            if key is not None:
                self.groups.setdefault(key, []).append(row_id)

    def _check_record(self, key: Key, record: Record) -> None:
        found = self.groups.get(key, [])
        agreeing = [row_id for row_id in found if row_id not in self.stale | self.doubles]
        candidates = self._rows_of(key)
        edited = [row for row in candidates if self.facts[row].edited(self.before[row], record)]
        assert set(edited) <= set(found), f"an edited row is gone: {edited} of {key}"
        assert len(agreeing) <= 1, f"{len(agreeing)} rows for {self.kind} {key}"
        tomb = (self.project, self.kind, key)
        if tomb in self.oracle.tombs:
            if not edited:
                assert found == [], f"{self.kind} {key} was deleted and came back"
                return
            # Somebody worked on what AutoClip had brought back: it is wanted after all.
            del self.oracle.tombs[tomb]
        if not agreeing and (key in self.unsure or self._held_back(key)):
            assert not candidates or key not in self.unsure
            return
        assert agreeing, f"{self.kind} {key} is missing"
        (row_id,) = agreeing
        self.agreeing[key] = row_id
        if self.kind == COLLECTION:
            self.oracle.held.discard((self.project, key[0]))
        if candidates:
            assert row_id in candidates, f"{key} has a new row though it had one"
            assert not edited or row_id in edited, "an unedited row was preferred to an edited one"
        elif len(self.lost.get(key, ())) == 1:
            assert [row_id] == self.lost[key], f"{key} was lost and did not get its id back"

    def _held_back(self, key: Key) -> bool:
        """Rule 7: deleted before our time, perhaps. At most as many as ids we never saw."""
        if self.kind == CLIP:
            return False
        if (self.project, key[0]) in self.oracle.held:
            return True
        seen = self.oracle.seen.get(self.project, set()) | set(self.before)
        unseen = self.noted - seen
        held = {subject.partition(":")[2] for subject in self.out.subjects("maybe_deleted")}
        fresh = {
            source
            for source in held
            if (self.project, source) not in self.oracle.held
            and (self.project, self.kind, (source, 0)) not in self.oracle.tombs
        }
        assert len(fresh) <= len(unseen), "more was held back than was deleted"
        if key[0] in fresh:
            self.oracle.held.add((self.project, key[0]))
            return True
        return False

    def _check_rest(self) -> None:
        """Rows that stand for no usable record: rules 4, 5, 6, 8 and 11."""
        bad = self.truth.bad[self.kind]
        sources = {key[0] for key in self.records}
        for row_id, row in self.before.items():
            fact = self.facts.get(row_id)
            if fact is None or fact.key is None:
                continue
            stands_for_bad = fact.key[0] in bad and fact.key[0] not in sources
            if row_id not in self.after:
                record = self.records.get(fact.key)
                assert not fact.edited(row, record), f"an edited row is gone: {row_id}"
                assert not stands_for_bad, "the row of a quarantined record is gone"
                if fact.key not in self.records:
                    assert self.truth.trusted, "a row went for its absence on an uncertain disk"
            elif stands_for_bad:
                assert self.after[row_id] == row, "the row of a quarantined record was changed"
        for key, found in self.groups.items():
            for row_id in found:
                if row_id == self.agreeing.get(key):
                    continue
                assert row_id in self.before, f"row {row_id} was made for no record"
                new, old = self.after[row_id], self.before[row_id]
                assert row_values(self.kind, new) == row_values(self.kind, old)
                if not self.truth.trusted or key[0] in bad:
                    continue
                assert row_id in self.stale | self.doubles, f"{self.kind} {key} should have gone"
                assert self._has_reason(row_id), f"{row_id} stays, and nobody worked on it"

    def _has_reason(self, row_id: str) -> bool:
        """Whether a person edited the row, or put it into a collection."""
        fact, row = self.facts[row_id], self.before[row_id]
        if fact.edited(row):
            return True
        if self.kind == COLLECTION and not fact.known and row["updated_at"] > row["created_at"]:
            return True  # written since AutoClip made it, and nothing tells what was
        return self.kind == CLIP and any(
            row_id in content(row)
            and (self.oracle.facts[other].key is None or self.oracle.facts[other].rearranged(row))
            for other, row in self.collections_before.items()
        )

    def dropped(self) -> set[str]:
        """Rows that went, though nothing stands in their place and nobody deleted their record."""
        return {
            row_id
            for row_id, row in self.before.items()
            if row_id not in self.after
            and (fact := self.facts.get(row_id)) is not None
            and fact.key is not None
            and not _in_place(fact.key, self.records, self.kind)
            and not self.oracle._buried(fact)
        }

    # -- their values -----------------------------------------------------------------------

    def _check_values(self, key: Key, row_id: str, clips: _Check | None) -> None:
        record, row = self.records[key], self.after[row_id]
        assert row["status"] == "COMPLETED"
        for name, file in file_values(self.kind, record).items():
            found = row_values(self.kind, row)[name]
            if found != file and self._is_kept_unknown_edit(row_id, name, found):
                continue
            expected = self._expected(key, row_id, name, file)
            assert found == expected, f"{name} of {self.kind} {key}: {found!r}, not {expected!r}"
        if clips is None:
            start, end = seconds(record["start_time"]), seconds(record["end_time"])
            assert (row["start_time"], row["end_time"]) == (start, end)
            assert row["duration"] == end - start
            assert row["score"] == record["final_score"]
            assert {**row["clip_metadata"], **record} == row["clip_metadata"]
        else:
            self._check_content(key, row_id, clips)

    def _is_kept_unknown_edit(self, row_id: str, name: str, value: str) -> bool:
        """Rule 2, no base known: AutoClip does not store in a collection's row what the file said
        when it made it, so until a sync has seen the row nobody can tell an edit from a retry."""
        fact = self.facts.get(row_id)
        return (
            self.kind == COLLECTION
            and fact is not None
            and not fact.known
            and row_id in self.before
            and value == row_values(self.kind, self.before[row_id])[name]
            and f"{row_id}.{name}" in self.out.subjects("kept_unknown_edit")
        )

    def _expected(self, key: Key, row_id: str, name: str, file: str) -> str:
        """Rule 2, from what the oracle knows of the row."""
        fact = self.facts.get(row_id)
        if row_id in self.before and fact is not None:
            value = row_values(self.kind, self.before[row_id])[name]
            if value != fact.base[name]:
                return value
            before = self.replaced.get(key, []) if not fact.known else []
        else:
            before = self.lost.get(key, [])
        if len(before) == 1:
            # What a person had made of the row before it was lost, or imported anew.
            former = self.facts[before[0]]
            if former.kept[name] != former.base[name]:
                return former.kept[name]
        return file

    # -- collections ------------------------------------------------------------------------

    def _check_content(self, key: Key, row_id: str, clips: _Check) -> None:
        record, row = self.records[key], self.after[row_id]
        found = content(row)
        metadata = row["collection_metadata"]
        rows = {source: row_id for (source, _), row_id in clips.agreeing.items()}
        file = [rows[source] for source in record["clip_ids"] if source in rows]
        assert len(found) == len(set(found))
        assert set(found) <= set(clips.after), "a collection lists clips that are not there"
        assert row["clips_count"] == len(found)
        assert self.links.get(row_id, []) == list(enumerate(found))
        source_of = {
            clip_id: clip_key[0]
            for clip_id, fact in clips.facts.items()
            if (clip_key := fact.key) is not None
        } | {clip_id: clip_key[0] for clip_key, clip_id in clips.agreeing.items()}
        assert [source for source in metadata["original_clip_ids"] if source in rows] == [
            source_of[clip_id] for clip_id in found if clip_id in rows.values()
        ]
        if set(record["clip_ids"]) & clips.truth.bad[CLIP]:
            return
        fact = self.facts.get(row_id)
        before = None
        if fact is not None and fact.doubtful:
            return
        if row_id in self.before and fact is not None:
            if fact.rearranged(self.before[row_id]):
                self._check_person_list(fact, row_id, file, found, clips)
                return
            before = self.replaced.get(key, []) if not fact.known else []
        else:
            before = self.lost.get(key, [])
        if not before:
            assert found == file, f"content of {key}: {found}, not {file}"
        elif len(before) == 1:
            former = self.facts[before[0]]
            if not former.kept_touched:
                assert found == file
            elif former.file_list == clips.keys_of(record) and all(
                key in clips.agreeing for key in former.kept_keys
            ):
                assert found == [clips.agreeing[key] for key in former.kept_keys]  # type: ignore[index]

    def _check_person_list(
        self, fact: Fact, row_id: str, file: list[str], found: list[str], clips: _Check
    ) -> None:
        """Rule 3. Exact where every clip concerned is the one it was; else what is certain."""
        listed = [item for item in content(self.before[row_id]) if item in clips.after]
        hand_made = [item for item in listed if clips.facts[item].key is None]
        assert [item for item in found if item in hand_made] == hand_made
        concerned = {*content(self.before[row_id]), *fact.listed} - set(hand_made)
        if not concerned <= set(clips.agreeing.values()):
            return  # a clip that went, or one of two rows
        dropped = set(fact.listed) - set(file)
        added = set(file) - set(fact.listed)
        kept = [item for item in listed if item not in dropped]
        if any(clips.facts[item].key not in clips.records for item in dropped):
            return
        assert set(found) == set(kept) | added, "the file's and the person's content were mixed up"
        assert [item for item in found if item in kept] == kept, "a person's order is lost"

    def keys_of(self, collection: Record) -> list[Key]:
        """Which clips a collection's record means, as far as they agree."""
        keys = {key[0]: key for key in self.agreeing}
        return [keys[source] for source in collection["clip_ids"] if source in keys]

    # -- rule 10, and what is known from now on ---------------------------------------------

    def _check_unchanged_rows_were_not_written(self) -> None:
        for row_id, row in self.after.items():
            old = self.before.get(row_id)
            if old is not None and {**old, "updated_at": None} == {**row, "updated_at": None}:
                assert old["updated_at"] == row["updated_at"]

    def settle(self, clips: _Check | None) -> None:
        """Book what the sync showed."""
        facts, rows = self.oracle.facts, {}
        if clips is not None:
            # A row that stands for a quarantined record still has its place in a list.
            rows = {
                fact.key[0]: row_id
                for row_id, fact in clips.facts.items()
                if fact.key is not None
                and fact.key[0] in clips.truth.bad[CLIP]
                and row_id in clips.after
            } | {source: row_id for (source, _), row_id in clips.agreeing.items()}
        keep_lost = self.kind == COLLECTION and self.truth.collections is None
        for row_id in self.facts:
            pending = keep_lost and any(row_id in ids for ids in self.lost.values())
            if row_id not in self.after and not pending:
                del facts[row_id]
        for key, row_id in self.agreeing.items():
            record = self.records[key]
            fact = facts.setdefault(row_id, Fact(self.project, self.kind, key, {}))
            fact.key, fact.base = key, file_values(self.kind, record)
            fact.known, fact.doubtful = True, False
            if clips is not None:
                fact.listed = [rows[source] for source in record["clip_ids"] if source in rows]
                fact.touched = content(self.after[row_id]) != fact.listed
        for key in self.unsure - set(self.agreeing):
            if key in self.records or key[0] in self.truth.bad[self.kind]:
                self._bury(key, "")
        for row_id, row in self.after.items():
            fact = facts[row_id]
            fact.kept = row_values(self.kind, row)
            if clips is not None and fact.key is not None:
                fact.kept_keys = [
                    facts[item].key if item in facts else None for item in content(row)
                ]
                fact.kept_touched = fact.touched
                record = self.records.get(fact.key)
                fact.file_list = None if record is None else clips.keys_of(record)


# -- helpers -----------------------------------------------------------------------------------


def _kinds(before: Database, after: Database) -> list[tuple[str, dict[str, Row], dict[str, Row]]]:
    return [
        (CLIP, before.clips, after.clips),
        (COLLECTION, before.collections, after.collections),
    ]


def _in_place(key: Key, records: Mapping[Key, Record], kind: str) -> bool:
    """Whether some record has the row's id, or (clips) covers its time."""
    if any(source == key[0] for source, _ in records):
        return True
    return kind == CLIP and any(slot == key[1] for _, slot in records)


def _check_project(before: Database, after: Database) -> None:
    (row,) = after.projects.values()
    assert row["status"] == "COMPLETED"
    for old in before.projects.values():
        assert row["name"] == old["name"]


def _follow(old: Row, new: Row) -> None:
    """A collection made by hand may follow clips that went; what else it holds stays."""
    was, now = content(old), content(new)
    if now != was:
        stayed = [item for item in was if item in now]
        assert [item for item in now if item in was] == stayed, "a person's order is lost"
        assert len(now) <= len(was)
        for row in (old, new):
            for name in ("collection_metadata", "clips_count", "updated_at"):
                row[name] = None


def _check_no_dangling(check: _Check, before: Database, after: Database) -> None:
    """Nobody's list loses a clip that is still there, and none lists one that just went."""
    went = set(before.clips) - set(after.clips)
    for row_id, row in after.collections.items():
        assert not went & set(content(row)), "a collection lists a clip that was removed"
        assert not went & {clip_id for _, clip_id in after.links.get(row_id, [])}
        fact = check.oracle.facts.get(row_id)
        if fact is not None and fact.key is None:
            gone = set(content(before.collections[row_id])) - set(content(row))
            assert not gone & set(after.clips), "a clip was taken out of a person's collection"
