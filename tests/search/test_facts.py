"""Facts: every spelling of a date, amount, phone number or code gives one term."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.words.analysis import facts_in
from search.words.facts import chinese_number, fact_terms, facts, separate_facts
from search.words.folding import fold


def terms_of(text: str) -> set[str]:
    return {term for fact in facts_in(fold(text).text) for term in fact.terms}


@pytest.mark.requirement("R-SRC-2")
@pytest.mark.parametrize(
    "text",
    [
        "2024-03-05", "2024年3月5日", "二〇二四年三月五日", "二零二四年三月五日", "２０２４年０３月０５日", "2024/3/5",
        "2024.03.05", "20240305", "24年3月5日", "2024 年 3 月 5 日", "于2024年3月5号签", "二○二四年\n三月五日",
    ],
)  # fmt: skip
def test_a_day_in_any_spelling(text: str) -> None:
    assert {"d2024-03-05", "m2024-03", "y2024"} <= terms_of(text)


@pytest.mark.parametrize("text", ["2024-03", "2024年3月", "二〇二四年三月份", "2024/03", "24年3月"])
def test_a_month_in_any_spelling(text: str) -> None:
    found = terms_of(text)
    assert "m2024-03" in found
    assert not any(term.startswith("d") for term in found)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("二〇二四年十二月三十一日", "d2024-12-31"),
        ("2024年元月二十日", "d2024-01-20"),
        ("2024年十月廿一日", "d2024-10-21"),
    ],
)
def test_days_in_chinese_numerals(text: str, day: str) -> None:
    assert day in terms_of(text)


@pytest.mark.parametrize("text", ["2024-02-30", "2024-13-01", "24年", "2024年13月1日", "120240305"])
def test_what_is_no_day(text: str) -> None:
    assert not any(term.startswith(("d", "m")) for term in terms_of(text))


@pytest.mark.requirement("R-SRC-2")
@pytest.mark.parametrize(
    "text",
    [
        "12.5万", "125,000", "125000", "125000元", "12万5千", "12万5", "12.5w", "125k", "¥125,000.00", "十二万五千",
        "十二万五", "壹拾贰万伍仟元整", "１２．５萬元", "十二万\n五千元", "12.50万",
    ],
)  # fmt: skip
def test_an_amount_in_any_spelling(text: str) -> None:
    assert "n125000" in terms_of(text)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("1亿2000万", "n120000000"),
        ("3千", "n3000"),
        ("76.3w", "n763000"),
        ("0.5亿", "n50000000"),
        ("99.50元", "n99.5"),
    ],
)
def test_amounts(text: str, term: str) -> None:
    assert term in terms_of(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("一百零五", 105),
        ("二十", 20),
        ("十", 10),
        ("三千五", 3500),
        ("两亿三千万", 230_000_000),
        ("一万零五十", 10_050),
    ],
)
def test_chinese_numbers(text: str, number: int) -> None:
    assert chinese_number(text) == number


@pytest.mark.requirement("R-VAL-2")
@pytest.mark.parametrize("text", ["13800138000", "138 0013 8000", "138-0013-8000", "+86 138-0013-8000"])
def test_a_mobile_number_in_any_spelling(text: str) -> None:
    assert "t13800138000" in terms_of(text)


@pytest.mark.parametrize("text", ["010-88886666", "(010)88886666", "010 8888 6666", "01088886666"])
def test_a_landline_in_any_spelling(text: str) -> None:
    assert "t01088886666" in terms_of(text)


@pytest.mark.requirement("S-ID-1")
@pytest.mark.parametrize(
    "text", ["H2021-1234", "H2021·1234", "h2021_1234", "H2021.1234", "合同编号H2021/1234款", "H20211234"]
)
def test_a_code_with_any_separator_and_glued_to_chinese(text: str) -> None:
    assert "c:h20211234" in terms_of(text)


def test_a_reference_code_is_found_whole_and_by_part() -> None:
    found = terms_of("Q001-HT·2024-D30-XSB-0007")
    assert {"c:q001ht2024d30xsb0007", "c:q001ht2024", "c:xsb0007", "c:0007", "c:q001"} <= found


def test_long_paths_do_not_make_hundreds_of_terms() -> None:
    assert len(terms_of("/".join(f"part{n}" for n in range(9)))) == 1


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("HT-2024-03-05-007", ["c:ht20240305007"]),
        ("2024-03-05", ["d2024-03-05"]),
        ("202405-0001", ["c:2024050001"]),
        ("12.5万元", ["n125000"]),
        ("2024年3月5日 12.5万", ["d2024-03-05", "n125000"]),
    ],
)
def test_a_query_means_the_likeliest_of_several_readings(text: str, terms: list[str]) -> None:
    assert [fact.term for fact in separate_facts(fold(text).text)] == terms


@given(st.text("0123456789年月日-./,万亿千百十二三〇元wk:·() 号a\n", max_size=60))
def test_any_text_gives_facts_inside_it(text: str) -> None:
    for fact in facts(text):
        assert 0 <= fact.start < fact.end <= len(text)
        assert fact.terms[0] == fact.term
        assert all(" " not in term and len(term) <= 200 for term in fact.terms)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("2024年第三季度", "q2024-3"),
        ("24年三季度", "q2024-3"),
        ("二〇二四年3季度", "q2024-3"),
        ("2024q3", "q2024-3"),
        ("2024-q3", "q2024-3"),
        ("q3 2024", "q2024-3"),
        ("第四季", "q4"),
        ("渠道q1返利", "q1"),
        ("前三季度", ""),
        ("一至三季度", ""),
        ("四季如春", ""),
        ("ht-q3-0007", "c:htq30007"),
        ("ht-2024-q3", "c:ht2024q3"),
    ],
)
def test_a_quarter_is_one_term_in_every_spelling_and_a_code_stays_a_code(text: str, term: str) -> None:
    assert [fact.term for fact in separate_facts(text)] == ([term] if term else [])


@pytest.mark.parametrize("text", ["2024年7月1日", "2024-09-30", "20240815", "2024年8月"])
def test_every_day_and_month_of_a_quarter_has_its_term(text: str) -> None:
    assert "q2024-3" in fact_terms(text)
    assert "q2024-3" not in fact_terms("2024年6月30日,2024年10月1日")
