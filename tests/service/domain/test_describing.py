"""Descriptions: every fault of core and fields has its code, its place and a sentence that can be filled."""

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.domain.dates import read_date
from service.domain.describing import check, check_core, missing, names, searchable, shown
from service.domain.holdings import Description
from service.domain.wording import MESSAGES
from service.errors import Fault
from service.scheme import starting_scheme

SCHEME = {category.code: category.schema for category in starting_scheme()}
CONTRACT = {
    "contract_no": "XS-2024-017",
    "contract_kind": "sale",
    "party_a": "华东恒信商贸有限公司",
    "party_b": "本公司",
    "signed_on": "2024-03-12",
    "amount": 1280000.5,
}


def schema(**field: Any) -> dict[str, Any]:
    """A category with the one field `x`."""
    return {"type": "object", "properties": {"x": {"title": "字段", "x-title-en": "Field", **field}}}


def told(faults: list[Fault]) -> list[tuple[str, str]]:
    return [(fault.path, fault.code) for fault in faults]


def test_a_complete_contract_has_no_fault() -> None:
    assert check(CONTRACT, SCHEME["HT"], complete=True) == []


@pytest.mark.requirement("R-VAL-6")
def test_required_fields_are_missing_only_where_completeness_is_asked_for() -> None:
    started = {"contract_no": "XS-1", "party_a": "  "}
    assert check(started, SCHEME["HT"], complete=False) == []
    assert told(check(started, SCHEME["HT"], complete=True)) == [
        ("fields.contract_kind", "required"),
        ("fields.party_a", "required"),
        ("fields.party_b", "required"),
        ("fields.signed_on", "required"),
    ]
    assert missing(started, SCHEME["HT"]) == ["contract_kind", "party_a", "party_b", "signed_on"]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ({"type": "string"}, 5, "wrong_type"),
        ({"type": "string"}, {"$ne": ""}, "wrong_type"),
        ({"type": "string"}, {}, "wrong_type"),
        ({"type": "string"}, ["a"], "wrong_type"),
        ({"type": "string"}, True, "wrong_type"),
        ({"type": "string"}, "a\x00b", "control_character"),
        ({"type": "string"}, "a\nb", "control_character"),
        ({"type": "string"}, "a\x85b", "control_character"),
        ({"type": "string"}, "a\ud800b", "not_unicode"),
        ({"type": "string", "maxLength": 3}, "一二三四", "too_long"),
        ({"type": "string"}, "长" * 20_001, "too_long"),
        ({"type": "string", "minLength": 2}, "一", "too_short"),
        ({"type": "string", "pattern": "^[0-9]+$"}, "12a", "bad_pattern"),
        ({"type": "string", "enum": ["sale"]}, "buy", "not_in_list"),
        ({"type": "string", "format": "date"}, "2024-02-30", "bad_date"),
        ({"type": "string", "format": "date"}, "20240301", "bad_date"),
        ({"type": "string", "format": "date"}, "2024-W01-1", "bad_date"),
        ({"type": "string", "format": "date"}, "0999-01-01", "bad_date"),
        ({"type": "string", "format": "date"}, "２０２４-03-01", "bad_date"),
        ({"type": "string", "format": "phone"}, "138 0013 8000", "bad_phone"),
        ({"type": "string", "format": "phone"}, "1380013800", "bad_phone"),
        ({"type": "string", "format": "phone"}, "02112345678", "bad_phone"),
        ({"type": "string", "format": "phone"}, "١٣٨٠٠١٣٨٠٠٠", "bad_phone"),
        ({"type": "string", "format": "email"}, "王@", "bad_email"),
        ({"type": "number"}, "12", "wrong_type"),
        ({"type": "number"}, True, "wrong_type"),
        ({"type": "number"}, float("nan"), "not_finite"),
        ({"type": "number"}, float("inf"), "not_finite"),
        ({"type": "number"}, 10**400, "too_large"),
        ({"type": "number"}, -(10**17), "too_small"),
        ({"type": "number", "minimum": 0}, -0.01, "too_small"),
        ({"type": "number", "maximum": 100}, 100.5, "too_large"),
        ({"type": "number", "x-decimals": 2}, 0.125, "too_many_decimals"),
        ({"type": "number", "x-decimals": 2}, 1e-7, "too_many_decimals"),
        ({"type": "integer"}, 1.5, "wrong_type"),
        ({"type": "boolean"}, "yes", "wrong_type"),
        ({"type": "array", "items": {"type": "string"}}, "张三", "wrong_type"),
        ({"type": "array", "items": {"type": "string"}, "maxItems": 1}, ["a", "b"], "too_many"),
        ({"type": "array", "items": {"type": "string"}}, ["a"] * 501, "too_many"),
        ({"type": "array", "items": {"type": "string"}, "uniqueItems": True}, ["a", "a"], "repeated"),
        ({"type": "string", "not": {}}, "a", "breaks_schema"),
    ],
)
def test_each_wrong_value_has_its_code_at_its_field(field: dict[str, Any], value: object, code: str) -> None:
    (fault,) = check({"x": value}, schema(**field), complete=False)
    assert (fault.path, fault.code) == ("fields.x", code)
    assert "字段" in fault.message % fault.params
    assert fault.params["label_en"] == "Field"


