"""Weeding lists 剔除清单: what is sorted out before archiving goes to the department's manager (R-DSP-7)."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import UpdateOne
from pymongo.client_session import ClientSession

from service.domain.lifecycle import BEFORE_ARCHIVING, check_reason
from service.domain.permissions import Act, Actor, knows, may_for_department, rights_of
from service.errors import Conflict, Fault, Forbidden, InvalidInput, NotFound
from service.models import Record, WeedingList
from service.models.connection import in_transaction
from service.models.reading import by_key
from service.usecases.describing.records import Records
from service.usecases.describing.saving import Save, save_within
from service.usecases.describing.showing import guarded, known_record
from service.usecases.ground import Ground

MOST = 200
"""Records of one list."""
LOT = 50
"""Records that one transaction weeds."""
LISTS = 100
"""Lists that are looked at."""


@dataclass(frozen=True, slots=True)
class WeedingLine:
    """A record of a list, of those that the asker may know of; `life` as it is now."""

    record_id: str
    title: str
    reason: str
    life: str


@dataclass(frozen=True, slots=True)
class WeedingView:
    """A list: who proposed it, what is on it, what was decided by whom."""

    id: str
    department: str
    by: str
    at: datetime
    state: str
    lines: Sequence[WeedingLine]
    decided_by: str
    decided_at: datetime | None
    note: str
    may_decide: bool
    mine: bool


class Weeding:
    """Lists of what is to be weeded: proposed by who weeds, decided by the manager of the department, never by one
    person. Nothing is deleted: what was weeded can be restored."""

    def __init__(self, records: Records, ground: Ground) -> None:
        self._records, self._audit = records, ground.audit
        self._clock, self._nudge = ground.clock, ground.nudge

    def propose(self, actor: Actor, record_ids: Sequence[str], reason: str) -> Sequence[WeedingView]:
        """Put records that are not archived yet on a list, one for each department, all or none.

        Raises `NotFound`, `Forbidden`, `Conflict`, `InvalidInput`.
        """
        said = check_reason(reason)
        ids = list(dict.fromkeys(record_ids))
        if not 0 < len(ids) <= MOST:
            raise InvalidInput(
                [Fault("records", "out_of_range", "选 1–%(limit)s 件列入清单", {"limit": MOST})]
            )
        lists: dict[str, Any] = {}
        for row in [_weedable(actor, one) for one in ids]:
            made = lists.setdefault(row.department, self._begun(actor, row.department))
            made.lines.append({"record_id": row.id, "reason": said})
        in_transaction(lambda session: _enter(session, list(lists.values())))
        for made in lists.values():
            listed = [line["record_id"] for line in made.lines]
            self._audit.insert(actor, "propose_weeding", "weeding", made.id, records=listed)
        return [self._view(actor, made) for made in lists.values()]

    def lists(self, actor: Actor) -> Sequence[WeedingView]:
        """The open lists that this person may decide on or has proposed, then his own that were decided."""
        rows = [
            *WeedingList.objects(state="open").limit(LISTS),
            *WeedingList.objects(by=actor.id).limit(LISTS),
        ]
        mine = {row.id: row for row in rows if row.by == actor.id or _decides(actor, row)}
        newest = sorted(mine.values(), key=lambda row: (row.state != "open", -row.at.timestamp()))
        return [self._view(actor, row) for row in newest[:LISTS]]

    def waiting(self, actor: Actor) -> int:
        """How many lists wait for this person's decision."""
        if Act.REVIEW not in rights_of(actor):
            return 0
        return sum(_decides(actor, row) for row in WeedingList.objects(state="open").limit(LISTS))

    def get(self, actor: Actor, list_id: str) -> WeedingView:
        """One list. Raises `NotFound`."""
        return self._view(actor, _known(actor, list_id))

    def decide(
        self, actor: Actor, list_id: str, *, approve: bool, note: str = "", keep: Collection[str] = ()
    ) -> WeedingView:
        """Approve a list but for the records in `keep`, or refuse all of it with a note. May be repeated after a cut.

        Raises `NotFound`, `Forbidden`, `Conflict`, `InvalidInput`.
        """
        row = _known(actor, list_id)
        if row.state != "open":
            raise Conflict("这份清单已有结论")
        if not _decides(actor, row):
            raise Forbidden("剔除清单由部门负责人批示，不能自己批自己的")
        said = note.strip() if approve else check_reason(note)
        if approve:
            self._weed(actor, row, frozenset(keep))
        self._close(row, "approved" if approve else "refused", actor, said)
        act = "approve_weeding" if approve else "refuse_weeding"
        self._audit.insert(actor, act, "weeding", row.id, kept=sorted(set(keep)))
        self._nudge()
        return self._view(actor, by_key(WeedingList, id=row.id))

    def withdraw(self, actor: Actor, list_id: str) -> None:
        """Take back one's own list while it is open."""
        row = _known(actor, list_id)
        if row.by != actor.id:
            raise Forbidden
        if row.state != "open":
            raise Conflict("这份清单已有结论")
        self._close(row, "withdrawn", actor, "")
        self._audit.insert(actor, "withdraw_weeding", "weeding", row.id)

    def _begun(self, actor: Actor, department: str) -> Any:
        return WeedingList(
            id=secrets.token_hex(16),
            department=department,
            by=actor.id,
            by_name=actor.display_name or actor.name,
            at=self._clock(),
        )

    def _weed(self, actor: Actor, listed: Any, keep: frozenset[str]) -> None:
        reasons = {
            line["record_id"]: line["reason"] for line in listed.lines if line["record_id"] not in keep
        }
        rows = [
            row
            for row in Record.objects(id__in=list(reasons), deleted_at=None)
            if row.life in BEFORE_ARCHIVING and knows(actor, guarded(row))
        ]
        saves = [self._save(actor, listed, row, reasons[row.id]) for row in rows]
        for start in range(0, len(saves), LOT):
            lot = saves[start : start + LOT]
            in_transaction(lambda session, lot=lot: self._write(session, lot))  # type: ignore[misc]

    def _write(self, session: ClientSession, saves: Sequence[Save]) -> None:
        for save in saves:
            if not save_within(session, save, self._clock()):
                raise Conflict("有一件刚被改过，重新载入后再批")

    def _save(self, actor: Actor, listed: Any, row: Any, reason: str) -> Save:
        """The write that weeds a record: proposed by the one, approved by the other."""
        before = row.life
        name = actor.display_name or actor.name
        said = {
            "by": listed.by,
            "name": listed.by_name,
            "at": self._clock(),
            "reason": f"{reason}（{name}批准）",
        }
        values: Mapping[str, Any] = {
            "life": "weeded",
            "turn": None,
            "passed": dict(row.passed) | {"weed": said},
            "inbox": False,
            "weeding": None,
        }
        for field, value in values.items():
            setattr(row, field, value)
        told = {"life": [before, "weeded"], "reason": ["", said["reason"]]}
        entries = [
            self._audit.entry(
                actor, "weed", "record", row.id, life=[before, "weeded"], rev=row.rev + 1, listed=listed.id
            ),
            self._audit.revision(row.id, row.rev + 1, actor, told),
        ]
        return Save.of(row, row.rev, values, entries)

    def _close(self, row: Any, state: str, actor: Actor, note: str) -> None:
        decided = {
            "state": state,
            "decided_by": actor.display_name or actor.name,
            "decided_at": self._clock(),
            "note": note[:500],
        }
        freed = [
            UpdateOne({"_id": line["record_id"], "weeding": row.id}, {"$set": {"weeding": None}})
            for line in row.lines
        ]

        def write(session: ClientSession) -> None:
            lists = WeedingList._get_collection()
            match = {"_id": row.id, "state": "open"}
            if not lists.update_one(match, {"$set": decided}, session=session).modified_count:
                raise Conflict("这份清单已有结论")
            Record._get_collection().bulk_write(freed, session=session)

        in_transaction(write)

    def _view(self, actor: Actor, row: Any) -> WeedingView:
        reasons = {line["record_id"]: str(line["reason"]) for line in row.lines}
        known = self._records.some(actor, list(reasons))
        return WeedingView(
            id=row.id,
            department=row.department,
            by=row.by_name,
            at=row.at,
            state=row.state,
            lines=[WeedingLine(one.id, one.title, reasons[one.id], one.life) for one in known],
            decided_by=row.decided_by,
            decided_at=row.decided_at,
            note=row.note,
            may_decide=row.state == "open" and _decides(actor, row),
            mine=row.by == actor.id,
        )


