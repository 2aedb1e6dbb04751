"""The starting scheme: complete, sound as JSON Schema, and in the dialect that forms and search read."""

import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from service.domain.describing import RETENTIONS, check
from service.domain.permissions import SECRECY
from service.scheme import StartingCategory, starting_scheme

SCHEME = {category.code: category for category in starting_scheme()}
WIDGETS = {"text", "textarea", "date", "money", "number", "select", "person", "party", "record", "phone"}
FIELDS = [
    pytest.param(category, name, hints, id=f"{category.code}.{name}")
    for category in SCHEME.values()
    for name, hints in category.schema["properties"].items()
]
each_category = pytest.mark.parametrize(
    "category", [pytest.param(one, id=one.code) for one in SCHEME.values()]
)
each_field = pytest.mark.parametrize(("category", "name", "hints"), FIELDS)


@pytest.mark.requirement("R-CAT-1")
def test_every_category_of_the_requirements_is_there() -> None:
    wanted = {"KH", "XM", "HT", "QD", "HZ", "SC", "HD", "WD", "NB", "WL", "RY", "CP", "XC", "MT"}
    assert wanted <= set(SCHEME)
    assert SCHEME["WD-HY"].parent == "WD"
    assert SCHEME["WD-HY"].name == "会议纪要"


@pytest.mark.requirement("R-SEC-4")
def test_customers_contracts_and_project_sales_are_core_secrets() -> None:
    kept = {code for code, category in SCHEME.items() if category.core_secret}
    assert {code for code in kept if not SCHEME[code].parent} == {"KH", "HT", "XM"}
    assert kept == {code for code in SCHEME if code.partition("-")[0] in ("KH", "HT", "XM")}


@each_category
def test_a_category_has_values_that_the_archive_knows(category: StartingCategory) -> None:
    assert category.secrecy in SECRECY
    assert category.retention in RETENTIONS
    assert category.parent in ("", *SCHEME)
    assert category.name
    assert category.name_en.isascii()
    assert category.version >= 1


@pytest.mark.requirement("R-CAT-3")
@each_category
def test_a_category_says_what_is_filed_in_it(category: StartingCategory) -> None:
    assert len(category.filing_scope) > 10


@each_category
def test_a_schema_is_sound_json_schema_that_the_database_can_keep(category: StartingCategory) -> None:
    Draft202012Validator.check_schema(category.schema)
    assert not [key for key in keys(category.schema) if key.startswith("$") or "." in key]
    assert category.schema["additionalProperties"] is False
    assert set(category.schema["required"]) <= set(category.schema["properties"])
    assert {hints["x-group"] for hints in category.schema["properties"].values()} == set(
        category.schema["x-groups"]
    )


@each_category
def test_labels_are_unique_because_search_shows_fields_by_them(category: StartingCategory) -> None:
    for key in ("title", "x-title-en"):
        labels = [hints[key] for hints in category.schema["properties"].values()]
        assert len(labels) == len(set(labels))


@each_category
def test_an_empty_draft_is_allowed_in_every_category(category: StartingCategory) -> None:
    assert check({}, category.schema, complete=False) == []
    assert [fault.code for fault in check({}, category.schema, complete=True)] == ["required"] * len(
        category.schema["required"]
    )


@each_field
def test_a_field_can_be_drawn_and_says_who_asks_for_it(
    category: StartingCategory, name: str, hints: dict[str, Any]
) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
    assert hints["title"]
    assert hints["x-title-en"]
    assert hints["x-widget"] in WIDGETS
    assert re.fullmatch(r"[RS](-[A-Z]+)+-\d+", hints["x-requirement"][0])
    assert ("description" in hints) == ("x-description-en" in hints)
    assert hints.get("x-not-before", name) in category.schema["properties"]


@each_field
def test_a_field_takes_a_bounded_value_of_its_widget(
    category: StartingCategory, name: str, hints: dict[str, Any]
) -> None:
    value = hints.get("items", hints)
    if hints["x-widget"] in ("money", "number"):
        assert value["minimum"] < value["maximum"] < 2**53
    elif hints["x-widget"] == "date":
        assert value["format"] == "date"
    elif hints["x-widget"] == "select":
        assert set(value["enum"]) == set(value["x-enum-labels"])
        assert all(set(label) == {"zh", "en"} for label in value["x-enum-labels"].values())
        assert (
            check(
                {name: [value["enum"][0]] if "items" in hints else value["enum"][0]},
                category.schema,
                complete=False,
            )
            == []
        )
    else:
        assert value["maxLength"] <= 5000
    if hints["x-widget"] == "money":
        assert (hints["x-unit"], hints["x-decimals"]) == ("元", 2)


@pytest.mark.requirement("R-VAL-5", "R-VAL-3")
def test_provinces_and_industries_are_the_official_lists() -> None:
    fields = SCHEME["KH"].schema["properties"]
    assert len(fields["province"]["enum"]) == 34
    assert fields["industry"]["enum"] == [f"{number:02}" for number in range(1, 98)]
    assert fields["industry"]["x-enum-labels"]["65"]["zh"] == "软件和信息技术服务业"


def test_fields_keep_the_order_of_their_file() -> None:
    fields = SCHEME["HT"].schema["properties"]
    assert [hints["x-order"] for hints in fields.values()] == list(range(1, len(fields) + 1))


def keys(value: Any) -> list[str]:
    if isinstance(value, list):
        return [key for entry in value for key in keys(entry)]
    if isinstance(value, dict):
        return [*value, *(key for entry in value.values() for key in keys(entry))]
    return []
