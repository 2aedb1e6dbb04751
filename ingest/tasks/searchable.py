"""The task of a cell that lays what was recognised over the pages it stands on: a PDF that can be searched and copied."""

import ctypes
import io
import os
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any, BinaryIO, cast

import pypdfium2
import pypdfium2.raw as pdfium

from ingest import texts
from ingest.draft import MEBI, Source, Unreadable
from ingest.files.sniff import sniff
from ingest.formats import ranked
from ingest.jail.frames import Allow, Reply
from ingest.recognition.sheets import Shows
from ingest.tasks.blank_font import EM, NARROW, WIDE, WIDTHS, blank_font

MEMORY = 2000 * MEBI
SECONDS = 600
MOST_LETTERS = 30_000
"""Different characters of one file; the font of a PDF has room for twice as many."""
_WHOLE = 10_000
_BASELINE = 0.14
"""Where the line stands on which letters rest, as share of their box from below."""
_QUALITY = 80
_DOTS = 200
"""Dots per inch that a picture is taken for when it does not say: what the networks read best."""
_POINTS = 72

Point = tuple[float, float]


def make(order: Mapping[str, Any], file: int, allow: Allow) -> Reply:
    """Write the open `file`, with the text object `order["beside"]` over its pages, into `order["out"]`.

    The answer says on how many pages text was laid; nothing is written if that is none.
    """
    allow(MEMORY, SECONDS)
    with (
        os.fdopen(os.dup(file), "rb") as original,
        os.fdopen(os.dup(order["beside"]), "rb") as said,
        os.fdopen(os.dup(order["out"]), "w+b") as out,
    ):
        original.seek(0)  # the worker, who shares its places in the files, has just written them
        said.seek(0)
        pages = layered(Source(original, str(order.get("name", ""))), iter(lambda: said.read(MEBI), b""), out)
    return Reply({"media_type": "application/pdf", "laid": pages})


def layered(source: Source, said: Iterable[bytes], out: BinaryIO) -> int:
    """Write `source` as a PDF with the recognised passages of the text object `said` over it; how many pages have some.

    Raises `Unreadable`, `texts.BadText`, and what pdfium raises.
    """
    pages = {
        passage.place.number: _Words(passage.text, boxes)
        for passage, boxes in texts.load_boxed(said)
        if boxes and passage.place.kind == "page"
    }
    if not pages:
        return 0
    picture = sniff(source).media_type != "application/pdf"
    document = _pictured(source, max(pages)) if picture else _opened(source)
    try:
        script = _Script(document, "".join(words.text for words in pages.values()))
        laid = [number for number in sorted(pages) if number <= len(document)]
        for number in laid:
            _lay(document, number - 1, pages[number], script)
        document.save(out)
    finally:
        document.close()
    return len(laid)


@dataclass(frozen=True, slots=True)
class _Words:
    """What stands on one page."""

    text: str
    boxes: Sequence[texts.Box]


class _Script:
    """The font of one document: each of its letters has a number, and the PDF a table that says which is which."""

    def __init__(self, document: pypdfium2.PdfDocument, text: str) -> None:
        letters = sorted(set(text) - {"\n", "\t"})[:MOST_LETTERS]
        self._numbers = {letter: number for number, letter in enumerate(letters, 1)}
        blocks = b"".join(_block(letter).to_bytes(2, "big") for letter in letters)
        file, shown = blank_font(), b"\0\0" + blocks
        # pdfium copies both before it returns
        self.font = pdfium.FPDFText_LoadCidType2Font(
            document.raw, _bytes(file), len(file), _meaning(self._numbers), _bytes(shown), len(shown)
        )
        if not self.font:
            raise Unreadable("parser_limit", "no font for what was recognised")

    def numbers(self, text: str) -> list[int]:
        """The letters of `text` by their numbers."""
        return [self._numbers[letter] for letter in text if letter in self._numbers]


def _opened(source: Source) -> pypdfium2.PdfDocument:
    data = source.whole()
    start = max(data.find(b"%PDF-", 0, 1024), 0)
    try:
        return pypdfium2.PdfDocument(data[start:] if start else data)
    except pypdfium2.PdfiumError as error:
        raise Unreadable("damaged", str(error)) from error


def _pictured(source: Source, last: int) -> pypdfium2.PdfDocument:
    """The pages of a picture, upright, as a PDF; those that cannot be shown are left white."""
    shows = next((reader for reader in ranked(sniff(source)) if isinstance(reader, Shows)), None)
    if shows is None:
        raise Unreadable("unknown_type", "its pages cannot be shown")
    document = pypdfium2.PdfDocument.new()
    for number in range(1, last + 1):
        image = shows.sheet(source, number)
        width, height = (side * _POINTS / _DOTS for side in image.size)
        packed = io.BytesIO()
        image.convert("RGB").save(packed, "JPEG", quality=_QUALITY)
        picture = pypdfium2.PdfImage.new(document)
        picture.load_jpeg(packed, inline=True)
        picture.set_matrix(pypdfium2.PdfMatrix().scale(width, height))
        page = document.new_page(width, height)
        page.insert_obj(picture)
        page.gen_content()
        page.close()
    return document