@pytest.mark.parametrize(
    ("items", "value", "code"),
    [
        ({"type": "string"}, ["a", 5], "wrong_type"),
        ({"type": "string"}, ["a", ["b"]], "wrong_type"),
        ({"type": "string"}, ["a", None], "wrong_type"),
        ({"type": "string"}, ["a", "b\x07"], "control_character"),
        ({"type": "string", "enum": ["a"]}, ["a", "b"], "not_in_list"),
        ({"type": "string", "minLength": 1}, ["a", ""], "too_short"),
    ],
)
def test_a_fault_in_a_list_names_the_entry(items: dict[str, Any], value: list[object], code: str) -> None:
    (fault,) = check({"x": value}, schema(type="array", items=items), complete=False)
    assert (fault.path, fault.code) == ("fields.x.1", code)
    assert "字段" in fault.message % fault.params


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ({"type": "string"}, ""),
        ({"type": "number"}, None),
        ({"type": "array", "items": {"type": "string"}}, []),
        ({"type": "string", "x-widget": "textarea"}, "第一行\n\t第二行\r\n"),
        ({"type": "number", "x-decimals": 2}, 0.07),
        ({"type": "number", "x-decimals": 2}, 1234567890123.45),
        ({"type": "number", "x-decimals": 2}, 1e12),
        ({"type": "integer"}, 3.0),
        ({"type": "string", "format": "date"}, "2024-02-29"),
        ({"type": "string", "format": "date"}, "1000-01-01"),
        ({"type": "string", "format": "date"}, "9999-12-31"),
        ({"type": "string", "format": "email"}, "li@example.com"),
        ({"type": "string"}, "𠮷野家 ﬀ 👍"),
    ],
)
def test_what_is_right_is_accepted(field: dict[str, Any], value: object) -> None:
    assert check({"x": value}, schema(**field), complete=False) == []


@pytest.mark.requirement("R-VAL-2")
@pytest.mark.parametrize(
    "number",
    ["13800138000", "021-12345678", "0755-1234567", "021-12345678-806", "400-800-8820", "+852-21234567"],
)
def test_phone_numbers_as_people_write_them(number: str) -> None:
    assert check({"x": number}, schema(type="string", format="phone"), complete=False) == []


def test_a_field_that_the_category_does_not_have_is_refused_by_name() -> None:
    (fault,) = check({"合同额": 5}, SCHEME["HT"], complete=False)
    assert (fault.path, fault.code) == ("fields.合同额", "unknown_field")
    assert fault.message % fault.params == "本类别没有字段“合同额”"


