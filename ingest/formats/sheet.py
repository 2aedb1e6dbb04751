"""Sheets: XLSX, XLS, ET, XLSB and ODS, row by row, numbers and dates as people see them."""

import contextlib
import csv
import datetime
import io
import struct

import python_calamine

from ingest.blocks import add_paragraphs
from ingest.documents import oxide
from ingest.documents.drawn import add_from_package, add_from_stream
from ingest.documents.embedded import Embedding
from ingest.documents.legacy import know_summary
from ingest.documents.ooxml import know_properties, show_thumbnail
from ingest.draft import MAX_TEXT, MEBI, Draft, Full, Sniffed, Source, Unreadable
from ingest.files.archive import opened
from ingest.files.encoding import Decoded
from ingest.formats.text import Plain
from search.port import Place

_OOXML = "spreadsheetml"
_BINARY = "application/vnd.ms-excel.sheet.binary.macroenabled.12"
_XLS = "application/vnd.ms-excel"
_ODS = "opendocument.spreadsheet"
_MAX_TREE = 8 * MEBI
"""Bytes of sheets (and of pictures, which the tree holds too) up to which a reader that builds a tree is asked."""
_FIRST_LINES = 10_000
_MAX_CELLS = 20_000_000


class FormattedSheet(Embedding):
    """XLSX and XLS through office-oxide, which knows number formats and comments."""

    memory = 1400 * MEBI
    seconds = 30

    def score(self, kind: Sniffed) -> int:
        return 10 if _OOXML in kind.media_type or kind.media_type == _XLS else 0

    def read(self, source: Source, draft: Draft) -> None:
        packed = source.head(2) == b"PK"
        if packed:
            with opened(source) as package:
                know_properties(package, draft)
                size = sum(entry.file_size for entry in package.infolist())
        else:
            size = source.size
            know_summary(source, draft)
        if size > _MAX_TREE:
            raise Unreadable("parser_limit", "too large for a tree")
        document = oxide.opened(source.whole(), "xlsx" if packed else "xls")
        for number, (title, lines) in enumerate(oxide.sections(document, draft), 1):
            draft.pages = number
            add_paragraphs(draft, Place("sheet", number, title), lines)
        _add_drawn(source, draft)
        if not draft.passages:
            draft.warn("no_text")

    def picture(self, source: Source, draft: Draft) -> None:
        if source.head(2) == b"PK":
            with opened(source) as package:
                show_thumbnail(package, draft)


class RawSheet(FormattedSheet):
    """Every sheet that calamine reads: any size, numbers without their formats."""

    def score(self, kind: Sniffed) -> int:
        if kind.media_type == _BINARY or _ODS in kind.media_type:
            return 10
        return super().score(kind) // 2

    def read(self, source: Source, draft: Draft) -> None:
        if source.careful:  # one cell in the last corner makes calamine ask for all the memory there is
            raise Unreadable("parser_limit", "a reader died of this file")
        if source.head(2) == b"PK":
            with opened(source) as package:
                know_properties(package, draft)
                know_properties(package, draft, "meta.xml")
        else:
            know_summary(source, draft)
        with contextlib.closing(_workbook(source.whole())) as book:
            names = book.sheet_names
            draft.pages = len(names)
            for number, name in enumerate(names, 1):
                _read_sheet(book, name, draft, Place("sheet", number, name))
        _add_drawn(source, draft)
        if not draft.passages:
            draft.warn("no_text")


class Separated(Plain):
    """CSV and its like: a sheet whose cells stand between commas, semicolons, tabs or bars."""

    def score(self, kind: Sniffed) -> int:
        return 20 if kind.media_type in ("text/csv", "text/tab-separated-values") else 0

    def _add(self, source: Source, draft: Draft, decoded: Decoded) -> None:
        draft.know("encoding", decoded.encoding)
        first = decoded.text[:_FIRST_LINES].partition("\n")[0]
        between = max(",\t;|", key=first.count)
        try:
            rows = csv.reader(io.StringIO(decoded.text), delimiter=between)
            lines = ("\t".join(" ".join(cell.split()) for cell in row).rstrip("\t") for row in rows)
            add_paragraphs(draft, Place("sheet", 1, source.name.rpartition(".")[0][:80]), lines)
        except csv.Error as error:  # then it is read as any other text
            raise Unreadable("damaged", str(error)) from error
        if source.size > MAX_TEXT:
            raise Full
        if not draft.passages:
            draft.warn("no_text")


def _add_drawn(source: Source, draft: Draft) -> None:
    """What stands beside the cells; the cells count, whatever is wrong with it."""
    with contextlib.suppress(OSError, ValueError, KeyError, LookupError, struct.error):
        if source.head(2) == b"PK":
            with opened(source) as package:
                add_from_package(package, draft)
        else:
            add_from_stream(source, draft)


def _workbook(data: bytes) -> python_calamine.CalamineWorkbook:
    try:
        return python_calamine.load_workbook(io.BytesIO(data))
    except python_calamine.PasswordError as error:
        raise Unreadable("encrypted", str(error)) from error
    except python_calamine.CalamineError as error:
        raise Unreadable("damaged", str(error)) from error


def _read_sheet(book: python_calamine.CalamineWorkbook, name: str, draft: Draft, place: Place) -> None:
    try:
        sheet = book.get_sheet_by_name(name)
    except (python_calamine.CalamineError, ValueError) as error:
        draft.warn("damaged", f"sheet {name!r}: {error}")
        return
    if sheet.total_height * sheet.total_width > _MAX_CELLS:
        raise Unreadable(
            "parser_limit", f"sheet {name!r} has {sheet.total_height} × {sheet.total_width} cells"
        )
    rows = ("\t".join(_shown(value) for value in row).rstrip("\t") for row in sheet.iter_rows())
    add_paragraphs(draft, place, (row for row in rows if row))


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return f"{value:.15g}" if abs(value) < 1e15 else f"{value:.0f}"
    if isinstance(value, datetime.datetime):
        return (
            value.isoformat(" ", "seconds") if value.time() != datetime.time() else value.date().isoformat()
        )
    return str(value)


FORMATS = (FormattedSheet(), RawSheet(), Separated())
