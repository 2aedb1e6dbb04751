"""Who acts: a user's row with what his roles, circles and grants give him at this moment (R-SEC-6, R-SEC-7)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from service.domain.people import EVERYWHERE
from service.domain.permissions import Act, Actor, Reach, Scope, joined_rights
from service.domain.roles import RoleView, starting_roles
from service.models import Circle, Deputy, Grant, RoleSheet, User
from service.models.changes import Changes, Remembered
from service.models.reading import by_key

MOST_GRANTS = 1000
"""Grants in force of one user that count."""

HOUSE = "house"
"""The one key under which all roles and circles are remembered: there are a few dozen."""


class Actors:
    """Makes actors of users. Nothing is kept that somebody may have changed: a right counts from the next request."""

    def __init__(self, clock: Callable[[], datetime], changes: Changes | None = None) -> None:
        self._clock, self.changes = clock, changes
        self._roles: Remembered[str, Mapping[str, RoleView]] = Remembered(changes, "roles")
        self._circles: Remembered[str, Mapping[str, str]] = Remembered(changes, "circles")
        self._grants: Remembered[str, Sequence[Any]] = Remembered(changes, "grants")
        self._deputies: Remembered[str, Sequence[Any]] = Remembered(changes, "deputies")
        self._users: Remembered[str, Any] = Remembered(changes, "users")

    def of(self, row: Any, scopes: frozenset[Scope] | None = None, *, acting_for: str = "") -> Actor:
        """A user's row as the one who acts; with `acting_for` as deputy of that user, while he may be."""
        actor = self._own(row, scopes)
        principal = self._principal(row.id, acting_for) if acting_for else None
        return actor if principal is None else _standing_in(actor, self._own(principal, scopes))

    def named(self, user_id: str) -> Actor | None:
        """The user with this id as he would act now; None for nobody and for who is let in no more."""
        row = self._user(user_id)
        return None if row is None or row.disabled else self._own(row, None)

    def everybody(self, grants: Mapping[str, Collection[str]]) -> list[Actor]:
        """Every user who is let in, by name, each with just these grants: for explaining one record.

        A company has a few thousand people; their rows are read whole."""
        rows = sorted(User.objects(disabled=False), key=lambda row: row.name)
        return [self._made(row, None, frozenset(grants.get(row.id, ()))) for row in rows]

    def roles(self) -> Mapping[str, RoleView]:
        """Every role by its code, in their order."""
        return self._roles.get([HOUSE], lambda _: {HOUSE: _roles()})[HOUSE]

    def circles(self) -> Mapping[str, str]:
        """Every need-to-know circle that is not closed: id → name."""
        return self._circles.get([HOUSE], lambda _: {HOUSE: _circles()})[HOUSE]

    def principals(self, user_id: str) -> list[tuple[str, str]]:
        """For whom this user may stand in now: ids and names."""
        now = self._clock()
        ids = [one.principal for one in self._held_deputies(user_id) if one.starts <= now < one.ends]
        rows = (self._user(one) for one in dict.fromkeys(ids))
        return [
            (row.id, row.display_name or row.name) for row in rows if row is not None and not row.disabled
        ]

    def _own(self, row: Any, scopes: frozenset[Scope] | None) -> Actor:
        now = self._clock()
        found = self._grants.get([row.id], _grants).get(row.id, ())
        return self._made(row, scopes, frozenset(one.id for one in found if one.starts <= now < one.ends))

    def _made(self, row: Any, scopes: frozenset[Scope] | None, grants: frozenset[str]) -> Actor:
        roles = self.roles()
        held = [roles[code] for code in row.roles if code in roles]
        departments = frozenset(row.departments)
        return Actor(
            id=row.id,
            name=row.name,
            display_name=row.display_name or row.name,
            roles=frozenset(role.code for role in held),
            departments=departments,
            circle=f"circle:{row.id}",
            must_change_password=row.must_change_password,
            clearance=row.clearance,
            scopes=scopes,
            circles=frozenset(row.circles) & frozenset(self.circles()),
            grants=grants,
            rights=joined_rights((role.acts, _reach(role, row.reach, departments)) for role in held),
        )

    def _principal(self, deputy: str, principal: str) -> Any:
        if principal not in dict(self.principals(deputy)):
            return None
        return self._user(principal)

    def _held_deputies(self, user_id: str) -> Sequence[Any]:
        return self._deputies.get([user_id], _deputies).get(user_id, ())

    def _user(self, user_id: str) -> Any:
        return self._users.get([user_id], _users).get(user_id)


def _reach(role: RoleView, said: Mapping[str, Any], departments: frozenset[str]) -> Reach:
    where = said.get(role.code)
    if where is None:
        return None if role.everywhere else departments
    return None if tuple(where) == EVERYWHERE else frozenset(where)


def _standing_in(deputy: Actor, principal: Actor) -> Actor:
    """The deputy with the principal's rights and knowledge, but never above his own clearance."""
    return Actor(
        id=deputy.id,
        name=deputy.name,
        display_name=deputy.display_name,
        roles=principal.roles,
        departments=principal.departments,
        circle=principal.circle,
        must_change_password=deputy.must_change_password,
        clearance=min(deputy.clearance, principal.clearance),
        scopes=deputy.scopes,
        circles=principal.circles,
        grants=principal.grants,
        acting_for=principal.id,
        rights=principal.rights,
    )


def _roles() -> Mapping[str, RoleView]:
    roles = starting_roles()
    for row in RoleSheet.objects().limit(200):
        roles[row.code] = _edited(row, roles.get(row.code))
    return {role.code: role for role in sorted(roles.values(), key=lambda role: (role.order, role.code))}


def _edited(row: Any, starting: RoleView | None) -> RoleView:
    acts = {Act(act) for act in row.acts if act in set(Act)}
    if starting:  # what the program has learnt since then it still gives to those it is meant for
        acts |= {act for act in starting.acts if act.value not in row.known}
    order = starting.order if starting else row.order
    return RoleView(
        row.code,
        row.name,
        row.name_en or row.name,
        frozenset(acts),
        row.everywhere,
        order,
        starting=starting is not None,
        edited=True,
    )


def _circles() -> Mapping[str, str]:
    rows = list(Circle.objects(closed=False).limit(2000))
    return {row.id: row.name for row in sorted(rows, key=lambda row: row.name)}


def _grants(keys: Sequence[str]) -> Mapping[str, Sequence[Any]]:
    return {
        key: tuple(one for one in Grant.objects(user_id=key).limit(MOST_GRANTS) if one.withdrawn_at is None)
        for key in keys
    }


def _deputies(keys: Sequence[str]) -> Mapping[str, Sequence[Any]]:
    return {key: tuple(Deputy.objects(deputy=key).limit(100)) for key in keys}


def _users(keys: Sequence[str]) -> Mapping[str, Any]:
    return {key: row for key in keys if (row := by_key(User, id=key)) is not None}
