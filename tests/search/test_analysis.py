"""Analysis: terms with places, strings for the engines, units of a query, and its speed."""

import time
from collections.abc import Callable

import pytest
import rjieba
from hypothesis import given
from hypothesis import strategies as st

from search.words.analysis import (
    MAX_TERM,
    code_key,
    field_terms,
    fold,
    passage_terms,
    terms,
    tokens,
    torn_facts,
    units,
)
from tests.search.sample import DOCUMENTS

ANY_TEXT = st.text(max_size=80) | st.text("營销档案渠道Ａb9.-·㎡\n 。，万年月3\ud800\x00", max_size=60)


def test_chars_are_characters_runs_of_letters_of_digits_and_marks() -> None:
    assert tokens(fold("采购A4纸，共12.5箱").text) == [
        "采",
        "购",
        "a",
        "4",
        "纸",
        ",",
        "共",
        "12",
        ".",
        "5",
        "箱",
    ]


def test_pairs_run_over_line_ends_and_break_at_marks_and_letters() -> None:
    assert field_terms(fold("渠道窜\n货，问题A严重").text).pairs == "渠道 道窜 窜货 | 问题 | 严重"


def test_words_run_over_line_ends() -> None:
    words = field_terms(fold("整治渠道窜货，市场\n营销").text).words.split()
    assert {"渠道", "市场", "营销"} <= set(words)


def test_mixed_tokens_are_words() -> None:
    words = field_terms(fold("A4纸 5G套餐 IT部 iPhone15").text).words.split()
    assert {"a4", "5g", "it", "iphone15"} <= set(words)


def test_passage_terms_are_the_same_terms_once() -> None:
    text = fold("渠道窜货，渠道返利。2024年3月5日").text
    whole, passage = field_terms(text), passage_terms(text)
    assert set(passage.chars.split()) == set(whole.chars.split())
    assert set(passage.pairs.split()) == set(whole.pairs.split()) - {"|"}
    assert passage.facts == whole.facts
    assert len(passage.chars.split()) == len(set(passage.chars.split()))


def test_a_term_is_never_longer_than_an_engine_takes() -> None:
    analysed = field_terms(fold("x" * 1000 + "1" * 1000 + " " + "-".join(["ab1"] * 400)).text)
    for string in (analysed.chars, analysed.pairs, analysed.words, analysed.facts):
        assert all(len(term) <= MAX_TERM for term in string.split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("渠道返利政策", [("渠", "道"), ("返", "利"), ("政", "策")]),
        ("渠道窜货", [("渠", "道"), ("窜", "货")]),
        ("渠道的返利", [("渠", "道"), ("返", "利")]),
        ("的", [("的",)]),
        ("渠道 渠道", [("渠", "道")]),
        ("A4纸", [("a", "4"), ("纸",)]),
        ("*:*", [("*", ":", "*")]),
        ("，。", [(",", "。")]),
        ("", []),
        (" \n", []),
        ("wang@abc.com", [("wang", "@", "abc", ".", "com")]),
    ],
)
def test_units_of_a_query(text: str, expected: list[tuple[str, ...]]) -> None:
    assert [unit.tokens for unit in units(text)] == expected


def test_facts_of_a_query_are_units_with_their_literal_spelling() -> None:
    (unit,) = units("2024年3月5日")
    assert (unit.fact, unit.tokens) == ("d2024-03-05", ("2024", "年", "3", "月", "5", "日"))


def test_long_words_know_the_words_inside_them() -> None:
    (unit,) = units("中华人民共和国")
    assert unit.parts == ("中华", "人民", "共和国")


@pytest.mark.requirement("S-ID-1")
def test_a_document_number_with_chinese_has_one_key() -> None:
    assert code_key("营销〔2024〕15号") == code_key("營銷[2024] 15号") == "c:营销202415号"
    assert code_key("·-·") == ""


@pytest.mark.requirement("R-SRC-2")
@given(ANY_TEXT)
def test_every_term_points_at_text_that_folds_to_it(text: str) -> None:
    for term in terms(text, ("char", "pair", "word")):
        assert 0 <= term.start < term.end <= len(text)
        found = fold(text[term.start : term.end]).text
        assert term.text in (found.replace(" ", "") if term.kind in ("pair", "word") else found)


@given(ANY_TEXT)
def test_facts_lie_inside_the_text(text: str) -> None:
    for term in terms(text, ("fact",)):
        assert 0 <= term.start < term.end <= len(text)


@given(ANY_TEXT)
def test_any_text_gives_strings_and_units(text: str) -> None:
    folded = fold(text).text
    analysed = field_terms(folded)
    assert analysed.chars.split() == tokens(folded)
    assert [term.text for term in terms(text, ("char",))] == tokens(folded)
    assert set(analysed.facts.split()) == {term.text for term in terms(text, ("fact",))}
    assert [pair for pair in analysed.pairs.split() if pair != "|"] == [
        t.text for t in terms(text, ("pair",))
    ]
    passage = passage_terms(folded)
    assert passage.facts == analysed.facts
    assert set(passage.chars.split()) == set(analysed.chars.split())
    for unit in units(text):
        assert unit.tokens


@given(st.text("渠道窜货返利A9, \n", min_size=1, max_size=30), st.data())
def test_a_piece_of_a_text_is_a_run_of_its_tokens(text: str, data: st.DataObject) -> None:
    """No missing hit: what is cut at token borders from a text stands in its stream of chars."""
    all_terms = list(terms(text, ("char",)))
    if not all_terms:
        return
    first = data.draw(st.integers(0, len(all_terms) - 1))
    last = data.draw(st.integers(first, len(all_terms) - 1))
    piece = tokens(fold(text[all_terms[first].start : all_terms[last].end]).text)
    assert piece == [term.text for term in all_terms[first : last + 1]]


def test_analysis_costs_no_more_than_a_few_times_cutting_words() -> None:
    """A ratio, so that it holds on a busy machine too: words alone are cut at some 10 MB/s, the figure is 1 MB/s."""
    text = "\n".join(p.text for one in DOCUMENTS for file in one.files for p in file.passages) * 20
    folded = fold(text).text

    def least(work: Callable[[], object]) -> float:
        times = []
        for _ in range(4):
            started = time.process_time()
            work()
            times.append(time.process_time() - started)
        return min(times)

    assert least(lambda: field_terms(fold(text).text)) < 20 * least(lambda: rjieba.tokenize(folded, "search"))


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("电话138\n0013 8000转", "t13800138000"),
        ("电话1380\n0138000", "t13800138000"),
        ("于2024-03\n-05签署", "d2024-03-05"),
        ("于2024-\n03-05签署", "d2024-03-05"),
        ("金额12\n5000元", "n125000"),
        ("金额12.\n5万元", "n125000"),
        ("编号H2021-12\n34", "c:h20211234"),
    ],
)
def test_a_fact_torn_by_a_line_end_is_found_whole(text: str, term: str) -> None:
    assert term in list(torn_facts(text))


def test_numbers_below_one_another_are_no_amount() -> None:
    assert not [term for term in torn_facts("12\n3400\n56") if term.startswith("n")]
