"""Tables that leave: rows of texts as CSV or as a workbook, of which no spreadsheet calculates anything."""

import csv
import io
import re
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from typing import IO, Any

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a text for a formula when it reads a CSV; all widths of it."""

NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
MAX_CELL = 32_767
CHUNK = 1 << 16
WIDTH = 20
"""Of a column that nobody gave a width, in characters."""


@cache
def _openpyxl() -> Any:
    import openpyxl  # noqa: PLC0415  - 20 MB with what it brings, in every process, for a table now and then

    return openpyxl


def as_csv(lines: Iterator[Sequence[str]]) -> Iterator[bytes]:
    """UTF-8 with its mark, by which spreadsheets know it, and CRLF (RFC 4180), in pieces; the heads come first.

    The first line is drawn at once, so that what it raises comes before the first piece.
    """
    return _csv(next(lines), lines)


def as_workbook(lines: Iterator[Sequence[str]], widths: Sequence[int] = ()) -> Iterator[bytes]:
    """A workbook with one sheet, heads first and held, in pieces. Every cell is a text, nothing is calculated."""
    spool = tempfile.SpooledTemporaryFile(max_size=1 << 20)  # noqa: SIM115  closed when its pieces are given out
    try:
        _write(spool, lines, widths)
    except BaseException:
        spool.close()
        raise
    return _pieces(spool)


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


def _write(spool: IO[bytes], lines: Iterator[Sequence[str]], widths: Sequence[int]) -> None:
    openpyxl = _openpyxl()
    heads = next(lines)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("fonds")
    sheet.freeze_panes = "A2"
    for number in range(len(heads)):
        column = openpyxl.utils.get_column_letter(number + 1)
        sheet.column_dimensions[column].width = widths[number] if number < len(widths) else WIDTH
    sheet.append([_text(sheet, head, bold=True) for head in heads])
    for line in lines:
        sheet.append([_text(sheet, cell) for cell in line])
    book.save(spool)


def _text(sheet: Any, text: str, *, bold: bool = False) -> Any:
    cell = _openpyxl().cell.WriteOnlyCell(sheet, value=_sound(text)[:MAX_CELL])
    cell.data_type = "s"  # also what begins with "=": openpyxl would make a formula of it
    if bold:
        cell.font = _openpyxl().styles.Font(bold=True)
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
