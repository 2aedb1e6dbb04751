"""Dates as people and schemas write them."""

import re
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

ZONE = ZoneInfo("Asia/Shanghai")
"""Wall clock of the company; stored times are UTC."""

FIRST_YEAR = 1000
"""Earlier years are slips of the pen: no holding of ours is that old."""


def read_date(text: str) -> date | None:
    """The date written as 2026-03-12, of the years 1000 to 9999; None if it is none."""
    try:
        found = date.fromisoformat(text) if ISO_DATE.fullmatch(text) else None
    except ValueError:
        return None
    return found if found and found.year >= FIRST_YEAR else None


def stored_day(day: date) -> datetime:
    """A day as MongoDB keeps it: its midnight, of no zone."""
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001  a day has no zone


def midnight(day: date) -> datetime:
    """The moment at which a day begins where the company is."""
    return datetime.combine(day, time(), tzinfo=ZONE)


def day_of(moment: datetime) -> date:
    """The day of a moment where the company is, whatever zone the machine has been given."""
    return moment.astimezone(ZONE).date()
