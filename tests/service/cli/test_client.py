"""The commands' side of the HTTP API: a server that is busy is left alone as long as it asks, and given less."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ingest.migrate.folder import FolderOrigin
from service.cli.client import Api, Busy, Refused
from service.cli.importing import Importer
from service.cli.terminal import UNREACHABLE, Failure, Terminal
from service.embedded.home import ServerAddress


class Server:
    """Answers POST by what `busy` says of the body; notes how many files each request had."""

    def __init__(self) -> None:
        self.busy = 0
        self.most = 1000
        self.taken: list[str] = []
        self.asked: list[int] = []

    def answer(self, path: str, body: bytes) -> tuple[int, object]:
        if path.endswith("/imports"):
            return 201, {"id": "r"}
        names = _names(body) if path.endswith("/batch") else []
        self.asked.append(len(names))
        if self.busy > 0 or len(names) > self.most:
            self.busy -= 1
            return 503, {"code": "unavailable", "title": "暂不可用"}
        self.taken += names
        return 200, {"found": len(self.taken), "waiting": 0, "fates": {}, "bytes": 0}


def _names(body: bytes) -> list[str]:
    names = []
    while body:
        line, _, rest = body.partition(b"\n")
        said = json.loads(line)
        names.append(said["path"])
        body = rest[said["size"] :]
    return names


@contextmanager
def serving(server: Server) -> Iterator[Api]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self._say(*server.answer(self.path, body))

        def do_GET(self) -> None:
            self._say(200, {"found": len(server.taken), "waiting": 0, "fates": {}, "bytes": 0})

        def _say(self, status: int, said: object) -> None:
            told = json.dumps(said).encode()
            self.send_response(status)
            if status == 503:
                self.send_header("Retry-After", "0")
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    address = ServerAddress(f"http://127.0.0.1:{listening.server_port}", "token", 1)
    api = Api(lambda: address, patience=5)
    try:
        yield api
    finally:
        api.close()
        listening.shutdown()
        listening.server_close()


def test_a_lot_for_which_the_server_has_no_time_is_sent_by_halves(tmp_path: Path) -> None:
    for n in range(12):
        (tmp_path / f"{n:02}.txt").write_text(str(n))
    server = Server()
    server.most = 3
    with serving(server) as api:
        Importer(api, Terminal(), FolderOrigin(tmp_path)).run()
    assert sorted(server.taken) == [f"{n:02}.txt" for n in range(12)]
    assert server.asked.count(12) == 2
    assert max(files for files in server.asked if files <= 3) == 3


def test_what_is_refused_for_a_while_is_asked_again_and_what_is_busy_only_so_often() -> None:
    server = Server()
    server.busy = 3
    with serving(server) as api:
        assert api.steadily(lambda: api.send("POST", "/some"))["found"] == 0
        assert len(server.asked) == 4
        server.busy = 100
        with pytest.raises(Busy) as busy:
            api.steadily(lambda: api.send("POST", "/some"), tries=2)
        assert isinstance(busy.value.why, Refused)
        assert len(server.asked) == 6


def test_patience_begins_with_the_first_fault_and_anew_when_others_are_answered() -> None:
    api = Api(lambda: None, patience=60)
    assert not api._impatient(1000.0, 1059.0)
    assert api._impatient(1000.0, 1061.0)
    api._answered = 1050.0
    assert not api._impatient(1000.0, 1061.0)
    assert api._impatient(1000.0, 1601.0)
    api.close()


def test_long_work_of_a_server_that_is_gone_ends_with_words() -> None:
    """It was killed between two steps of a command: no trace of ours, however the answer would have come."""
    api = Api(lambda: None)
    with pytest.raises(Failure) as posted:
        list(api.lines("/system/backup"))
    with pytest.raises(Failure) as got:
        list(api.pieces("/search/export"))
    with pytest.raises(Failure) as streamed, api.stream("/files/1/content"):
        pass
    assert {fault.value.code for fault in (posted, got, streamed)} == {UNREACHABLE}
    assert posted.value.chinese == "连接不上档案服务（它没有运行）。看它是否在运行：fonds status"
    api.close()
