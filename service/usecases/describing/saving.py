"""Saving a change of a record: description, revision, events and index number in one write, files carried along."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo.client_session import ClientSession

from service.audit import OUTBOX_LIMIT, outbox_slot
from service.domain.permissions import audience, compartment
from service.ledger import needs_indexing
from service.models import File, Record
from service.usecases.describing.drafting import inbox_of, lead
from service.usecases.describing.showing import GUARDED, guarded_row
from service.usecases.holding import move


@dataclass(frozen=True, slots=True)
class Save:
    """New values of the record `id` at revision `rev`, with their events; `place` is the compartment it is in then,
    `inbox` its number in the inbox, None out of it, and what of it decides for whom; `lead` its number among the leads
    that nobody has screened."""

    id: str
    rev: int
    values: Mapping[str, Any]
    entries: Sequence[Mapping[str, Any]]
    place: str
    inbox: Mapping[str, Any]
    lead: int | None

    @classmethod
    def of(
        cls, row: Any, rev: int, values: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]
    ) -> "Save":
        """Of a row that carries the new values already."""
        place = compartment(row.secrecy, core_secret=row.core_secret)
        waiting = {} if values.get("deleted_at") else inbox_of(row)
        inbox = {name: getattr(row, name) for name in ("secrecy", "core_secret", "department")}
        inbox["waits"] = waiting.get("waits")
        leading = None if values.get("deleted_at") else lead(row)
        return cls(row.id, rev, values, entries, place, inbox, leading)


def save_within(session: ClientSession, save: Save, now: datetime) -> bool:
    """Write inside a transaction: the record, and its files where the change carries them to another compartment.

    False, and nothing is written, if the record is no longer at that revision, is deleted or changes too fast.
    """
    match = {
        "_id": save.id,
        "rev": save.rev,
        "deleted_at": None,
        f"outbox.{OUTBOX_LIMIT}": {"$exists": False},
    }
    indexing = needs_indexing()
    update = {
        "$set": {**save.values, **indexing["$set"], "updated_at": now, "outbox_slot": outbox_slot()},
        "$inc": indexing["$inc"] | {"rev": 1},
        "$push": {"outbox": {"$each": [*save.entries]}},
        "$addToSet": {"indexed_in": save.place},
    }
    waits = save.inbox["waits"]
    told = told_whom(session, save.id, save.inbox) if waits is not None else {}
    numbers = {"waits": waits, "waits_for": None, "lead": save.lead, **told}
    update["$set"] |= {name: number for name, number in numbers.items() if number is not None}
    if gone := {name: 1 for name, number in numbers.items() if number is None}:
        update["$unset"] = gone
    if not Record._get_collection().update_one(match, update, session=session).modified_count:
        return False
    files = File._get_collection()
    moving = {"record_id": save.id, "compartment": {"$ne": save.place}}
    for file in list(files.find(moving, session=session)):
        key = move(session, file, save.place)
        moved = {"compartment": save.place, "object_key": key}
        files.update_one({"_id": file["_id"]}, {"$set": moved}, session=session)
    return True


def told_whom(session: ClientSession, record_id: str, changed: Mapping[str, Any]) -> Mapping[str, Any]:
    """`waits_for` of a record that waits in the inbox once `changed` is so, else {}.

    Read inside the transaction, because circles and grants change beside the revisions of a record.
    """
    asked = dict.fromkeys((*GUARDED, "waits"), 1)
    now = Record._get_collection().find_one({"_id": record_id}, asked, session=session)
    then = {**(now or {}), **changed}
    return {"waits_for": audience(guarded_row(then))} if then.get("waits") is not None else {}
