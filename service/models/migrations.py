"""Forward migrations of the stored schema: each runs once, in order, and may be interrupted and run again."""

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any

from mongoengine.errors import NotUniqueError
from pymongo import UpdateOne

from service.domain.chain import salted
from service.domain.lifecycle import turn_of
from service.domain.matching import keys_of
from service.domain.permissions import EDITABLE, Guarded, audience
from service.domain.screening import LEADS, POTENTIAL
from service.models.archive import Category, File, Record
from service.models.audit import AuditEvent
from service.models.chain import Chain
from service.models.holdings import HeldObject
from service.models.imports import ImportLine, place_of
from service.models.state import SchemaVersion
from service.models.transactions import insert_row
from service.models.uploads import Usage


def count_usage() -> None:
    """Count the bytes that were there before quotas; who brought them was not written down then."""
    total, files = 0, 0
    for row in File._get_collection().find({}, {"size": 1}).batch_size(1000):
        total, files = total + int(row["size"]), files + 1
    Usage.objects(id="all:0").update_one(set__bytes=total, set__files=files, upsert=True)


def queue_drafts() -> None:
    """Put every draft into its owner's list of tasks, which there was none of before."""
    records = Record._get_collection()
    wanted = {"queue": {"$exists": False}, "life": "draft", "deleted_at": None}
    lot: list[UpdateOne] = []
    for row in records.find(wanted, {"owner": 1}).batch_size(1000):
        queue = f"draft:{row.get('owner', '')}"
        lot.append(UpdateOne({"_id": row["_id"], "life": "draft"}, {"$set": {"queue": queue}}))
        if len(lot) == LOT:
            records.bulk_write(lot, ordered=False)
            lot = []
    if lot:
        records.bulk_write(lot, ordered=False)


def fix_plain_compartments() -> None:
    """Write down which compartment's codes carry no letter: it stays as it was when codes began."""
    for row in Category._get_collection().find({}, {"secrecy": 1, "core_secret": 1, "plain": 1}):
        if not row.get("plain"):
            plain = str(row.get("secrecy", "L0")) + ("C" if row.get("core_secret") else "")
            Category._get_collection().update_one({"_id": row["_id"]}, {"$set": {"plain": plain}})


def chain_events() -> None:
    """Link the events that were entered before the chain, day by day in the order of their times (S-ER-4)."""
    events = AuditEvent._get_collection()
    unlinked = {"seq": {"$exists": False}}
    times = events.find(unlinked, {"at": 1}).batch_size(1000)
    days = {row["at"].replace(hour=0, minute=0, second=0, microsecond=0) for row in times}
    chain = Chain()
    for day in sorted(days):
        rows = list(events.find({"at": {"$gte": day, "$lt": day + timedelta(days=1)}, **unlinked}))
        chain.enter([_with_private(row) for row in sorted(rows, key=lambda row: (row["at"], row["_id"]))])
    if "at_1" in events.index_information():
        events.drop_index("at_1")


def _with_private(row: dict[str, Any]) -> dict[str, Any]:
    """An event as it is kept today: without a person's name, his address apart."""
    facts = dict(row.get("facts") or {})
    address = facts.pop("address", "")
    return {**row, "facts": facts, "private": salted({"address": address} if address else {})}


def tell_plain_objects() -> None:
    """Mark what was stored before there was encryption: it lies in clear."""
    rows = HeldObject._get_collection()
    _write(
        rows,
        (
            UpdateOne({"_id": row["_id"]}, {"$set": {"plain_in": row["compartment"]}})
            for row in list(rows.find({}, {"compartment": 1}))
        ),
    )


def number_the_inbox() -> None:
    """Give what waits to be described the number by which the inbox is read."""
    records = Record._get_collection()
    for row in records.find({"$or": [{"category": ""}, {"inbox": True}], "deleted_at": None}, {"seq": 1}):
        records.update_one({"_id": row["_id"]}, {"$set": {"waits": row["seq"]}})


def know_changed_files() -> None:
    """Tell of the lines of migrations which file they are of, so that the next run knows one that has changed."""
    lines = ImportLine._get_collection()
    wanted = {"same": {"$exists": False}, "file_id": {"$ne": ""}}
    ids = (str(row["_id"]) for row in lines.find(wanted, {"_id": 1}).batch_size(LOT))
    _write(
        lines,
        (
            UpdateOne({"_id": one}, {"$set": {"same": one.rpartition(":")[0] + ":"}})
            for one in ids
            if one.count(":") == 2
        ),
    )


def order_the_tasks() -> None:
    """Give every record its place in its list of tasks; until now the list and the number were two fields, and every
    look at a list went through all of it."""
    records = Record._get_collection()
    rows = records.find({"queue": {"$exists": True}}, {"life": 1, "owner": 1, "seq": 1}).batch_size(LOT)
    turns = (
        (row, turn_of(str(row.get("life", "draft")), str(row.get("owner", "")), int(row["seq"])))
        for row in rows
    )
    _write(
        records,
        (
            UpdateOne({"_id": row["_id"], "life": row.get("life")}, {"$set": {"turn": turn}})
            for row, turn in turns
            if turn
        ),
    )
    if "queue_1_seq_1" in records.index_information():
        records.drop_index("queue_1_seq_1")


