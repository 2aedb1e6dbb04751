"""Sketches: a few numbers by which near copies are known, of what a file says and of how a picture looks.

Of words a MinHash in one permutation (Li, Owen, Zhang 2012): pieces of four letters fall into bins, each bin keeps its
least. Of a picture the signs of its lowest waves (pHash). Both are cut into bands, the keys under which they are found.
"""

import math
import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ingest import texts
from ingest.port import Sketch
from search.port import Passage

if TYPE_CHECKING:
    from PIL import Image

LOOK = "look"
"""The fact in which a picture's look stands."""
LENGTH = 8000
"""Characters that are sketched: more cost time, and copies agree from the beginning."""
LEAST = 80
"""Letters and digits below which a text is too short to be told from others."""
SAME = 0.75
"""Share of words from which on two texts count as copies: two scans of one page, each with its faults, have 0.85."""
SAME_NUMBERS = 0.6
LOOKS = 6
"""Signs of 64 in which two copies of a picture may differ."""
_BINS, _ROWS, _PIECE = 48, 6, 4
_NUMBERS = 12
"""Numbers of a text that are kept: contracts on one form differ in little else."""
_MASK = (1 << 64) - 1
_DIGITS = re.compile(r"\d{3,}")
_SIDE, _WAVES = 32, 8
_FLAT = 60.0
"""Strength of the strongest wave below which a picture is all one colour."""


def sketch(text: bytes, look: str = "") -> Sketch | None:
    """The sketch of a text object, b"" for none, and of a picture's `look`; None if there is nothing to know by."""
    said = _letters(texts.load([text])) if text else ""
    words, numbers = "", ""
    if len(said) >= LEAST:
        words = "".join(f"{value:04x}" for value in _least(said))
        numbers = "".join(
            sorted({f"{_hash(one) & 0xFFFFFFFF:08x}" for one in _DIGITS.findall(said)})[:_NUMBERS]
        )
    if not words and not look:
        return None
    return Sketch((*_bands(words, 4 * _ROWS, "w"), *_bands(look, 4, "p")), words, numbers, look, len(said))


def same_words(one: str, other: str) -> float:
    """About how much two texts share, from 0 to 1, by the words of their sketches."""
    if not one or len(one) != len(other):
        return 0.0
    return sum(one[at : at + 4] == other[at : at + 4] for at in range(0, len(one), 4)) / (len(one) // 4)


def same_numbers(one: str, other: str) -> bool:
    """Whether two texts speak of the same numbers, as far as their sketches can tell; yes if one has hardly any."""
    ours, theirs = ({said[at : at + 8] for at in range(0, len(said), 8)} for said in (one, other))
    if min(len(ours), len(theirs)) < 2:
        return len(ours | theirs) < 2 or bool(ours & theirs) or not (ours and theirs)
    # of more than are kept only the least of both together can be compared
    least = set(sorted(ours | theirs)[:_NUMBERS])
    return len(ours & theirs & least) >= SAME_NUMBERS * len(least)


def same_look(one: str, other: str) -> bool:
    """Whether two pictures look alike."""
    return bool(one and other) and (int(one, 16) ^ int(other, 16)).bit_count() <= LOOKS


def look_of(image: "Image.Image") -> str:
    """How a picture looks, as sixteen hexadecimal digits; "" for one that is nearly one colour."""
    from PIL import Image  # noqa: PLC0415 - the worker sketches texts, and draws nothing

    grey = image.convert("L").resize((_SIDE, _SIDE), Image.Resampling.BOX)
    dots = grey.tobytes()
    lines = [
        [sum(dots[row * _SIDE + x] * _COSINES[wave][x] for x in range(_SIDE)) for wave in range(_WAVES)]
        for row in range(_SIDE)
    ]
    waves = [
        sum(lines[row][across] * _COSINES[down][row] for row in range(_SIDE))
        for down in range(_WAVES)
        for across in range(_WAVES)
    ]
    rest = sorted(waves[1:])
    if max(rest[-1], -rest[0]) < _FLAT * _SIDE:
        return ""
    middle = rest[len(rest) // 2]
    return f"{sum((wave > middle) << place for place, wave in enumerate(waves)):016x}"


_COSINES = [
    [math.cos(math.pi * wave * (2 * x + 1) / (2 * _SIDE)) for x in range(_SIDE)] for wave in range(_WAVES)
]


def _letters(passages: Iterable[Passage]) -> str:
    """The first letters and digits, without what scans get wrong: signs, blanks, widths, case, commas of numbers."""
    parts: list[str] = []
    room = LENGTH
    for passage in passages:
        folded = unicodedata.normalize("NFKC", passage.text[: 2 * room]).casefold()
        parts.append("".join(filter(str.isalnum, folded))[:room])
        room -= len(parts[-1])
        if room <= 0:
            break
    return "".join(parts)


def _least(said: str) -> Iterator[int]:
    bins: list[int | None] = [None] * _BINS
    for at in range(len(said) - _PIECE + 1):
        value = _hash(said[at : at + _PIECE])
        place, kept = value % _BINS, (value >> 16) & 0xFFFFFFFF
        least = bins[place]
        if least is None or kept < least:
            bins[place] = kept
    for place in range(_BINS):
        # an empty bin borrows from the next one that is not (Shrivastava, Li 2014)
        away = next(step for step in range(_BINS) if bins[(place + step) % _BINS] is not None)
        yield ((bins[(place + away) % _BINS] or 0) + away * 0x9E37) & 0xFFFF


def _hash(piece: str) -> int:
    return (zlib.crc32(piece.encode()) * 0x9E3779B97F4A7C15 & _MASK) ^ (zlib.adler32(piece.encode()) << 7)


def _bands(digits: str, width: int, kind: str) -> Iterator[str]:
    for number, at in enumerate(range(0, len(digits), width)):
        yield f"{kind}{number}{zlib.crc32(digits[at : at + width].encode()):08x}"
