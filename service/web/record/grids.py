"""Spreadsheets as pages show them: one sheet as a table, the others as tabs, hits counted on each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from search.port import Passage, Place
from service.web import shown
from service.web.record import marking

ROWS = 300
"""Rows shown at once; the rest is a click away."""

COLUMNS = 60
"""Columns shown; wider sheets are read in their own program."""

NUMBER = re.compile(r"[-+(]?[¥$€]?\s?[\d,]+(\.\d+)?\s?%?\)?")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Tab:
    """A sheet of the workbook."""

    anchor: str
    name: str
    hits: int
    current: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its text with the hits marked, and whether it is a number."""

    text: Markup
    number: bool


@dataclass(frozen=True, slots=True)
class Grid:
    """A window on one sheet; `before` and `after` are the rows where the window can go on, None at the ends."""

    tabs: Sequence[Tab]
    anchor: str
    name: str
    rows: Sequence[Sequence[Cell]]
    total: int
    hits: int
    before: int | None
    after: int | None
    cut: bool
    """Whether rows have more cells than are shown."""


def grid(passages: Sequence[Passage], at: str, words: list[str], row: str) -> Grid:
    """The sheet at `at`, else the first one with a hit, else the first; from `row`, else where its first hit is."""
    sheets = [
        (place, "\n".join(one.text for one in parts))
        for place, parts in groupby(passages, key=lambda one: one.place)
    ]
    found = [marking.marks(text, words) for _place, text in sheets]
    anchors = [shown.anchor(place.kind, place.number) for place, _text in sheets]
    hit = next((n for n, marks in enumerate(found) if marks), 0)
    chosen = anchors.index(at) if at in anchors else hit
    tabs = [
        Tab(anchors[n], _name(place), len(found[n]), n == chosen) for n, (place, _text) in enumerate(sheets)
    ]
    return _window(tabs, sheets[chosen], found[chosen], row)


def _name(place: Place) -> str:
    return shown.harmless(place.label) or str(place.number)


def _window(tabs: Sequence[Tab], sheet: tuple[Place, str], marks: Sequence[Span], row: str) -> Grid:
    place, text = sheet
    lines = text.split("\n")
    first = _first_row(text, lines, marks, row)
    last = min(first + ROWS, len(lines))
    start = sum(len(line) + 1 for line in lines[:first])
    rows = []
    for line in lines[first:last]:
        rows.append(_cells(line, start, marks))
        start += len(line) + 1
    return Grid(
        tabs,
        shown.anchor(place.kind, place.number),
        _name(place),
        rows,
        len(lines),
        len(marks),
        max(0, first - ROWS) if first else None,
        last if last < len(lines) else None,
        any(line.count("\t") >= COLUMNS for line in lines[first:last]),
    )


def _first_row(text: str, lines: Sequence[str], marks: Sequence[Span], row: str) -> int:
    if row.isascii() and row.isdigit() and len(row) < 10:
        return min(int(row), len(lines) - 1)
    hit = text.count("\n", 0, marks[0][0]) if marks else 0
    return hit - hit % ROWS


def _cells(line: str, start: int, marks: Sequence[Span]) -> list[Cell]:
    """The cells of a row whose text begins at `start`; a hit that goes over a tab is marked in each cell."""
    cells = []
    within = [span for span in marks if span[0] < start + len(line) and span[1] > start]
    for text in line.split("\t")[:COLUMNS]:
        end = start + len(text)
        own = [(max(a, start) - start, min(b, end) - start) for a, b in within if a < end and b > start]
        cells.append(Cell(shown.marked(text, own), bool(NUMBER.fullmatch(text.strip()))))
        start = end + 1
    return cells
