"""The content groups of the requirements (§1.1), field by field: every datum that is named has a field of its own.

One line a requirement: its id, the category, and the fields with the kind of value that each must take.
"""

from typing import Any

import pytest

from service.domain.describing import check
from service.scheme import StartingCategory, expected_documents, starting_scheme

SCHEME = {category.code: category for category in starting_scheme()}

KINDS: dict[str, str] = {
    "line": "text",
    "text": "textarea",
    "day": "date",
    "money": "money",
    "number": "number",
    "choice": "select",
    "person": "person",
    "party": "party",
    "phone": "phone",
    "record": "record",
}
"""Kind of value in a line below → the widget that takes it."""


def group(requirement: str, code: str, fields: str, *, private: str = "") -> Any:
    """A line: fields as "name:kind …"; `private` names those that are personal data."""
    return pytest.param(
        code,
        dict(one.split(":") for one in fields.split()),
        set(private.split()),
        id=f"{requirement}-{code}",
        marks=pytest.mark.requirement(requirement),
    )


def choice(requirement: str, code: str, name: str, words: str) -> Any:
    """A line: the words that a choice of a category has to offer."""
    mark = pytest.mark.requirement(requirement)
    return pytest.param(code, name, words.split(), id=f"{requirement}-{code}", marks=mark)


