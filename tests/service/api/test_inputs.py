"""Inputs: closed lists of keys, strict types, and faults with their places (B23, B25, B36–B38, B41, B42)."""

from datetime import date
from typing import Any

import pytest

from service.domain.holdings import Description
from tests.service.api.conftest import Bearer
from tests.service.api.fakes import Archive


def faults(answer: Any) -> list[tuple[str, str]]:
    return [(fault["path"], fault["code"]) for fault in answer.get_json(force=True)["faults"]]


def create(client: Bearer, **body: object) -> Any:
    return client.post("/api/v1/records", json=body)


@pytest.mark.requirement("B38")
@pytest.mark.parametrize(
    "key", ["_id", "id", "rev", "owner", "state", "life", "sha256", "role", "seq", "may"]
)
def test_what_is_the_archive_s_own_cannot_be_said(li: Bearer, archive: Archive, key: str) -> None:
    answer = create(li, title="会议纪要", **{key: "x"})
    assert answer.status_code == 422
    assert faults(answer) == [(key, "extra_forbidden")]
    assert archive.records.described is None


def test_all_faults_are_told_at_once_and_in_the_asker_s_language(li: Bearer) -> None:
    body = {"titel": "x", "note": 5, "title": "x" * 501, "date": "2024-02-30", "keywords": ["a", 1]}
    chinese = li.post("/api/v1/records", json=body)
    english = li.post("/api/v1/records", json=body, headers={"Accept-Language": "en"})
    assert set(faults(chinese)) == {
        ("titel", "extra_forbidden"),
        ("note", "string_type"),
        ("title", "string_too_long"),
        ("date", "date"),
        ("keywords.1", "string_type"),
    }
    told = {fault["path"]: fault["message"] for fault in chinese.get_json(force=True)["faults"]}
    assert told["title"] == "最多 500 个字"
    told = {fault["path"]: fault["message"] for fault in english.get_json(force=True)["faults"]}
    assert told["title"] == "At most 500 characters"


@pytest.mark.requirement("B36")
@pytest.mark.parametrize("value", [{"$ne": ""}, {"x": 1}, ["x"], 1, 1.5, True])
def test_a_text_is_nothing_but_a_text(li: Bearer, archive: Archive, value: object) -> None:
    assert create(li, title=value).status_code == 422
    assert archive.records.described is None


@pytest.mark.requirement("B25")
@pytest.mark.parametrize("value", ["a\x00b", "a\x07b", "a\nb", "a\x85b", "a\u2028b"])
def test_a_line_holds_no_control_characters(li: Bearer, value: str) -> None:
    assert create(li, title=value).status_code == 422


@pytest.mark.requirement("B25")
def test_a_lone_surrogate_is_refused_with_its_place(li: Bearer) -> None:
    answer = li.post("/api/v1/records", data=b'{"title": "a\\ud800"}', content_type="application/json")
    assert (answer.status_code, faults(answer)) == (422, [("title", "lone_surrogate")])


def test_a_note_may_have_lines(li: Bearer, archive: Archive) -> None:
    assert create(li, title="x", note="一\r\n二\t三").status_code == 201


@pytest.mark.parametrize(
    "value", ["2024-1-1", "20240101", "2024-01-01T00:00:00", 1704067200, "２０２４-01-01", ""]
)
def test_a_date_is_written_in_one_way(li: Bearer, value: object) -> None:
    assert faults(create(li, date=value)) == [("date", "date")]


def test_everything_said_arrives(li: Bearer, archive: Archive) -> None:
    body = {
        "title": "渠道合同",
        "category": "HT",
        "date": "2024-05-01",
        "keywords": ["渠道", "合同"],
        "fields": {"amount": 12.5, "parties": ["甲", "乙"], "nested": {"a": None}},
    }
    assert create(li, **body).status_code == 201
    assert archive.records.described == Description(
        title="渠道合同",
        category="HT",
        date=date(2024, 5, 1),
        keywords=("渠道", "合同"),
        fields={"amount": 12.5, "parties": ["甲", "乙"], "nested": {"a": None}},
    )


def test_null_takes_a_date_away_and_leaves_what_is_not_said(li: Bearer, archive: Archive) -> None:
    headers = {"If-Match": '"3"'}
    assert li.patch("/api/v1/records/r1", json={"date": None}, headers=headers).status_code == 200
    assert archive.records.described == Description(clear_date=True)


