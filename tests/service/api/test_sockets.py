"""Sockets: what only a real server and a real connection show (B20, B21, B34)."""

import http.client
import json
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from flask import Flask

from service.errors import ContentDamaged
from service.serving import Server
from tests.service.api.fakes import SETTINGS, Archive

HEAD = "Host: 127.0.0.1\r\nAuthorization: Bearer li-token\r\n"
UPLOAD = f"POST /api/v1/records/r1/files?name=a HTTP/1.1\r\n{HEAD}Content-Type: application/octet-stream\r\n"


@pytest.fixture
def address(app: Flask) -> Iterator[tuple[str, int]]:
    server = Server(app, SETTINGS)
    parts = urlsplit(server.start())
    yield parts.hostname or "", parts.port or 0
    server.stop()


def sent(address: tuple[str, int], *pieces: bytes, hang_up: bool = False) -> bytes:
    """What comes back after sending `pieces`; `hang_up` closes our side first."""
    with socket.create_connection(address, timeout=180) as connection:
        for piece in pieces:
            connection.sendall(piece)
        if hang_up:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
        return answer


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def closing(text: str) -> bytes:
    return (text + "Connection: close\r\n\r\n").encode()


def test_an_upload_streams_in(address: tuple[str, int], archive: Archive) -> None:
    answer = sent(address, closing(UPLOAD + "Content-Length: 6\r\n"), b"abc", b"def")
    assert status_of(answer) == 201
    assert archive.files.added[0][1] == b"abcdef"


def test_a_chunked_upload_streams_in(address: tuple[str, int], archive: Archive) -> None:
    answer = sent(address, closing(UPLOAD + "Transfer-Encoding: chunked\r\n"), b"3\r\nabc\r\n", b"0\r\n\r\n")
    assert status_of(answer) == 201
    assert archive.files.added[0][1] == b"abc"
    assert archive.files.added[0][2].size is None


@pytest.mark.requirement("B21")
@pytest.mark.parametrize(
    ("header", "body"),
    [
        ("Content-Length: 10\r\n", b"abc"),
        ("Transfer-Encoding: chunked\r\n", b"5\r\nabc"),
        ("Transfer-Encoding: chunked\r\n", b"3\r\nabc\r\n"),
        ("Transfer-Encoding: chunked\r\n", b"zz\r\nabc\r\n0\r\n\r\n"),
    ],
)
def test_a_connection_that_breaks_in_an_upload_stores_nothing(
    address: tuple[str, int], archive: Archive, header: str, body: bytes
) -> None:
    answer = sent(address, closing(UPLOAD + header), body, hang_up=True)
    assert status_of(answer) == 400
    assert archive.files.added == []


@pytest.mark.requirement("B20")
@pytest.mark.parametrize("length", [SETTINGS.max_file_bytes + 1, 10 << 40])
def test_a_file_that_is_too_large_is_refused_before_it_comes(
    address: tuple[str, int], archive: Archive, length: int
) -> None:
    answer = sent(address, closing(UPLOAD + f"Content-Length: {length}\r\n"), hang_up=True)
    assert status_of(answer) == 413
    assert archive.files.added == []


@pytest.mark.requirement("B20")
def test_a_chunked_file_that_grows_too_large_is_cut(address: tuple[str, int], archive: Archive) -> None:
    chunk = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
    answer = sent(
        address, closing(UPLOAD + "Transfer-Encoding: chunked\r\n"), chunk * 4 + b"0\r\n\r\n", hang_up=True
    )
    assert status_of(answer) == 413
    assert archive.files.added == []


def test_a_download_that_fails_in_the_middle_never_looks_whole(
    address: tuple[str, int], archive: Archive
) -> None:
    def damaged() -> Iterator[bytes]:
        yield b"x" * 1000
        raise ContentDamaged

    archive.files.chunks = damaged()
    answer = sent(address, closing(f"GET /api/v1/files/f1/content HTTP/1.1\r\n{HEAD}"))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"Content-Length: 5129" in head
    assert len(body) < 5129


@pytest.mark.requirement("B34")
def test_two_lengths_are_refused(address: tuple[str, int], archive: Archive) -> None:
    headers = "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"
    answer = sent(address, closing(UPLOAD + headers), b"3\r\nabc\r\n0\r\n\r\n", hang_up=True)
    assert status_of(answer) == 400
    assert answer.count(b"HTTP/1.1 ") == 1
    assert archive.files.added == []


def test_a_refusal_is_read_by_a_client_that_is_still_sending(
    address: tuple[str, int], archive: Archive
) -> None:
    connection = http.client.HTTPConnection(*address, timeout=180)
    headers = {"Authorization": "Bearer nobody", "Content-Type": "application/octet-stream"}
    connection.request("POST", "/api/v1/records/r1/files?name=a", body=b"x" * 90_000, headers=headers)
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["code"]) == (401, "not_signed_in")
    connection.close()


def test_connections_are_kept_between_requests(address: tuple[str, int]) -> None:
    connection = http.client.HTTPConnection(*address, timeout=180)
    for _ in range(3):
        connection.request("GET", "/api/v1/records/r1", headers={"Authorization": "Bearer li-token"})
        assert connection.getresponse().read()
    connection.close()


def test_a_form_comes_in_whole(address: tuple[str, int], archive: Archive) -> None:
    """The reader of forms asks for memory that is no view: a slice of it would be a copy that nobody sees."""
    form = b"name=li&password=correct+horse&next=%2F"
    head = (
        f"POST /sign-in HTTP/1.1\r\nHost: {address[0]}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    )
    length = f"Origin: http://{address[0]}\r\nContent-Length: {len(form)}\r\n"
    assert status_of(sent(address, closing(head + length), form)) == 303
