"""Lines found on a page, put into the order in which people read them: columns, tables, tilted pages."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

_MIN_ROWS = 4
"""Rows beside each other before they are taken for columns of running text."""
_RUNNING = 9
"""Characters of a line in a column of running text; a table's cells have fewer."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text on a page: box in pixels along the text (turned by `angle` radians), middles from 0 to 1."""

    text: str
    score: float
    left: float
    top: float
    right: float
    bottom: float
    middles: Sequence[float] = ()
    angle: float = 0.0

    @property
    def height(self) -> float:
        """Height of the box, never 0."""
        return max(1.0, self.bottom - self.top)

    @property
    def middle(self) -> float:
        """Where the line stands from the top."""
        return (self.top + self.bottom) / 2


Row = list[Line]


def in_order(lines: Sequence[Line]) -> list[Row]:
    """The rows of a page from first to last, each from left to right; columns one after the other."""
    if not lines:
        return []
    return [row for part in _parts(_rows(_straightened(lines))) for row in part]


def _straightened(lines: Sequence[Line]) -> list[tuple[Line, Line]]:
    """Pairs of a line as it would stand if the page were not tilted, and as it stands."""
    wide = [line.angle for line in lines if line.right - line.left > 4 * line.height]
    tilt = median(wide) if wide else 0.0
    return [(_turned(line, -tilt) if abs(tilt) > 0.003 else line, line) for line in lines]


def _turned(line: Line, angle: float) -> Line:
    x, y = (line.left + line.right) / 2, line.middle
    cos, sin = math.cos(angle), math.sin(angle)
    new_x, new_y = x * cos - y * sin, x * sin + y * cos
    half_width, half_height = (line.right - line.left) / 2, line.height / 2
    return Line(
        line.text,
        line.score,
        new_x - half_width,
        new_y - half_height,
        new_x + half_width,
        new_y + half_height,
    )


Pair = tuple[Line, Line]


def _rows(pairs: Iterable[Pair]) -> list[list[Pair]]:
    """Lines whose middles stand at one height make a row."""
    rows: list[list[Pair]] = []
    for pair in sorted(pairs, key=lambda pair: pair[0].middle):
        line = pair[0]
        last = rows[-1] if rows else []
        level = sum(other.middle for other, _ in last) / len(last) if last else 0.0
        height = min([line.height, *(other.height for other, _ in last)])
        apart = all(
            line.left >= other.right - height or line.right <= other.left + height for other, _ in last
        )
        if last and abs(line.middle - level) < 0.5 * height and apart:
            last.append(pair)
        else:
            rows.append([pair])
    return [sorted(row, key=lambda pair: pair[0].left) for row in rows]


def _parts(rows: list[list[Pair]]) -> Iterator[list[Row]]:
    """The page from top to bottom; where text runs in columns, one column after the other."""
    start = 0
    while start < len(rows):
        end, gutter = _run(rows, start)
        block = rows[start:end]
        left = [[pair for pair in row if pair[0].right <= gutter[1]] for row in block]
        right = [[pair for pair in row if pair[0].right > gutter[1]] for row in block]
        if gutter != _NONE and _running(left) and _running(right):
            yield from _parts([row for row in left if row])
            yield from _parts([row for row in right if row])
            start = end
        else:
            yield [[line for _, line in rows[start]]]
            start += 1


_NONE = (0.0, 0.0)


def _run(rows: list[list[Pair]], start: int) -> tuple[int, tuple[float, float]]:
    """The longest run of rows from `start` on that leave one and the same gap free, and that gap.

    A row with text on one side only belongs to the run if it does not reach over the gap.
    """
    best, gutter = start + 1, _NONE
    for gap in _gaps(rows[start]):
        low, high, end = *gap, start + 1
        while end < len(rows) and (narrowed := _narrowed(rows[end], low, high)):
            low, high = narrowed
            end += 1
        if end > best:
            best, gutter = end, (low, high)
    return best, gutter


def _gaps(row: list[Pair]) -> Iterator[tuple[float, float]]:
    lines = [line for line, _ in row]
    for before, after in pairwise(lines):
        if after.left - before.right > 0.6 * min(before.height, after.height):
            yield before.right, after.left


def _narrowed(row: list[Pair], low: float, high: float) -> tuple[float, float] | None:
    """The gap as far as `row` leaves it free; None if it does not."""
    for line, _ in row:
        if line.right <= (low + high) / 2:
            low = max(low, line.right)
        elif line.left >= (low + high) / 2:
            high = min(high, line.left)
        else:
            return None
    return (low, high) if high - low > 0.4 * row[0][0].height else None


def _running(rows: list[list[Pair]]) -> bool:
    """Whether a side looks like running text: several lines, most of them one long piece."""
    filled = [row for row in rows if row]
    lengths = [len(line.text) for row in filled for line, _ in row]
    return (
        len(filled) >= _MIN_ROWS
        and median(lengths) >= _RUNNING
        and sum(len(row) == 1 for row in filled) > 0.7 * len(filled)
    )