def _weedable(actor: Actor, record_id: str) -> Any:
    row = known_record(actor, record_id, Act.WEED)
    if row.life not in BEFORE_ARCHIVING:
        raise Conflict("“%(title)s”已归档或已剔除，不能列入剔除清单", title=row.title[:40])
    if row.weeding:
        raise Conflict("“%(title)s”已在一份剔除清单上", title=row.title[:40])
    if not row.department:
        raise Conflict("“%(title)s”没有部门，没有人可以批示", title=row.title[:40])
    return row


def _enter(session: ClientSession, lists: Sequence[Any]) -> None:
    records = Record._get_collection()
    for made in lists:
        for line in made.lines:
            free = {"_id": line["record_id"], "deleted_at": None, "weeding": None}
            if not records.update_one(free, {"$set": {"weeding": made.id}}, session=session).modified_count:
                raise Conflict("有一件刚被列入另一份清单，重新载入后再选")
        WeedingList._get_collection().insert_one(made.to_mongo(), session=session)


def _decides(actor: Actor, row: Any) -> bool:
    return row.by != actor.id and may_for_department(actor, Act.REVIEW, row.department)


def _known(actor: Actor, list_id: str) -> Any:
    row = by_key(WeedingList, id=list_id)
    if row is None or not (row.by == actor.id or _decides(actor, row)):
        raise NotFound("没有这份剔除清单")
    return row
