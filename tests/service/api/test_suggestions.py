"""Suggestions over HTTP: what they look like, who gets them, and what is refused."""

import json
from collections.abc import Callable

import pytest
from flask import Flask

from service.domain.permissions import Actor, Role
from service.models import AuditEvent, Record
from service.wiring import Fonds
from tests.service.api.conftest import Bearer, client_of
from tests.service.api.fakes import Archive
from tests.service.api.test_whole import a_user, token_client, upload

URL = "/api/v1/records/r1/suggestions"
MINUTES = (
    "渠道专题会会议纪要\n时间：２０２６年１月８日　地点：三楼会议室　主持：周敏　记录：王芳\n出席：李建国、陈涛\n"
).encode()


def test_a_suggestion_names_its_field_and_the_place_where_it_stands(li: Bearer) -> None:
    answer = li.get(URL)
    assert answer.status_code == 200
    amount = answer.json["suggestions"][1]
    assert amount == {
        "field": "fields.amount",
        "label": "合同金额",
        "label_en": "Amount",
        "value": 480000,
        "shown": "480000",
        "shown_en": "480000",
        "reason": "label",
        "confidence": 0.0,
        "evidence": {
            "where": "text",
            "file_id": "f1",
            "file": "合同.pdf",
            "place": {"kind": "page", "number": 1, "label": ""},
            "fact": "",
            "passage": 0,
            "start": 6,
            "end": 18,
            "quote": "合同总价：48 万元",
        },
    }


def test_several_values_are_a_list(li: Bearer) -> None:
    assert li.get(URL).json["suggestions"][2]["value"] == ["周敏", "王芳"]


def test_what_is_not_of_the_text_has_no_place(li: Bearer) -> None:
    assert li.get(URL).json["suggestions"][0]["evidence"]["place"] is None


def test_the_category_of_the_form_is_handed_on(li: Bearer, archive: Archive) -> None:
    assert li.get(URL, query_string={"category": "WD-HY"}).status_code == 200
    assert archive.suggesting.category == "WD-HY"


def test_only_what_was_learned_has_a_confidence(li: Bearer) -> None:
    """Of what a rule read there is a source or nothing; how often a guess was right is counted, never felt."""
    for one in li.get(URL).json["suggestions"]:
        assert not {"score", "probability"} & (set(one) | set(one["evidence"]))
        assert one["confidence"] == 0.0 or one["reason"] == "learned"
        assert one["evidence"]["quote"]


@pytest.mark.parametrize(
    ("url", "status", "code"),
    [
        ("/api/v1/records/none/suggestions", 404, "not_found"),
        (f"{URL}?kategory=HT", 400, "malformed_request"),
        (f"{URL}?category={'x' * 101}", 400, "malformed_request"),
    ],
)
def test_refusals_are_problems(li: Bearer, url: str, status: int, code: str) -> None:
    answer = li.get(url)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert json.loads(answer.data)["code"] == code


def test_nobody_gets_any_without_signing_in(nobody: Bearer) -> None:
    assert nobody.get(URL).status_code == 401


@pytest.fixture
def served(fonds: Fonds, applied: Callable[[Fonds], Flask]) -> Flask:
    return applied(fonds)


@pytest.fixture
def seller(served: Flask, fonds: Fonds, administrator: Actor) -> Bearer:
    a_user(fonds, administrator, "wangfang", Role.STAFF, department="销售部")
    return token_client(served, "wangfang")


def test_the_whole_way_from_a_file_to_a_described_record(seller: Bearer, settle: Callable[[], None]) -> None:
    record = seller.post("/api/v1/records", json={"title": "会议纪要20260108_副本(1)"}).json
    upload(seller, record["id"], MINUTES, "会议纪要20260108_副本(1).txt")
    settle()
    url = f"/api/v1/records/{record['id']}"
    found = {one["field"]: one for one in seller.get(f"{url}/suggestions").json["suggestions"]}
    assert found["date"]["value"] == "2026-01-08"
    assert found["date"]["evidence"]["place"] == {"kind": "line", "number": 2, "label": ""}
    taken = {name: found[name]["value"] for name in ("title", "category", "date")}
    fields = {
        name.removeprefix("fields."): one["value"]
        for name, one in found.items()
        if name.startswith("fields.")
    }
    changed = seller.patch(url, json={**taken, "fields": fields}, headers={"If-Match": '"1"'})
    assert changed.status_code == 200, changed.text
    assert (changed.json["title"], changed.json["category"]) == ("渠道专题会会议纪要", "WD-HY")
    assert changed.json["fields"]["attendees"] == ["李建国", "陈涛"]
    assert changed.json["missing"] == []
    assert seller.get(f"{url}/suggestions").json == {"suggestions": []}


@pytest.mark.requirement("R-SEC-7", "B44")
def test_a_record_of_another_department_looks_like_none(
    seller: Bearer, served: Flask, fonds: Fonds, administrator: Actor
) -> None:
    a_user(fonds, administrator, "zhaolei", Role.STAFF, department="市场部")
    record = seller.post("/api/v1/records", json={"title": "纪要"}).json["id"]
    other = token_client(served, "zhaolei")
    assert other.get(f"/api/v1/records/{record}/suggestions").status_code == 404
    assert client_of(served, "").get(f"/api/v1/records/{record}/suggestions").status_code == 401


def test_what_one_may_not_change_gets_none(seller: Bearer, fonds: Fonds) -> None:
    record = seller.post("/api/v1/records", json={"title": "纪要"}).json["id"]
    Record.objects(id=record).update_one(set__life="archived")
    refused = seller.get(f"/api/v1/records/{record}/suggestions")
    assert (refused.status_code, json.loads(refused.data)["code"]) == (403, "forbidden")


def test_an_unknown_category_is_told(seller: Bearer) -> None:
    record = seller.post("/api/v1/records", json={"title": "纪要"}).json["id"]
    refused = seller.get(f"/api/v1/records/{record}/suggestions", query_string={"category": "ZZ"})
    assert refused.status_code == 422
    assert json.loads(refused.data)["faults"][0]["code"] == "unknown_category"


def test_suggestions_enter_nothing(seller: Bearer, settle: Callable[[], None]) -> None:
    """Accepted by a person, never written silently (issue D)."""
    record = seller.post("/api/v1/records", json={"title": "a"}).json
    upload(seller, record["id"], MINUTES, "a.txt")
    settle()
    events = AuditEvent.objects.count()
    before = seller.get(f"/api/v1/records/{record['id']}").json
    seller.get(f"/api/v1/records/{record['id']}/suggestions")
    after = seller.get(f"/api/v1/records/{record['id']}").json
    assert after == before
    assert AuditEvent.objects.count() == events + 2  # the two reads
