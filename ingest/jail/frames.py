"""What goes over the socket between a worker and its cell: an order with an open file, a reply with two blobs."""

import array
import json
import socket
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

HEADER = struct.Struct("!III")
"""Lengths of the JSON, of the text and of the preview that follow."""
MAX_ORDER = 64 * 1024
MAX_FILES = 3
"""Of an order: what is read, what is written, and what is known of it."""
MAX_BODY = 1 << 20
MAX_TEXT = 64 << 20
MAX_PREVIEW = 16 << 20


@dataclass(frozen=True, slots=True)
class Reply:
    """What a cell answers: a small JSON object, the text object's bytes, the preview's bytes."""

    body: Mapping[str, Any]
    text: bytes = b""
    preview: bytes = field(default=b"", repr=False)


Allow = Callable[[int, int], None]
"""Called by a task once it knows what it reads: bytes of address space, seconds of CPU for the rest of the job."""

Task = Callable[[Mapping[str, Any], int, Allow], Reply]
"""What a cell does with an order and the descriptor of an open, read-only file."""


class BadFrame(Exception):
    """The other side does not keep to the protocol, or its answer is larger than allowed."""


def send_order(channel: socket.socket, order: Mapping[str, Any], *files: int) -> None:
    """Send `order` and lend the open files, see `MAX_FILES`: they travel with the first byte."""
    body = json.dumps(order).encode()
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))]
    channel.sendmsg([struct.pack("!I", len(body))], rights)
    channel.sendall(body)


def receive_order(channel: socket.socket) -> tuple[Mapping[str, Any], Sequence[int]] | None:
    """The next order and its files, None if the worker has gone."""
    head, ancillary, _, _ = channel.recvmsg(4, socket.CMSG_SPACE(MAX_FILES * array.array("i").itemsize))
    if not head:
        return None
    head += _exactly(channel, 4 - len(head))
    descriptors = array.array("i")
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
    (size,) = struct.unpack("!I", head)
    if size > MAX_ORDER or not 1 <= len(descriptors) <= MAX_FILES:
        raise BadFrame("an order is one small JSON object and at most three files")
    return json.loads(_exactly(channel, size)), descriptors.tolist()


def send_reply(channel: socket.socket, reply: Reply) -> None:
    """Send a reply as one frame."""
    body = json.dumps(reply.body, ensure_ascii=False).encode("utf-8", "replace")
    channel.sendall(HEADER.pack(len(body), len(reply.text), len(reply.preview)))
    for blob in (body, reply.text, reply.preview):
        channel.sendall(blob)


def lengths(header: bytes) -> tuple[int, int, int]:
    """The three lengths that a reply announces; `BadFrame` if one is beyond its limit."""
    sizes = HEADER.unpack(header)
    if any(size > limit for size, limit in zip(sizes, (MAX_BODY, MAX_TEXT, MAX_PREVIEW), strict=True)):
        raise BadFrame(f"a reply of {sizes} bytes is too large")
    return sizes[0], sizes[1], sizes[2]


def parse_reply(frame: bytes | bytearray, sizes: tuple[int, int, int]) -> Reply:
    """The reply whose three blobs stand one after the other in `frame`."""
    body, text = sizes[0], sizes[0] + sizes[1]
    try:
        parsed = json.loads(bytes(frame[:body]))
    except (ValueError, RecursionError) as error:
        raise BadFrame(f"a reply is not JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise BadFrame("a reply is a JSON object")
    return Reply(parsed, bytes(frame[body:text]), bytes(frame[text:]))


def _exactly(channel: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = channel.recv(size - len(parts))
        if not part:
            raise BadFrame("the connection ended inside a frame")
        parts += part
    return bytes(parts)
