"""Secrecy acts: a level is proposed with its term and reason, decided by whom §3.3 names, and kept in a history."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from mongoengine.errors import NotUniqueError
from pymongo.client_session import ClientSession

from service.audit import Audit
from service.domain.dates import day_of
from service.domain.permissions import CLEARANCES, Act, Actor, knows, may, may_for_department, rights_of
from service.domain.secrecy import check_change, check_reason, may_decide
from service.errors import Conflict, Forbidden, InvalidInput, NotFound
from service.models import Record, SecrecyAct
from service.models.connection import in_transaction
from service.models.reading import by_key
from service.models.transactions import insert_row
from service.usecases.describing.drafting import stored
from service.usecases.describing.saving import Save, save_within
from service.usecases.describing.showing import guarded, known_record

MOST = 200
"""Lines of a list: open proposals, ends of terms, the register of 绝密."""

SOON = timedelta(days=90)
"""So long before its end a term is in the list of what becomes due."""

PROPOSERS = (Act.PROPOSE_SECRECY, Act.DECIDE_SECRECY, Act.DECIDE_CLASSIFIED)


@dataclass(frozen=True, slots=True)
class SecrecySaid:
    """A level to be: until and including which day (None for 非密级), and why."""

    level: str
    until: date | None
    reason: str


@dataclass(frozen=True, slots=True)
class SecrecyActView:
    """A change of a record's level. `title` is "" for whom the record's level hides it."""

    id: str
    record_id: str
    title: str
    ref_code: str
    category: str
    department: str
    before: str
    after: str
    until: date | None
    reason: str
    state: str
    by: str
    at: datetime
    decided_by: str
    decided_at: datetime | None
    note: str
    may_decide: bool
    may_withdraw: bool


@dataclass(frozen=True, slots=True)
class DueLine:
    """A record whose level ends."""

    record_id: str
    title: str
    ref_code: str
    secrecy: str
    until: date
    past: bool


@dataclass(frozen=True, slots=True)
class HiddenLine:
    """A 绝密 record as the register shows it: a number without a title (G4), counted in the register alone."""

    record_id: str
    number: int
    ref_code: str
    registered: datetime
    until: date | None


class SecrecyActs:
    """Levels change by acts of two people: nobody decides on what he proposed (R-SEC-1, R-ARC-4)."""

    def __init__(self, audit: Audit, clock: Callable[[], datetime], on_indexable: Callable[[], None]) -> None:
        self._audit, self._clock, self._on_indexable = audit, clock, on_indexable

    def propose(self, actor: Actor, record_id: str, said: SecrecySaid) -> SecrecyActView:
        """Propose a level. Raises `NotFound`, `Forbidden`, `InvalidInput`, `Conflict` while one is open."""
        row = self._proposable(actor, record_id)
        faults = check_change(row.secrecy, said.level, said.until, self._today()) + check_reason(said.reason)
        if faults:
            raise InvalidInput(faults)
        act = SecrecyAct(
            id=uuid.uuid4().hex,
            record_id=row.id,
            open=row.id,
            before=row.secrecy,
            after=said.level,
            until=said.until,
            reason=said.reason.strip(),
            by_id=actor.id,
            for_id=actor.acting_for,
            by=actor.display_name or actor.name,
            at=self._clock(),
        )
        try:
            insert_row(act)
        except NotUniqueError as fault:
            raise Conflict("已有一项待审批的变更，先批复或撤回") from fault
        self._tell(actor, "propose_secrecy", act)
        return self._view(actor, act, row)

    def decide(self, actor: Actor, act_id: str, *, approve: bool, note: str = "") -> SecrecyActView:
        """Approve, and the level changes with this write; or refuse, with a reason.

        Raises `NotFound`, `Forbidden`, `InvalidInput`, `Conflict`."""
        act, row = self._open(act_id)
        if not may_decide(actor, guarded(row), act.after):
            raise NotFound("没有这项密级变更，或已批复")
        if {actor.id, actor.acting_for} & {act.by_id, act.for_id} - {""}:
            raise Forbidden("本人提请的不能自己审批")
        if not approve and (faults := check_reason(note)):
            raise InvalidInput(faults)
        if approve and row.secrecy != act.before:
            raise Conflict("提请之后密级已变，撤回后重新提请")
        decided = {
            "state": "approved" if approve else "refused",
            "decided_by": actor.display_name or actor.name,
            "decided_at": self._clock(),
            "note": note.strip()[:500],
        }
        save = self._change(actor, row, act) if approve else None
        in_transaction(lambda session: self._write(session, act.id, decided, save))
        self._tell(actor, "approve_secrecy" if approve else "refuse_secrecy", act)
        if save is not None:
            self._on_indexable()
        return self._view(actor, by_key(SecrecyAct, id=act.id), by_key(Record, id=row.id))

    def withdraw(self, actor: Actor, act_id: str) -> None:
        """Take back one's own proposal. Raises `NotFound`."""
        act, _row = self._open(act_id)
        if actor.id != act.by_id:
            raise NotFound("没有这项密级变更，或已批复")
        closed = {"state": "withdrawn", "decided_at": self._clock()}
        in_transaction(lambda session: self._write(session, act.id, closed, None))
        self._tell(actor, "withdraw_secrecy", act)

    def of(self, actor: Actor, record_id: str) -> Sequence[SecrecyActView]:
        """Every act on a record's level, newest first. Raises `NotFound`."""
        row = by_key(Record, id=record_id)
        if row is None or row.deleted_at or not (knows(actor, guarded(row)) or may(actor, Act.WATCH)):
            raise NotFound
        rows = SecrecyAct.objects(record_id=record_id).limit(MOST)
        return [self._view(actor, one, row) for one in sorted(rows, key=lambda one: one.at, reverse=True)]

    def waiting(self, actor: Actor) -> Sequence[SecrecyActView]:
        """The open proposals that the actor may decide on, or has made; oldest first."""
        acts = list(SecrecyAct.objects(state="proposed").limit(MOST))
        rows = self._rows([act.record_id for act in acts])
        views = [self._view(actor, act, rows[act.record_id]) for act in acts if act.record_id in rows]
        return sorted((one for one in views if one.may_decide or one.may_withdraw), key=lambda one: one.at)

    def due(self, actor: Actor) -> Sequence[DueLine]:
        """Records whose level ends within `SOON` or has ended, of those the actor may propose on; soonest first."""
        today = self._today()
        last = stored(today + SOON)
        rows = Record.objects(secrecy_until__lte=last, deleted_at=None).limit(5 * MOST)
        lines = [
            DueLine(
                row.id, row.title, row.ref_code, row.secrecy, row.secrecy_until, row.secrecy_until < today
            )
            for row in rows
            if any(may(actor, act, guarded(row)) for act in PROPOSERS)
        ]
        return sorted(lines, key=lambda line: line.until)[:MOST]

    def top_secret(self, actor: Actor) -> Sequence[HiddenLine]:
        """The register of 绝密, for who proposes in all departments: numbers without titles. Else nothing."""
        if not self._registers(actor):
            return ()
        acts = SecrecyAct.objects(after="L3").limit(5 * MOST)
        rows = self._rows([act.record_id for act in acts if act.state == "approved"]).values()
        hidden = sorted((row for row in rows if row.secrecy == "L3"), key=lambda row: row.seq)
        return [
            HiddenLine(row.id, number, row.ref_code, row.created_at, row.secrecy_until)
            for number, row in enumerate(hidden, start=1)
        ]

    def may_any(self, actor: Actor) -> bool:
        """Whether the actor has to do with levels at all."""
        return any(act in rights_of(actor) for act in PROPOSERS)

    def _registers(self, actor: Actor) -> bool:
        return may_for_department(actor, Act.PROPOSE_SECRECY, "") and may(actor, Act.TEND)

    def _proposable(self, actor: Actor, record_id: str) -> Any:
        row = by_key(Record, id=record_id)
        if row is not None and not row.deleted_at and row.secrecy > CLEARANCES[-1] and self._registers(actor):
            return row
        row = known_record(actor, record_id)
        if not any(may(actor, act, guarded(row)) for act in PROPOSERS):
            raise Forbidden
        return row

    def _open(self, act_id: str) -> tuple[Any, Any]:
        act = by_key(SecrecyAct, id=act_id)
        row = by_key(Record, id=act.record_id) if act is not None and act.state == "proposed" else None
        if act is None or row is None or row.deleted_at:
            raise NotFound("没有这项密级变更，或已批复")
        return act, row

    def _change(self, actor: Actor, row: Any, act: Any) -> Save:
        values = {"secrecy": act.after, "secrecy_until": stored(act.until)}
        told = {name: [stored(getattr(row, name)), value] for name, value in values.items()}
        for name, value in values.items():
            setattr(row, name, value)
        rev = row.rev + 1
        fields = sorted(values)
        entries = [
            self._audit.entry(actor, "change", "record", row.id, rev=rev, fields=fields, secrecy_act=act.id),
            self._audit.revision(row.id, rev, actor, told),
        ]
        return Save.of(row, row.rev, values, entries)

    def _write(self, session: ClientSession, act_id: str, values: dict[str, Any], save: Save | None) -> None:
        acts = SecrecyAct._get_collection()
        match = {"_id": act_id, "state": "proposed"}
        change = {"$set": values, "$unset": {"open": 1}}
        if not acts.update_one(match, change, session=session).modified_count:
            raise NotFound("没有这项密级变更，或已批复")
        if save is not None and not save_within(session, save, self._clock()):
            raise Conflict("改动太快，稍后再试")

    def _tell(self, actor: Actor, what: str, act: Any) -> None:
        facts = {"secrecy_act": act.id, "before": act.before, "after": act.after}
        until = act.until.isoformat() if act.until else ""
        self._audit.insert(actor, what, "record", act.record_id, until=until, why=act.reason, **facts)

    def _rows(self, ids: Sequence[str]) -> dict[str, Any]:
        return {row.id: row for row in Record.objects(id__in=list(ids), deleted_at=None)} if ids else {}

    def _today(self) -> date:
        return day_of(self._clock())

    def _view(self, actor: Actor, act: Any, row: Any) -> SecrecyActView:
        is_open = act.state == "proposed"
        decides = is_open and may_decide(actor, guarded(row), act.after) and actor.id != act.by_id
        told = knows(actor, guarded(row)) or (decides and row.secrecy <= CLEARANCES[-1])
        return SecrecyActView(
            id=act.id,
            record_id=row.id,
            title=row.title if told else "",
            ref_code=row.ref_code,
            category=row.category,
            department=row.department,
            before=act.before,
            after=act.after,
            until=act.until,
            reason=act.reason,
            state=act.state,
            by=act.by,
            at=act.at,
            decided_by=act.decided_by,
            decided_at=act.decided_at,
            note=act.note,
            may_decide=decides,
            may_withdraw=is_open and actor.id == act.by_id,
        )
