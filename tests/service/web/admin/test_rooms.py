"""Administration: users, departments, tokens on pages; who may open which; what is shown once is shown once."""

import re

import pytest
from flask import Flask

from service.domain.permissions import Role
from service.models import AuditEvent, Circle, User
from service.web.admin.status import chores
from service.wiring import Fonds
from tests.service.web.conftest import NEAR, PASSWORD, Reader, SignIn, visible


@pytest.fixture
def chen(sign_in: SignIn) -> Reader:
    """The system administrator."""
    return sign_in("chen", Role.SYSADMIN, department="信息部")


def once_of(page: str) -> str:
    found = re.search(r'<output class="code secret">([^<]+)<', page)
    assert found, visible(page)
    return found[1]


NEW = {
    "name": "zhaolei",
    "display_name": "赵磊",
    "roles": ["staff"],
    "departments": ["市场部"],
    "clearance": "L1",
}


@pytest.mark.requirement("R-SEC-6")
def test_an_administrator_makes_a_user_who_signs_in_once_and_has_to_change_his_password(
    chen: Reader, nobody: Reader
) -> None:
    made = chen.post("/admin/users/new", NEW)
    once = once_of(made.text)
    user = User.objects(name="zhaolei")[0]
    assert made.headers["HX-Push-Url"] == f"/admin/users/{user.id}"
    assert (user.clearance, list(user.departments)) == ("L1", ["市场部"])
    assert once not in chen.read(f"/admin/users/{user.id}")
    entered = nobody.client.post("/sign-in", data={"name": "zhaolei", "password": once}, headers=NEAR)
    assert entered.headers["Location"] == "/password"
    assert nobody.get("/inbox").headers["Location"] == "/password"


def test_a_faulty_user_is_told_beside_the_field_and_nothing_typed_is_lost(chen: Reader) -> None:
    page = chen.post("/admin/users/new", NEW | {"name": "赵 磊", "roles": ["staff", "sysadmin"]}).text
    assert "用户名最多 64 个字" in page
    assert "三员分立" in page
    assert 'value="赵 磊"' in page
    assert re.search(r'value="sysadmin" checked', page)


def test_users_are_changed_disabled_and_enabled(chen: Reader, sign_in: SignIn) -> None:
    wang = sign_in("wangfang", Role.STAFF)
    user = User.objects(name="wangfang")[0]
    page = chen.read(f"/admin/users/{user.id}")
    assert "登录中的会话" in visible(page)
    saved = chen.post(
        f"/admin/users/{user.id}", {"display_name": "王芳", "roles": ["dept_head"], "clearance": "L0"}
    )
    assert saved.status_code == 303
    assert "王芳" in visible(chen.read("/admin/users?q=王芳&role=dept_head"))
    assert wang.get("/inbox").status_code == 200
    chen.post(f"/admin/users/{user.id}/disable", {})
    assert "/sign-in" in wang.get("/inbox").headers["Location"]
    assert "已停用" in visible(chen.read("/admin/users?state=disabled"))
    chen.post(f"/admin/users/{user.id}/enable", {})
    assert not User.objects(id=user.id)[0].disabled


def test_what_would_leave_nobody_to_administer_is_refused_in_words(chen: Reader) -> None:
    user = User.objects(name="chen")[0]
    page = chen.post(
        f"/admin/users/{user.id}", {"display_name": "陈", "roles": ["auditor"], "clearance": "L2"}
    )
    assert page.status_code == 409
    assert "这是最后一位系统管理员，先另设一位" in visible(page.text)
    assert "不能停用本人" in visible(chen.post(f"/admin/users/{user.id}/disable", {}).text)


def test_a_session_is_ended_from_the_user_s_page(chen: Reader, sign_in: SignIn) -> None:
    wang = sign_in("wangfang", Role.STAFF)
    user = User.objects(name="wangfang")[0]
    found = re.search(r'action="([^"]+/sessions/[^"]+/end)"', chen.read(f"/admin/users/{user.id}"))
    assert found
    chen.post(found[1], {})
    assert "/sign-in" in wang.get("/inbox").headers["Location"]
    assert "这个会话已不在" in chen.client.get(chen.post(found[1], {}).headers["Location"]).text


def test_a_reset_password_is_shown_once(chen: Reader, sign_in: SignIn) -> None:
    sign_in("wangfang", Role.STAFF)
    user = User.objects(name="wangfang")[0]
    once = once_of(chen.post(f"/admin/users/{user.id}/password", {}).text)
    assert once not in chen.read(f"/admin/users/{user.id}")
    assert chen.get(f"/admin/users/{user.id}/password").headers["Location"] == f"/admin/users/{user.id}"


@pytest.mark.requirement("R-ORG-3")
def test_departments_are_added_and_closed(chen: Reader) -> None:
    assert chen.post("/admin/departments", {"name": "产品部", "order": "2"}).status_code == 303
    assert "次序应为 0–10000" in chen.post("/admin/departments", {"name": "新部", "order": "x"}).text
    chen.post("/admin/departments/close", {"name": "产品部", "closed": "yes"})
    assert "产品部 已撤销" in visible(chen.read("/admin/departments"))
    assert 'value="产品部"' not in chen.read("/admin/users/new")


