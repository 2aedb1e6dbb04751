"""Stories A (its first half) and D, told by six people in the pages alone: who submits, reviews, accepts, runs, watches,
and may not know."""

import re
import time
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote

import pytest
from docx import Document
from playwright.sync_api import Browser, Page, expect

from service.domain.dates import day_of
from tests.e2e.conftest import PASSWORD, Enter, Served, Visitor
from tests.e2e.test_administering import begin
from tests.e2e.test_together import settled
from tests.ingest.scans import scanned_pdf, written

PEOPLE = (
    ("wangfang", "王芳", ("员工", "部门兼职档案员"), ("销售部", "市场部"), "秘密"),
    ("zhouhead", "周部长", ("部门负责人",), ("销售部", "市场部"), "秘密"),
    ("lidangan", "李档案", ("档案管理员",), ("综合管理部",), "秘密"),
    ("shenji", "沈稽", ("审计员",), (), "非密级"),
    ("chenlin", "陈琳", ("员工",), ("市场部",), "非密级"),
)
"""Who there is beside the system administrator: name, how he is called, roles, departments, what he is cleared for."""

PHRASE = "跨区销售一经查实"
CONTRACT = "华东区购销合同"
SMALL = (827, 1170)
"""A page at 100 dots an inch, quickly read."""


@pytest.fixture(scope="module")
def people(served: Served, chromium: Browser) -> Served:
    """All six, with passwords of their own; the administrator has entered them on his pages."""
    admin = Visitor(chromium.new_page(locale="zh-CN"), served.url, "wide")
    begin(admin, served, "admin", served.passwords["admin"])
    once = {person[0]: hired(admin, *person) for person in PEOPLE}
    admin.page.close()
    for name, password in once.items():
        visitor = Visitor(chromium.new_page(locale="zh-CN"), served.url, "wide")
        begin(visitor, served, name, password)
        visitor.page.close()
    return served


def hired(
    admin: Visitor, name: str, called: str, roles: tuple[str, ...], departments: tuple[str, ...], level: str
) -> str:
    """The one-time password of a new user."""
    page = admin.page
    for department in departments:
        admin.open("/admin/departments")
        if not page.get_by_role("cell", name=department, exact=True).count():
            page.get_by_label("名称").fill(department)
            page.get_by_role("button", name="添加部门").click()
            expect(page.get_by_role("cell", name=department, exact=True)).to_be_visible()
    admin.open("/admin/users/new")
    page.fill("#f-name", name)
    page.fill("#f-display_name", called)
    page.get_by_role("group", name="角色", exact=True).get_by_label("员工", exact=True).uncheck()
    for group, words in (("角色", roles), ("部门", departments)):
        for word in words:
            page.get_by_role("group", name=group, exact=True).get_by_label(word, exact=True).check()
    page.get_by_role("radiogroup", name="可知密级").get_by_label(level, exact=True).check()
    page.get_by_role("button", name="新建用户").click()
    return page.locator(".once .secret").inner_text()


