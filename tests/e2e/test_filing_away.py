"""Story A, first half: a contract is described, returned once, reviewed, accepted, archived, and found by its code."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import PASSWORD, Enter, Served, Visitor
from tests.e2e.test_administering import begin
from tests.e2e.test_describing import bring

pytestmark = pytest.mark.browser

PEOPLE = (
    ("wangfang", "王芳", "staff"),
    ("zhouhead", "周部长", "dept_head"),
    ("lidangan", "李档案", "archivist"),
)
CODE = "Q001-HT·2026-D30-XSB-0001"


def hire(admin: Visitor, served: Served) -> None:
    """Three people of the sales department and the archive."""
    begin(admin, served, "admin", served.passwords["admin"])
    token = admin.page.locator('meta[name="csrf-token"]').get_attribute("content") or ""
    for name, display_name, role in PEOPLE:
        person = {
            "name": name,
            "display_name": display_name,
            "roles": [role],
            "departments": ["销售部"],
            "password": PASSWORD,
        }
        headers = {"X-CSRF-Token": token, "Origin": admin.url}
        answer = admin.page.request.post(f"{admin.url}/api/v1/users", data=person, headers=headers)
        assert answer.status == 201, answer.text()


def describe(wang: Visitor, papers: Path) -> str:
    """A contract is dropped and described; the address of its record."""
    page = wang.page
    bring(wang, [papers / "华东区经销商合同.pdf"])
    wang.open("/inbox")
    page.locator(".item").filter(has_text="华东区经销商合同").click()
    page.select_option("#f-category", label="合同")
    expect(page.locator("#f-fields-contract_no")).to_be_visible()
    page.fill("#f-date", "2026-03-12")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Control+s")
    said(wang, "已著录")
    wang.open_until("/search?category=HT", ".hitrow")
    page.locator(".hitrow a.title").first.click()
    page.wait_for_url("**/records/**")
    return page.url.removeprefix(wang.url).partition("?")[0]


def complete(wang: Visitor, record: str) -> None:
    """What is missing is named beside the step; it is filled in and saved."""
    page = wang.page
    page.locator("summary", has_text="提交复核").click()
    expect(page.locator(".lacks")).to_contain_text("“责任者”必填")
    wang.look("life-missing")
    page.keyboard.press("Escape")
    page.fill("#f-responsible", "销售部")
    for field, text in FIELDS.items():
        page.fill(f"#f-fields-{field}", text)
    page.select_option("#f-fields-contract_kind", "dealer")
    page.select_option("#f-copy_status", "copy")
    page.fill("#f-original_place", "综合管理部")
    page.get_by_role("button", name="保存", exact=False).last.click()
    said(wang, "已保存")
    wang.open(record)


FIELDS = {
    "contract_no": "JXS-HD-2026-0117",
    "party_a": "全宗食品有限公司",
    "party_b": "嘉禾连锁超市有限公司",
    "signed_on": "2026-03-12",
}


@pytest.mark.requirement("R-VAL-9", "R-CON-7", "R-ARC-5", "R-VAL-12", "R-NUM-1", "R-CAP-1")
def test_a_contract_goes_into_the_archive(enter: Enter, served: Served, papers: Path) -> None:
    admin, wang, zhou, li = enter(), enter(), enter(), enter()
    hire(admin, served)
    for visitor, name in ((wang, "wangfang"), (zhou, "zhouhead"), (li, "lidangan")):
        visitor.sign_in(name, PASSWORD)
    record = describe(wang, papers)
    complete(wang, record)
    press(wang, "提交复核", "等待复核")

    zhou.open("/tasks")
    zhou.look("tasks-review")
    zhou.page.locator("a.title", has_text="华东区经销商合同").click()
    expect(zhou.page.locator(".viewer")).to_be_visible()
    zhou.page.locator("summary", has_text="退回").click()
    zhou.page.fill("#reason-return", "补上合同审批单的文号")
    zhou.look("life-return")
    zhou.page.locator(".menu.ask button", has_text="退回").click()
    said(zhou, "已退回")

    wang.open("/tasks?queue=returned")
    expect(wang.page.locator("main")).to_contain_text("补上合同审批单的文号")
    wang.page.locator("a.title").first.click()
    expect(wang.page.locator(".note.returned")).to_contain_text("周部长 退回")
    wang.page.fill("#f-doc_no", "销审〔2026〕17 号")
    wang.page.get_by_role("button", name="保存", exact=False).last.click()
    said(wang, "已保存")
    press(wang, "提交复核", "等待复核")

    zhou.open(record)
    press(zhou, "复核通过", "等待验收")
    li.open("/tasks?queue=reviewed")
    li.look("tasks-accept")
    li.open(record)
    li.page.locator("summary", has_text="验收").click()
    expect(li.page.locator("input[name=sheets]")).to_have_value("3")
    li.look("life-accept")
    li.page.get_by_role("button", name="确认验收").click()
    said(li, "已验收")
    press(li, "归档编号", CODE)
    li.look("life-archived")

    wang.open_until("/search?q=q001 ht 2026 d30 xsb 0001", ".hitrow")
    wang.page.locator(".hitrow a.title").first.click()
    expect(wang.page.locator(".rechead")).to_contain_text(CODE)
    expect(wang.page.locator("#side")).to_contain_text("复印件")
    expect(wang.page.locator("#side")).to_contain_text("综合管理部")
    expect(wang.page.locator("#description")).to_have_count(0)
    expect(wang.page.get_by_role("button", name="提交复核")).to_have_count(0)
    narrow = enter("narrow")
    narrow.sign_in("lidangan", PASSWORD)
    for path, name in (("/tasks", "tasks"), (record, "life-archived")):
        narrow.open(path)
        narrow.look(name)


def said(visitor: Visitor, text: str) -> None:
    """What is read out in the end; a step reads every byte before it is taken."""
    expect(visitor.page.locator("#said")).to_contain_text(text, timeout=30_000)


def press(visitor: Visitor, button: str, told: str) -> None:
    """Take the one next step."""
    visitor.page.wait_for_load_state("networkidle")
    visitor.page.get_by_role("button", name=button).click()
    said(visitor, told)
