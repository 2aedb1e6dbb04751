"""A small S3 server in memory that fails on command: what the bucket store says then is what is tested."""

import hashlib
import re
import socket
import struct
import threading
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import parse_qs, urlsplit

Kind = Literal["refuse", "reset", "lose", "mute", "cut", "stall", "whole", "nonsense", "late"]


@dataclass
class Fault:
    """One fault for the next request of `method` whose query holds `query`.

    refuse: answer `status` and `code`; reset: cut the connection after `at` bytes of the body came in;
    lose: do the work, then cut; mute: do the work, then never answer;
    cut: send `at` bytes of the answer's body, then cut; stall: never answer;
    whole: take no notice of a range; nonsense: 200 with a page of HTML; late: 200 with an error in the body.
    """

    kind: Kind
    method: str
    query: str = ""
    status: int = 503
    code: str = "SlowDown"
    at: int = 0


@dataclass
class State:
    """What the server holds and what it was asked."""

    buckets: set[str] = field(default_factory=lambda: {"fonds"})
    objects: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    conditional: bool = True
    may_make_buckets: bool = True
    lock: threading.Lock = field(default_factory=threading.Lock)
    stopped: threading.Event = field(default_factory=threading.Event)


class FakeS3:
    """Runs on a free port of the loopback interface between `start` and `stop`."""

    def __init__(self) -> None:
        self.state = State()
        handler = type("Bound", (Handler,), {"state": self.state})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def endpoint(self) -> str:
        """HOST:PORT."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more; the port refuses connections."""
        self.state.stopped.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Cut(Exception):
    """The connection is to be reset."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    state: State

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except Cut:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
            self.rfile.close()
            self.wfile = open("/dev/null", "wb")  # noqa: PTH123, SIM115 closed by the handler
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def do_any(self) -> None:
        """Every method: work, or the fault that is due."""
        parts = urlsplit(self.path)
        self.query = {
            name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()
        }
        self.bucket, _, self.name = parts.path.lstrip("/").partition("/")
        self.fault = self._due()
        self.state.asked.append(
            f"{self.command} {'&'.join(sorted(q for q in self.query if 'Amz' not in q))}".strip()
        )
        length = int(self.headers.get("Content-Length") or 0)
        kind = self.fault.kind if self.fault else ""
        if kind == "reset":
            self.rfile.read(min(self.fault.at, length))
            raise Cut
        self.body = self.rfile.read(length)
        if kind == "stall":
            self.state.stopped.wait(60)
            raise Cut
        if kind == "refuse":
            return self._error(self.fault.status, self.fault.code)
        if kind == "nonsense":
            return self._answer(200, b"<html>It works!</html>", {"Content-Type": "text/html"})
        if kind == "late":
            return self._answer(200, b"<Error><Code>InternalError</Code></Error>")
        return self._work()

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self.do_any
        raise AttributeError(name)

    def _due(self) -> Fault | None:
        with self.state.lock:
            for fault in self.state.faults:
                if fault.method == self.command and fault.query in self.path:
                    self.state.faults.remove(fault)
                    return fault
        return None

    def _work(self) -> None:
        if not self.name:
            return self._bucket()
        if self.bucket not in self.state.buckets:
            return self._error(404, "NoSuchBucket")
        if self.command == "POST":
            return self._complete() if "uploadId" in self.query else self._begin()
        return getattr(self, f"_{self.command.lower()}")()

    def _bucket(self) -> None:
        known = self.bucket in self.state.buckets
        if self.command == "PUT":
            if not self.state.may_make_buckets:
                return self._error(403, "AccessDenied")
            self.state.buckets.add(self.bucket)
        elif not known:
            return self._error(404, "NoSuchBucket")
        elif "object-lock" in self.query:
            return self._error(404, "ObjectLockConfigurationNotFoundError")
        elif "versioning" in self.query:
            return self._answer(200, _xml("VersioningConfiguration", ""))
        elif self.command == "GET":
            return self._listing()
        return self._answer(200)

    def _listing(self) -> None:
        behind = max(self.query.get("start-after", ""), self.query.get("continuation-token", ""))
        prefix = self.query.get("prefix", "")
        names = [name for name in sorted(self.state.objects) if name.startswith(prefix) and name > behind]
        most = int(self.query.get("max-keys", 1000))
        entries = "".join(
            f"<Contents><Key>{name}</Key><Size>{len(self.state.objects[name])}</Size></Contents>"
            for name in names[:most]
        )
        more = (
            f"<NextContinuationToken>{names[most - 1]}</NextContinuationToken>" if len(names) > most else ""
        )
        truncated = f"<IsTruncated>{str(bool(more)).lower()}</IsTruncated>"
        return self._answer(
            200, _xml("ListBucketResult", f"<Name>{self.bucket}</Name>" + truncated + more + entries)
        )

    def _begin(self) -> None:
        with self.state.lock:
            upload = f"upload{len(self.state.asked)}"
            self.state.uploads[upload] = {}
        return self._answer(200, _xml("InitiateMultipartUploadResult", f"<UploadId>{upload}</UploadId>"))

    def _complete(self) -> None:
        parts = self.state.uploads.get(self.query["uploadId"])
        if parts is None:
            return self._error(404, "NoSuchUpload")
        if not self._create(b"".join(parts[number] for number in sorted(parts))):
            return self._error(412, "PreconditionFailed")
        del self.state.uploads[self.query["uploadId"]]
        return self._answer(200, _xml("CompleteMultipartUploadResult", "<ETag>x-2</ETag>"))

    def _put(self) -> None:
        if self.headers["Content-MD5"] != b64encode(hashlib.md5(self.body).digest()).decode():
            return self._error(400, "BadDigest")
        if "uploadId" in self.query:
            self.state.uploads[self.query["uploadId"]][int(self.query["partNumber"])] = self.body
        elif not self._create(self.body):
            return self._error(412, "PreconditionFailed")
        return self._answer(200, b"", {"ETag": '"x"'})

    def _create(self, body: bytes) -> bool:
        with self.state.lock:
            if (
                self.state.conditional
                and self.headers["If-None-Match"] == "*"
                and self.name in self.state.objects
            ):
                return False
            self.state.objects[self.name] = body
            return True

    def _head(self) -> None:
        return self._get()

    def _parts(self) -> None:
        """Two parts a page, so that every listing has a second one."""
        parts = self.state.uploads.get(self.query["uploadId"])
        if parts is None:
            return self._error(404, "NoSuchUpload")
        behind = int(self.query.get("part-number-marker", 0))
        numbers = [number for number in sorted(parts) if number > behind]
        told = "".join(
            f"<Part><PartNumber>{n}</PartNumber><Size>{len(parts[n])}</Size><ETag>x</ETag></Part>"
            for n in numbers[:2]
        )
        more = len(numbers) > 2
        page = f"<IsTruncated>{str(more).lower()}</IsTruncated>"
        page += f"<NextPartNumberMarker>{numbers[1]}</NextPartNumberMarker>" if more else ""
        return self._answer(200, _xml("ListPartsResult", page + told))

    def _get(self) -> None:
        if "uploadId" in self.query:
            return self._parts()
        body = self.state.objects.get(self.name)
        if body is None:
            return self._error(404, "NoSuchKey")
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not asked or (self.fault and self.fault.kind == "whole"):
            return self._answer(200, body)
        first, last = int(asked[1]), min(int(asked[2] or len(body)), len(body) - 1)
        if first >= len(body):
            return self._error(416, "InvalidRange")
        return self._answer(
            206, body[first : last + 1], {"Content-Range": f"bytes {first}-{last}/{len(body)}"}
        )

    def _delete(self) -> None:
        if "uploadId" in self.query:
            self.state.uploads.pop(self.query["uploadId"], None)
        else:
            self.state.objects.pop(self.name, None)
        return self._answer(204)

    def _error(self, status: int, code: str) -> None:
        self._answer(status, _xml("Error", f"<Code>{code}</Code><Message>no</Message>"))

    def _answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        kind = self.fault.kind if self.fault else ""
        if kind == "mute":
            self.state.stopped.wait(60)
        if kind in {"lose", "mute"}:
            raise Cut
        self.send_response(status)
        for name, value in ({"Content-Type": "application/xml"} | (headers or {})).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.write(body[: self.fault.at] if kind == "cut" else body)
        if kind == "cut":
            self.wfile.flush()
            raise Cut


def _xml(root: str, inside: str) -> bytes:
    return f'<{root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{inside}</{root}>'.encode()
