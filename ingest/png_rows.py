"""PNG strip by strip: its stream is unpacked a few rows at a time, each lot made a small PNG for Pillow to decode."""

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_ALIKE = {1: (0, "L"), 2: (4, "LA"), 3: (2, "RGB"), 4: (6, "RGBA")}
"""Bytes of a pixel → the colour type of eight bits whose pixels have as many: filters count bytes, not colours."""
_PIECE = 1 << 16
_MOST_AHEAD = 1 << 20
"""Bytes of a palette and the like."""


@dataclass(frozen=True, slots=True)
class _Head:
    width: int
    depth: int
    colour: int
    beside: bytes
    """The chunks of palette and transparency."""

    @property
    def row(self) -> int:
        """Bytes of a row without its filter."""
        return (self.width * self.depth * _CHANNELS[self.colour] + 7) // 8

    @property
    def step(self) -> int:
        """Bytes that a filter looks back."""
        return max(1, self.depth * _CHANNELS[self.colour] // 8)


def strips(file: BinaryIO, rows: int) -> Iterator[Image.Image]:
    """Pieces of `rows` rows from top to bottom; none of a picture that is interlaced or has 16 bits a colour."""
    file.seek(len(_SIGNATURE))
    head = _head(file)
    if head is None or head.step not in _ALIKE:
        return
    above = bytes(head.row)
    for lot in _lots(_stream(file), (head.row + 1) * rows, head.row + 1):
        raw = _unfiltered(head, above, lot)
        above = raw[-head.row :]
        yield _shown(head, raw)


def _head(file: BinaryIO) -> _Head | None:
    """What stands before the pixels; the file is left at the length of the first chunk of pixels."""
    size, kind = _chunk(file)
    if kind != b"IHDR" or size != 13:
        return None
    width, _, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", file.read(13))
    file.seek(4, 1)
    beside = b""
    while True:
        size, kind = _chunk(file)
        if kind == b"IDAT":
            file.seek(-8, 1)
            break
        if not kind or len(beside) > _MOST_AHEAD:
            return None
        if kind in (b"PLTE", b"tRNS") and size < _MOST_AHEAD:
            beside += _made(kind, file.read(size))
            file.seek(4, 1)
        else:
            file.seek(size + 4, 1)
    return None if interlaced or colour not in _CHANNELS else _Head(width, depth, colour, beside)


def _chunk(file: BinaryIO) -> tuple[int, bytes]:
    start = file.read(8)
    return (int.from_bytes(start[:4], "big"), start[4:]) if len(start) == 8 else (0, b"")


def _stream(file: BinaryIO) -> Iterator[bytes]:
    """The packed bytes of all chunks of pixels."""
    while True:
        size, kind = _chunk(file)
        if kind != b"IDAT":
            return
        while size:
            piece = file.read(min(size, _PIECE))
            if not piece:
                return
            size -= len(piece)
            yield piece
        file.seek(4, 1)


def _lots(packed: Iterator[bytes], size: int, row: int) -> Iterator[bytes]:
    """The unpacked stream in lots of `size` bytes; the last one may have fewer, but whole rows."""
    unpack, lot = zlib.decompressobj(), bytearray()
    for piece in packed:
        while piece:
            lot += unpack.decompress(piece, size - len(lot))
            piece = unpack.unconsumed_tail  # noqa: PLW2901 - what is left of it
            if len(lot) == size:
                yield bytes(lot)
                lot.clear()
    if rest := len(lot) // row * row:
        yield bytes(lot[:rest])


def _unfiltered(head: _Head, above: bytes, lot: bytes) -> bytes:
    """The bytes of the rows of `lot`; the row `above` them is what the first one may be told by."""
    colour, mode = _ALIKE[head.step]
    rows = len(lot) // (head.row + 1) + 1
    small = _png(head.row // head.step, rows, (8, colour), b"", b"\0" + above + lot)
    if small.mode != mode:
        raise ValueError(f"{small.mode} is not {mode}")
    return small.tobytes()[head.row :]


def _shown(head: _Head, raw: bytes) -> Image.Image:
    rows = len(raw) // head.row
    if head.depth == 8 and head.colour in (0, 2, 6) and not head.beside:
        return Image.frombytes(_ALIKE[head.step][1], (head.width, rows), raw)
    told = b"".join(b"\0" + raw[start : start + head.row] for start in range(0, rows * head.row, head.row))
    return _png(head.width, rows, (head.depth, head.colour), head.beside, told)


def _png(width: int, rows: int, kind: tuple[int, int], beside: bytes, told: bytes) -> Image.Image:
    """The picture of filtered rows, which are packed without being pressed."""
    head = struct.pack(">IIBBBBB", width, rows, *kind, 0, 0, 0)
    data = b"".join(
        (
            _SIGNATURE,
            _made(b"IHDR", head),
            beside,
            _made(b"IDAT", zlib.compress(told, 0)),
            _made(b"IEND", b""),
        )
    )
    image = Image.open(io.BytesIO(data), formats=["PNG"])
    image.load()
    return image


def _made(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
