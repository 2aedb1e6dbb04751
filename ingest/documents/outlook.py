"""Outlook's MSG files read without its programs: properties, body in any of its three forms, attachments."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import olefile

from ingest.documents.markup import plain as plain_markup
from ingest.draft import Draft, Unreadable
from ingest.files.encoding import decode
from ingest.formats.rich import plain as plain_rich

_MAX_PROPERTY = 64 << 20
_CODEPAGES = {936: "gb18030", 54936: "gb18030", 950: "big5hkscs", 932: "cp932", 949: "cp949", 65001: "utf-8"}
_START = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
"""What every packed RTF body begins its window with ([MS-OXRTFCP] 2.1.2.1)."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a mail, or a mail inside it."""

    name: str
    data: bytes = b""
    message: "Message | None" = None


class Message:
    """A mail inside an OLE file, below `folder`."""

    def __init__(self, package: olefile.OleFileIO, folder: tuple[str, ...] = ()) -> None:
        self._package = package
        self._folder = folder
        self._numbers = self._fixed()
        page = self._numbers.get(0x3FDE, 0) or self._numbers.get(0x3FFD, 0)
        self._encoding = _CODEPAGES.get(page, f"cp{page}" if page else "")

    def text(self, number: int) -> str:
        """A property as text, "" if it is not there."""
        raw = self._stream(f"__substg1.0_{number:04X}001F")
        if raw:
            return raw.decode("utf-16-le", "replace").strip("\0")
        raw = self._stream(f"__substg1.0_{number:04X}001E")
        return decode(raw, self._encoding).text.strip("\0") if raw else ""

    def moment(self, *numbers: int) -> str:
        """The first of the properties that is a time, as ISO 8601."""
        for number in numbers:
            ticks = self._numbers.get(number, 0)
            if 0 < ticks < 1 << 58:
                return (datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=ticks // 10)).isoformat()
        return ""

    def body(self) -> str:
        """The words of the mail: plain, from HTML or from packed RTF."""
        if said := self.text(0x1000).strip():
            return said
        html = self._stream("__substg1.0_10130102") or self._stream("__substg1.0_1013001E")
        if html or (wide := self.text(0x1013)):
            return plain_markup(decode(html, self._encoding).text if html else wide)
        rich = unpacked(self._stream("__substg1.0_10090102"))
        text = "".join(plain_rich(rich, Draft())) if rich else ""
        return plain_markup(text) if re.search(r"<html|<body|<p>", text[:5000], re.IGNORECASE) else text

    def attachments(self) -> Iterator[Attachment]:
        """Files and mails that hang on this one, in their order."""
        depth = len(self._folder)
        names = {
            entry[depth]
            for entry in self._package.listdir(streams=True, storages=True)
            if tuple(entry[:depth]) == self._folder
            and len(entry) > depth
            and entry[depth].startswith("__attach_")
        }
        for name in sorted(names):
            inside = Message(self._package, (*self._folder, name))
            called = inside.text(0x3707) or inside.text(0x3704) or inside.text(0x3001)
            if self._package.exists([*self._folder, name, "__substg1.0_3701000D"]):
                mail = Message(self._package, (*self._folder, name, "__substg1.0_3701000D"))
                yield Attachment(called or mail.text(0x0037), message=mail)
            else:
                yield Attachment(called, inside._stream("__substg1.0_37010102"))

    def _stream(self, name: str) -> bytes:
        path = [*self._folder, name]
        if not self._package.exists(path) or self._package.get_size(path) > _MAX_PROPERTY:
            return b""
        with self._package.openstream(path) as stream:
            return bytes(stream.read())

    def _fixed(self) -> dict[int, int]:
        """Properties of a fixed size: number → value."""
        data = self._stream("__properties_version1.0")
        offset = 32 if not self._folder else 24 if self._folder[-1].startswith("__substg") else 8
        rows = (data[at : at + 16] for at in range(offset, len(data) - 15, 16))
        found: dict[int, int] = {}
        for row in rows:
            kind, number = struct.unpack("<HH", row[:4])
            if kind in (0x0003, 0x0040):
                found[number] = int.from_bytes(row[8 : 12 if kind == 3 else 16], "little")
        return found


def opened(file: object) -> olefile.OleFileIO:
    """The OLE file. Raises `Unreadable`."""
    try:
        return olefile.OleFileIO(file, raise_defects=olefile.DEFECT_FATAL)
    except Exception as error:
        raise Unreadable("damaged", f"{type(error).__name__}: {error}") from error


def unpacked(data: bytes) -> bytes:
    """A packed RTF body ([MS-OXRTFCP]); b"" if it is damaged."""
    if len(data) < 16:
        return b""
    size, kind = struct.unpack("<I4s", data[4:12])
    if kind == b"MELA":
        return data[16 : 16 + size]
    if kind != b"LZFu" or size > _MAX_PROPERTY:
        return b""
    window, out, at, write = bytearray(_START.ljust(4096, b"\0")), bytearray(), 16, len(_START)
    while at < len(data) and len(out) < size:
        control = data[at]
        at += 1
        for bit in range(8):
            if control >> bit & 1:
                if at + 1 >= len(data):
                    return bytes(out)
                start, length = (data[at] << 4) | data[at + 1] >> 4, (data[at + 1] & 15) + 2
                at += 2
                if start == write:
                    return bytes(out)
                piece = [
                    _copied(window, (start + step) % 4096, (write + step) % 4096) for step in range(length)
                ]
            else:
                piece = [data[at]] if at < len(data) else []
                at += 1
                if piece:
                    window[write] = piece[0]
            out += bytes(piece)
            write = (write + len(piece)) % 4096
    return bytes(out)


def _copied(window: bytearray, start: int, end: int) -> int:
    window[end] = window[start]
    return window[end]
