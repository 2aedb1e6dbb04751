"""The reading pane: pages of a PDF with the hit on them, pictures, sheets, mails, sound, and what cannot be shown."""

import shutil
import wave
from email.message import EmailMessage
from pathlib import Path

import pytest
from openpyxl import Workbook
from PIL import Image
from playwright.sync_api import expect
from pptx import Presentation
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from tests.e2e.conftest import PASSWORD, Enter, Served, Visitor


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file of each kind that is shown in its own way."""
    folder = tmp_path_factory.mktemp("shelf")
    _pdf(folder / "渠道手册.pdf")
    whole = (folder / "渠道手册.pdf").read_bytes()
    (folder / "残缺手册.pdf").write_bytes(whole[: len(whole) // 3])
    Image.new("RGB", (2400, 1600), "#7799bb").save(folder / "门店照片.jpg")
    book = Workbook()
    for name, rows in (
        ("预算", [["项目", "金额"], ["陈列", 12000]]),
        ("明细", [["门店", "备注"], ["嘉禾", "渠道窜货核查"]]),
    ):
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.remove(book.worksheets[0])
    book.save(folder / "费用表.xlsx")
    (folder / "回复.eml").write_bytes(_mail())
    _sound(folder / "录音.wav")
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "渠道窜货治理"
    deck.save(str(folder / "培训.pptx"))
    return folder


def _pdf(path: Path) -> None:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    canvas = Canvas(str(path))
    for page in range(1, 41):
        canvas.setFont("STSong-Light", 12)
        canvas.drawString(72, 760, f"第 {page} 章 渠道管理与终端陈列的日常核查办法")
        if page in (7, 30):
            canvas.drawString(72, 400, "任何人不得渠道窜货，违者按渠道窜货处理。")
        canvas.showPage()
    canvas.save()


def _mail() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "wang@example.com", "li@example.com", "关于渠道窜货的回复"
    mail.set_content("附件是核查表。")
    mail.add_attachment(b"x", maintype="application", subtype="octet-stream", filename="核查表.bin")
    return mail.as_bytes()


def _sound(path: Path) -> None:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\0" * 80_000)


@pytest.fixture(scope="module")
def records(served: Served, enter_once: Visitor, shelf: Path) -> dict[str, str]:
    """Everything on the shelf taken in: file name → address of its record."""
    page = enter_once.page
    page.set_input_files("#files", [str(path) for path in sorted(shelf.iterdir())])
    rows = page.locator("#drawer .up")
    expect(rows).to_have_count(len(list(shelf.iterdir())))
    expect(page.locator("#drawer .state.run, #drawer .up[data-stage=waiting]")).to_have_count(
        0, timeout=600_000
    )
    found = page.evaluate("fetch('/api/v1/records?limit=50').then((answer) => answer.json())")
    return {file["name"]: f"/records/{one['id']}" for one in found["items"] for file in one["files"]}


@pytest.fixture(scope="module")
def enter_once(served: Served, chromium: object, archivist: str) -> Visitor:
    page = chromium.new_context(locale="zh-CN").new_page()  # type: ignore[attr-defined]
    visitor = Visitor(page, served.url, "wide")
    visitor.sign_in(archivist, PASSWORD)
    return visitor


@pytest.fixture
def reader(enter: Enter, records: dict[str, str], archivist: str) -> Visitor:
    visitor = enter()
    visitor.sign_in(archivist, PASSWORD)
    return visitor


def test_a_pdf_opens_at_the_hit_and_goes_on_by_keys(reader: Visitor, records: dict[str, str]) -> None:
    page = reader.page
    asked: list[str] = []
    page.on(
        "request", lambda one: asked.append(one.headers.get("range", "")) if "/content" in one.url else None
    )
    reader.open(records["渠道手册.pdf"] + "?q=“渠道窜货”&at=page-30")
    now = page.locator("#page-30 mark.now")
    expect(now.first).to_be_in_viewport()
    said = "[...document.querySelectorAll('#page-30 mark.now')].map((one) => one.textContent).join('')"
    page.wait_for_function(f"{said} === '渠道窜货'")
    expect(page.locator("[data-viewer-hits]")).to_have_text("3 / 4")
    reader.look("reading-pdf")
    assert page.locator("#page-1 canvas").count() == 0
    page.keyboard.press("n")
    expect(page.locator("[data-viewer-hits]")).to_have_text("4 / 4")
    page.keyboard.press("n")
    expect(page.locator("#page-7 mark.now").first).to_be_in_viewport()
    page.keyboard.press("p")
    expect(page.locator("[data-viewer-hits]")).to_have_text("4 / 4")
    expect(page.locator("[data-viewer-page]")).to_have_text("30 / 40")
    page.keyboard.press("]")
    expect(page.locator("[data-viewer-page]")).to_have_text("31 / 40")
    page.keyboard.press("+")
    expect(page.locator("[data-viewer-zoom]")).to_have_text("125%")
    expect(page.locator("[data-viewer-page]")).to_have_text("31 / 40")
    page.keyboard.press("0")
    expect(page.locator("[data-viewer-zoom]")).to_have_text("100%")
    # the page is drawn anew for its scale, and its text lies over it last
    expect(page.locator("#page-31 .textLayer")).to_contain_text("第 31 章")
    page.wait_for_function(
        "getSelection().selectAllChildren(document.querySelector('#page-31 .textLayer')),"
        " `${getSelection()}`.includes('第 31 章')"
    )


@pytest.mark.parametrize(("size", "theme"), [("narrow", "light"), ("wide", "dark")])
def test_a_pdf_in_the_hand_and_in_the_dark(
    enter: Enter, archivist: str, records: dict[str, str], size: str, theme: str
) -> None:
    visitor = enter(size, theme)
    visitor.sign_in(archivist, PASSWORD)
    visitor.open(records["渠道手册.pdf"] + "?q=“渠道窜货”&at=page-7")
    expect(visitor.page.locator("#page-7 mark.now").first).to_be_in_viewport()
    assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    bar = visitor.page.locator(".vbar")
    assert bar.evaluate("(one) => one.scrollWidth <= one.clientWidth")
    visitor.look("reading-pdf")


def test_a_broken_pdf_says_so_and_can_be_downloaded(reader: Visitor, records: dict[str, str]) -> None:
    reader.open(records["残缺手册.pdf"])
    expect(reader.page.locator("#stage")).to_contain_text("文件已损坏")
    expect(reader.page.locator(".pdf")).to_have_count(0)
    expect(reader.page.get_by_role("link", name="下载").first).to_be_visible()
    reader.look("reading-broken")


def test_a_picture_fits_and_comes_nearer(reader: Visitor, records: dict[str, str]) -> None:
    page = reader.page
    reader.open(records["门店照片.jpg"])
    picture = page.locator(".picture img")
    expect(picture).not_to_have_class("grab")
    box = picture.bounding_box()
    assert box
    assert box["width"] < 1000
    page.keyboard.press("+")
    page.keyboard.press("+")
    page.keyboard.press("+")
    expect(picture).to_have_class("grab")
    stage = page.locator("#stage")
    before = stage.evaluate("(one) => one.scrollLeft")
    page.mouse.move(400, 400)
    page.mouse.down()
    page.mouse.move(300, 400, steps=3)
    page.mouse.up()
    assert stage.evaluate("(one) => one.scrollLeft") - before == 100
    reader.look("reading-picture")


def test_sheets_are_tables_behind_tabs(reader: Visitor, records: dict[str, str]) -> None:
    page = reader.page
    reader.open(records["费用表.xlsx"] + "?q=渠道窜货")
    expect(page.locator("#sheet-2 mark.now")).to_have_text("命中渠道窜货")
    expect(page.locator(".grid-tabs [aria-current]")).to_contain_text("明细")
    reader.look("reading-sheet")
    page.get_by_role("link", name="预算").click()
    expect(page.locator("#sheet-1 td.r")).to_have_text("12000")


def test_a_mail_shows_its_head_and_attachments(reader: Visitor, records: dict[str, str]) -> None:
    reader.open(records["回复.eml"])
    letter = reader.page.locator(".letter")
    expect(letter.locator("dl")).to_contain_text("li@example.com")
    expect(letter.locator(".attached")).to_contain_text("核查表.bin")
    expect(letter.locator("#part-2")).to_have_text("邮件正文附件是核查表。")
    reader.look("reading-mail")


def test_sound_is_played_by_ranges(reader: Visitor, records: dict[str, str]) -> None:
    reader.open(records["录音.wav"])
    player = reader.page.locator("audio")
    asked: list[str] = []
    reader.page.on("request", lambda one: asked.append(one.headers.get("range", "")))
    player.evaluate("(one) => new Promise((there) => { one.onseeked = there; one.currentTime = 9; })")
    assert player.evaluate("(one) => Math.round(one.duration)") == 10
    reader.look("reading-sound")


def test_slides_say_that_they_are_text(reader: Visitor, records: dict[str, str]) -> None:
    reader.open(records["培训.pptx"])
    stage = reader.page.locator("#stage")
    if shutil.which("soffice") and "LibreOffice" in stage.inner_text():
        expect(stage).to_contain_text("页面由 LibreOffice 画出")
    else:  # no LibreOffice on this machine, or it has not come to this file yet
        expect(stage).to_contain_text("这里是文件中的文字，版面见原件")
        expect(reader.page.locator("#slide-1")).to_contain_text("渠道窜货治理")
    expect(stage).to_contain_text("渠道窜货治理")
    reader.look("reading-slides")
