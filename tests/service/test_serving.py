"""The HTTP server: streaming, slow clients, unread bodies, a graceful end."""

import http.client
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service import serving
from service.logs import BEHIND
from service.serving import Server, address_url
from service.settings import Settings

SETTINGS = Settings(home=Path("/nonexistent"), listen=("127.0.0.1", 0), threads=2)


class App:
    """A WSGI application whose paths show one behaviour each."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.leave = threading.Event()

    def __call__(self, environ: dict[str, Any], start: Any) -> list[bytes]:
        path = environ["PATH_INFO"]
        body = b"hello"
        if path == "/count":
            stream, total = environ["wsgi.input"], 0
            while chunk := stream.read(65536):
                total += len(chunk)
            body = str(total).encode()
        elif path == "/wait":
            self.entered.set()
            self.leave.wait(180)
        elif path == "/behind":
            environ[BEHIND].append(lambda: self.leave.wait(180) and self.entered.set())
        elif path == "/nothing":
            start("204 No Content", [])
            return []
        elif path == "/large":
            start("200 OK", [("Content-Length", str(3 << 20))])
            return [b"a" * (1 << 20), b"b" * 10, b"", b"c" * ((2 << 20) - 10)]
        elif path == "/refuse":
            start("413 Too Large", [("Content-Length", "2")])
            return [b"no"]
        elif path == "/ignore":
            start("403 Forbidden", [("Content-Length", "2")])
            return [b"no"]
        start("200 OK", [("Content-Length", str(len(body)))])
        return [body]


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
def address(app: App) -> Iterator[tuple[str, int]]:
    server = Server(app, SETTINGS)
    url = server.start()
    host, port = url.removeprefix("http://").split(":")
    yield host, int(port)
    app.leave.set()
    server.stop()


def get(address: tuple[str, int], path: str, body: Any = None, method: str = "GET") -> tuple[int, bytes]:
    client = http.client.HTTPConnection(*address, timeout=180)
    client.request(method, path, body=body)
    answer = client.getresponse()
    result = answer.status, answer.read()
    client.close()
    return result


def test_a_chunked_body_streams_whole(address: tuple[str, int]) -> None:
    assert get(address, "/count", (b"x" * 1000 for _ in range(3000)), "POST") == (200, b"3000000")


def test_header_and_body_of_a_small_answer_are_one_packet(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=180) as client:
        for _ in range(3):
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert client.recv(1 << 16).endswith(b"\r\n\r\nhello")


def test_what_nobody_waits_for_is_done_behind_the_answer(address: tuple[str, int], app: App) -> None:
    assert get(address, "/behind") == (200, b"hello")
    assert not app.entered.is_set()
    app.leave.set()
    assert app.entered.wait(180)


def test_a_header_without_a_body_is_not_held_back(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=180) as client:
        for _ in range(2):
            client.sendall(b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
            assert client.recv(1 << 16).startswith(b"HTTP/1.1 204")


def test_a_large_answer_comes_whole_and_in_its_order(address: tuple[str, int]) -> None:
    status, body = get(address, "/large")
    assert (status, body) == (200, b"a" * (1 << 20) + b"b" * 10 + b"c" * ((2 << 20) - 10))


def test_idle_connections_take_no_thread(address: tuple[str, int]) -> None:
    idle = [socket.create_connection(address) for _ in range(20)]
    assert get(address, "/")[0] == 200
    for connection in idle:
        connection.close()


def test_a_header_that_never_ends_is_cut(address: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "HEADER_SECONDS", 0.3)
    with socket.create_connection(address, timeout=180) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        began = time.monotonic()
        answer = b""
        while chunk := slow.recv(1000):
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 400")
    assert time.monotonic() - began < 60


def test_an_answer_before_a_large_body_reaches_the_client(address: tuple[str, int]) -> None:
    assert get(address, "/ignore", b"x" * (3 << 20), "POST") == (403, b"no")
    assert get(address, "/", b"x" * 10, "POST") == (200, b"hello")


def test_an_unread_chunked_body_is_not_taken_for_the_next_request(address: tuple[str, int]) -> None:
    smuggled = b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"
    with socket.create_connection(address, timeout=180) as client:
        client.sendall(
            b"POST /ignore HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            + f"{len(smuggled):x}\r\n".encode()
            + smuggled
            + b"\r\n0\r\n\r\n"
        )
        answer = b""
        while chunk := client.recv(1000):
            answer += chunk
    assert answer.count(b"HTTP/1.1 ") == 1


def test_a_stop_lets_a_running_request_end(app: App) -> None:
    server = Server(app, SETTINGS)
    host, port = server.start().removeprefix("http://").split(":")
    answers: list[tuple[int, bytes]] = []
    client = threading.Thread(target=lambda: answers.append(get((host, int(port)), "/wait")))
    client.start()
    assert app.entered.wait(180)
    stopping = threading.Thread(target=server.stop)
    stopping.start()
    app.leave.set()
    stopping.join(20)
    client.join(10)
    assert answers == [(200, b"hello")]
    with pytest.raises(OSError):
        socket.create_connection((host, int(port)), timeout=1)


def test_a_taken_address_is_an_error(address: tuple[str, int], app: App) -> None:
    with pytest.raises(OSError):
        Server(app, replace(SETTINGS, listen=address)).start()


def test_the_url_is_one_to_type() -> None:
    assert address_url("0.0.0.0", 80) == "http://127.0.0.1:80"
    assert address_url("::1", 80) == "http://[::1]:80"


PROCESSES = """
import os, sys
from pathlib import Path
from service.serving import Processes
from service.settings import Settings

def app(environ, start):
    start("200 OK", [("Content-Length", "2")])
    return [b"ok"]

settings = Settings(home=Path("/nonexistent"), listen=(sys.argv[1], 0), threads=2, processes=2)
Processes(lambda: app, settings, lambda url: print(url, flush=True)).run()
"""


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2"])
def test_several_processes_serve_and_stop(host: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROCESSES, host], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as served:
        assert served.stdout is not None
        url = served.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:")
        name, port = url.removeprefix("http://").split(":")
        assert get((name, int(port)), "/") == (200, b"ok")
        served.terminate()
        assert served.wait(180) == 0
