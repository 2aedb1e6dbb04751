"""The desk where bytes come in: object first, row second, acknowledged after the row (design §2)."""

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, cast

from pymongo.client_session import ClientSession
from pymongo.errors import ConnectionFailure

from ingest.port import Dispatcher
from service.domain.permissions import compartment
from service.errors import EmptyFile, Fault, InvalidInput, TooLarge
from service.models import File, HeldObject
from service.models.archive import SLOTS
from service.models.connection import in_transaction
from service.usecases.holding import hold
from storage.keys import new_key
from storage.port import ChecksumMismatch, ObjectStore, StorageError, StoredObject


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file at the desk. `sha256` and `size` are what the sender promises, if anything."""

    name: str
    path: str = ""
    role: str = "main"
    sha256: str | None = None
    size: int | None = None
    upload_key: str = ""


@dataclass(frozen=True, slots=True)
class Entered:
    """The file's row, and whether this call made it (else it is an earlier one: see `Desk.enter`)."""

    file: Any
    new: bool


Known = Callable[[str], Any | None]
"""Given the key of a held object: a file that has this content already and makes another one needless, or None."""


class Desk:
    """Stores bytes and enters them with their record in one transaction."""

    def __init__(
        self, store: ObjectStore, dispatcher: Dispatcher, clock: Callable[[], datetime], *, max_bytes: int
    ) -> None:
        self._store, self._dispatcher, self._clock = store, dispatcher, clock
        self._max_bytes = max_bytes

    def keep(self, source: BinaryIO, arrival: Arrival) -> StoredObject:
        """Store the bytes under a new key. Raises `EmptyFile`, `TooLarge`, `InvalidInput` and storage errors;
        then nothing is stored."""
        bounded = cast("BinaryIO", _Bounded(source, self._max_bytes))
        try:
            return self._store.put(new_key("content"), bounded, sha256=arrival.sha256, size=arrival.size)
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

    def enter(
        self,
        kept: StoredObject,
        arrival: Arrival,
        record: Any,
        write: Callable[[ClientSession], None],
        known: Known = lambda _: None,
    ) -> Entered:
        """Enter a kept object as a file of `record`; `write` adds what belongs to the same transaction.

        An earlier file is given instead if the upload key was used before, or if `known` names one.
        """
        place = compartment(record.secrecy, core_secret=record.core_secret)
        row = self._row(kept, arrival, record, place)

        def work(session: ClientSession) -> Entered:
            if arrival.upload_key:
                earlier = File._get_collection().find_one({"upload_key": arrival.upload_key}, session=session)
                if earlier is not None:
                    return Entered(File._from_son(earlier), new=False)
            held = HeldObject._get_collection().find_one({"_id": f"{place}:{kept.sha256}"}, session=session)
            if held is not None and (same := known(held["key"])) is not None:
                return Entered(same, new=False)
            row.object_key = hold(session, place, kept.sha256, key=kept.key, size=kept.size)
            File._get_collection().insert_one(row.to_mongo(), session=session)
            write(session)
            return Entered(row, new=True)

        try:
            entered = in_transaction(work)
        except ConnectionFailure:
            raise  # whether the row is there is unknown: the object stays until a check finds it without a row
        except BaseException:
            self.drop(kept)
            raise
        if entered.file.object_key != kept.key:
            self.drop(kept)
        if entered.new:
            self._dispatcher.wake([row.id])
        return entered

    def _row(self, kept: StoredObject, arrival: Arrival, record: Any, place: str) -> Any:
        row = File(
            id=uuid.uuid4().hex,
            record_id=record.id,
            name=arrival.name,
            path=arrival.path,
            role=arrival.role,
            compartment=place,
            size=kept.size,
            sha256=kept.sha256,
            object_key=kept.key,
            slot=secrets.randbelow(SLOTS),
            created_at=self._clock(),
        )
        if arrival.upload_key:
            row.upload_key = arrival.upload_key
        return row


class _Bounded:
    """A readable that refuses an empty file before anything is stored, and one that grows past the limit."""

    def __init__(self, source: BinaryIO, limit: int) -> None:
        self._source, self._limit, self._seen = source, limit, 0

    def read(self, size: int = -1) -> bytes:
        chunk = self._source.read(size)
        if not chunk and not self._seen:
            raise EmptyFile
        self._seen += len(chunk)
        if self._seen > self._limit:
            raise TooLarge("单个文件不超过 %(limit)s 字节", limit=self._limit)
        return chunk
