"""A TrueType font of plain blocks, for text that is never shown: how wide its letters are is all that counts."""

import struct

EM = 1000
WIDE, NARROW = 1, 2
"""Its two letters: as wide as high, and half as wide."""
WIDTHS = {WIDE: EM, NARROW: EM // 2}
_ADVANCES = (EM, WIDTHS[WIDE], WIDTHS[NARROW])
_ASCENT, _DESCENT = 880, -120
_MAGIC = 0x5F0F3CF5
_SUM = 0xB1B0AFBA


def blank_font() -> bytes:
    """The font's file: glyph 0 as every font has it, then the two letters as blocks, for readers mark by outlines."""
    count = len(_ADVANCES)
    glyphs = [b"", *map(_block, _ADVANCES[1:])]
    tables = {
        b"cmap": struct.pack(">HHHHI", 0, 1, 3, 1, 12)
        + struct.pack(">HHHHHHHHHHhHH", 4, 28, 0, 2, 2, 0, 0, 0xFFFF, 0, 0xFFFF, 1, 0, 0)[:28],
        b"glyf": b"".join(glyphs),
        b"head": _head(),
        b"hhea": struct.pack(">IhhhHhhhhhhhhhhhH", 0x10000, _ASCENT, _DESCENT, 0, EM, *[0] * 11, count),
        b"hmtx": b"".join(struct.pack(">Hh", advance, 0) for advance in _ADVANCES),
        b"loca": b"".join(struct.pack(">H", sum(map(len, glyphs[:end])) // 2) for end in range(count + 1)),
        b"maxp": struct.pack(">IHHHHHHHHHHHHHH", 0x10000, count, 4, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0),
        b"name": struct.pack(">HHH", 0, 0, 6),
        b"post": struct.pack(">IIhhIIIII", 0x30000, 0, 0, 0, 0, 0, 0, 0, 0),
    }
    return _bound(tables)


def _block(width: int) -> bytes:
    ends, flags = struct.pack(">HH", 3, 0), b"\x01" * 4
    across = struct.pack(">hhhh", 0, width, 0, -width)
    down = struct.pack(">hhhh", _DESCENT, 0, _ASCENT - _DESCENT, 0)
    return struct.pack(">hhhhh", 1, 0, _DESCENT, width, _ASCENT) + ends + flags + across + down


def _head() -> bytes:
    return struct.pack(
        ">IIIIHHqqhhhhHHhhh",
        *(0x10000, 0x10000, 0, _MAGIC, 0, EM, 0, 0),
        *(0, _DESCENT, EM, _ASCENT, 0, 8, 2, 0, 0),
    )


def _bound(tables: dict[bytes, bytes]) -> bytes:
    """Tables behind their directory, with the sums that readers check."""
    many = len(tables)
    power = 1 << (many.bit_length() - 1)
    header = struct.pack(">IHHHH", 0x10000, many, power * 16, power.bit_length() - 1, (many - power) * 16)
    entries, bodies = b"", b""
    for tag, body in sorted(tables.items()):
        padded = body + b"\0" * (-len(body) % 4)
        at = len(header) + 16 * many + len(bodies)
        entries += struct.pack(">4sIII", tag, _checksum(padded), at, len(body))
        bodies += padded
    font = bytearray(header + entries + bodies)
    adjustment = font.index(struct.pack(">I", _MAGIC)) - 4
    font[adjustment : adjustment + 4] = struct.pack(">I", (_SUM - _checksum(bytes(font))) & 0xFFFFFFFF)
    return bytes(font)


def _checksum(words: bytes) -> int:
    return int(sum(struct.unpack(f">{len(words) // 4}I", words))) & 0xFFFFFFFF
