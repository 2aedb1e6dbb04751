"""The inbox."""

import re
from io import BytesIO

import pytest
from flask import Flask

from ingest.port import Offer
from service.domain.holdings import Description, Page
from service.domain.permissions import Actor, Role
from service.usecases.describing.waiting import BOUND, Waiting, waiting
from service.web.inbox.page import Standing
from service.wiring import Fonds
from tests.conftest import Clock
from tests.service.web.conftest import NEAR, PASSWORD, Bring, Reader, SignIn, visible

KIND = {"fields.document_kind": "report"}


def form(**given: str) -> dict[str, str]:
    return {"rev": "1", "title": "巡查备忘", "category": "", "date": ""} | given


def test_what_has_no_category_is_in_it_newest_first(li: Reader, bring: Bring) -> None:
    bring("第一件.txt", "一")
    bring("已分类.txt", "二", "WD")
    bring("第二件.txt", "三")
    page = visible(li.read("/inbox"))
    assert "还剩 2 件" in page
    assert page.index("第二件") < page.index("第一件")
    assert "已分类" not in page


def test_an_empty_inbox_says_so(li: Reader) -> None:
    assert "收集箱是空的" in visible(li.read("/inbox"))


def test_a_described_record_leaves_and_the_next_one_opens(
    li: Reader, bring: Bring, fonds: Fonds, archivist: Actor
) -> None:
    last, first = bring("第一件.txt", "一"), bring("第二件.txt", "二")
    answer = li.post(f"/inbox/{first}", form(title="例会纪要", category="WD", date="2026.3.12", **KIND))
    assert answer.location == f"/inbox?at={last}"
    record = fonds.records.get(archivist, first)
    assert (record.title, record.category, str(record.date)) == ("例会纪要", "WD", "2026-03-12")
    page = visible(li.read(answer.location))
    assert "已著录：例会纪要" in page
    assert "还剩 1 件" in page


def test_all_faults_are_said_at_once_beside_their_fields(li: Reader, bring: Bring) -> None:
    record = bring("备忘.txt", "一")
    answer = li.post(f"/inbox/{record}", form(title="x" * 501, category="HT", **{"fields.amount": "三万"}))
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert "应为数字" in visible(answer.text)
    assert 'value="三万"' in answer.text


def test_a_category_brings_its_fields_and_keeps_what_was_typed(li: Reader, bring: Bring) -> None:
    bring("备忘.txt", "一")
    page = li.post("/describe/fields", {"category": "HT", "fields.contract_no": "JXS-1"}).text
    assert 'id="f-fields-contract_no"' in page
    assert 'value="JXS-1"' in page
    assert "购销合同" in page


def test_the_system_administrator_has_no_inbox(sign_in: SignIn) -> None:
    admin = sign_in("machine", Role.SYSADMIN)
    assert admin.get("/inbox").status_code == 403
    assert "收集箱" not in visible(admin.read("/status"))


def test_a_refused_form_can_be_loaded_again(li: Reader, bring: Bring) -> None:
    record = bring("备忘.txt", "一")
    assert li.get(f"/inbox/{record}").location == f"/inbox?at={record}"


def test_what_refreshes_itself_takes_no_message_away(li: Reader, bring: Bring) -> None:
    record = bring("备忘.txt", "一")
    li.post(f"/inbox/{record}", form(title="例会纪要", category="WD", **KIND))
    assert "已著录" not in li.read("/inbox", **{"HX-Request": "true", "HX-Target": "ilist"})
    assert "已著录：例会纪要" in li.read("/inbox", **{"HX-Request": "true", "HX-Target": "main"})


LETTER = """会议纪要
会议名称：三季度渠道管理例会
时间：2026年2月19日
主持：陈志远
参加：市场部、销售部
一、上季度情况
二、决定事项
"""


def digits_of(page: str) -> dict[str, str]:
    """Field → the digit that accepts or opens it."""
    found = re.findall(r'data-field data-digit="(\d)".*?name="([^"]+)"', page, re.S)
    return {name: digit for digit, name in found}


def line_of(words: str) -> int:
    return LETTER[: LETTER.index(words)].count("\n") + 1


def test_suggestions_say_where_they_were_read_and_bear_the_digit_of_their_evidence(
    li: Reader, bring: Bring
) -> None:
    record = bring("8月例会.txt", LETTER)
    page = li.read(f"/inbox?at={record}")
    digit = digits_of(page)["date"]
    assert "2026-02-19" in visible(page)
    assert f"取自第 {line_of('2026年2月19日')} 行：" in visible(page)
    marked = re.search(rf'<mark class="ev" data-digits="\d*{digit}\d*">(?:<i[^>]*>\d</i>)+([^<]*)', page)
    assert marked
    assert "2026年2月19日" in marked[1]
    assert "%" not in re.sub(r"[^%]*<main", "", visible(page))


