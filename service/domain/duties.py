"""Duties of collecting 收集职责: which department hands in what, and whether it has for a period (R-CAP-6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from service.domain.windows import Window, open_windows, quarter_window, year_window
from service.errors import Fault

MAKING = ("draft", "returned")
"""States of what is not handed in yet."""

STATES = ("missing", "making", "delivered")
"""未报送: nothing is there; 在办: only drafts; 已报送: handed in for review, or further."""

MOST = 400
"""Duties of a house."""
MAX_DEPARTMENT, MAX_PERSON = 100, 100
FIRST_YEAR, LAST_YEAR = 1990, 2200


@dataclass(frozen=True, slots=True)
class Period:
    """A quarter, or with `quarter` 0 a year, with its first and last day and the window in which it is handed in."""

    year: int
    quarter: int
    first: date
    last: date
    window: Window


@dataclass(frozen=True, slots=True)
class DutyLine:
    """A duty and how it stands in a period. `late`: nothing was handed in, and the window has closed."""

    id: str
    department: str
    category: str
    person: str
    delivered: int
    making: int
    state: str
    late: bool


def period_of(year: int, quarter: int) -> Period:
    """The period of a year and quarter 1–4, 0 for all of it."""
    if quarter == 0:
        return Period(year, 0, date(year, 1, 1), date(year, 12, 31), year_window(year))
    month = 3 * quarter
    after = date(year + (month == 12), month % 12 + 1, 1)
    return Period(
        year, quarter, date(year, month - 2, 1), after - timedelta(days=1), quarter_window(year, quarter)
    )


def current_period(today: date) -> Period:
    """The period whose window is open, else the quarter that ended last."""
    for window in open_windows(today):
        return period_of(window.year, window.quarter)
    quarter = (today.month - 1) // 3
    return period_of(today.year if quarter else today.year - 1, quarter or 4)


def reminder_of(period: Period, today: date) -> str:
    """Of what is to be reminded in a period on a day: "2026-1-due" while its window is open, "2026-1-late" after."""
    if today < period.window.opens:
        return ""
    stage = "due" if today <= period.window.closes else "late"
    return f"{period.year}-{period.quarter}-{stage}"


def line_of(duty: Mapping[str, str], delivered: int, making: int, *, closed: bool) -> DutyLine:
    """How a duty stands, by what there is of the period."""
    state = "delivered" if delivered else "making" if making else "missing"
    return DutyLine(**duty, delivered=delivered, making=making, state=state, late=closed and not delivered)


def check_duty(department: str, person: str) -> list[Fault]:
    """Faults of a duty; the category is looked up elsewhere."""
    faults = []
    if not 1 <= len(department) <= MAX_DEPARTMENT or not department.isprintable():
        faults.append(
            Fault("department", "required", "写明部门，最多 %(limit)s 个字", {"limit": MAX_DEPARTMENT})
        )
    if len(person) > MAX_PERSON or not person.isprintable():
        faults.append(Fault("person", "too_long", "最多 %(limit)s 个字", {"limit": MAX_PERSON}))
    return faults
