"""Describing: the inbox one by one, two people on one record, drafts that survive, texts that mean harm."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PASSWORD, Enter, Visitor


def bring(visitor: Visitor, paths: list[Path]) -> None:
    """Upload files and wait until they are processed."""
    page = visitor.page
    page.set_input_files("#files", [str(path) for path in paths])
    expect(page.locator("#drawer .up")).to_have_count(len(paths))
    expect(page.locator("#drawer .state.run, #drawer .up[data-stage=waiting]")).to_have_count(
        0, timeout=600_000
    )
    page.keyboard.press("Escape")


@pytest.fixture
def desk(enter: Enter, archivist: str) -> Visitor:
    visitor = enter()
    visitor.sign_in(archivist, PASSWORD)
    return visitor


def saved(page: Page, text: str) -> None:
    expect(page.locator("#said")).to_contain_text(text)


def test_a_contract_is_described_from_the_inbox_with_the_fields_of_its_category(
    desk: Visitor, papers: Path
) -> None:
    page = desk.page
    bring(desk, [papers / "华东区经销商合同.pdf", papers / "巡查备忘.txt"])
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.locator(".item").filter(has_text="华东区经销商合同").click()
    expect(page.locator("#iprev img")).to_be_visible()
    desk.look("inbox")
    page.select_option("#f-category", label="合同")
    expect(page.get_by_label("合同编号")).to_be_visible()
    page.get_by_label("合同编号").fill("JXS-HD-2026-0117")
    page.fill("#f-date", "2026.3.12")
    desk.look("inbox-category")
    page.keyboard.press("Control+s")
    saved(page, "已著录：华东区经销商合同")
    expect(page.locator(".item").filter(has_text="华东区经销商合同")).to_have_count(0)
    desk.open_until("/search?category=HT", ".hitrow")
    expect(page.locator(".hitrow")).to_contain_text("2026-03-12")
    desk.open("/notices")
    expect(page.locator(".said-before")).to_contain_text("已著录：华东区经销商合同")
    desk.look("notices-said")


def test_rows_come_closer_for_who_wants_it(desk: Visitor, papers: Path) -> None:
    page = desk.page
    bring(desk, [papers / "巡查备忘.txt"])
    desk.open("/inbox")
    row = page.locator(".item").first
    before = row.bounding_box()
    page.locator("#user-menu > summary").click()
    page.get_by_role("button", name="紧凑").click()
    expect(page.locator("html")).to_have_attribute("data-density", "compact")
    after = row.bounding_box()
    assert before
    assert after
    assert after["height"] <= before["height"] - 8
    desk.look("inbox-compact")
    page.locator("#user-menu > summary").click()
    expect(page.get_by_role("button", name="紧凑")).to_have_attribute("aria-pressed", "true")


def test_what_is_wrong_stands_beside_the_field_and_nothing_typed_is_lost(desk: Visitor, papers: Path) -> None:
    page = desk.page
    bring(desk, [papers / "异地扫码说明.docx"])
    desk.open("/inbox")
    page.locator(".item").filter(has_text="异地扫码说明").click()
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(0)
    page.fill("#f-title", "  ")
    page.fill("#f-date", "前天")
    page.fill("#f-doc_no", "市场部〔2026〕18 号")
    page.keyboard.press("Control+s")
    summary = page.locator(".errors")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_count(2)
    expect(page.locator("#f-date")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#f-doc_no")).to_have_value("市场部〔2026〕18 号")
    desk.look("inbox-faults")


def test_what_was_typed_is_there_again_after_a_reload(desk: Visitor, papers: Path) -> None:
    page = desk.page
    bring(desk, [papers / "巡查备忘.txt"])
    desk.open("/inbox")
    page.locator(".item").filter(has_text="巡查备忘").click()
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(0)
    before = page.input_value("#f-department")
    page.fill("#f-department", "客服部")
    expect(page.locator("[data-changes]")).to_contain_text("1 处修改未保存")
    page.reload()
    expect(page.locator("#f-department")).to_have_value("客服部")
    expect(page.get_by_text("已找回未保存的内容")).to_be_visible()
    page.get_by_role("button", name="放弃").first.click()
    expect(page.locator("#f-department")).to_have_value(before)


def test_two_people_on_one_record_are_both_heard(enter: Enter, desk: Visitor, papers: Path) -> None:
    bring(desk, [papers / "巡查备忘.txt"])
    desk.open_until("/search?q=巡查备忘", ".hitrow")
    desk.page.locator(".hitrow a.title").first.click()
    desk.page.wait_for_selector(".p-rec")
    other = enter()
    other.sign_in("archivist", PASSWORD)
    other.page.goto(desk.page.url)
    other.page.fill("#f-department", "渠道部")
    other.page.get_by_role("button", name="保存").click()
    saved(other.page, "已保存为第 2 版")
    desk.page.fill("#f-department", "销售部")
    desk.page.fill("#f-doc_no", "XS-7")
    desk.page.get_by_role("button", name="保存").click()
    expect(desk.page.locator(".conflict")).to_contain_text("渠道部")
    desk.look("record-conflict")
    desk.page.get_by_role("row", name="部门").get_by_role("radio").nth(1).check()
    expect(desk.page.get_by_role("row", name="文号").get_by_role("radio").first).to_be_checked()
    desk.page.get_by_role("button", name="保存").click()
    saved(desk.page, "已保存为第 3 版")
    expect(desk.page.locator("#f-department")).to_have_value("渠道部")
    expect(desk.page.locator("#f-doc_no")).to_have_value("XS-7")
    expect(desk.page.locator(".s-log > .log").filter(has_text="渠道部")).to_have_count(1)


def test_hostile_text_is_text(desk: Visitor, tmp_path: Path) -> None:
    page = desk.page
    name = "<img src=x onerror=alert(1)>\u202efdp.txt"
    (tmp_path / name).write_text(
        "<script>alert(1)</script> =cmd|' /C calc'!A0 \u202etxet " + "长" * 4000, "utf-8"
    )
    bring(desk, [tmp_path / name])
    desk.open_until("/search?q=calc", ".hitrow")
    hit = page.locator(".hitrow").first
    expect(hit).to_contain_text("<script>alert(1)</script>")
    expect(hit.locator("a.title")).to_contain_text("<img src=x onerror=alert(1)>[U+202E]fdp")
    hit.locator("a.title").click()
    expect(page.locator(".text-sheet")).to_contain_text("[U+202E]txet")
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide
    desk.look("record-hostile")
