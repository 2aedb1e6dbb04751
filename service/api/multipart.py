"""Multipart: a form whose file part is handed on while it arrives, so that nothing is spooled (B32)."""

import io
from collections.abc import Callable
from typing import Any, BinaryIO

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Event, File, MultipartDecoder, NeedData

from service.errors import Fault, InvalidInput, MalformedRequest, TooLarge

STEP = 1 << 18
PARTS_LIMIT = 20
FIELDS_LIMIT = 1 << 16
"""Bytes of all fields that are not the file; also of one part's headers."""
OVERHEAD = FIELDS_LIMIT + 4096
"""What a form may be larger than its file."""
INCOMPLETE = "表单不完整或格式有误（multipart/form-data）"
BOUNDARY_LIMIT = 70
"""RFC 2046, 5.1.1."""


class FilePart(io.RawIOBase):
    """The part named `file` of a form, read straight from the body.

    Its end is given only after the whole form has proved well-formed up to its last boundary: a body that was
    cut raises `MalformedRequest` from `read`, so that whoever stores the bytes stores nothing.
    """

    def __init__(self, body: BinaryIO, content_type: str) -> None:
        super().__init__()
        self._body, self._boundary = body, _boundary(content_type)
        self._delimiter = b"\r\n--" + self._boundary
        before = Parts(body.read, self._boundary)
        self.name = before.until_file()
        # The decoder copies several times what passes through it, so the file itself goes past it.
        self._held = before.rest().removeprefix(b"\r\n")
        self._searched = 0
        self._at_end = False

    def readable(self) -> bool:
        """See `io.RawIOBase`."""
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """At most `size` bytes; fewer only at the end of the file."""
        if size is None or size < 0:
            return self.readall()
        while not self._at_end and self._searched < size:
            self._search(size)
        given, self._held = self._held[:size], self._held[size:]
        self._searched -= len(given)
        return given

    def readinto(self, buffer: Any, /) -> int:
        """See `io.RawIOBase`."""
        chunk = self.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def _search(self, size: int) -> None:
        """Look for the end in what is held; read more if it is not there. Bytes before `_searched` are the file's."""
        found = self._held.find(self._delimiter, self._searched)
        if found >= 0:
            after = io.BytesIO(self._held[found + 2 :])
            Parts(lambda want: after.read(want) or self._body.read(want), self._boundary).until_end()
            self._held, self._searched, self._at_end = self._held[:found], found, True
            return
        self._searched = max(0, len(self._held) - len(self._delimiter))
        if self._searched < size:
            more = self._body.read(max(size, STEP))
            if not more:
                raise MalformedRequest(INCOMPLETE)
            self._held += more


class Parts:
    """What a form holds around its file: looked through, bounded, and not kept."""

    def __init__(self, read: Callable[[int], bytes], boundary: bytes) -> None:
        self._read = read
        self._decoder = MultipartDecoder(
            boundary, max_form_memory_size=STEP + FIELDS_LIMIT, max_parts=PARTS_LIMIT
        )
        self._passed = 0

    def until_file(self) -> str:
        """Pass over everything up to the headers of the file; its name."""
        while not isinstance(event := self._next_event(), Epilogue):
            if isinstance(event, File) and event.name == "file":
                return event.filename
            self._pass_over(event)
        raise InvalidInput([Fault("file", "missing", "缺少文件：表单中没有名为 file 的部分")])

    def until_end(self) -> None:
        """Pass over everything up to the last boundary."""
        while not isinstance(event := self._next_event(), Epilogue):
            self._pass_over(event)

    def rest(self) -> bytes:
        """What was read already and not understood yet."""
        return bytes(self._decoder.buffer)

    def _pass_over(self, event: Event) -> None:
        if isinstance(event, File):
            raise MalformedRequest("一次只收一个文件")
        if isinstance(event, Data):
            self._passed += len(event.data)
        if self._passed > FIELDS_LIMIT:
            raise TooLarge("表单字段超过 %(limit)s 字节", limit=FIELDS_LIMIT)

    def _next_event(self) -> Event:
        try:
            while isinstance(event := self._decoder.next_event(), NeedData):
                self._decoder.receive_data(self._read(STEP) or None)
        except RequestEntityTooLarge as fault:
            raise TooLarge("表单的部分过多或过大") from fault
        except ValueError as fault:
            raise MalformedRequest(INCOMPLETE) from fault
        return event


def _boundary(content_type: str) -> bytes:
    boundary = parse_options_header(content_type)[1].get("boundary", "")
    if not 0 < len(boundary) <= BOUNDARY_LIMIT or not boundary.isascii():
        raise MalformedRequest("表单缺少有效的 boundary")
    return boundary.encode("ascii")