@pytest.fixture
def all_of_them(people: Served, enter: Enter) -> dict[str, Visitor]:
    """Six windows, each signed in."""
    windows = {name: enter() for name in ("admin", *(person[0] for person in PEOPLE))}
    for name, visitor in windows.items():
        visitor.sign_in(name, PASSWORD)
    return windows


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A signed contract of twelve scanned pages, and the form by which it was approved."""
    folder = tmp_path_factory.mktemp("signed")
    pages = [[f"第 {n} 页 双方权利义务"] for n in range(1, 13)]
    pages[6] = [f"第七条 {PHRASE}", "扣除当季返利。"]
    contract, form = folder / f"{CONTRACT}.pdf", folder / "合同审批单.pdf"
    contract.write_bytes(scanned_pdf([written(lines, SMALL, letters=24) for lines in pages]))
    form.write_bytes(scanned_pdf([written(["合同审批单", "同意签订。"], SMALL, letters=24)]))
    return [contract, form]


FIELDS = {
    "contract_no": "GX-HD-2026-0117",
    "party_a": "全宗食品有限公司",
    "party_b": "嘉禾连锁超市有限公司",
    "signed_on": "2026-03-12",
}


@pytest.mark.requirement(
    "R-VAL-9", "R-CON-7", "R-ARC-5", "R-VAL-12", "R-NUM-1", "R-CAP-1", "R-SEC-7", "S-ER-2"
)
def test_a_contract_goes_into_the_archive(
    all_of_them: dict[str, Visitor], signed: list[Path], enter: Enter
) -> None:
    wang, zhou, li = (all_of_them[name] for name in ("wangfang", "zhouhead", "lidangan"))
    record = describe(wang, signed)
    complete(wang, record)
    press(wang, "提交复核", "等待复核")
    sent_back(zhou)
    put_right(wang)
    zhou.open(record)
    press(zhou, "复核通过", "等待验收")
    code = accepted(li, record)
    found_again(wang, code)
    nobody_else(all_of_them, record, code)
    narrow = enter("narrow")
    narrow.sign_in("lidangan", PASSWORD)
    for path, name in (("/tasks", "tasks"), (record, "six-archived")):
        narrow.open(path)
        narrow.look(name)


def drop(visitor: Visitor, paths: list[Path]) -> None:
    """Bring files; what is read of them meanwhile is not waited for."""
    page = visitor.page
    page.set_input_files("#files", [str(path) for path in paths])
    expect(page.locator("#drawer .up")).to_have_count(len(paths))
    going = ", ".join(f"#drawer .up[data-stage={stage}]" for stage in ("waiting", "sending", "verifying"))
    expect(page.locator(going)).to_have_count(0, timeout=600_000)
    page.keyboard.press("Escape")


def opened(page: Page, title: str) -> None:
    """Open one of the inbox, and wait until it stands there."""
    item = page.locator(".item").filter(has_text=title).first
    item.click()
    expect(item).to_have_attribute("aria-current", "true")
    settled(page)


def describe(wang: Visitor, signed: list[Path]) -> str:
    """The scan is dropped and described as confidential, the approval put beside it; the address of the record."""
    page = wang.page
    drop(wang, signed[:1])
    wang.open("/inbox")
    opened(page, CONTRACT)
    page.select_option("#f-category", label="合同")
    expect(page.locator("#f-fields-contract_no")).to_be_visible()
    page.fill("#f-date", "2026-03-12")
    page.fill("#f-department", "销售部")
    page.wait_for_load_state("networkidle")
    page.locator("[data-anyway]").click()
    said(wang, "已著录")
    wang.open_until("/search?category=HT", ".hitrow")
    page.locator(".hitrow a.title").first.click()
    page.wait_for_url("**/records/**")
    record = page.url.removeprefix(wang.url).partition("?")[0]
    page.locator("[data-act=upload]:visible").first.click()
    page.get_by_text("加到打开的这件档案").click()
    drop(wang, signed[1:])
    wang.open(record)
    expect(page.locator("#side .files > li")).to_have_count(2)
    return record


def complete(wang: Visitor, record: str) -> None:
    """What is missing is named beside the step; it is filled in and saved."""
    page = wang.page
    page.locator("summary", has_text="提交复核").click()
    expect(page.locator(".lacks")).to_contain_text("“责任者”必填")
    wang.look("six-missing")
    page.keyboard.press("Escape")
    page.fill("#f-responsible", "销售部")
    for field, text in FIELDS.items():
        page.fill(f"#f-fields-{field}", text)
    page.select_option("#f-fields-contract_kind", "sale")
    page.select_option("#f-copy_status", "copy")
    page.fill("#f-original_place", "综合管理部")
    page.get_by_role("radiogroup", name="密级").get_by_label("秘密", exact=True).check()
    save(wang)


def save(visitor: Visitor) -> None:
    visitor.page.get_by_role("button", name="保存", exact=False).last.click()
    said(visitor, "已保存")


def sent_back(zhou: Visitor) -> None:
    """The leader reads the scan, and returns it for the number of its approval."""
    page = zhou.page
    zhou.open("/tasks")
    zhou.look("six-review")
    page.locator("a.title", has_text=CONTRACT).click()
    expect(page.locator(".viewer")).to_be_visible()
    page.locator("summary", has_text="退回").click()
    page.fill("#reason-return", "补上合同审批单的文号")
    zhou.look("six-return")
    page.locator(".menu.ask button", has_text="退回").click()
    said(zhou, "已退回")


def put_right(wang: Visitor) -> None:
    """What was asked for is filled in, and the contract handed in again."""
    page = wang.page
    wang.open("/tasks?queue=returned")
    expect(page.locator("main")).to_contain_text("补上合同审批单的文号")
    page.locator("a.title").first.click()
    expect(page.locator(".note.returned")).to_contain_text("周部长 退回")
    page.fill("#f-doc_no", "销审〔2026〕17 号")
    save(wang)
    press(wang, "提交复核", "等待复核")


def read_through(visitor: Visitor, record: str, files: int) -> None:
    """Wait until every file is read to its end: nothing is accepted before."""
    done = "".join(f':has(li:nth-child({n}):has-text("文字已收进检索"))' for n in range(1, files + 1))
    for _ in range(3):
        visitor.open_until(record, f"#side .files{done}")
    expect(visitor.page.locator(f"#side .files{done}")).to_be_visible()


def accepted(li: Visitor, record: str) -> str:
    """Counted, the handover sheet printed for both to sign, numbered: the reference code."""
    page = li.page
    li.open("/tasks?queue=reviewed")
    li.look("six-accept-list")
    read_through(li, record, 2)
    page.locator("summary", has_text="验收").click()
    expect(page.locator("input[name=sheets]")).to_have_value("13")
    li.look("six-accept")
    page.get_by_role("button", name="确认验收").click()
    said(li, "已验收")
    sheet = page.get_by_role("link", name="移交清单").get_attribute("href")
    printed = page.request.get(f"{li.url}{sheet}")
    assert printed.headers["content-type"] == "application/pdf"
    assert printed.body().startswith(b"%PDF")
    press(li, "归档编号", "已归档")
    li.look("six-numbered")
    code = page.locator(".rechead .code").last.inner_text()
    assert re.fullmatch(r"Q001-HT·2026-D30-XSB-\d{4}", code)
    return code


def found_again(wang: Visitor, code: str) -> None:
    """By a phrase of the scan and by the code; it says that it is a copy, and where the original lies."""
    page = wang.page
    wang.open_until(f"/search?q={quote(PHRASE)}", ".hitrow mark")
    expect(page.locator(".hitrow")).to_contain_text("第 7 页")
    wang.look("six-found")
    wang.open_until(f"/search?q={quote(code)}", ".hitrow")
    page.locator(".hitrow a.title").first.click()
    expect(page.locator(".rechead")).to_contain_text(code)
    for told in ("秘密", "复印件", "综合管理部"):
        expect(page.locator("#side")).to_contain_text(told)
    expect(page.locator("#description")).to_have_count(0)
    expect(page.get_by_role("button", name="提交复核")).to_have_count(0)


def nobody_else(windows: dict[str, Visitor], record: str, code: str) -> None:
    """Who is not cleared finds nothing; who runs the machine sees no content; who watches sees acts and no words."""
    for name in ("chenlin", "admin", "shenji"):
        visitor = windows[name]
        answer = visitor.page.goto(visitor.url + record)
        assert answer
        assert answer.status == 404
        visitor.open(f"/search?q={quote(PHRASE)}")
        expect(visitor.page.locator("main")).not_to_contain_text(CONTRACT)
        expect(visitor.page.locator(".hitrow")).to_have_count(0)
    admin, auditor = windows["admin"], windows["shenji"]
    admin.open("/admin/queue")
    expect(admin.page.locator("main")).not_to_contain_text(CONTRACT)
    admin.look("six-admin")
    auditor.open(f"/admin/audit?object={record.rpartition('/')[2]}")
    for told in ("王芳", "周部长", "李档案", "归档"):
        expect(auditor.page.locator("main")).to_contain_text(told)
    expect(auditor.page.locator("main")).not_to_contain_text(CONTRACT)
    auditor.look("six-auditor")


def answered(visitor: Visitor, path: str) -> float:
    """Seconds until a page is there; the machine has other things to do, so that only the best of several says much."""
    began = time.monotonic()
    assert visitor.page.request.get(visitor.url + path).ok
    return time.monotonic() - began


QUESTION = "“渠道窜货” 类别:会议记录 日期:上季度"
ADDRESS = f"/search?q={quote(QUESTION)}"
CUSTOMER = "嘉禾连锁超市有限公司"


def last_quarter() -> date:
    """A day of the last quarter."""
    today = day_of(datetime.now(UTC))
    return date(today.year, (today.month - 1) // 3 * 3 + 1, 1) - timedelta(days=20)


@pytest.fixture(scope="module")
def minutes(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A document, a scan, and a mail in traditional characters."""
    folder = tmp_path_factory.mktemp("minutes")
    paths = [folder / name for name in ("四月渠道例会.docx", "五月销售例会.pdf", "六月例會.eml")]
    document = Document()
    document.add_paragraph("一、价格执行情况正常。")
    document.add_paragraph("二、会议决定：渠道窜货一经查实，扣除当季返利。")
    document.save(str(paths[0]))
    lines = ["销售例会纪要", "第三条 渠道窜货由大区经理负责核查。", "处理结果报市场部。"]
    paths[1].write_bytes(scanned_pdf([written(lines, letters=44)]))
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "例會紀要", "wang@example.com", "zhou@example.com"
    mail.set_content("各位同事：\n本次例會重申，嚴禁渠道竄貨，違者取消促銷資格。\n")
    paths[2].write_bytes(bytes(mail))
    return paths