@pytest.mark.requirement("B25")
def test_a_20_mb_body_is_refused_unread(li: Bearer) -> None:
    body = b'{"title": "' + b"x" * (20 << 20) + b'"}'
    answer = li.post("/api/v1/records", data=body, content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")


@pytest.mark.parametrize("body", [b"", b"{", b'{"title": 1,}', b"\xef\xbb\xbf{}", b"nul"])
def test_malformed_json_is_told_as_such(li: Bearer, body: bytes) -> None:
    answer = li.post("/api/v1/records", data=body, content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (400, "malformed_request")


@pytest.mark.requirement("B37")
@pytest.mark.parametrize("key", ["pw__ne", "__raw__", "set__level", "a[$ne]", "$where", "title", "q", ""])
@pytest.mark.parametrize(
    "path",
    ["/records", "/records/r1", "/categories", "/files/f1", "/session", "/system/status", "/imports/i1"],
)
def test_the_keys_of_a_query_are_a_closed_list(li: Bearer, path: str, key: str) -> None:
    answer = li.get(f"/api/v1{path}", query_string={key: "x"})
    assert (answer.status_code, answer.json["code"]) == (400, "malformed_request")
    assert faults(answer) == [(key, "extra_forbidden")]


def test_queries_that_change_nothing_in_a_change_are_refused_too(li: Bearer, archive: Archive) -> None:
    assert li.post("/api/v1/records?set__owner=x", json={"title": "x"}).status_code == 400
    assert archive.records.described is None


@pytest.mark.requirement("B41")
@pytest.mark.parametrize(
    "limit", ["0", "-1", "201", "1000000000", "1e2", "1_0", " 5", "٥", "", "5.0", "9" * 30]
)
@pytest.mark.parametrize("path", ["/records", "/search", "/imports", "/imports/i1/lines"])
def test_a_page_has_a_size(li: Bearer, path: str, limit: str) -> None:
    answer = li.get(f"/api/v1{path}", query_string={"limit": limit})
    assert (answer.status_code, answer.json["code"]) == (400, "malformed_request")


@pytest.mark.requirement("B42")
@pytest.mark.parametrize(
    "query",
    [
        {"order": "secrecy"},
        {"order": "-title"},
        {"facet": "owner"},
        {"facet": ["year", "secrecy"]},
        {"from": "yesterday"},
        {"to": "2024-13-01"},
        {"q": "x" * 1001},
        {"q": "a\x00"},
        {"category": ["x"] * 51},
        {"size": "10"},
        {"from_": "2024-01-01"},
    ],
)
def test_search_takes_only_what_it_knows(li: Bearer, archive: Archive, query: dict[str, Any]) -> None:
    assert li.get("/api/v1/search", query_string=query).status_code == 400
    assert archive.finding.question is None


@pytest.mark.requirement("B23")
def test_a_query_that_is_not_utf8_is_refused(li: Bearer) -> None:
    answer = li.get("/api/v1/search?q=%FF%FE")
    assert (answer.status_code, answer.json["code"]) == (400, "malformed_request")


@pytest.mark.requirement("B44")
@pytest.mark.parametrize("id_", ["r2", "x" * 101, "a b", "%00", "..", "$ne", "合同", "a;b"])
def test_what_cannot_be_an_id_looks_like_an_unknown_one(li: Bearer, id_: str) -> None:
    unknown, odd = li.get("/api/v1/records/r9").json, li.get(f"/api/v1/records/{id_}")
    assert odd.status_code == 404
    assert {**odd.json, "trace_id": "", "detail": ""} == {**unknown, "trace_id": "", "detail": ""}


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v2/records", "/api/", "/api/v1/records/r1/x"])
def test_an_unknown_address_is_a_problem(li: Bearer, path: str) -> None:
    answer = li.get(path)
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        (None, 428, "revision_required"),
        ("*", 428, "revision_required"),
        ('"2"', 412, "stale_revision"),
        ("3", 422, "invalid_input"),
        ('W/"3"', 422, "invalid_input"),
        ('"3", "4"', 422, "invalid_input"),
        ('"٣"', 422, "invalid_input"),
    ],
)
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_change_names_the_revision_it_was_made_on(
    li: Bearer, method: str, header: str | None, status: int, code: str
) -> None:
    headers = {"If-Match": header.encode().decode("latin1")} if header else {}
    body = {"json": {"note": "x"}} if method == "PATCH" else {}
    answer = li.open("/api/v1/records/r1", method=method, headers=headers, **body)  # type: ignore[arg-type]
    assert (answer.status_code, answer.get_json(force=True)["code"]) == (status, code)


def test_records_carry_their_revision_as_tag(li: Bearer) -> None:
    assert li.get("/api/v1/records/r1").headers["ETag"] == '"3"'
    answer = li.patch("/api/v1/records/r1", json={"note": "x"}, headers={"If-Match": '"3"'})
    assert answer.headers["ETag"] == '"4"'


def test_times_are_utc_and_sets_are_sorted(li: Bearer) -> None:
    record = li.get("/api/v1/records/r1").json
    assert record["created_at"] == "2026-03-02T09:00:00Z"
    assert record["date"] == "2026-03-02"
    assert record["may"] == ["change", "delete", "read_content"]


@pytest.mark.requirement("R-SEC-6")
def test_a_user_to_be_is_checked_by_shape(admin: Bearer) -> None:
    answer = admin.post("/api/v1/users", json={"name": "x", "roles": "staff", "must_change_password": False})
    assert set(faults(answer)) == {("roles", "list_type"), ("must_change_password", "extra_forbidden")}


@pytest.mark.parametrize("days", [0, 366, "90", 1.5, True])
def test_a_token_lasts_a_year_at_most(li: Bearer, days: object) -> None:
    assert li.post("/api/v1/tokens", json={"name": "x", "days": days}).status_code == 422