def test_unknown_names_are_told_in_a_form_that_can_be_sent() -> None:
    faults = check({f"{'长' * 100}{place}\ud800": 1 for place in range(200)}, SCHEME["HT"], complete=False)
    assert len(faults) == 50
    assert all(len(fault.path) < 60 and fault.path.encode() for fault in faults)


def test_a_schema_without_fields_takes_none() -> None:
    assert told(check({"x": 1}, {}, complete=True)) == [("fields.x", "unknown_field")]


def test_all_faults_come_at_once_in_the_order_of_the_form() -> None:
    wrong = CONTRACT | {
        "amount": float("nan"),
        "extra": 1,
        "signed_on": "2024-13-01",
        "contract_kind": "gift",
    }
    assert told(check(wrong, SCHEME["HT"], complete=True)) == [
        ("fields.contract_kind", "not_in_list"),
        ("fields.signed_on", "bad_date"),
        ("fields.amount", "not_finite"),
        ("fields.extra", "unknown_field"),
    ]


@pytest.mark.requirement("R-VAL-8")
def test_a_term_cannot_end_before_it_starts() -> None:
    dates = {"starts_on": "2024-05-01", "ends_on": "2024-04-30"}
    (fault,) = check(dates, SCHEME["HT"], complete=False)
    assert (fault.path, fault.code) == ("fields.ends_on", "before_start")
    assert fault.message % fault.params == "“合同终止日期”早于“合同起始日期”，核对两个日期"
    assert check(dates | {"ends_on": "2024-05-01"}, SCHEME["HT"], complete=False) == []
    assert told(check(dates | {"starts_on": "someday"}, SCHEME["HT"], complete=False)) == [
        ("fields.starts_on", "bad_date")
    ]


def test_a_wrong_choice_is_answered_with_the_choices_in_chinese() -> None:
    (fault,) = check({"contract_kind": "x" * 90}, SCHEME["HT"], complete=False)
    assert "购销合同" in fault.message % fault.params
    assert "x" * 50 not in fault.message % fault.params


def test_words_in_a_sentence_have_their_english_beside_them() -> None:
    (choice,) = check({"industry": "x"}, SCHEME["SC"], complete=False)
    assert str(choice.params["allowed"]).endswith("其他采矿业等")
    assert str(choice.params["allowed_en"]).startswith("Agriculture, Forestry")
    (kind,) = check({"x": "1"}, schema(type=["number", "boolean"]), complete=False)
    assert (kind.params["expected"], kind.params["expected_en"]) == ("数字或是或否", "a number or yes or no")
    (pattern,) = check({"customer_no": "2024-1"}, SCHEME["KH"], complete=False)
    assert "Year, month" in str(pattern.params["hint_en"])


def test_values_are_shown_in_english_too() -> None:
    hints = SCHEME["HT"]["properties"]
    assert shown("sale", hints["contract_kind"], "en") == "Purchase and sale"
    assert shown(["a", "b"], hints["other_parties"], "en") == "a, b"
    assert (shown(True, {}), shown(False, {}, "en")) == ("是", "No")


def test_a_wrong_pattern_is_answered_with_the_help_text_of_the_field() -> None:
    (fault,) = check({"customer_no": "2024-1"}, SCHEME["KH"], complete=False)
    assert "202405-0001" in fault.message % fault.params


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from(["contract_no", "amount", "signed_on", "other_parties", "contract_kind", "nothing"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
            max_leaves=6,
        ),
    )
)
def test_no_input_whatever_breaks_the_check(fields: dict[str, Any]) -> None:
    for fault in check(fields, SCHEME["HT"], complete=True):
        assert fault.path.startswith("fields.")
        assert fault.message == MESSAGES[fault.code]
        assert fault.message % fault.params


