"""A reading as a text object has it: text in reading order, and where each line of it stands."""

import math

from ingest.recognition.lines import Line, in_order
from ingest.recognition.page import Reading
from ingest.texts import Box

_WHOLE = 10_000


def laid_out(reading: Reading) -> tuple[str, list[Box]]:
    """The text of a page, a line per row with its pieces apart by tabs, and the box of each piece."""
    parts: list[str] = []
    boxes: list[Box] = []
    length = 0
    for row in in_order(reading.lines):
        for position, line in enumerate(row):
            boxes.append(_box(line, reading, length))
            parts.append(line.text + ("\n" if position == len(row) - 1 else "\t"))
            length += len(parts[-1])
    return "".join(parts).removesuffix("\n"), boxes


def _box(line: Line, reading: Reading, start: int) -> Box:
    x, y = (line.left + line.right) / 2, line.middle
    half_width, half_height = (line.right - line.left) / 2, line.height / 2
    cos, sin = math.cos(line.angle), math.sin(line.angle)
    corners: list[int] = []
    for across, down in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        dx, dy = across * half_width, down * half_height
        point = _turned_back(x + dx * cos - dy * sin, y + dx * sin + dy * cos, reading)
        corners += [min(_WHOLE, max(0, round(share * _WHOLE))) for share in point]
    return Box(start, tuple(corners), tuple(round(middle * _WHOLE) for middle in line.middles))


def _turned_back(x: float, y: float, reading: Reading) -> tuple[float, float]:
    """A point as shares of the page as it was given, before it was turned to be read."""
    across, down = x / max(1, reading.width), y / max(1, reading.height)
    for _ in range(reading.turns % 4):
        # a quarter to the left took (x, y) to (y, 1 - x)
        across, down = 1 - down, across
    return across, down
