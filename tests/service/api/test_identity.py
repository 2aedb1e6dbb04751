"""Who asks, and whether the request is his own (B36, B48, B49, B50)."""

from typing import Any, cast

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service import identity
from service.app import create_app
from service.domain.permissions import Actor, Role
from service.settings import Settings
from service.wiring import Fonds
from tests.service.api.conftest import Bearer, client_of
from tests.service.api.fakes import PASSWORD, Archive

OWN = {"Origin": "http://localhost"}


def sign_in(client: FlaskClient, **headers: str) -> Any:
    return client.post("/api/v1/session", json={"name": "li", "password": PASSWORD}, headers=headers)


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def csrf(browser: FlaskClient) -> str:
    answer = sign_in(browser, **OWN)
    assert answer.status_code == 200
    return str(answer.json["csrf"])


def create(client: FlaskClient, **headers: str) -> Any:
    return client.post("/api/v1/records", json={"title": "会议纪要"}, headers=headers)


def test_signing_in_gives_a_session(browser: FlaskClient, csrf: str) -> None:
    answer = browser.get("/api/v1/session")
    assert answer.json["user"] == {
        "id": "id-li",
        "name": "li",
        "display_name": "李档案",
        "roles": ["archivist", "staff"],
        "departments": ["综合管理部"],
        "must_change_password": False,
    }
    assert answer.json["csrf"] == csrf


