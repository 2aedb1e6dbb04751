"""Signing in and out by pages."""

import pytest
from flask import Flask

from service.domain.permissions import Actor, Role
from service.usecases.people.users import NewUser
from service.web.frame import own_path
from service.wiring import Fonds
from tests.service.web.conftest import NEAR, PASSWORD, Reader, SignIn, visible


def test_somebody_unknown_is_sent_to_the_sign_in_and_back(nobody: Reader) -> None:
    answer = nobody.get("/inbox?at=7")
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/inbox%3Fat%3D7")
    assert 'value="/inbox?at=7"' in nobody.read(answer.location)


def test_a_fragment_asked_for_without_a_session_leaves_the_whole_page(nobody: Reader) -> None:
    answer = nobody.get("/search", **{"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/sign-in?next=/search")


def test_a_wrong_password_is_refused_and_the_name_kept(served: Flask, sign_in: SignIn) -> None:
    sign_in("liqian", Role.ARCHIVIST)
    answer = served.test_client().post("/sign-in", data={"name": "liqian", "password": "x"}, headers=NEAR)
    assert answer.status_code == 401
    assert "用户名或密码不对" in visible(answer.text)
    assert 'value="liqian"' in answer.text


def test_a_one_time_password_leads_to_one_of_ones_own_and_nowhere_else(
    served: Flask, fonds: Fonds, administrator: Actor
) -> None:
    _user, once = fonds.people.add(administrator, NewUser("zhaolei", "赵磊", (Role.STAFF,), ("销售部",)))
    reader = Reader(served.test_client())
    signed = reader.client.post("/sign-in", data={"name": "zhaolei", "password": once}, headers=NEAR)
    assert signed.location == "/password"
    assert reader.get("/search").location == "/password"
    page = reader.read("/password")
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    given = {"csrf_token": token, "old": once, "new": PASSWORD, "again": PASSWORD}
    assert reader.client.post("/password", data=given, headers=NEAR).location == "/"
    assert reader.get("/search").status_code == 200


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"old": PASSWORD, "new": "另一句口令-2026", "again": "不一样的口令"}, "两次输入的新密码不一致"),
        ({"old": "不对", "new": "另一句口令-2026", "again": "另一句口令-2026"}, "现在的密码不对"),
        ({"old": PASSWORD, "new": "短", "again": "短"}, "密码至少 10 位"),
    ],
)
def test_what_is_wrong_with_a_new_password_is_said(li: Reader, given: dict[str, str], said: str) -> None:
    answer = li.post("/password", given)
    assert answer.status_code == 422
    assert said in visible(answer.text)


def test_signing_out_ends_the_session(li: Reader) -> None:
    assert li.post("/sign-out", {}).location == "/sign-in"
    assert li.get("/search").status_code == 303


@pytest.mark.parametrize(
    "path", ["//evil.example/x", "https://evil.example", "/\\evil.example", "javascript:1", "/a\nb"]
)
def test_nobody_is_sent_to_another_site(path: str) -> None:
    assert own_path(path) == "/"


def test_a_form_from_elsewhere_changes_nothing(li: Reader) -> None:
    answer = li.client.post("/sign-out", data={}, headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403
    assert li.get("/search").status_code == 200


def test_language_and_theme_are_remembered(li: Reader) -> None:
    li.post("/preferences", {"language": "en", "theme": "dark", "next": "/search"})
    page = li.read("/search")
    assert '<html lang="en" data-bs-theme="dark"' in page
    assert "Latest arrivals" in visible(page)
    li.post("/preferences", {"theme": "pink"})
    assert 'data-bs-theme="dark"' in li.read("/search")


def test_density_is_remembered(li: Reader) -> None:
    assert 'data-density="comfortable"' in li.read("/search")
    li.post("/preferences", {"density": "compact"})
    assert 'data-density="compact"' in li.read("/search")
    li.post("/preferences", {"density": "none at all"})
    assert 'data-density="compact"' in li.read("/search")
