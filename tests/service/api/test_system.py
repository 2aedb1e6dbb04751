"""System and probes: long work line by line, readiness by part, figures without names."""

import json
from typing import Any

import pytest
from flask import Flask

from tests.service.api.conftest import Bearer
from tests.service.api.fakes import Archive


def lines(answer: Any) -> list[Any]:
    assert answer.mimetype == "application/x-ndjson"
    return [json.loads(line) for line in answer.get_data(as_text=True).splitlines()]


def test_a_check_tells_its_progress_and_then_its_result(admin: Bearer) -> None:
    answer = admin.post("/api/v1/system/check?repair=1&read_data=0")
    assert lines(answer) == [
        {"progress": {"what": "rows", "done": 1, "total": 1}},
        {"result": {"differences": 0}},
    ]


def test_a_reindex_tells_how_many(admin: Bearer) -> None:
    answer = admin.post("/api/v1/system/reindex")
    assert lines(answer)[-1] == {"result": 2}


@pytest.mark.parametrize("path", ["/system/check", "/system/reindex"])
def test_who_may_not_gets_a_problem_and_no_line(li: Bearer, path: str) -> None:
    answer = li.post(f"/api/v1{path}")
    assert (answer.status_code, answer.json["code"]) == (403, "forbidden")


def test_what_fails_on_the_way_is_told_in_the_last_line_without_its_words(
    admin: Bearer, archive: Archive
) -> None:
    archive.upkeep.breaking = True
    answer = admin.post("/api/v1/system/check")
    told = lines(answer)
    assert told[0] == {"progress": {"what": "rows", "done": 1, "total": 1}}
    assert told[-1]["problem"]["code"] == "internal"
    assert told[-1]["problem"]["trace_id"] == answer.headers["X-Request-Id"]
    assert "secret" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("value", ["yes", "2", "TRUE", "-1"])
def test_a_switch_is_1_or_0(admin: Bearer, value: str) -> None:
    assert admin.post(f"/api/v1/system/check?repair={value}").status_code == 400


def test_a_process_that_lives_is_healthy(nobody: Bearer, archive: Archive) -> None:
    archive.upkeep.parts["database"] = "away"
    assert nobody.get("/healthz").json == {"status": "ok"}


def test_ready_when_every_part_is(nobody: Bearer) -> None:
    answer = nobody.get("/readyz")
    assert answer.status_code == 200
    assert answer.json["parts"]["database"] == {"ready": True}


def test_not_ready_names_the_part_and_to_the_near_the_reason(nobody: Bearer, archive: Archive) -> None:
    archive.upkeep.parts["search"] = "http://10.0.0.5:9200 refused"
    near = nobody.get("/readyz")
    far = nobody.get("/readyz", environ_base={"REMOTE_ADDR": "1.1.1.1"})
    passed_on = nobody.get("/readyz", headers={"X-Forwarded-For": "127.0.0.1"})
    assert near.status_code == far.status_code == 503
    assert near.json["parts"]["search"] == {"ready": False, "reason": "http://10.0.0.5:9200 refused"}
    assert far.json["parts"]["search"] == passed_on.json["parts"]["search"] == {"ready": False}
    assert near.headers["Retry-After"] == "5"


def test_figures_count_by_route_and_name_nobody(app: Flask, li: Bearer, nobody: Bearer) -> None:
    li.get("/api/v1/records/r1")
    li.get("/api/v1/records/r2")
    li.get("/api/v1/no/such/route/r1")
    text = nobody.get("/metrics").get_data(as_text=True)
    route = 'method="GET",route="/api/v1/records/<id>"'
    assert f'fonds_http_requests_total{{{route},status="200"}} 1.0' in text
    assert f'fonds_http_requests_total{{{route},status="404"}} 1.0' in text
    assert f"fonds_http_request_seconds_count{{{route}}} 2.0" in text
    assert 'fonds_files{of="pending"} 2.0' in text
    assert 'fonds_records_waiting{of="index"} 5.0' in text
    assert 'fonds_part_ready{of="database"} 1.0' in text
    assert "li" not in {word.strip('"') for word in text.replace("=", " ").replace(",", " ").split()}
    assert "no/such" not in text


def test_figures_are_told_also_while_the_database_is_away(nobody: Bearer, archive: Archive) -> None:
    archive.upkeep.status = lambda actor: 1 / 0  # type: ignore[method-assign,assignment,return-value]
    answer = nobody.get("/metrics")
    assert answer.status_code == 200
    assert "fonds_http_requests" in answer.get_data(as_text=True)


def test_figures_are_for_the_near_and_for_administrators(nobody: Bearer, li: Bearer, admin: Bearer) -> None:
    far = {"REMOTE_ADDR": "1.1.1.1"}
    assert nobody.get("/metrics", environ_base=far).status_code == 401
    assert li.get("/metrics", environ_base=far).status_code == 403
    assert admin.get("/metrics", environ_base=far).status_code == 200


def test_what_nobody_foresaw_is_a_500_with_a_trace(li: Bearer, archive: Archive) -> None:
    archive.records.raising = ValueError("a secret of the database")
    answer = li.get("/api/v1/records/r1")
    assert (answer.status_code, answer.json["code"]) == (500, "internal")
    assert answer.json["trace_id"] == answer.headers["X-Request-Id"]
    assert answer.json["trace_id"] in answer.json["detail"]
    assert "secret" not in answer.get_data(as_text=True)