GROUPS = [
    group(
        "R-CUS-1",
        "KH",
        "full_name:party sex:choice age:number mobile:phone email:line occupation:line",
        private="sex age mobile email occupation",
    ),
    group(
        "R-CUS-2",
        "KH",
        "full_name:party address:line phone:phone proprietor:person manager:person legal_representative:person"
        " founded:day dealing_since:day legal_form:choice industry:choice assets:money consumes:line",
        private="proprietor manager legal_representative",
    ),
    group(
        "R-CUS-2",
        "KH-GJ",
        "capacity:choice character:text hobbies:text family:text education:choice age:number ability:text"
        " background:text",
        private="character hobbies family education age ability background",
    ),
    group(
        "R-CUS-3",
        "KH",
        "service_area:line business_scope:text sales_ability:text potential:text concept:text mode:text policy:text"
        " traits:text staff:number turnover:money",
    ),
    group("R-CUS-4", "KH", "sales_results:text staff_quality:text rival_relation:text attitude:text"),
    group(
        "R-CUS-5",
        "KH",
        "activity:text problems:text strengths:text measures:text reputation:text credit_state:text trade_terms:text"
        " credit_problems:text",
    ),
    group("R-CUS-6", "KH", "preference:choice"),
    group("R-CUS-6", "KH-GM", "bought_on:day products:line quantity:number unit:line amount:money"),
    group(
        "R-CUS-7",
        "KH-GT",
        "talked_on:day channel:choice content:text need:text opinion:text follow_up:text follow_up_on:day",
    ),
    group(
        "R-CUS-8",
        "KH-XY",
        "due_on:day due_amount:money paid_on:day paid_amount:money overdue:choice overdue_days:number"
        " credit_grade:choice credit_limit:money",
    ),
    group("R-CUS-9", "KH-FK", "rating:number suggestion:text content:text collected_by:line"),
    group(
        "R-CUS-10",
        "KH",
        "contact_name:person contact_post:line mobile:phone province:choice industry:choice need_type:choice"
        " budget:line purchase_on:day decision_role:line source:choice first_contact:day our_contact:person"
        " referrer:person intent:choice stage:choice",
        private="contact_name mobile",
    ),
    group(
        "R-CUS-11",
        "KH",
        "head_office:line branches:text address:line contact_name:person contact_post:line mobile:phone phone:phone"
        " home_phone:phone other_contacts:text",
        private="contact_name mobile home_phone other_contacts",
    ),
    group(
        "R-CUS-12",
        "KH-GJ",
        "customer:party person_name:person post:line mobile:phone sex:choice hobbies:text family:text",
        private="person_name mobile sex hobbies family",
    ),
    group(
        "R-CUS-13",
        "KH-GX",
        "key_person:person key_post:line our_staff:person our_post:line role:line status:choice",
        private="key_person",
    ),
    group(
        "R-CUS-14",
        "KH-JS",
        "person_name:person role:choice effect:text concerns:text project:record",
        private="person_name",
    ),
    group("R-MKT-1", "SC", "trend:text market_size:money competition:text industry:choice"),
    group(
        "R-MKT-2",
        "SC-JZ",
        "rival:party product:text price:text channel:text market_share:number positioning:text strengths:text"
        " weaknesses:text moves:text response:text",
    ),
    group("R-MKT-3", "SC", "method:choice needs:text preferences:text behaviour:text"),
    group("R-MKT-4", "SC", "news_kind:choice policies:text technology:text"),
    group("R-MKT-5", "SC", "method:choice sample:text sample_size:number started_on:day ended_on:day"),
    group(
        "R-ACT-1",
        "HD",
        "goal:text theme:line starts_on:day ends_on:day place:line participants:text content:text budget:money",
    ),
    group("R-ACT-2", "HD", "site:text staffing:text flow:text problems:text"),
    group(
        "R-ACT-3",
        "HD",
        "sales:money footfall:number satisfaction:number target_sales:money target_footfall:number roi:number"
        " market_share:number awareness:number sales_growth:number evaluation:text",
    ),
    group("R-ACT-4", "HD", "venue_cost:money publicity_cost:money prize_cost:money total_cost:money"),
    group("R-ACT-5", "HD", "material:choice"),
    group("R-ACT-6", "HD", "activity_class:choice"),
    group(
        "R-CHN-1",
        "QD",
        "channel_type:choice line:choice channel_name:party address:line contact_name:person phone:phone",
        private="contact_name phone",
    ),
    group("R-CHN-2", "QD", "sales_amount:money sales_volume:number growth:number"),
    group(
        "R-CHN-3",
        "QD",
        "starts_on:day ends_on:day cooperation:text rights:text sales_target:money incentives:text"
        " service_standard:text renewal:choice",
    ),
    group("R-CHN-4", "QD", "product_feedback:text price_feedback:text promotion_feedback:text"),
    group(
        "R-CHN-5",
        "QD-PG",
        "channel_name:party period_from:day period_to:day sales_amount:money score:number conclusion:text"
        " renewal:choice",
    ),
    group(
        "R-HR-1",
        "RY",
        "person_name:person sex:choice age:number education:choice major:line",
        private="person_name sex age education major",
    ),
    group(
        "R-HR-1",
        "RY-JL",
        "firm:party post:line from_on:day to_on:day",
        private="person_name firm post from_on to_on",
    ),
    group("R-HR-2", "RY-YJ", "sales_amount:money sales_volume:number growth:number"),
    group("R-HR-2", "RY-PX", "course:line held_on:day effect:text"),
    group("R-HR-2", "RY-PJ", "customer:party rating:number feedback:text", private="rating feedback"),
    group(
        "R-CON-1",
        "HT",
        "contract_no:line contract_name:line signed_on:day party_a:party party_b:party starts_on:day ends_on:day",
    ),
    group(
        "R-CON-2", "HT", "subject:text amount:money payment:text delivery_on:day delivery:text liability:text"
    ),
    group("R-CON-3", "HT-LX", "progress:number paid:money delivery:text happened_on:day"),
    group("R-CON-4", "HT-BG", "content:text changed_on:day reason:text"),
    group("R-CON-5", "HT-JF", "cause:text way:choice handling:text result:text"),
    group("R-CON-6", "HT", "contract_kind:choice approval_form:choice"),
    group(
        "R-DOC-1",
        "WD",
        "document_kind:choice period:choice goal:text strategy:text schedule:text budget:money risks:text"
        " approved_by:person approved_on:day",
    ),
    group("R-DOC-2", "WD", "period:choice period_from:day period_to:day due_on:day submitted_on:day"),
    group("R-DOC-3", "WD-HY", "held_on:day topics:text decisions:text attendees:person"),
    group("R-DOC-3", "WD", "document_kind:choice recipients:person"),
    group("R-PRD-1", "CP", "material_kind:choice parameters:text version:line released_on:day changes:text"),
    group("R-PTN-1", "HZ", "size:line reputation:choice terms:text history:text problems:text"),
    group(
        "R-PRJ-1",
        "XM-JZ",
        "happened_on:day event:line our_people:person their_people:person result:text next_step:text",
        private="their_people",
    ),
    group("R-PRJ-1", "XM", "document_kind:choice"),
    group("R-INT-1", "NB", "document_kind:choice period:choice"),
    group("R-COR-1", "WL", "direction:choice correspondent:party sent_on:day"),
    group("R-PUB-1", "XC", "material_kind:choice"),
    group("R-PUB-1", "XC-ZZ", "certificate_kind:choice valid_until:day"),
    group(
        "R-MED-1",
        "MT",
        "medium_kind:choice contact_name:person log:text releases:text interviews:text rating:choice",
        private="contact_name",
    ),
]

