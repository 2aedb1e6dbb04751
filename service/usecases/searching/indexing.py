"""Keeping the index behind the truth: what changed is read again whole and sent, whatever the change was."""

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

from pymongo import UpdateOne
from pymongo.client_session import ClientSession

from search.port import (
    FileText,
    IndexDocument,
    IndexRejected,
    Passage,
    Scope,
    SearchEngine,
    SearchRequest,
    SearchUnavailable,
)
from service.domain.dates import day_of
from service.domain.dealing import amount, customer, own_names
from service.domain.describing import kept_at, names, searchable
from service.domain.permissions import COMPARTMENTS, access_terms, compartment
from service.ledger import needs_indexing
from service.models import File, Record
from service.models.archive import LATER
from service.models.reading import KEYS, Slots, ascending, by_key, counter, keyed
from service.models.runs import coming_in
from service.models.transactions import in_transaction
from service.usecases.contents.files import read_text
from service.usecases.contents.members import standing, way
from service.usecases.describing.records import SEQ
from service.usecases.describing.showing import guarded
from service.usecases.scheme.categories import Categories
from storage.port import ObjectMissing, ObjectStore

BATCH_CHARACTERS = 4_000_000
"""Text that one call of the engine carries at most, unless a single record has more."""

REBUILT = 40
"""Records whose files a rebuild asks for at once: with more keys each row takes the embedded database longer."""

RECORD_CHARACTERS = 20_000_000
"""Text of files inside others that one record brings into the index; what is beyond is found by its name."""

BEHIND = 200
"""Records that are sent anew at once for a new word."""

PATIENCE = timedelta(seconds=15)
"""How long a record that came with a file waits for it before it is indexed by its title alone, which makes two
indexings of one."""

REST = timedelta(minutes=1)
"""Before such a lot and between two while a migration is bringing in: nearly all files wait longer then, and indexing
their records by the title first would take from the database what the migration needs."""

MOST_VERSIONS = 100
"""Versions that are gone back through to the first one."""

log = logging.getLogger(__name__)


