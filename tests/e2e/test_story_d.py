"""Story D: a phrase in last quarter's minutes, in a document, a scan and a mail, for those who may know of it."""

import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest
from docx import Document
from playwright.sync_api import expect

from tests.e2e.conftest import PASSWORD, Enter, Served, Visitor
from tests.e2e.test_administering import begin
from tests.ingest.scans import scanned_pdf, written

pytestmark = pytest.mark.browser

PEOPLE = (
    ("wangfang", "王芳", "staff", ["市场部", "销售部"]),
    ("zhouhead", "周部长", "dept_head", ["市场部", "销售部"]),
    ("lidangan", "李档案", "archivist", ["综合管理部"]),
    ("chenlin", "陈琳", "staff", ["市场部"]),
)
QUESTION = "“渠道窜货” 类别:会议记录 日期:上季度"
ADDRESS = f"/search?q={quote(QUESTION)}"
CUSTOMER = "嘉禾连锁超市有限公司"


@dataclass
class Desk:
    """Somebody who works through the API, in the session of his window."""

    visitor: Visitor

    def post(self, path: str, rev: int | None = None, **said: Any) -> Any:
        return self._sent(path, {} if rev is None else {"If-Match": f'"{rev}"'}, data=said)

    def upload(self, record: str, name: str, content: bytes) -> None:
        headers = {"Content-Type": "application/octet-stream"}
        self._sent(f"/records/{record}/files?name={quote(name)}", headers, data=content)

    def get(self, path: str) -> Any:
        answer = self.visitor.page.request.get(f"{self.visitor.url}/api/v1{path}")
        assert answer.ok, answer.text()
        return answer.json()

    def _sent(self, path: str, headers: dict[str, str], **body: Any) -> Any:
        page, url = self.visitor.page, self.visitor.url
        token = page.locator('meta[name="csrf-token"]').get_attribute("content") or ""
        headers = {"X-CSRF-Token": token, "Origin": url, **headers}
        answer = page.request.post(f"{url}/api/v1{path}", headers=headers, **body)
        assert answer.ok, f"{path}: {answer.text()}"
        return answer.json()


