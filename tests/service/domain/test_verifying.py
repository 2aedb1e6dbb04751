"""Doubts: each rule fires where it should and is silent elsewhere; who is the same whatever he is called."""

from datetime import date
from typing import Any

import pytest

from service.domain.matching import keys_of
from service.domain.verifying import Said, doubts, unanswered
from service.scheme import cities, starting_scheme

SCHEMA = {one.code: one.schema for one in starting_scheme()}
REGIONS = cities()
TODAY = date(2026, 3, 2)


def keys(category: str, fields: dict[str, Any], day: date | None = None) -> set[str]:
    return {one.key for one in doubts(Said(fields, day, TODAY), SCHEMA[category], REGIONS)}


@pytest.mark.requirement("R-VAL-8", "R-VAL-1")
@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"customer_kind": "person", "registered_capital": 5}, "person_as_company"),
        ({"customer_kind": "organisation", "short_name": "嘉禾", "age": 30}, "company_as_person"),
        ({"customer_kind": "organisation", "full_name": "上海嘉禾贸易有限公司"}, "no_short_name"),
        ({"segment": "future", "last_dealing": "2026-01-01"}, "future_dealing"),
        ({"segment": "current", "stage": "lost"}, "lost_current"),
        ({"segment": "future", "stage": "won"}, "won_future"),
        ({"source": "referral"}, "no_referrer"),
        ({"urgency": "urgent", "intent": "low"}, "urgent_low"),
        ({"founded": "2020-01-01", "dealing_since": "2019-01-01"}, "founded_late"),
        ({"first_contact": "2020-01-01", "dealing_since": "2019-01-01"}, "contact_late"),
        ({"credit_grade": "D", "credit_limit": 1000}, "credit_low"),
        ({"full_name": "嘉禾", "short_name": "嘉禾"}, "same_names"),
        ({"contact_name": "王总"}, "title_contact_name"),
        ({"full_name": "王经理"}, "title_full_name"),
        ({"phone": "0571-1234567"}, "phone_phone"),
    ],
)
def test_what_contradicts_itself_is_to_be_verified(fields: dict[str, Any], key: str) -> None:
    assert keys("KH", fields) == {key}


@pytest.mark.requirement("R-VAL-8")
def test_contracts_have_doubts_of_their_own() -> None:
    assert keys("HT", {"paid": 20, "amount": 10}) == {"overpaid"}
    assert keys("HT", {"signed_on": "2026-02-01", "starts_on": "2026-01-01"}) == {"signed_late"}
    assert keys("HT", {"status": "disputed"}) == {"no_dispute"}
    assert (
        keys("HT", {"paid": 10, "amount": 10, "signed_on": "2026-01-01", "starts_on": "2026-01-01"}) == set()
    )
    assert keys("HT", {}, date(2026, 3, 3)) == {"future"}
    assert keys("HT", {}, TODAY) == set()


@pytest.mark.requirement("R-VAL-5")
@pytest.mark.parametrize(
    ("province", "city", "key"),
    [
        ("44", "佛山", ""),
        ("44", "佛山市", ""),
        ("31", "上海", ""),
        ("31", "浦东新区", ""),
        ("42", "仙桃市", ""),
        ("51", "凉山彝族自治州", ""),
        ("71", "台北", ""),
        ("", "", ""),
        ("32", "佛山市", "region_elsewhere"),
        ("44", "不知何处", "city_unknown"),
        ("44", "", "region_half"),
        ("", "佛山市", "region_half"),
    ],
)
def test_a_region_is_a_province_and_one_of_its_cities(province: str, city: str, key: str) -> None:
    assert keys("KH", {"province": province, "city": city}) == ({key} if key else set())
    assert keys("QD", {"province": province, "city": city}) == set()  # channels have no city


@pytest.mark.requirement("R-VAL-5")
def test_every_province_of_the_list_has_its_cities() -> None:
    provinces = SCHEMA["KH"]["properties"]["province"]["enum"]
    assert set(provinces) - set(REGIONS) == {"71", "81", "82"}
    assert sum(map(len, REGIONS.values())) > 400


