"""Uploads over HTTP: announced, sent to signed URLs, completed; refusals in their statuses."""

import base64
import hashlib
import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from service.domain.permissions import Actor, Role
from service.models import File
from service.usecases.contents import uploading
from service.usecases.people.users import NewUser
from service.wiring import Fonds
from tests.service.api.conftest import Bearer
from tests.service.api.test_whole import PASSWORD, token_client

URL = "/api/v1/uploads"
DATA = bytes(range(256)) * (9 << 12)
"""Two parts."""
STEP = 8 << 20


@pytest.fixture
def served(fonds: Fonds, applied: Callable[[Fonds], Flask]) -> Flask:
    return applied(fonds)


def a_client(served: Flask, fonds: Fonds, administrator: Actor, name: str) -> Bearer:
    fonds.people.add(
        administrator, NewUser(name=name, roles=[Role.STAFF], departments=["销售部"], password=PASSWORD)
    )
    return token_client(served, name)


@pytest.fixture
def seller(served: Flask, fonds: Fonds, administrator: Actor) -> Bearer:
    return a_client(served, fonds, administrator, "wangfang")


@pytest.fixture
def other(served: Flask, fonds: Fonds, administrator: Actor) -> Bearer:
    return a_client(served, fonds, administrator, "zhaolei")


def announce(client: Bearer, data: bytes = DATA, key: str = "", **more: Any) -> Any:
    body = {"name": "母版.mp4", "size": len(data)} | more
    return client.post(URL, json=body, headers={"Idempotency-Key": key} if key else {})


def md5(data: bytes) -> str:
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


def put(client: Bearer, link: dict[str, Any], data: bytes, **headers: str) -> Any:
    path = link["url"].removeprefix("http://127.0.0.1:1")
    return client.put(path, data=data, headers={"Content-MD5": md5(data), "Authorization": ""} | headers)


def pieces(data: bytes) -> list[bytes]:
    return [data[at : at + STEP] for at in range(0, len(data), STEP)]


def test_a_file_goes_up_in_parts(seller: Bearer) -> None:
    announced = announce(seller, category="HZ", customer="嘉禾连锁", keywords=["冬季"], path="冬季/母版.mp4")
    upload = announced.json
    assert (announced.status_code, upload["state"], upload["part_count"]) == (201, "open", 2)
    assert announced.headers["Location"] == f"{URL}/{upload['id']}"
    parts = pieces(DATA)
    answer = put(seller, upload["links"][1], parts[1])
    assert (answer.status_code, answer.headers["ETag"].strip('"')) == (200, hashlib.md5(parts[1]).hexdigest())
    early = seller.post(f"{URL}/{upload['id']}/complete")
    assert (early.status_code, early.json["code"], early.json["missing"]) == (409, "parts_missing", [1])
    links = seller.get(f"{URL}/{upload['id']}/links?first=1&last=2").json["items"]
    assert [link["size"] for link in links] == [len(part) for part in parts]
    assert put(seller, links[0], parts[0]).status_code == 200
    assert [one["number"] for one in seller.get(f"{URL}/{upload['id']}/parts").json["items"]] == [1, 2]
    for _ in range(2):
        stored = seller.post(f"{URL}/{upload['id']}/complete")
        assert (stored.status_code, stored.json["state"]) == (200, "stored")
        assert stored.json["sha256"] == hashlib.sha256(DATA).hexdigest()
    assert seller.get(f"/api/v1/files/{stored.json['file_id']}/content").data == DATA
    assert seller.get(f"/api/v1/records/{stored.json['record_id']}").json["fields"] == {
        "partner_name": "嘉禾连锁"
    }
    listed = seller.get(URL).json["items"]
    assert [(one["id"], one["file_state"]) for one in listed] == [(upload["id"], "pending")]
    assert seller.get(f"{URL}/{upload['id']}").json["title"] == "母版"


@pytest.mark.requirement("S-ER-4")
def test_a_part_that_is_not_what_its_md5_says_is_no_part(seller: Bearer) -> None:
    upload = announce(seller, b"text").json
    link = upload["links"][0]
    assert put(seller, link, b"tExt", **{"Content-MD5": md5(b"text")}).status_code == 400
    assert put(seller, link, b"tex").status_code == 400
    assert put(seller, link, b"text", **{"Content-MD5": "no digest"}).status_code == 400
    assert seller.get(f"{URL}/{upload['id']}/parts").json["items"] == []
    assert put(seller, link, b"text").status_code == 200