class Indexing:
    """Sends records whose `indexed_seq` is behind. Any process may do it; the version keeps the order."""

    def __init__(
        self,
        engine: SearchEngine,
        store: ObjectStore,
        categories: Categories,
        ending: Callable[[], bool] = lambda: False,
    ) -> None:
        """`ending` tells that the house closes: what is not sent by then waits for the next start."""
        self._engine, self._store, self._categories = engine, store, categories
        self._ending = ending
        self._waiting = Slots(Record, "index_slot", want=200)
        self._later = Slots(Record, "index_slot", want=500, first=LATER)
        self._promoted: datetime | None = None

    def drain(self) -> int:
        """Index some of what waits; how many records. Raises `SearchUnavailable`; then all of it still waits."""
        return self._send_all(self._waiting.read())

    def promote(self, now: datetime, *, after: timedelta = PATIENCE) -> int:
        """Index records now whose files are not done `after` they were entered; how many. Straight from where they
        wait: to put them into the other line first would be one more change of each."""
        if after and coming_in(now):
            self._promoted = self._promoted or now
            if now - self._promoted < REST:
                return 0
        rows = self._later.read(created_at__lte=now - after)
        self._promoted = now if rows else None
        return self._send_all(rows)

    def settle(self, now: datetime) -> None:
        """Index everything that waits, whatever for."""
        while self.promote(now, after=timedelta(0)) or self.drain():
            pass

    def _send_all(self, rows: Sequence[Any]) -> int:
        """Index these rows lot by lot; how many came to their turn. A lot of long texts takes minutes."""
        count = 0
        for some in _lots(rows, self._files_of(rows)):
            if self._ending():
                break
            self._send(some)
            count += len(some)
        return count

    def catch_up(self) -> int:
        """Send records anew that were analysed before a word of the organisation was known; how many."""
        ids = self._engine.behind(BEHIND)
        again = [
            UpdateOne({"_id": key, "deleted_at": None, "index_slot": None}, needs_indexing()) for key in ids
        ]
        if again:
            Record._get_collection().bulk_write(again, ordered=False)
        return len(ids)

    def rebuild(self, progress: Callable[[int, int], None]) -> int:
        """Make the whole index anew from the truth, while the old one answers."""
        highest = counter(SEQ)
        rows = ascending(Record, number="seq", highest=highest, deleted_at=None)
        count = self._engine.rebuild(self._each(rows, lambda number: progress(number, highest)))
        progress(highest, highest)
        return count

    def _each(self, rows: Iterator[Any], progress: Callable[[int], None]) -> Iterator[IndexDocument]:
        """Every record as the index sees it; the next lot is read while the one before is indexed."""
        lots = self._read(rows)
        number = 0
        with ThreadPoolExecutor(1, "fonds-rebuild") as beside:
            coming = beside.submit(next, lots, None)
            while lot := coming.result():
                coming = beside.submit(next, lots, None)
                for document in lot:
                    if self._ending():
                        raise SearchUnavailable("The program ends; the index is made at its next start.")
                    progress(number)
                    number += 1
                    yield document

    def _read(self, rows: Iterator[Any]) -> Iterator[list[IndexDocument]]:
        while some := list(islice(rows, REBUILT)):
            for lot in _lots(some, self._files_of(some)):
                yield [self.document(row, files) for row, files in lot]

    def count(self) -> int:
        """How many records the index holds, in all compartments; what was numbered at all while it does not answer."""
        everything = Scope(dict.fromkeys(COMPARTMENTS))
        try:
            return self._engine.search(SearchRequest(scope=everything, limit=1, facets=(), places=0)).total
        except SearchUnavailable:
            return counter(SEQ)

    def keep_current(self) -> int:
        """Make the index anew if it is not one that this program filled in full; 1 if it had to be."""
        if self._engine.state == "current":
            return 0
        log.info("the index is made anew", extra={"event": "rebuild", "state": self._engine.state})
        count = self.rebuild(lambda *_: None)
        log.info("the index is complete", extra={"event": "rebuilt", "records": count})
        return 1

    def document(self, row: Any, files: Sequence[Any]) -> IndexDocument:
        """A record as the index sees it."""
        category = self._categories.of(row)
        schema = category.schema if category else {}
        return IndexDocument(
            id=row.id,
            version=row.index_seq,
            compartment=compartment(row.secrecy, core_secret=row.core_secret),
            title=row.title,
            seq=row.seq,
            category=row.category,
            category_path=category.path if category else (),
            department=row.department,
            date=row.date,
            state=row.life,
            ref_code=row.ref_code,
            doc_no=row.doc_no,
            responsible=row.responsible,
            customer=customer(row.fields, schema, row.responsible),
            dossiers=tuple(row.dossiers),
            numbers=_numbers(row, schema, files),
            created=day_of(row.created_at),
            keywords=tuple(row.keywords),
            names=tuple(names(row.fields, schema)),
            fields=searchable(row.fields, schema) | _kept(row),
            files=tuple(self._texts(files)),
            access=tuple(sorted(access_terms(guarded(row)))),
            own=own_names(row.fields, schema),
            same=_same(row, files),
        )

    def _texts(self, files: Sequence[Any]) -> Iterator[FileText]:
        """What the files of a record say, each by its name and what it lies in; inner files as far as there is room."""
        by_id, room = {file.id: file for file in files}, RECORD_CHARACTERS
        for file in sorted(files, key=lambda file: (file.order, file.depth, file.number)):
            room -= file.characters if file.depth else 0
            yield self._file_text(file, way(file, by_id), told=not file.depth or room >= 0)

    def _file_text(self, file: Any, name: str, *, told: bool) -> FileText:
        passages: Sequence[Passage] = ()
        if told and file.text_key and (file.state == "done" or file.stage):
            try:
                passages = read_text(self._store, file.text_key)
            except ObjectMissing:
                log.warning("text object is missing", extra={"event": "text_missing", "file": file.id})
        return FileText(
            id=file.id,
            name=name,
            type=file.family or "other",
            passages=passages,
            sealed=bool(file.facts.get("seals")),
        )

    def _files_of(self, rows: Sequence[Any]) -> dict[str, list[Any]]:
        files: dict[str, list[Any]] = {row.id: [] for row in rows}
        for file in keyed(File, list(files), field="record_id"):
            files[file.record_id].append(file)
        return {record: standing(rows) for record, rows in files.items()}

    def _send(self, lot: Sequence[tuple[Any, Sequence[Any]]]) -> None:
        living = [(row, self.document(row, files)) for row, files in lot if row.deleted_at is None]
        moving = {row.id: _others(row, document.compartment) for row, document in living}
        for row, document in living:
            self._leave(row, [old for old in moving[row.id] if old < document.compartment])
        refused = self._put([document for _, document in living])
        for row, document in living:
            self._leave(row, [old for old in moving[row.id] if old > document.compartment])
        for row, _ in lot:
            if row.deleted_at is not None:
                self._leave(row, row.indexed_in)
        places = {row.id: [document.compartment] for row, document in living}
        _mark([row for row, _ in lot], places, refused)

    def _put(self, documents: Sequence[IndexDocument]) -> frozenset[str]:
        try:
            self._engine.put(documents)
        except IndexRejected as fault:
            log.warning(
                "index refused documents: %s", fault, extra={"event": "index_rejected", "ids": fault.ids}
            )
            return frozenset(fault.ids)
        return frozenset()

    def _leave(self, row: Any, places: Sequence[str]) -> None:
        for place in places:
            self._engine.remove(place, {row.id: row.index_seq})


