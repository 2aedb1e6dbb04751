"""Duties of collecting: divided over departments and persons, and who has not delivered yet (R-CAP-6)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from service.audit import Audit
from service.domain.dates import day_of
from service.domain.duties import MAKING, MOST, DutyLine, Period, check_duty, line_of
from service.domain.holdings import Question
from service.domain.permissions import Act, Actor, rights_of
from service.errors import Conflict, Fault, Forbidden, InvalidInput, NotFound
from service.models import Duty
from service.models.reading import by_key
from service.usecases.scheme.categories import Categories
from service.usecases.searching.finding import FindingRecords


class Duties:
    """The archivist divides; everybody sees his department's part, who accepts records sees all."""

    def __init__(
        self, categories: Categories, finding: FindingRecords, audit: Audit, clock: Callable[[], datetime]
    ) -> None:
        self._categories, self._finding = categories, finding
        self._audit, self._clock = audit, clock

    def standing(self, actor: Actor, period: Period) -> Sequence[DutyLine]:
        """How the duties that concern the actor stand in a period, as far as he may know of the records.

        By department, then in the order of the scheme. Raises `Unavailable("search")`.
        """
        duties = self._of(actor)
        order = {one.code: n for n, one in enumerate(self._categories.all())}
        counts = {code: self._counted(actor, code, period) for code in {one["category"] for one in duties}}
        closed = day_of(self._clock()) > period.window.closes
        lines = []
        for one in duties:
            everything, making = counts[one["category"]]
            began = making.get(one["department"], 0)
            delivered = everything.get(one["department"], 0) - began
            lines.append(line_of(one, max(0, delivered), began, closed=closed))
        return sorted(lines, key=lambda line: (line.department, order.get(line.category, MOST)))

    def assign(self, actor: Actor, department: str, category: str, person: str = "") -> None:
        """Say that a department hands in a category, and who sees to it; saying it again changes the person.

        Raises `Forbidden`, `InvalidInput`, `Conflict` beyond `MOST`.
        """
        self._require(actor)
        department, person = department.strip(), person.strip()
        faults = check_duty(department, person)
        if category not in {one.code for one in self._categories.all()}:
            faults.append(Fault("category", "unknown_category", "没有类别 %(code)s", {"code": category[:40]}))
        if faults:
            raise InvalidInput(faults)
        key = f"{department}:{category}"
        before = by_key(Duty, id=key)
        if before is None and len(list(Duty.objects().only("id").limit(MOST))) >= MOST:
            raise Conflict("收集职责最多 %(most)s 项，先删去不用的", most=MOST)
        values: dict[str, Any] = {"department": department, "category": category, "person": person}
        values |= {"by": actor.id, "at": self._clock()}
        if before is not None and before.person != person:
            values["told"] = ""  # somebody else is to be reminded
        Duty._get_collection().update_one({"_id": key}, {"$set": values}, upsert=True)
        self._audit.insert(actor, "assign_duty", "duty", key, person=person)

    def drop(self, actor: Actor, duty_id: str) -> None:
        """Take a duty away. Raises `Forbidden`, `NotFound`."""
        self._require(actor)
        if not Duty._get_collection().delete_one({"_id": duty_id}).deleted_count:
            raise NotFound
        self._audit.insert(actor, "drop_duty", "duty", duty_id)

    def may_divide(self, actor: Actor) -> bool:
        """Whether this person divides the duties."""
        return Act.ACCEPT in rights_of(actor)

    def _of(self, actor: Actor) -> list[dict[str, Any]]:
        rows = Duty.objects().limit(MOST)
        if not self.may_divide(actor):
            rows = rows.filter(department__in=sorted(actor.departments))
        return [
            {"id": row.id, "department": row.department, "category": row.category, "person": row.person}
            for row in rows
        ]

    def _counted(
        self, actor: Actor, code: str, period: Period
    ) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """Department → records of a category in the period, and of them those that are still being made."""
        asked = Question(category=(code,), date_from=period.first, date_to=period.last)
        making = Question(category=(code,), date_from=period.first, date_to=period.last, state=MAKING)
        return self._finding.tally(actor, asked), self._finding.tally(actor, making)

    def _require(self, actor: Actor) -> None:
        if not self.may_divide(actor):
            self._audit.insert(actor, "assign_duty", "duty", result="refused")
            raise Forbidden("只有档案管理员可以分配收集职责")
