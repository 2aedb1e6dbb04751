"""The HTTP server: cheroot in this process, or gunicorn with several (ADR 0002)."""

import logging
import select
import socket
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import cheroot.server
import cheroot.wsgi
from gunicorn.app.base import BaseApplication

from service.logs import BEHIND
from service.settings import Settings
from service.streams import BodyInput, streams

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger(__name__)

LOOPBACK = ("127.0.0.1", "0.0.0.0", "::1", "::")  # noqa: S104
"""Addresses to listen on that the commands of this machine can reach as its own."""
HEADER_SECONDS = 10.0
"""From the first byte of a request to the end of its header."""
IDLE_SECONDS = 30
"""Between two reads or writes of a body, and between two requests of a connection."""
STOP_SECONDS = 10.0
"""What running requests get to end when the server stops."""
HEADER_BYTES = 64 << 10
DRAIN_BYTES = 4 << 20
"""Rest of a body that is read and thrown away, so that the client reads the answer; beyond it he is cut off."""
DRAIN_SECONDS = 2.0
LISTEN_ON_MS = 10
"""How long a thread stays with a connection after an answer, while at least half of the threads have nothing to do."""


class Server:
    """HTTP in threads of this process. Bodies stream both ways; slow clients are cut."""

    def __init__(self, app: "WSGIApplication", settings: Settings) -> None:
        self._cheroot = _Cheroot(
            settings.listen,
            app,
            numthreads=settings.threads,
            max=settings.threads,
            request_queue_size=256,
            timeout=IDLE_SECONDS,
            shutdown_timeout=int(STOP_SECONDS),
            server_name="fonds",
        )
        self._thread = threading.Thread(target=self._cheroot.serve, name="http", daemon=True)

    def start(self) -> str:
        """Bind, begin to serve, and return the URL; raises `OSError` if the address cannot be had."""
        self._cheroot.prepare()
        self._thread.start()
        host, port = self._cheroot.bind_addr[:2]
        return address_url(host, port)

    def stop(self) -> None:
        """Take no new request, let running ones end for `STOP_SECONDS`, then cut them."""
        if self._thread.is_alive():
            self._cheroot.stop()
            self._thread.join(STOP_SECONDS)


