"""Multipart: a form whose file part is handed on while it arrives, so that nothing is spooled (B32)."""

import io
from typing import Any, BinaryIO, cast

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

from service.errors import Fault, InvalidInput, MalformedRequest, TooLarge

STEP = 1 << 18
PARTS_LIMIT = 20
FIELDS_LIMIT = 1 << 16
"""Bytes of all fields that are not the file; also of one part's headers."""
OVERHEAD = FIELDS_LIMIT + 4096
"""What a form may be larger than its file."""
BOUNDARY_LIMIT = 70
"""RFC 2046, 5.1.1."""


class FilePart(io.RawIOBase):
    """The part named `file` of a form, read straight from the body.

    Its end is given only after the whole form has proved well-formed up to its last boundary: a body that was
    cut raises `MalformedRequest` from `read`, so that whoever stores the bytes stores nothing.
    """

    def __init__(self, body: BinaryIO, content_type: str) -> None:
        super().__init__()
        self._body = body
        self._decoder = MultipartDecoder(
            _boundary(content_type), max_form_memory_size=STEP + FIELDS_LIMIT, max_parts=PARTS_LIMIT
        )
        self._held = b""
        self._ended = False
        self._beside = 0
        self.name = self._find()

    def readable(self) -> bool:
        """See `io.RawIOBase`."""
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """At most `size` bytes; fewer only at the end of the file."""
        if size is None or size < 0:
            return self.readall()
        pieces = [self._held]
        have = len(self._held)
        while have < size and not self._ended:
            piece = self._next_piece()
            pieces.append(piece)
            have += len(piece)
        whole = b"".join(pieces)
        self._held = whole[size:]
        return whole[:size]

    def readinto(self, buffer: Any, /) -> int:
        """See `io.RawIOBase`."""
        chunk = self.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def _find(self) -> str:
        while True:
            event = self._next_event()
            if isinstance(event, File) and event.name == "file":
                return event.filename
            if isinstance(event, (Field, File)):
                self._pass_over(event)
            if isinstance(event, Epilogue):
                raise InvalidInput([Fault("file", "missing", "缺少文件：表单中没有名为 file 的部分")])

    def _next_piece(self) -> bytes:
        event = cast("Data", self._next_event())
        if not event.more_data:
            self._finish()
            self._ended = True
        return event.data

    def _finish(self) -> None:
        while not isinstance(event := self._next_event(), Epilogue):
            if isinstance(event, File):
                raise MalformedRequest("一次只收一个文件")
            if isinstance(event, Field):
                self._pass_over(event)

    def _pass_over(self, part: Field | File) -> None:
        if isinstance(part, File):
            raise MalformedRequest("一次只收一个文件")
        more = True
        while more:
            event = cast("Data", self._next_event())
            self._beside += len(event.data)
            more = event.more_data
            if self._beside > FIELDS_LIMIT:
                raise TooLarge("表单字段超过 %(limit)s 字节", limit=FIELDS_LIMIT)

    def _next_event(self) -> Event:
        try:
            while isinstance(event := self._decoder.next_event(), NeedData):
                self._decoder.receive_data(self._body.read(STEP) or None)
        except RequestEntityTooLarge as fault:
            raise TooLarge("表单的部分过多或过大") from fault
        except ValueError as fault:
            raise MalformedRequest("表单不完整或格式有误（multipart/form-data）") from fault
        return event


def _boundary(content_type: str) -> bytes:
    boundary = parse_options_header(content_type)[1].get("boundary", "")
    if not 0 < len(boundary) <= BOUNDARY_LIMIT or not boundary.isascii():
        raise MalformedRequest("表单缺少有效的 boundary")
    return boundary.encode("ascii")