def test_the_fields_of_a_suggested_category_are_asked_for_at_once(li: Reader, bring: Bring) -> None:
    record = bring("8月例会.txt", LETTER)
    page = li.read(f"/inbox?at={record}")
    assert 'data-leaning="WD-HY"' in page
    assert 'name="fields.' in page


def test_no_suggestion_shows_markup_of_the_text(li: Reader, bring: Bring) -> None:
    record = bring("纪要.txt", "会议纪要\n会议名称：<img src=x onerror=alert(1)>例会\n时间：2026年2月19日\n")
    page = li.read(f"/inbox?at={record}")
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_what_lacks_required_fields_stays_and_says_so(
    li: Reader, bring: Bring, fonds: Fonds, archivist: Actor
) -> None:
    record = bring("备忘.txt", "一")
    answer = li.post(f"/inbox/{record}", form(category="WD"))
    assert answer.status_code == 422
    assert "“文档种类”必填" in visible(answer.text)
    assert fonds.records.get(archivist, record).category == ""


def test_who_wants_to_may_save_it_incomplete(
    li: Reader, bring: Bring, fonds: Fonds, archivist: Actor
) -> None:
    record = bring("备忘.txt", "一")
    assert li.post(f"/inbox/{record}", form(category="WD", anyway="yes")).status_code == 303
    assert fonds.records.get(archivist, record).category == "WD"
    assert "今天的 1 件都处理完了" in visible(li.read("/inbox"))


def test_a_category_is_required_to_be_done(li: Reader, bring: Bring) -> None:
    record = bring("备忘.txt", "一")
    answer = li.post(f"/inbox/{record}", form())
    assert answer.status_code == 422
    assert "“类别”必填" in visible(answer.text)


def test_the_last_description_can_be_taken_back(
    li: Reader, bring: Bring, fonds: Fonds, archivist: Actor
) -> None:
    record = bring("备忘.txt", "一")
    before = fonds.records.get(archivist, record)
    li.post(f"/inbox/{record}", form(title="例会纪要", category="WD", date="2026.3.12", **KIND))
    assert 'data-undo data-seconds="20"' in li.read("/inbox")
    assert li.post("/inbox/undo", {}).location == f"/inbox?at={record}"
    after = fonds.records.get(archivist, record)
    for name in ("title", "category", "date", "year", "fields", "secrecy", "retention"):
        assert getattr(after, name) == getattr(before, name), name
    page = li.read("/inbox")
    assert "data-undo" not in page
    assert "今天已处理" not in visible(page)


def test_what_is_taken_back_keeps_the_retention_that_somebody_chose(
    li: Reader, bring: Bring, fonds: Fonds, archivist: Actor
) -> None:
    record = bring("许可证.txt", "一")
    fonds.records.change(archivist, record, 1, Description(category="NB", retention="D30"))
    li.post(f"/inbox/{record}", form(rev="2", category="XC-ZZ", anyway="yes"))  # its own is D30, too
    assert fonds.records.get(archivist, record).category == "XC-ZZ"
    li.post("/inbox/undo", {})
    after = fonds.records.get(archivist, record)
    assert (after.category, after.retention) == ("NB", "D30")


def test_what_somebody_changed_since_is_not_taken_back(
    li: Reader, bring: Bring, fonds: Fonds, archivist: Actor
) -> None:
    record = bring("备忘.txt", "一")
    li.post(f"/inbox/{record}", form(category="WD", **KIND))
    fonds.records.change(archivist, record, 2, Description(title="别人的题名"))
    li.post("/inbox/undo", {})
    after = fonds.records.get(archivist, record)
    assert (after.title, after.category) == ("别人的题名", "WD")


def test_after_its_time_nothing_is_taken_back(
    li: Reader, bring: Bring, fonds: Fonds, archivist: Actor, clock: Clock
) -> None:
    record = bring("备忘.txt", "一")
    li.post(f"/inbox/{record}", form(category="WD", **KIND))
    clock.advance(seconds=31)
    assert "data-undo" not in li.read("/inbox")
    li.post("/inbox/undo", {})
    assert fonds.records.get(archivist, record).category == "WD"
    assert "已过撤销时限" in visible(li.read("/inbox"))


@pytest.fixture
def drop(fonds: Fonds, archivist: Actor, li: Reader) -> list[str]:
    """Three files of one drop, newest last."""
    run = fonds.imports.start(archivist, source="test")
    names = ["甲.txt", "乙.txt", "丙.txt"]
    return [
        fonds.imports.offer(archivist, run.id, BytesIO(name.encode()), Offer(name=name)).record_id
        for name in names
    ]


def preview(reader: Reader, record: str, shared: dict[str, str]) -> str:
    return visible("<body>" + reader.post(f"/inbox/{record}/batch/preview", shared).text)