def last_quarter() -> date:
    """A day of the last quarter."""
    today = datetime.now().astimezone().date()
    return date(today.year, (today.month - 1) // 3 * 3 + 1, 1) - timedelta(days=20)


def minutes() -> list[tuple[str, str, str, bytes]]:
    """Title, department, file name and content: a document, a scan, and a mail in traditional characters."""
    document = Document()
    document.add_paragraph("一、价格执行情况正常。")
    document.add_paragraph("二、会议决定：渠道窜货一经查实，扣除当季返利。")
    bytes_of_document = BytesIO()
    document.save(bytes_of_document)
    scan = scanned_pdf(
        [written(["销售例会纪要", "第三条 渠道窜货由大区经理负责核查。", "处理结果报市场部。"], letters=44)]
    )
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "例會紀要", "wang@example.com", "zhou@example.com"
    mail.set_content("各位同事：\n本次例會重申，嚴禁渠道竄貨，違者取消促銷資格。\n")
    return [
        ("四月渠道例会纪要", "市场部", "渠道例会.docx", bytes_of_document.getvalue()),
        ("五月销售例会纪要", "销售部", "销售例会.pdf", scan),
        ("六月例會紀要", "市场部", "例會.eml", bytes(mail)),
    ]


def hire(admin: Visitor, served: Served) -> None:
    begin(admin, served, "admin", served.passwords["admin"])
    for name, display_name, role, departments in PEOPLE:
        Desk(admin).post(
            "/users",
            name=name,
            display_name=display_name,
            roles=[role],
            departments=departments,
            password=PASSWORD,
        )


def taken_in(desk: Desk, title: str, department: str, name: str, content: bytes) -> str:
    """Minutes that are described in full, and their file."""
    day = last_quarter().isoformat()
    party = CUSTOMER if department == "销售部" else "江海贸易有限公司"
    fields = {"meeting_name": title, "held_on": day, "chair": "周部长", "parties": [party]}
    record = desk.post(
        "/records",
        title=title,
        category="WD-HY",
        date=day,
        department=department,
        responsible=department,
        retention="D10",
        fields=fields,
    )
    desk.upload(record["id"], name, content)
    return str(record["id"])


def wait_until_read(desk: Desk, record: str) -> None:
    """Every file is read to its end, the scan recognised."""
    deadline = time.monotonic() + 240
    while any(file["state"] != "done" or file["stage"] for file in desk.get(f"/records/{record}")["files"]):
        assert time.monotonic() < deadline, "not read to its end"
        desk.visitor.page.wait_for_timeout(300)


def archived(record: str, wang: Desk, zhou: Desk, li: Desk) -> str:
    """Submitted, reviewed, accepted and archived: its reference code."""
    wait_until_read(wang, record)
    for desk, step, said in (
        (wang, "submit", {}),
        (zhou, "review", {}),
        (li, "accept", {"copies": 1, "sheets": 2}),
    ):
        rev = desk.get(f"/records/{record}")["rev"]
        desk.post(f"/records/{record}/{step}", rev, **said)
    return str(li.post(f"/records/{record}/archive", li.get(f"/records/{record}")["rev"])["ref_code"])


@pytest.mark.requirement("R-SRC-1", "R-SRC-2", "R-SEC-7", "R-VAL-12")
def test_a_phrase_of_last_quarter_s_minutes(enter: Enter, served: Served) -> None:
    admin = enter()
    hire(admin, served)
    windows = {name: enter() for name, *_ in PEOPLE}
    for name, visitor in windows.items():
        visitor.sign_in(name, PASSWORD)
    wang, zhou, li = (Desk(windows[name]) for name in ("wangfang", "zhouhead", "lidangan"))
    records = [taken_in(wang, *one) for one in minutes()]
    codes = [archived(record, wang, zhou, li) for record in records]

    head = zhou.visitor
    head.open_until(ADDRESS, ".hitrow >> nth=2")
    began = time.monotonic()
    found = zhou.get(f"/search?q={quote(QUESTION)}")
    assert time.monotonic() - began < 1
    assert {hit["ref_code"] for hit in found["hits"]} == set(codes)
    rows = head.page.locator(".hitrow")
    for code, marked in zip(codes, ("渠道窜货", "渠道窜货", "渠道竄貨"), strict=True):
        row = rows.filter(has_text=code)
        expect(row.locator("mark").first).to_contain_text(marked)
        expect(row.locator(".place").first).not_to_be_empty()
    head.look("story-d")
    narrow_down(head)
    without_right_to_sales(windows["chenlin"], codes[1])
    corrected(records[0], codes[0], wang, zhou, li)


def narrow_down(head: Visitor) -> None:
    """By department and by customer."""
    page = head.page
    page.locator(".facets label", has_text="销售部").click()
    expect(page.locator(".hitrow")).to_have_count(1)
    head.open(ADDRESS)
    page.locator(".facets label", has_text=CUSTOMER).click()
    expect(page.locator(".hitrow")).to_have_count(1)


def without_right_to_sales(visitor: Visitor, code: str) -> None:
    """Neither hit nor count, and no facet that would tell."""
    visitor.open(ADDRESS)
    expect(visitor.page.locator(".hitrow")).to_have_count(2)
    expect(visitor.page.locator(".tools")).to_contain_text("2 件档案")
    for untold in (code, "销售部", CUSTOMER):
        expect(visitor.page.locator("main")).not_to_contain_text(untold)


def corrected(record: str, code: str, wang: Desk, zhou: Desk, li: Desk) -> None:
    """After a correction the old version is found only on request."""
    new = wang.post(f"/records/{record}/correct", reason="日期有误")["id"]
    archived(new, wang, zhou, li)
    head = zhou.visitor
    head.open_until(ADDRESS, ".left-out")
    head.open_until(ADDRESS, f'.hitrow[data-id="{new}"]')
    expect(head.page.locator(".hitrow")).to_have_count(3)
    expect(head.page.locator(f'.hitrow[data-id="{record}"]')).to_have_count(0)
    expect(head.page.locator(f'.hitrow[data-id="{new}"]')).to_have_count(1)
    expect(head.page.locator(".left-out")).to_contain_text("1 件已被替代")
    head.look("story-d-corrected")
    head.page.locator(".left-out a").click()
    expect(head.page.locator(".hitrow")).to_have_count(1)
    expect(head.page.locator(f'.hitrow[data-id="{record}"]')).to_contain_text(code)
