"""Administration: a user is made, signs in, is shut out; a category gets a field; a failed file goes back."""

import re

from playwright.sync_api import expect

from tests.e2e.conftest import PASSWORD, Enter, Served, Visitor


def begin(visitor: Visitor, served: Served, name: str, one_time: str) -> None:
    """Sign in, and change the one-time password the first time."""
    visitor.sign_in(name, served.passwords.get(f"{name}'s own", one_time))
    if "/password" in visitor.page.url:
        for field, text in (("old", one_time), ("new", PASSWORD), ("again", PASSWORD)):
            visitor.page.fill(f"#{field}", text)
        visitor.page.click("form.panel button")
        visitor.page.wait_for_url(lambda url: "/password" not in url)
        served.passwords[f"{name}'s own"] = PASSWORD


def test_a_user_is_made_signs_in_once_and_is_shut_out(enter: Enter, served: Served) -> None:
    admin = enter()
    begin(admin, served, "admin", served.passwords["admin"])
    admin.look("dashboard-admin")
    admin.open("/admin/users")
    admin.look("users")
    page = admin.page
    page.get_by_role("link", name="新建用户").click()
    page.fill("#f-name", "zhaolei")
    page.fill("#f-display_name", "赵磊")
    page.get_by_role("button", name="新建用户").click()
    once = page.locator(".once .secret").inner_text()
    admin.look("one-time-password")
    expect(page).to_have_url(re.compile(r"/admin/users/[0-9a-f]{32}$"))

    zhao = enter("narrow")
    begin(zhao, served, "zhaolei", once)
    expect(zhao.page.get_by_role("heading", level=1)).to_have_text("我的工作")
    zhao.open("/me")
    zhao.look("me")

    page.get_by_role("button", name="停用").click()
    expect(page.get_by_role("button", name="启用")).to_be_visible()
    expect(page.locator(".once")).to_have_count(0)
    zhao.open("/inbox")
    zhao.page.wait_for_url("**/sign-in**")


def test_a_field_is_added_published_and_described_by(enter: Enter, served: Served, archivist: str) -> None:
    visitor = enter()
    visitor.sign_in(archivist, PASSWORD)
    visitor.open("/admin/categories/NB")
    page = visitor.page
    page.get_by_role("button", name="添加字段").click()
    last = page.locator(".sfields > li").last
    last.get_by_label("代号").fill("box_no")
    last.get_by_label("名称", exact=True).fill("柜号")
    expect(page.locator("#preview")).to_contain_text("柜号")
    visitor.look("schema-editor")
    page.fill("#reason", "实物要找得到")
    page.get_by_role("button", name="保存并发布").click()
    expect(page.locator("main")).to_contain_text("现行第 2 版")
    visitor.open("/admin/queue")
    visitor.look("queue")
    visitor.open("/")
    visitor.look("dashboard")
