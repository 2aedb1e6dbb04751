"""Need-to-know circles 知悉范围: named groups to whom single records are known beside their department (G10)."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from service.audit import Audit
from service.domain.people import check_text
from service.domain.permissions import Act, Actor, may
from service.errors import Fault, Forbidden, InvalidInput, NotFound
from service.models import Circle, User
from service.models.reading import by_key
from service.models.transactions import insert_row

MOST = 2000


@dataclass(frozen=True, slots=True)
class CircleView:
    """A circle and how many active users belong to it; a closed one opens nothing any more."""

    id: str
    name: str
    closed: bool
    people: int


class Circles:
    """Circles as data. Who belongs to one stands with the users, so leaving it counts from the next request on."""

    def __init__(self, audit: Audit, clock: Callable[[], datetime]) -> None:
        self._audit, self._clock = audit, clock

    def all(self, actor: Actor) -> list[CircleView]:
        """Every circle by its name, open ones first. Raises `Forbidden`."""
        self._require(actor)
        people: dict[str, int] = {}
        for user in User.objects().only("circles", "disabled").as_pymongo():
            for one in user.get("circles", ()):
                people[one] = people.get(one, 0) + (not user.get("disabled", False))
        views = [
            CircleView(row.id, row.name, row.closed, people.get(row.id, 0))
            for row in Circle.objects().limit(MOST)
        ]
        return sorted(views, key=lambda view: (view.closed, view.name))

    def add(self, actor: Actor, name: str) -> str:
        """Enter a circle; its id. Raises `Forbidden`, `InvalidInput`."""
        self._require(actor)
        name = name.strip()
        faults = (
            [Fault("name", "required", "名称必填")] if not name else check_text("name", name, blank=False)
        )
        if any(row.name == name for row in Circle.objects().only("name").limit(MOST)):
            faults.append(Fault("name", "taken", "已有知悉范围“%(name)s”", {"name": name[:60]}))
        if faults:
            raise InvalidInput(faults)
        row = Circle(id=f"circle:{uuid.uuid4().hex}", name=name, created_at=self._clock())
        insert_row(row)
        self._audit.insert(actor, "add_circle", "circle", row.id)
        return str(row.id)

    def close(self, actor: Actor, circle_id: str, *, closed: bool = True) -> None:
        """Let a circle open nothing any more, or again. May be repeated. Raises `Forbidden`, `NotFound`."""
        self._require(actor)
        row = by_key(Circle, id=circle_id)
        if row is None:
            raise NotFound("没有这个知悉范围")
        if row.closed != closed:
            Circle.objects(id=circle_id).update_one(set__closed=closed)
            act = "close_circle" if closed else "reopen_circle"
            self._audit.insert(actor, act, "circle", circle_id, closed=[row.closed, closed])

    def _require(self, actor: Actor) -> None:
        if not may(actor, Act.MANAGE_USERS):
            self._audit.insert(actor, "manage_circles", "circle", result="refused")
            raise Forbidden("只有系统管理员可以管理知悉范围")
