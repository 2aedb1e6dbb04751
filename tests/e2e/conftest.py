"""A served archive and a real Chromium: stories of people, from sign-in to result.

They run with `-m browser` or FONDS_TEST_BROWSER=1, and then an absent Chromium is a failure; else they are deselected.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from playwright.sync_api import Browser, Error, Page, Playwright, expect, sync_playwright
from playwright.sync_api import TimeoutError as TooLate
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SCREENSHOTS = HERE / "screenshots"
AXE = ROOT / "frontend/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SIZES = {"wide": (1440, 900), "narrow": (390, 844)}
PASSWORD = "渠道建设与回款-2026"

expect.set_options(timeout=180_000)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark all stories, so that none is forgotten, and leave them out of a run that did not ask for them."""
    asked = os.environ.get("FONDS_TEST_BROWSER") == "1" or config.option.markexpr == "browser"
    mine = [item for item in items if HERE in item.path.parents]
    for item in mine:
        item.add_marker("browser")
    if not asked and mine:
        config.hook.pytest_deselected(items=mine)
        items[:] = [item for item in items if item not in set(mine)]


@dataclass
class Served:
    """A running `fonds serve`: its address, and the one-time passwords of its first people."""

    url: str
    passwords: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An archive of its own for each file of stories, on a free port."""
    home = tmp_path_factory.mktemp("home")
    env = {name: value for name, value in os.environ.items() if not name.startswith("FONDS_")}
    env |= {
        "FONDS_HOME": str(home),
        "FONDS_LISTEN": "127.0.0.1:0",
        "FONDS_WORKERS": "1",
        "LC_ALL": "zh_CN.UTF-8",
    }
    log = home / "said"
    with log.open("wb") as out:
        command = [str(Path(sys.executable).parent / "fonds"), "serve"]
        process = subprocess.Popen(command, env=env, stdout=out, stderr=out)
    try:
        yield _announced(log, process)
    finally:
        process.terminate()
        process.wait(180)


def _announced(log: Path, process: "subprocess.Popen[bytes]") -> Served:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        text = log.read_text("utf-8", errors="replace")
        url = re.search(r"全宗已就绪：(http://\S+)", text)
        people = dict(re.findall(r"用户名 (\S+)\s+一次性密码 (\S+)", text))
        if url and len(people) == 2:
            return Served(url[1], people)
        time.sleep(0.05)
    raise AssertionError(f"fonds serve did not come up:\n{log.read_text('utf-8', errors='replace')}")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Debian's Chromium; a browser story without it is a failure."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "no chromium: apt-get install chromium fonts-noto-cjk"
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    browser = playwright.chromium.launch(executable_path=path, args=arguments)
    yield browser
    browser.close()


@dataclass
class Visitor:
    """Somebody at a browser window. What the console or the policy says against a page is kept in `complaints`."""

    page: Page
    url: str
    size: str
    theme: str = "light"
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.page.goto(self.url + path)

    def open_until(self, path: str, shown: str) -> None:
        """Open a page again and again until the index has caught up and `shown` is there."""
        deadline = time.monotonic() + 180
        self.open(path)
        while not self.page.locator(shown).count() and time.monotonic() < deadline:
            self.page.reload()

    def sign_in(self, name: str, password: str) -> None:
        if "/sign-in" not in self.page.url:
            self.open("/sign-in")
        self.page.fill("#name", name)
        self.page.fill("#password", password)
        self.page.click("form.panel button")
        self.page.wait_for_url(lambda url: "/sign-in" not in url)

    def rest(self) -> None:
        """Wait until nothing is asked for any more. A request that the page before had under way when it was left may
        be counted for ever: then this page has stood still for long enough."""
        self.page.wait_for_load_state("load")
        with suppress(TooLate):
            self.page.wait_for_load_state("networkidle", timeout=30_000)

    def back(self) -> None:
        """The back button, pressed once; returns when the page before is there, which is always loaded anew."""
        self.rest()
        self.page.evaluate("window.left = true")
        with suppress(Error):  # the page may be gone before it has answered: then it went back
            self.page.evaluate("history.back()")
        deadline = time.monotonic() + 180
        while not self._is_elsewhere():
            assert time.monotonic() < deadline, f"nothing came back after {self.page.url}"
            self.page.wait_for_timeout(50)

    def _is_elsewhere(self) -> bool:
        """Asked again and again, and not by a function that waits: the page's policy would forbid that one."""
        with suppress(Error):  # between two pages nobody answers
            return bool(self.page.evaluate("!window.left && document.readyState === 'complete'"))
        return False

    def look(self, name: str) -> None:
        """Take a picture, and hold the page to WCAG 2.2 AA, to the window's width and to silence in the console."""
        self.rest()
        SCREENSHOTS.mkdir(exist_ok=True)
        # Hiding the caret would leave style attributes behind, which the policy then complains of.
        path = SCREENSHOTS / f"{name}-{SIZES[self.size][0]}-{self.theme}.png"
        self.page.screenshot(path=str(path), caret="initial")
        faults = self.faults()
        assert not faults, "\n".join(faults)
        assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
            "the page moves sideways"
        )
        assert self.complaints == []

    def faults(self) -> list[str]:
        self.page.evaluate(AXE.read_text("utf-8"))
        options = json.dumps({"runOnly": RULES, "resultTypes": ["violations"]})
        found: dict[str, Any] = self.page.evaluate(f"axe.run(document, {options})")
        return [
            f"{one['id']}: {one['help']}: {node['html'][:200]} {node['failureSummary'][:300]}"
            for one in found["violations"]
            for node in one["nodes"]
        ]