CHOICES = [
    choice("R-VAL-4", "KH", "need_type", "产品采购 服务咨询 合作代理 售后支持"),
    choice("R-CUS-7", "KH-GT", "channel", "电话沟通 邮件沟通 面对面沟通"),
    choice("R-CUS-10", "KH", "stage", "潜在 意向 成交 流失"),
    choice("R-CUS-13", "KH-GX", "status", "积极的 中立的 消极的 尚未建立关系"),
    choice("R-ACT-5", "HD", "material", "海报 宣传单页 视频"),
    choice("R-ACT-6", "HD", "activity_class", "机密活动 重要活动 一般活动"),
    choice("R-CHN-1", "QD", "channel_type", "经销商 零售商 电商平台"),
    choice(
        "R-CON-6", "HT", "contract_kind", "购销合同 工程合同 经销商合同 广告、宣传、媒体制作合同 其他合同"
    ),
    choice("R-DOC-2", "WD", "period", "年度 季度 月度"),
    choice("R-PRJ-1", "XM", "document_kind", "技术方案 价格表 立项书 会议记录"),
    choice("R-INT-1", "NB", "document_kind", "规章制度 通知 工作报告 统计表 会议纪要"),
    choice("R-COR-1", "WL", "direction", "来文 去文"),
    choice("R-PUB-1", "XC", "material_kind", "演示文稿 视频 素材 照片"),
    choice("R-PUB-1", "XC-ZZ", "certificate_kind", "检测报告"),
]
"""Lists of values that the requirements name: the words, in the order of the text where it has one."""


@pytest.mark.parametrize(("code", "fields", "private"), GROUPS)
def test_every_datum_of_a_group_has_a_field(code: str, fields: dict[str, str], private: set[str]) -> None:
    known = properties(code)
    assert {name: known[name]["x-widget"] for name in fields if name in known} == {
        name: KINDS[kind] for name, kind in fields.items()
    }
    assert {name for name in private if known[name].get("x-personal")} == private


@pytest.mark.parametrize(("code", "name", "words"), CHOICES)
def test_a_choice_offers_what_the_text_names(code: str, name: str, words: list[str]) -> None:
    hints = properties(code)[name]
    labels = [label["zh"] for label in hints.get("items", hints)["x-enum-labels"].values()]
    assert [word for word in words if word not in labels] == []


@pytest.mark.parametrize("category", [pytest.param(one, id=one.code) for one in SCHEME.values()])
def test_a_line_of_a_category_is_kept_as_closely_as_the_category(category: StartingCategory) -> None:
    """A sub-category is never more open than what it belongs to, and what is sensitive says so itself."""
    if category.parent:
        above = SCHEME[category.parent]
        assert category.core_secret == above.core_secret
        assert category.secrecy >= above.secrecy


@pytest.mark.requirement("R-CUS-12", "R-MKT-2")
def test_key_persons_and_rivals_are_classified_by_default() -> None:
    assert {code: SCHEME[code].secrecy for code in ("KH-GJ", "KH-GX", "KH-JS", "SC-JZ")} == dict.fromkeys(
        ("KH-GJ", "KH-GX", "KH-JS", "SC-JZ"), "L1"
    )


@pytest.mark.requirement("R-VAL-4")
def test_a_need_type_outside_the_list_is_refused() -> None:
    schema = SCHEME["KH"].schema
    assert check({"need_type": ["purchase", "after_sales"]}, schema, complete=False) == []
    assert [one.code for one in check({"need_type": ["咨询"]}, schema, complete=False)] == ["not_in_list"]


@pytest.mark.requirement("R-VAL-6")
def test_a_line_without_what_makes_it_a_line_is_not_complete() -> None:
    faults = check({"customer": "恒信商贸"}, SCHEME["KH-GT"].schema, complete=True)
    assert [one.path for one in faults] == ["fields.talked_on", "fields.channel", "fields.content"]


@pytest.mark.requirement("S-RT-5")
@pytest.mark.parametrize("kind", ["customer", "project", "contract", "activity"])
def test_a_kind_of_dossier_says_which_documents_it_should_hold(kind: str) -> None:
    lines = expected_documents(kind)
    assert len(lines) >= 5
    assert all(line["label"] and line["label_en"] and line["words"] for line in lines)


def properties(code: str) -> dict[str, Any]:
    found: dict[str, Any] = SCHEME[code].schema["properties"]
    return found