def test_a_person_makes_and_revokes_his_own_tokens(sign_in: SignIn, fonds: Fonds) -> None:
    wang = sign_in("wangfang", Role.STAFF)
    page = wang.post("/me/tokens", {"name": "夜间导入", "days": "30", "scopes": ["read", "write"]}).text
    text = once_of(page)
    bearer = fonds.tokens.bearer(text)
    assert bearer is not None
    assert bearer.scopes == {"read", "write"}
    again = wang.read("/me")
    assert text not in again
    assert "夜间导入" in visible(again)
    found = re.search(r'action="(/me/tokens/[^"]+/revoke)"', again)
    assert found
    wang.post(found[1], {})
    assert fonds.tokens.bearer(text) is None
    assert "有效期应为" in wang.post("/me/tokens", {"name": "夜间导入", "days": "0"}).text
    assert text not in str([event.to_mongo() for event in AuditEvent.objects()])


def test_an_administrator_revokes_tokens_of_others(chen: Reader, sign_in: SignIn, fonds: Fonds) -> None:
    wang = sign_in("wangfang", Role.STAFF)
    text = once_of(wang.post("/me/tokens", {"name": "夜间导入", "days": "30"}).text)
    found = re.search(r'action="(/admin/tokens/[^"]+/revoke)"', chen.read("/admin/tokens"))
    assert found
    chen.post(found[1], {})
    assert fonds.tokens.bearer(text) is None


def test_a_person_ends_his_other_sessions(sign_in: SignIn, served: object, fonds: Fonds) -> None:
    wang = sign_in("wangfang", Role.STAFF)
    other = fonds.sign_in.sign_in(
        "wangfang", PASSWORD, address="10.0.0.9", agent="Mozilla Firefox/130 Windows"
    )
    assert "Firefox · Windows" in visible(wang.read("/me"))
    wang.post("/me/sessions/end-others", {})
    assert fonds.sign_in.session(other.token) is None
    assert wang.get("/me").status_code == 200


PAGES = [
    "/admin/roles",
    "/admin/circles",
    "/admin/users",
    "/admin/users/new",
    "/admin/departments",
    "/admin/tokens",
    "/status",
]


@pytest.mark.requirement("R-SEC-6", "S-ER-2")
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SYSADMIN])
def test_pages_of_the_administrator_are_his_alone(sign_in: SignIn, role: Role) -> None:
    reader = sign_in("somebody", role)
    for path in PAGES:
        assert reader.get(path).status_code == 403, path


def test_the_list_of_users_is_paged(chen: Reader, fonds: Fonds) -> None:
    for number in range(51):
        name = f"u{number:02}"
        User(id=f"id-{name}", name=name, display_name=name, roles=["staff"], created_at=fonds.clock()).save()
    page = chen.read("/admin/users")
    assert "52 人" in visible(page)
    further = re.search(r'href="(/admin/users\?after=[^"]+)"', page)
    assert further
    assert "u50" in chen.read(further[1])


@pytest.mark.requirement("R-SEC-6")
def test_the_matrix_of_roles_is_shown_and_a_role_is_edited(chen: Reader) -> None:
    shown = visible(chen.read("/admin/roles"))
    assert "查看核心机密类别" in shown
    assert "部门兼职档案员" in shown
    page = chen.post("/admin/roles/new", {"code": "clerk", "name": "", "acts": ["read", "operate"]})
    assert (page.status_code, "三员分立" in page.text) == (422, True)
    assert re.search(r'value="operate" checked', page.text)
    chen.post("/admin/roles/new", {"code": "clerk", "name": "查阅员", "acts": ["", "read"]})
    assert "查阅员" in visible(chen.read("/admin/users/new"))
    chen.post("/admin/roles/clerk/remove", {})
    assert "查阅员" not in visible(chen.read("/admin/roles"))


def test_reach_circles_and_deputies_of_a_user_are_set_on_his_page(chen: Reader, sign_in: SignIn) -> None:
    wang = sign_in("wangfang", Role.STAFF)
    sign_in("zhaolei", Role.STAFF)
    user = User.objects(name="wangfang")[0]
    chen.post("/admin/departments", {"name": "市场部", "order": "1"})
    chen.post("/admin/circles", {"name": "投标项目组"})
    circle = Circle.objects[0].id
    saved = NEW | {
        "roles": ["dept_archivist"],
        "reach.dept_archivist": ["named", "市场部"],
        "circles": [circle],
    }
    assert chen.post(f"/admin/users/{user.id}", saved).status_code == 303
    kept = User.objects(id=user.id)[0]
    assert (kept.reach, list(kept.circles)) == ({"dept_archivist": ["市场部"]}, [circle])
    page = chen.read(f"/admin/users/{user.id}")
    assert re.search(r'value="市场部" checked', page)
    assert "投标项目组" in visible(chen.read("/admin/circles"))
    named = {"deputy": "zhaolei", "first_day": "2026-03-02", "last_day": "2026-02-01", "reason": "出差"}
    wrong = chen.post(f"/admin/users/{user.id}/deputies", named)
    assert (wrong.status_code, "截止不早于起始" in wrong.text) == (422, True)
    assert 'value="出差"' in wrong.text
    wang.post("/me/deputies", named | {"last_day": "2026-03-09"})
    assert "出差" in visible(chen.read(f"/admin/users/{user.id}"))
    zhao = sign_in("other", Role.STAFF)
    assert zhao.post("/me/acting", {"acting_for": user.id}).status_code == 404


def test_every_chore_has_a_name_in_chinese(fonds: Fonds, served: Flask) -> None:
    rounds = [{"name": one.name, "at": fonds.clock(), "fault": ""} for one in fonds.housekeeping._chores]
    with served.test_request_context("/status"):
        done = chores({"chores": rounds})
    assert len(done) > 10
    assert [name for name, _at, _fault in done if name.isascii()] == []
