"""Lots of bulk work: what a change would do to each of some records, and its doing in one transaction a lot."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pymongo import UpdateOne
from pymongo.client_session import ClientSession

from service.audit import OUTBOX_LIMIT, Audit, outbox_slot
from service.domain.bulk import LOT, BulkChange, described, taken_back
from service.domain.describing import check_core
from service.domain.holdings import Description
from service.domain.permissions import EDITABLE, Act, Actor, compartment, knows, may
from service.errors import Fault, InvalidInput, ServiceError
from service.ledger import needs_indexing
from service.models import BulkLine, Dossier, File, Record, Revision
from service.models.archive import SCANS, SLOTS
from service.models.connection import in_transaction
from service.models.reading import by_key
from service.usecases.describing.drafting import inbox_of
from service.usecases.describing.records import Records
from service.usecases.describing.saving import Save, save_within
from service.usecases.describing.showing import FROZEN, LASTING, UNDER_WAY, guarded
from service.usecases.dossiers.filing import FilingRecords, filed_in, open_dossier
from service.usecases.scheme.categories import Categories

__all__ = ["LOT", "BulkLots", "Look", "Planned"]

GONE = "没有这件档案，或没有查看的权限"


@dataclass(frozen=True, slots=True)
class Planned:
    """A run as its lots need it."""

    run_id: str
    act: str
    change: BulkChange


@dataclass(frozen=True, slots=True)
class Look:
    """What would become of one record: plan change, same or skip (with the reason), and its revision now."""

    plan: str
    rev: int = 0
    reason: str = ""
    params: Mapping[str, object] = field(default_factory=dict)
    changes: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    dossier: tuple[str, str] | None = None
    save: Save | None = None


@dataclass(frozen=True, slots=True)
class _Fate:
    fate: str
    reason: str = ""
    params: Mapping[str, object] = field(default_factory=dict)
    rev_after: int = 0
    filed: bool = False
    left: str = ""


class BulkLots:
    """Looks at records and changes them, at most `LOT` in one transaction, together with the lines that tell of it."""

    def __init__(
        self,
        categories: Categories,
        records: Records,
        filing: FilingRecords,
        audit: Audit,
        clock: Callable[[], datetime],
    ) -> None:
        self._categories, self._records, self._filing = categories, records, filing
        self._audit, self._clock = audit, clock

    def faults_of(self, change: BulkChange) -> list[Fault]:
        """What is wrong with a change for whatever record."""
        said = Description(
            department=change.department,
            responsible=change.responsible,
            date=change.date,
            retention=change.retention,
            secrecy=change.secrecy,
            keywords=change.tags_add or None,
        )
        faults = check_core(said)
        if change.category and self._categories.find(change.category) is None:
            told = {"code": change.category[:40]}
            faults.append(Fault("category", "unknown_category", "没有类别 %(code)s", told))
        return faults

    def look(self, actor: Actor, planned: Planned, record_ids: Sequence[str]) -> dict[str, Look]:
        """What the run would do to each of these records now. Nothing is written."""
        rows = {row.id: row for row in Record.objects(id__in=list(record_ids), deleted_at=None)}
        dossier = self._dossier(actor, planned)
        filed = filed_in(list(rows), dossier.kind) if dossier is not None else {}
        return {
            one: self._look(actor, planned, rows.get(one), (dossier, filed.get(one, "")))
            for one in record_ids
        }

    def work(self, actor: Actor, planned: Planned, low: int, high: int) -> None:
        """Do the lines from number `low` up to, not including, `high` that are not done yet; each gets its fate.

        If the lot as a whole is refused its records are done one by one, so that none suffers for another.
        """
        lines = BulkLine.objects(run_id=planned.run_id, n__gte=low, n__lt=high)
        waiting = sorted((line for line in lines if not line.fate), key=lambda line: line.n)
        try:
            self._work(actor, planned, waiting)
        except ServiceError as fault:
            if len(waiting) == 1:
                _write([(waiting[0].id, _failed(fault))])
                return
            for line in waiting:
                self.work(actor, planned, line.n, line.n + 1)

    def _dossier(self, actor: Actor, planned: Planned) -> Any:
        return open_dossier(actor, planned.change.dossier) if planned.change.dossier else None

    def _look(self, actor: Actor, planned: Planned, row: Any, filing: tuple[Any, str]) -> Look:
        if row is None or not knows(actor, guarded(row)):
            return Look("skip", reason=GONE)
        act = Act.DELETE if planned.act == "delete" else Act.CHANGE
        if not may(actor, act, guarded(row)):
            return Look("skip", row.rev, "无权修改")
        if frozen := _frozen(planned, row):
            return Look("skip", row.rev, frozen)
        if planned.act == "delete":
            return Look("change", row.rev)
        dossier, held = filing
        joins = (held, dossier.id) if dossier is not None and held != dossier.id else None
        try:
            return self._described(actor, planned, row, joins)
        except InvalidInput as fault:
            first = fault.faults[0]
            return Look("skip", row.rev, first.message, first.params)

    def _described(self, actor: Actor, planned: Planned, row: Any, joins: tuple[str, str] | None) -> Look:
        rev, change = row.rev, planned.change
        old = self._categories.of(row)
        new = old if change.category == row.category else self._categories.find(change.category or "")
        said = described(row, change, old, new)
        before = {name: getattr(row, name) for name in Record._fields}
        save = None
        if change.describes:
            save = self._records.prepared(actor, row, said, bulk=planned.run_id)
        if save is None and joins is None:
            return Look("same", rev)
        changes = {name: (before[name], getattr(row, name)) for name in (save.values if save else ())}
        return Look("change", rev, changes=changes, dossier=joins, save=save)

    def _work(self, actor: Actor, planned: Planned, lines: Sequence[Any]) -> None:
        if not lines:
            return
        doing = {
            "delete": self._delete,
            "restore": self._restore,
            "undo": self._undo,
        }.get(planned.act, self._edit)
        lot = doing(actor, planned, lines)

        def write(session: ClientSession) -> None:
            match = {"_id": {"$in": [line.id for line in lines]}, "fate": ""}
            still = {
                row["_id"] for row in BulkLine._get_collection().find(match, {"_id": 1}, session=session)
            }
            if len(still) == len(lines):  # else another request is at it, which then does all of them
                _write(lot(session), session)

        in_transaction(write)

    def _edit(self, actor: Actor, planned: Planned, lines: Sequence[Any]) -> "_Lot":
        looks = self.look(actor, planned, [line.record_id for line in lines])
        dossier = self._dossier(actor, planned)

        def write(session: ClientSession) -> list[tuple[str, _Fate]]:
            fates: dict[str, _Fate] = {}
            joining: list[Any] = []
            for line in lines:
                look = looks[line.record_id]
                fates[line.id] = self._written(session, line, look)
                if look.dossier and fates[line.id].fate == "done":
                    joining.append(line)
            left = {}
            if joining:
                ids = [line.record_id for line in joining]
                left = self._filing.put_within(session, actor, dossier, ids)
            for line in joining:
                filed = line.record_id in left
                fates[line.id] = replace(fates[line.id], filed=filed, left=left.get(line.record_id, ""))
            return list(fates.items())

        return write

    def _written(self, session: ClientSession, line: Any, look: Look) -> _Fate:
        if ended := _without_doing(line, look):
            return ended
        if look.save is None:
            return _Fate("done", rev_after=line.rev)
        if not save_within(session, look.save, self._clock()):
            return _Fate("stale", "预览之后有人改过，未动")
        return _Fate("done", rev_after=line.rev + 1)

    def _delete(self, actor: Actor, planned: Planned, lines: Sequence[Any]) -> "_Lot":
        looks = self.look(actor, planned, [line.record_id for line in lines])
        rows = {row.id: row for row in Record.objects(id__in=list(looks), deleted_at=None)}
        now = self._clock()

        def write(session: ClientSession) -> list[tuple[str, _Fate]]:
            fates = []
            gone: list[str] = []
            for line in lines:
                look, row = looks[line.record_id], rows.get(line.record_id)
                if look.plan == "change" and row is not None:
                    entry = self._audit.entry(actor, "delete", "record", row.id, bulk=planned.run_id)
                    look = replace(
                        look, save=Save.of(row, row.rev, {"deleted_at": now, "clears_at": now}, [entry])
                    )
                fate = self._written(session, line, look)
                if fate.fate == "done":
                    gone.append(line.record_id)
                fates.append((line.id, fate))
            match = {"record_id": {"$in": gone}, "deleted_at": None}
            File._get_collection().update_many(
                match, {"$set": {"deleted_at": now}, "$unset": {"slot": 1}}, session=session
            )
            return fates

        return write

    def _undo(self, actor: Actor, planned: Planned, lines: Sequence[Any]) -> "_Lot":
        rows = {row.id: row for row in Record.objects(id__in=[line.record_id for line in lines])}
        keys = [f"{line.record_id}:{line.rev}" for line in lines if line.plan == "change"]
        changes = {row.record_id: row.changes for row in Revision.objects(id__in=keys)}
        for row in rows.values():
            for entry in row.outbox:  # a revision that is not entered yet
                if entry["kind"] == "revision" and entry["_id"] in keys:
                    changes[row.id] = entry["changes"]
        looks = {one: self._taken_back(actor, planned, rows.get(one), changes.get(one)) for one in rows}

        def write(session: ClientSession) -> list[tuple[str, _Fate]]:
            fates = [
                (line, self._written(session, line, looks.get(line.record_id, Look("skip", reason=GONE))))
                for line in lines
            ]
            self._unfile(session, actor, planned, [line for line, fate in fates if fate.fate == "done"])
            return [(line.id, fate) for line, fate in fates]

        return write

    def _taken_back(
        self, actor: Actor, planned: Planned, row: Any, changes: Mapping[str, Any] | None
    ) -> Look:
        if row is None or row.deleted_at or not knows(actor, guarded(row)):
            return Look("skip", reason=GONE)
        if not may(actor, Act.CHANGE, guarded(row)):
            return Look("skip", row.rev, "无权修改")
        rev = row.rev
        if not changes:
            return Look("change", rev)
        if row.life not in EDITABLE:
            return Look("skip", rev, FROZEN if row.life in LASTING else UNDER_WAY)
        pairs = {name: (pair[0], pair[1]) for name, pair in changes.items()}
        try:
            save = self._records.prepared(actor, row, taken_back(row, pairs), bulk=planned.run_id)
        except InvalidInput as fault:
            return Look("skip", rev, fault.faults[0].message, fault.faults[0].params)
        return Look("change", rev, save=save)

    def _unfile(self, session: ClientSession, actor: Actor, planned: Planned, lines: Sequence[Any]) -> None:
        """Give records back to the dossiers that they were in before."""
        dossier = by_key(Dossier, id=planned.change.dossier) if planned.change.dossier else None
        moved = [line for line in lines if line.filed]
        if dossier is None or not moved:
            return
        alone = [line.record_id for line in moved if not line.left]
        self._filing.take_within(session, actor, dossier, alone)
        for old_id in {line.left for line in moved if line.left}:
            old = by_key(Dossier, id=old_id)
            ids = [line.record_id for line in moved if line.left == old_id]
            if old is not None and not old.deleted_at and old.state == "open":
                self._filing.put_within(session, actor, old, ids)
            else:
                self._filing.take_within(session, actor, dossier, ids)

    def _restore(self, actor: Actor, planned: Planned, lines: Sequence[Any]) -> "_Lot":
        rows = {row.id: row for row in Record.objects(id__in=[line.record_id for line in lines])}

        def write(session: ClientSession) -> list[tuple[str, _Fate]]:
            return [
                (line.id, self._brought_back(session, actor, planned, line, rows.get(line.record_id)))
                for line in lines
            ]

        return write

    def _brought_back(
        self, session: ClientSession, actor: Actor, planned: Planned, line: Any, row: Any
    ) -> _Fate:
        if row is None or not may(actor, Act.DELETE, guarded(row)):
            return _Fate("skipped", GONE)
        match = {"_id": row.id, "rev": line.rev, "deleted_at": row.deleted_at}
        if row.deleted_at is None:
            return _Fate("same")
        indexing = needs_indexing()
        entry = self._audit.entry(actor, "restore", "record", row.id, bulk=planned.run_id)
        update = {
            "$set": {**indexing["$set"], **inbox_of(row), "deleted_at": None, "outbox_slot": outbox_slot()},
            "$inc": indexing["$inc"] | {"rev": 1},
            "$push": {"outbox": entry},
            "$addToSet": {"indexed_in": compartment(row.secrecy, core_secret=row.core_secret)},
        }
        match[f"outbox.{OUTBOX_LIMIT}"] = {"$exists": False}
        if not Record._get_collection().update_one(match, update, session=session).modified_count:
            return _Fate("stale", "预览之后有人改过，未动")
        files = File._get_collection()
        wanted = {"record_id": row.id, "deleted_at": row.deleted_at}
        waiting = {"$set": {"deleted_at": None, "slot": secrets.randbelow(SLOTS)}}
        scans = {"$set": {"deleted_at": None, "slot": SCANS + secrets.randbelow(SLOTS)}}
        files.update_many(wanted | {"state": "pending", "stage": "recognition"}, scans, session=session)
        files.update_many(wanted | {"state": "pending"}, waiting, session=session)
        files.update_many(wanted, {"$set": {"deleted_at": None}}, session=session)
        return _Fate("done", rev_after=line.rev + 1)


_Lot = Callable[[ClientSession], list[tuple[str, _Fate]]]


def _frozen(planned: Planned, row: Any) -> str:
    """Why the state of a record forbids what is planned, "" if it does not."""
    if row.life in EDITABLE:
        return ""
    if planned.act == "delete":
        return "只有草稿可以删除；已归档的要走销毁审批"
    if not planned.change.describes:
        return ""
    return FROZEN if row.life in LASTING else UNDER_WAY


def _without_doing(line: Any, look: Look) -> _Fate | None:
    if line.plan == "skip":  # it was announced so: what changed since does not let it in again
        return _Fate("skipped", line.reason, dict(line.params))
    if look.plan == "skip":
        return _Fate("skipped", look.reason, look.params)
    if "same" in (line.plan, look.plan):
        return _Fate("same")
    return _Fate("stale", "预览之后有人改过，未动") if look.rev != line.rev else None


def _failed(fault: ServiceError) -> _Fate:
    if isinstance(fault, InvalidInput):
        return _Fate("failed", fault.faults[0].message, fault.faults[0].params)
    return _Fate("failed", fault.detail or fault.title, fault.params)


def _write(fates: Sequence[tuple[str, _Fate]], session: ClientSession | None = None) -> None:
    updates = [
        UpdateOne(
            {"_id": key, "fate": ""},
            {
                "$set": {
                    "fate": fate.fate,
                    "reason": fate.reason,
                    "params": dict(fate.params),
                    "rev_after": fate.rev_after,
                    "filed": fate.filed,
                    "left": fate.left,
                }
            },
        )
        for key, fate in fates
    ]
    if updates:
        BulkLine._get_collection().bulk_write(updates, session=session)
