"""Dates as people write them, and the day of a moment."""

from datetime import UTC, date, datetime

import pytest

from service.domain.dates import day_of, midnight, read_date


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-12", date(2026, 3, 12)),
        ("2026-02-30", None),
        ("0226-03-12", None),
        ("2026-3-12", None),
        ("２０２６-03-12", None),
        ("2026-03-12T00:00", None),
        ("", None),
    ],
)
def test_a_date_is_read_as_it_is_written(text: str, day: date | None) -> None:
    assert read_date(text) == day


@pytest.mark.requirement("R-NUM-2")
def test_the_new_year_begins_when_it_begins_at_the_company() -> None:
    assert day_of(datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)) == date(2026, 12, 31)
    assert day_of(datetime(2026, 12, 31, 16, tzinfo=UTC)) == date(2027, 1, 1)
    assert day_of(midnight(date(2027, 1, 1))) == date(2027, 1, 1)
