"""The text object: what was read of a file, passage by passage, as compressed lines of JSON."""

import gzip
import io
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ingest.draft import MAX_PASSAGES, MAX_TEXT
from search.port import Passage, Place

VERSION = 1
_LEVEL = 5
_MAX_LINES = 8 * MAX_TEXT
"""Bytes that a text object may unpack to: JSON escapes take up to six bytes for one."""


@dataclass(frozen=True, slots=True)
class Box:
    """Where a line that was recognised stands on its page. All lengths are in ten thousandths.

    `start` counts characters of the passage's text; `corners` are x and y of the four corners, clockwise from where
    the text begins, of the page's width and height; `middles` say where each character's middle stands on the way
    from the left edge of the line to the right one.
    """

    start: int
    corners: tuple[int, ...]
    middles: tuple[int, ...]


Spot = tuple[int, int, int, int]
"""Left, top, width and height of an upright rectangle, in ten thousandths of the page."""


def spots(boxes: Sequence[Box], start: int, end: int) -> list[Spot]:
    """Where the characters from `start` up to, not including, `end` stand on the page: a rectangle for each line."""
    found: list[Spot] = []
    for box in boxes:
        first, behind = max(start, box.start) - box.start, min(end, box.start + len(box.middles)) - box.start
        if first >= behind:
            continue
        # half a letter's step beyond the middles of the first and the last one
        half = (box.middles[-1] - box.middles[0]) / max(1, len(box.middles) - 1) / 2 or 5000
        shares = [
            max(0.0, (box.middles[first] - half) / 10_000),
            min(1.0, (box.middles[behind - 1] + half) / 10_000),
        ]
        xs, ys = zip(*(_along(box.corners, share, edge) for share in shares for edge in (0, 1)), strict=True)
        left, top = round(min(xs)), round(min(ys))
        found.append((left, top, round(max(xs)) - left, round(max(ys)) - top))
    return found


def _along(corners: Sequence[int], share: float, edge: int) -> tuple[float, float]:
    """A point on the upper (0) or lower (1) edge of a box, `share` of the way along its text."""
    begin, end = (corners[6:8], corners[4:6]) if edge else (corners[:2], corners[2:4])
    return begin[0] + share * (end[0] - begin[0]), begin[1] + share * (end[1] - begin[1])


class BadText(Exception):
    """A text object that is damaged, larger than any that we write, or of a version we do not know."""


def dump(passages: Iterable[Passage], boxes: Mapping[int, Sequence[Box]] | None = None) -> bytes:
    """The text object of `passages`: a line with the version, then one line `[kind, number, label, text]` each.

    A passage that was recognised has its `boxes` (by its position among the passages) as a fifth value.
    """
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=_LEVEL, mtime=0) as lines:
        lines.write(json.dumps({"version": VERSION}).encode() + b"\n")
        for position, passage in enumerate(passages):
            place = passage.place
            row: list[object] = [place.kind, place.number, place.label, passage.text]
            if boxes and position in boxes:
                row.append([[box.start, box.corners, box.middles] for box in boxes[position]])
            lines.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    return out.getvalue()


def load(chunks: Iterable[bytes]) -> Iterator[Passage]:
    """The passages of a text object that arrives in `chunks` (as from `ObjectStore.open`), one at a time."""
    return (passage for passage, _ in load_boxed(chunks))


def load_boxed(chunks: Iterable[bytes]) -> Iterator[tuple[Passage, Sequence[Box]]]:
    """As `load`, each passage with the boxes of its lines; none where the text was not recognised."""
    lines = _lines(chunks)
    try:
        if json.loads(next(lines, b"{}")).get("version") != VERSION:
            raise BadText("a text object of an unknown version")
        for count, line in enumerate(lines):
            if count >= MAX_PASSAGES:
                raise BadText("a text object has too many passages")
            kind, number, label, text, *more = json.loads(line)
            yield (
                Passage(Place(kind, int(number), str(label)), str(text)),
                [_box(*row) for row in (more[0] if more else ())],
            )
    except (ValueError, TypeError, AttributeError, zlib.error) as error:
        raise BadText(f"a damaged text object: {error}") from error


def _box(start: int, corners: Sequence[int], middles: Sequence[int]) -> Box:
    if len(corners) != 8:
        raise ValueError("a box has four corners")
    return Box(int(start), tuple(map(int, corners)), tuple(map(int, middles)))


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    unpack = zlib.decompressobj(wbits=31)
    begun: list[
        bytes
    ] = []  # pieces of a line whose end has not arrived: joining them each time would cost squares
    total = 0
    for piece in _unpacked(unpack, chunks):
        total += len(piece)
        if total > _MAX_LINES:
            raise BadText("a text object is too large")
        first, *more = piece.split(b"\n")
        begun.append(first)
        if more:
            yield b"".join(begun)
            yield from more[:-1]
            begun = [more[-1]]
    if any(begun) or not unpack.eof:
        raise BadText("a text object ends too early")


def _unpacked(unpack: "zlib._Decompress", chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        left = chunk
        while left:
            yield unpack.decompress(left, 1 << 20)
            left = unpack.unconsumed_tail