@pytest.mark.requirement("R-VAL-2")
@pytest.mark.parametrize("number", ["13800138000", "021-62345678", "400-820-8820", "95588", "+1-2025550123"])
def test_numbers_that_exist_raise_no_doubt(number: str) -> None:
    assert keys("KH", {"phone": number}) == set()


@pytest.mark.requirement("R-VAL-8")
def test_an_answer_counts_while_the_values_stay() -> None:
    said = {"credit_grade": "D", "credit_limit": 1000}
    (one,) = doubts(Said(said, None, TODAY), SCHEMA["KH"], REGIONS)
    answers = {one.key: {"digest": one.digest}}
    assert unanswered([one], answers) == []
    (other,) = doubts(Said(said | {"credit_limit": 2000}, None, TODAY), SCHEMA["KH"], REGIONS)
    assert unanswered([other], answers) == [other]


@pytest.mark.requirement("R-VAL-11")
def test_titles_legal_forms_and_ways_of_writing_make_no_new_party() -> None:
    def of(**fields: str) -> set[str]:
        return set(keys_of("KH", fields, SCHEMA["KH"]))

    wang = of(full_name="王总", mobile="13800138000")
    assert wang
    assert (
        wang == of(full_name="王经理", mobile="+86-13800138000") == of(full_name="王", mobile="13800138000")
    )
    assert not wang & of(full_name="王总", mobile="13900139000")
    assert not wang & of(full_name="李总", mobile="13800138000")
    firm = of(full_name="上海（嘉禾）贸易有限公司", email="A@x.cn")
    assert firm == of(full_name="上海(嘉禾)贸易有限公司", email="a@X.cn")
    assert (
        firm
        == of(full_name="上海嘉禾贸易有限责任公司", email="a@x.cn")
        == of(full_name="上海嘉禾贸易", email="a@x.cn")
    )
    assert not firm & of(full_name="上海嘉禾物流有限公司", email="a@x.cn")
    abroad = of(full_name="Jiahe Trading Co., Ltd.", email="a@x.cn")
    assert (
        abroad
        == of(full_name="JIAHE TRADING", email="a@x.cn")
        == of(full_name="Jiahe Trading LLC", email="a@x.cn")
    )
    person = of(contact_name="Mr. John Smith", phone="021-12345678")
    assert person == of(contact_name="john smith", phone="021-12345678")
    assert of(contact_name="欧阳娜娜总经理", mobile="13800138000") == of(
        contact_name="欧阳娜娜", mobile="13800138000"
    )
    assert of(contact_name="约翰·史密斯先生", mobile="13800138000") == of(
        contact_name="约翰·史密斯", mobile="13800138000"
    )
    assert of(full_name="北京阿尔法老总", mobile="13800138000") != of(
        full_name="北京阿尔法老", mobile="13800138000"
    )
    assert of(full_name="责任有限公司", mobile="13800138000")
    assert of(full_name="王芳") == set()
    assert not wang & set(keys_of("QD", {"channel_name": "王", "phone": "13800138000"}, SCHEMA["QD"]))


@pytest.mark.requirement("R-VAL-7")
@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("价格已搞定，对方挺好的", True),
        ("咱们下周再谈", True),
        ("已与对方商定价格，下周签约", False),
        ("客户原话：“这个价格不靠谱”", False),
        ("", False),
    ],
)
def test_a_text_is_written_and_not_spoken(text: str, spoken: bool) -> None:
    said = {"content": text, "talked_on": "2026-01-05"}
    assert keys("KH-GT", said) == ({"wording_content"} if spoken else set())


@pytest.mark.requirement("R-CUS-8", "R-VAL-8")
def test_a_line_of_credit_contradicts_itself() -> None:
    paid = {"due_on": "2026-01-05", "paid_on": "2026-01-09"}
    assert keys("KH-XY", {**paid, "overdue": "no"}) == {"late_not_overdue"}
    assert keys("KH-XY", {**paid, "overdue": "yes"}) == set()


@pytest.mark.requirement("R-DOC-2")
def test_a_report_that_was_late_says_why() -> None:
    assert keys("WD", {"due_on": "2026-01-05", "submitted_on": "2026-01-09"}) == {"handed_in_late"}
    assert keys("WD", {"due_on": "2026-01-05", "submitted_on": "2026-01-05"}) == set()
