"""A filled-in workbook as plain cells: the task of a cell of the jail, for workbooks that people enter records with."""

import datetime
import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

from ingest.draft import MEBI, Source, Unreadable
from ingest.files.archive import opened
from ingest.jail.frames import Allow, Reply

MOST_COLUMNS = 200
MOST_LINES = 20_000
"""Lines of a sheet that are looked at, empty ones included."""
MOST_SIGNS = 32_767
"""Of one cell, as spreadsheets have it."""
MEMORY, SECONDS = 700 * MEBI, 20

Cell = tuple[str, Any]
"""What a cell holds: s text, n number, d date (ISO), b truth, f formula (None), e error (None), "" nothing."""


def read(order: Mapping[str, Any], file: int, allow: Allow) -> Reply:
    """The first sheet that can be seen: `body` has `fault` ("" or a code) and `hidden`, the texts of the second
    column of the sheet named by `order["about"]` by those of its first; `text` is JSON, a list of [line, cells].

    At most `order["lines"]` lines that hold anything are given beside the first one; `more` says that there were
    others. Faults: encrypted, damaged, no_workbook.
    """
    allow(MEMORY, SECONDS)
    with os.fdopen(os.dup(file), "rb") as stream:
        source = Source(stream, "")
        if source.head(4) == b"\xd0\xcf\x11\xe0":
            return Reply({"fault": "no_workbook"})
        try:
            with opened(source) as package:
                if "xl/workbook.xml" not in package.namelist():
                    return Reply({"fault": "no_workbook"})
            return _told(source, str(order.get("about", "")), int(order.get("lines", 0)))
        except Unreadable as refused:
            return Reply({"fault": "no_workbook" if source.head(2) != b"PK" else refused.code})
        except Exception as error:  # noqa: BLE001 - a parser of hostile bytes raises anything
            return Reply({"fault": "damaged", "detail": type(error).__name__})


def _told(source: Source, about: str, most: int) -> Reply:
    from openpyxl import load_workbook  # noqa: PLC0415 - inside the walls alone

    book = load_workbook(source.open(), read_only=True, data_only=False, keep_links=False)
    hidden = {}
    if about in book.sheetnames:
        pairs = book[about].iter_rows(max_row=20, max_col=2, values_only=True)
        hidden = {str(key)[:40]: str(value)[:200] for key, value in pairs if key is not None}
    seen = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible" and sheet.title != about]
    if not seen:
        return Reply({"fault": "no_workbook"})
    seen[0].reset_dimensions()  # what a file says of its own size is not to be relied on
    lines: list[list[Any]] = []
    more = False
    for number, cells in _lines(seen[0]):
        if len(lines) > most:
            more = True
            break
        lines.append([number, cells])
    return Reply(
        {"fault": "", "hidden": hidden, "more": more, "sheet": seen[0].title},
        json.dumps(lines, ensure_ascii=False).encode("utf-8", "replace"),
    )


def _lines(sheet: Any) -> Iterator[tuple[int, list[Cell]]]:
    """The lines that hold anything, by number, cut behind their last cell."""
    for number, row in enumerate(sheet.iter_rows(max_row=MOST_LINES, max_col=MOST_COLUMNS), 1):
        cells = [_cell(one) for one in row]
        while cells and not cells[-1][0]:
            cells.pop()
        if cells:
            yield number, cells


def _cell(cell: Any) -> Cell:
    value, kind = cell.value, cell.data_type
    if value is None or (isinstance(value, str) and not value.strip()):
        return "", None
    if kind in ("f", "e"):
        return kind, None
    if isinstance(value, bool):
        return "b", value
    if isinstance(value, int | float):
        return "n", value
    if isinstance(value, datetime.datetime | datetime.date):
        return "d", value.isoformat()[:10]
    return "s", str(value)[:MOST_SIGNS]
