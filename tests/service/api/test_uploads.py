"""Uploads: bytes arrive as they were sent, or nothing does (B20, B21, B32)."""

import hashlib
import io
from typing import Any

import pytest

from tests.service.api.conftest import Bearer
from tests.service.api.fakes import SETTINGS, Archive

URL = "/api/v1/records/r1/files"
LIMIT = SETTINGS.max_file_bytes
CONTENT = bytes(range(256)) * 20


def raw(client: Bearer, content: bytes, url: str = URL + "?name=a.bin", **headers: str) -> Any:
    return client.post(url, data=content, content_type="application/octet-stream", headers=headers)


def form(client: Bearer, content: bytes, name: str = "合同.pdf", url: str = URL) -> Any:
    return client.post(url, data={"file": (io.BytesIO(content), name), "note": "x"})


def test_a_bare_body_is_the_file(li: Bearer, archive: Archive) -> None:
    answer = raw(li, CONTENT)
    assert answer.status_code == 201
    assert answer.headers["Location"] == "/api/v1/files/f1"
    assert answer.json["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    [(name, content, promised)] = archive.files.added
    assert (name, content) == ("a.bin", CONTENT)
    assert (promised.size, promised.sha256, promised.upload_key) == (len(CONTENT), None, "")


def test_a_form_brings_the_file_and_its_name(li: Bearer, archive: Archive) -> None:
    assert form(li, CONTENT).status_code == 201
    [(name, content, promised)] = archive.files.added
    assert (name, content, promised.size) == ("合同.pdf", CONTENT, None)


def test_a_name_in_the_query_goes_before_the_form_s(li: Bearer, archive: Archive) -> None:
    form(li, CONTENT, url=URL + "?name=另名.pdf")
    assert archive.files.added[0][0] == "另名.pdf"


def test_what_is_promised_is_handed_on(li: Bearer, archive: Archive) -> None:
    digest = hashlib.sha256(CONTENT).hexdigest()
    raw(li, CONTENT, f"{URL}?name=a&sha256={digest.upper()}", **{"Idempotency-Key": "k-1"})
    promised = archive.files.added[0][2]
    assert (promised.sha256, promised.upload_key) == (digest, "k-1")


@pytest.mark.parametrize("key", ["a b", "x" * 201, "ü"])
def test_an_idempotency_key_is_visible_ascii(li: Bearer, archive: Archive, key: str) -> None:
    answer = raw(li, CONTENT, **{"Idempotency-Key": key})
    assert (answer.status_code, answer.json["faults"][0]["path"]) == (422, "Idempotency-Key")
    assert archive.files.added == []


@pytest.mark.requirement("B20")
def test_exactly_the_largest_file_is_taken(li: Bearer, archive: Archive) -> None:
    assert raw(li, b"x" * LIMIT).status_code == 201
    assert form(li, b"x" * LIMIT).status_code == 201


@pytest.mark.requirement("B20")
def test_a_larger_one_is_refused_unread(li: Bearer, archive: Archive) -> None:
    answer = raw(li, b"x" * (LIMIT + 1))
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")
    assert form(li, b"x" * (LIMIT + 100_000)).status_code == 413
    assert archive.files.added == []


@pytest.mark.requirement("B21")
@pytest.mark.parametrize("kind", ["application/octet-stream", "multipart/form-data; boundary=b"])
def test_a_cut_body_gives_no_file(li: Bearer, archive: Archive, kind: str) -> None:
    head = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' if "b=" in kind else b""
    )
    body = head + b"x" * 5000
    answer = li.post(
        URL + "?name=a",
        input_stream=io.BytesIO(body),
        content_type=kind,
        environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": str(len(body) + 1)},
    )
    assert (answer.status_code, answer.json["code"]) == (400, "malformed_request")
    assert archive.files.added == []


def test_a_digest_that_is_none_is_refused(li: Bearer, archive: Archive) -> None:
    assert raw(li, CONTENT, URL + "?name=a&sha256=abc").status_code == 400
    assert archive.files.added == []


def test_nobody_uploads_without_signing_in(nobody: Bearer, archive: Archive) -> None:
    assert raw(nobody, CONTENT).status_code == 401
    assert archive.files.added == []


def test_an_import_is_offered_a_file_with_what_is_known_of_it(li: Bearer, archive: Archive) -> None:
    query = {
        "name": "合\n同.pdf",
        "path": "a/合\n同.pdf",
        "raw_path": "us_NrA",
        "modified": "2024-05-01T08:00:00+08:00",
    }
    answer = li.post("/api/v1/imports/i1/files", query_string=query, data=CONTENT)
    assert answer.status_code == 200
    [(offer, content)] = archive.imports.offered
    assert (offer.name, offer.path, offer.raw_path) == ("合\n同.pdf", "a/合\n同.pdf", "合同".encode("gbk"))
    assert offer.modified is not None
    assert offer.modified.isoformat() == "2024-05-01T00:00:00+00:00"
    assert content == CONTENT


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        ({"name": "a", "raw_path": "&&"}, 422),
        ({"name": "a", "modified": "yesterday"}, 422),
        ({"name": "a", "modified": "0001-01-01T00:00:00+14:00"}, 422),
        ({"name": "x" * 5000}, 400),
        ({"name": "a", "category": "HT"}, 400),
    ],
)
def test_what_is_said_of_an_offer_is_checked(
    li: Bearer, archive: Archive, query: dict[str, str], status: int
) -> None:
    assert li.post("/api/v1/imports/i1/files", query_string=query, data=CONTENT).status_code == status
    assert archive.imports.offered == []


def test_entries_without_bytes_are_noted(li: Bearer, archive: Archive) -> None:
    entry = {"path": "a/b", "fate": "set_aside", "reason": "link", "raw_path": "us_NrA", "size": 7}
    assert li.post("/api/v1/imports/i1/entries", json={"entries": [entry]}).status_code == 204
    [noted] = archive.imports.noted
    assert (noted.path, noted.fate, noted.reason, noted.size) == ("a/b", "set_aside", "link", 7)
    assert noted.raw_path == "合同".encode("gbk")


@pytest.mark.parametrize(
    "entry",
    [
        {"path": "a", "fate": "archived", "reason": "x"},
        {"path": "a", "fate": "failed"},
        {"path": "a", "fate": "failed", "reason": "x", "size": -1},
        {"path": "a", "fate": "failed", "reason": "x", "raw_path": "&&&"},
    ],
)
def test_entries_are_checked(li: Bearer, archive: Archive, entry: dict[str, object]) -> None:
    answer = li.post("/api/v1/imports/i1/entries", json={"entries": [entry]})
    assert answer.status_code == 422
    assert answer.json["faults"][0]["path"].startswith("entries.0.")
    assert archive.imports.noted == []


def test_lines_that_wait_are_asked_for_by_name(li: Bearer) -> None:
    page = li.get("/api/v1/imports/i1/lines?fate=waiting").json
    assert page["items"][0]["fate"] == ""
    more = li.get("/api/v1/imports/i1/lines", query_string={"fate": "waiting", "cursor": page["next_cursor"]})
    assert more.json["items"][0]["n"] == 2
