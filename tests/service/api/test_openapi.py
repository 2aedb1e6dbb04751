"""The OpenAPI document: valid, complete, and true of what the routes answer."""

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator

from service import errors, problems
from service.usecases.contents.processing import SETTINGS
from tests.service.api.conftest import Bearer, client_of

FILE = {"data": b"content", "content_type": "application/octet-stream"}
DAYS = {"last_day": "2026-04-30", "reason": "出差"}
DEPUTY = {"json": {"deputy": "wang", "first_day": "2026-04-01", **DAYS}}
GRANT = {"json": {"user": "wang", **DAYS}}
BATCH = {"data": b'{"name":"a.txt","size":1}\nx', "content_type": "application/vnd.fonds.files"}
COUNT = {"copies": 1, "sheets": 12}
ANSWERS: list[tuple[str, str, int, dict[str, Any]]] = [
    ("POST", "/session", 200, {"json": {"name": "li", "password": "correct horse"}}),
    ("GET", "/session", 200, {}),
    ("DELETE", "/session", 204, {}),
    ("POST", "/session/proof", 204, {"json": {"secret": "correct horse"}}),
    ("POST", "/password", 204, {"json": {"old": "a", "new": "b"}}),
    ("GET", "/users", 200, {}),
    ("POST", "/users", 201, {"json": {"name": "wang", "roles": ["staff"]}}),
    ("GET", "/users/u1", 200, {}),
    ("PATCH", "/users/u1", 200, {"json": {"roles": ["staff"], "clearance": "L1"}}),
    ("POST", "/users/u1/disable", 200, {}),
    ("POST", "/users/u1/enable", 200, {}),
    ("POST", "/users/u1/unlock", 200, {}),
    ("POST", "/users/u1/password", 200, {}),
    ("GET", "/users/u1/sessions", 200, {}),
    ("GET", "/departments", 200, {}),
    ("POST", "/departments", 204, {"json": {"name": "市场部"}}),
    ("GET", "/tokens", 200, {}),
    ("GET", "/tokens/all", 200, {}),
    ("DELETE", "/tokens/all/t1", 204, {}),
    ("POST", "/tokens", 201, {"json": {"name": "backup"}}),
    ("DELETE", "/tokens/t1", 204, {}),
    ("GET", "/categories", 200, {}),
    ("GET", "/categories/HT", 200, {}),
    ("GET", "/categories/HT/entry-template", 200, {}),
    ("GET", "/entry-sheets", 200, {}),
    ("POST", "/entry-sheets?category=KH&name=a.xlsx", 201, FILE),
    ("GET", "/entry-sheets/e1", 200, {}),
    ("GET", "/entry-sheets/e1/lines?fate=bad", 200, {}),
    ("POST", "/entry-sheets/e1/enter", 200, {}),
    ("GET", "/entry-sheets/e1/workbook", 200, {}),
    ("DELETE", "/entry-sheets/e1", 204, {}),
    ("GET", "/scheme", 200, {}),
    ("GET", "/scheme/drafts", 200, {}),
    ("POST", "/scheme/drafts/HT/decision", 200, {"json": {"rev": 1, "approve": True}}),
    ("GET", "/categories/HT/older", 200, {}),
    ("GET", "/conversions", 200, {}),
    ("GET", "/conversions/HT.1.2", 200, {}),
    ("PUT", "/conversions/HT.1.2", 200, {"json": {"rev": 0, "rules": [{"key": "amount"}]}}),
    ("GET", "/conversions/HT.1.2/preview", 200, {}),
    ("GET", "/conversions/HT.1.2/staying", 200, {}),
    ("POST", "/conversions/HT.1.2/submit", 200, {"json": {"rev": 1, "reason": "统计"}}),
    ("POST", "/conversions/HT.1.2/decision", 200, {"json": {"rev": 1, "approve": True}}),
    ("POST", "/conversions/HT.1.2/run", 202, {}),
    ("POST", "/conversions/HT.1.2/undo", 202, {}),
    ("GET", "/conversions/HT.1.2/lines?fate=stayed", 200, {}),
    ("POST", "/scheme", 200, {"json": {"text": "format: fonds-scheme-1\ncategories: []\n"}}),
    ("GET", "/records", 200, {}),
    ("POST", "/records", 201, {"json": {"title": "会议纪要"}}),
    ("GET", "/records/r1", 200, {}),
    ("PATCH", "/records/r1", 200, {"json": {"note": "x"}, "headers": {"If-Match": '"3"'}}),
    ("DELETE", "/records/r1", 204, {"headers": {"If-Match": '"3"'}}),
    ("GET", "/records/r1/history", 200, {}),
    ("GET", "/records/r1/life", 200, {}),
    *(
        ("POST", f"/records/r1/{step}", 200, {"headers": {"If-Match": '"3"'}})
        for step in ("submit", "withdraw", "review", "archive", "restore")
    ),
    ("POST", "/records/r1/return", 200, {"json": {"reason": "x"}, "headers": {"If-Match": '"3"'}}),
    ("POST", "/records/r1/weed", 200, {"json": {"reason": "x"}, "headers": {"If-Match": '"3"'}}),
    ("POST", "/records/r1/accept", 200, {"json": COUNT, "headers": {"If-Match": '"3"'}}),
    ("POST", "/records/r1/correct", 201, {"json": {"reason": "x"}}),
    ("GET", "/weeding-lists", 200, {}),
    ("POST", "/weeding-lists", 201, {"json": {"records": ["r1"], "reason": "重复件"}}),
    ("GET", "/weeding-lists/w1", 200, {}),
    ("POST", "/weeding-lists/w1/decision", 200, {"json": {"approve": True, "keep": ["r1"]}}),
    ("DELETE", "/weeding-lists/w1", 204, {}),
    ("GET", "/records/r1/doubts", 200, {}),
    (
        "POST",
        "/records/r1/doubts",
        200,
        {"json": {"answers": {"future": "属实"}}, "headers": {"If-Match": '"3"'}},
    ),
    ("GET", "/records/r1/twins", 200, {}),
    (
        "POST",
        "/records/r1/merge",
        200,
        {"json": {"other": "r2", "other_rev": 1}, "headers": {"If-Match": '"3"'}},
    ),
    ("GET", "/check-findings", 200, {}),
    ("GET", "/records/r1/checks", 200, {}),
    ("POST", "/records/r1/checks", 201, {"json": {"stage": "periodic"}}),
    ("GET", "/tasks?queue=draft", 200, {}),
    ("POST", "/acceptances", 200, {"json": {"items": [{"id": "r1", "rev": 3} | COUNT]}}),
    ("POST", "/archivings", 200, {"json": {"records": ["r1"]}}),
    ("GET", "/records/r1/suggestions?category=HT", 200, {}),
    ("POST", "/records/r1/files?name=a.txt", 201, FILE),
    ("GET", "/records/r1/relations", 200, {}),
    ("POST", "/records/r1/relations", 201, {"json": {"role": "attachment", "record_id": "r2"}}),
    ("DELETE", "/records/r1/relations/main:r1:r2", 204, {}),
    ("GET", "/dossiers", 200, {}),
    ("POST", "/dossiers", 201, {"json": {"kind": "contract", "title": "嘉禾"}}),
    ("GET", "/dossiers/d1", 200, {}),
    ("PATCH", "/dossiers/d1", 200, {"json": {"end": None}, "headers": {"If-Match": '"3"'}}),
    ("DELETE", "/dossiers/d1", 204, {"headers": {"If-Match": '"3"'}}),
    ("GET", "/dossiers/d1/expected", 200, {}),
    ("GET", "/dossiers/d1/panorama", 200, {}),
    ("GET", "/leads", 200, {}),
    (
        "POST",
        "/records/r1/screening",
        200,
        {"json": {"keep": False, "reason": "no_need"}, "headers": {"If-Match": '"3"'}},
    ),
    ("GET", "/duties?year=2026&quarter=1", 200, {}),
    ("PUT", "/duties", 204, {"json": {"department": "市场部", "category": "SC"}}),
    ("DELETE", "/duties?department=市场部&category=SC", 204, {}),
    ("GET", "/dossiers/d1/records", 200, {}),
    ("POST", "/dossiers/d1/records", 204, {"json": {"records": ["r1"], "before": "r2"}}),
    ("DELETE", "/dossiers/d1/records/r1", 204, {}),
    ("POST", "/bulk", 201, {"json": {"act": "edit", "question": {"q": "渠道", "from": "2026-01-01"}}}),
    ("GET", "/bulk/b1", 200, {}),
    ("GET", "/bulk/b1/lines?fate=failed", 200, {}),
    ("POST", "/bulk/b1/plan", 200, {"json": {"department": "市场部", "tags_add": ["x"]}}),
    ("POST", "/bulk/b1/apply", 200, {"json": {"typed": 100}}),
    ("POST", "/bulk/b1/undo", 201, {}),
    ("GET", "/bulk/b1/archive", 200, {}),
    ("GET", "/bulk/b1/bag", 200, {}),
    ("GET", "/notices", 200, {}),
    ("POST", "/notices/read", 204, {}),
    ("GET", "/files/f1", 200, {}),
    ("POST", "/files/f1/versions?name=a.txt&why=更正", 201, FILE),
    ("GET", "/files/f1/versions", 200, {}),
    ("GET", "/files/f1/content", 200, {}),
    ("GET", "/files/f1/preview", 200, {}),
    ("GET", "/files/f1/text", 200, {}),
    ("POST", "/files/f1/retry?setting=text_only", 200, {}),
    ("POST", "/uploads", 201, {"json": {"name": "a.txt", "size": 4}}),
    ("POST", "/uploads/whole?name=a.txt", 201, FILE),
    ("GET", "/uploads", 200, {}),
    ("GET", "/uploads/u1", 200, {}),
    ("GET", "/uploads/u1/links?first=1&last=1", 200, {}),
    ("GET", "/uploads/u1/parts", 200, {}),
    ("POST", "/uploads/u1/complete", 200, {}),
    ("PUT", "/uploads/u1/presets", 200, {"json": {"category": "HT"}}),
    ("DELETE", "/uploads/u1", 204, {}),
    ("POST", "/imports", 201, {"json": {"source": "folder"}}),
    ("GET", "/imports", 200, {}),
    ("GET", "/imports/i1", 200, {}),
    ("POST", "/imports/i1/files?name=a.txt", 200, FILE),
    ("POST", "/imports/i1/batch", 200, BATCH),
    ("POST", "/imports/i1/entries", 204, {"json": {"entries": []}}),
    ("POST", "/imports/i1/close", 200, {}),
    ("GET", "/imports/i1/near-copies", 200, {}),
    ("POST", "/imports/i1/near-copies/i1:1", 200, {"json": {"decision": "all"}}),
    ("GET", "/imports/i1/lines", 200, {}),
    ("GET", "/search?q=渠道", 200, {}),
    ("GET", "/search/suggestions?q=渠道", 200, {}),
    ("GET", "/search/missed?month=2026-03", 200, {}),
    ("GET", "/search/synonyms", 200, {}),
    ("PUT", "/search/synonyms", 200, {"json": {"rev": 0, "groups": [["签约", "签署"]]}}),
    ("GET", "/records/r1/similar", 200, {}),
    ("GET", "/records/r1/near-copies", 200, {}),
    ("GET", "/records/r1/score?q=渠道", 200, {}),
    ("GET", "/files/f1/renditions/film", 200, {}),
    ("GET", "/search/export?q=渠道&format=csv", 200, {}),
    ("GET", "/saved-searches", 200, {}),
    ("POST", "/saved-searches", 201, {"json": {"name": "窜货", "question": {"q": "窜货"}}}),
    ("GET", "/saved-searches/s1", 200, {}),
    ("PATCH", "/saved-searches/s1", 200, {"json": {"name": "串货", "watched": False}}),
    ("POST", "/saved-searches/s1/looked", 200, {}),
    ("DELETE", "/saved-searches/s1", 204, {}),
    ("GET", "/recent-searches", 200, {}),
    ("DELETE", "/recent-searches", 204, {}),
    ("GET", "/system/status", 200, {}),
    ("POST", "/system/check", 200, {}),
    ("POST", "/system/reindex", 200, {}),
    ("GET", "/system/backup", 200, {}),
    ("POST", "/system/backup", 200, {}),
    ("GET", "/system/fixity", 200, {}),
    ("GET", "/records/r1/secrecy", 200, {}),
    (
        "POST",
        "/records/r1/secrecy",
        201,
        {"json": {"level": "L2", "until": "2036-01-01", "reason": "涉及底价"}},
    ),
    ("GET", "/secrecy/waiting", 200, {}),
    ("GET", "/secrecy/due", 200, {}),
    ("GET", "/secrecy/top", 200, {}),
    ("POST", "/secrecy/s1/decision", 200, {"json": {"approve": True}}),
    ("DELETE", "/secrecy/s1", 204, {}),
    ("POST", "/system/reprocess", 202, {"json": {}}),
    ("POST", "/system/backup/mend", 200, {"json": {"identities": ["AGE-SECRET-KEY-1"]}}),
    ("POST", "/system/backup/drills", 204, {"json": {"records": 1, "files": 1, "objects": 1}}),
    ("GET", "/system/reprocess", 200, {}),
    ("GET", "/system/keys", 200, {}),
    ("POST", "/system/keys/rotate", 200, {}),
    ("GET", "/files/f1/members", 200, {}),
    ("GET", "/roles", 200, {}),
    ("PUT", "/roles/clerk", 200, {"json": {"name": "文员", "acts": ["create"]}}),
    ("DELETE", "/roles/clerk", 204, {}),
    ("GET", "/circles", 200, {}),
    ("POST", "/circles", 201, {"json": {"name": "并购组"}}),
    ("POST", "/circles/c1/close", 204, {}),
    ("POST", "/circles/c1/reopen", 204, {}),
    ("GET", "/users/u1/deputies", 200, {}),
    ("POST", "/users/u1/deputies", 201, DEPUTY),
    ("DELETE", "/deputies/d1", 204, {}),
    ("PUT", "/session/acting", 204, {"json": {"acting_for": "u2"}}),
    ("GET", "/records/r1/access", 200, {}),
    ("POST", "/records/r1/grants", 201, GRANT),
    ("DELETE", "/grants/g1", 204, {}),
    ("PUT", "/records/r1/circles", 204, {"json": {"circles": ["c1"]}}),
    ("POST", "/migrations", 200, {"json": {"origin": "/srv/share"}}),
    ("GET", "/migrations", 200, {}),
    ("POST", "/migrations/proposal", 200, {"json": {"folders": ["合同/2024"]}}),
    ("GET", "/migrations/m1", 200, {}),
    ("GET", "/migrations/m1/runs", 200, {}),
    ("POST", "/migrations/m1/runs", 201, {"json": {"dry": True}}),
    ("POST", "/migrations/m1/control", 200, {"json": {"act": "pause"}}),
    ("POST", "/imports/i1/sift", 200, {"json": {"entries": []}}),
    ("POST", "/imports/i1/plan", 200, {"json": {"entries": []}}),
    ("POST", "/imports/i1/pulse", 200, {"json": {}}),
    ("GET", "/audit", 200, {}),
    ("GET", "/audit/events", 200, {}),
    ("GET", "/audit/export", 200, {}),
    ("POST", "/audit/verify", 200, {}),
]


