"""The search page."""

import re
from dataclasses import replace

import pytest

from service.app import create_app
from service.domain.dossiers import DossierSaid
from service.domain.holdings import Description
from service.domain.permissions import Actor, Role
from service.errors import Unavailable
from service.models import Record
from service.wiring import Fonds
from tests.service.web.conftest import NEAR, PASSWORD, Bring, Reader, SignIn, visible

NOTE = "巡查备忘\n检查渠道窜货的门店清单。\n"


def test_a_phrase_is_found_marked_and_linked_to_its_place(li: Reader, bring: Bring) -> None:
    record = bring("巡查备忘.txt", NOTE)
    page = li.read("/search?q=“渠道窜货”")
    assert "1 件档案" in visible(page)
    assert '<mark><span class="vh">命中</span>渠道窜货</mark>' in page
    assert f'href="/records/{record}?file=' in page
    assert "at=line-2&amp;q=" in page


def test_filters_narrow_and_each_can_be_taken_away(li: Reader, bring: Bring) -> None:
    bring("巡查备忘.txt", NOTE, "WD-HY")
    bring("门店清单.txt", NOTE + "二")
    page = li.read("/search?q=渠道窜货&category=WD-HY")
    assert "1 件档案" in visible(page)
    assert 'name="category" value="WD-HY" id="category-2" checked' in page
    assert 'aria-label="去掉“类别”条件"' in page
    assert 'href="/search?q=%E6%B8%A0%E9%81%93%E7%AA%9C%E8%B4%A7"' in page


def test_nothing_found_names_the_condition_that_excludes_most(li: Reader, bring: Bring) -> None:
    bring("巡查备忘.txt", NOTE)
    page = visible(li.read("/search?q=渠道窜货&type=pdf"))
    assert "没有找到“渠道窜货”" in page
    assert "去掉“文件类型：PDF”可得 1 件" in page


def test_a_faulty_question_is_answered_and_told(li: Reader, bring: Bring) -> None:
    bring("巡查备忘.txt", NOTE)
    page = visible(li.read("/search?q=“渠道窜货"))
    assert "引号没有成对" in page
    assert "1 件档案" in page


def test_dates_narrow_by_year_and_month(li: Reader, bring: Bring) -> None:
    bring("巡查备忘.txt", NOTE)
    assert "日期 2024-01-01 至 2024-02-29" in visible(li.read("/search?from=2024&to=2024-02"))


def test_a_long_list_goes_on_by_signed_pages(li: Reader, bring: Bring) -> None:
    for n in range(21):
        bring(f"备忘 {n}.txt", f"渠道窜货 {n}")
    page = li.read("/search?q=渠道窜货")
    assert page.count("<article") == 20
    further = page.split('class="btn btn-sm" href="')[-1].split('"')[0].replace("&amp;", "&")
    assert li.read(further).count("<article") == 1
    assert li.get(further.replace("cursor=", "cursor=x")).status_code == 400


def test_without_the_engine_the_page_stays_and_says_so(fonds: Fonds, sign_in: SignIn, li: Reader) -> None:
    class Away:
        def search(self, *_: object) -> None:
            raise Unavailable("search")

    app = create_app(replace(fonds, finding=Away()))  # type: ignore[arg-type]
    client = app.test_client()
    client.post("/sign-in", data={"name": "liqian", "password": PASSWORD}, headers=NEAR)
    answer = client.get("/search?q=渠道")
    assert answer.status_code == 503
    assert "检索暂时不可用，著录和下载不受影响" in visible(answer.text)


def test_what_one_may_not_know_of_leaves_no_trace(sign_in: SignIn, bring: Bring) -> None:
    record = bring("独家协议.txt", NOTE, "HT")
    outsider = sign_in("wangfang", Role.STAFF, department="客服部")
    page = visible(outsider.read("/search?q=渠道窜货"))
    assert "没有找到" in page
    assert "独家协议" not in page
    assert outsider.get(f"/records/{record}").status_code == outsider.get("/records/none").status_code == 404


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "=cmd|' /C calc'!A0", "长" * 400])
def test_hostile_titles_are_text(li: Reader, bring: Bring, hostile: str) -> None:
    bring("备忘.txt", NOTE + hostile)
    page = li.read("/search?q=" + "渠道窜货")
    assert "<script>alert" not in page
    assert "渠道窜货" in visible(page)


def test_a_glance_shows_the_place_where_there_is_no_page_image(li: Reader, bring: Bring) -> None:
    record = bring("巡查备忘.txt", NOTE)
    page = li.read(f"/records/{record}/peek?q=渠道窜货&at=line-2")
    assert "第 2 行" in page
    assert "渠道窜货</mark>的门店清单" in page
    assert "<html" not in page


def test_amounts_are_read_with_their_thousands_apart(fonds: Fonds, archivist: Actor, li: Reader) -> None:
    said = Description(
        title="年度框架合同", category="HT", fields={"amount": 12800000, "contract_kind": "dealer"}
    )
    record = fonds.records.create(archivist, said).id
    Record.objects(id=record).update_one(set__life="archived")
    for address in (f"/records/{record}/peek", f"/records/{record}"):
        assert "12,800,000.00 元" in visible(li.read(address)), address
    assert "Dealer" in visible(li.read(f"/records/{record}/peek", **{"Accept-Language": "en"}))


@pytest.mark.requirement("R-SRC-1")
def test_hits_are_narrowed_by_dossier(fonds: Fonds, archivist: Actor, li: Reader, bring: Bring) -> None:
    records = [bring(f"巡查备忘{n}.txt", f"{NOTE}{n}", "WD-HY") for n in range(3)]
    first, second = (
        fonds.dossiers.create(archivist, kind, DossierSaid(title=title, category="WD"))
        for kind, title in (("project", "华东巡查"), ("activity", "三月活动"))
    )
    fonds.filing.put(archivist, first.id, records[:2])
    fonds.filing.put(archivist, second.id, records[2:])
    fonds.indexing.settle(fonds.clock())
    page = li.read("/search?q=渠道窜货")
    assert re.search(rf'name="dossier" value="{first.id}".*华东巡查.*<span class="num">2</span>', page)
    narrowed = li.read(f"/search?q=渠道窜货&dossier={second.id}")
    assert "1 件档案" in visible(narrowed)
    assert "案卷 三月活动" in visible(narrowed)
    assert re.search(rf'name="dossier" value="{first.id}".*华东巡查.*<span class="num">2</span>', narrowed)
    assert f'href="/search?dossier={first.id}"' in li.read(f"/dossiers/{first.id}")
