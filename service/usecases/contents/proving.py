"""Proving: the bytes of a complete upload are read once, held against their promise, and entered as a file."""

import logging
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from service.audit import Audit, events_of, outbox_slot
from service.domain.permissions import Act, Actor, Reach, knows, rights_of
from service.domain.uploads import NewUpload, Presets, described
from service.errors import InvalidInput, NotFound, ServiceError
from service.ledger import needs_indexing
from service.models import File, Record, Upload
from service.models.archive import LATER, SLOTS
from service.models.reading import by_key
from service.usecases.contents.intake import Along, Arrival, Desk, Entered
from service.usecases.describing.drafting import hold_if_lacking
from service.usecases.describing.records import Records
from service.usecases.describing.showing import editable_record, guarded, still_editable
from service.usecases.scheme.categories import Categories
from storage.blocks import Digests
from storage.encrypted import EncryptedStore
from storage.keys import proved_by_block
from storage.port import ChecksumMismatch, ObjectMissing, PartStore, StoredObject

LEASE = timedelta(minutes=2)
"""How long whoever proves an upload is the only one; he prolongs it while he reads."""
KEPT = timedelta(days=7)
"""How long it is known what became of an upload."""
PROLONG = 256 << 20
"""Bytes read between two prolongations."""

log = logging.getLogger("fonds.uploads")


class Proving:
    """Ends uploads whose parts have all come. Every step may be repeated: one upload gives one file (F15)."""

    def __init__(
        self,
        desk: Desk,
        store: EncryptedStore,
        parts: PartStore,
        describing: "Arriving",
        clock: Callable[[], datetime],
    ) -> None:
        self._desk, self._store, self._parts = desk, store, parts
        self._describing, self._clock = describing, clock

    def take(self, row: Any, actor: Actor | None = None) -> bool:
        """Become the one who proves this upload; False if somebody else does or it has ended."""
        now = self._clock()
        match: dict[str, Any] = {"id": row.id, "state": row.state}
        if row.state == "verifying":
            match["due_at__lte"] = now
        acting = {"set__actor": snapshot(actor)} if actor else {}
        taken = Upload.objects(**match).update_one(set__state="verifying", set__due_at=now + LEASE, **acting)
        return bool(taken)

    def prove(self, upload_id: str) -> None:
        """Prove and enter an upload that was taken. What refuses it for good is written down, not raised.

        Raises storage errors; then it stays in proof, and is taken up again.
        """
        row = by_key(Upload, id=upload_id)
        if row is None or row.state != "verifying":
            return
        if earlier := by_key(File, upload_key=upload_key(row.id)):
            self._stored(row, Entered(earlier, new=True))
        elif kept := self._joined(row):
            if kept.size != row.size or row.sha256 not in ("", kept.sha256):
                self._refuse(row, "checksum_mismatch" if kept.size == row.size else "size_mismatch")
                self._desk.drop(kept)
            else:
                self.enter(row, kept)

    def release(self, row: Any) -> None:
        """Let the next one take up a proof that could not be ended now."""
        Upload.objects(id=row.id, state="verifying").update_one(set__due_at=self._clock())

    def _joined(self, row: Any) -> StoredObject | None:
        """The object that the parts make, read back; None if there is nothing (any longer) to make it of."""
        try:
            if row.handle:  # what came whole is an object already
                self._parts.complete(row.object_key, row.handle, row.size)
            return self._read(row)
        except ObjectMissing:
            self._refuse(row, "lost")
        except ChecksumMismatch:  # a part was taken back for being sent again
            match = Upload.objects(id=row.id, state="verifying")
            match.update_one(set__state="open", set__due_at=self._clock() + KEPT)
        except BaseException:
            self.release(row)
            raise
        return None

    def _read(self, row: Any) -> StoredObject:
        digest, seen, told = Digests(blocks=proved_by_block(row.object_key)), 0, 0
        for chunk in self._store.open(row.object_key):
            digest.update(chunk)
            seen += len(chunk)
            if seen - told >= PROLONG:
                told = seen
                Upload.objects(id=row.id, state="verifying").update_one(set__due_at=self._clock() + LEASE)
        self._store.blocks.note(row.object_key, seen, digest.blocks)
        return StoredObject(row.object_key, seen, digest.sha256)

    def enter(self, row: Any, kept: StoredObject) -> None:
        """Enter a stored object as what its upload says."""
        arrival = Arrival(
            name=row.name,
            path=row.path,
            size=kept.size,
            sha256=kept.sha256,
            upload_key=upload_key(row.id),
            by=row.actor["display_name"] or row.actor["name"],
            sender=row.owner,
        )
        try:
            record, along = self._describing.arrive(row, kept)
            entered = self._desk.enter(kept, arrival, record, along)
        except NotFound:
            self._desk.drop(kept)
            self._refuse(row, "record_gone")
        else:
            self._stored(row, entered)

    def _stored(self, row: Any, entered: Entered) -> None:
        mine = entered.new or entered.file.upload_key == upload_key(row.id)
        self._end(
            row,
            state="stored",
            sha256=entered.file.sha256,
            file_id=entered.file.id,
            record_id=entered.file.record_id,
            duplicate=not mine,
        )

    def _refuse(self, row: Any, reason: str) -> None:
        log.warning("upload_refused", extra={"event": "upload_refused", "reason": reason, "upload": row.id})
        self._describing.refused(row, reason)
        self._end(row, state="refused", reason=reason)

    def _end(self, row: Any, **values: Any) -> None:
        said = {f"set__{name}": value for name, value in values.items()}
        Upload.objects(id=row.id, state__in=["open", "verifying"]).update_one(
            set__due_at=self._clock() + KEPT, **said
        )


