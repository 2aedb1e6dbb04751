"""With whom a record deals and over how much, whatever its category calls that."""

import pytest

from service.domain.dealing import amount, customer
from service.scheme import starting_scheme

SCHEMAS = {category.code: category.schema for category in starting_scheme()}


@pytest.mark.parametrize(
    ("category", "fields", "expected"),
    [
        ("HT", {"party_a": "青禾饮品有限公司", "party_b": "华东经销商"}, "华东经销商"),
        ("HT", {"party_a": "华东经销商", "party_b": "青禾饮品有限公司"}, "华东经销商"),
        ("HT", {"party_a": "华东经销商"}, "华东经销商"),
        ("KH", {"full_name": "上海华联商厦有限公司", "short_name": "华联"}, "上海华联商厦有限公司"),
        ("XM", {"customer": "百盛"}, "百盛"),
        ("WD-HY", {"parties": ["甲公司", "乙公司"]}, "甲公司"),
        ("WL", {"correspondent": " 市工商联 "}, "市工商联"),
        ("SC", {"rivals": ["对手"]}, ""),
        ("HT", {"party_a": None, "party_b": ""}, ""),
        ("HT", {}, ""),
        ("WD", {"customer": "没有这一项"}, ""),
    ],
)
def test_the_other_party_is_found(category: str, fields: dict[str, object], expected: str) -> None:
    assert customer(fields, SCHEMAS[category], "青禾饮品有限公司") == expected


@pytest.mark.parametrize(
    ("category", "fields", "expected"),
    [
        ("HT", {"amount": 125000, "paid": 1}, 125000.0),
        ("HT", {"paid": 0.5}, 0.5),
        ("HT", {"amount": 0}, 0.0),
        ("HT", {"amount": "12万"}, None),
        ("HT", {"tax_rate": 13}, None),
        ("HD", {"total_cost": 98000.5}, 98000.5),
        ("WD", {}, None),
    ],
)
def test_the_amount_is_the_first_money_said(
    category: str, fields: dict[str, object], expected: float
) -> None:
    assert amount(fields, SCHEMAS[category]) == expected
