"""Every page in both sizes, themes and languages: no violation of WCAG 2.2 AA, nothing in the console."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import PASSWORD, Enter, Served
from tests.e2e.test_describing import bring

PAGES = {
    "all": "/search",
    "found": "/search?q=渠道窜货",
    "nothing": "/search?q=没有这样的词&type=pdf",
    "faulty": "/search?q=“没有合上 颜色:红",
    "inbox": "/inbox",
    "absent": "/records/none",
    "password": "/password",
}


@pytest.mark.parametrize(
    ("size", "theme", "locale"),
    [
        ("wide", "light", "zh-CN"),
        ("wide", "dark", "en"),
        ("narrow", "dark", "zh-CN"),
        ("narrow", "light", "en"),
    ],
)
def test_pages_are_sound(
    enter: Enter, archivist: str, papers: Path, size: str, theme: str, locale: str
) -> None:
    visitor = enter(size, theme, locale)
    visitor.sign_in(archivist, PASSWORD)
    bring(visitor, [papers / "华东区经销商合同.pdf", papers / "巡查备忘.txt"])
    for name, path in PAGES.items():
        visitor.open(path)
        visitor.look(f"{name}-{locale}")
    visitor.open_until("/search?q=渠道窜货", ".hitrow")
    visitor.page.locator(".hitrow a.title").first.click()
    visitor.page.wait_for_selector(".p-rec")
    visitor.look(f"record-{locale}")


@pytest.mark.parametrize("width", [1280, 1024, 900, 768, 320])
def test_no_width_makes_a_page_scroll_sideways(enter: Enter, archivist: str, width: int) -> None:
    visitor = enter()
    visitor.sign_in(archivist, PASSWORD)
    visitor.page.set_viewport_size({"width": width, "height": 800})
    for path in ("/search?q=渠道", "/inbox", "/inbox?at=x"):
        visitor.open(path)
        assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        visitor.look(f"width-{width}-{path.split('?')[0].strip('/')}")


def test_everything_on_the_keyboard(enter: Enter, archivist: str) -> None:
    visitor = enter()
    page = visitor.page
    visitor.sign_in(archivist, PASSWORD)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    visitor.look("keys")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("渠道窜货")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=**")
    second = page.locator(".hitrow").nth(1)
    page.locator("#main").focus()
    page.keyboard.press("j")
    expect(second).to_have_class("hitrow sel")
    title = second.locator("a.title").inner_text()
    expect(page.locator("#peek h2")).to_have_text(title)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.keyboard.press("u")
    expect(page.locator("#drawer")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_url("**/inbox")


def test_filters_are_the_address(enter: Enter, archivist: str) -> None:
    visitor = enter()
    page = visitor.page
    visitor.sign_in(archivist, PASSWORD)
    visitor.open("/search?q=渠道窜货")
    page.locator(".facets").get_by_label("PDF").check()
    page.wait_for_url("**type=pdf**")
    expect(page.locator(".hitrow")).to_have_count(1)
    expect(page.locator(".chip")).to_contain_text("PDF")
    visitor.back()
    expect(page.locator(".hitrow")).to_have_count(2)
    page.evaluate("history.forward()")
    expect(page.locator(".hitrow")).to_have_count(1)
    page.get_by_role("link", name="去掉“文件类型”条件").click()
    expect(page.locator(".hitrow")).to_have_count(2)


def test_a_folder_is_dropped_and_keeps_its_paths(enter: Enter, archivist: str, tmp_path: Path) -> None:
    visitor = enter()
    page = visitor.page
    visitor.sign_in(archivist, PASSWORD)
    inner = tmp_path / "会议" / "2026Q3"
    inner.mkdir(parents=True)
    for n in range(30):
        (inner / f"纪要 {n}.txt").write_text(f"第 {n} 次例会", "utf-8")
    page.set_input_files("#folder", str(tmp_path / "会议"))
    expect(page.locator("#drawer .up")).to_have_count(30)
    expect(page.locator("#drawer .up[data-stage=done]")).to_have_count(30, timeout=600_000)
    expect(page.locator("#drawer .up").first).to_contain_text("会议/2026Q3/")
    visitor.look("upload-folder")


def test_files_are_dropped_anywhere(enter: Enter, archivist: str) -> None:
    visitor = enter()
    page = visitor.page
    visitor.sign_in(archivist, PASSWORD)
    visitor.open("/inbox")
    transfer = page.evaluate_handle(
        "() => { const t = new DataTransfer(); t.items.add(new File(['拖进来的备忘'], '拖放.txt')); return t; }"
    )
    page.dispatch_event("body", "dragenter", {"dataTransfer": transfer})
    expect(page.locator("#veil")).to_be_visible()
    page.dispatch_event("body", "drop", {"dataTransfer": transfer})
    expect(page.locator("#veil")).to_be_hidden()
    expect(page.locator("#drawer .up")).to_contain_text("拖放.txt")
    expect(page.locator("#drawer .up[data-stage=done]")).to_have_count(1, timeout=600_000)
    expect(page.locator(".item").filter(has_text="拖放")).to_have_count(1)


def test_the_administrator_sees_the_state_of_every_part(enter: Enter, served: Served) -> None:
    visitor = enter()
    visitor.sign_in("admin", served.passwords["admin"])
    for field, text in (("old", served.passwords["admin"]), ("new", PASSWORD), ("again", PASSWORD)):
        visitor.page.fill(f"#{field}", text)
    visitor.page.click("form.panel button")
    visitor.page.wait_for_url(served.url + "/")
    visitor.open("/status")
    expect(visitor.page.locator(".parts").first).to_contain_text("数据库")
    expect(visitor.page.locator(".parts .state.bad")).to_have_count(0)
    visitor.look("status")
    for absent in ("检索", "收集箱"):
        expect(visitor.page.get_by_role("link", name=absent)).to_have_count(0)
