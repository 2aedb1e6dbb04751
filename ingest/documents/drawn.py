"""Words of a workbook that stand in no cell: text boxes, charts, diagrams, heads and feet of printed pages."""

import html
import re
import struct
import zipfile
from collections.abc import Iterator

import olefile

from ingest.blocks import add_paragraphs
from ingest.documents.ooxml import paragraphs, parsed, relations
from ingest.draft import MEBI, Draft, Source
from ingest.files.archive import part
from search.port import Place

_RELATION = re.compile(r"\{.*\}id")
_SMALL = 8 * MEBI
"""Bytes of a sheet up to which its heads and feet are looked for; they stand behind all cells."""
_BESIDE = ("drawing", "chart", "diagramData", "vmlDrawing")
_MARGIN = re.compile(rb"<(?:odd|even|first)(?:Header|Footer)>([^<]*)<")
_CODES = re.compile(r'&(?:"[^"]*"|K[0-9A-F]{6}|\d+|[A-JL-Z])', re.IGNORECASE)
_BOX, _MORE, _SHEET, _HEAD, _FOOT = 0x01B6, 0x3C, 0x85, 0x14, 0x15


def add_from_package(package: zipfile.ZipFile, draft: Draft) -> None:
    """Those of an XLSX file, sheet by sheet; what the draft says already is not said again."""
    known = _known(draft)
    names = frozenset(package.namelist())
    for number, (title, sheet) in enumerate(_sheets(package), 1):
        if sheet not in names:
            continue
        place = Place("sheet", number, title)
        for name in _beside(package, sheet):
            if name in names and "vmlDrawing" not in name:
                with package.open(name) as stream:
                    _add(draft, place, paragraphs(stream, letters=("t",), draft=draft), known)
        if package.getinfo(sheet).file_size <= _SMALL:
            found = _MARGIN.findall(part(package, sheet, _SMALL))
            lines = (html.unescape(one.decode("utf-8", "replace")) for one in found)
            _add(draft, place, (_CODES.sub(" ", line) for line in lines), known)


def add_from_stream(source: Source, draft: Draft) -> None:
    """Those of an XLS file of 1997 and later ([MS-XLS]: TxO, Header, Footer)."""
    known, starts, at = _known(draft), list[int](), 0
    data = _stream(source)
    while at + 4 <= len(data):
        kind, length = struct.unpack("<HH", data[at : at + 4])
        body = data[at + 4 : at + 4 + length]
        if kind == _SHEET:
            starts.append(int.from_bytes(body[:4], "little"))
        elif kind in (_BOX, _HEAD, _FOOT) and len(body) > 3:
            said = _boxed(data, at + 4 + length, body) if kind == _BOX else _margin(body)
            number = sum(start <= at for start in starts) or 1
            _add(draft, Place("sheet", number, _title(draft, number)), said.split("\n"), known)
        at += 4 + length


def _sheets(package: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Titles of the sheets and names of their parts, in the order of the workbook."""
    main = next(
        (name for kind, name in relations(package, "").values() if kind == "officeDocument"),
        "xl/workbook.xml",
    )
    tree = parsed(part(package, main, _SMALL))
    targets = relations(package, main)
    for element in tree.iter("{*}sheet") if tree is not None else ():
        key = next((value for name, value in element.items() if _RELATION.fullmatch(name)), "")
        yield element.get("name", ""), targets.get(key, ("", ""))[1]


def _beside(package: zipfile.ZipFile, name: str) -> list[str]:
    """Drawings of a sheet, and the charts and diagrams on them."""
    found = [target for kind, target in relations(package, name).values() if kind in _BESIDE]
    return found + [
        target for one in found for kind, target in relations(package, one).values() if kind in _BESIDE
    ]


def _stream(source: Source) -> bytes:
    with olefile.OleFileIO(source.open()) as package:
        if not package.exists("Workbook"):
            return b""
        with package.openstream("Workbook") as stream:
            return bytes(stream.read())


def _boxed(data: bytes, at: int, box: bytes) -> str:
    """The letters of a text box stand in the record behind it, each in one byte or two."""
    count = int.from_bytes(box[10:12], "little")
    if at + 5 > len(data) or data[at : at + 2] != struct.pack("<H", _MORE):
        return ""
    length = int.from_bytes(data[at + 2 : at + 4], "little")
    return _letters(data[at + 5 : at + 4 + length], count, wide=bool(data[at + 4] & 1))


def _margin(body: bytes) -> str:
    count = int.from_bytes(body[:2], "little")
    return _CODES.sub(" ", _letters(body[3:], count, wide=bool(body[2] & 1)))


def _letters(data: bytes, count: int, *, wide: bool) -> str:
    return (data[: 2 * count] if wide else data[:count]).decode("utf-16-le" if wide else "cp1252", "replace")


def _known(draft: Draft) -> set[str]:
    """What cells and comments say, a line or a cell each."""
    return {
        cell.strip()
        for passage in draft.passages
        for line in passage.text.split("\n")
        for cell in line.split("\t")
    }


def _title(draft: Draft, number: int) -> str:
    places = (passage.place for passage in draft.passages)
    return next((place.label for place in places if place.number == number), "")


def _add(draft: Draft, place: Place, lines: "Iterator[str] | list[str]", known: set[str]) -> None:
    new = [line for line in map(str.strip, lines) if line and line not in known]
    known.update(new)
    add_paragraphs(draft, place, new)
