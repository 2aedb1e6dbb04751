"""What people do between records: go by the palette, relate, bring versions, be told, sign in again, choose several."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import PASSWORD, Enter, Visitor
from tests.e2e.test_describing import bring


@pytest.fixture
def desk(enter: Enter, archivist: str) -> Visitor:
    visitor = enter()
    visitor.sign_in(archivist, PASSWORD)
    return visitor


def record_of(page: Page, file: str) -> str:
    """The path of the newest record that has a file of this name."""
    found = page.evaluate("fetch('/api/v1/records?limit=50').then((answer) => answer.json())")
    return next(
        f"/records/{one['id']}" for one in found["items"] if file in [each["name"] for each in one["files"]]
    )


def settled(page: Page) -> None:
    """Wait until no fragment is on its way."""
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(0)


def chosen(page: Page) -> Locator:
    """The option that Enter would take."""
    return page.locator("dialog[open] [role=option][aria-selected=true]")


def test_records_are_related_and_the_way_leads_back(desk: Visitor, papers: Path) -> None:
    page = desk.page
    bring(desk, [papers / "华东区经销商合同.pdf", papers / "异地扫码说明.docx"])
    contract, note = record_of(page, "华东区经销商合同.pdf"), record_of(page, "异地扫码说明.docx")
    desk.open_until("/search?q=异地扫码", ".hitrow")
    desk.open(contract)
    page.get_by_role("button", name="建立关系").first.click()
    page.locator("#relate").get_by_role("button", name="建立关系").click()
    expect(page.locator("#relate [data-lacking]")).to_be_visible()
    page.keyboard.type("ydsm")
    expect(page.locator("#relate [role=option]")).to_contain_text(["异地扫码说明"])
    desk.look("record-relate")
    page.keyboard.press("Enter")
    page.locator("#relate").get_by_text("附件", exact=True).click()
    page.locator("#relate").get_by_role("button", name="建立关系").click()
    expect(page.locator(".related")).to_contain_text("附件")
    desk.look("record-related")
    page.locator(".related").get_by_role("link", name="异地扫码说明").click()
    page.wait_for_url(f"**{note}")
    expect(page.locator(".related")).to_contain_text("主件")
    page.locator(".related").get_by_role("button", name=re.compile("解除")).click()
    expect(page.locator(".related")).to_contain_text("还没有关系")


def test_a_new_version_takes_the_place_and_the_old_one_can_be_had(desk: Visitor, tmp_path: Path) -> None:
    page = desk.page
    old, new = tmp_path / "报价单.txt", tmp_path / "报价单二.txt"
    old.write_text("报价 100 元", "utf-8")
    new.write_text("报价 200 元", "utf-8")
    bring(desk, [old])
    desk.open(record_of(page, "报价单.txt"))
    page.get_by_text("版本、校验值与来源").click()
    page.get_by_label("新版本改了什么").fill("调价")
    page.get_by_label("报价单.txt 的新版本").set_input_files(str(new))
    expect(page.locator("#said")).to_contain_text("已换新版本")
    expect(page.locator(".text-sheet")).to_contain_text("200", timeout=600_000)
    page.get_by_text("版本、校验值与来源").click()
    expect(page.locator(".files")).to_contain_text("调价")
    desk.look("record-versions")
    with page.expect_download() as download:
        page.locator(".files .log").get_by_role("link", name="第 1 版").click()
    assert download.value.path().read_text("utf-8") == "报价 100 元"


@pytest.mark.parametrize(("size", "theme"), [("wide", "light"), ("wide", "dark")])
def test_the_palette_goes_anywhere_by_keyboard(
    enter: Enter, archivist: str, papers: Path, size: str, theme: str
) -> None:
    visitor = enter(size, theme)
    visitor.sign_in(archivist, PASSWORD)
    page = visitor.page
    bring(visitor, [papers / "巡查备忘.txt"])
    visitor.open_until("/search?q=巡查备忘", ".hitrow")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette [role=option]").first).to_be_visible()
    visitor.look("palette")
    page.keyboard.type("sjx")
    expect(page.locator("#palette [role=option]").first).to_have_text("收集箱")
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox")
    expect(page.locator("#palette")).to_be_hidden()
    page.keyboard.press("Control+k")
    page.keyboard.type("巡查备忘")
    expect(page.locator("#palette #pg-records")).to_be_visible()
    expect(chosen(page)).to_contain_text("巡查备忘")
    page.keyboard.press("Enter")
    page.wait_for_selector(".p-rec")
    page.keyboard.press("Control+k")
    page.keyboard.type("建立关系")
    page.keyboard.press("Enter")
    expect(page.locator("#relate")).to_be_visible()


def test_the_session_ends_and_nothing_typed_is_lost(desk: Visitor, papers: Path) -> None:
    page = desk.page
    bring(desk, [papers / "巡查备忘.txt"])
    desk.open(record_of(page, "巡查备忘.txt"))
    page.fill("#f-doc_no", "市场部〔2026〕18 号")
    page.context.clear_cookies(name="fonds_session")
    page.keyboard.press("Control+s")
    expect(page.locator("#again")).to_be_visible()
    desk.look("signed-out")
    page.fill("#again-password", "不是这个")
    page.keyboard.press("Enter")
    expect(page.locator("#again")).to_contain_text("用户名或密码不对")
    page.fill("#again-password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("已保存为第 2 版")
    expect(page.locator("#f-doc_no")).to_have_value("市场部〔2026〕18 号")


def test_several_are_chosen_by_keyboard_and_described_at_once(desk: Visitor, tmp_path: Path) -> None:
    page = desk.page
    names = ["促销一", "促销二", "促销三", "促销四"]
    for name in names:
        (tmp_path / f"{name}.txt").write_text(name, "utf-8")
    bring(desk, [tmp_path / f"{name}.txt" for name in names])
    desk.open("/inbox")
    expect(page.locator(".drop").first).to_contain_text("今天上传的 4 件")
    page.locator(".item").first.click()
    page.wait_for_url("**/inbox?at=*")
    settled(page)
    page.keyboard.press("x")
    expect(page.locator("[data-chosen-line]")).to_contain_text("已选 1 件")
    for place in (1, 2):
        page.keyboard.press("j")
        expect(page.locator(".item").nth(place)).to_have_attribute("aria-current", "true")
        settled(page)
    page.keyboard.press("Shift+X")
    expect(page.locator("[data-chosen-line]")).to_contain_text("已选 3 件")
    desk.look("inbox-chosen")
    page.keyboard.press("e")
    page.select_option("#f-category", value="WD")
    page.wait_for_load_state("networkidle")
    page.locator("#f-title").press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("b")
    expect(page.locator("#batch")).to_contain_text("套用到所选的 2 件")


def test_from_sign_in_to_a_described_record_by_keyboard_alone(
    enter: Enter, archivist: str, papers: Path
) -> None:
    visitor = enter()
    page = visitor.page
    visitor.sign_in(archivist, PASSWORD)
    bring(visitor, [papers / "华东区经销商合同.pdf"])
    page.keyboard.press("Control+k")
    page.keyboard.type("退出登录")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in**")
    page.keyboard.type(archivist)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_url("**/inbox**")
    page.wait_for_selector(".p-inbox .item")
    settled(page)
    for _ in range(page.locator(".item").count()):
        if "华东区经销商合同" in page.locator(".item[aria-current]").inner_text():
            break
        page.keyboard.press("j")
        settled(page)
    page.keyboard.press("e")
    expect(page.locator("#f-title")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("华东区 2026 年经销合同")
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.id") != "f-category":
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    settled(page)
    page.keyboard.press("Control+s")
    expect(page.locator("#said")).to_contain_text("已著录：华东区 2026 年经销合同")


HOSTILE = {
    "script": "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "direction": "前\u202e后\u2066完",
    "formula": "=cmd|' /C calc'!A0",
    "long": "长" * 100 + "x" * 300,
    "faces": "👩‍👩‍👧‍👦🏳️‍🌈",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_words_are_words_in_every_field(desk: Visitor, tmp_path: Path, kind: str) -> None:
    page, words = desk.page, HOSTILE[kind]
    reports: list[str] = []
    page.on("console", lambda said: reports.append(said.text) if "Content Security" in said.text else None)
    page.on("dialog", lambda dialog: reports.append(dialog.message))
    (tmp_path / "来文.txt").write_text(f"{words}\n正文 {words * 10}", "utf-8")
    bring(desk, [tmp_path / "来文.txt"])
    desk.open(record_of(page, "来文.txt"))
    page.fill("#f-title", f"题名 {kind} {words}"[:480])
    for field, most in (("department", 100), ("responsible", 200), ("doc_no", 100), ("note", 4000)):
        page.fill(f"#f-{field}", words[:most])
    page.fill("#f-keywords", words[:40].replace(",", " "))
    page.get_by_role("button", name="保存").click()
    settled(page)
    if kind != "direction":
        expect(page.locator("#said")).to_contain_text("已保存为第 2 版")
    expect(page.locator("h1")).to_contain_text(f"题名 {kind}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("Control+k")
    page.keyboard.type(f"题名 {kind}")
    expect(page.locator("#palette #pg-search")).to_be_visible()
    assert page.evaluate("document.querySelector('#palette').scrollWidth <= innerWidth")
    desk.look(f"hostile-{kind}")
    assert reports == []
