"""Reference codes: templates, what they are filled with, and that no two compartments share a code."""

import pytest

from service.domain.numbering import (
    CUSTOMER_TEMPLATE,
    DEFAULT_TEMPLATE,
    LETTERS,
    NumberRule,
    check_template,
    series,
)
from service.domain.permissions import COMPARTMENTS
from service.errors import Conflict

SAID = {
    "fonds": "Q001",
    "category": "HT",
    "year": "2024",
    "month": "05",
    "retention": "D30",
    "department": "XSB",
}


@pytest.mark.requirement("S-ID-2", "R-NUM-1")
def test_the_default_code_is_that_of_the_standard() -> None:
    counting = series(NumberRule(DEFAULT_TEMPLATE, "L1C"), SAID, "L1C")
    assert counting.code(7) == "Q001-HT·2024-D30-XSB-0007"


@pytest.mark.requirement("R-NUM-2")
def test_customers_are_numbered_by_month() -> None:
    assert series(NumberRule(CUSTOMER_TEMPLATE, "L0C"), SAID, "L0C").code(1) == "202405-0001"


@pytest.mark.requirement("R-SEC-7", "S-ID-1")
def test_each_compartment_has_a_series_of_its_own() -> None:
    rule = NumberRule(DEFAULT_TEMPLATE, "L1C")
    prefixes = {series(rule, SAID, place).prefix for place in COMPARTMENTS}
    assert len(prefixes) == len(COMPARTMENTS)
    assert series(rule, SAID, "L2C").code(1) == f"Q001-HT·2024-D30-XSB-{LETTERS['L2C']}0001"


def test_a_number_past_the_width_grows_longer() -> None:
    assert series(NumberRule("{year}-{seq:2}", "L0"), SAID, "L0").code(123) == "2024-123"


@pytest.mark.parametrize("part", ["year", "retention", "department"])
def test_nothing_is_numbered_without_what_its_code_says(part: str) -> None:
    with pytest.raises(Conflict, match="编不出档号"):
        series(NumberRule(DEFAULT_TEMPLATE, "L0"), SAID | {part: ""}, "L0")


@pytest.mark.parametrize(
    ("template", "code"),
    [
        ("", "too_long"),
        ("x" * 81, "too_long"),
        ("{year}-{place}-{seq}", "unknown_part"),
        ("{year} {seq}", "bad_character"),
        ("档{year}-{seq}", "bad_character"),
        ("{year}{seq}", "no_number"),
        ("{seq}-{year}", "no_number"),
        ("{year}-", "no_number"),
        ("{seq}-{seq}", "no_number"),
    ],
)
def test_templates_that_cannot_be(template: str, code: str) -> None:
    assert [fault.code for fault in check_template(template)] == [code]


def test_templates_that_can() -> None:
    for template in (
        DEFAULT_TEMPLATE,
        CUSTOMER_TEMPLATE.replace("}{seq", "}-{seq"),
        "{year}/{seq:3}",
        "A.{seq}",
    ):
        assert check_template(template) == []
