"""The audit trail: events travel with the write they tell of, and are entered once (R-AUD-1)."""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import Any

from mongoengine.errors import NotUniqueError
from pymongo import InsertOne, UpdateOne
from pymongo.errors import BulkWriteError

from service.domain.chain import Head, digests, salted
from service.domain.permissions import Actor
from service.journal import Journal
from service.models import AuditEvent, EventWaiting, Record, Revision
from service.models.archive import SLOTS
from service.models.chain import Chain
from service.models.reading import Slots
from service.models.transactions import insert_row

OUTBOX_LIMIT = 100
"""Entries that may wait in one record; a record changed faster than that is refused until they are entered."""

PERSONAL = ("address", "why", "query")
"""Facts that tell of a person and may have to be erased: the chain covers only their salted digest (R-PRV-3)."""

Entry = dict[str, Any]


Hearer = Callable[[Sequence[tuple[Any, Entry]]], None]


class Audit:
    """Writes events: into a record's outbox with the change itself, or straight where nothing changes."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        hear: Hearer = lambda _: None,
        journal: Journal | None = None,
    ) -> None:
        """`hear` is given what is entered from outboxes, perhaps more than once: pairs of a record's row and an event.

        With a journal an act that changes no record is durable there first, and in the database by the next
        `drain_journal` (ADR 0007).
        """
        self._clock, self._hear, self._journal = clock, hear, journal
        self._waiting = Slots(Record, "outbox_slot", want=200)
        self._chain = Chain()
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="audit")

    def entry(self, actor: Actor, act: str, kind: str, object_id: str, **facts: Any) -> Entry:
        """An event for an outbox. Facts hold no texts of a description (R-PRV-3): names of fields, sizes, digests.

        `address` (else the actor's own), `why` and `query` may be said too; they are kept apart and can be erased.
        """
        said = {"address": actor.address, **facts}
        private = {name: said[name] for name in PERSONAL if said.get(name)}
        return {
            "kind": "event",
            "_id": secrets.token_hex(12),
            "at": self._clock(),
            "actor_id": actor.id,
            "for_id": actor.acting_for,
            "act": act,
            "object_kind": kind,
            "object_id": object_id,
            "result": "done",
            "facts": {name: value for name, value in facts.items() if name not in PERSONAL},
            "private": salted(private),
            "slot": time.time_ns() // 1000,
        }

    def revision(self, record_id: str, rev: int, actor: Actor, changes: dict[str, Any]) -> Entry:
        """A line of a record's history for its outbox: field → [before, after]."""
        return {
            "kind": "revision",
            "_id": f"{record_id}:{rev}",
            "record_id": record_id,
            "rev": rev,
            "at": self._clock(),
            "by": actor.display_name or actor.name,
            "changes": changes,
            "salt": secrets.token_hex(8),
        }

    def insert(
        self,
        actor: Actor,
        act: str,
        object_kind: str = "",
        object_id: str = "",
        result: str = "done",
        **facts: Any,
    ) -> None:
        """Enter an act that changes no record: a read, a search, a sign-in, a refusal."""
        event = self.entry(actor, act, object_kind, object_id, **facts) | {"result": result}
        del event["kind"]
        if self._journal is not None:
            self._journal.append(event)
            return
        try:
            insert_row(AuditEvent(id=event.pop("_id"), **event))
        except NotUniqueError:
            return

    def insert_meanwhile(self, actor: Actor, act: str, **facts: Any) -> Future[None]:
        """Begin to enter an act that changes nothing and gives nothing away but that something is there, as a search
        is; wait for the result before answering, and do something else until then.

        In a journal it outlives any process at once, and a power cut after a second (ADR 0007).
        """
        if self._journal is None:
            return self._pool.submit(self.insert, actor, act, **facts)
        event = self.entry(actor, act, "", "", **facts)
        del event["kind"]
        entered: Future[None] = Future()
        self._journal.append_soon(event)
        entered.set_result(None)
        return entered

    def drain_journal(self) -> int:
        """Enter what the journal holds; how many events. May be repeated and interrupted."""
        return self._journal.drain(self._chain.enter) if self._journal else 0

    def close(self) -> None:
        """Let go of the journal; what it holds is entered by the next start."""
        if self._journal:
            self._journal.close()

    def drain(self) -> int:
        """Enter what waits in outboxes and empty those; how many entries. May be repeated and interrupted."""
        rows = self._waiting.read()
        entries = [entry for row in rows for entry in _told_whole([dict(entry) for entry in row.outbox])]
        self._chain.enter([entry for entry in entries if entry["kind"] == "event"])
        _enter(Revision, [entry for entry in entries if entry["kind"] == "revision"])
        self._hear([(row, dict(entry)) for row in rows for entry in row.outbox if entry["kind"] == "event"])
        if rows:
            Record._get_collection().bulk_write([_emptied(row) for row in rows], ordered=False)
        return len(entries)

    def link(self) -> int:
        """Give the events that were written with their acts their places in the chain; how many. May be repeated."""
        return self._chain.enter_waiting()

    def head(self) -> Head:
        """Where the chain of what is entered ends."""
        return self._chain.head()


def _told_whole(entries: list[Entry]) -> list[Entry]:
    """The entries of one record, where an event of a change is given the digests of what it replaced and put there."""
    changes = {entry["rev"]: entry for entry in entries if entry["kind"] == "revision" and entry.get("salt")}
    for entry in entries:
        change = changes.get(entry["facts"].get("rev")) if entry["kind"] == "event" else None
        if change is not None:
            entry["facts"] = {**entry["facts"], **digests(change["changes"], change["salt"])}
    return entries


def events_of(row: Any) -> list[EventWaiting]:
    """Take the events out of a new record's outbox, as rows to insert with it in one transaction."""
    without = ("kind", "_id")
    found = [
        EventWaiting(id=entry["_id"], **{key: value for key, value in entry.items() if key not in without})
        for entry in row.outbox
    ]
    row.outbox, row.outbox_slot = [], None
    return found


def outbox_slot() -> int:
    """A slot for a record whose outbox has something to enter."""
    return secrets.randbelow(SLOTS)


def _enter(document: Any, entries: Sequence[Mapping[str, Any]]) -> None:
    if not entries:
        return
    rows = [InsertOne({key: value for key, value in entry.items() if key != "kind"}) for entry in entries]
    try:
        document._get_collection().bulk_write(rows, ordered=False)
    except BulkWriteError as fault:
        if any(error["code"] != 11000 for error in fault.details["writeErrors"]):
            raise


def _emptied(row: Any) -> UpdateOne:
    """Empty an outbox that holds just what was entered; one that grew meanwhile is entered once more, harmlessly."""
    nothing_more = {"_id": row.id, f"outbox.{len(row.outbox)}": {"$exists": False}}
    return UpdateOne(nothing_more, {"$set": {"outbox": []}, "$unset": {"outbox_slot": 1}})