@pytest.fixture
def document(nobody: Bearer) -> dict[str, Any]:
    answer = nobody.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    shown: dict[str, Any] = answer.json
    return shown


def operation_of(document: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    plain = path.partition("?")[0]
    for pattern, operations in document["paths"].items():
        if (
            re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), f"/api/v1{plain}")
            and method.lower() in operations
        ):
            found: dict[str, Any] = operations[method.lower()]
            return found
    raise AssertionError(f"{method} {path} is not in the document")


def test_it_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert set(document["components"]["securitySchemes"]) == {"session", "token"}


def test_every_route_of_the_api_is_in_it_and_is_tried_here(app: Flask, document: dict[str, Any]) -> None:
    routes = {
        (method, re.sub(r"<(\w+)>", r"{\1}", str(rule)))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if str(rule).startswith("/api/v1/") and not str(rule).endswith("openapi.json")
    }
    described = {
        (method.upper(), path) for path, operations in document["paths"].items() for method in operations
    }
    assert described == routes
    assert len(ANSWERS) == len(routes)


def test_operations_have_names_of_their_own_and_say_what_they_do(document: dict[str, Any]) -> None:
    operations = [each for path in document["paths"].values() for each in path.values()]
    assert len({each["operationId"] for each in operations}) == len(operations)
    assert all(each.get("summary") for each in operations)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    def references(value: Any) -> set[str]:
        if isinstance(value, dict):
            own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
            return own.union(*(references(inner) for inner in value.values()))
        return set().union(*(references(inner) for inner in value)) if isinstance(value, list) else set()

    schemas = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert references(document) <= schemas


