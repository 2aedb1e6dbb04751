"""Safeguards: a second factor, asked for again in place; levels, access and checks on every width; a file chosen by keys."""

import re
from pathlib import Path

import pyotp
from playwright.sync_api import expect

from tests.e2e.conftest import PASSWORD, Enter, Visitor
from tests.e2e.test_together import bring, record_of


def set_up(visitor: Visitor) -> list[str]:
    """Set up the second factor of who is signed in; his recovery codes."""
    page = visitor.page
    visitor.open("/me/second-factor")
    visitor.look("second-factor")
    secret = page.locator("input[name=secret]").input_value()
    page.fill("#code", pyotp.TOTP(secret).now())
    page.get_by_role("button", name="启用").click()
    expect(page.locator(".recovery li").first).to_be_visible()
    visitor.look("recovery-codes")
    return page.locator(".recovery li").all_inner_texts()


def test_the_code_is_asked_for_in_place_and_nothing_typed_is_lost(
    enter: Enter, archivist: str, papers: Path
) -> None:
    desk = enter()
    desk.sign_in(archivist, PASSWORD)
    page = desk.page
    bring(desk, [papers / "巡查备忘.txt"])
    record = record_of(page, "巡查备忘.txt")
    codes = set_up(desk)
    desk.open(record)
    page.fill("#f-doc_no", "市场部〔2026〕18 号")
    page.context.clear_cookies(name="fonds_session")
    page.keyboard.press("Control+s")
    expect(page.locator("#again-code")).to_be_hidden()
    page.fill("#again-password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#again-code")).to_be_focused()
    desk.look("signed-out-code")
    page.fill("#again-code", "000000")
    page.keyboard.press("Enter")
    expect(page.locator("#again")).to_contain_text("验证码不对或已用过")
    page.fill("#again-code", codes[0])
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("已保存为第 2 版")
    expect(page.locator("#f-doc_no")).to_have_value("市场部〔2026〕18 号")

    for size in ("narrow", "wide"):
        page.set_viewport_size({"width": 390 if size == "narrow" else 1440, "height": 844})
        desk.size = size
        for name, path in (
            ("secrecy", "/secrecy"),
            ("access", f"{record}/access?who=archivist"),
            ("check", f"{record}/check"),
            ("migrations", "/admin/migrate"),
            ("scheme", "/admin/categories"),
            ("tasks", "/tasks"),
        ):
            desk.open(path)
            desk.look(name)
            wide = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert wide <= 0, (name, size)

    desk.open("/admin/categories")
    picker = page.locator("#scheme-file")
    picker.focus()
    expect(page.locator(".btn:has(#scheme-file)")).to_have_css("outline-style", "solid")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(papers / "巡查备忘.txt")
    expect(page.locator("#scheme-file-chosen")).to_have_text(re.compile("巡查备忘.txt"))
