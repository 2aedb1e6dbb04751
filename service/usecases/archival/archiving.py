"""Archiving: accepted records get their codes and are frozen, at most 50 in one transaction, none without a number."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pymongo import UpdateOne
from pymongo.client_session import ClientSession

from service.audit import OUTBOX_LIMIT, outbox_slot
from service.domain.holdings import RecordView
from service.domain.numbering import Series
from service.domain.permissions import Actor, knows
from service.errors import Conflict, NotFound, ServiceError, StaleRevision
from service.ledger import needs_indexing
from service.models import File, Record
from service.models.connection import in_transaction
from service.models.together import Together
from service.usecases.archival.lifecycle import LifeCycle, Outcome, refused
from service.usecases.contents.freezing import Freezing
from service.usecases.describing.records import Records
from service.usecases.describing.saving import Save
from service.usecases.describing.showing import guarded, known_record
from service.usecases.ground import Ground
from service.usecases.numbering import Numbering, register, take

LOT = 50
"""Records that one transaction archives."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A record that somebody wants archived; `rev` None: as it is now."""

    actor: Actor
    id: str
    rev: int | None


@dataclass(frozen=True, slots=True)
class _Ready:
    """A record whose step is allowed; only the number is wanting."""

    place: int
    actor: Actor
    row: Any
    save: Save
    series: Series


class Archiving:
    """The last step of filing (R-NUM-1). Concurrent archivings share transactions; numbers are dense and never reused."""

    def __init__(
        self,
        life: LifeCycle,
        records: Records,
        numbering: Numbering,
        ground: Ground,
        freezing: Freezing,
    ) -> None:
        self._life, self._records, self._numbering = life, records, numbering
        self._freezing = freezing
        self._audit, self._clock, self._on_indexable = ground.audit, ground.clock, ground.nudge
        self._together: Together[Asked, str] = Together(self._write, limit=LOT)

    def archive(self, actor: Actor, record_id: str, rev: int) -> RecordView:
        """Archive one accepted record. Raises as the steps of `LifeCycle`."""
        known_record(actor, record_id)
        self._together.do(Asked(actor, record_id, rev))
        self._freezing.freeze([record_id])
        self._on_indexable()
        return self._records.some(actor, [record_id])[0]

    def archive_many(self, actor: Actor, record_ids: Sequence[str]) -> list[Outcome]:
        """Archive accepted records in their order; one that is refused says why and holds up no other."""
        asked = [Asked(actor, one, None) for one in dict.fromkeys(record_ids)]
        answers = self._together.do_all(asked)
        self._on_indexable()
        done = zip(asked, answers, strict=True)
        self._freezing.freeze([one.id for one, answer in done if isinstance(answer, str)])
        for answer in answers:
            if isinstance(answer, Exception) and not isinstance(answer, ServiceError):
                raise answer
        return [_outcome(one.id, answer) for one, answer in zip(asked, answers, strict=True)]

    def _write(self, lot: Sequence[Asked]) -> Sequence[str | Exception]:
        return in_transaction(lambda session: self._archived(session, lot))

    def _archived(self, session: ClientSession, lot: Sequence[Asked]) -> list[str | Exception]:
        ids = [one.id for one in lot]
        found = Record._get_collection().find({"_id": {"$in": ids}}, session=session)
        rows = {row["_id"]: Record._from_son(row) for row in found}
        files: dict[str, list[Any]] = {one: [] for one in ids}
        shown = {"record_id": {"$in": ids}, "deleted_at": None, "superseded_by": None}
        for file in File._get_collection().find(shown, {"record_id": 1}, session=session):
            files[file["record_id"]].append(file)
        answers: list[str | Exception] = [NotFound()] * len(lot)
        ready: list[_Ready] = []
        for place, asked in enumerate(lot):
            try:
                ready.append(self._ready(place, asked, rows.pop(asked.id, None), files[asked.id]))
            except ServiceError as fault:
                answers[place] = fault
        for one, code in self._numbered(session, ready):
            answers[one.place] = code
        return answers

    def _ready(self, place: int, asked: Asked, row: Any, files: Sequence[Any]) -> _Ready:
        if row is None or row.deleted_at or not knows(asked.actor, guarded(row)):
            raise NotFound
        if asked.rev is not None and row.rev != asked.rev:
            raise StaleRevision(row.rev)
        case = self._life.case(row, files)
        counting = self._numbering.series_of(row)
        save = self._life.prepared(asked.actor, row, "archive", None, case=case)
        return _Ready(place, asked.actor, row, save, counting)

    def _numbered(self, session: ClientSession, ready: Sequence[_Ready]) -> list[tuple[_Ready, str]]:
        if not ready:
            return []
        lines: dict[Series, list[_Ready]] = {}
        for one in ready:
            lines.setdefault(one.series, []).append(one)
        coded = [
            (one, counting.code(number))
            for counting, ones in lines.items()
            for one, number in zip(ones, take(session, counting, len(ones)), strict=True)
        ]
        register(session, {code: one.row.id for one, code in coded}, self._clock())
        updates = [update for one, code in coded for update in self._updates(one, code)]
        done = Record._get_collection().bulk_write(updates, session=session)
        if done.modified_count != len(updates):
            # Somebody was quicker with one of them: nothing is written, each is tried by itself.
            raise Conflict("这件档案刚被别人改过")
        return coded

    def _updates(self, one: _Ready, code: str) -> list[UpdateOne]:
        fresh = {f"outbox.{OUTBOX_LIMIT}": {"$exists": False}, "deleted_at": None}
        match = {"_id": one.row.id, "rev": one.save.rev, "life": "accepted", **fresh}
        for entry in one.save.entries:
            if entry["kind"] == "event":
                entry["facts"]["ref_code"] = code
        updates = [UpdateOne(match, self._update({**one.save.values, "ref_code": code}, one.save.entries))]
        if one.row.supersedes:
            updates.append(self._superseding(one.actor, one.row, fresh))
        return updates

    def _superseding(self, actor: Actor, row: Any, fresh: dict[str, Any]) -> UpdateOne:
        """The former version steps back in the same moment (R-VAL-12)."""
        match = {"_id": row.supersedes, "life": "archived", **fresh}
        event = self._audit.entry(
            actor, "supersede", "record", row.supersedes, life=["archived", "superseded"], by=row.id
        )
        return UpdateOne(match, self._update({"life": "superseded", "superseded_by": row.id}, [event]))

    def _update(self, values: dict[str, Any], entries: Sequence[Any]) -> dict[str, Any]:
        indexing = needs_indexing()
        now = self._clock()
        return {
            "$set": {**values, **indexing["$set"], "updated_at": now, "outbox_slot": outbox_slot()},
            "$inc": indexing["$inc"] | {"rev": 1},
            "$push": {"outbox": {"$each": [*entries]}},
        }


def _outcome(record_id: str, answer: str | Exception) -> Outcome:
    if isinstance(answer, ServiceError):
        return refused(record_id, answer)
    return Outcome(record_id, life="archived", ref_code=str(answer))