def test_the_same_drop_is_shown_what_would_change_and_only_then_changed(
    li: Reader, bring: Bring, drop: list[str], fonds: Fonds, archivist: Actor
) -> None:
    apart = bring("另一批.txt", "四")
    assert "同批还有 2 件" in visible(li.read(f"/inbox?at={drop[0]}"))
    shared = {"category": "WD", "department": "渠道部"}
    page = preview(li, drop[0], shared)
    assert "套用到同批的 2 件" in page
    assert "综合管理部 → 渠道部" in page
    assert "套用后还缺：文档种类" in page
    assert "连缺必填项的共 2 件" in page
    assert fonds.records.get(archivist, drop[1]).department == "综合管理部"
    li.post(f"/inbox/{drop[0]}/batch", shared | {"incomplete": "yes"})
    changed = [fonds.records.get(archivist, one) for one in drop[1:]]
    assert [(one.category, one.department) for one in changed] == [("WD", "渠道部")] * 2
    assert fonds.records.get(archivist, drop[0]).category == ""
    assert fonds.records.get(archivist, apart).category == ""
    li.post("/inbox/undo", {})
    assert [fonds.records.get(archivist, one).category for one in drop[1:]] == ["", ""]


def test_what_would_lack_required_fields_is_left_alone_unless_asked_for(
    li: Reader, drop: list[str], fonds: Fonds, archivist: Actor
) -> None:
    li.post(f"/inbox/{drop[0]}/batch", {"category": "WD"})
    assert fonds.records.get(archivist, drop[1]).category == ""


def test_what_is_the_same_already_is_skipped_and_said(li: Reader, drop: list[str]) -> None:
    assert preview(li, drop[0], {"department": "综合管理部"}).count("跳过：各项已相同") == 2
    assert "还没有可套用的内容" in preview(li, drop[0], {})


def test_the_count_goes_up_to_a_bound(bring: Bring, li: Reader, archivist: Actor) -> None:
    for n in range(3):
        bring(f"{n}.txt", f"第 {n} 件")
    assert len(waiting(archivist, bound=2)) == 3
    seen = Standing(Page(()), None, "", [Waiting("x", "", 1)] * (BOUND + 1))
    assert seen.left == f"{BOUND}+"
    assert "还剩 3 件" in visible(li.read("/inbox"))


def test_the_list_stands_in_drops_with_what_waits_of_each(
    li: Reader, bring: Bring, drop: list[str], clock: Clock
) -> None:
    page = visible(li.read("/inbox"))
    assert "今天上传的 3 件" in page
    bring("另一件.txt", "四")
    clock.advance(hours=8)  # past midnight of the wall clock
    page = visible(li.read("/inbox"))
    assert page.index("昨天 选中“另一件”") < page.index("昨天上传的 3 件")


def test_what_is_chosen_is_changed_instead_of_the_drop(
    li: Reader, bring: Bring, drop: list[str], fonds: Fonds, archivist: Actor
) -> None:
    apart = bring("另一批.txt", "四")
    gone = bring("已分类.txt", "五", "WD")
    shared = {"category": "WD", "department": "渠道部", "chosen": [apart, drop[1], gone, drop[0]]}
    page = preview(li, drop[0], shared)  # type: ignore[arg-type]
    assert "套用到所选的 2 件" in page
    li.post(f"/inbox/{drop[0]}/batch", shared | {"incomplete": "yes"})
    changed = {one: fonds.records.get(archivist, one).department for one in (*drop, apart, gone)}
    assert [one for one, department in changed.items() if department == "渠道部"] == [drop[1], apart]


def test_the_day_is_counted_for_the_person_not_for_the_browser(
    li: Reader, bring: Bring, served: Flask, clock: Clock
) -> None:
    for name in ("一", "二"):
        li.post(f"/inbox/{bring(f'{name}.txt', name)}", form(title=name, category="WD", **KIND))
    bring("三.txt", "三")
    elsewhere = Reader(served.test_client())
    elsewhere.client.post("/sign-in", data={"name": "liqian", "password": PASSWORD}, headers=NEAR)
    assert "今天已处理 2 件" in visible(elsewhere.read("/inbox"))
    clock.advance(hours=8)
    assert "今天已处理" not in visible(elsewhere.read("/inbox"))


def test_the_count_of_a_day_never_falls_below_nothing(fonds: Fonds, archivist: Actor, clock: Clock) -> None:
    today = clock.now.date()
    fonds.daily.add(archivist, today, 2)
    fonds.daily.add(archivist, today, -5)
    assert fonds.daily.of(archivist, today) == 0
    fonds.daily.add(archivist, today, 3)
    fonds.daily.add(archivist, today, -1)
    assert fonds.daily.of(archivist, today) == 2
