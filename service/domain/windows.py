"""Filing time limits 归档期限: the windows of quarters and years, and what is filed at once (R-ARC-1, R-ARC-2).

A category says its own in `x-filing` of its schema: {"window": "quarter" | "year" | "none"}, or {"within": days,
"after": the date field from which they count}. Without it, what is no living dossier goes by the quarter (§3.5).
"""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from service.domain.dates import read_date

WINDOW_OF_QUARTER = {1: 4, 2: 7, 3: 10, 4: 1}
"""Quarter → the month in which its papers are delivered: 4, 7, 10 and January of the next year (001:115)."""
WINDOW_OF_YEAR = 2
"""The papers of a year are delivered in the next February."""
SOON = timedelta(days=10)


@dataclass(frozen=True, slots=True)
class Window:
    """A month in which a department delivers; `quarter` 0 for the papers of the whole `year`."""

    year: int
    quarter: int
    opens: date
    closes: date


@dataclass(frozen=True, slots=True)
class Due:
    """The last day on which a record should be filed; `late` days past it, 0 before."""

    day: date
    late: int
    soon: bool


def window_of(day: date, kind: str) -> Window:
    """The window in which what was made on a day is delivered; `kind` quarter or year."""
    if kind == "year":
        return _month(day.year, 0, day.year + 1, WINDOW_OF_YEAR)
    quarter = (day.month + 2) // 3
    month = WINDOW_OF_QUARTER[quarter]
    return _month(day.year, quarter, day.year + (quarter == 4), month)


def quarter_window(year: int, quarter: int) -> Window:
    """The window of a quarter's papers."""
    return window_of(date(year, 3 * quarter, 1), "quarter")


def year_window(year: int) -> Window:
    """The window of a year's papers."""
    return window_of(date(year, 1, 1), "year")


def open_windows(today: date) -> list[Window]:
    """The windows that are open on a day."""
    quarter = next((one for one, month in WINDOW_OF_QUARTER.items() if month == today.month), 0)
    if quarter:
        return [_month(today.year - (quarter == 4), quarter, today.year, today.month)]
    if today.month == WINDOW_OF_YEAR:
        return [_month(today.year - 1, 0, today.year, today.month)]
    return []


def due_of(
    day: date | None, fields: Mapping[str, Any], schema: Mapping[str, Any], *, living: bool, today: date
) -> Due | None:
    """When a record of a category should be filed; None where nothing says so, or its date is not known."""
    rule = schema.get("x-filing", {"window": "none" if living else "quarter"})
    last: date | None = None
    if "within" in rule:
        value = fields.get(rule.get("after", ""))
        start = (read_date(value) if isinstance(value, str) else None) or day
        last = start + timedelta(days=int(rule["within"])) if start else None
    elif rule.get("window") in ("quarter", "year") and day:
        last = window_of(day, rule["window"]).closes
    if last is None:
        return None
    late = (today - last).days
    return Due(last, max(0, late), soon=late <= 0 and last - today <= SOON)


def _month(year: int, quarter: int, in_year: int, month: int) -> Window:
    end = calendar.monthrange(in_year, month)[1]
    return Window(year, quarter, date(in_year, month, 1), date(in_year, month, end))
