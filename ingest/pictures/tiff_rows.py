"""TIFF strip by strip: lots of its strips or tiles are made small TIFF files for Pillow to decode."""

import io
import struct
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from PIL import Image, ImageChops

from ingest.pictures import scanlines

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
_MOST_PACKED = 280 << 20
"""Bytes of one piece that libtiff is given, which has all of them in memory while it unpacks them."""
_MOST_PLANES = 8
_OLD_JPEG, _JPEG, _PACKBITS, _DEFLATE = 6, 7, 32773, (8, 32946)
_FILL, _PREDICTOR = 266, 317
_MEANING, _TABLES, _YCBCR, _BEGIN = 262, 347, 6, b"\xff\xd8"
_PIECE = 1 << 20


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
    """Pieces of about `rows` rows from top to bottom; none of what cannot be unpacked from its beginning."""
    length = int(tags[_LENGTH])
    pieces = _pieces(tags)
    if pieces and pieces.band >= length and len(pieces.where) == pieces.planes:
        # a single tile is a strip that may be wider than the picture
        wide = {**tags, _WIDTH: tags[_TILE_WIDTH]} if pieces.tiled else tags
        for piece in _one_strip(file, wide, replace(pieces, tiled=False), rows):
            yield piece.crop((0, 0, int(tags[_WIDTH]), piece.height)) if pieces.tiled else piece
        return
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


def drafted(file: BinaryIO, tags: Mapping[int, Any], step: int) -> Image.Image | None:
    """A picture that is one JPEG, decoded at a fraction of its size; None for any other."""
    pieces = _pieces(tags)
    if tags.get(_PACKING) != _JPEG or pieces is None or pieces.tiled or len(pieces.where) != 1:
        return None
    data = (_bytes(file, pieces, [0]) or [b""])[0]
    tables = bytes(tags.get(_TABLES, b""))
    # inks and RGB lie in it as they are, which only Adobe's mark says: APP14 without a transformation
    mark = b"" if _one(tags, _MEANING, 0) in (_YCBCR, 0, 1) else b"\xff\xee\0\x0eAdobe\0\x64" + bytes(5)
    if data[:2] != _BEGIN:
        return None
    image = Image.open(io.BytesIO(_BEGIN + mark + tables[2:-2] + data[2:]), formats=["JPEG"])
    image.draft(None, (image.width // step, image.height // step))
    image.load()
    return ImageChops.invert(image) if image.mode == "CMYK" else image


def _one_strip(file: BinaryIO, tags: Mapping[int, Any], pieces: _Pieces, rows: int) -> Iterator[Image.Image]:
    """All rows are packed in one piece: what can be unpacked from its beginning is packed anew in smaller ones."""
    packing, length = _one(tags, _PACKING, 1), int(tags[_LENGTH])
    row = (_one(tags, _WIDTH, 0) * sum(_all(tags, _BITS) or [1]) + 7) // 8
    if packing not in (*_DEFLATE, _PACKBITS) or pieces.planes > 1:
        yield from _line_by_line(file, tags, pieces, rows)
        return
    lots = (
        _bits(_read(file, pieces), row, rows)
        if packing == _PACKBITS
        else _inflated(_read(file, pieces), row, rows)
    )
    file.seek(0)
    order = ">" if file.read(2) == b"MM" else "<"
    for count, lot in lots:
        height = min(count, length)
        length -= height
        if not height:
            return
        yield _decoded(tags, replace(pieces, band=height), height, [lot], order)


def _line_by_line(
    file: BinaryIO, tags: Mapping[int, Any], pieces: _Pieces, rows: int
) -> Iterator[Image.Image]:
    """What only libtiff unpacks, row by row; the rows are not packed again."""
    if tags.get(_PACKING) in (_OLD_JPEG, _JPEG) or pieces.planes > _MOST_PLANES:
        return
    if sum(pieces.sizes) > _MOST_PACKED:
        return
    file.seek(0)
    order = ">" if file.read(2) == b"MM" else "<"
    kept: dict[int, Any] = {tag: tags[tag] for tag in (*_KEPT, _LENGTH) if tag in tags}
    places = [scanlines.BEGIN + sum(pieces.sizes[:plane]) for plane in range(pieces.planes)]
    kept |= {_ROWS: tags[_LENGTH], _OFFSETS: places, _COUNTS: list(pieces.sizes)}
    head = _file(kept, (), order)
    packed = scanlines.Packed(file, head, list(zip(pieces.where, pieces.sizes, strict=True)))
    length = int(tags[_LENGTH])
    lengths = [min(rows, length - top) for top in range(0, length, rows)]
    planes = [scanlines.rows(packed, plane, lengths) for plane in range(pieces.planes)]
    plain = {**tags, _PACKING: 1, _PREDICTOR: 1, _FILL: 1}
    here = "<" if sys.byteorder == "little" else ">"
    for height, lots in zip(lengths, zip(*planes, strict=False), strict=False):
        yield _decoded(plain, replace(pieces, band=height), height, lots, here)


def _read(file: BinaryIO, pieces: _Pieces) -> Iterator[bytes]:
    at, end = pieces.where[0], pieces.where[0] + pieces.sizes[0]
    while at < end:
        file.seek(at)
        piece = file.read(min(_PIECE, end - at))
        if not piece:
            return
        at += len(piece)
        yield piece


def _inflated(packed: Iterator[bytes], row: int, rows: int) -> Iterator[tuple[int, bytes]]:
    """Number of rows, and the rows hardly packed, so that what they were changed by before packing stays true."""
    unpack, lot = zlib.decompressobj(), bytearray()
    for piece in packed:
        while piece:
            lot += unpack.decompress(piece, row * rows - len(lot))
            piece = unpack.unconsumed_tail  # noqa: PLW2901 - what is left of it
            if len(lot) == row * rows:
                yield rows, zlib.compress(lot, 0)
                lot.clear()
    if count := len(lot) // row:
        yield count, zlib.compress(lot[: count * row], 0)


def _bits(packed: Iterator[bytes], row: int, rows: int) -> Iterator[tuple[int, bytes]]:
    """PackBits: each row ends with a run, so that the bytes of some rows can be cut off as they are."""
    lot, at, width, count = bytearray(), 0, 0, 0
    for piece in packed:
        lot += piece
        while at + 129 < len(lot):
            head = lot[at]
            at += 2 + head if head < 128 else 1 if head == 128 else 2
            width += 1 + head if head < 128 else 0 if head == 128 else 257 - head
            if width >= row:
                width, count = 0, count + 1
                if count == rows:
                    yield count, bytes(lot[:at])
                    del lot[:at]
                    at = count = 0
    if lot:
        yield max(1, count + 1), bytes(lot)


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
