"""The desk where bytes come in: object first, row second, acknowledged after the row (design §2)."""

import itertools
import secrets
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, cast

from pymongo.client_session import ClientSession
from pymongo.errors import PyMongoError

from ingest.port import Dispatcher
from service.domain.permissions import compartment
from service.errors import Conflict, EmptyFile, Fault, InvalidInput, NotFound, QuotaExceeded, TooLarge
from service.models import EventWaiting, File, Record
from service.models.archive import SLOTS
from service.models.chain import in_one_row
from service.models.connection import in_transaction
from service.models.reading import by_key
from service.models.together import Together
from service.usecases.contents.arriving import noted
from service.usecases.contents.quotas import Quotas, use
from service.usecases.holding import Holding, held_id
from storage.keys import new_key
from storage.port import ChecksumMismatch, ObjectStore, StorageError, StoredObject

LOT = 50
"""Files whose rows are written in one transaction at most: each touches some fourteen pages of the embedded database,
which stay in its cache until the transaction ends (`embedded.database.CACHE`)."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file at the desk. `sha256` and `size` are what the sender promises, if anything;
    `by` is the name of who brings it and `sender` his id, against whose quota it counts."""

    name: str
    path: str = ""
    role: str = "main"
    sha256: str | None = None
    size: int | None = None
    upload_key: str = ""
    by: str = ""
    sender: str = ""
    why: str = ""
    key: str = ""
    """The key to store it under (`Desk.content_key`), for who stores it (`Desk.keep`)."""


