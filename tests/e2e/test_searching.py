"""Searching as people do: suggestions, ranges, views, saved searches, the way back."""

from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.conftest import PASSWORD, Enter, Visitor
from tests.e2e.test_describing import bring

NAMES = ("华东区经销商合同.pdf", "异地扫码说明.docx", "巡查备忘.txt")


def begin(enter: Enter, archivist: str, papers: Path, size: str = "wide") -> Visitor:
    visitor = enter(size)
    visitor.sign_in(archivist, PASSWORD)
    bring(visitor, [papers / name for name in NAMES])
    visitor.open_until("/search?q=渠道窜货", ".hitrow >> nth=2")
    return visitor


def test_the_box_completes_by_pinyin_and_by_keyboard(enter: Enter, archivist: str, papers: Path) -> None:
    visitor = begin(enter, archivist, papers)
    page = visitor.page
    page.keyboard.press("/")
    page.keyboard.press("Control+A")
    page.keyboard.type("hdqjxs")
    first = page.locator("#q-list [role=option]").first
    expect(first).to_contain_text("华东区经销商合同")
    expect(page.locator("#q")).to_have_attribute("aria-expanded", "true")
    visitor.look("search-box")
    page.keyboard.press("ArrowDown")
    expect(first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(page.locator("#q-list")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    expect(first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("华东区经销商合同")


def test_one_step_back_brings_the_list_with_its_place(enter: Enter, archivist: str, papers: Path) -> None:
    visitor = begin(enter, archivist, papers)
    page = visitor.page
    before = page.evaluate("history.length")
    page.locator("#main").focus()
    page.keyboard.press("j")
    second = page.locator(".hitrow").nth(1)
    expect(second).to_have_class("hitrow sel")
    title = second.locator("a.title").inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("history.length") == before + 1
    assert "#" not in page.url
    visitor.back()
    expect(page.locator(".hitrow.sel a.title")).to_have_text(title)
    expect(page.locator("#q")).to_have_value("渠道窜货")


def test_views_are_kept_and_every_view_goes_by_keyboard(enter: Enter, archivist: str, papers: Path) -> None:
    visitor = begin(enter, archivist, papers)
    page = visitor.page
    for name, row in (("网格", ".card"), ("表格", "table.hits tbody tr")):
        page.get_by_role("button", name=name, exact=True).click()
        expect(page.locator(row)).to_have_count(3)
        visitor.look(f"search-{'grid' if name == '网格' else 'table'}")
        page.locator("#main").focus()
        page.keyboard.press("j")
        expect(page.locator(row).nth(1)).to_have_attribute("aria-current", "true")
    page.reload()
    expect(page.locator("table.hits tbody tr")).to_have_count(3)
    page.get_by_role("button", name="列表", exact=True).click()
    expect(page.locator(".hitrow")).to_have_count(3)


def test_a_search_is_saved_opened_renamed_and_deleted(enter: Enter, archivist: str, papers: Path) -> None:
    visitor = begin(enter, archivist, papers)
    page = visitor.page
    page.get_by_role("button", name="收藏检索").first.click()
    page.fill("#save-name", "窜货线索")
    visitor.look("save-search")
    page.locator("#save-search form.body button").click()
    expect(page.locator("#said")).to_contain_text("已收藏检索“窜货线索”")
    page.locator(".facets").get_by_role("link", name="窜货线索").click()
    page.wait_for_url("**saved=**")
    expect(page.locator(".hitrow")).to_have_count(3)
    visitor.open("/saved-searches")
    visitor.look("saved-searches")
    page.get_by_label("改名或删除：窜货线索").click()
    page.get_by_label("新名称").fill("串货线索")
    page.get_by_role("button", name="改名", exact=True).click()
    expect(page.locator(".saved")).to_contain_text("串货线索")
    page.get_by_label("改名或删除：串货线索").click()
    page.get_by_role("button", name="删除", exact=True).click()
    expect(page.get_by_role("heading", name="还没有收藏的检索")).to_be_visible()


def test_typed_conditions_are_chips_and_faults_are_placed(enter: Enter, archivist: str, papers: Path) -> None:
    visitor = begin(enter, archivist, papers)
    page = visitor.page
    visitor.open("/search?q=渠道窜货 -合同 颜色:红")
    expect(page.locator(".fault .wrong")).to_have_text("颜色")
    visitor.open("/search?q=渠道窜货 -合同")
    expect(page.locator(".hitrow")).to_have_count(2)
    page.get_by_role("link", name="去掉“不含”条件").click()
    expect(page.locator(".hitrow")).to_have_count(3)
    expect(page.locator("#q")).to_have_value("渠道窜货")


def test_what_is_found_is_taken_away_as_a_file(enter: Enter, archivist: str, papers: Path) -> None:
    visitor = begin(enter, archivist, papers)
    page = visitor.page
    page.locator("#take-away summary").click()
    with page.expect_download() as coming:
        page.get_by_role("link", name="导出为 CSV").click()
    text = Path(coming.value.path()).read_text("utf-8-sig")
    assert text.startswith("题名,档号,类别,客户,日期,部门,密级,状态")
    assert text.count("\n") == 4


def test_nothing_found_helps_at_both_sizes(enter: Enter, archivist: str, papers: Path) -> None:
    for size in ("wide", "narrow"):
        visitor = begin(enter, archivist, papers, size)
        visitor.open("/search?q=渠道窜货&type=mail")
        expect(visitor.page.locator(".why")).to_contain_text("去掉“文件类型：邮件”可得 3 件")
        visitor.look("search-nothing")
        visitor.page.locator(".why a").first.click()
        expect(visitor.page.locator(".hitrow")).to_have_count(3)