def _same(row: Any, files: Sequence[Any]) -> str:
    """What a record's copies and versions say too: the first of its versions, else the content of its files."""
    if row.supersedes or row.superseded_by:
        return f"v:{_first_version(row)}"
    digests = sorted(file.sha256 for file in files if not file.parent)
    return f"c:{hashlib.sha256(' '.join(digests).encode()).hexdigest()[:32]}" if digests else ""


def _first_version(row: Any) -> str:
    for _ in range(MOST_VERSIONS):
        before = by_key(Record, id=row.supersedes) if row.supersedes else None
        if before is None:
            break
        row = before
    return str(row.id)


def _kept(row: Any) -> dict[str, str]:
    """What is said of a record beside its category's fields, under the words that it is looked for by."""
    said = {
        "备注": row.note,
        "存放位置": kept_at(row),
        "原件存放处": row.original_place,
        "档案级别": f"{row.grade} 级" if row.grade else "",
    }
    return {label: text for label, text in said.items() if text}


def _numbers(row: Any, schema: Mapping[str, Any], files: Sequence[Any]) -> dict[str, float]:
    outer = [file for file in files if not file.parent]
    counted: dict[str, float] = {"bytes": sum(file.size for file in outer)}
    counted["pages"] = sum(file.pages for file in outer)
    money = amount(row.fields, schema)
    return counted if money is None else counted | {"amount": money}


def _others(row: Any, place: str) -> list[str]:
    return [old for old in row.indexed_in if old != place]


def _lots(rows: Sequence[Any], files: dict[str, list[Any]]) -> Iterator[list[tuple[Any, list[Any]]]]:
    lot: list[tuple[Any, list[Any]]] = []
    characters = 0
    for row in rows:
        size = sum(file.characters for file in files[row.id])
        if lot and characters + size > BATCH_CHARACTERS:
            yield lot
            lot, characters = [], 0
        lot.append((row, files[row.id]))
        characters += size
    if lot:
        yield lot


def _mark(rows: Sequence[Any], places: dict[str, list[str]], refused: frozenset[str]) -> None:
    """The records are indexed as of their `index_seq`, unless one changed meanwhile: then it stays in line."""
    for start in range(0, len(rows), KEYS):
        in_transaction(partial(_mark_some, rows[start : start + KEYS], places, refused), repeatable=True)


def _mark_some(
    rows: Sequence[Any], places: dict[str, list[str]], refused: frozenset[str], session: ClientSession
) -> None:
    """What changed meanwhile is read and not asked for in the update: beside the key that would cost as much again."""
    records = Record._get_collection()
    there = records.find({"_id": {"$in": [row.id for row in rows]}}, {"index_seq": 1}, session=session)
    now = {row["_id"]: row["index_seq"] for row in there}
    alike: dict[tuple[int, str, bool], list[str]] = {}
    for row in rows:
        if now.get(row.id) == row.index_seq:
            place = "".join(places.get(row.id, ()))
            alike.setdefault((row.index_seq, place, row.id in refused), []).append(row.id)
    for (index_seq, place, was_refused), ids in alike.items():
        done: dict[str, Any] = {"indexed_in": [place] if place else []}
        if not was_refused:
            done["indexed_seq"] = index_seq
        update = {"$set": done, "$unset": {"index_slot": 1}}
        records.update_many({"_id": {"$in": ids}}, update, session=session)
