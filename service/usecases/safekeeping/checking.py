"""The three-way check: rows ↔ objects ↔ index, what differs, and the repairs that lose nothing."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from pymongo import UpdateOne

from search.port import SearchEngine
from service.domain.permissions import COMPARTMENTS, compartment
from service.models import DataKeyRow, File, HeldObject, Orphan, RecognisedPages, Record
from service.models.archive import SLOTS
from service.models.reading import ascending, by_key, counter
from service.models.transactions import delete_rows
from service.usecases.contents.uploading import coming_keys
from service.usecases.describing.records import SEQ
from service.usecases.holding import derived_keys
from storage.blocks import Digests
from storage.encrypted import EncryptedStore
from storage.keys import proved_by_block
from storage.port import ChecksumMismatch, ObjectFrozen, ObjectMissing

GRACE = timedelta(hours=24)
"""How long an object without a row is left alone: its upload may still be under way."""

NOTED = 500
"""Objects without a row that are written down at once."""

Kind = Literal["missing", "changed", "untracked", "count", "not_indexed", "stale_index", "surplus_index"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that does not fit: an object that is missing, changed or untracked, a reference count, an index entry."""

    kind: Kind
    what: str
    detail: str = ""
    repaired: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long piece of work is."""

    what: str
    done: int
    total: int


@dataclass(slots=True)
class CheckReport:
    """The result: what was looked at, every difference, and apart from them what may still become one."""

    records: int = 0
    files: int = 0
    objects: int = 0
    differences: list[Difference] = field(default_factory=list)
    resting: list[str] = field(default_factory=list)
    """Keys of objects, or of data keys, without a row that were first seen less than `GRACE` ago: no difference yet."""


@dataclass(slots=True)
class _Expected:
    size: int
    sha256: str
    owner: str


class Checking:
    """Compares; with `repair`, mends what can be mended without losing anything."""

    def __init__(
        self,
        store: EncryptedStore,
        engine: SearchEngine,
        clock: Callable[[], datetime],
        settle: Callable[[], None],
        heard: Callable[[Sequence[Difference], bool], None],
    ) -> None:
        """`heard` is told what differs, and whether all was read: pages show it."""
        self._heard = heard
        self._store, self._engine, self._clock = store, engine, clock
        self._settle = settle

    def run(self, *, repair: bool, read_data: bool) -> Iterator[Progress | CheckReport]:
        """Steps as `Progress`, at the end one `CheckReport`.

        Objects are listed before rows are read, so that what is committed meanwhile is no difference. An
        untracked object, or a data key without its object, is a difference, and deleted by a repair, `GRACE` after a
        check first saw it: an upload that was cut leaves one, and one that is under way looks like it.
        """
        self._settle()
        report = CheckReport()
        listed = {held.key: held.size for held in self._store.list()}
        report.objects = len(listed)
        yield Progress("objects", len(listed), len(listed))
        expected = self._expected(report)
        yield Progress("files", report.files, report.files)
        yield from self._objects(report, listed, expected, read_data=read_data)
        stray = [key for key in listed if key not in expected]
        self._orphans(report, stray + self._bare_keys(listed.keys() | expected.keys()), repair=repair)
        self._counts(report, repair=repair)
        yield Progress("counts", 1, 1)
        yield from self._index(report, repair=repair)
        self._heard(report.differences, read_data)
        yield report

    def _expected(self, report: CheckReport) -> dict[str, _Expected]:
        expected = {}
        for file in File.objects.batch_size(500):
            if file.deleted_at and not _held(file):
                continue
            report.files += 1
            expected[file.object_key] = _Expected(file.size, file.sha256, file.id)
            for derived in derived_keys(file):
                expected[derived] = _Expected(-1, "", file.id)
        for row in RecognisedPages.objects.only("key", "held").batch_size(500):
            if row.key:
                expected[row.key] = _Expected(-1, "", row.held)
        return expected

    def _objects(
        self, report: CheckReport, listed: dict[str, int], expected: dict[str, _Expected], *, read_data: bool
    ) -> Iterator[Progress]:
        for number, (key, wanted) in enumerate(expected.items()):
            if key not in listed:
                if self._gone(key):
                    report.differences.append(Difference("missing", key, f"file {wanted.owner}"))
            elif wanted.sha256 and (fault := self._differs(key, listed[key], wanted, read_data=read_data)):
                report.differences.append(Difference("changed", key, f"file {wanted.owner}: {fault}"))
            if number % 200 == 0:
                yield Progress("fixity", number, len(expected))

    def _gone(self, key: str) -> bool:
        try:
            self._store.stat(key)
        except ObjectMissing:
            return True
        return False  # stored after the listing

    def _differs(self, key: str, size: int, wanted: _Expected, *, read_data: bool) -> str:
        if size != wanted.size:
            return f"{size} bytes instead of {wanted.size}"
        if not read_data:
            return ""
        digest = Digests(blocks=proved_by_block(key) and not self._store.blocks.known(key))
        try:
            for chunk in self._store.open(key):
                digest.update(chunk)
        except (ChecksumMismatch, ObjectMissing) as fault:
            return str(fault)
        if digest.sha256 != wanted.sha256:
            return f"SHA-256 {digest.sha256}"
        self._store.blocks.note(key, size, digest.blocks)
        return ""

    def _bare_keys(self, known: AbstractSet[str]) -> list[str]:
        """Data keys whose object never came, because whoever sent it died; what a file lacks keeps its key, which opens
        the copy in a backup."""
        known = known | coming_keys()
        return [row.id for row in DataKeyRow.objects.only("id").batch_size(500) if row.id not in known]

    def _orphans(self, report: CheckReport, keys: list[str], *, repair: bool) -> None:
        now = self._clock()
        seen = {row.key: row for row in Orphan.objects}
        _note_orphans([key for key in keys if key not in seen], now)
        for key in keys:
            known = seen.pop(key, None)
            ripe = known is not None and known.seen_at + GRACE <= now
            if not ripe:
                report.resting.append(key)
                continue
            collected = repair and self._collected(key)
            report.differences.append(Difference("untracked", key, repaired=collected))
        for key in seen:
            delete_rows(Orphan.objects(key=key))

    def _collected(self, key: str) -> bool:
        """Take an orphan away; not one that is frozen: an archived record had it, so its row was lost."""
        try:
            self._store.delete(key)
        except ObjectFrozen:
            return False
        delete_rows(Orphan.objects(key=key))
        return True

    def _counts(self, report: CheckReport, *, repair: bool) -> None:
        counted: dict[str, int] = {}
        for file in File.objects.only("compartment", "sha256").batch_size(500):
            name = f"{file.compartment}:{file.sha256}"
            counted[name] = counted.get(name, 0) + 1
        for held in HeldObject.objects.batch_size(500):
            refs = counted.pop(held.id, 0)
            now = by_key(HeldObject, id=held.id)
            if held.refs == refs or now is None or now.refs != held.refs:
                continue
            mended = bool(
                repair and refs and HeldObject.objects(id=held.id, refs=held.refs).update_one(set__refs=refs)
            )
            report.differences.append(
                Difference("count", held.id, f"{held.refs} instead of {refs}", repaired=mended)
            )

    def _index(self, report: CheckReport, *, repair: bool) -> Iterator[Progress]:
        held: dict[str, dict[str, int]] = {place: self._versions(place) for place in COMPARTMENTS}
        highest = counter(SEQ)
        for row in ascending(Record, number="seq", highest=highest):
            place = compartment(row.secrecy, core_secret=row.core_secret)
            version = held[place].pop(row.id, None) if row.deleted_at is None else None
            if row.deleted_at is not None:
                continue
            report.records += 1
            if version is None or version < row.index_seq:
                kind: Kind = "not_indexed" if version is None else "stale_index"
                self._again(report, kind, row, repair=repair)
            if report.records % 200 == 0:
                yield Progress("index", row.seq, highest)
        for place, versions in held.items():
            for record_id, version in versions.items():
                if repair:
                    self._engine.remove(place, {record_id: version + 1})
                report.differences.append(Difference("surplus_index", record_id, place, repaired=repair))
        if repair:
            self._settle()

    def _again(self, report: CheckReport, kind: Kind, row: Any, *, repair: bool) -> None:
        now = by_key(Record, id=row.id)
        if now is None or now.index_seq != row.index_seq:
            return  # it changed since the index was read
        if repair:
            Record.objects(id=row.id).update_one(
                inc__index_seq=2, set__indexed_seq=0, set__index_slot=secrets.randbelow(SLOTS)
            )
        report.differences.append(Difference(kind, row.id, row.title, repaired=repair))

    def _versions(self, place: str) -> dict[str, int]:
        found: dict[str, int] = {}
        after = ""
        while page := self._engine.versions(place, after=after):
            found.update(page)
            after = page[-1][0]
        return found


def _note_orphans(keys: Sequence[str], now: datetime) -> None:
    """Write down when these were first seen, in lots: a migration that was killed leaves thousands."""
    for start in range(0, len(keys), NOTED):
        noted = [
            UpdateOne({"_id": key}, {"$setOnInsert": {"seen_at": now}}, upsert=True)
            for key in keys[start : start + NOTED]
        ]
        Orphan._get_collection().bulk_write(noted, ordered=False)


def _held(file: Any) -> bool:
    """Whether the content of a deleted record is still kept (it is until the grace period ends)."""
    return by_key(HeldObject, id=f"{file.compartment}:{file.sha256}") is not None