IDENTITY: Mapping[str, tuple[Sequence[str], Sequence[str]]] = {
    "KH": (("full_name", "short_name", "contact_name"), ("mobile", "phone", "email")),
    "QD": (("channel_name", "contact_name"), ("phone",)),
    "HZ": (("partner_name", "contact_name"), ("phone",)),
    "MT": (("medium_name", "contact_name"), ("phone", "email")),
}
"""Category → names and contacts as the starting scheme had them when duplicates began to be told by them."""


def match_parties() -> None:
    """Note by what duplicates among those that were there before would meet (R-VAL-11)."""
    records = Record._get_collection()
    for code, (names, contacts) in IDENTITY.items():
        hints = {name: {"x-identity": "name"} for name in names}
        hints |= {name: {"x-identity": "contact"} for name in contacts}
        known = [
            (row["_id"], keys_of(code, row.get("fields") or {}, {"properties": hints}))
            for row in records.find({"category": code}, {"fields": 1}).batch_size(LOT)
        ]
        _write(records, (UpdateOne({"_id": one}, {"$set": {"matches": keys}}) for one, keys in known if keys))


def match_parties_anew() -> None:
    """Titles of long and foreign names and legal forms of firms make no new party any more (R-VAL-11)."""
    match_parties()


def forget_the_deleted() -> None:
    """Note of what was deleted that it still says what it said, so that it is blanked after the grace period."""
    records = Record._get_collection()
    rows = records.find({"deleted_at": {"$ne": None}}, {"deleted_at": 1}).batch_size(LOT)
    _write(
        records,
        (
            UpdateOne({"_id": row["_id"]}, {"$set": {"clears_at": row["deleted_at"]}})
            for row in rows
            if row.get("deleted_at")
        ),
    )


def place_lines() -> None:
    """Give the lines of imports their place in one field, and those that wait for their fate another one."""
    lines = ImportLine._get_collection()
    _write(
        lines,
        map(
            _placed, lines.find({"at": {"$exists": False}}, {"run_id": 1, "n": 1, "fate": 1}).batch_size(LOT)
        ),
    )
    for name in ("run_id_1_n_1", "run_id_1_fate_1_n_1"):
        if name in lines.index_information():
            lines.drop_index(name)


def _placed(row: Mapping[str, Any]) -> UpdateOne:
    at = place_of(str(row["run_id"]), int(row["n"]))
    values = {"at": at} if row.get("fate") else {"at": at, "waits": at}
    return UpdateOne({"_id": row["_id"], "fate": row.get("fate", "")}, {"$set": values})


def number_the_leads() -> None:
    """Give the leads that nobody has screened the number by which their list is read (R-VAL-10)."""
    records = Record._get_collection()
    wanted = {
        "category": LEADS,
        "fields.stage": POTENTIAL,
        "life": {"$in": list(EDITABLE)},
        "deleted_at": None,
    }
    for row in list(records.find(wanted, {"seq": 1})):
        records.update_one({"_id": row["_id"]}, {"$set": {"lead": row["seq"]}})


def tell_whom_the_inbox_is_for() -> None:
    """Note of what is to be described for whom it waits, so that an inbox is read without what others have in it; what
    migrations brought incompletely was in nobody's."""
    records = Record._get_collection()
    wanted = {"$or": [{"category": ""}, {"inbox": True}], "deleted_at": None}
    decides = dict.fromkeys(("secrecy", "core_secret", "department", "circles", "grants"), 1)
    _write(
        records,
        (
            UpdateOne({"_id": row["_id"]}, {"$set": {"waits": row["seq"], "waits_for": _audience(row)}})
            for row in list(records.find(wanted, decides | {"seq": 1}))
        ),
    )


def _audience(row: Mapping[str, Any]) -> list[str]:
    return audience(
        Guarded(
            str(row.get("secrecy", "L0")),
            bool(row.get("core_secret")),
            str(row.get("department", "")),
            frozenset(row.get("circles") or ()),
            grants=frozenset(row.get("grants") or ()),
        )
    )


LOT = 1000


def _write(collection: Any, changes: Iterable[UpdateOne]) -> None:
    """Make the changes in lots, whose order does not matter."""
    waiting = iter(changes)
    while lot := list(islice(waiting, LOT)):
        collection.bulk_write(lot, ordered=False)


MIGRATIONS: tuple[Callable[[], None], ...] = (
    count_usage,
    queue_drafts,
    fix_plain_compartments,
    chain_events,
    tell_plain_objects,
    number_the_inbox,
    know_changed_files,
    order_the_tasks,
    match_parties,
    forget_the_deleted,
    place_lines,
    number_the_leads,
    match_parties_anew,
    tell_whom_the_inbox_is_for,
)
"""Step n brings version n to n + 1. Steps only add or fill; the program before can still read what they leave."""


class NewerSchema(Exception):
    """The data were written by a newer program; running an older one on them could damage them."""


def migrate(steps: tuple[Callable[[], None], ...] = MIGRATIONS) -> int:
    """Bring the data to the version of this program; return it."""
    row = SchemaVersion.objects(id="schema").first()
    version = row.version if row else len(steps)
    if version > len(steps):
        raise NewerSchema(
            f"the data have schema version {version}, this program knows {len(steps)}: use a newer program"
        )
    if row is None:
        # Processes of a cluster start together: the first to come says it for all.
        with contextlib.suppress(NotUniqueError):
            insert_row(SchemaVersion(version=version))
    for number, step in enumerate(steps[version:], start=version + 1):
        step()
        SchemaVersion.objects(id="schema").update_one(set__version=number)
    return len(steps)
