"""Access to one record: grants with an end, its need-to-know circles, and who can see it why (R-SEC-4, R-SEC-7)."""

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from pymongo.client_session import ClientSession

from service.audit import OUTBOX_LIMIT, Audit, outbox_slot
from service.domain.dates import day_of, midnight
from service.domain.explaining import Explanation, Reason, explain
from service.domain.passwords import folded_name
from service.domain.permissions import Act, Actor, Guarded, knows, may, rights_of
from service.errors import Conflict, Fault, Forbidden, InvalidInput, NotFound
from service.ledger import needs_indexing
from service.models import Grant, Record, User
from service.models.connection import in_transaction
from service.models.reading import by_key
from service.usecases.describing.saving import told_whom
from service.usecases.describing.showing import guarded, known_record
from service.usecases.knowing.acting import Actors

LONGEST = timedelta(days=366)
MAX_REASON = 200
MAX_GRANTS = 200
"""Grants in force of one record; for more people there are circles."""

SHOWN = 200
"""People that a page names; whom it does not name can be asked for."""


@dataclass(frozen=True, slots=True)
class GrantSaid:
    """To whom (by sign-in name), until and including which day, and why."""

    user: str
    last_day: date | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class GrantView:
    """A grant on a record. `state`: in_force, ended, withdrawn."""

    id: str
    user: str
    user_id: str
    reason: str
    by: str
    starts: datetime
    ends: datetime
    state: str


@dataclass(frozen=True, slots=True)
class Seer:
    """Somebody, and why he knows of a record or does not."""

    id: str
    name: str
    display_name: str
    departments: tuple[str, ...]
    known: bool
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class AccessView:
    """Who can see a record, and what decides it. The auditor gets this without the title."""

    record_id: str
    title: str
    ref_code: str
    secrecy: str
    core_secret: bool
    department: str
    circles: Mapping[str, str]
    """Id → name of the circles that it is open to."""
    grants: Sequence[GrantView]
    seers: Sequence[Seer]
    seeing: int
    """How many can see it; `seers` names at most `SHOWN` of them."""
    asked: Sequence[Seer]
    """Those asked for by name, whether they can see it or not."""
    may_grant: bool


