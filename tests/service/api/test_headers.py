"""Headers: every answer of every route carries what keeps a browser safe (ASVS 3.4)."""

from typing import cast

import pytest
from flask import Flask

from service.api.headers import FIXED, content_security_policy
from service.app import create_app
from service.settings import Settings
from service.wiring import Fonds
from tests.service.api.conftest import client_of
from tests.service.api.fakes import SETTINGS, Archive

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
ROUTES = sorted(
    {
        (method, str(rule).replace("<path:", "<").replace("<", "").replace(">", ""))
        for rule in create_app(cast("Fonds", Archive())).url_map.iter_rules()
        for method in rule.methods or ()
        if str(rule).startswith(("/api/", "/healthz", "/readyz", "/metrics", "/objects"))
    }
)


@pytest.mark.parametrize("token", ["admin-token", ""], ids=["signed in", "nobody"])
@pytest.mark.parametrize(("method", "path"), [*ROUTES, ("GET", "/api/v1/none"), ("TRACE", "/api/v1/records")])
def test_every_answer_is_protected(app: Flask, method: str, path: str, token: str) -> None:
    answer = client_of(app, token).open(path, method=method)
    assert {name: answer.headers[name] for name in FIXED} == FIXED
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy or "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    assert answer.headers["Cache-Control"].startswith("private, no-")
    assert answer.headers["X-Request-Id"]
    assert answer.status_code < 500
    if answer.status_code >= 400 and method != "HEAD":
        assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path"), [(m, p) for m, p in ROUTES if m != "OPTIONS" and p.startswith("/api/")]
)
def test_nobody_gets_anything_of_the_api_without_signing_in(app: Flask, method: str, path: str) -> None:
    answer = client_of(app, "").open(path, method=method)
    if (method, path) == ("POST", "/api/v1/session"):
        assert answer.status_code == 415
    elif path == "/api/v1/openapi.json":
        assert answer.status_code == 200
    else:
        assert answer.status_code == 401


def test_pages_run_no_script_that_stands_in_them() -> None:
    rules = dict(rule.split(" ", 1) for rule in content_security_policy(SETTINGS).split("; "))
    assert rules["script-src"] == "'self'"
    assert rules["style-src"] == "'self'"
    assert rules["object-src"] == "'none'"


def test_the_store_is_named_where_browsers_go_there() -> None:
    settings = Settings(
        home=SETTINGS.home, listen=SETTINGS.listen, objects_public_url="https://store.example:9000/"
    )
    rules = dict(rule.split(" ", 1) for rule in content_security_policy(settings).split("; "))
    for name in ("img-src", "media-src", "connect-src"):
        assert "https://store.example:9000" in rules[name].split()
    assert "store" not in rules["script-src"] + rules["default-src"]


def test_the_wrong_method_is_told_the_right_ones(app: Flask) -> None:
    answer = client_of(app, "li-token").put("/api/v1/records")
    assert (answer.status_code, answer.json["code"]) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


@pytest.mark.requirement("B35")
def test_no_header_turns_one_method_into_another(app: Flask) -> None:
    headers = {"X-HTTP-Method-Override": "DELETE"}
    answer = client_of(app, "li-token").get("/api/v1/records/r1", headers=headers)
    assert answer.status_code == 200
