"""Correcting 更正: an archived record is never changed; a new version of it is begun as a draft (R-VAL-12)."""

import secrets
import uuid
from typing import Any

from pymongo.client_session import ClientSession

from service.audit import outbox_slot
from service.domain.holdings import RecordView
from service.domain.lifecycle import check_reason, turn_of
from service.domain.permissions import Act, Actor, compartment, may
from service.errors import Conflict, Forbidden
from service.models import File, Record
from service.models.archive import SLOTS
from service.models.connection import in_transaction
from service.models.reading import by_key
from service.usecases.describing.records import Records
from service.usecases.describing.showing import known_record
from service.usecases.ground import Ground
from service.usecases.holding import Holding, held_id

COPIED = (
    *("title", "category", "category_version", "date", "year", "department", "responsible", "doc_no"),
    *("secrecy", "core_secret", "retention", "copy_status", "original_place", "language", "keywords"),
    *("fields", "note", "circles"),
)
"""What the new version begins with."""


FILE_COPIED = (
    "order",
    "name",
    "path",
    "role",
    "version",
    "compartment",
    "size",
    "sha256",
    "object_key",
    "by",
    "why",
)
UNDER_WAY = "这件档案正在另立新版"


class Correcting:
    """The old version stays as it was until the new one is archived, and is superseded in that moment."""

    def __init__(self, records: Records, ground: Ground) -> None:
        self._records, self._audit = records, ground.audit
        self._clock, self._nudge = ground.clock, ground.nudge

    def correct(self, actor: Actor, record_id: str, reason: str) -> RecordView:
        """Begin the next version of an archived record: same description, same files, a draft of one's own.

        Raises `NotFound`, `Forbidden`, `Conflict` (not archived, or a correction is under way), `InvalidInput`.
        """
        old = known_record(actor, record_id)
        said = check_reason(reason)
        if not may(actor, Act.CREATE):
            raise Forbidden
        if old.life != "archived":
            raise Conflict("只有已归档的才另立新版；草稿直接改")
        begun = by_key(Record, id=old.correcting) if old.correcting else None
        if begun is not None and not begun.deleted_at and begun.life != "weeded":
            raise Conflict(UNDER_WAY)
        row = self._version(actor, old, said)
        in_transaction(lambda session: self._write(session, actor, old, row))
        self._nudge()
        return self._records.some(actor, [row.id])[0]

    def _version(self, actor: Actor, old: Any, reason: str) -> Any:
        now = self._clock()
        row = Record(
            id=uuid.uuid4().hex,
            seq=self._records.numbers.take(),
            owner=actor.id,
            supersedes=old.id,
            created_at=now,
            updated_at=now,
            index_slot=secrets.randbelow(SLOTS),
            **{name: getattr(old, name) for name in COPIED},
        )
        row.turn = turn_of(row.life, row.owner, row.seq)
        row.indexed_in = [compartment(row.secrecy, core_secret=row.core_secret)]
        told = {"reason": ["", reason]}
        row.outbox = [
            self._audit.entry(actor, "correct", "record", row.id, supersedes=old.id),
            self._audit.revision(row.id, 1, actor, told),
        ]
        row.outbox_slot = outbox_slot()
        return row

    def _write(self, session: ClientSession, actor: Actor, old: Any, row: Any) -> None:
        records = Record._get_collection()
        # Both meet in the old row: of two people who begin at once the second is told so.
        free = {"_id": old.id, "life": "archived", "correcting": old.correcting}
        if not records.update_one(free, {"$set": {"correcting": row.id}}, session=session).modified_count:
            raise Conflict(UNDER_WAY)
        records.insert_one(row.to_mongo(), session=session)
        wanted = {"record_id": old.id, "deleted_at": None, "superseded_by": None}
        found = [File._from_son(file) for file in File._get_collection().find(wanted, session=session)]
        holding = Holding(session, [held_id(file.compartment, file.sha256) for file in found])
        for file in found:
            holding.hold(held_id(file.compartment, file.sha256), key=file.object_key, size=file.size)
        holding.write()
        if found:
            copies = [self._copy(actor, file, row.id).to_mongo() for file in found]
            File._get_collection().insert_many(copies, session=session)

    def _copy(self, actor: Actor, file: Any, record_id: str) -> Any:
        """The same content once more; text and preview are made anew, because each file has its own."""
        key = uuid.uuid4().hex
        return File(
            id=key,
            record_id=record_id,
            upload_key=key,
            sender=actor.id,
            slot=secrets.randbelow(SLOTS),
            created_at=self._clock(),
            **{name: getattr(file, name) for name in FILE_COPIED},
        )
