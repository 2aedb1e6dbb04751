"""ClamAV: asks a running clamd over its own protocol whether bytes are known to be bad."""

import re
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO
from urllib.parse import urlsplit

from ingest.jobs.scan import Examination, ScannerUnavailable
from storage.port import CHUNK

_SECONDS = 60.0
"""Silence of clamd after which it counts as away."""
_LOOKING = 600.0
"""Silence while it looks at a file that it has: its own `MaxScanTime` is two minutes unless set, and there is a queue."""
_ANSWER = 4096
_FOUND = re.compile(r"^(?:stream|instream\(\S+\)): (.+) FOUND$")
_TOO_LARGE = "size limit exceeded"
_LIMITS = "Heuristics.Limits.Exceeded"
"""What it "finds" in a file that goes beyond another limit of its own, where `AlertExceedsMax` is set."""


class ClamScanner:
    """Sends files through INSTREAM, one connection each. `url` is clamd+unix:///PATH or clamd://HOST:PORT."""

    def __init__(self, url: str, seconds: float = _SECONDS, looking: float = _LOOKING) -> None:
        self._parts, self._seconds, self._looking = urlsplit(url), seconds, looking
        self.name = "ClamAV"

    def scan(self, file: BinaryIO) -> Examination:
        """See `Scanner`. Of a file beyond a limit of clamd's own it is said which: it was not looked at whole.

        Raises `ScannerUnavailable` if clamd does not answer or answers something else.
        """
        file.seek(0)
        try:
            with self._connected() as channel:
                answer = self._asked(channel, file)
        except OSError as error:
            raise ScannerUnavailable(f"clamd: {error}") from error
        found = _FOUND.match(answer)
        if found and not found[1].startswith(_LIMITS):
            return Examination(found[1])
        if found:
            return Examination(beyond=f"{self.name}: {found[1].rpartition('.')[2]}")
        if _TOO_LARGE in answer:
            return Examination(beyond=f"{self.name}: StreamMaxLength")
        if answer.endswith(": OK"):
            return Examination()
        raise ScannerUnavailable(f"clamd answers {answer[:200]!r}")

    def version(self) -> str:
        """What clamd says of itself and its signatures. Raises `ScannerUnavailable`."""
        try:
            with self._connected() as channel:
                channel.sendall(b"zVERSION\0")
                return _line(channel)
        except OSError as error:
            raise ScannerUnavailable(f"clamd: {error}") from error

    def _asked(self, channel: socket.socket, file: BinaryIO) -> str:
        channel.sendall(b"zINSTREAM\0")
        try:
            while chunk := file.read(CHUNK):
                channel.sendall(struct.pack("!I", len(chunk)) + chunk)
            channel.sendall(struct.pack("!I", 0))
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has closed its ear at its limit of size, and said so before
        channel.settimeout(self._looking)
        return _line(channel)

    @contextmanager
    def _connected(self) -> Iterator[socket.socket]:
        with self._opened() as channel:
            yield channel

    def _opened(self) -> socket.socket:
        if self._parts.scheme == "clamd+unix":
            channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            channel.settimeout(self._seconds)
            try:
                channel.connect(self._parts.path)
            except OSError:
                channel.close()
                raise
            return channel
        address = (self._parts.hostname or "127.0.0.1", self._parts.port or 3310)
        return socket.create_connection(address, self._seconds)


def _line(channel: socket.socket) -> str:
    answer = b""
    while len(answer) < _ANSWER and b"\0" not in answer:
        piece = channel.recv(_ANSWER)
        if not piece:
            break
        answer += piece
    return answer.partition(b"\0")[0].decode("utf-8", "replace").strip()
