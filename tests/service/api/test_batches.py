"""Batches of small files: all of a body or none, whatever stands in it."""

import json
from typing import Any

import pytest
from flask import Flask

from service.api.batches import BATCH_FILES, MEDIA_TYPE
from service.app import create_app
from service.domain.permissions import Actor, Role
from service.wiring import Fonds
from tests.service.api.conftest import Bearer
from tests.service.api.test_whole import a_user, token_client


def framed(name: str, content: bytes, **said: Any) -> bytes:
    return json.dumps({"name": name, "path": name, "size": len(content), **said}).encode() + b"\n" + content


@pytest.fixture
def li(fonds: Fonds, administrator: Actor) -> Bearer:
    served: Flask = create_app(fonds)
    a_user(fonds, administrator, "lidangan", Role.ARCHIVIST, Role.STAFF, department="综合管理部")
    return token_client(served, "lidangan")


@pytest.fixture
def run(li: Bearer) -> str:
    return str(li.post("/api/v1/imports", json={"source": "共享"}).json["id"])


def send(li: Bearer, run: str, body: bytes, kind: str = MEDIA_TYPE) -> Any:
    return li.post(f"/api/v1/imports/{run}/batch", data=body, content_type=kind)


@pytest.mark.requirement("R-CAP-3")
def test_lines_come_back_in_order_and_the_bytes_are_whole(li: Bearer, run: str) -> None:
    contents = {"甲\n.txt": "返利\n{}\n".encode(), "b.bin": bytes(range(256)) * 40}
    answer = send(li, run, b"".join(framed(name, content) for name, content in contents.items()))
    assert answer.status_code == 200
    assert [line["size"] for line in answer.json] == [len(content) for content in contents.values()]
    for line, content in zip(answer.json, contents.values(), strict=True):
        assert li.get(f"/api/v1/files/{line['file_id']}/content").data == content


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (framed("a", b"1") + framed("b", b"12")[:-1], 400),
        (framed("a", b"1") + b'{"name":"b"', 400),
        (framed("a", b"1") + b"{}\n", 422),
        (framed("a", b"1") + framed("b", b"2", strange=1), 422),
        (framed("a", b"1") + framed("b", b"2", modified="yesterday"), 422),
        (framed("a", b"1") + framed("b", b"2", raw_path="*"), 422),
        (b"".join(framed(str(n), b"1") for n in range(BATCH_FILES + 1)), 413),
    ],
)
def test_a_faulty_body_enters_nothing(li: Bearer, run: str, body: bytes, status: int) -> None:
    assert send(li, run, body).status_code == status
    assert li.get(f"/api/v1/imports/{run}").json["found"] == 0


def test_another_kind_of_body_is_refused(li: Bearer, run: str) -> None:
    assert send(li, run, framed("a", b"1"), "application/json").status_code == 415
