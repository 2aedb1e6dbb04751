"""Page thumbnails beside a document: seen, clicked, gone through by keys, remembered, and drawn only where they are seen."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from tests.e2e.conftest import PASSWORD, Enter, Served, Visitor

LENGTHS = {"长卷.pdf": 200, "合同.pdf": 3, "通知.pdf": 1}
MOST_DRAWN = 80
"""Thumbnails that may hold a picture at once, however many pages there are."""


@pytest.fixture(scope="module")
def records(
    served: Served, chromium: object, archivist: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """A document of 200 pages, one of three and one of one: file name → address of its record."""
    folder = tmp_path_factory.mktemp("lengths")
    for name, pages in LENGTHS.items():
        _pdf(folder / name, pages)
    page = chromium.new_context(locale="zh-CN").new_page()  # type: ignore[attr-defined]
    Visitor(page, served.url, "wide").sign_in(archivist, PASSWORD)
    page.set_input_files("#files", [str(folder / name) for name in LENGTHS])
    expect(page.locator("#drawer .up")).to_have_count(len(LENGTHS))
    expect(page.locator("#drawer .state.run, #drawer .up[data-stage=waiting]")).to_have_count(
        0, timeout=240_000
    )
    found = page.evaluate("fetch('/api/v1/records?limit=50').then((answer) => answer.json())")
    page.context.close()
    return {file["name"]: f"/records/{one['id']}" for one in found["items"] for file in one["files"]}


def _pdf(path: Path, pages: int) -> None:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    canvas = Canvas(str(path))
    for page in range(1, pages + 1):
        canvas.setFont("STSong-Light", 12)
        canvas.drawString(72, 760, f"{path.stem} 第 {page} 章")
        for line in range(15):  # so much text that nobody takes the page for a scan
            canvas.drawString(72, 720 - 20 * line, "经销商应遵守价格体系，不得低于附件所列最低零售价。")
        if page in (7, 150):
            canvas.drawString(72, 400, "任何人不得渠道窜货，违者按渠道窜货处理。")
        canvas.showPage()
    canvas.save()


def _reader(enter: Enter, archivist: str, size: str = "wide", theme: str = "light") -> Visitor:
    visitor = enter(size, theme)
    visitor.sign_in(archivist, PASSWORD)
    return visitor


def _opened(visitor: Visitor, path: str) -> Page:
    visitor.open(path)
    expect(visitor.page.locator(".pdf[data-ready]")).to_have_count(1)
    return visitor.page


def _current(page: Page, number: int) -> None:
    expect(page.locator("#thumbs [aria-current=page]")).to_have_attribute("data-page", str(number))


def test_the_column_goes_along_and_leads_to_its_pages(
    enter: Enter, archivist: str, records: dict[str, str]
) -> None:
    reader = _reader(enter, archivist)
    page = _opened(reader, records["长卷.pdf"] + "?q=“渠道窜货”&at=page-150")
    column = page.locator("#thumbs")
    now = column.get_by_role("button", name="第 150 页 2 处命中")
    expect(now).to_be_in_viewport()
    expect(now.locator("canvas")).to_have_count(1)
    _current(page, 150)
    expect(column.locator(".found")).to_have_text(["2", "2"])
    expect(column.locator(".thumb")).to_have_count(200)
    reader.look("thumbnails")
    column.get_by_role("button", name="第 152 页").click()
    expect(page.locator("[data-viewer-page]")).to_have_text("152 / 200")
    expect(page.locator("#page-152")).to_be_in_viewport()
    _current(page, 152)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(column.locator("[data-page='153']")).to_be_focused()
    expect(column.locator(".thumb[tabindex='0']")).to_have_count(1)
    _current(page, 152)
    page.keyboard.press("Enter")
    _current(page, 153)
    page.keyboard.press("End")
    expect(column.locator("[data-page='200']")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[data-viewer-page]")).to_have_text("200 / 200")
    page.keyboard.press("[")
    _current(page, 199)


def test_only_what_is_seen_is_drawn_and_what_is_far_is_let_go(
    enter: Enter, archivist: str, records: dict[str, str]
) -> None:
    page = _opened(_reader(enter, archivist), records["长卷.pdf"])
    column = page.locator("#thumbs")
    for number in range(1, 201, 8):
        one = column.locator(f"[data-page='{number}']")
        one.evaluate("(one) => { one.closest('#thumbs').scrollTop = one.offsetTop; }")
        expect(one.locator("canvas")).to_have_count(1)
    page.wait_for_function(f"document.querySelectorAll('#thumbs canvas').length < {MOST_DRAWN}")
    expect(column.locator("[data-page='1'] canvas")).to_have_count(0)
    column.evaluate("(one) => { one.scrollTop = 0; }")
    expect(column.locator("[data-page='1'] canvas")).to_have_count(1)


def test_it_stays_as_it_was_left_and_one_page_has_none(
    enter: Enter, archivist: str, records: dict[str, str]
) -> None:
    reader = _reader(enter, archivist, theme="dark")
    page = _opened(reader, records["合同.pdf"])
    column, button = page.locator("#thumbs"), page.get_by_role("button", name="页缩略图")
    expect(column.locator("canvas")).to_have_count(3)
    expect(button).to_have_attribute("aria-expanded", "true")
    reader.look("thumbnails-three")
    with page.expect_response("**/preferences"):
        button.click()
    expect(column).to_be_hidden()
    _opened(reader, records["合同.pdf"])
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(column).to_be_hidden()
    with page.expect_response("**/preferences"):
        button.click()
    expect(column.locator("canvas")).to_have_count(3)
    _opened(reader, records["通知.pdf"])
    expect(column).to_be_hidden()
    expect(button).to_be_disabled()


def test_in_the_hand_it_is_a_sheet_over_the_page(
    enter: Enter, archivist: str, records: dict[str, str]
) -> None:
    reader = _reader(enter, archivist, "narrow")
    page = _opened(reader, records["长卷.pdf"] + "?q=“渠道窜货”&at=page-7")
    column, button = page.locator("#thumbs"), page.get_by_role("button", name="页缩略图")
    expect(column).to_be_hidden()
    button.tap()
    expect(column.locator("[data-page='7']")).to_be_focused()
    expect(column.locator("[data-page='7'] canvas")).to_have_count(1)
    reader.look("thumbnails-sheet")
    page.keyboard.press("Escape")
    expect(column).to_be_hidden()
    expect(button).to_be_focused()
    button.tap()
    column.locator("[data-page='9']").tap()
    expect(column).to_be_hidden()
    expect(page.locator("[data-viewer-page]")).to_have_text("9 / 200")
    expect(page.locator("#stage")).to_be_focused()
