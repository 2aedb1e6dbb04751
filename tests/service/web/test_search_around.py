"""What stands around the hits: facets, months, chips, views, help, suggestions, saved searches, exports."""

import re
from collections.abc import Callable

import pytest

from service.domain.permissions import Actor, Role
from service.wiring import Fonds
from tests.service.web.conftest import Bring, Reader, SignIn, visible

NOTE = "巡查备忘\n检查渠道窜货的门店清单。\n"


def test_typed_conditions_can_be_taken_away(li: Reader, bring: Bring) -> None:
    bring("巡查备忘.txt", NOTE)
    page = li.read("/search?q=渠道窜货 类别:合同 -草稿")
    assert 'aria-label="去掉“类别”条件"' in page
    assert 'aria-label="去掉“不含”条件"' in page
    assert 'href="/search?q=%E6%B8%A0%E9%81%93%E7%AA%9C%E8%B4%A7+-%E8%8D%89%E7%A8%BF"' in page


def test_nothing_found_says_what_each_word_and_filter_excludes(li: Reader, bring: Bring) -> None:
    bring("巡查备忘.txt", NOTE)
    page = visible(li.read("/search?q=渠道窜货 部门:法务部"))
    assert "去掉“部门:法务部”可得 1 件" in page


def test_a_fault_is_shown_where_it_stands(li: Reader, bring: Bring) -> None:
    bring("巡查备忘.txt", NOTE)
    page = li.read("/search?q=渠道窜货 颜色:红")
    assert '<span class="wrong">颜色</span>' in page


def test_one_year_is_shown_by_its_months(li: Reader, bring: Bring) -> None:
    bring("巡查备忘.txt", NOTE)
    page = li.read("/search?from=2025-03-01&to=2025-08-31")
    assert page.count('data-from="2025-') == 12
    assert "2025 年 3 月，0 件" in page
    assert "看数据" in page


def test_the_view_is_remembered_for_the_person(li: Reader, sign_in: SignIn, bring: Bring) -> None:
    bring("巡查备忘.txt", NOTE)
    assert li.post("/search/view", {"view": "table", "next": "/search?q=渠道窜货"}).status_code == 303
    assert '<table class="tbl hits">' in li.read("/search?q=渠道窜货")
    assert 'class="cards"' in li.read("/search?q=渠道窜货&view=grid")
    other = sign_in("wangfang", Role.ARCHIVIST, Role.STAFF)
    assert '<table class="tbl hits">' not in other.read("/search?q=渠道窜货")


def test_pages_say_where_they_stand(li: Reader, bring: Bring) -> None:
    for n in range(21):
        bring(f"备忘 {n}.txt", f"渠道窜货 {n}")
    page = li.read("/search?q=渠道窜货")
    assert "第 1–20 件，共 21 件" in visible(page)
    further = re.findall(r'class="btn btn-sm" href="([^"]*cursor=[^"]*)"', page)[-1].replace("&amp;", "&")
    assert "第 21–21 件，共 21 件" in visible(li.read(further))


@pytest.mark.requirement("R-SEC-7")
def test_the_box_offers_only_what_one_may_know_of(li: Reader, sign_in: SignIn, bring: Bring) -> None:
    bring("独家协议.txt", NOTE, "HT")
    assert "独家协议" in li.read("/search/box?q=独家")
    assert "独家协议" in li.read("/search/box?q=djxy")
    outsider = sign_in("wangfang", Role.STAFF, department="客服部")
    assert "独家协议" not in outsider.read("/search/box?q=独家")


def test_recent_searches_are_ones_own_and_forgotten(li: Reader, sign_in: SignIn, bring: Bring) -> None:
    bring("巡查备忘.txt", NOTE)
    li.read("/search?q=渠道窜货")
    assert "渠道窜货" in li.read("/search/box?q=")
    assert "渠道窜货" not in sign_in("zhaolei", Role.ARCHIVIST).read("/search/box?q=")
    li.post("/recent-searches/forget", {})
    assert "渠道窜货" not in li.read("/search/box?q=")


def test_a_name_that_is_taken_keeps_what_was_typed(li: Reader) -> None:
    form = {"name": "窜货", "watched": "1", "next": "/search?q=窜货&type=pdf"}
    assert li.post("/saved-searches", form).status_code == 303
    again = li.post("/saved-searches", form)
    assert again.status_code == 422
    assert "已有收藏的检索“窜货”" in visible(again.text)
    assert 'value="窜货"' in again.text
    assert 'value="/search?q=窜货&amp;type=pdf"' in again.text
    page = li.read("/saved-searches")
    assert "窜货，文件类型：PDF" in visible(page)
    key = re.search(r"/saved-searches/(\w+)/open", page)
    assert key
    answer = li.get(f"/saved-searches/{key[1]}/open")
    assert answer.headers["Location"].startswith("/search?q=%E7%AA%9C%E8%B4%A7&type=pdf")
    assert li.post(f"/saved-searches/{key[1]}/delete", {}).status_code == 303
    assert "还没有收藏的检索" in visible(li.read("/saved-searches"))


def test_somebody_elses_saved_search_does_not_exist(li: Reader, sign_in: SignIn) -> None:
    li.post("/saved-searches", {"name": "窜货", "next": "/search?q=窜货"})
    key = re.search(r"/saved-searches/(\w+)/open", li.read("/saved-searches"))
    assert key
    other = sign_in("zhaolei", Role.ARCHIVIST)
    assert other.get(f"/saved-searches/{key[1]}/open").status_code == 404
    assert other.post(f"/saved-searches/{key[1]}/delete", {}).status_code == 404


def test_an_export_of_the_page_is_a_file(li: Reader, bring: Bring) -> None:
    bring("巡查备忘.txt", NOTE)
    answer = li.get("/search/export?q=渠道窜货&format=csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.text.count("\r\n") == 2


def test_what_is_left_out_is_told_and_listed_by_a_click(
    fonds: Fonds, archivist: Actor, li: Reader, bring: Bring, settle: Callable[[], None]
) -> None:
    bring("巡查备忘.txt", NOTE)
    gone = bring("巡查备忘二.txt", NOTE + "二")
    fonds.archival.life.weed(archivist, gone, fonds.records.get(archivist, gone).rev, "重复")
    settle()
    page = li.read("/search?q=渠道窜货")
    assert "1 件档案" in visible(page)
    assert "另有1 件已剔除，未列出" in visible(page)
    address = re.search(r'left-out">[^<]*<a href="([^"]+)"', page)
    assert address is not None
    listed = li.read(address[1].replace("&amp;", "&"))
    assert f'href="/records/{gone}' in listed
    assert "未列出" not in visible(listed)