@pytest.mark.requirement("R-SRC-1", "R-SRC-2", "R-SEC-7", "R-VAL-12")
def test_a_phrase_of_last_quarter_s_minutes(all_of_them: dict[str, Visitor], minutes: list[Path]) -> None:
    wang, zhou, li = (all_of_them[name] for name in ("wangfang", "zhouhead", "lidangan"))
    drop(wang, minutes)
    for n, path in enumerate(minutes):
        describe_minutes(wang, path.stem, ("市场部", "销售部", "市场部")[n])
    for visitor, queue, done in (
        (wang, "draft", "已办理 3 件"),
        (zhou, "submitted", "已办理 3 件"),
        (li, "reviewed", "已办理 3 件"),
        (li, "accepted", "已办理 3 件"),
    ):
        visitor.open(f"/tasks?queue={queue}")
        if queue == "reviewed":
            scan = visitor.page.locator("a.title", has_text=minutes[1].stem).get_attribute("href")
            read_through(visitor, scan or "", 1)
            visitor.open(f"/tasks?queue={queue}")
        visitor.look(f"six-{queue}")
        visitor.page.get_by_role("button", name="本页全部").click()
        said(visitor, done)
    page = zhou.page
    zhou.open_until(ADDRESS, ".hitrow >> nth=2")
    assert any(answered(zhou, ADDRESS) < 1 for _ in range(30))
    rows = page.locator(".hitrow")
    for path, marked in zip(minutes, ("渠道窜货", "渠道窜货", "渠道竄貨"), strict=True):
        row = rows.filter(has_text=path.stem)
        expect(row.locator(".code")).to_contain_text("Q001-WD")
        expect(row.locator("mark").first).to_contain_text(marked)
        expect(row.locator(".place").first).not_to_be_empty()
    zhou.look("six-minutes")
    narrowed(zhou)
    without_right_to_sales(all_of_them["chenlin"])
    corrected(all_of_them, minutes[0].stem)


