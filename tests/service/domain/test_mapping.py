"""Mapping from one version of a category to another: what is proposed, what a value becomes, and that nothing is lost."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.converting import converted, convertible
from service.domain.describing import check, is_blank, shown
from service.domain.fitting import fits
from service.domain.mapping import FieldMapping, FieldRule, faults_of, moved, proposed
from service.domain.schema_editing import KINDS, FieldDraft, schema_of
from service.scheme import starting_scheme

CHOICES = "a=甲类=First\nb=乙类=Second"


def schema(*drafts: FieldDraft) -> dict[str, Any]:
    return schema_of(drafts, {})


def a_field(kind: str, unit: str = "", choices: str = CHOICES) -> Mapping[str, Any]:
    made = schema(FieldDraft("one", "一", "One", kind, unit=unit, choices=choices))
    hints: Mapping[str, Any] = made["properties"]["one"]
    return hints


CONVERSIONS = [
    ("text", "1,280.50", "number", 1280.5),
    ("text", "１２８０", "integer", 1280),
    ("text", "48 万元", "money", 480_000),
    ("text", "叁拾陆万伍仟元整", "money", 365_000),
    ("text", "约 48 万", "money", "wrong_type"),
    ("text", "12.5", "integer", "wrong_type"),
    ("text", "-3", "money", "too_small"),
    ("text", "2026年3月5日", "date", "2026-03-05"),
    ("text", "2026.3.5", "date", "2026-03-05"),
    ("text", "2026-02-30", "date", "bad_date"),
    ("text", "三月初", "date", "bad_date"),
    ("text", "是", "boolean", True),
    ("text", "大概", "boolean", "wrong_type"),
    ("text", "乙类", "select", "b"),
    ("text", "second", "select", "b"),
    ("text", "丙类", "select", "not_in_list"),
    ("text", "甲类、乙类", "several", ["a", "b"]),
    ("text", "展台；灯光", "list", ["展台", "灯光"]),
    ("text", "、", "list", "wrong_type"),
    ("textarea", "一\n二", "text", "一 二"),
    ("textarea", "长" * 300, "text", "too_long"),
    ("select", "a", "text", "甲类"),
    ("select", "a", "several", ["a"]),
    ("several", ["a", "b"], "text", "甲类、乙类"),
    ("several", ["b"], "select", "b"),
    ("several", ["a", "b"], "select", "not_in_list"),
    ("boolean", False, "text", "否"),
    ("number", 2.5, "integer", "wrong_type"),
    ("integer", 7, "money", 7),
    ("text", "13800138000", "phone", "13800138000"),
    ("text", "找老王", "phone", "bad_phone"),
]


@pytest.mark.parametrize(("kind", "value", "to", "wanted"), CONVERSIONS)
def test_what_a_value_becomes_in_a_field_of_another_kind(kind: str, value: Any, to: str, wanted: Any) -> None:
    made = converted("one", value, a_field(kind), a_field(to), {})
    assert (made.fault.code if made.fault else made.value) == wanted


@pytest.mark.parametrize(
    ("units", "value", "wanted"),
    [
        (("万元", "元"), 48, 480_000),
        (("元", "万元"), 36_500, 3.65),
        (("", "元"), 7, 7),
        (("个", "台"), 3, "other_unit"),
        (("吨", "万元"), 3, "other_unit"),
    ],
)
def test_a_number_in_another_unit_is_another_number(
    units: tuple[str, str], value: float, wanted: Any
) -> None:
    made = converted("one", value, a_field("number", units[0]), a_field("number", units[1]), {})
    assert (made.fault.code if made.fault else made.value) == wanted
    assert fits(
        schema(FieldDraft("one", "一", "", "number", unit=units[0])),
        schema(FieldDraft("one", "一", "", "number", unit=units[1])),
    ) is (units[0] == "")
    assert shown(480_000, {}) == "480000"
    assert converted("one", 48, a_field("number", "万元"), a_field("text"), {}).value == "48万元"


def test_choices_go_where_the_mapping_sends_them() -> None:
    old, new = a_field("select"), a_field("select", choices="x=甲等=X\nb=乙类=B")
    assert converted("one", "a", old, new, {"a": "x"}).value == "x"
    assert converted("one", "b", old, new, {}).value == "b"
    for choices in ({}, {"a": ""}, {"a": "gone"}):
        refused = converted("one", "a", old, new, choices).fault
        assert refused is not None
        assert (refused.code, refused.params["value"]) == ("not_in_list", "甲类")
    relabelled = a_field("select", choices="x=甲类=X")
    assert converted("one", "a", old, relabelled, {}).value == "x"
    assert converted("one", "a", old, relabelled, {"a": ""}).fault is not None


OLD = schema(
    FieldDraft("amount", "金额", "Amount", "text"),
    FieldDraft("kind", "类型", "Kind", "select", choices=CHOICES),
    FieldDraft("spare", "备用说明", "Spare", "textarea"),
    FieldDraft("mobile", "手机", "Mobile", "phone", personal=True),
    FieldDraft("party", "甲方单位", "Party A", "party"),
)
NEW = schema(
    FieldDraft("amount", "金额", "Amount", "money", unit="元"),
    FieldDraft("kind", "类型", "Kind", "select", choices="first=甲类（新）=First\nb=乙类=Second"),
    FieldDraft("party_a", "甲方", "Party A", "party"),
    FieldDraft("signed", "签订日期", "Signed on", "date", required=True),
)


@pytest.mark.requirement("R-CAT-1", "R-AUD-3")
def test_what_is_proposed_is_what_is_called_alike() -> None:
    mapping = proposed(OLD, NEW)
    assert {one.key: one.source for one in mapping.rules} == {
        "amount": "amount",
        "kind": "kind",
        "party_a": "party",
        "signed": "",
    }
    assert next(one for one in mapping.rules if one.key == "kind").choices == {"a": "first"}
    assert mapping.dropped == {"spare": "note", "mobile": "history"}
    assert FieldMapping.of(mapping.stored()) == mapping
    assert faults_of(mapping, OLD, NEW) == []


@pytest.mark.requirement("R-CAT-1", "R-AUD-3")
def test_a_description_is_moved_whole_or_its_record_stays() -> None:
    mapping = proposed(OLD, NEW)
    said = {"amount": "48 万元", "kind": "a", "spare": "旧注", "mobile": "13800138000", "party": "嘉禾"}
    made = moved(said, "原有", mapping, (OLD, NEW))
    assert made.fields == {"amount": 480_000, "kind": "first", "party_a": "嘉禾"}
    assert (made.note, made.open, made.stays) == ("原有\n备用说明：旧注", ["signed"], False)
    refused = moved(said | {"amount": "面议"}, "", mapping, (OLD, NEW))
    assert [(one.label, one.value, one.stays) for one in refused.findings] == [("金额", "面议", True)]
    rules = [replace(one, otherwise="note") for one in mapping.rules]
    noted = moved(said | {"amount": "面议"}, "", replace(mapping, rules=tuple(rules)), (OLD, NEW))
    assert (noted.stays, noted.note) == (False, "金额：面议\n备用说明：旧注")
    unsaid = moved(said, "", replace(mapping, dropped={}), (OLD, NEW))
    assert unsaid.note == "备用说明：旧注"  # a telephone number goes nowhere unless somebody sends it
    full = moved(said, "满" * 4995, mapping, (OLD, NEW))
    assert [(one.label, one.fault.code) for one in full.findings if one.stays] == [("附注", "too_long")]


def test_a_default_counts_where_nothing_was_said() -> None:
    rules = {one.key: one for one in proposed(OLD, NEW).rules}
    rules["signed"] = replace(rules["signed"], default="2026-01-01")
    rules["amount"] = replace(rules["amount"], default="10")
    mapping = FieldMapping(tuple(rules.values()))
    assert moved({}, "", mapping, (OLD, NEW)).fields == {"amount": 10, "signed": "2026-01-01"}
    assert moved({"amount": "7"}, "", mapping, (OLD, NEW)).fields["amount"] == 7


def test_each_fault_of_a_mapping() -> None:
    def codes(*rules: FieldRule, **dropped: str) -> list[tuple[str, str]]:
        return [(one.path, one.code) for one in faults_of(FieldMapping(rules, dropped), OLD, NEW)]

    assert codes(FieldRule("nix")) == [("nix.key", "unknown_field")]
    assert codes(FieldRule("amount", "nix")) == [("amount.source", "unknown_field")]
    assert codes(FieldRule("signed", "mobile")) == [("signed.source", "not_convertible")]
    assert codes(FieldRule("amount", default="面议")) == [("amount.default", "wrong_type")]
    assert codes(FieldRule("kind", "kind", choices={"a": "nix"})) == [("kind.choices", "not_in_list")]
    assert codes(FieldRule("amount"), FieldRule("amount")) == [("", "repeated")]
    assert codes(spare="away") == [("spare.dropped", "not_in_list")]
    assert codes(FieldRule("amount", otherwise="lose")) == [("amount.otherwise", "not_in_list")]  # type: ignore[arg-type]


def test_the_versions_that_the_program_brings_fit_themselves_and_map_without_a_change() -> None:
    for one in starting_scheme():
        assert fits(one.schema, one.schema)
        mapping = proposed(one.schema, one.schema)
        assert all(rule.source == rule.key for rule in mapping.rules)
        assert not mapping.dropped
    assert not fits(OLD, NEW)


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=30)
VALUES = st.one_of(
    TEXTS,
    st.sampled_from(["48 万元", "2026年3月5日", "甲类", "甲类、乙类", "是", "13800138000", "1,000"]),
    st.integers(-(10**9), 10**9),
    st.floats(-(10**9), 10**9).map(lambda value: round(value, 2)),
    st.booleans(),
    st.lists(TEXTS.filter(str.strip), max_size=4, unique=True),
    st.sampled_from([["a"], ["a", "b"], "a", "b"]),
)


@given(st.sampled_from(sorted(KINDS)), st.sampled_from(sorted(KINDS)), VALUES)
@settings(max_examples=200, deadline=None)
def test_what_comes_out_keeps_the_rules_of_its_field_or_there_is_a_fault(
    kind: str, to: str, value: Any
) -> None:
    old, new = a_field(kind), a_field(to)
    if check({"one": value}, {"properties": {"one": old}}, complete=False):
        return  # nobody could have said that
    made = converted("one", value, old, new, {})
    assert is_blank(made.value) is (is_blank(value) or made.fault is not None)
    if not is_blank(made.value):
        assert check({"one": made.value}, {"properties": {"one": new}}, complete=False) == []
    if kind == to and made.value is not None:
        assert made.value == value
    assert convertible(old, old)


@given(
    st.fixed_dictionaries(
        {}, optional={"amount": TEXTS, "kind": st.sampled_from("ab"), "spare": TEXTS, "party": TEXTS}
    )
)
@settings(max_examples=60, deadline=None)
def test_no_value_is_lost(said: dict[str, str]) -> None:
    made = moved(said, "", proposed(OLD, NEW), (OLD, NEW))
    told = [one.value for one in made.findings]
    sources = {"amount": "amount", "kind": "kind", "party": "party_a"}
    for name, value in said.items():
        if not is_blank(value):
            kept = sources.get(name, "") in made.fields or value[:20] in made.note
            assert kept or made.stays, (name, value, told)