def test_the_cookie_is_kept_from_scripts_and_other_sites(browser: FlaskClient) -> None:
    cookie = sign_in(browser).headers["Set-Cookie"]
    assert cookie.startswith("fonds_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Secure" not in cookie


def test_under_https_the_cookie_is_bound_to_the_host(archive: Archive) -> None:
    archive.settings = Settings(**{**settings(archive), "public_url": "https://archive.example"})
    client = create_app(cast("Fonds", archive)).test_client()
    answer = sign_in(client, Origin="https://archive.example")
    assert answer.headers["Set-Cookie"].startswith("__Host-fonds_session=")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" in answer.headers


def settings(archive: Archive) -> dict[str, Any]:
    return {name: getattr(archive.settings, name) for name in archive.settings.__dataclass_fields__}


@pytest.mark.requirement("B49")
def test_signing_in_anew_ends_the_former_session(browser: FlaskClient, archive: Archive, csrf: str) -> None:
    sign_in(browser, **OWN)
    assert archive.sign_in.ended == ["session-0"]


@pytest.mark.requirement("B49")
def test_signing_out_ends_the_session_and_takes_the_cookie_back(
    browser: FlaskClient, archive: Archive, csrf: str
) -> None:
    answer = browser.delete("/api/v1/session", headers={**OWN, "X-CSRF-Token": csrf})
    assert answer.status_code == 204
    assert archive.sign_in.open == {}
    assert browser.get("/api/v1/session").status_code == 401


@pytest.mark.requirement("B48")
def test_a_change_with_origin_and_token_is_done(browser: FlaskClient, csrf: str) -> None:
    assert create(browser, **OWN, **{"X-CSRF-Token": csrf}).status_code == 201


@pytest.mark.requirement("B48")
def test_sec_fetch_site_serves_where_there_is_no_origin(browser: FlaskClient, csrf: str) -> None:
    headers = {"X-CSRF-Token": csrf, "Sec-Fetch-Site": "same-origin"}
    assert create(browser, **headers).status_code == 201


@pytest.mark.requirement("B48")
@pytest.mark.parametrize(
    "headers",
    [
        {"X-CSRF-Token": "RIGHT"},
        {"X-CSRF-Token": "RIGHT", "Origin": "http://evil.example"},
        {"X-CSRF-Token": "RIGHT", "Origin": "null"},
        {"X-CSRF-Token": "RIGHT", "Origin": "https://localhost"},
        {"X-CSRF-Token": "RIGHT", "Origin": "http://localhost:8081"},
        {"X-CSRF-Token": "RIGHT", "Sec-Fetch-Site": "same-site"},
        {"X-CSRF-Token": "RIGHT", "Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://localhost"},
        {"Origin": "http://localhost", "X-CSRF-Token": ""},
        {"Origin": "http://localhost", "X-CSRF-Token": "wrong"},
        {"Origin": "http://localhost", "X-CSRF-Token": "é"},
    ],
    ids=str,
)
def test_a_change_that_may_come_from_elsewhere_is_refused(
    browser: FlaskClient, archive: Archive, csrf: str, headers: dict[str, str]
) -> None:
    asked = {name: csrf if value == "RIGHT" else value for name, value in headers.items()}
    answer = create(browser, **asked)
    assert (answer.status_code, answer.json["code"]) == (403, "cross_site_request")
    assert archive.records.described is None


@pytest.mark.requirement("B48")
def test_a_form_or_text_that_holds_json_is_not_taken(
    browser: FlaskClient, archive: Archive, csrf: str
) -> None:
    headers = {**OWN, "X-CSRF-Token": csrf}
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = browser.post("/api/v1/records", data=b'{"title": "x"}', content_type=kind, headers=headers)
        assert (answer.status_code, answer.json["code"]) == (415, "unsupported_media")
    assert archive.records.described is None


@pytest.mark.requirement("B48")
def test_nobody_is_signed_in_from_another_site(browser: FlaskClient) -> None:
    assert sign_in(browser, Origin="http://evil.example").status_code == 403
    assert sign_in(browser, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_reading_needs_no_token(browser: FlaskClient, csrf: str) -> None:
    assert browser.get("/api/v1/records/r1").status_code == 200


def test_a_bearer_token_needs_no_origin(li: Bearer) -> None:
    assert create(li).status_code == 201


@pytest.mark.parametrize("header", ["Bearer nobody", "Bearer ", "Bearer " + "x" * 501, "Bearer é"])
def test_a_wrong_bearer_token_is_refused(browser: FlaskClient, header: str) -> None:
    answer = browser.get("/api/v1/session", headers={"Authorization": header})
    assert (answer.status_code, answer.json["code"]) == (401, "not_signed_in")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.requirement("B49")
@pytest.mark.parametrize("cookie", ["", "session-9", "x" * 3000])
def test_a_cookie_of_no_session_is_nobody(app: Flask, cookie: str) -> None:
    client = app.test_client()
    client.set_cookie("fonds_session", cookie)
    assert client.get("/api/v1/session").status_code == 401


@pytest.mark.requirement("B51")
def test_wrong_credentials_do_not_say_what_is_wrong(browser: FlaskClient) -> None:
    texts = set()
    for name, password in (("li", "wrong"), ("nobody", PASSWORD)):
        answer = browser.post("/api/v1/session", json={"name": name, "password": password})
        assert (answer.status_code, answer.json["code"]) == (401, "wrong_credentials")
        texts.add((answer.json["title"], answer.json["detail"]))
    assert len(texts) == 1


@pytest.mark.requirement("B36")
@pytest.mark.parametrize("password", [{"$ne": ""}, {"$gt": ""}, ["x"], 1, None, True])
def test_a_password_that_is_no_text_signs_nobody_in(browser: FlaskClient, password: object) -> None:
    answer = browser.post("/api/v1/session", json={"name": "li", "password": password})
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_input")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.requirement("B36")
def test_an_operator_in_a_value_is_an_event(browser: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    browser.post("/api/v1/session", json={"name": "li", "password": {"$ne": ""}})
    assert "operator_in_value" in [record.getMessage() for record in caplog.records]


@pytest.mark.requirement("R-SEC-6")
def test_a_one_time_password_is_only_good_for_choosing_another(app: Flask) -> None:
    client = client_of(app, "new-token")
    assert client.get("/api/v1/session").json["user"]["must_change_password"] is True
    assert client.get("/api/v1/records").status_code == 403
    assert client.post("/api/v1/tokens", json={"name": "x"}).status_code == 403
    assert client.post("/api/v1/password", json={"old": "a", "new": "b"}).status_code == 204
    assert client.delete("/api/v1/session").status_code == 204


def local_app(archive: Archive) -> Flask:
    key = identity.LocalKey("local-token", Actor("local:root", "root", "root", frozenset({Role.SYSADMIN})))
    return create_app(cast("Fonds", archive), local=key)


def test_the_local_token_acts_as_somebody_at_this_machine(archive: Archive) -> None:
    client = local_app(archive).test_client()
    answer = client.get("/api/v1/session", headers={"Authorization": "Bearer local-token"})
    assert answer.json["user"]["id"] == "local:root"


@pytest.mark.parametrize(
    ("address", "headers"), [("10.0.0.9", {}), ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"})]
)
def test_the_local_token_is_worth_nothing_from_elsewhere(
    archive: Archive, address: str, headers: dict[str, str]
) -> None:
    client = local_app(archive).test_client()
    answer = client.get(
        "/api/v1/session",
        headers={"Authorization": "Bearer local-token", **headers},
        environ_base={"REMOTE_ADDR": address},
    )
    assert answer.status_code == 401


@pytest.mark.requirement("B50")
def test_a_forwarded_address_is_believed_only_behind_a_declared_proxy(archive: Archive) -> None:
    seen: list[str] = []
    archive.sign_in.sign_in = lambda name, password, *, address, agent: seen.append(address)  # type: ignore[assignment,func-returns-value]
    forged = {"X-Forwarded-For": "6.6.6.6, 203.0.113.9"}
    for public_url in ("", "http://localhost"):
        archive.settings = Settings(**{**settings(archive), "public_url": public_url})
        client = create_app(cast("Fonds", archive)).test_client()
        client.post("/api/v1/session", json={"name": "li", "password": "x"}, headers=forged)
    assert seen == ["127.0.0.1", "203.0.113.9"]


def test_a_page_s_form_may_bring_the_token_in_a_field(archive: Archive) -> None:
    app = create_app(cast("Fonds", archive))
    app.add_url_rule("/form", "form", lambda: "done", methods=["POST"])
    browser = app.test_client()
    csrf = sign_in(browser, **OWN).json["csrf"]
    assert browser.post("/form", data={"csrf_token": csrf}, headers=OWN).data == b"done"
    assert browser.post("/form", data={"csrf_token": "wrong"}, headers=OWN).status_code == 403


def test_the_password_change_keeps_the_session_it_comes_from(
    browser: FlaskClient, archive: Archive, csrf: str
) -> None:
    answer = browser.post(
        "/api/v1/password", json={"old": "a", "new": "b"}, headers={**OWN, "X-CSRF-Token": csrf}
    )
    assert answer.status_code == 204
    assert archive.people.passwords == [("a", "b", "session-0")]
