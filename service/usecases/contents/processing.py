"""Processing: the queue of files as people look after it: what waits, what failed and why, once more or as it is."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ingest.port import Dispatcher
from service.audit import Audit
from service.domain.holdings import FileView, Page
from service.domain.permissions import Act, Actor, knows, may
from service.errors import Conflict, Forbidden, NotFound
from service.ledger import needs_indexing
from service.models import File, Record
from service.models.archive import SCANS, SLOTS
from service.models.reading import keyed, waiting
from service.models.transactions import update_rows
from service.usecases.describing.showing import GUARDED, guarded_row, show_file, unnamed

STATES = ("pending", "running", "failed", "quarantined")
TROUBLED = ("failed", "quarantined")

BOUND = 2000
"""So many files of a state are counted and listed; of more it is said that there are more."""

SHORT = {"record_id": 1, "reason": 1, "created_at": 1}

SETTINGS = ("careful", "text_only")
"""Ways of reading a file once more (`ingest.tasks.extract`): step by step, what breaks left out; without pictures."""

KNOWN = 200
"""Of so many files of a state, the latest, it is looked up whether their records are known to who asks."""

COUNTED = 50
"""Of so many where they are only counted."""

LOT = 500
"""Files that are sent back to processing by one command at most."""

FOR_GOOD = ("infected", "object_missing", "checksum_mismatch")
"""Reasons after which a file is never taken as it is: what is stored is harmful or not what was given."""


@dataclass(frozen=True, slots=True)
class Count:
    """Files of one state: how many (with `more` at least so many), since when the oldest of them waits, how many by
    reason."""

    state: str
    count: int
    more: bool
    oldest: datetime | None
    reasons: Mapping[str, int]


class Processing:
    """For who runs the machine, who sees all files but no names, and for the archivist within what he knows."""

    def __init__(self, dispatcher: Dispatcher, audit: Audit, on_indexable: Callable[[], None]) -> None:
        self._dispatcher, self._audit, self._on_indexable = dispatcher, audit, on_indexable

    def counts(self, actor: Actor) -> list[Count]:
        """Every state of the queue. Raises `Forbidden`."""
        _require(actor)
        return [_count(state, *self._rows(actor, state, most=COUNTED)) for state in STATES]

    def page(self, actor: Actor, state: str, *, reason: str = "", after: str = "", limit: int = 50) -> Page:
        """Files of a state, the latest first, from behind the id `after`; names only of what the actor may know.

        Raises `Forbidden`, `NotFound` for what is no state.
        """
        _require(actor)
        if state not in STATES:
            raise NotFound("没有这种状态")
        rows, _ = self._rows(actor, state)
        ids = [row["_id"] for row in rows if not reason or row.get("reason", "") == reason]
        start = ids.index(after) + 1 if after in ids else 0
        wanted = ids[start : start + limit]
        more = start + limit < len(ids)
        return Page(_shown(actor, wanted), wanted[-1] if more else "", len(ids))

    def retry(self, actor: Actor, file_ids: Sequence[str], setting: str = "") -> int:
        """Process files once more from the start, at most `LOT`; how many went back. `setting`: one of `SETTINGS`, ""
        for the usual way. Raises `Forbidden`, `Conflict` for another setting."""
        _require(actor)
        how = how_to_read(setting)
        rows = [row for row in self._known(actor, file_ids[:LOT]) if row.state in TROUBLED]
        ids = [row.id for row in rows if row.reason != "infected"]
        if not ids:
            return 0
        update_rows(
            File.objects(id__in=ids, state__in=TROUBLED),
            set__state="pending",
            set__attempts=0,
            set__stage="",
            set__how=how,
            set__slot=secrets.randbelow(SLOTS),
            set__reason="",
            set__detail="",
            unset__finished_at=1,
        )
        said = {"setting": setting} if setting else {}
        for row in rows:
            if row.id in ids:
                states = [row.state, "pending"]
                self._audit.insert(actor, "retry", "file", row.id, state=states, reason=row.reason, **said)
        self._dispatcher.wake(ids)
        return len(ids)

    def retry_all(self, actor: Actor, state: str, *, reason: str) -> tuple[int, int]:
        """Process all files of a state once more that failed for one reason; (how many, how many are left)."""
        _require(actor)
        if state not in TROUBLED:
            raise Conflict("只有失败或已隔离的文件可以重新处理")
        rows, _ = self._rows(actor, state, most=BOUND)
        ids = [row["_id"] for row in rows if row.get("reason", "") == reason]
        return self.retry(actor, ids), max(0, len(ids) - LOT)

    def take_as_is(self, actor: Actor, file_id: str) -> FileView:
        """Keep a file that cannot be read as it is: the original is given out, there is no text of it.

        Raises `Forbidden`, `NotFound`, `Conflict` for one in work and for one that would do harm.
        """
        _require(actor)
        row = next(iter(self._known(actor, [file_id])), None)
        if row is None:
            raise NotFound("没有这个文件")
        if row.state not in TROUBLED or row.reason in FOR_GOOD:
            raise Conflict("这个文件不能照原样收下：正在处理、带病毒，或存放的原件有误")
        changed = File.objects(id=row.id, state=row.state, reason=row.reason).update_one(
            set__state="done", set__stage="", set__warning=row.reason, set__reason="", unset__slot=1
        )
        if not changed:
            raise Conflict("这个文件刚变了状态，刷新后再看")
        Record._get_collection().update_one({"_id": row.record_id}, needs_indexing())
        self._audit.insert(actor, "take_as_is", "file", row.id, state=[row.state, "done"], reason=row.reason)
        self._on_indexable()
        return _shown(actor, [row.id])[0]

    def _rows(self, actor: Actor, state: str, *, most: int = KNOWN) -> tuple[list[dict[str, Any]], bool]:
        """Short rows of a state that the actor may know of, the latest first, and whether there may be more: at most
        `BOUND`; for whom their records have to be looked at, those among the latest `most`."""
        rows, more = _short(state)
        if may(actor, Act.OPERATE):
            return rows, more
        latest = rows[:most]
        known = _known_records(actor, {row["record_id"] for row in latest})
        return [row for row in latest if row["record_id"] in known], more or len(rows) > most

    def _known(self, actor: Actor, file_ids: Sequence[str]) -> list[Any]:
        rows = list(File.objects(id__in=list(file_ids), deleted_at=None))
        if may(actor, Act.OPERATE):
            return rows
        known = _known_records(actor, {row.record_id for row in rows})
        return [row for row in rows if row.record_id in known]


def how_to_read(setting: str) -> dict[str, bool]:
    """What a job is told for one of `SETTINGS`; nothing for "", the usual way. Raises `Conflict` for anything else."""
    if setting and setting not in SETTINGS:
        raise Conflict("没有这种重试设置")
    return {setting: True} if setting else {}


def _require(actor: Actor) -> None:
    if not (may(actor, Act.OPERATE) or may(actor, Act.TEND)):
        raise Forbidden


def _short(state: str) -> tuple[list[dict[str, Any]], bool]:
    match: dict[str, Any] = {"state": state, "deleted_at": None}
    if state == "pending":
        for first in (0, SCANS):
            estimate, exact = waiting(File, "slot", first=first)
            if not exact:  # whatever has a slot is pending
                last = first + SLOTS * BOUND // estimate
                match = {"slot": {"$gte": first, "$lt": last}, "deleted_at": None}
                break
    found = File._get_collection().find(match, SHORT).limit(BOUND + 1).batch_size(BOUND + 1)
    rows = sorted(found, key=lambda row: (row["created_at"], row["_id"]), reverse=True)
    return rows[:BOUND], len(rows) > BOUND or "slot" in match


def _known_records(actor: Actor, ids: set[str]) -> set[str]:
    rows = keyed(Record, sorted(ids), only=GUARDED, deleted_at=None)
    return {row["_id"] for row in rows if knows(actor, guarded_row(row))}


def _shown(actor: Actor, ids: Sequence[str]) -> list[FileView]:
    rows = {row.id: row for row in keyed(File, ids)}
    known = _known_records(actor, {row.record_id for row in rows.values()})
    views = [show_file(rows[one]) for one in ids if one in rows]
    return [view if view.record_id in known else unnamed(view) for view in views]


def _count(state: str, rows: Sequence[Mapping[str, Any]], more: bool) -> Count:
    reasons: dict[str, int] = {}
    for row in rows:
        if state in TROUBLED:
            reasons[row.get("reason", "")] = reasons.get(row.get("reason", ""), 0) + 1
    oldest = min((row["created_at"] for row in rows), default=None)
    ordered = dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))
    return Count(state, len(rows), more, oldest, ordered)