class Arriving:
    """What is written with the file of an upload: a record of its own, or a change of the one it joins."""

    def __init__(self, records: Records, categories: Categories, audit: Audit) -> None:
        self._records, self._categories, self._audit = records, categories, audit

    def arrive(self, row: Any, kept: StoredObject) -> tuple[Any, Along]:
        """The record, and what goes along. Raises `NotFound` if the record to join is not there for the sender."""
        actor = actor_of(row.actor)
        if row.join:
            return self._joining(actor, row, kept)
        record = self._drafted(actor, row)
        record.source = Record.source.document_type(path=row.path, modified=row.modified, import_id=row.drop)
        record.index_slot = LATER + secrets.randbelow(SLOTS)
        hold_if_lacking(record, self._categories.of(record))
        record.outbox = [*record.outbox, self._event(actor, record, kept)]
        events = events_of(record)
        return record, Along(inserts=(record, *events), needless=lambda other: knows(actor, guarded(other)))

    def refused(self, row: Any, reason: str) -> None:
        """Write down that an upload came to nothing."""
        self._audit.insert(
            actor_of(row.actor), "upload", "upload", row.id, result="refused", reason=reason, size=row.size
        )

    def _drafted(self, actor: Actor, row: Any) -> Any:
        new = announced(row)
        category = self._categories.find(row.category)
        try:
            return self._records.draft(actor, described(new, category))
        except InvalidInput:
            # A scheme that changed under way must not cost the bytes: what it no longer takes is left unsaid.
            return self._records.draft(actor, described(announced(row, presets=False), None))

    def _joining(self, actor: Actor, row: Any, kept: StoredObject) -> tuple[Any, Along]:
        try:
            record = editable_record(actor, row.join)
        except ServiceError as fault:
            raise NotFound from fault
        indexing = needs_indexing()
        update = {
            "$inc": indexing["$inc"],
            "$set": indexing["$set"] | {"outbox_slot": outbox_slot()},
            "$push": {"outbox": self._event(actor, record, kept)},
        }
        return record, Along(joins=(still_editable(record.id), update))

    def _event(self, actor: Actor, record: Any, kept: StoredObject) -> dict[str, Any]:
        return self._audit.entry(actor, "add_file", "record", record.id, sha256=kept.sha256, size=kept.size)


def upload_key(upload_id: str) -> str:
    """The key by which an upload's file is found again."""
    return f"upload:{upload_id}"


def announced(row: Any, *, presets: bool = True) -> NewUpload:
    """A row as it was announced."""
    said = Presets(
        category=row.category,
        department=row.department,
        customer=row.customer,
        keywords=tuple(row.keywords),
    )
    return NewUpload(
        name=row.name,
        size=row.size,
        path=row.path,
        modified=row.modified,
        presets=said if presets else Presets(),
    )


def snapshot(actor: Actor) -> dict[str, Any]:
    """Who acts, as plain values."""
    return {
        "id": actor.id,
        "name": actor.name,
        "display_name": actor.display_name,
        "roles": sorted(actor.roles),
        "departments": sorted(actor.departments),
        "circle": actor.circle,
        "circles": sorted(actor.circles),
        "grants": sorted(actor.grants),
        "clearance": actor.clearance,
        "acting_for": actor.acting_for,
        "address": actor.address,
        "rights": {
            act.value: None if reach is None else sorted(reach) for act, reach in rights_of(actor).items()
        },
    }


def actor_of(kept: Mapping[str, Any]) -> Actor:
    """Who acted, from what `snapshot` kept."""
    return Actor(
        id=kept["id"],
        name=kept["name"],
        display_name=kept["display_name"],
        roles=frozenset(kept["roles"]),
        departments=frozenset(kept["departments"]),
        circle=kept["circle"],
        circles=frozenset(kept.get("circles", ())),
        grants=frozenset(kept.get("grants", ())),
        clearance=kept.get("clearance", "L2"),
        acting_for=kept.get("acting_for", ""),
        address=kept.get("address", ""),
        rights=_rights(kept["rights"]) if "rights" in kept else None,
    )


def _rights(kept: Mapping[str, Any]) -> dict[Act, Reach]:
    return {
        Act(act): None if reach is None else frozenset(reach)
        for act, reach in kept.items()
        if act in set(Act)
    }