def test_every_schema_is_one(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_failures_are_problems(document: dict[str, Any]) -> None:
    for path in document["paths"].values():
        for operation in path.values():
            assert set(operation["responses"]["default"]["content"]) == {"application/problem+json"}
            assert set(operation["responses"]["422"]["content"]) == {"application/problem+json"}


@pytest.mark.parametrize(("method", "path", "status", "request_"), ANSWERS, ids=lambda value: str(value)[:40])
def test_routes_answer_as_the_document_says(
    app: Flask, document: dict[str, Any], method: str, path: str, status: int, request_: dict[str, Any]
) -> None:
    answer = client_of(app, "admin-token").open(f"/api/v1{path}", method=method, **request_)
    assert answer.status_code == status, answer.get_data(as_text=True)
    described = operation_of(document, method, path)["responses"][str(status)]
    if status == 204:
        assert answer.data == b""
    elif "application/json" in described["content"]:
        assert answer.mimetype == "application/json"
        schema = described["content"]["application/json"]["schema"]
        Draft202012Validator({**schema, "components": document["components"]}).validate(answer.json)


def test_a_file_is_retried_in_the_ways_that_are_described_and_no_other(
    document: dict[str, Any], li: Bearer
) -> None:
    (setting,) = (
        one
        for one in operation_of(document, "POST", "/files/f1/retry")["parameters"]
        if one["name"] == "setting"
    )
    assert setting["schema"]["enum"] == ["", *SETTINGS]
    assert not setting.get("required")
    assert li.post("/api/v1/files/f1/retry").status_code == 200
    assert li.post("/api/v1/files/f1/retry?setting=force").status_code == 400


def test_problems_are_as_the_document_says(document: dict[str, Any], li: Bearer) -> None:
    schema = {"$ref": "#/components/schemas/ProblemBody", "components": document["components"]}
    for answer in (li.get("/api/v1/records/none"), li.post("/api/v1/records", json={"titel": 1})):
        Draft202012Validator(schema).validate(answer.get_json(force=True))


DOCS = (Path(__file__).parents[3] / "docs/api.md").read_text("utf-8")


def test_the_manual_names_every_route(document: dict[str, Any]) -> None:
    routes = {
        f"`{method.upper()} {path.removeprefix('/api/v1')}`"
        for path, operations in document["paths"].items()
        for method in operations
    }
    assert {route for route in routes if route not in DOCS} == set()


def test_the_manual_names_every_problem_with_its_status() -> None:
    kinds = [*vars(errors).values(), problems.MethodNotAllowed, problems.Internal]
    told = {
        f"| `{kind.code}` | {kind.status} |"
        for kind in kinds
        if isinstance(kind, type)
        and issubclass(kind, errors.ServiceError)
        and kind is not errors.ServiceError
    }
    assert {row for row in told if row not in DOCS} == set()
