"""The filing scope: a submitter finds where his paper belongs, by word or by archival class."""

import pytest

from service.domain.archival_classes import ARCHIVAL_CLASSES
from service.domain.permissions import Actor, Role
from service.domain.scheme_editing import CategorySaid, faults_of_said
from service.scheme import starting_scheme
from service.wiring import Fonds
from tests.service.web.conftest import Reader, SignIn, visible


@pytest.mark.requirement("R-CAT-3")
def test_a_submitter_looks_up_where_a_paper_belongs(sign_in: SignIn) -> None:
    wang = sign_in("wangfang", Role.STAFF)
    for asked, found in (
        ("会议纪要", {"WD-HY"}),
        ("會議紀要", {"WD-HY"}),
        ("合同审批单", {"HT"}),
        ("是否逾期 付款", {"KH-XY"}),
        ("不存在的材料", set()),
    ):
        page = wang.read(f"/filing-scope?q={asked}")
        table = page[page.find("scopetable") :] if "scopetable" in page else ""
        assert {one.code for one in starting_scheme() if f'?category={one.code}"' in table} == found


@pytest.mark.requirement("R-CAT-3", "R-CAT-2")
def test_the_table_says_how_long_how_closely_and_when(li: Reader) -> None:
    page = visible(li.read("/filing-scope"))
    for one in (
        "活动结束日期后 30 天内",
        "沟通日期后 1 天内",
        "季度归档期",
        "30 年",
        "人事档案",
        "必填：姓名",
    ):
        assert one in page, one
    assert "产品说明书" not in visible(li.read("/filing-scope?class=contract"))
    assert "/search?archival_class=contract" in li.read("/filing-scope?class=contract")


@pytest.mark.requirement("R-CAT-2")
def test_the_archival_class_is_data_of_a_category(fonds: Fonds, archivist: Actor, li: Reader) -> None:
    assert {one.archival_class for one in starting_scheme()} <= set(ARCHIVAL_CLASSES)
    assert [one.path for one in faults_of_said(CategorySaid("x", archival_class="none"))] == [
        ".archival_class"
    ]
    made = fonds.scheming.create(archivist, "CW", "", CategorySaid("费用凭证", archival_class="accounting"))
    assert made.archival_class == "accounting"
    page = visible(li.read("/filing-scope?class=accounting"))
    assert "费用凭证" in page
    assert "中断交易的客户档案" not in page