def describe_minutes(wang: Visitor, title: str, department: str) -> None:
    """One of the drop, described in the inbox."""
    page, day = wang.page, last_quarter().isoformat()
    wang.open("/inbox")
    opened(page, title)
    page.select_option("#f-category", label="会议纪要")
    expect(page.locator("#f-fields-held_on")).to_be_visible()
    party = CUSTOMER if department == "销售部" else "江海贸易有限公司"
    for field, text in (
        ("title", title),
        ("date", day),
        ("department", department),
        ("responsible", department),
        ("fields-meeting_name", title),
        ("fields-held_on", day),
        ("fields-chair", "周部长"),
        ("fields-parties", party),
    ):
        page.fill(f"#f-{field}", text)
    page.wait_for_load_state("networkidle")
    page.locator("[data-anyway]").click()
    said(wang, "已著录")


def narrowed(head: Visitor) -> None:
    """By department and by customer."""
    page = head.page
    page.locator(".facets label", has_text="销售部").click()
    expect(page.locator(".hitrow")).to_have_count(1)
    head.open(ADDRESS)
    page.locator(".facets label", has_text=CUSTOMER).click()
    expect(page.locator(".hitrow")).to_have_count(1)


def without_right_to_sales(visitor: Visitor) -> None:
    """Neither hit nor count, and no facet that would tell."""
    visitor.open(ADDRESS)
    expect(visitor.page.locator(".hitrow")).to_have_count(2)
    expect(visitor.page.locator(".tools")).to_contain_text("2 件档案")
    for untold in ("五月销售例会", "销售部", CUSTOMER):
        expect(visitor.page.locator("main")).not_to_contain_text(untold)


