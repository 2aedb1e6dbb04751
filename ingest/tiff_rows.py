"""TIFF strip by strip: lots of its strips or tiles are made small TIFF files for Pillow to decode."""

import io
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from PIL import Image

_WIDTH, _LENGTH, _BITS, _PACKING, _OFFSETS, _SAMPLES, _ROWS, _COUNTS, _PLANES = (
    256, 257, 258, 259, 273, 277, 278, 279, 284,
)  # fmt: skip
_TILE_WIDTH, _TILE_LENGTH, _TILE_OFFSETS, _TILE_COUNTS = 322, 323, 324, 325
_KEPT = (
    _WIDTH,
    _BITS,
    _PACKING,
    262,
    266,
    _SAMPLES,
    _PLANES,
    292,
    293,
    317,
    320,
    332,
    338,
    339,
    347,
    530,
    531,
)
"""Tags without which pixels mean something else."""
_SHORT, _LONG, _BYTES = 3, 4, 7
_MOST = 200 << 20
"""Bytes of one lot, packed; a file of a single strip that is larger is decoded whole."""
_OLD_JPEG = 6


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Strips or tiles: `band` rows high, `beside` of them beside each other, `planes` times one after the other."""

    band: int
    beside: int
    planes: int
    where: Sequence[int]
    sizes: Sequence[int]
    tiled: bool


def strips(file: BinaryIO, tags: Mapping[int, Any], rows: int) -> Iterator[Image.Image]:
    """Pieces of about `rows` rows from top to bottom; none of what lies in one packed piece."""
    length = int(tags[_LENGTH])
    pieces = _pieces(tags)
    if pieces is None or tags.get(_PACKING) == _OLD_JPEG or pieces.band >= length:
        return
    lot = max(1, rows // pieces.band)
    bands = -(-length // pieces.band)
    file.seek(0)
    order = ">" if file.read(2) == b"MM" else "<"
    for first in range(0, bands, lot):
        last = min(first + lot, bands)
        chosen = [
            plane * bands * pieces.beside + number
            for plane in range(pieces.planes)
            for number in range(first * pieces.beside, last * pieces.beside)
        ]
        data = _bytes(file, pieces, chosen)
        if data is None:
            return
        height = min(last * pieces.band, length) - first * pieces.band
        yield _decoded(tags, pieces, height, data, order)


def _pieces(tags: Mapping[int, Any]) -> _Pieces | None:
    planes = _one(tags, _SAMPLES, 1) if _one(tags, _PLANES, 1) == 2 else 1
    if _TILE_OFFSETS in tags:
        beside = -(-_one(tags, _WIDTH, 0) // _one(tags, _TILE_WIDTH, 1))
        where, sizes = _all(tags, _TILE_OFFSETS), _all(tags, _TILE_COUNTS)
        return _Pieces(_one(tags, _TILE_LENGTH, 1), beside, planes, where, sizes, tiled=True)
    if _OFFSETS not in tags:
        return None
    where, sizes = _all(tags, _OFFSETS), _all(tags, _COUNTS)
    length = _one(tags, _LENGTH, 0)
    band = min(_one(tags, _ROWS, length), length)
    if _one(tags, _PACKING, 1) == 1 and planes == 1 and len(where) == 1:
        # what is not packed can be cut between any two rows
        row = (_one(tags, _WIDTH, 0) * sum(_all(tags, _BITS) or [1]) + 7) // 8
        return _Pieces(1, 1, 1, range(where[0], where[0] + row * length, row), [row] * length, tiled=False)
    return _Pieces(max(1, band), 1, planes, where, sizes, tiled=False)


def _bytes(file: BinaryIO, pieces: _Pieces, chosen: Sequence[int]) -> list[bytes] | None:
    """The packed bytes of the pieces; None where the file does not have them."""
    if chosen[-1] >= min(len(pieces.where), len(pieces.sizes)):
        return None
    if sum(pieces.sizes[number] for number in chosen) > _MOST:
        return None
    data: list[bytes] = []
    for number in chosen:
        file.seek(pieces.where[number])
        data.append(file.read(pieces.sizes[number]))
    return data


def _decoded(
    tags: Mapping[int, Any], pieces: _Pieces, height: int, data: Sequence[bytes], order: str
) -> Image.Image:
    kept: dict[int, Any] = {tag: tags[tag] for tag in _KEPT if tag in tags}
    places, position = [], 8
    for piece in data:
        places.append(position)
        position += len(piece)
    sizes = [len(piece) for piece in data]
    kept[_LENGTH] = height
    if pieces.tiled:
        kept |= {_TILE_WIDTH: tags[_TILE_WIDTH], _TILE_LENGTH: tags[_TILE_LENGTH]}
        kept |= {_TILE_OFFSETS: places, _TILE_COUNTS: sizes}
    else:
        kept |= {_ROWS: pieces.band, _OFFSETS: places, _COUNTS: sizes}
    image = Image.open(io.BytesIO(_file(kept, data, order)), formats=["TIFF"])
    image.load()
    return image


def _file(tags: Mapping[int, Any], data: Sequence[bytes], order: str) -> bytes:
    """A TIFF file of one picture: its pieces first, its directory behind them."""
    start = 8 + sum(map(len, data))
    start += start % 2
    beyond = start + 2 + 12 * len(tags) + 4
    entries, values = [], b""
    for tag in sorted(tags):
        kind, count, packed = _packed(tags[tag], order)
        if len(packed) > 4:
            field = struct.pack(f"{order}I", beyond + len(values))
            values += packed + b"\0" * (len(packed) % 2)
        else:
            field = packed.ljust(4, b"\0")
        entries.append(struct.pack(f"{order}HHI", tag, kind, count) + field)
    mark = (b"MM\0*" if order == ">" else b"II*\0") + struct.pack(f"{order}I", start)
    body = b"".join((mark, *data)).ljust(start, b"\0")
    directory = struct.pack(f"{order}H", len(tags)) + b"".join(entries) + bytes(4)
    return body + directory + values


def _packed(value: Any, order: str) -> tuple[int, int, bytes]:
    """Type, number of values and bytes of a tag."""
    if isinstance(value, bytes):
        return _BYTES, len(value), value
    numbers = [int(one) for one in value] if isinstance(value, Sequence) else [int(value)]
    kind = _SHORT if max(numbers) < 1 << 16 else _LONG
    letter = "H" if kind == _SHORT else "I"
    return kind, len(numbers), struct.pack(f"{order}{len(numbers)}{letter}", *numbers)


def _all(tags: Mapping[int, Any], tag: int) -> list[int]:
    value = tags.get(tag, ())
    return [int(one) for one in value] if isinstance(value, Sequence) else [int(value)]


def _one(tags: Mapping[int, Any], tag: int, otherwise: int) -> int:
    found = _all(tags, tag)
    return found[0] if found else otherwise
