"""Exporting what was found: a table of the hits as CSV or as a workbook, never more than is found and allowed."""

import csv
import io
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from service.audit import Audit
from service.domain.holdings import Finding, Question
from service.domain.permissions import Actor, search_scope
from service.errors import Forbidden
from service.usecases.finding import FindingRecords

MOST = 10_000
"""Rows of one export: enough for a list on paper; a whole archive leaves by other ways."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a text for a formula when it reads a CSV; all widths of it."""

NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
MAX_CELL = 32_767
CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Table:
    """How a hit becomes a row: the heads, and the texts of one hit in their order."""

    heads: Sequence[str]
    cells: Callable[[Finding], Sequence[str]]


class Exporting:
    """Takes the list of what answers a question away; the contents of the files stay where they are."""

    def __init__(self, finding: FindingRecords, audit: Audit) -> None:
        self._finding, self._audit = finding, audit

    def csv(self, actor: Actor, question: Question, table: Table) -> Iterator[bytes]:
        """UTF-8 with its mark, by which spreadsheets know it, and CRLF (RFC 4180), page by page.

        Raises `Forbidden`, and `Unavailable("search")` before the first piece.
        """
        lines = self._lines(actor, question, table, "csv")
        first = next(lines)
        return _csv(first, lines)

    def workbook(self, actor: Actor, question: Question, table: Table) -> Iterator[bytes]:
        """A workbook with one sheet. Every cell is a text: nothing in it is ever calculated. Raises as `csv`."""
        spool = tempfile.SpooledTemporaryFile(max_size=1 << 20)  # noqa: SIM115  closed when its pieces are given out
        try:
            _write(spool, self._lines(actor, question, table, "xlsx"))
        except BaseException:
            spool.close()
            raise
        return _pieces(spool)

    def _lines(self, actor: Actor, question: Question, table: Table, kind: str) -> Iterator[Sequence[str]]:
        if not search_scope(actor):
            raise Forbidden
        found = self._finding.each(actor, question, most=MOST)
        first = next(found, None)
        yield table.heads
        rows = 0
        try:
            while first is not None:
                rows += 1
                yield table.cells(first)
                first = next(found, None)
        finally:
            self._audit.insert(actor, "export_search", result="done", format=kind, rows=rows)


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula: with an apostrophe before what could begin one."""
    # full-width signs are folded by input methods of some spreadsheets
    bare = text.lstrip(" \u3000")
    folded = bare[:1].translate(str.maketrans("＝＋－＠", "=+-@"))
    return "'" + text if (folded and folded in FORMULA) or text[:1] in ("\t", "\r", "\n") else text


def _csv(first: Sequence[str], lines: Iterator[Sequence[str]]) -> Iterator[bytes]:
    held = io.StringIO(newline="")
    writer = csv.writer(held, lineterminator="\r\n")
    yield b"\xef\xbb\xbf"
    writer.writerow(first)
    for line in lines:
        writer.writerow([guarded(_sound(cell)) for cell in line])
        if held.tell() > CHUNK:
            yield held.getvalue().encode()
            held.seek(0)
            held.truncate()
    yield held.getvalue().encode()


def _write(spool: IO[bytes], lines: Iterator[Sequence[str]]) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("fonds")
    sheet.freeze_panes = "A2"
    widths = (48, 28, 16, 28, 12, 14, 10, 12)
    for number, width in enumerate(widths):
        sheet.column_dimensions["ABCDEFGH"[number]].width = width
    sheet.append([_text(sheet, head, bold=True) for head in next(lines)])
    for line in lines:
        sheet.append([_text(sheet, cell) for cell in line])
    book.save(spool)


def _text(sheet: Any, text: str, *, bold: bool = False) -> Any:
    cell = WriteOnlyCell(sheet, value=_sound(text)[:MAX_CELL])
    cell.data_type = "s"  # also what begins with "=": openpyxl would make a formula of it
    if bold:
        cell.font = Font(bold=True)
    return cell


def _sound(text: str) -> str:
    """A text without what no XML and no spreadsheet can hold."""
    return NOT_IN_XML.sub("\ufffd", text)


def _pieces(spool: IO[bytes]) -> Iterator[bytes]:
    spool.seek(0)
    try:
        while piece := spool.read(CHUNK):
            yield piece
    finally:
        spool.close()
