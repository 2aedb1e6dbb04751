"""What a strict policy asks of every page: nothing inline, nothing from elsewhere, nothing kept by caches."""

import re
from pathlib import Path

import pytest

from tests.service.web.conftest import Bring, Reader

PAGES = ["/search", "/search?q=渠道", "/search?q=无", "/inbox", "/password", "/records/none"]


@pytest.fixture
def pages(li: Reader, nobody: Reader, bring: Bring) -> dict[str, str]:
    record = bring("备忘.txt", "渠道窜货")
    found = {path: li.get(path, Accept="text/html").text for path in PAGES}
    return found | {"record": li.read(f"/records/{record}?q=渠道"), "sign-in": nobody.read("/sign-in")}


def test_nothing_is_inline(pages: dict[str, str]) -> None:
    for path, page in pages.items():
        assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", page) == [], path
        assert re.findall(r"<style\b|\sstyle=|\son[a-z]+=|javascript:", page) == [], path


def test_nothing_comes_from_elsewhere(pages: dict[str, str]) -> None:
    for path, page in pages.items():
        assert re.findall(r'(?:src|href|action)="(?:https?:)?//[^"]*"', page) == [], path


def test_pages_are_not_kept_and_assets_are(li: Reader) -> None:
    page = li.get("/search")
    assert page.headers["Cache-Control"] == "private, no-store"
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    style = re.search(r'href="(/assets/app-[^"]+)"', page.text)
    assert style
    with li.get(style[1]) as asset:
        assert "immutable" in asset.headers["Cache-Control"]
    assert li.get("/assets/../pages.py").status_code == 404


def test_every_page_has_one_heading_and_names_its_language(pages: dict[str, str]) -> None:
    for path, page in pages.items():
        assert len(re.findall(r"<h1\b", page)) == 1, path
        assert '<html lang="zh-CN"' in page, path


def test_what_replaces_itself_is_an_element_without_links(pages: dict[str, str]) -> None:
    """A target that stands on a part of the page is inherited by every link in it."""
    for path, page in pages.items():
        assert re.findall(r"<(?!span hidden )[^>]*\shx-get=[^>]*>", page) == [], path


def test_no_field_speaks_the_browsers_language() -> None:
    """A browser draws fields for files and days in its own language: a label or a text stands for them."""
    for template in Path(__file__).parents[3].glob("service/web/templates/*.html"):
        fields = re.findall(r"<input\b[^>]*>", template.read_text("utf-8"))
        wrong = [one for one in fields if 'type="file"' in one and 'class="vh"' not in one]
        wrong += [one for one in fields if re.search(r'type="(date|month|week|time|datetime-local)"', one)]
        assert wrong == [], template.name
