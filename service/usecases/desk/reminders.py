"""Reminders of collecting: who is to hand something in is told so when the window opens, and once more when it has
closed; never twice of the same (R-CAP-6)."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from service.domain.dates import day_of
from service.domain.duties import MOST, Period, current_period, reminder_of
from service.domain.permissions import Act, Actor, rights_of
from service.errors import Unavailable
from service.models import Duty
from service.usecases.desk.notices import Notice
from service.usecases.knowing.acting import Actors
from service.usecases.searching.duties import Duties


class Reminders:
    """Looks at the duties of the period that is due, with the eyes of each person who sees to one."""

    def __init__(
        self,
        duties: Duties,
        actors: Actors,
        tell: Callable[[str, Notice], None],
        clock: Callable[[], datetime],
    ) -> None:
        """`tell` puts a notice before a person."""
        self._duties, self._actors, self._tell, self._clock = duties, actors, tell, clock

    def look_round(self) -> int:
        """Remind of what was not reminded of yet; how many notices. A chore; while search is down it waits."""
        today = day_of(self._clock())
        period = current_period(today)
        reminder = reminder_of(period, today)
        rows = [row for row in Duty.objects().limit(MOST) if _wants(row, reminder, period)]
        if not rows:
            return 0
        owed: dict[str, tuple[Actor, list[Any]]] = {}
        everybody = self._actors.everybody({})
        for row in rows:
            for person in responsible(row.department, row.person, everybody):
                owed.setdefault(person.id, (person, []))[1].append(row)
        try:
            return sum(self._remind(person, mine, period, reminder) for person, mine in owed.values())
        except Unavailable:
            return 0

    def _remind(self, person: Actor, rows: Sequence[Any], period: Period, reminder: str) -> int:
        """Tell one person of those of his duties that are not delivered as far as he may know; 1 if he was told."""
        open_ones = {one.id for one in self._duties.standing(person, period) if one.state != "delivered"}
        mine = sorted(row.id for row in rows if row.id in open_ones)
        if not mine:
            return 0
        year, quarter, stage = reminder.split("-")
        told = hashlib.sha256("\n".join(mine).encode()).hexdigest()[:12]
        notice = Notice(
            f"{reminder}-{told}",
            self._clock(),
            f"duties_{stage}",
            "",
            count=len(mine),
            period=f"{year}-{quarter}",
        )
        self._tell(person.id, notice)
        for duty in mine:  # after the telling: what is cut in between is told again under the same number
            Duty.objects(id=duty).update_one(set__told=reminder)
        return 1


def responsible(department: str, person: str, everybody: Sequence[Actor]) -> list[Actor]:
    """The person who was named for a duty; where nobody of the department is called so, its managers."""
    there = [one for one in everybody if department in one.departments]
    named = [one for one in there if person and person in (one.display_name, one.name)]
    return named or [one for one in there if department in (rights_of(one).get(Act.REVIEW) or ())]


def _wants(row: Any, reminder: str, period: Period) -> bool:
    """Whether a duty is to be looked at: not reminded of yet, and not given out only after its window had closed."""
    return bool(reminder) and row.told != reminder and day_of(row.at) <= period.window.closes