@pytest.mark.parametrize(
    ("described", "path", "code"),
    [
        (Description(title=""), "title", "required"),
        (Description(title=" \u3000"), "title", "required"),
        (Description(title="长" * 501), "title", "too_long"),
        (Description(title="第一行\n第二行"), "title", "control_character"),
        (Description(title="\udc80"), "title", "not_unicode"),
        (Description(department="部" * 101), "department", "too_long"),
        (Description(responsible="人" * 201), "responsible", "too_long"),
        (Description(doc_no="号" * 101), "doc_no", "too_long"),
        (Description(doc_no="\x1b[2J"), "doc_no", "control_character"),
        (Description(original_place="处" * 201), "original_place", "too_long"),
        (Description(note="注" * 5001), "note", "too_long"),
        (Description(secrecy="L4"), "secrecy", "not_in_list"),
        (Description(secrecy=""), "secrecy", "not_in_list"),
        (Description(retention="D20"), "retention", "not_in_list"),
        (Description(copy_status="fax"), "copy_status", "not_in_list"),
        (Description(language="中文"), "language", "bad_language"),
        (Description(language="zh_CN"), "language", "bad_language"),
        (Description(language=""), "language", "bad_language"),
        (Description(language="zh" + "-hant" * 8), "language", "bad_language"),
        (Description(date=date(999, 12, 31)), "date", "bad_date"),
        (Description(keywords=("词",) * 51), "keywords", "too_many"),
        (Description(keywords=("渠道", " ")), "keywords.1", "required"),
        (Description(keywords=("渠道", "词" * 51)), "keywords.1", "too_long"),
        (Description(keywords=("\x00",)), "keywords.0", "control_character"),
    ],
)
def test_each_fault_of_the_core(described: Description, path: str, code: str) -> None:
    (fault,) = check_core(described)
    assert (fault.path, fault.code) == (path, code)
    assert fault.message % fault.params


@pytest.mark.requirement("S-MD-1")
def test_a_full_core_has_no_fault() -> None:
    described = Description(
        title="2024 年度华东区渠道合作合同",
        date=date(2024, 3, 12),
        department="销售部",
        responsible="华东恒信商贸有限公司",
        doc_no="销合〔2024〕17 号",
        secrecy="L1",
        retention="PERMANENT",
        copy_status="copy",
        original_place="综合管理部 2 号柜",
        language="zh-Hant",
        keywords=("渠道", "华东"),
        note="附审批单。\n复印件一份。",
    )
    assert check_core(described) == []


def test_nothing_said_is_no_fault() -> None:
    assert check_core(Description()) == []
    assert check_core(Description(copy_status="", retention="")) == []


def test_search_finds_labels_amounts_dates_and_choices_as_people_write_them() -> None:
    fields = CONTRACT | {"amount": 1280000.0, "other_parties": ["甲公司", "乙公司"], "tax_rate": 13}
    found = searchable(fields, SCHEME["HT"])
    assert found["合同金额"] == "1280000"
    assert found["签订日期"] == "2024-03-12"
    assert found["合同种类"] == "购销合同"
    assert found["其他各方"] == "甲公司、乙公司"
    assert "税率" not in found


@pytest.mark.parametrize(
    ("amount", "text"), [(0.07, "0.07"), (1e21 / 1e9, "1000000000000"), (99.5, "99.5"), (100, "100")]
)
def test_amounts_are_digits_without_exponent(amount: float, text: str) -> None:
    assert searchable({"x": amount}, schema(type="number", **{"x-searchable": True})) == {"字段": text}


@pytest.mark.requirement("R-PRV-4")
def test_hobbies_family_and_home_phone_are_not_searched() -> None:
    private = {"hobbies": "钓鱼", "family": "一子", "home_phone": "021-12345678"}
    assert searchable(private, SCHEME["KH"]) == {}


def test_names_of_persons_and_parties_come_once_each() -> None:
    fields = {
        "chair": "王芳",
        "attendees": ["李强", " 王芳 ", "赵敏"],
        "parties": ["恒信商贸"],
        "place": "三楼",
    }
    assert names(fields, SCHEME["WD-HY"]) == ["王芳", "李强", "赵敏", "恒信商贸"]


def test_read_date_takes_real_days_only() -> None:
    assert read_date("2024-02-29") == date(2024, 2, 29)
    assert read_date("2023-02-29") is None
    assert read_date("2024-2-9") is None
