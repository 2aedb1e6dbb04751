"""Dates as people type them: 2026-03-12, 20260312, 2026.3.12, 2026年3月12日, and 2026 or 2026-03 for a span."""

import calendar
import datetime
import re

TYPED = re.compile(r"(\d{4})(?:\s*[-./年]\s*(\d{1,2})(?:\s*[-./月]\s*(\d{1,2}))?)?\s*[年月日]?", re.ASCII)
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
FIRST_YEAR = 1000


def day(text: str) -> datetime.date | None:
    """The day that was typed; None if it is none."""
    year, month, number = _parts(text)
    return _date(year, month, number) if number else None


def first_day(text: str) -> datetime.date | None:
    """The first day of the day, month or year that was typed."""
    year, month, number = _parts(text)
    return _date(year, month or 1, number or 1)


def last_day(text: str) -> datetime.date | None:
    """The last day of the day, month or year that was typed."""
    year, month, number = _parts(text)
    month = month or 12
    if not number and year >= FIRST_YEAR and 1 <= month <= 12:
        number = calendar.monthrange(year, month)[1]
    return _date(year, month, number)


def _parts(text: str) -> tuple[int, int, int]:
    found = COMPACT.fullmatch(text.strip()) or TYPED.fullmatch(text.strip())
    if found is None:
        return 0, 0, 0
    year, month, number = (int(part or 0) for part in found.groups())
    return year, month, number


def _date(year: int, month: int, number: int) -> datetime.date | None:
    try:
        return datetime.date(year, month, number) if year >= FIRST_YEAR else None
    except ValueError:
        return None