def _lay(document: pypdfium2.PdfDocument, index: int, words: _Words, script: _Script) -> None:
    page = document[index]
    _peel(page)
    for piece, corners in _pieces(words):
        numbers = script.numbers(piece)
        if numbers:
            at = cast("tuple[Point, Point, Point]", tuple(_on_page(page, corner) for corner in corners))
            _write(document, page, script, numbers, (sum(WIDTHS[_block(one)] for one in piece) / EM, at))
    page.gen_content()
    page.close()


def _peel(page: pypdfium2.PdfPage) -> None:
    """Take off what a scanner's own program laid over a page: it was found not to say what stands there.

    Only from a page of plain pictures: the rest of such a page is written anew as it was.
    """
    objects = list(page.get_objects(max_depth=1))
    if any(one.type not in (pdfium.FPDF_PAGEOBJ_TEXT, pdfium.FPDF_PAGEOBJ_IMAGE) for one in objects):
        return
    for one in objects:
        if pdfium.FPDFTextObj_GetTextRenderMode(one.raw) == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE:
            page.remove_obj(one)
            one.close()


Corners = tuple[Point, Point, Point]
"""Where a piece begins below, where it ends below, where it begins above: shares of the page from its top left."""


def _pieces(words: _Words) -> Iterator[tuple[str, Corners]]:
    """Pieces of each line that are equally wide letter by letter, one close behind the other."""
    for box in words.boxes:
        line = words.text[box.start : box.start + len(box.middles)]
        edges = _edges(box.middles[: len(line)])
        start = 0
        for _, letters in groupby(line, _kind):
            piece = "".join(letters)
            end = start + len(piece)
            yield piece, _between(box.corners, edges[start], edges[end])
            start = end


def _edges(middles: Sequence[int]) -> list[float]:
    """Where letters begin and end along their line, as shares of it: half-way between their middles."""
    if not middles:
        return [0.0, 1.0]
    step = (middles[-1] - middles[0]) / max(1, len(middles) - 1) / 2 or _WHOLE / 2
    inner = [(one + other) / 2 for one, other in pairwise(middles)]
    return [min(1.0, max(0.0, edge / _WHOLE)) for edge in (middles[0] - step, *inner, middles[-1] + step)]


def _between(corners: Sequence[int], begin: float, end: float) -> Corners:
    above = [(corners[0], corners[1]), (corners[2], corners[3])]
    below = [(corners[6], corners[7]), (corners[4], corners[5])]

    def along(edge: list[tuple[int, int]], share: float) -> Point:
        (x, y), (to_x, to_y) = edge
        return (x + share * (to_x - x)) / _WHOLE, (y + share * (to_y - y)) / _WHOLE

    return along(below, begin), along(below, end), along(above, begin)


def _on_page(page: pypdfium2.PdfPage, point: Point) -> Point:
    """A share of the page as it is shown, in the units of its contents: pages are turned and cut in many ways."""
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDF_DeviceToPage(
        page.raw, 0, 0, 10 * _WHOLE, 10 * _WHOLE, 0, *(round(share * 10 * _WHOLE) for share in point), x, y
    )
    return x.value, y.value


def _write(
    document: pypdfium2.PdfDocument,
    page: pypdfium2.PdfPage,
    script: _Script,
    numbers: Sequence[int],
    shape: tuple[float, Corners],
) -> None:
    """Write letters, `shape[0]` wide when one is high as 1, from corner to corner so that nobody sees them."""
    width, ((x, y), (end_x, end_y), (above_x, above_y)) = shape
    height = max(0.1, ((above_x - x) ** 2 + (above_y - y) ** 2) ** 0.5)
    written = pdfium.FPDFPageObj_CreateTextObj(document.raw, script.font, height)
    pdfium.FPDFText_SetCharcodes(written, (ctypes.c_uint32 * len(numbers))(*numbers), len(numbers))
    pdfium.FPDFTextObj_SetTextRenderMode(written, pdfium.FPDF_TEXTRENDERMODE_INVISIBLE)
    across, up = height * width, height
    matrix = pdfium.FS_MATRIX(
        (end_x - x) / across,
        (end_y - y) / across,
        (above_x - x) / up,
        (above_y - y) / up,
        x + _BASELINE * (above_x - x),
        y + _BASELINE * (above_y - y),
    )
    pdfium.FPDFPageObj_SetMatrix(written, matrix)
    pdfium.FPDFPage_InsertObject(page.raw, written)


def _kind(letter: str) -> str:
    if letter == " ":
        return " "
    return "wide" if _block(letter) == WIDE else "narrow"


def _block(letter: str) -> int:
    return WIDE if unicodedata.east_asian_width(letter) in "WFA" else NARROW


def _bytes(data: bytes) -> Any:
    return (ctypes.c_ubyte * len(data)).from_buffer_copy(data)


def _meaning(numbers: Mapping[str, int]) -> bytes:
    """The table that tells readers which letter a number stands for (ISO 32000-1, 9.10.3)."""
    rows = [f"<{number:04X}> <{letter.encode('utf-16-be').hex()}>" for letter, number in numbers.items()]
    lots = [rows[start : start + 100] for start in range(0, len(rows), 100)]
    table = "\n".join(f"{len(lot)} beginbfchar\n" + "\n".join(lot) + "\nendbfchar" for lot in lots)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n{table}\n"
        "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    ).encode()