def corrected(windows: dict[str, Visitor], title: str) -> None:
    """After a correction the old version is found only on request."""
    wang, zhou, li = (windows[name] for name in ("wangfang", "zhouhead", "lidangan"))
    page = wang.page
    wang.open(ADDRESS)
    page.locator(".hitrow").filter(has_text=title).locator("a.title").click()
    page.locator("summary", has_text="更正").click()
    page.fill("#reason-correct", "会议名称有误")
    page.get_by_role("button", name="另立新版").click()
    said(wang, "新版已立为草稿")
    page.fill("#f-title", f"{title}（更正）")
    save(wang)
    press(wang, "提交复核", "等待复核")
    record = page.url.removeprefix(wang.url).partition("?")[0]
    zhou.open(record)
    press(zhou, "复核通过", "等待验收")
    read_through(li, record, 1)
    li.page.locator("summary", has_text="验收").click()
    li.page.get_by_role("button", name="确认验收").click()
    said(li, "已验收")
    press(li, "归档编号", "已归档")
    new = record.rpartition("/")[2]
    zhou.open_until(ADDRESS, ".left-out")
    zhou.open_until(ADDRESS, f'.hitrow[data-id="{new}"]')
    expect(zhou.page.locator(".hitrow")).to_have_count(3)
    expect(zhou.page.locator(".left-out")).to_contain_text("1 件已被替代")
    zhou.look("six-corrected")
    zhou.page.locator(".left-out a").click()
    expect(zhou.page.locator(".hitrow")).to_have_count(1)
    expect(zhou.page.locator(".hitrow")).not_to_contain_text("更正）")


def said(visitor: Visitor, text: str) -> None:
    """What is read out in the end; a step reads every byte before it is taken."""
    expect(visitor.page.locator("#said")).to_contain_text(text, timeout=600_000)


def press(visitor: Visitor, button: str, told: str) -> None:
    """Take the one next step."""
    visitor.page.wait_for_load_state("networkidle")
    visitor.page.get_by_role("button", name=button).click()
    said(visitor, told)
