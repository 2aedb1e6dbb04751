"""Filing time limits: the windows of quarters and years, prompt filing, and what stands in no window."""

from datetime import date
from typing import Any

import pytest

from service.domain.windows import Due, due_of, open_windows, window_of
from service.scheme import starting_scheme

SCHEME = {one.code: one for one in starting_scheme()}


@pytest.mark.requirement("R-ARC-1", "R-REM-3")
@pytest.mark.parametrize(
    ("day", "kind", "closes"),
    [
        (date(2026, 1, 1), "quarter", date(2026, 4, 30)),
        (date(2026, 3, 31), "quarter", date(2026, 4, 30)),
        (date(2026, 4, 1), "quarter", date(2026, 7, 31)),
        (date(2026, 9, 30), "quarter", date(2026, 10, 31)),
        (date(2026, 12, 31), "quarter", date(2027, 1, 31)),
        (date(2027, 12, 31), "year", date(2028, 2, 29)),
    ],
)
def test_what_is_made_in_a_time_is_delivered_in_its_window(day: date, kind: str, closes: date) -> None:
    assert window_of(day, kind).closes == closes


@pytest.mark.requirement("R-ARC-1", "R-REM-3")
def test_windows_are_open_in_their_months_alone() -> None:
    told = {
        month: [(one.year, one.quarter) for one in open_windows(date(2026, month, 15))]
        for month in range(1, 13)
    }
    assert {month: what for month, what in told.items() if what} == {
        1: [(2025, 4)],
        2: [(2025, 0)],
        4: [(2026, 1)],
        7: [(2026, 2)],
        10: [(2026, 3)],
    }


@pytest.mark.requirement("R-ARC-2")
@pytest.mark.parametrize(
    ("category", "day", "fields", "today", "expected"),
    [
        (
            "HT",
            date(2026, 3, 1),
            {"signed_on": "2026-03-01"},
            date(2026, 3, 25),
            Due(date(2026, 3, 31), 0, soon=True),
        ),
        ("HT", date(2026, 3, 1), {}, date(2026, 4, 2), Due(date(2026, 3, 31), 2, soon=False)),
        ("HD", None, {"ends_on": "2026-03-01"}, date(2026, 3, 2), Due(date(2026, 3, 31), 0, soon=False)),
        ("WL", date(2026, 3, 1), {}, date(2026, 5, 1), Due(date(2026, 4, 30), 1, soon=False)),
        ("WL", None, {}, date(2026, 5, 1), None),
        ("KH", date(2026, 3, 1), {}, date(2026, 5, 1), None),
    ],
)
def test_a_record_is_due_by_what_its_category_says(
    category: str, day: date | None, fields: dict[str, Any], today: date, expected: Due | None
) -> None:
    one = SCHEME[category]
    assert due_of(day, fields, one.schema, living=one.living, today=today) == expected
