"""Photoshop files read without their pixels: layers with names and text, and the merged picture row by row."""

import array
import math
import re
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image

from ingest.draft import MEBI, Unreadable

_MODES = {1: ("L", 1), 3: ("RGB", 3), 4: ("CMYK", 4)}
"""Colour modes that the merged picture is shown in: Pillow's name and number of channels."""
_PROFILE = 1039
"""Number of the resource that is a colour profile."""
_MAX_LAYERS = 10_000
_MAX_EXTRA = 64 * MEBI
_LONG_KEYS = {b"LMsk", b"Lr16", b"Lr32", b"Layr", b"Mt16", b"Mt32", b"Mtrn", b"Alph", b"FMsk", b"lnk2", b"FEid",
              b"FXid", b"PxSD"}  # fmt: skip
"""Blocks whose length takes eight bytes in a large document."""
_WORDS = re.compile(rb"Txt TEXT(.{4})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Header:
    """What stands in front: `large` is PSB."""

    large: bool
    channels: int
    height: int
    width: int
    depth: int
    mode: int


def header(file: BinaryIO) -> Header:
    """The header at the beginning of `file`. Raises `Unreadable`."""
    file.seek(0)
    data = file.read(26)
    if len(data) < 26 or data[:4] != b"8BPS":
        raise Unreadable("damaged", "no header")
    version, channels, height, width, depth, mode = struct.unpack(">H6xHIIHH", data[4:])
    return Header(version == 2, channels, height, width, depth, mode)


def layers(file: BinaryIO) -> Iterator[tuple[str, str]]:
    """Name and text of each layer, from the top one to the lowest; text is "" where a layer has none."""
    large = header(file).large
    _skip(file, 4)  # colour table
    _skip(file, 4)  # resources
    wide = 8 if large else 4
    end = _number(file, wide) + file.tell()
    _number(file, wide)  # layer info
    count = struct.unpack(">h", file.read(2) or b"\0\0")[0] if end > file.tell() + wide else 0
    found = [_layer(file, wide) for _ in range(min(abs(count), _MAX_LAYERS))]
    yield from reversed(found)


def merged(file: BinaryIO, longest: int) -> Image.Image:
    """The picture of all layers together, by leaving out rows and columns, in about as many pixels as are shown."""
    head = header(file)
    mode, channels = _MODES.get(head.mode, ("L", 1))
    if head.depth not in (8, 16, 32) or head.mode not in _MODES or not head.width or not head.height:
        raise Unreadable("unknown_type", f"colour mode {head.mode} with {head.depth} bits")
    _skip(file, 4)
    profile = _profile(file)
    _skip(file, 8 if head.large else 4)
    packing = _number(file, 2)
    if packing > 1:
        raise Unreadable("unknown_type", "a packed merged picture")
    step = max(1, max(head.width, head.height) // longest)
    rows = range(0, head.height, step)
    planes = [_plane(file, head, rows, starts, packing) for starts in _starts(file, head, channels, packing)]
    image = Image.merge(mode, planes) if len(planes) > 1 else planes[0]
    image = Image.eval(image, lambda value: 255 - value) if mode == "CMYK" else image
    if profile:
        image.info["icc_profile"] = profile
    return image


def _profile(file: BinaryIO) -> bytes:
    """The colour profile among the resources, b"" if there is none; the file is left behind them."""
    end = _number(file, 4) + file.tell()
    found = b""
    while file.tell() + 12 <= end and file.read(4) == b"8BIM":
        kind = _number(file, 2)
        name = _number(file, 1)
        file.seek(name + (name + 1) % 2, 1)
        size = _number(file, 4)
        if kind == _PROFILE and size <= MEBI:
            found = file.read(size)
            break
        file.seek(size + size % 2, 1)
    file.seek(end)
    return found


def _layer(file: BinaryIO, wide: int) -> tuple[str, str]:
    file.seek(16, 1)
    channels = _number(file, 2)
    file.seek(channels * (2 + wide) + 12, 1)
    extra = file.read(min(_number(file, 4), _MAX_EXTRA))
    at = 4 + int.from_bytes(extra[:4], "big")
    at += 4 + int.from_bytes(extra[at : at + 4], "big")
    length = extra[at] if at < len(extra) else 0
    name = extra[at + 1 : at + 1 + length].decode("gb18030", "replace")
    at += (length + 4) // 4 * 4
    text = ""
    for key, data in _blocks(extra, at, wide):
        if key == b"luni":
            name = data[4 : 4 + 2 * int.from_bytes(data[:4], "big")].decode("utf-16-be", "replace")
        elif key == b"TySh" and (said := _WORDS.search(data)):
            size = 2 * int.from_bytes(said.group(1), "big")
            text = data[said.end() : said.end() + size].decode("utf-16-be", "replace")
    return name.strip("\0"), text.strip("\0").replace("\r", "\n").replace("\x03", "\n")


def _blocks(extra: bytes, at: int, wide: int) -> Iterator[tuple[bytes, bytes]]:
    while extra[at : at + 4] in (b"8BIM", b"8B64"):
        key = extra[at + 4 : at + 8]
        size = 8 if wide == 8 and key in _LONG_KEYS else 4
        length = int.from_bytes(extra[at + 8 : at + 8 + size], "big")
        at += 8 + size
        yield key, extra[at : at + length]
        at += length + length % 2


def _starts(file: BinaryIO, head: Header, channels: int, packing: int) -> list[list[tuple[int, int]]]:
    """Where each row of each wanted channel begins, and how many bytes it takes."""
    begin = file.tell()
    if not packing:
        row = head.width * head.depth // 8
        return [
            [(begin + (channel * head.height + line) * row, row) for line in range(head.height)]
            for channel in range(min(channels, head.channels))
        ]
    wide = 4 if head.large else 2
    table = file.read(head.channels * head.height * wide)
    lengths = struct.unpack(f">{len(table) // wide}{'I' if head.large else 'H'}", table)
    position, starts = file.tell(), list[list[tuple[int, int]]]()
    for channel in range(min(channels, head.channels)):
        starts.append([])
        for length in lengths[channel * head.height : (channel + 1) * head.height]:
            starts[-1].append((position, length))
            position += length
    return starts


def _plane(
    file: BinaryIO, head: Header, rows: range, starts: list[tuple[int, int]], packing: int
) -> Image.Image:
    plane = Image.new("L", (head.width // rows.step or 1, len(rows)), 255)
    width = head.width * head.depth // 8
    for number, row in enumerate(rows):
        if row >= len(starts):
            break
        file.seek(starts[row][0])
        data = file.read(starts[row][1])
        line = Image.frombytes("L", (width, 1), data, "packbits", "L").tobytes() if packing else data
        if len(line) < width:
            break
        line = _light(line, rows.step) if head.depth == 32 else line[:: rows.step * head.depth // 8]
        line = line[: plane.width]
        plane.paste(Image.frombytes("L", (len(line), 1), line), (0, number))
    return plane


def _light(line: bytes, step: int) -> bytes:
    """Every `step`-th of a row's amounts of light (0 to 1, more is glare) as the eye takes them."""
    values = array.array("f", line)
    if sys.byteorder == "little":
        values.byteswap()
    bounded = (min(1.0, max(0.0, value)) if math.isfinite(value) else 0.0 for value in values[::step])
    return bytes(round(255 * value ** (1 / 2.2)) for value in bounded)


def _number(file: BinaryIO, size: int) -> int:
    return int.from_bytes(file.read(size), "big")


def _skip(file: BinaryIO, size: int) -> None:
    """Step over a section that states its own length."""
    file.seek(_number(file, size), 1)