Enter = Callable[..., Visitor]


@pytest.fixture
def enter(served: Served, chromium: Browser) -> Iterator[Enter]:
    """Open a window of a size and theme; nothing may be left complaining in any at the end."""
    opened: list[Visitor] = []

    def window(size: str = "wide", theme: str = "light", locale: str = "zh-CN") -> Visitor:
        width, height = SIZES[size]
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=theme,  # type: ignore[arg-type]
            locale=locale,
            has_touch=size == "narrow",
            reduced_motion="reduce",
        )
        visitor = Visitor(context.new_page(), served.url, size, theme)
        visitor.page.on("console", lambda said: _heard(visitor, said.type, f"{said.text} {said.location}"))
        visitor.page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        visitor.page.set_default_timeout(120_000)
        opened.append(visitor)
        return visitor

    yield window
    for visitor in opened:
        visitor.page.context.close()
    assert [complaint for visitor in opened for complaint in visitor.complaints] == []


UNANSWERED = ("Failed to load resource", "htmx:afterRequest", "htmx:sendError")


def _heard(visitor: Visitor, kind: str, text: str) -> None:
    # A refused answer (401, 409, 422) is an answer, and a server that a story killed gives none to what a page asks
    # again and again: what counts is what the page makes of it.
    if kind in ("error", "warning") and not text.startswith(UNANSWERED):
        visitor.complaints.append(f"{kind}: {text}")


@pytest.fixture(scope="session")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as people keep it: a contract of three pages, a letter, notes, and an empty file."""
    folder = tmp_path_factory.mktemp("papers")
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    canvas = Canvas(str(folder / "华东区经销商合同.pdf"))
    for lines in CONTRACT:
        for n, line in enumerate(lines):
            canvas.setFont("STSong-Light", 12)
            canvas.drawString(72, 760 - 24 * n, line)
        canvas.showPage()
    canvas.save()
    letter = Document()
    letter.add_paragraph("佛山仓 312 件产品在江西被激活，疑似渠道窜货。")
    letter.save(str(folder / "异地扫码说明.docx"))
    (folder / "巡查备忘.txt").write_text("巡查备忘\n检查渠道窜货的门店。\n", "utf-8")
    (folder / "空文件.txt").touch()
    return folder


CONTRACT = [
    ["华东区经销商合同", "合同编号：JXS-HD-2026-0117", "乙方：嘉禾连锁超市有限公司"],
    ["第六条 销售区域", "6.1 乙方在上海市、江苏省经销本合同所列产品。"],
    ["第七条 市场秩序", "7.2 乙方不得以任何方式从事渠道窜货。"],
]


@pytest.fixture(scope="module")
def archivist(served: Served, chromium: Browser) -> str:
    """The archivist, with a password of his own already."""
    page = chromium.new_page()
    page.goto(served.url + "/sign-in")
    page.fill("#name", "archivist")
    page.fill("#password", served.passwords["archivist"])
    page.click("form.panel button")
    page.fill("#old", served.passwords["archivist"])
    page.fill("#new", PASSWORD)
    page.fill("#again", PASSWORD)
    page.click("form.panel button")
    page.wait_for_url(served.url + "/")
    page.close()
    return "archivist"
