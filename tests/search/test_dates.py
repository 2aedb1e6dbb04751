"""Dates in queries, seen from Wednesday, 10 July 2024."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.question.dates import date_range

TODAY = date(2024, 7, 10)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024年", "2024-01-01", "2024-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2024年2月", "2024-02-01", "2024-02-29"),
        ("2024/03/05", "2024-03-05", "2024-03-05"),
        ("2024年3月5日", "2024-03-05", "2024-03-05"),
        ("20240305", "2024-03-05", "2024-03-05"),
        ("2024Q2", "2024-04-01", "2024-06-30"),
        ("2023年第四季度", "2023-10-01", "2023-12-31"),
        ("2024-03..2024-05", "2024-03-01", "2024-05-31"),
        ("2024年3月至2024年5月", "2024-03-01", "2024-05-31"),
        ("去年..本月", "2023-01-01", "2024-07-31"),
        ("今天", "2024-07-10", "2024-07-10"),
        ("昨天", "2024-07-09", "2024-07-09"),
        ("本周", "2024-07-08", "2024-07-14"),
        ("上周", "2024-07-01", "2024-07-07"),
        ("本月", "2024-07-01", "2024-07-31"),
        ("上月", "2024-06-01", "2024-06-30"),
        ("上个月", "2024-06-01", "2024-06-30"),
        ("本季度", "2024-07-01", "2024-09-30"),
        ("上季度", "2024-04-01", "2024-06-30"),
        ("今年", "2024-01-01", "2024-12-31"),
        ("去年", "2023-01-01", "2023-12-31"),
        ("近30天", "2024-06-11", "2024-07-10"),
        ("近2周", "2024-06-27", "2024-07-10"),
        ("近3个月", "2024-04-11", "2024-07-10"),
        ("近1年", "2023-07-11", "2024-07-10"),
        ("最近三个月", "2024-04-11", "2024-07-10"),
        ("近半年", "2024-01-11", "2024-07-10"),
        ("过去两周", "2024-06-27", "2024-07-10"),
        ("last 30 days", "2024-06-11", "2024-07-10"),
        ("last week", "2024-07-01", "2024-07-07"),
        ("This Quarter", "2024-07-01", "2024-09-30"),
        ("去年第三季度", "2023-07-01", "2023-09-30"),
        ("今年Q1", "2024-01-01", "2024-03-31"),
        ("三季度", "2024-07-01", "2024-09-30"),
        ("第四季度", "2023-10-01", "2023-12-31"),
        ("3月", "2024-03-01", "2024-03-31"),
        ("11月", "2023-11-01", "2023-11-30"),
        ("十二月份", "2023-12-01", "2023-12-31"),
        ("元月", "2024-01-01", "2024-01-31"),
        ("3月5日", "2024-03-05", "2024-03-05"),
        ("去年十月二十一日", "2023-10-21", "2023-10-21"),
        ("去年3月", "2023-03-01", "2023-03-31"),
        ("上半年", "2024-01-01", "2024-06-30"),
        ("2023年下半年", "2023-07-01", "2023-12-31"),
        ("2024年度", "2024-01-01", "2024-12-31"),
        ("2024年3月到5月", "2024-03-01", "2024-05-31"),
        ("去年10月至12月", "2023-10-01", "2023-12-31"),
    ],
)
def test_an_expression_means_these_days(text: str, first: str, last: str) -> None:
    assert date_range(text, TODAY) == (date.fromisoformat(first), date.fromisoformat(last))


def test_a_range_may_be_open() -> None:
    assert date_range("2024-03..", TODAY) == (date(2024, 3, 1), None)
    assert date_range("..2024-03", TODAY) == (None, date(2024, 3, 31))
    assert date_range(">=2024-03", TODAY) == date_range("2024年3月以来", TODAY) == (date(2024, 3, 1), None)
    assert date_range(">2024-03", TODAY) == (date(2024, 4, 1), None)
    assert date_range("<2024", TODAY) == date_range("2024年以前", TODAY) == (None, date(2023, 12, 31))
    assert date_range("≤去年", TODAY) == (None, date(2023, 12, 31))


@pytest.mark.parametrize("today", [date(2024, 1, 31), date(2024, 3, 31), date(2024, 12, 31)])
def test_last_month_and_quarter_at_the_ends_of_a_year(today: date) -> None:
    month = date_range("上月", today)
    quarter = date_range("上季度", today)
    assert month is not None
    assert quarter is not None
    assert month[1] == date(today.year, today.month, 1) - (date(2024, 1, 2) - date(2024, 1, 1))
    assert quarter[1] is not None
    assert quarter[1] < today


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        "2024-13",
        "2024-02-30",
        "2024Q5",
        "上上周",
        "2024-05..2024-03",
        "近0年后",
        "近9999年",
        "x..y",
    ],
)
def test_what_means_no_days(text: str) -> None:
    assert date_range(text, TODAY) is None


@given(st.text("0123456789-./年月日q季度第近天周个本上去今至.", max_size=24))
def test_nothing_is_an_error(text: str) -> None:
    found = date_range(text, TODAY)
    assert found is None or found[0] is None or found[1] is None or found[0] <= found[1]