class Access:
    """What opens one record beside department and role. Each act counts from the next request on."""

    def __init__(
        self,
        actors: Actors,
        audit: Audit,
        clock: Callable[[], datetime],
        on_indexable: Callable[[], None],
    ) -> None:
        self._actors, self._audit, self._clock = actors, audit, clock
        self._on_indexable = on_indexable

    def of(self, actor: Actor, record_id: str, *, asked: str = "") -> AccessView:
        """Who can see a record and why; `asked`: also whose name begins so. The look is audited.

        Raises `NotFound`, `Forbidden`."""
        row = by_key(Record, id=record_id)
        if row is None or row.deleted_at or not _may_be_told(actor, guarded(row)):
            raise NotFound
        if not may(actor, Act.EXPLAIN, guarded(row)):
            raise Forbidden
        self._audit.insert(actor, "explain_access", "record", row.id)
        grants = list(Grant.objects(record_id=row.id).limit(10 * MAX_GRANTS))
        everybody = self._seers(row, grants)
        seeing = [one for one in everybody if one.known]
        wanted = folded_name(asked) if asked.strip() else ""
        named = [one for one in everybody if wanted and _called(one, wanted)]
        names = self._actors.circles()
        return AccessView(
            record_id=row.id,
            title=row.title if knows(actor, guarded(row)) else "",
            ref_code=row.ref_code,
            secrecy=row.secrecy,
            core_secret=row.core_secret,
            department=row.department,
            circles={one: names[one] for one in row.circles if one in names},
            grants=self._views(grants),
            seers=seeing[:SHOWN],
            seeing=len(seeing),
            asked=named[:20],
            may_grant=may(actor, Act.GRANT, guarded(row)),
        )

    def opens(self, actor: Actor, record_id: str) -> bool:
        """Whether `of` would answer: whether a page leads there."""
        if Act.EXPLAIN not in rights_of(actor):
            return False
        row = by_key(Record, id=record_id)
        return row is not None and not row.deleted_at and may(actor, Act.EXPLAIN, guarded(row))

    def give(self, actor: Actor, record_id: str, said: GrantSaid) -> GrantView:
        """Open a record to a user until the end of a day. Raises `NotFound`, `Forbidden`, `InvalidInput`, `Conflict`."""
        row = known_record(actor, record_id, Act.GRANT)
        user = by_key(User, name=folded_name(said.user))
        faults = self._faults(row, user, said)
        if faults or said.last_day is None or user is None:
            raise InvalidInput(faults)
        live = self._live(row)
        if len(live) >= MAX_GRANTS:
            raise Conflict("一件档案最多 %(limit)s 项授权；人多时用知悉范围", limit=MAX_GRANTS)
        made = {
            "_id": uuid.uuid4().hex,
            "record_id": row.id,
            "user_id": user.id,
            "reason": said.reason.strip(),
            "by": actor.display_name or actor.name,
            "starts": self._clock(),
            "ends": midnight(said.last_day + timedelta(days=1)),
        }
        entry = self._audit.entry(
            actor,
            "grant",
            "record",
            row.id,
            grant=made["_id"],
            to=user.id,
            last_day=said.last_day.isoformat(),
        )

        def write(session: ClientSession) -> None:
            Grant._get_collection().insert_one(made, session=session)
            _write(session, row.id, {"grants": [*live, made["_id"]]}, entry)

        in_transaction(write)
        self._on_indexable()
        return self._views([by_key(Grant, id=made["_id"])])[0]

    def withdraw(self, actor: Actor, grant_id: str) -> None:
        """End a grant now. May be repeated. Raises `NotFound`, `Forbidden`."""
        grant = by_key(Grant, id=grant_id)
        if grant is None:
            raise NotFound("没有这项授权")
        row = known_record(actor, grant.record_id, Act.GRANT)
        if grant.withdrawn_at is not None:
            return
        left = [one for one in self._live(row) if one != grant.id]
        entry = self._audit.entry(actor, "withdraw_grant", "record", row.id, grant=grant.id, to=grant.user_id)
        ended = {"withdrawn_at": self._clock(), "withdrawn_by": actor.display_name or actor.name}

        def write(session: ClientSession) -> None:
            Grant._get_collection().update_one({"_id": grant.id}, {"$set": ended}, session=session)
            _write(session, row.id, {"grants": left}, entry)

        in_transaction(write)
        self._on_indexable()

    def set_circles(self, actor: Actor, record_id: str, circles: Collection[str]) -> None:
        """Say to which named circles a record is open. Raises `NotFound`, `Forbidden`, `InvalidInput`."""
        row = known_record(actor, record_id, Act.GRANT)
        names = self._actors.circles()
        if unknown := sorted(set(circles) - set(names)):
            fault = Fault("circles", "not_in_list", "没有知悉范围“%(value)s”", {"value": unknown[0][:60]})
            raise InvalidInput([fault])
        kept = [one for one in row.circles if one not in names]
        wanted = [*kept, *sorted(set(circles))]
        if wanted == list(row.circles):
            return
        if not knows(actor, replace(guarded(row), circles=frozenset(wanted))):
            raise InvalidInput(
                [Fault("circles", "out_of_reach", "改后本人将无权查看这件档案；请档案管理员来改")]
            )
        entry = self._audit.entry(
            actor, "change_circles", "record", row.id, circles=[list(row.circles), wanted]
        )
        in_transaction(lambda session: _write(session, row.id, {"circles": wanted}, entry))
        self._on_indexable()

    def _live(self, row: Any) -> list[str]:
        """Ids of the record's grants that still open it."""
        now = self._clock()
        rows = Grant.objects(id__in=list(row.grants)) if row.grants else ()
        return [one.id for one in rows if one.withdrawn_at is None and one.ends > now]

    def _faults(self, row: Any, user: Any, said: GrantSaid) -> list[Fault]:
        faults = []
        person = self._actors.named(user.id) if user is not None else None
        if person is None or Act.READ not in rights_of(person):
            faults.append(Fault("user", "not_in_list", "没有这样一位利用档案的在用用户，写登录用的用户名"))
        elif row.secrecy > person.clearance:
            text = "此人的可知密级低于这件档案，先由系统管理员调整"
            faults.append(Fault("user", "not_cleared", text))
        today = day_of(self._clock())
        if said.last_day is None or not today <= said.last_day <= today + LONGEST:
            faults.append(Fault("last_day", "out_of_range", "截止日期写成 2026-03-12，自今天起一年之内"))
        if not 1 <= len(said.reason.strip()) <= MAX_REASON:
            faults.append(Fault("reason", "required", "事由必填，最多 %(limit)s 个字", {"limit": MAX_REASON}))
        return faults

    def _seers(self, row: Any, grants: Sequence[Any]) -> list[Seer]:
        held: dict[str, set[str]] = {}
        now = self._clock()
        for one in grants:
            if one.withdrawn_at is None and one.starts <= now < one.ends and one.id in row.grants:
                held.setdefault(one.user_id, set()).add(one.id)
        facts = guarded(row)
        people = self._actors.everybody(held)
        return [_seer(person, explain(person, facts)) for person in people]

    def _views(self, rows: Sequence[Any]) -> list[GrantView]:
        ids = list({row.user_id for row in rows})
        names = {one.id: one.display_name or one.name for one in User.objects(id__in=ids)} if ids else {}
        now = self._clock()
        views = [
            GrantView(
                row.id,
                names.get(row.user_id, ""),
                row.user_id,
                row.reason,
                row.by,
                row.starts,
                row.ends,
                "withdrawn" if row.withdrawn_at else "in_force" if row.ends > now else "ended",
            )
            for row in rows
        ]
        return sorted(views, key=lambda view: (view.state != "in_force", view.ends), reverse=False)


def _may_be_told(actor: Actor, facts: Guarded) -> bool:
    """Whether the record exists for the actor; for the auditor it does, but not what it says."""
    return knows(actor, facts) or may(actor, Act.EXPLAIN, facts)


def _called(one: Seer, wanted: str) -> bool:
    return folded_name(one.name).startswith(wanted) or folded_name(one.display_name).startswith(wanted)


def _seer(person: Actor, told: Explanation) -> Seer:
    return Seer(
        person.id,
        person.name,
        person.display_name,
        tuple(sorted(person.departments)),
        told.known,
        told.reasons,
    )


def _write(
    session: ClientSession, record_id: str, values: Mapping[str, Any], entry: Mapping[str, Any]
) -> None:
    indexing = needs_indexing()
    told = told_whom(session, record_id, values)
    match = {"_id": record_id, "deleted_at": None, f"outbox.{OUTBOX_LIMIT}": {"$exists": False}}
    update = {
        "$set": {**values, **told, **indexing["$set"], "outbox_slot": outbox_slot()},
        "$inc": indexing["$inc"],
        "$push": {"outbox": entry},
    }
    if not Record._get_collection().update_one(match, update, session=session).modified_count:
        raise Conflict("改动太快，稍后再试")
