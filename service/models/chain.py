"""The chain of the audit trail in the database: one writer at a time numbers and links what is entered (S-ER-4)."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from pymongo.client_session import ClientSession

from service.domain.chain import Head, Link, canonical, linked, plain, sealed, told
from service.models.audit import AuditEvent, ChainHead, EventWaiting
from service.models.transactions import delete_rows, in_transaction

LOT = 200
FEW = 10
"""Rows of waiting events that are read at once: each may carry as many as a transaction has."""
WINDOW = 1000
HEAD = "audit"
FIELDS = (
    "at",
    "actor_id",
    "for_id",
    "act",
    "object_kind",
    "object_id",
    "result",
    "facts",
    "private",
    "sealed",
)
"""What is kept of an event beside its place in the chain."""

Row = dict[str, Any]


class Chain:
    """Links events. Killed anywhere it leaves neither a gap nor a double: a lot and the new head are one transaction,
    and whoever comes second with the same numbers sees the first one's head."""

    def __init__(self) -> None:
        self._turn = threading.Lock()

    def enter(self, entries: Sequence[Mapping[str, Any]]) -> int:
        """Enter events with their links; those that are there already are left as they are. How many were new."""
        count = 0
        with self._turn:
            for start in range(0, len(entries), LOT):
                lot = entries[start : start + LOT]
                count += in_transaction(partial(_enter, lot=lot), repeatable=True)
        return count

    def enter_waiting(self) -> int:
        """Enter a lot of those that were written down with their acts; how many waited."""
        rows, events = _some_waiting()
        unlinked = list(AuditEvent._get_collection().find({"slot": {"$gte": 0}}).limit(LOT))
        self.enter([*events, *unlinked])
        if rows:
            delete_rows(EventWaiting.objects(id__in=rows))
        return len(events) + len(unlinked)

    def head(self) -> Head:
        """Where the chain ends now."""
        return _head(None)


def in_one_row(events: Sequence[Row]) -> list[Row]:
    """Waiting events of one transaction as one row, which carries them under `events`: each row that is put there and
    taken away again costs the embedded database as much as the event itself."""
    if len(events) < 2:
        return list(events)
    return [{"_id": events[0]["_id"], "events": list(events)}]


def _some_waiting() -> tuple[list[str], list[Row]]:
    """Keys of rows that wait, some `LOT` events in all, and those events."""
    keys: list[str] = []
    events: list[Row] = []
    for row in EventWaiting._get_collection().find({}, batch_size=FEW).limit(LOT):
        keys.append(row["_id"])
        events += row.get("events") or [row]
        if len(events) >= LOT:
            break
    return keys, events


def links(after: int, until: int) -> Iterator[Link]:
    """The links with numbers above `after`, up to `until`, ascending; numbers that are gone are left out."""
    for row in rows_between(after, until):
        yield link_of(row)


def rows_between(after: int, until: int) -> Iterator[Row]:
    """Rows with numbers above `after`, up to `until`, ascending."""
    events = AuditEvent._get_collection()
    for low in range(after + 1, until + 1, WINDOW):
        window = {"seq": {"$gte": low, "$lt": min(low + WINDOW, until + 1)}}
        yield from sorted(events.find(window, batch_size=WINDOW), key=lambda row: int(row["seq"]))


def link_of(row: Mapping[str, Any]) -> Link:
    """A row as a link of the chain."""
    private = canonical(row["private"]) if row.get("private") else ""
    return Link(row["seq"], told(row), row.get("hash", ""), row.get("prev", ""), private)


def _head(session: ClientSession | None) -> Head:
    row = ChainHead._get_collection().find_one({"_id": HEAD}, session=session)
    return Head(row["seq"], row["hash"]) if row else Head()


def _enter(session: ClientSession, lot: Sequence[Mapping[str, Any]]) -> int:
    events = AuditEvent._get_collection()
    head = _head(session)
    ids = [entry["_id"] for entry in lot]
    there = {row["_id"]: row for row in events.find({"_id": {"$in": ids}}, {"seq": 1}, session=session)}
    fresh = {entry["_id"]: entry for entry in lot if "seq" not in there.get(entry["_id"], {})}
    if not fresh:
        return 0
    rows = list(
        _linked(sorted(fresh.values(), key=lambda entry: (entry["at"], entry.get("slot") or 0)), head)
    )
    if unlinked := [one for one in there if one in fresh]:
        # Taking a row out and putting it back costs the embedded database half of what changing it does.
        events.delete_many({"_id": {"$in": unlinked}}, session=session)
    events.insert_many(rows, session=session)
    _move_head(session, head, rows[-1])
    return len(rows)


def _linked(entries: Sequence[Mapping[str, Any]], head: Head) -> Iterator[Row]:
    seq, prev = head.seq, head.hash
    for entry in entries:
        seq += 1
        row: Row = {"_id": entry["_id"], **{name: entry.get(name) or "" for name in FIELDS}, "seq": seq}
        row["at"] = entry["at"] - timedelta(microseconds=entry["at"].microsecond % 1000)
        row["facts"] = plain(entry.get("facts") or {})
        row["private"] = dict(entry.get("private") or {})
        row["sealed"] = sealed(row["private"])
        row["prev"], row["hash"] = prev, linked(prev, told(row))
        prev = row["hash"]
        yield row if row["private"] else {name: value for name, value in row.items() if name != "private"}


def _move_head(session: ClientSession, head: Head, last: Row) -> None:
    heads = ChainHead._get_collection()
    moved = {"seq": last["seq"], "hash": last["hash"]}
    if head.seq == 0:
        heads.insert_one({"_id": HEAD, **moved}, session=session)
        return
    done = heads.update_one({"_id": HEAD, "seq": head.seq}, {"$set": moved}, session=session)
    if done.modified_count != 1:
        raise RuntimeError("the head of the audit chain moved within a transaction")
