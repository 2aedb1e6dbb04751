"""The child that draws workbooks to be filled in: a description as JSON comes in, an XLSX goes out.

The description: `sheet`, `about` and `lists` name the three sheets; `facts` are the pairs of the hidden sheet about;
`columns` have `head`, `width`, `note`, `kind` (text, date, number, list), `required`, and `choices` by name of a list;
`choices` are the lists; `rows` have `cells` ([kind, value], see `ingest.tasks.workbook`), `notes` by place, and `state`.
"""

import datetime
import io
import json
import sys
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation

ALWAYS = datetime.datetime(2000, 1, 1)  # noqa: DTZ001  workbooks know no zone
"""The time that everything in a workbook bears: the same template has the same bytes."""
LINES = 1001
"""The last line that picks from lists and is checked while one types."""
HEAD = PatternFill("solid", fgColor="E0EEEE")
NEEDED = PatternFill("solid", fgColor="FAEFD8")
FILLS = {"bad": PatternFill("solid", fgColor="FAE9E5"), "warn": PatternFill("solid", fgColor="FAEFD8")}
STATES = {"bad": "AD2F22", "good": "2B673D", "warn": "845400"}


def draw(described: Mapping[str, Any]) -> bytes:
    """The workbook of a description."""
    book = Workbook()
    book.properties.creator = "fonds"
    sheet = book.active
    sheet.title = described["sheet"]
    ranges = _lists(book, described["lists"], described["choices"])
    _about(book, described["about"], described["facts"])
    for number, column in enumerate(described["columns"], 1):
        _column(sheet, number, column, ranges)
    for line, row in enumerate(described["rows"], 2):
        _row(sheet, line, row, described["columns"])
    sheet.freeze_panes = "B2"
    return _fixed(book)


def _lists(book: Workbook, title: str, choices: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Write the pick lists on a sheet of their own; name → the range of each."""
    sheet = book.create_sheet(title)
    sheet.sheet_state = "hidden"
    ranges = {}
    for number, (name, values) in enumerate(choices.items(), 1):
        letter = get_column_letter(number)
        for line, value in enumerate(values, 1):
            _put(sheet.cell(line, number), "s", value)
        ranges[name] = f"{quote_sheetname(title)}!${letter}$1:${letter}${max(1, len(values))}"
    return ranges


def _about(book: Workbook, title: str, facts: Mapping[str, str]) -> None:
    sheet = book.create_sheet(title)
    sheet.sheet_state = "veryHidden"
    for line, (name, value) in enumerate(facts.items(), 1):
        _put(sheet.cell(line, 1), "s", name)
        _put(sheet.cell(line, 2), "s", value)


def _column(sheet: Any, number: int, column: Mapping[str, Any], ranges: Mapping[str, str]) -> None:
    letter = get_column_letter(number)
    head = sheet.cell(1, number)
    _put(head, "s", column["head"])
    head.font = Font(bold=True)
    head.fill = NEEDED if column["required"] else HEAD
    head.alignment = Alignment(vertical="center", wrap_text=True)
    if column["note"]:
        head.comment = _comment(column["note"])
    dimension = sheet.column_dimensions[letter]
    dimension.width = column["width"]
    if column["kind"] in ("text", "list"):
        dimension.number_format = "@"  # telephone numbers keep their zeros
    elif column["kind"] == "date":
        dimension.number_format = "yyyy-mm-dd"
    if rule := _validation(column, ranges):
        sheet.add_data_validation(rule)
        rule.add(f"{letter}2:{letter}{LINES}")


def _validation(column: Mapping[str, Any], ranges: Mapping[str, str]) -> DataValidation | None:
    """What the spreadsheet itself says while somebody types; a list of several stays open to more than one choice."""
    rule: DataValidation | None = None
    if column.get("choices") in ranges:
        rule = DataValidation("list", formula1=ranges[column["choices"]], allow_blank=True)
        rule.errorStyle = "warning" if column.get("several") else "stop"
    elif column["kind"] == "date":
        rule = DataValidation("date", operator="greaterThan", formula1="1", allow_blank=True)
        rule.errorStyle = "warning"
    elif column["kind"] == "number":
        rule = DataValidation("decimal", operator="between", formula1="-9E+15", formula2="9E+15")
        rule.errorStyle = "warning"
    if rule:
        rule.error, rule.errorTitle, rule.showErrorMessage = column["wrong"][:225], "fonds", True
    return rule


def _row(sheet: Any, line: int, row: Mapping[str, Any], columns: Sequence[Mapping[str, Any]]) -> None:
    for number, (kind, value) in enumerate(row["cells"], 1):
        cell = sheet.cell(line, number)
        _put(cell, kind, value)
        if kind == "s" or columns[number - 1]["kind"] in ("text", "list"):
            cell.number_format = "@"
        elif kind == "d":
            cell.number_format = "yyyy-mm-dd"
    for place, (state, text) in row["notes"].items():
        cell = sheet.cell(line, int(place) + 1)
        cell.comment, cell.fill = _comment(text), FILLS[state]
    if row["state"]:
        first = sheet.cell(line, 1)
        first.font = Font(color=STATES[row["state"]], bold=True)
        first.protection = Protection(locked=True)


def _put(cell: Any, kind: str, value: Any) -> None:
    """A value that is never calculated: what begins with "=" is a text, and looks like one when it is edited."""
    if kind == "d":
        cell.value = datetime.date.fromisoformat(value)
    elif kind in ("n", "b"):
        cell.value = value
    elif kind == "s":
        cell.value = _sound(value)
        cell.data_type = "s"
        cell.quotePrefix = value[:1] in "=+-@\t\r"


def _sound(text: str) -> str:
    return "".join(sign if sign in "\t\n\r" or " " <= sign < "\ufffe" else "\ufffd" for sign in text)


def _comment(text: str) -> Comment:
    comment = Comment(text, "fonds")
    comment.width, comment.height = 280, 40 + 20 * (1 + len(text) // 18 + text.count("\n"))
    return comment


def _fixed(book: Workbook) -> bytes:
    """The bytes, without the hour at which they were made."""
    made = io.BytesIO()
    book.properties.created = book.properties.modified = ALWAYS
    book.save(made)
    out = io.BytesIO()
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename == "docProps/core.xml":
                data = _undated(data)
            new.writestr(zipfile.ZipInfo(entry.filename, (2000, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _undated(core: bytes) -> bytes:
    """Saving notes the moment as the last change, whatever was said before."""
    head, mark, rest = core.partition(b"<dcterms:modified")
    if not mark:
        return core
    start, value_end = rest.index(b">") + 1, rest.index(b"</")
    return head + mark + rest[:start] + b"2000-01-01T00:00:00Z" + rest[value_end:]


def main() -> int:
    """Draw one workbook."""
    sys.stdout.buffer.write(draw(json.load(sys.stdin.buffer)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
