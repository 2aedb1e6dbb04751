"""Leads and duties: who waits for his screening, and which periods are handed in when."""

from datetime import UTC, date, datetime, timedelta

import pytest

from service.domain.duties import check_duty, current_period, line_of, period_of
from service.domain.screening import REASONS, Verdict, check_verdict, due, is_lead

LEAD = {"stage": "potential"}
DUTY = {"id": "市场部:SC", "department": "市场部", "category": "SC", "person": ""}


@pytest.mark.requirement("R-VAL-10")
@pytest.mark.parametrize(
    ("category", "life", "fields", "screened", "waits"),
    [
        ("KH", "draft", LEAD, {}, True),
        ("KH", "returned", LEAD, {}, True),
        ("KH", "submitted", LEAD, {}, False),
        ("KH", "draft", {"stage": "won"}, {}, False),
        ("KH", "draft", {}, {}, False),
        ("KH-GT", "draft", LEAD, {}, False),
        ("KH", "draft", LEAD, {"keep": True, "at": "x"}, False),
    ],
)
def test_a_lead_waits_until_somebody_has_screened_it(
    category: str, life: str, fields: dict[str, str], screened: dict[str, object], waits: bool
) -> None:
    assert is_lead(category, life, fields, screened) is waits


@pytest.mark.requirement("R-VAL-10")
def test_a_lead_is_screened_within_a_day_and_dropped_with_a_reason() -> None:
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert due(at) - at == timedelta(hours=24)
    assert check_verdict(Verdict(keep=True)) == []
    assert [check_verdict(Verdict(False, one, "空号")) for one in REASONS] == [[]] * len(REASONS)
    assert [one.path for one in check_verdict(Verdict(keep=False))] == ["reason"]
    assert [one.path for one in check_verdict(Verdict(False, "other"))] == ["note"]
    assert Verdict(False, "wrong_contact", "空号").said == "联系方式有误：空号"


@pytest.mark.requirement("R-CAP-6")
@pytest.mark.parametrize(
    ("today", "period", "closes"),
    [
        (date(2026, 4, 3), (2026, 1), date(2026, 4, 30)),
        (date(2026, 1, 3), (2025, 4), date(2026, 1, 31)),
        (date(2026, 2, 3), (2025, 0), date(2026, 2, 28)),
        (date(2026, 3, 3), (2025, 4), date(2026, 1, 31)),
        (date(2026, 9, 3), (2026, 2), date(2026, 7, 31)),
        (date(2026, 12, 31), (2026, 3), date(2026, 10, 31)),
    ],
)
def test_what_is_due_is_the_open_window_or_the_quarter_that_ended(
    today: date, period: tuple[int, int], closes: date
) -> None:
    found = current_period(today)
    assert ((found.year, found.quarter), found.window.closes) == (period, closes)


def test_a_period_has_its_first_and_last_day() -> None:
    days = [(period_of(2026, n).first, period_of(2026, n).last) for n in range(5)]
    assert days[0] == (date(2026, 1, 1), date(2026, 12, 31))
    assert days[1] == (date(2026, 1, 1), date(2026, 3, 31))
    assert days[4] == (date(2026, 10, 1), date(2026, 12, 31))


@pytest.mark.requirement("R-CAP-6")
@pytest.mark.parametrize(
    ("delivered", "making", "closed", "state", "late"),
    [
        (0, 0, False, "missing", False),
        (0, 2, True, "making", True),
        (1, 2, True, "delivered", False),
        (0, 0, True, "missing", True),
    ],
)
def test_a_duty_is_late_while_nothing_is_handed_in_after_the_window(
    delivered: int, making: int, closed: bool, state: str, late: bool
) -> None:
    line = line_of(DUTY, delivered, making, closed=closed)
    assert (line.state, line.late) == (state, late)


def test_a_duty_names_a_department() -> None:
    assert [one.path for one in check_duty("", "x" * 101)] == ["department", "person"]
