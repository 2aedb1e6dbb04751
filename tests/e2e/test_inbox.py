"""The inbox by keyboard: suggestions with evidence, the rest by Enter, one taken back, the same drop at once."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import PASSWORD, Enter, Visitor
from tests.e2e.test_describing import bring, saved

MINUTES = """会议纪要
会议名称：{name}
会议时间：2026年8月{day}日
主持人：陈志远
记录人：王芳
参会人员：市场部、销售部、客服部负责人
一、上季度情况
二、决定事项
"""


def minutes(folder: Path, *names: str) -> list[Path]:
    paths = []
    for n, name in enumerate(names):
        path = folder / f"会议{n + 1}.txt"
        path.write_text(MINUTES.format(name=name, day=10 + n), "utf-8")
        paths.append(path)
    return paths


def opened(page: Page, text: str) -> None:
    """Open an item of the list and wait until the page is its."""
    item = page.locator(".item").filter(has_text=text).first
    address = item.get_attribute("href") or ""
    item.click()
    page.wait_for_url(lambda url: url.endswith(address))
    page.wait_for_load_state("networkidle")


def hold(page: Page, target: str) -> list[Route]:
    """From now on, what the inbox is asked for this part of the page waits to be let go."""
    held: list[Route] = []

    def look(route: Route) -> None:
        if route.request.headers.get("hx-target") == target:
            held.append(route)
        else:
            route.continue_()

    page.route("**/inbox?at=*", look)
    return held


@pytest.fixture
def desk(enter: Enter, archivist: str) -> Visitor:
    visitor = enter()
    visitor.sign_in(archivist, PASSWORD)
    return visitor


def test_the_document_beside_a_description_is_its_own(desk: Visitor, tmp_path: Path) -> None:
    """What the list asked for anew came behind the click on another item, and put the former item's preview beside it."""
    page = desk.page
    bring(desk, minutes(tmp_path, "前一件", "后一件"))
    desk.open("/inbox")
    opened(page, "会议1")
    held = hold(page, "ilist")
    page.evaluate("document.body.dispatchEvent(new Event('fonds-arrived'))")
    while not held:
        page.wait_for_timeout(20)
    page.locator(".item").filter(has_text="会议2").first.click()
    expect(page.locator("#f-title")).to_have_value(re.compile("会议2|后一件"))
    with page.expect_event("requestfinished", lambda request: request == held[0].request):
        held[0].continue_()
    page.evaluate("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    expect(page.locator("#iprev")).to_contain_text("会议2.txt")


def test_a_click_counts_although_the_list_is_drawn_anew_under_it(desk: Visitor, tmp_path: Path) -> None:
    """What was clicked was gone when the answer came, and the whole page stood in the page a second time."""
    page = desk.page
    bring(desk, minutes(tmp_path, "前一件", "后一件"))
    desk.open("/inbox")
    opened(page, "会议1")
    held = hold(page, "main")
    clicked = page.locator(".item").filter(has_text="会议2").first
    address = clicked.get_attribute("href") or ""
    old = page.evaluate_handle("document.getElementById('ilist')")
    clicked.click()
    while not held:
        page.wait_for_timeout(20)
    page.evaluate("document.body.dispatchEvent(new Event('fonds-arrived'))")
    page.wait_for_function("old => !old.isConnected", arg=old)
    held[0].continue_()
    expect(page.locator("#f-title")).to_have_value(re.compile("会议2|后一件"))
    page.wait_for_url(lambda url: url.endswith(address))
    expect(page.locator("main")).to_have_count(1)
    expect(page.locator("#iprev")).to_contain_text("会议2.txt")


def test_the_last_of_two_clicks_counts(desk: Visitor, tmp_path: Path) -> None:
    """The answer of the first took the place that the answer of the second was meant for."""
    page = desk.page
    bring(desk, minutes(tmp_path, "前一件", "后一件", "再后一件"))
    desk.open("/inbox")
    opened(page, "会议1")
    held = hold(page, "main")
    for name in ("会议2", "会议3"):
        page.locator(".item").filter(has_text=name).first.click()
    while len(held) < 2:
        page.wait_for_timeout(20)
    with page.expect_event("requestfinished", lambda request: request == held[0].request):
        held[0].continue_()
    held[1].continue_()
    expect(page.locator("#f-title")).to_have_value(re.compile("会议3|再后一件"))
    expect(page.locator("main")).to_have_count(1)


def fill_required(page: Page) -> None:
    """Whatever the page still asks for, by hand: the first choice, or a word."""
    for _ in range(12):
        if not page.locator("[data-lacking]").is_visible():
            return
        focused = page.evaluate("document.activeElement.tagName + ':' + document.activeElement.type")
        if focused.startswith("SELECT"):
            page.evaluate(
                "(e => { e.selectedIndex = 1; e.dispatchEvent(new Event('input', {bubbles: true})) })"
                "(document.activeElement)"
            )
        elif "radio" in focused or "checkbox" in focused:
            page.keyboard.press("Space")
        else:
            page.keyboard.type("2026-08-10")
        page.keyboard.press("Escape")
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("Enter")


def test_a_digit_accepts_enter_takes_the_rest_and_z_takes_it_back(desk: Visitor, tmp_path: Path) -> None:
    page = desk.page
    bring(desk, minutes(tmp_path, "三季度渠道管理例会", "新品上市沟通会"))
    desk.open("/inbox")
    opened(page, "会议2")
    date = page.locator("[data-field]").filter(has=page.locator("#f-date"))
    digit = date.get_attribute("data-digit")
    assert digit
    expect(date.locator(".src")).to_contain_text("取自")
    expect(page.locator(f"#evidence mark.ev[data-digits*='{digit}'] .dg").first).to_be_visible()
    before = page.input_value("#f-date")
    page.keyboard.press(digit)
    expect(page.locator("#f-date")).to_have_value("2026-08-11")
    expect(page.locator("#evidence mark.now").first).to_be_visible()
    desk.look("inbox-suggestions")
    page.keyboard.press(digit)
    expect(page.locator("#f-date")).to_have_value(before)
    page.keyboard.press(digit)
    left = page.locator(".ihead [role=status].num").inner_text()
    page.keyboard.press("Enter")
    fill_required(page)
    saved(page, "已著录")
    expect(page.locator(".ihead [role=status].num")).not_to_have_text(left)
    expect(page.locator(".item.sel")).to_have_count(1)
    expect(page.locator("[data-undo]")).to_be_visible()
    page.keyboard.press("z")
    saved(page, "已撤销")
    expect(page.locator(".ihead [role=status].num")).to_have_text(left)
    expect(page.locator("#f-title")).to_have_value("会议2")


def test_what_is_required_and_empty_gets_the_focus(desk: Visitor, tmp_path: Path) -> None:
    page = desk.page
    (tmp_path / "便条.txt").write_text("今天没有别的事。", "utf-8")
    bring(desk, [tmp_path / "便条.txt"])
    desk.open("/inbox")
    opened(page, "便条")
    page.keyboard.press("Enter")
    expect(page.locator("[data-lacking]")).to_contain_text("还缺“类别”")
    expect(page.locator("#f-category")).to_be_focused()
    page.select_option("#f-category", value="WD")
    expect(page.locator("#f-fields-document_kind")).to_be_visible()
    desk.look("inbox-lacking")
    page.locator("[data-anyway]").click()
    saved(page, "已著录：便条")


def test_the_same_drop_is_previewed_and_changed_together(desk: Visitor, tmp_path: Path) -> None:
    page = desk.page
    bring(desk, minutes(tmp_path, "一季度总结会", "二季度总结会", "四季度总结会"))
    desk.open("/inbox")
    opened(page, "会议3")
    page.fill("#f-department", "渠道部")
    page.locator("#f-department").blur()
    page.keyboard.press("b")
    expect(page.locator("#batch")).to_contain_text("套用到同批的 2 件")
    expect(page.locator("#batch ins").first).to_have_text("渠道部")
    desk.look("inbox-batch")
    page.locator("#batch").get_by_role("button", name="套用到 2 件").click()
    saved(page, "已套用到 2 件")
    expect(page.locator("[data-description]")).to_have_attribute("data-rev", "1")
    page.keyboard.press("j")
    expect(page.locator("#f-department")).to_have_value("渠道部")


def test_enter_while_composing_saves_nothing(desk: Visitor, tmp_path: Path) -> None:
    page = desk.page
    bring(desk, minutes(tmp_path, "输入法例会"))
    desk.open("/inbox")
    opened(page, "会议")
    page.locator("#f-title").focus()
    left = page.locator(".ihead [role=status].num").inner_text()
    page.evaluate(
        "document.activeElement.dispatchEvent(new KeyboardEvent('keydown',"
        " {key: 'Enter', bubbles: true, cancelable: true, isComposing: true, keyCode: 229}))"
    )
    expect(page.locator(".ihead [role=status].num")).to_have_text(left)
    expect(page.locator("[data-lacking]")).to_be_hidden()


def test_nothing_typed_is_lost_when_the_session_has_ended(desk: Visitor, tmp_path: Path) -> None:
    page = desk.page
    bring(desk, minutes(tmp_path, "登录过期例会"))
    desk.open("/inbox")
    opened(page, "会议")
    page.fill("#f-department", "客服部")
    page.context.clear_cookies(name="fonds_session")
    page.reload()
    page.wait_for_url("**/sign-in**")
    desk.sign_in("archivist", PASSWORD)
    page.wait_for_url("**/inbox**")
    expect(page.locator("#f-department")).to_have_value("客服部")
    expect(page.get_by_text("已找回未保存的内容")).to_be_visible()


def test_on_a_phone_a_tap_accepts_and_the_last_one_empties_the_inbox(enter: Enter, archivist: str) -> None:
    visitor = enter("narrow")
    visitor.sign_in(archivist, PASSWORD)
    page = visitor.page
    visitor.open("/inbox")
    page.locator(".item").first.click()
    expect(page.locator("[data-rest-and-save]")).to_be_visible()
    offer = page.locator("[data-offer]").first
    offer.locator("[data-act=take]").click()
    expect(offer.locator("[data-act=take]")).to_have_attribute("aria-pressed", "true")
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    visitor.look("inbox-suggestions")
    for _ in range(20):
        if page.locator(".empty").count():
            break
        before = page.url
        page.select_option("#f-category", value="WD")
        page.locator("[data-anyway]").click()
        page.wait_for_url(lambda url, before=before: url != before)
    expect(page.get_by_role("heading", level=1)).to_contain_text("件都处理完了")
    visitor.look("inbox-done")


def test_suggestions_speak_english(enter: Enter, archivist: str, tmp_path: Path) -> None:
    visitor = enter(locale="en-GB")
    visitor.sign_in(archivist, PASSWORD)
    bring(visitor, minutes(tmp_path, "英文界面例会"))
    visitor.open("/inbox")
    expect(visitor.page.locator(".offer .src").first).to_contain_text("From")
    visitor.look("inbox-suggestions-en")
