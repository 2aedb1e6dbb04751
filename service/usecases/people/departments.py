"""Departments: the parts of the company under whose names records are kept (R-ORG-3)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mongoengine.errors import NotUniqueError

from service.audit import Audit
from service.domain.people import check_text
from service.domain.permissions import Act, Actor, may
from service.errors import Fault, Forbidden, InvalidInput, NotFound
from service.models import Department, User
from service.models.transactions import insert_row


@dataclass(frozen=True, slots=True)
class DepartmentView:
    """A department and how many active users it has; a closed one is offered to nobody any more."""

    name: str
    order: int
    closed: bool
    people: int


class Departments:
    """Departments as data. A name is the key of access, so there is no renaming: a new one is entered instead."""

    def __init__(self, audit: Audit, clock: Callable[[], datetime]) -> None:
        self._audit, self._clock = audit, clock

    def all(self, actor: Actor) -> list[DepartmentView]:
        """Every department in its order, with those that only users name. Raises `Forbidden`."""
        self._require(actor)
        rows = {row.name: row for row in Department.objects()}
        people: dict[str, int] = {}
        for user in User.objects().only("departments", "disabled").as_pymongo():
            for name in user.get("departments", ()):
                people[name] = people.get(name, 0) + (not user.get("disabled", False))
        views = [
            DepartmentView(
                name,
                rows[name].order if name in rows else 1000,
                rows[name].closed if name in rows else False,
                people.get(name, 0),
            )
            for name in {*rows, *people}
        ]
        return sorted(views, key=lambda view: (view.closed, view.order, view.name))

    def add(self, actor: Actor, name: str, *, order: int = 100) -> None:
        """Enter a department. Raises `Forbidden`, `InvalidInput`."""
        self._require(actor)
        name = name.strip()
        if faults := check_text("name", name, blank=False):
            raise InvalidInput(faults)
        if not 0 <= order <= 10_000:
            raise InvalidInput([Fault("order", "out_of_range", "次序应为 0–%(limit)s", {"limit": 10_000})])
        try:
            insert_row(Department(name=name, order=order, created_at=self._clock()))
        except NotUniqueError as fault:
            taken = Fault("name", "taken", "已有部门“%(name)s”", {"name": name})
            raise InvalidInput([taken]) from fault
        self._audit.insert(actor, "add_department", "department", name, order=order)

    def close(self, actor: Actor, name: str, *, closed: bool = True) -> None:
        """Offer a department to nobody any more, or again; its people and records stay. May be repeated.

        Raises `Forbidden`, `NotFound`."""
        self._require(actor)
        known = next(iter(Department.objects(name=name).limit(1)), None)
        if known is None and not any(view.name == name for view in self.all(actor)):
            raise NotFound("没有这个部门")
        before = known.closed if known else False
        if before == closed:
            return
        Department.objects(name=name).update_one(
            set__closed=closed, set_on_insert__created_at=self._clock(), set_on_insert__order=100, upsert=True
        )
        act = "close_department" if closed else "reopen_department"
        self._audit.insert(actor, act, "department", name, closed=[before, closed])

    def _require(self, actor: Actor) -> None:
        if not may(actor, Act.MANAGE_USERS):
            self._audit.insert(actor, "manage_departments", "department", result="refused")
            raise Forbidden("只有系统管理员可以管理部门")