@dataclass(frozen=True, slots=True)
class Entered:
    """The file's row, and whether this call made it (else it is an earlier one: see `Desk.enter`)."""

    file: Any
    new: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums of a row that are raised: `sums` maps dotted field names to amounts. They are raised behind the transaction,
    because whoever else writes into that row while a long one is under way would have it begin anew each time; sums
    that a crash leaves out are counted again from the rows."""

    document: Any
    id: str
    sums: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Along:
    """What is written in the same transaction as a file.

    `supersedes`: the row of the file of which this one is the next version, as it was read; `inserts`: new rows;
    `joins`: match and update of a record that is there already and must still match; `needless`: whether a record
    that has the same content makes this file needless; `notes`: rows that say what became of it, also if it is
    needless; `tally`: the row whose sums it then raises, and by how much.
    """

    supersedes: Any | None = None
    inserts: Sequence[Any] = ()
    joins: tuple[dict[str, Any], dict[str, Any]] | None = None
    needless: Callable[[Any], bool] = lambda _: False
    notes: Callable[[Entered], Sequence[Any]] = lambda _: ()
    tally: Callable[[Entered], Tally | None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Bringing:
    """A kept object that is to be entered as a file of `record`."""

    kept: StoredObject
    arrival: Arrival
    record: Any
    along: Along


@dataclass(frozen=True, slots=True)
class _Entry:
    kept: StoredObject
    record: Any
    file: Any
    along: Along

    @property
    def held(self) -> str:
        return held_id(self.file.compartment, self.kept.sha256)


class Desk:
    """Stores bytes and enters them with their record in one transaction."""

    def __init__(
        self,
        store: ObjectStore,
        dispatcher: Dispatcher,
        clock: Callable[[], datetime],
        *,
        max_bytes: int,
        content_key: Callable[[str], str] = lambda _: new_key("content"),
        quotas: Quotas | None = None,
    ) -> None:
        """`content_key` gives a fresh key for a content of a compartment ("" = not known yet)."""
        self._quotas = quotas or Quotas(everybody=0, person=0)
        self.content_key = content_key
        self._store, self._dispatcher, self._clock = store, dispatcher, clock
        self._max_bytes = max_bytes
        self._together: Together[_Entry, Entered] = Together(self._enter, limit=LOT)

    def expecting(self, arrivals: Sequence[Arrival]) -> AbstractContextManager[None]:
        """While these are kept and entered: their keys, which are given beforehand, are noted, so that nothing is left
        of what a crash cuts off."""
        return noted([arrival.key for arrival in arrivals], self._clock())

    def keep(self, source: BinaryIO, arrival: Arrival) -> StoredObject:
        """Store the bytes under the key of their arrival. Raises `EmptyFile`, `TooLarge`, `QuotaExceeded` (where the
        sender is told), `InvalidInput` and storage errors; then nothing is stored."""
        if arrival.sender:
            self._quotas.require(arrival.sender, arrival.size or 1)
        kept = self._stored(source, arrival)
        if arrival.sender and arrival.size is None:
            try:
                self._quotas.require(arrival.sender, kept.size)
            except QuotaExceeded:
                self.drop(kept)
                raise
        return kept

    def _stored(self, source: BinaryIO, arrival: Arrival) -> StoredObject:
        bounded = cast("BinaryIO", _Bounded(source, self._max_bytes))
        try:
            return self._store.put(arrival.key, bounded, sha256=arrival.sha256, size=arrival.size)
        except ChecksumMismatch as fault:
            raise InvalidInput(
                [Fault("file", "checksum_mismatch", "收到的内容与声明的摘要或长度不符，未收。重新上传")]
            ) from fault

    def drop(self, kept: StoredObject) -> None:
        """Take a kept object away again that nothing refers to; what cannot be reached now is collected later."""
        try:
            self._store.delete(kept.key)
        except StorageError:
            return

    def enter(self, kept: StoredObject, arrival: Arrival, record: Any, along: Along) -> Entered:
        """Enter a kept object as a file of `record`; what arrives at the same moment shares the transaction.

        An earlier file is given instead if the upload key was used before, or if a record with the same content
        makes this one needless. Raises `NotFound` if the record to join is gone, `Conflict` if another version has
        superseded the same file meanwhile.
        """
        return self.enter_all([Bringing(kept, arrival, record, along)])[0]

    def enter_all(self, brought: Sequence[Bringing]) -> list[Entered]:
        """Enter several; each is decided as `enter` does, and the first fault is raised when all are."""
        entries = [self._entry(each) for each in brought]
        answers = list(map(self._settled, entries, self._together.do_all(entries)))
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return [answer for answer in answers if isinstance(answer, Entered)]

    def _entry(self, brought: Bringing) -> _Entry:
        record, along = brought.record, brought.along
        place = compartment(record.secrecy, core_secret=record.core_secret)
        row = self._row(brought.kept, brought.arrival, record, place)
        if along.supersedes is not None:
            row.version, row.order = along.supersedes.version + 1, along.supersedes.order
        return _Entry(brought.kept, record, row, along)

    def _settled(self, entry: _Entry, answer: Entered | Exception) -> Entered | Exception:
        """Drop what nothing refers to. After a fault of the database that is unknown, because what it answered last
        need not be what an earlier attempt came to: the object stays, and its note is looked at later."""
        if isinstance(answer, PyMongoError):
            return answer
        if isinstance(answer, Exception) or answer.file.object_key != entry.kept.key:
            self.drop(entry.kept)
        return answer

    def _enter(self, entries: Sequence[_Entry]) -> Sequence[Entered | Exception]:
        attempts = itertools.count()
        lots: list[_Lot] = []

        def write(session: ClientSession) -> Sequence[Entered | Exception]:
            lots.append(_Lot(session, entries, again=next(attempts) > 0))
            return lots[-1].write()

        answers = in_transaction(write, repeatable=True)
        lots[-1].raise_tallies()
        new = [answer.file.id for answer in answers if isinstance(answer, Entered) and answer.new]
        if new:
            self._dispatcher.wake(new)
        return answers

    def _row(self, kept: StoredObject, arrival: Arrival, record: Any, place: str) -> Any:
        row = File(
            id=uuid.uuid4().hex,
            record_id=record.id,
            name=arrival.name,
            path=arrival.path,
            role=arrival.role,
            by=arrival.by,
            sender=arrival.sender,
            why=arrival.why,
            compartment=place,
            size=kept.size,
            sha256=kept.sha256,
            object_key=kept.key,
            slot=secrets.randbelow(SLOTS),
            created_at=self._clock(),
        )
        # A commit whose answer was lost is found again by this key when the transaction is tried again.
        row.upload_key = arrival.upload_key or row.id
        return row


class _Lot:
    """Entries that are written in one transaction, each decided as if it came alone, in their order."""

    def __init__(self, session: ClientSession, entries: Sequence[_Entry], *, again: bool) -> None:
        """`again`: an earlier attempt may have been committed; before it no key of ours is there yet."""
        self._session, self._entries, self._again = session, entries, again
        self._holding = Holding(session, [entry.held for entry in entries])
        keys = [entry.file.upload_key for entry in entries if again or entry.file.upload_key != entry.file.id]
        self._uploads = {row["upload_key"]: File._from_son(row) for row in self._found("upload_key", keys)}
        self._inserts: dict[Any, list[Any]] = {}
        self._contents: dict[str, list[tuple[Any, Any]]] = {}
        self._tallies: dict[tuple[Any, str], dict[str, int]] = {}
        self._brought: list[Any] = []

    def write(self) -> Sequence[Entered | Exception]:
        answers = [self._noted(entry, self._decide(entry)) for entry in self._entries]
        for document, rows in self._inserts.items():
            made = in_one_row(rows) if document is EventWaiting else rows
            document._get_collection().insert_many(made, session=self._session)
        self._holding.write()
        use(self._session, self._brought)
        return answers

    def raise_tallies(self) -> None:
        for (document, name), sums in self._tallies.items():
            document._get_collection().update_one({"_id": name}, {"$inc": sums})

    def _noted(self, entry: _Entry, answer: Entered | Exception) -> Entered | Exception:
        if isinstance(answer, Exception):
            return answer
        notes = entry.along.notes(answer)
        standing = self._standing(notes) if self._again else []
        if not standing:
            self._insert(notes)
        elif standing != [row.to_mongo() for row in notes]:
            return answer  # another has sent the same, and has counted it
        if tally := entry.along.tally(answer):
            sums = self._tallies.setdefault((tally.document, tally.id), {})
            for name, amount in tally.sums.items():
                sums[name] = sums.get(name, 0) + amount
        return answer

    def _standing(self, rows: Sequence[Any]) -> list[Any]:
        """What was written of these already: by an attempt whose answer was lost, or by another who sent the same."""
        found = (type(row)._get_collection().find_one({"_id": row.pk}, session=self._session) for row in rows)
        return [row for row in found if row]

    def _insert(self, rows: Sequence[Any]) -> None:
        for row in rows:
            self._inserts.setdefault(type(row), []).append(row.to_mongo())

    def _found(self, field: str, values: Sequence[str]) -> list[Any]:
        if not values:
            return []
        return list(File._get_collection().find({field: {"$in": list(values)}}, session=self._session))

    def _decide(self, entry: _Entry) -> Entered | Exception:
        earlier = self._uploads.get(entry.file.upload_key or "") or self._same(entry)
        if earlier is not None:
            return Entered(earlier, new=earlier.id == entry.file.id)
        if not self._is_current(entry.along.supersedes):
            return Conflict("这个文件已有更新的版本，重新载入后再换")
        if not self._join(entry):
            return NotFound()
        entry.file.object_key = self._holding.hold(entry.held, key=entry.kept.key, size=entry.kept.size)
        self._insert((entry.file, *entry.along.inserts))
        self._brought.append(entry.file)
        if entry.file.upload_key:
            self._uploads[entry.file.upload_key] = entry.file
        self._contents.setdefault(entry.held, []).append((entry.file, entry.record))
        self._supersede(entry)
        return Entered(entry.file, new=True)

    def _is_current(self, file: Any | None) -> bool:
        if file is None:
            return True
        current = {"_id": file.id, "superseded_by": None, "deleted_at": None}
        return File._get_collection().find_one(current, session=self._session) is not None

    def _supersede(self, entry: _Entry) -> None:
        if entry.along.supersedes is not None:
            done = {"$set": {"superseded_by": entry.file.id}}
            files = File._get_collection()
            files.update_one({"_id": entry.along.supersedes.id}, done, session=self._session)

    def _join(self, entry: _Entry) -> bool:
        if entry.along.joins is None:
            return True
        match, update = entry.along.joins
        return bool(Record._get_collection().update_one(match, update, session=self._session).modified_count)

    def _same(self, entry: _Entry) -> Any | None:
        """A file with the same content whose record makes this one needless."""
        key = self._holding.key(entry.held)
        if key is None:
            return None
        for file, record in self._contents.get(entry.held, ()):
            if entry.along.needless(record):
                return file
        for row in self._found("object_key", [key]):
            record = by_key(Record, id=row["record_id"])
            if (
                not row.get("deleted_at")
                and record
                and not record.deleted_at
                and entry.along.needless(record)
            ):
                return File._from_son(row)
        return None


class _Bounded:
    """A readable that refuses an empty file before anything is stored, and one that grows past the limit."""

    def __init__(self, source: BinaryIO, limit: int) -> None:
        self._source, self._limit, self._seen = source, limit, 0

    def read(self, size: int = -1) -> bytes:
        chunk = self._source.read(size)
        self._count(len(chunk))
        return chunk

    def readinto(self, buffer: memoryview) -> int:
        straight = getattr(self._source, "readinto", None)
        if straight is not None:
            got = int(straight(buffer) or 0)
        else:
            chunk = self._source.read(len(buffer))
            got = len(chunk)
            buffer[:got] = chunk
        self._count(got)
        return got

    def _count(self, came: int) -> None:
        if not came and not self._seen:
            raise EmptyFile
        self._seen += came
        if self._seen > self._limit:
            raise TooLarge("单个文件不超过 %(limit)s 字节", limit=self._limit)