def address_url(host: str, port: int) -> str:
    """The URL to type for an address to listen on."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}"


class _Request(cheroot.server.HTTPRequest):
    """A request whose header has a deadline, whose unread body is never taken into memory, and whose line in the log
    is written behind its answer."""

    def parse_request(self) -> None:
        with self.server.watchdog.guarding(self.conn):
            super().parse_request()

    def send_headers(self) -> None:
        body = self.rfile
        if self.chunked_read:
            # cheroot would go on reading the next request where this body was left.
            self.conn.unread = not body.closed
        else:
            left = int(getattr(body, "remaining", 0))
            while 0 < left <= DRAIN_BYTES:
                if not body.read(min(left, 65536)):
                    break
                left = int(body.remaining)
            self.conn.unread = left > 0
        self.close_connection = self.close_connection or self.conn.unread
        self.conn.wfile.hold()
        super().send_headers()

    def respond(self) -> None:
        self.behind: list[Callable[[], None]] = []
        try:
            super().respond()
        finally:
            try:
                self.conn.wfile.flush()
            finally:
                for each in self.behind:
                    each()


class _Connection(cheroot.server.HTTPConnection):
    """A connection that is given a thread only when it has something to say, and keeps it while it goes on talking."""

    RequestHandlerClass = _Request
    fresh = True
    unread = False

    def __init__(self, server: Any, sock: socket.socket, makefile: object = None) -> None:  # noqa: ARG002
        super().__init__(server, sock, streams)

    def communicate(self) -> bool:
        while super().communicate():  # type: ignore[no-untyped-call]
            if not self._goes_on():
                return True
        return False

    def _goes_on(self) -> bool:
        """Whether the next request is here, or comes in a moment that nobody else needs this thread for.

        Going back through the thread that watches quiet connections costs as much as a small request.
        """
        if self.rfile.has_data():
            return True
        if self.server.requests.idle <= self.server.requests.min // 2 or not self.server.ready:
            return False
        waiting = select.poll()
        waiting.register(self.socket, select.POLLIN)
        return bool(waiting.poll(LISTEN_ON_MS))

    def close(self) -> None:
        if self.unread:
            self._linger()
        super().close()

    def _linger(self) -> None:
        """Read on for a moment: closing on unread bytes resets the connection, and the answer would be lost."""
        deadline, left = time.monotonic() + DRAIN_SECONDS, DRAIN_BYTES
        with suppress(OSError, ValueError):
            self.wfile.flush()
            self.socket.shutdown(socket.SHUT_WR)
            self.socket.settimeout(0.5)
            while left > 0 and time.monotonic() < deadline and (chunk := self.socket.recv(65536)):
                left -= len(chunk)


class _Gateway(cheroot.wsgi.Gateway_10):
    """Hands a body of known length on as one that can be read into memory that is there already."""

    def get_environ(self) -> dict[str, Any]:  # type: ignore[override]
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]
        environ[BEHIND] = self.req.behind
        if isinstance(self.req.rfile, cheroot.server.KnownLengthRFile):
            environ["wsgi.input"] = BodyInput(self.req.rfile)
        return environ


class _Cheroot(cheroot.wsgi.Server):
    """cheroot with the limits of an archive."""

    ConnectionClass = _Connection
    keep_alive_conn_limit = 512
    max_request_header_size = HEADER_BYTES
    max_request_body_size = 0

    def prepare(self) -> None:
        super().prepare()
        self.gateway = _Gateway
        self.watchdog = _Watchdog()

    @staticmethod
    def bind_socket(socket_: socket.socket, bind_addr: Any) -> socket.socket:
        try:
            socket_.bind(bind_addr)
        except OSError:
            socket_.close()
            raise
        return socket_

    def process_conn(self, conn: Any) -> None:
        if conn.fresh:
            conn.fresh = False
            self.put_conn(conn)
        else:
            super().process_conn(conn)

    def stop(self) -> None:
        super().stop()
        self.watchdog.stop()

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        log.log(level, "%s", msg, exc_info=traceback)


class _Watchdog:
    """Cuts connections whose header does not come to its end in time."""

    def __init__(self) -> None:
        self._deadlines: dict[Any, float] = {}
        self._stopped = threading.Event()
        threading.Thread(target=self._run, name="http-watchdog", daemon=True).start()

    def guarding(self, conn: Any) -> "_Guard":
        return _Guard(self._deadlines, conn)

    def stop(self) -> None:
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.wait(0.5):
            now = time.monotonic()
            for conn, deadline in list(self._deadlines.items()):
                if now > deadline:
                    with suppress(OSError):
                        conn.socket.shutdown(socket.SHUT_RD)


class _Guard:
    def __init__(self, deadlines: dict[Any, float], conn: Any) -> None:
        self._deadlines, self._conn = deadlines, conn

    def __enter__(self) -> None:
        self._deadlines[self._conn] = time.monotonic() + HEADER_SECONDS

    def __exit__(self, *_: object) -> None:
        self._deadlines.pop(self._conn, None)


class Processes(BaseApplication):  # type: ignore[misc]
    """HTTP in several processes by gunicorn; each makes its own application after the fork."""

    def __init__(
        self, make_app: Callable[[], "WSGIApplication"], settings: Settings, ready: Callable[[str], None]
    ) -> None:
        self._make_app = make_app
        self._settings = settings
        self._ready = ready
        super().__init__()

    def load_config(self) -> None:
        host, port = self._settings.listen
        near = [] if host in LOOPBACK else ["127.0.0.1:0"]
        options: Iterable[tuple[str, object]] = {
            "bind": [f"[{host}]:{port}" if ":" in host else f"{host}:{port}", *near],
            "workers": self._settings.processes,
            "worker_class": "gthread",
            "threads": self._settings.threads,
            "timeout": 120,
            "graceful_timeout": int(STOP_SECONDS),
            "keepalive": IDLE_SECONDS,
            "limit_request_field_size": 16 << 10,
            "control_socket_disable": True,
            "when_ready": lambda arbiter: self._ready(
                address_url(*arbiter.LISTENERS[-1].sock.getsockname()[:2])
            ),
        }.items()
        for name, value in options:
            self.cfg.set(name, value)

    @staticmethod
    def url_of(settings: Settings) -> str:
        """The URL to type for what it serves."""
        return address_url(*settings.listen)

    def load(self) -> "WSGIApplication":
        return self._make_app()
