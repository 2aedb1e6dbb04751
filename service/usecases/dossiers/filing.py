"""Filing 立卷: records go into dossiers, out of them, and take their places there."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from mongoengine.errors import NotUniqueError
from pymongo import InsertOne, ReplaceOne, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.errors import DuplicateKeyError

from service.audit import OUTBOX_LIMIT, Audit, outbox_slot
from service.domain.dossiers import APART, MOST_RECORDS, between, respaced
from service.domain.holdings import Description, Page, RecordView
from service.domain.permissions import Act, Actor, knows, may
from service.errors import Conflict, Forbidden, NotFound
from service.ledger import needs_indexing
from service.models import Dossier, Filing, Record
from service.models.connection import in_transaction
from service.usecases.describing.records import Records
from service.usecases.describing.showing import GUARDED, guarded_row, known_record
from service.usecases.dossiers.dossiers import (
    Dossiers,
    enter,
    filings_of,
    guarded_dossier,
    known_dossier,
)

LOT = 50
"""Records that one transaction files."""


class FilingRecords:
    """Records in dossiers. A record is in one dossier of a kind at most: filing it in another one moves it.

    Of a kind, because a record has one place on the shelf and one number by volume (S-ID-2), while a contract
    belongs to its contract's, its project's and its customer's dossier at once (R-CUS-19).
    """

    def __init__(
        self,
        dossiers: Dossiers,
        records: Records,
        audit: Audit,
        clock: Callable[[], datetime],
        on_indexable: Callable[[], None],
    ) -> None:
        self._dossiers, self._records, self._audit = dossiers, records, audit
        self._clock, self._on_indexable = clock, on_indexable

    def put(self, actor: Actor, dossier_id: str, record_ids: Sequence[str]) -> int:
        """File records at the end of a dossier, all or none; how many were not in it yet.

        At most `LOT`. Raises `NotFound`, `Forbidden`, `Conflict` (closed, full).
        """
        dossier = open_dossier(actor, dossier_id)
        ids = list(dict.fromkeys(record_ids))[:LOT]
        for record_id in ids:
            known_record(actor, record_id, Act.CHANGE)
        filed = in_transaction(lambda session: self.put_within(session, actor, dossier, ids))
        self._on_indexable()
        return len(filed)

    def enter(self, actor: Actor, dossier_id: str, described: Description, key: str = "") -> str:
        """Enter a draft at the end of a dossier, both or neither; its id. The same `key` again enters nothing.

        Raises `NotFound`, `Forbidden`, `Conflict` (closed, full), `InvalidInput`.
        """
        dossier = open_dossier(actor, dossier_id)
        row = self._records.draft(actor, described, key)

        def write(session: ClientSession) -> None:
            Record._get_collection().insert_one(row.to_mongo(), session=session)
            self.put_within(session, actor, dossier, [row.id])

        try:
            in_transaction(write)
        except (NotUniqueError, DuplicateKeyError):
            return str(row.id)
        self._on_indexable()
        return str(row.id)

    def put_within(
        self, session: ClientSession, actor: Actor, dossier: Any, record_ids: Sequence[str]
    ) -> dict[str, str]:
        """The same inside a transaction, for records that the caller has permitted: record → the dossier it left."""
        keys = {f"{one}:{dossier.kind}": one for one in record_ids}
        held = {
            row["_id"]: row
            for row in Filing._get_collection().find({"_id": {"$in": list(keys)}}, session=session)
        }
        new = [key for key in keys if key not in held or held[key]["dossier_id"] != dossier.id]
        if not new:
            return {}
        left = {keys[key]: held[key]["dossier_id"] if key in held else "" for key in new}
        self._require_may_leave(actor, set(filter(None, left.values())))
        there = filings_of(dossier.id, session)
        if len(there) + len(new) > MOST_RECORDS and _known_of(actor, there) + len(new) > MOST_RECORDS:
            raise Conflict("一卷最多 %(most)s 件，另立一卷续放", most=MOST_RECORDS)
        last = there[-1]["place"] if there else 0.0
        rows = [
            {
                "_id": key,
                "dossier_id": dossier.id,
                "record_id": keys[key],
                "kind": dossier.kind,
                "place": last + APART * (n + 1),
                "at": self._clock(),
                "by": actor.id,
            }
            for n, key in enumerate(new)
        ]
        Filing._get_collection().bulk_write(
            [ReplaceOne({"_id": row["_id"]}, row) if row["_id"] in held else InsertOne(row) for row in rows],
            session=session,
        )
        self._note(session, actor, "file", {one: (old, dossier.id) for one, old in left.items()})
        enter(session, self._audit.entry(actor, "file", "dossier", dossier.id, records=sorted(left)))
        return left

    def take(self, actor: Actor, dossier_id: str, record_ids: Sequence[str]) -> int:
        """Take records out of a dossier; how many were in it. They stay in the archive."""
        dossier = open_dossier(actor, dossier_id)
        ids = list(dict.fromkeys(record_ids))[:LOT]
        for record_id in ids:
            known_record(actor, record_id, Act.CHANGE)
        taken = in_transaction(lambda session: self.take_within(session, actor, dossier, ids))
        self._on_indexable()
        return len(taken)

    def take_within(
        self, session: ClientSession, actor: Actor, dossier: Any, record_ids: Sequence[str]
    ) -> list[str]:
        """The same inside a transaction, for records that the caller has permitted: those that were in it."""
        match = {"_id": {"$in": [f"{one}:{dossier.kind}" for one in record_ids]}, "dossier_id": dossier.id}
        rows = list(Filing._get_collection().find(match, session=session))
        if not rows:
            return []
        Filing._get_collection().delete_many(match, session=session)
        ids = [row["record_id"] for row in rows]
        self._note(session, actor, "unfile", dict.fromkeys(ids, (dossier.id, "")))
        enter(session, self._audit.entry(actor, "unfile", "dossier", dossier.id, records=sorted(ids)))
        return ids

    def move(self, actor: Actor, dossier_id: str, record_id: str, before: str) -> None:
        """Put a record of a dossier just before another one of it; `before` "" = at the end."""
        dossier = open_dossier(actor, dossier_id)
        known_record(actor, record_id)

        def write(session: ClientSession) -> None:
            places = {row["record_id"]: row["place"] for row in filings_of(dossier.id, session)}
            if record_id not in places or (before and before not in places):
                raise NotFound
            place = between(places, record_id, before)
            if place is None:
                places = respaced(places)
                self._respace(session, dossier, places)
                place = between(places, record_id, before)
            key = {"_id": f"{record_id}:{dossier.kind}"}
            Filing._get_collection().update_one(key, {"$set": {"place": place}}, session=session)
            enter(session, self._audit.entry(actor, "order", "dossier", dossier.id, record=record_id))

        in_transaction(write)

    def page(self, actor: Actor, dossier_id: str, *, start: int = 0, limit: int = 50) -> Page:
        """The records of a dossier that the actor may know of, in order; `next_cursor` is the next `start`."""
        dossier = known_dossier(actor, dossier_id)
        ids = self.known_ids(actor, dossier.id)
        items: Sequence[RecordView] = self._records.some(actor, ids[start : start + limit])
        more = len(ids) > start + limit
        return Page(items=items, next_cursor=str(start + limit) if more else "", total=len(ids))

    def known_ids(self, actor: Actor, dossier_id: str) -> list[str]:
        """The ids of a dossier's records that the actor may know of, in order."""
        ids = [row["record_id"] for row in filings_of(dossier_id)]
        wanted = {"_id": {"$in": ids}, "deleted_at": None}
        rows = Record._get_collection().find(wanted, dict.fromkeys(GUARDED, 1))
        known = {row["_id"] for row in rows if knows(actor, guarded_row(row))}
        return [one for one in ids if one in known]

    def of_record(self, actor: Actor, record_id: str) -> Sequence[Any]:
        """The dossiers that hold a record, as far as the actor may know of them."""
        row = known_record(actor, record_id)
        return self._dossiers.some(actor, list(row.dossiers))

    def _require_may_leave(self, actor: Actor, dossier_ids: set[str]) -> None:
        for row in Dossier.objects(id__in=list(dossier_ids)) if dossier_ids else ():
            if not may(actor, Act.CHANGE, guarded_dossier(row)):
                raise Forbidden("已在同类的另一案卷，那一卷无权改动")
            if row.state != "open":
                raise Conflict("已在同类的另一案卷，那一卷已结卷")

    def _respace(self, session: ClientSession, dossier: Any, places: dict[str, float]) -> None:
        Filing._get_collection().bulk_write(
            [
                UpdateOne({"_id": f"{one}:{dossier.kind}"}, {"$set": {"place": place}})
                for one, place in places.items()
            ],
            session=session,
        )

    def _note(
        self, session: ClientSession, actor: Actor, act: str, moved: dict[str, tuple[str, str]]
    ) -> None:
        """Write into the records which dossiers hold them: that is indexed."""
        rows = Record._get_collection().find({"_id": {"$in": list(moved)}}, {"dossiers": 1}, session=session)
        for row in list(rows):
            left, joined = moved[row["_id"]]
            dossiers = [one for one in row.get("dossiers") or () if one not in (left, joined)]
            entry = self._audit.entry(actor, act, "record", row["_id"], dossier=joined or left)
            indexing = needs_indexing()
            update = {
                "$set": indexing["$set"]
                | {"dossiers": [*dossiers, joined] if joined else dossiers, "outbox_slot": outbox_slot()},
                "$inc": indexing["$inc"],
                "$push": {"outbox": entry},
            }
            match = {"_id": row["_id"], "deleted_at": None, f"outbox.{OUTBOX_LIMIT}": {"$exists": False}}
            if not Record._get_collection().update_one(match, update, session=session).modified_count:
                raise Conflict("有一件刚被删除或改动太快，稍后再试")


def open_dossier(actor: Actor, dossier_id: str) -> Any:
    """The row of a dossier that the actor may change and that is open."""
    row = known_dossier(actor, dossier_id)
    if row.state != "open":
        raise Conflict("案卷已结卷，先重新开卷")
    return known_dossier(actor, dossier_id, Act.CHANGE)


def filed_in(record_ids: Sequence[str], kind: str) -> dict[str, str]:
    """Record → the dossier of this kind that holds it, of those that one holds."""
    keys = [f"{one}:{kind}" for one in record_ids]
    return {row.record_id: row.dossier_id for row in Filing.objects(id__in=keys)}


def _known_of(actor: Actor, there: Sequence[dict[str, Any]]) -> int:
    """How many of the filed records the actor may know of: the others do not count against him (R-SEC-7)."""
    ids = [one["record_id"] for one in there]
    records, count = Record._get_collection(), 0
    for start in range(0, len(ids), 500):
        asked = {"_id": {"$in": ids[start : start + 500]}, "deleted_at": None}
        rows = records.find(asked, dict.fromkeys(GUARDED, 1))
        count += sum(knows(actor, guarded_row(row)) for row in rows)
    return count
