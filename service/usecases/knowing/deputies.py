"""Deputies: who stands in for whom, from when to when; what they do names both (R-BOR-7)."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from service.audit import Audit
from service.domain.dates import day_of, midnight
from service.domain.passwords import folded_name
from service.domain.permissions import Act, Actor, may, rights_of, separated
from service.errors import Fault, Forbidden, InvalidInput, NotFound
from service.models import Deputy, Session, User
from service.models.reading import by_key
from service.models.transactions import insert_row
from service.usecases.attempts import digest
from service.usecases.knowing.acting import Actors

LONGEST = timedelta(days=366)
MAX_REASON = 200
MOST = 100


@dataclass(frozen=True, slots=True)
class DeputySaid:
    """Which user (by sign-in name) shall stand in for which (by id), on which days; None: no day was said."""

    principal: str
    deputy: str
    first_day: date | None
    last_day: date | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DeputyView:
    """A deputyship, with the names of both."""

    id: str
    principal: str
    deputy: str
    starts: datetime
    ends: datetime
    reason: str
    in_force: bool


class Deputies:
    """Named by the person himself or by who manages users; acted on in a session, never by a token."""

    def __init__(self, actors: Actors, audit: Audit, clock: Callable[[], datetime]) -> None:
        self._actors, self._audit, self._clock = actors, audit, clock

    def of(self, actor: Actor, user_id: str) -> list[DeputyView]:
        """Who stands in for a user, now or later, the next first. Raises `Forbidden`."""
        self._require(actor, user_id)
        now = self._clock()
        rows = [row for row in Deputy.objects(principal=user_id).limit(MOST) if row.ends > now]
        names = _names([row.deputy for row in rows] + [user_id])
        return [_view(row, names, now) for row in sorted(rows, key=lambda row: row.starts)]

    def add(self, actor: Actor, said: DeputySaid) -> DeputyView:
        """Name a deputy. Raises `Forbidden`, `InvalidInput`: who shall stand in must be let in, another one, and do
        the same kind of work (S-ER-2)."""
        self._require(actor, said.principal)
        named = by_key(User, name=folded_name(said.deputy))
        deputy = named.id if named is not None else ""
        faults = self._person_faults(said.principal, deputy) + self._other_faults(said)
        if faults or said.first_day is None or said.last_day is None:
            raise InvalidInput(faults)
        row = Deputy(
            id=uuid.uuid4().hex,
            principal=said.principal,
            deputy=deputy,
            starts=midnight(said.first_day),
            ends=midnight(said.last_day + timedelta(days=1)),
            reason=said.reason.strip(),
            by=actor.id,
            created_at=self._clock(),
        )
        insert_row(row)
        days = [said.first_day.isoformat(), said.last_day.isoformat()]
        self._audit.insert(actor, "add_deputy", "user", said.principal, deputy=deputy, days=days)
        return _view(row, _names([said.principal, deputy]), self._clock())

    def end(self, actor: Actor, deputy_id: str) -> None:
        """End a deputyship now; it counts from the next request on. Raises `Forbidden`, `NotFound`."""
        row = by_key(Deputy, id=deputy_id)
        if row is None or not self._may(actor, row.principal):
            raise NotFound("没有这项代理，或已结束")
        now = self._clock()
        if row.ends > now:
            Deputy.objects(id=row.id).update_one(set__ends=now)
            self._audit.insert(actor, "end_deputy", "user", row.principal, deputy=row.deputy)

    def principals(self, actor: Actor) -> list[tuple[str, str]]:
        """For whom the actor may stand in now: ids and names."""
        return self._actors.principals(actor.id)

    def begin(self, actor: Actor, token: str, principal: str) -> None:
        """Act for somebody in the session with this cookie; "" acts for oneself again. Raises `NotFound`."""
        if principal and principal not in dict(self.principals(actor)):
            raise NotFound("没有这项代理，或已结束")
        Session.objects(id=digest(token), user_id=actor.id).update_one(set__acting_for=principal)
        self._audit.insert(actor, "act_for", "user", principal or actor.id)

    def _person_faults(self, principal: str, deputy: str) -> list[Fault]:
        mine, his = self._actors.named(principal), self._actors.named(deputy)
        if his is None or mine is None or deputy == principal:
            return [Fault("deputy", "not_in_list", "选一位在用的其他用户作代理人")]
        if not separated({*rights_of(mine), *rights_of(his)}):
            return [Fault("deputy", "separated", "代理人与本人的工作须属同一类（三员分立）")]
        return []

    def _other_faults(self, said: DeputySaid) -> list[Fault]:
        faults = []
        first, last, today = said.first_day, said.last_day, day_of(self._clock())
        if first is None or last is None or not first <= last <= first + LONGEST or last < today:
            text = "起止日期写成 2026-03-12，截止不早于起始和今天，最长一年"
            faults.append(Fault("last_day", "out_of_range", text))
        if not 1 <= len(said.reason.strip()) <= MAX_REASON:
            text = "事由必填，最多 %(limit)s 个字，例如委托书的文号"
            faults.append(Fault("reason", "required", text, {"limit": MAX_REASON}))
        return faults

    def _may(self, actor: Actor, user_id: str) -> bool:
        own = actor.id == user_id and not actor.acting_for and actor.scopes is None
        return own or may(actor, Act.MANAGE_USERS)

    def _require(self, actor: Actor, user_id: str) -> None:
        if not self._may(actor, user_id):
            self._audit.insert(actor, "manage_deputies", "user", user_id, result="refused")
            raise Forbidden("代理由本人或系统管理员设定")


def _names(ids: Sequence[str]) -> dict[str, str]:
    return {row.id: row.display_name or row.name for row in User.objects(id__in=list(dict.fromkeys(ids)))}


def _view(row: Any, names: dict[str, str], now: datetime) -> DeputyView:
    return DeputyView(
        row.id,
        names.get(row.principal, ""),
        names.get(row.deputy, ""),
        row.starts,
        row.ends,
        row.reason,
        row.starts <= now < row.ends,
    )
