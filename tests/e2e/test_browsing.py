"""Browsing and bulk work: from a customer to his record, a selection over two pages, a dossier, a zip."""

import csv
import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import PASSWORD, Enter, Served

COUNT = 23
"""More than one page of a list."""


@pytest.fixture(scope="module")
def holdings(served: Served, archivist: str, chromium: Any) -> list[str]:
    """A contract with a customer, and more notes than one page shows; entered by the API as a program would."""
    context = chromium.new_context(extra_http_headers={"Origin": served.url})
    signed_in = context.request.post(
        f"{served.url}/api/v1/session", data={"name": archivist, "password": PASSWORD}
    )
    token = {"X-CSRF-Token": signed_in.json()["csrf"]}

    def enter(described: dict[str, Any], text: str) -> str:
        made = context.request.post(f"{served.url}/api/v1/records", data=described, headers=token)
        record: str = made.json()["id"]
        address = f"{served.url}/api/v1/records/{record}/files?name=巡查.txt"
        body = {"Content-Type": "application/octet-stream"}
        assert context.request.post(address, data=text.encode(), headers=token | body).status == 201
        return record

    contract = {"title": "嘉禾经销合同", "category": "HT", "fields": {"party_b": "嘉禾连锁"}}
    ids = [enter(contract, "嘉禾连锁经销合同正文。")]
    notes = ({"title": f"门店巡查 {n:02}", "category": "WD"} for n in range(COUNT))
    ids += [enter(note, f"{note['title']}，没有异常。") for note in notes]
    context.close()
    return ids


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_by_customer_to_a_record(enter: Enter, archivist: str, holdings: list[str], size: str) -> None:
    li = enter(size)
    li.sign_in(archivist, PASSWORD)
    li.open_until("/browse?by=customer", "#branches a:has-text('嘉禾连锁')")
    if size == "narrow":
        li.page.click("button[aria-controls=facets]")
    li.look("browse-customers")
    li.page.click("#branches a:has-text('嘉禾连锁')")
    li.page.wait_for_url("**/browse?customer=*")
    li.open(li.page.url.removeprefix(li.url))  # the sheet of a narrow screen is closed on a page of its own
    li.page.click("a.title:has-text('嘉禾经销合同')")
    expect(li.page.locator("h1")).to_have_text("嘉禾经销合同")


def test_a_selection_over_two_pages_is_previewed_changed_and_found(
    enter: Enter, archivist: str, holdings: list[str]
) -> None:
    li = enter()
    li.sign_in(archivist, PASSWORD)
    li.open_until("/browse?category=WD", f".bhead b:text-is('{COUNT}')")
    li.page.locator("body").press("x")
    li.page.locator("body").press("j")
    li.page.locator("body").press("j")
    li.page.locator("body").press("Shift+X")
    expect(li.page.locator("[data-some]")).to_have_text("已选 3 件")
    li.page.click("text=下一页")
    li.page.wait_for_url("**cursor=*")
    li.page.locator("[data-select]").last.check()
    expect(li.page.locator("[data-some]")).to_have_text("已选 4 件")
    li.look("browse-selected")
    li.page.click("[data-acts] button[value=edit]")
    li.page.fill("#b-tags_add", "抽查")
    li.page.fill("#b-department", "稽查部")
    li.page.click("text=预览变化")
    expect(li.page.locator(".btable tbody tr:has(ins)")).to_have_count(4)
    li.look("bulk-preview")
    li.page.click("text=修改 4 件")
    expect(li.page.locator(".fates")).to_contain_text("4 件")
    li.look("bulk-done")
    li.open_until("/search?q=抽查", "[data-hit] >> nth=3")
    expect(li.page.locator("[data-hit]")).to_have_count(4)


def test_everything_found_is_filed_in_a_dossier(enter: Enter, archivist: str, holdings: list[str]) -> None:
    li = enter()
    li.sign_in(archivist, PASSWORD)
    li.open("/dossiers/new?kind=activity")
    li.page.fill("#d-title", "门店巡查案卷")
    li.look("dossier-form")
    li.page.click("form.sheet-form button.btn-primary")
    expect(li.page.locator(".p-dossier .note")).to_contain_text("缺 5 件")
    dossier = li.page.url.removeprefix(li.url)
    li.open_until("/browse?category=WD", f".bhead b:text-is('{COUNT}')")
    li.page.click("[data-select-page]")
    li.page.click("[data-act=select-everything]")
    expect(li.page.locator("[data-some]")).to_have_text(f"已选 {COUNT} 件")
    li.page.click("[data-acts] button[value=move]")
    li.page.fill("#b-dossier", "门店巡查案卷")
    li.page.click("text=预览变化")
    li.page.click(f"text=修改 {COUNT} 件")
    expect(li.page.locator(".fates")).to_contain_text(f"{COUNT} 件")
    li.open(dossier)
    expect(li.page.locator(".filed-row")).to_have_count(COUNT)
    first, second = li.page.locator(".filed-row h3").all_text_contents()[:2]
    li.page.locator(".filed-row").first.locator(".order-it button").click()
    expect(li.page.locator(".filed-row h3").first).to_have_text(second)
    expect(li.page.locator(".filed-row h3").nth(1)).to_have_text(first)
    li.look("dossier")


def test_a_downloaded_zip_holds_what_its_list_says(
    enter: Enter, archivist: str, holdings: list[str], tmp_path: Path
) -> None:
    li = enter()
    li.sign_in(archivist, PASSWORD)
    li.open_until("/browse?category=WD", f".bhead b:text-is('{COUNT}')")
    li.page.click("[data-select-page]")
    li.page.click("[data-acts] button[value=download]")
    expect(li.page.locator("a[href$='archive.zip']")).to_be_visible()
    li.look("bulk-download")
    with li.page.expect_download() as coming:
        li.page.click("a[href$='archive.zip']")
    target = tmp_path / "got.zip"
    coming.value.save_as(target)
    with zipfile.ZipFile(target) as zipped:
        lines = list(csv.DictReader(io.StringIO(zipped.read("目录.csv").decode("utf-8-sig"))))
        assert len(lines) == 20
        for line in lines:
            data = zipped.read(line["在压缩包中"])
            assert hashlib.sha256(data).hexdigest() == line["SHA-256"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_pages_in_both_themes_and_sizes(
    enter: Enter, archivist: str, holdings: list[str], size: str, theme: str
) -> None:
    li = enter(size, theme)
    li.sign_in(archivist, PASSWORD)
    li.open_until("/browse?category=WD", "[data-select]")
    li.page.locator("[data-select]").first.check()
    li.look("browse")
    li.page.click("[data-acts] button[value=delete]")
    expect(li.page.locator("h1")).to_have_text("删除 1 件档案")
    li.look("bulk-delete")
    li.open("/dossiers")
    li.look("dossiers")
