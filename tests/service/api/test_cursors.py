"""Cursors: good for the asker and the question they were made for, and for nothing else (B41)."""

import base64

import pytest
from flask import Flask

from tests.service.api.conftest import Bearer, client_of
from tests.service.api.fakes import Archive

RECORDS = "/api/v1/records?limit=4"


def test_a_list_is_read_to_its_end(li: Bearer) -> None:
    seen, cursor = [], ""
    while True:
        page = li.get("/api/v1/records", query_string={"limit": 4, "cursor": cursor}).json
        seen += [int(record["id"][1:]) for record in page["items"]]
        if not (cursor := page["next_cursor"]):
            break
    assert seen == [9, 8, 7, 6, 5, 4, 3, 2, 1]


def test_the_size_of_a_page_may_change_on_the_way(li: Bearer) -> None:
    cursor = li.get(RECORDS).json["next_cursor"]
    assert (
        li.get("/api/v1/records", query_string={"limit": 2, "cursor": cursor}).json["items"][0]["id"] == "r5"
    )


@pytest.mark.requirement("R-SEC-7")
def test_a_cursor_does_not_tell_the_number_it_goes_on_by(li: Bearer) -> None:
    payload = li.get(RECORDS).json["next_cursor"].partition(".")[0]
    assert base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)) != b"6"
    assert payload != li.get("/api/v1/records?limit=3").json["next_cursor"].partition(".")[0]


def forged(cursor: str) -> list[str]:
    payload, _, signature = cursor.partition(".")
    other = base64.urlsafe_b64encode(b"2").rstrip(b"=").decode()
    return [
        payload,
        f"{payload}.",
        f"{other}.{signature}",
        f"{payload}.{signature[:-4]}AAAA",
        f".{signature}",
        "6",
        "-1",
        "....",
        cursor + "A",
        "=",
    ]


@pytest.mark.requirement("B41")
def test_forged_cursors_are_refused(li: Bearer) -> None:
    cursor = li.get(RECORDS).json["next_cursor"]
    for wrong in forged(cursor):
        answer = li.get("/api/v1/records", query_string={"cursor": wrong})
        assert (answer.status_code, answer.json["faults"][0]["code"]) == (400, "bad_cursor"), wrong


@pytest.mark.requirement("B41")
@pytest.mark.parametrize("cursor", ["x" * 5000, "a b", "é", "a\x00"])
def test_what_is_no_cursor_is_refused(li: Bearer, cursor: str) -> None:
    assert li.get("/api/v1/records", query_string={"cursor": cursor}).status_code == 400


@pytest.mark.requirement("B41")
def test_a_cursor_is_worth_nothing_to_another_person(app: Flask, li: Bearer) -> None:
    cursor = li.get(RECORDS).json["next_cursor"]
    other = client_of(app, "wang-token").get("/api/v1/records", query_string={"cursor": cursor})
    assert other.status_code == 400


@pytest.mark.requirement("B41")
def test_a_cursor_is_worth_nothing_for_another_question(li: Bearer, archive: Archive) -> None:
    cursor = li.get("/api/v1/search?q=渠道&category=HT").json["next_cursor"]
    same = {"q": "渠道", "category": "HT", "cursor": cursor}
    assert li.get("/api/v1/search", query_string=same).status_code == 200
    assert archive.finding.question is not None
    assert archive.finding.question.cursor == "engine:2"
    for other in ({"q": "合同"}, {"category": "HD"}, {"category": ["HT", "HD"]}, {"order": "newest"}):
        assert li.get("/api/v1/search", query_string={**same, **other}).status_code == 400
    assert li.get("/api/v1/records", query_string={"cursor": cursor}).status_code == 400


def test_a_cursor_survives_a_restart_and_serves_every_server(
    archive: Archive, app: Flask, li: Bearer
) -> None:
    cursor = li.get(RECORDS).json["next_cursor"]
    twin = client_of(app, "li-token")
    assert twin.get("/api/v1/records", query_string={"cursor": cursor}).status_code == 200
    archive.secret = "another secret of an archive"
    assert twin.get("/api/v1/records", query_string={"cursor": cursor}).status_code == 400
