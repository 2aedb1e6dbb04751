"""PNG strip by strip: its stream is unpacked a few rows at a time, each lot made a small PNG for Pillow to decode."""

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from PIL import Image

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_ALIKE = {1: (0, "L"), 2: (4, "LA"), 3: (2, "RGB"), 4: (6, "RGBA")}
"""Bytes of a pixel → the colour type of eight bits whose pixels have as many: filters count bytes, not colours."""
_PIECE = 1 << 16
_MOST_AHEAD = 1 << 20
"""Bytes of a palette and the like."""


PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4))
"""Where the passes of an interlaced picture begin and how far apart their pixels are, across and down (Adam7); the two
last, which fill every second row, are not in it."""
_ENOUGH = {8: 1, 4: 3, 2: 5}
"""Pixels apart → passes that have them all."""


@dataclass(frozen=True, slots=True)
class _Head:
    width: int
    height: int
    depth: int
    colour: int
    beside: bytes
    """The chunks of palette and transparency."""
    interlaced: bool = False

    @property
    def row(self) -> int:
        """Bytes of a row without its filter."""
        return (self.width * self.depth * _CHANNELS[self.colour] + 7) // 8

    @property
    def step(self) -> int:
        """Bytes that a filter looks back."""
        return max(1, self.depth * _CHANNELS[self.colour] // 8)

    @property
    def narrow(self) -> "_Head":
        """The same with eight bits of each colour, for filters tell each byte by those of the same place alone."""
        wide = self.depth == 16 and self.colour in (2, 6)
        return replace(self, depth=8, beside=b"") if wide else self


class _Unpacked:
    """The stream of pixels, unpacked as far as it is asked for."""

    def __init__(self, packed: Iterator[bytes]) -> None:
        self._packed, self._piece, self._unpack = packed, b"", zlib.decompressobj()

    def read(self, size: int) -> bytes:
        lot = bytearray()
        while len(lot) < size:
            self._piece = self._piece or next(self._packed, b"")
            if not self._piece:
                break
            lot += self._unpack.decompress(self._piece, size - len(lot))
            self._piece = self._unpack.unconsumed_tail
        return bytes(lot)


def strips(file: BinaryIO, rows: int) -> Iterator[Image.Image]:
    """Pieces of `rows` rows from top to bottom; none of a picture that is interlaced."""
    file.seek(len(_SIGNATURE))
    head = _head(file)
    if head is not None and not head.interlaced:
        yield from _rows(head, _Unpacked(_stream(file)), rows)


def passes(file: BinaryIO, rows: int, apart: int) -> Iterator[tuple[slice, slice, Image.Image]]:
    """Of an interlaced picture every `apart`-th pixel (8, 4 or 2), in pieces of about `rows` rows: which rows and columns
    of the picture so reduced they are. None of one that is not interlaced."""
    file.seek(len(_SIGNATURE))
    head = _head(file)
    if head is None or not head.interlaced:
        return
    stream = _Unpacked(_stream(file))
    for left, top, across, down in PASSES[: _ENOUGH[apart]]:
        width, height = -(-(head.width - left) // across), -(-(head.height - top) // down)
        if width <= 0 or height <= 0:
            continue
        begin = top // apart
        for piece in _rows(replace(head, width=width, height=height), stream, rows):
            lines = slice(begin, begin + piece.height * down // apart, down // apart)
            begin = lines.stop
            yield lines, slice(left // apart, None, across // apart), piece


def _rows(head: _Head, stream: _Unpacked, rows: int) -> Iterator[Image.Image]:
    """The rows that follow in the stream, some at a time."""
    shown, left = head.narrow, head.height
    above = bytes(shown.row)
    while left and (lot := stream.read(min(rows, left) * (head.row + 1))):
        count = len(lot) // (head.row + 1)
        if not count:
            return
        lot = _narrowed(head, lot) if shown is not head else lot[: count * (head.row + 1)]
        raw = _unfiltered(shown, above, lot)
        above, left = raw[-shown.row :], left - count
        yield _shown(shown, raw)


def _narrowed(head: _Head, lot: bytes) -> bytes:
    """The upper byte of each colour, behind each row's filter."""
    size = head.row + 1
    starts = range(0, len(lot) // size * size, size)
    return b"".join(lot[start : start + 1] + lot[start + 1 : start + size : 2] for start in starts)


def _head(file: BinaryIO) -> _Head | None:
    """What stands before the pixels; the file is left at the length of the first chunk of pixels."""
    size, kind = _chunk(file)
    if kind != b"IHDR" or size != 13:
        return None
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", file.read(13))
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
    return _Head(width, height, depth, colour, beside, bool(interlaced)) if colour in _CHANNELS else None


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
