"""Conversions on pages: the mapping in a form, what it would do, approval by a second person, and the report."""

import re
from collections.abc import Callable

import pytest

from service.domain.holdings import Description
from service.domain.permissions import Actor, Role
from service.domain.schema_editing import FieldDraft
from service.wiring import Fonds
from tests.service.web.conftest import Reader, SignIn, visible

OLD = [
    FieldDraft("budget", "预算", "Budget", "text"),
    FieldDraft("stand", "展位类型", "Stand", "select", choices="a=标摊=Shell\nb=特装=Raw"),
    FieldDraft("spare", "备用说明", "Spare", "textarea"),
]
NEW = [
    FieldDraft("budget", "预算", "Budget", "money", unit="元"),
    FieldDraft("stand", "展位类型", "Stand", "select", choices="x=光地=Space\nb=特装=Raw"),
    FieldDraft("hall", "展馆", "Hall", required=True),
]


@pytest.mark.requirement("R-CAT-1", "R-AUD-3")
def test_old_records_are_brought_to_the_new_version_on_pages(
    li: Reader, sign_in: SignIn, fonds: Fonds, archivist: Actor, settle: Callable[[], None]
) -> None:
    said = fonds.scheming.draft(archivist, "NB").said
    fonds.scheming.create(archivist, "NB-ZH", "NB", said)
    records = []
    for fields in (OLD, NEW):
        rev = fonds.scheming.save(archivist, "NB-ZH", fields, rev=0).rev
        fonds.scheming.publish(archivist, "NB-ZH", rev=rev, reason="改版")
        for title, budget in (("春季展", "48 万元"), ("秋季展", "面议")) if fields is OLD else ():
            told = {"budget": budget, "stand": "a", "spare": "靠门"}
            described = Description(title=title, category="NB-ZH", department="市场部", fields=told)
            records.append(fonds.records.create(archivist, described).id)
    wang = sign_in("wang", Role.OFFICE_DIRECTOR)
    listed = li.read("/admin/conversions?category=NB-ZH")
    assert "第 2 版" in visible(listed)
    here = "/admin/conversions/NB-ZH.2.3"
    assert here in listed
    assert "不能转换 2 件 留在旧版" in visible(li.read(here))
    typed = {"rev": "0", "s.budget": "budget", "s.stand": "stand", "c.stand.a": "x", "d.hall": ""}
    refused = li.post(here, typed | {"act": "save", "d.budget": "很多"})
    assert "“预算”应为数字" in visible(refused.text)
    assert (refused.status_code, 'value="很多"' in refused.text) == (422, True)
    saved = li.post(here, typed | {"act": "save", "x.spare": "note", "reason": "口径要统一"})
    assert saved.status_code == 303
    assert 'value="口径要统一"' in li.read(saved.headers["Location"])
    unsaid = li.post(here, typed | {"rev": "1", "act": "submit", "reason": "", "x.spare": "note"})
    assert "换版理由必填" in visible(unsaid.text)
    assert "会换版 1 件" in visible(unsaid.text)
    page = visible(li.read(here))
    assert "会换版 1 件 其中 1 件有必填项待补 1 件附注加内容" in page
    assert "预算 面议 · “预算”应为数字" in page
    assert "预算 48 万元 → 480,000.00 元 展位类型 标摊 → 光地" in page
    assert "秋季展" in visible(li.read(f"{here}/staying"))
    li.post(here, typed | {"rev": "1", "act": "submit", "reason": "预算要统计", "x.spare": "note"})
    assert "正在等待审批" in visible(li.read(here))
    assert ["1 个方案待审批" in visible(one.read("/")) for one in (wang, li)] == [True, False]
    assert "预算要统计" in visible(wang.read("/admin/approvals"))
    assert "批准并执行" in visible(wang.read(here))
    assert wang.post(here, {"rev": "1", "act": "approve"}).status_code == 303
    settle()
    report = visible(li.read(f"{here}/report"))
    assert "春季展 已换版 必填项待补 1 处" in report
    assert "秋季展 不能转换，留在旧版 “预算”应为数字" in report
    assert "春季展" not in visible(li.read(f"{here}/report?fate=stayed"))
    history = visible(li.read(f"/records/{records[0]}"))
    assert "换版 类别版本 第 2 版 第 3 版" in re.sub(r"[→\s]+", " ", history)
    assert "标摊" in history
    assert "备用说明：靠门" in history
    li.post(here, {"act": "undo"})
    settle()
    assert "靠门" in visible(li.read(f"/records/{records[0]}"))
    assert fonds.records.get(archivist, records[0]).category_version == 2
    staff = sign_in("chen", Role.STAFF)
    assert {staff.get(path).status_code for path in ("/admin/conversions", here, f"{here}/report")} == {403}


def test_a_conversion_that_is_not_there_is_called_so(li: Reader) -> None:
    for nowhere in ("NOSUCH.1.2", "NB.2.2", "x"):
        lost = visible(li.read(f"/admin/conversions/{nowhere}", 404, Accept="text/html"))
        assert "没有这份换版对照" in lost
        assert "没有这件档案" not in lost
