"""The byte streams of an HTTP connection: cheroot brings some written in Python, these are the interpreter's own."""

import io
import socket
from typing import Any

JOINED = 1 << 16
"""Bytes up to which a piece is copied behind the held one; larger ones go by themselves."""


class Incoming(io.BufferedReader):
    """What a client sends. `bytes_read` and `has_data` are what cheroot asks for."""

    def __init__(self, sock: socket.socket, size: int) -> None:
        super().__init__(socket.SocketIO(sock, "r"), size)
        self._sock = sock
        self.bytes_read = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """See `io.BufferedReader.read`."""
        piece = super().read(size)
        self.bytes_read += len(piece)
        return piece

    def has_data(self) -> bool:
        """Whether something can be read without waiting."""
        seconds = self._sock.gettimeout()
        self._sock.settimeout(0)
        try:
            return bool(self.peek(1))
        finally:
            self._sock.settimeout(seconds)


class Outgoing:
    """What a client is sent: at once and whole. The names are those that cheroot uses."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._held, self._holding = b"", False
        self.bytes_written = 0
        self.closed = False

    def hold(self) -> None:
        """Let the next piece wait for the one behind it: header and body of a small answer are one packet, and whoever
        waits for it wakes up once."""
        self._holding = True

    def write(self, piece: bytes, /) -> int:
        """Send all of `piece`; returns when the system has taken it."""
        if self._holding:
            self._held, self._holding = piece, False
        elif self._held and len(piece) <= JOINED:
            held, self._held = self._held, b""
            self._sock.sendall(held + piece)
        else:
            self.flush()
            self._sock.sendall(piece)
        self.bytes_written += len(piece)
        return len(piece)

    def flush(self) -> None:
        """Hold nothing back any longer."""
        if self._held:
            held, self._held = self._held, b""
            self._sock.sendall(held)

    def close(self) -> None:
        """The socket is the connection's to close."""
        self.closed = True


class BodyInput:
    """`wsgi.input` for a body of known length, which can also be read into the reader's own memory."""

    def __init__(self, known: Any) -> None:
        """`known` is cheroot's `KnownLengthRFile`, which goes on counting what is left."""
        self._known = known
        self.read, self.readline, self.readlines = known.read, known.readline, known.readlines

    def readinto(self, buffer: bytearray | memoryview) -> int:
        """Fill `buffer` as far as the body reaches."""
        wanted = memoryview(buffer)[
            : min(len(buffer), self._known.remaining)
        ]  # a slice of a bytearray is a copy
        got = int(self._known.rfile.readinto(wanted)) if wanted else 0
        self._known.remaining -= got
        self._known.rfile.bytes_read += got
        return got


def streams(sock: socket.socket, mode: str = "r", size: int = io.DEFAULT_BUFFER_SIZE) -> Incoming | Outgoing:
    """The stream of a socket for reading or for writing, as cheroot's connections make them."""
    return Incoming(sock, size) if "r" in mode else Outgoing(sock)