@pytest.mark.requirement("B46")
def test_the_url_of_a_part_is_the_permission(seller: Bearer, clock: Any) -> None:
    upload = announce(seller, b"text").json
    link = upload["links"][0]
    for wrong in ("signature=0", "part=2"):
        name = wrong.partition("=")[0]
        url = "&".join(wrong if one.split("=")[0].endswith(name) else one for one in link["url"].split("&"))
        assert put(seller, link | {"url": url}, b"text").status_code == 403
    clock.advance(hours=1, seconds=1)
    assert put(seller, link, b"text").status_code == 403


@pytest.mark.requirement("B30")
def test_another_s_upload_is_not_found(seller: Bearer, other: Bearer) -> None:
    at = f"{URL}/{announce(seller, b'text').json['id']}"
    asked = [
        other.get(at),
        other.get(f"{at}/links?first=1&last=1"),
        other.get(f"{at}/parts"),
        other.post(f"{at}/complete"),
        other.delete(at),
    ]
    assert {answer.status_code for answer in asked} == {404}
    assert other.get(URL).json["items"] == []


def test_a_key_repeats_the_announcement(seller: Bearer) -> None:
    first = announce(seller, b"text", "k-1").json
    assert announce(seller, b"text", "k-1").json["id"] == first["id"]
    assert announce(seller, b"other", "k-1").status_code == 409


def test_a_given_up_upload_takes_no_part(seller: Bearer) -> None:
    upload = announce(seller, b"text").json
    assert seller.delete(f"{URL}/{upload['id']}").status_code == 204
    assert put(seller, upload["links"][0], b"text").status_code == 404
    assert seller.post(f"{URL}/{upload['id']}/complete").status_code == 409


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"size": 0}, 422, "empty_file"),
        ({"size": 6 << 30}, 413, "too_large"),
        ({"size": -1}, 422, "invalid_input"),
        ({"category": "XX"}, 422, "invalid_input"),
        ({"modified": "yesterday"}, 422, "invalid_input"),
        ({"record": "nowhere"}, 404, "not_found"),
        ({"secrecy": "L3"}, 422, "invalid_input"),
    ],
)
def test_what_cannot_be_taken_is_said_before_bytes_come(
    seller: Bearer, more: dict[str, Any], status: int, code: str
) -> None:
    answer = announce(seller, b"text", **more)
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_links_of_parts_that_are_none_are_refused(seller: Bearer) -> None:
    at = f"{URL}/{announce(seller, b'text').json['id']}/links"
    assert seller.get(f"{at}?first=1&last=2").status_code == 422
    assert seller.get(f"{at}?first=0&last=1").status_code == 400


def test_a_small_file_comes_whole(seller: Bearer) -> None:
    url = f"{URL}/whole?name=计划.txt&path=a/计划.txt&keywords=春、夏"
    answer = seller.post(url, data=b"text", content_type="application/octet-stream")
    assert (answer.status_code, answer.json["state"]) == (201, "stored")
    assert answer.headers["ETag"] == f'"{hashlib.sha256(b"text").hexdigest()}"'
    record = seller.get(f"/api/v1/records/{answer.json['record_id']}").json
    assert (record["keywords"], record["files"][0]["path"]) == (["春", "夏"], "a/计划.txt")
    form = seller.post(f"{URL}/whole", data={"file": (io.BytesIO(b"other"), "表单.txt")})
    assert (form.status_code, form.json["name"]) == (201, "表单.txt")


def test_a_whole_file_that_is_cut_or_wrong_leaves_nothing(seller: Bearer) -> None:
    url = f"{URL}/whole?name=a.txt"
    wrong = seller.post(f"{url}&sha256={'0' * 64}", data=b"text", content_type="application/octet-stream")
    empty = seller.post(url, data=b"", content_type="application/octet-stream")
    assert (wrong.status_code, empty.json["code"]) == (422, "empty_file")
    assert len(File.objects) == 0
    assert seller.get(URL).json["items"] == []


def test_a_large_file_is_acknowledged_when_it_is_proved(
    seller: Bearer, fonds: Fonds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploading, "INLINE", 0)
    fonds.uploads.close()
    upload = announce(seller, b"text").json
    put(seller, upload["links"][0], b"text")
    row = f"{URL}/{upload['id']}"
    waiting = seller.post(f"{row}/complete")
    assert (waiting.status_code, waiting.json["state"]) == (202, "verifying")
    assert fonds.uploads.tend() == 1
    assert seller.post(f"{row}/complete").json["state"] == "stored"
