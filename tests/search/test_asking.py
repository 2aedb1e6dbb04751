"""Questions in plain words, asked on 10 July 2024."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.question.asking import plain
from search.question.tree import DateIn

TODAY = date(2024, 7, 10)


@pytest.mark.parametrize(
    ("text", "mild", "firm", "days"),
    [
        (
            "去年第三季度谁负责渠道返利?",
            "负责渠道返利",
            "渠道 返利",
            DateIn(date(2023, 7, 1), date(2023, 9, 30)),
        ),
        ("请问华联的合同怎么规定付款方式？", "华联 合同 规定付款方式", "华联 合同 付款 方式", None),
        ("上个月有哪些客户投诉", "有 客户投诉", "客户 投诉", DateIn(date(2024, 6, 1), date(2024, 6, 30))),
        ("What is the price of Alpina", "price alpina", "price alpina", None),
        ("哪里可以找到2023年的总结", "总结", "总结", DateIn(date(2023, 1, 1), date(2023, 12, 31))),
    ],
)
def test_a_question_keeps_its_words_and_days(text: str, mild: str, firm: str, days: DateIn | None) -> None:
    assert plain(text, TODAY) == (list(dict.fromkeys((mild, firm))), days)


@pytest.mark.parametrize("text", ["渠道 返利", "华联合同", "H2021-1234", "", "A4纸"])
def test_what_is_no_question_is_left_alone(text: str) -> None:
    assert plain(text, TODAY) == ([], None)


@given(st.text(max_size=60))
def test_nothing_asked_is_an_error(text: str) -> None:
    plain(text, TODAY)
