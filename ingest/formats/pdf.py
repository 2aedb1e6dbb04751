"""PDF: text and notes of each page, facts, what it carries, and page 1 as a picture, by pdfium."""

import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

from ingest.documents.margins import add_bookmarks, add_files, add_notes
from ingest.documents.signed import know_signatures
from ingest.draft import MAX_PASSAGES, MEBI, Draft, Full, Sniffed, Source, Unreadable, locked
from ingest.files.moments import pdf_moment
from ingest.pictures.previews import HEIGHT, WIDTH, show
from ingest.recognition.sheets import LONGEST
from search.port import Place, PlaceKind

_MAX_STREAM = 256 * MEBI
_PASSWORD_ERROR = 4
_FINEST = 4.0
"""Scale beyond which a small page is not enlarged to be read: 288 dots per inch."""
_FEW = 16
"""Characters below which a layer of text is none: a page number, a stamp of the scanner."""
_SOME = 160
"""Characters below which a page that is mostly one picture is recognised in spite of its layer of text."""
_STRANGE = re.compile(r"[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f]")
_MAX_OBJECTS = 2000
_STREAM = re.compile(rb"stream\r?\n")
_FACTS = (
    ("Title", "title"),
    ("Author", "author"),
    ("Subject", "subject"),
    ("Keywords", "keywords"),
    ("Creator", "producer"),
)


class Pdf:
    """One process reads one document at a time: pdfium has no threads."""

    memory = 1200 * MEBI
    seconds = 30
    unit: PlaceKind = "page"

    def score(self, kind: Sniffed) -> int:
        return 10 if kind.media_type == "application/pdf" else 0

    def read(self, source: Source, draft: Draft) -> None:
        if source.careful:
            _refuse_bomb(source.whole())
        with _opened(source) as document:
            draft.pages = len(document)
            for name, fact in _FACTS:
                draft.know(fact, document.get_metadata_value(name))
            draft.know("created", pdf_moment(document.get_metadata_value("CreationDate")))
            draft.know("modified", pdf_moment(document.get_metadata_value("ModDate")))
            _read_pages(document, draft, forced=source.forced)
            add_bookmarks(draft, document)
            add_files(draft, document, source)
            know_signatures(draft, source, pdfium.FPDF_GetSignatureCount(document.raw))
        if not draft.passages:
            draft.warn("no_text", "no page has a text layer")

    def picture(self, source: Source, draft: Draft) -> None:
        if draft.warning == "parser_limit":
            return
        with _opened(source) as document:
            page = document[0]
            width, height = page.get_size()
            if width <= 0 or height <= 0:
                return
            bitmap = page.render(scale=min(WIDTH / width, HEIGHT / height), may_draw_forms=False)
            show(bitmap.to_pil(), draft)

    def sheet(self, source: Source, number: int) -> Image.Image:
        """See `ingest.recognition.sheets.Shows`."""
        with _opened(source) as document:
            page = document[number - 1]
            scale = min(LONGEST / max(1.0, *page.get_size()), _FINEST)
            image: Image.Image = page.render(scale=scale, may_draw_forms=False).to_pil()
            return image.convert("RGB")


@contextmanager
def _opened(source: Source) -> Iterator[pypdfium2.PdfDocument]:
    data = source.whole()
    start = max(data.find(b"%PDF-", 0, 1024), 0)
    try:
        document = pypdfium2.PdfDocument(data[start:] if start else data, password=source.password or None)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", 0) == _PASSWORD_ERROR or "password" in str(error).lower():
            raise locked(source) from error
        raise Unreadable("damaged", str(error)) from error
    try:
        yield document
    finally:
        document.close()


def _read_pages(document: pypdfium2.PdfDocument, draft: Draft, *, forced: bool) -> None:
    broken = 0
    for index in range(min(len(document), MAX_PASSAGES)):
        if draft.clock() > draft.deadline:
            raise Full
        try:
            page = document[index]
            words = page.get_textpage()
            text = words.get_text_bounded()
            words.close()
            if forced or _is_picture(page, text):
                draft.unread.append(index + 1)
            if forced:
                text = ""
        except pypdfium2.PdfiumError:
            broken += 1
            continue
        draft.add(
            Place("page", index + 1),
            text.replace("\ufffe\r\n", "").replace("\ufffe", "").replace("\r\n", "\n"),
        )
        add_notes(draft, page, index + 1)
        page.close()
    if broken:
        draft.warn("damaged", f"{broken} pages cannot be read")
    if len(document) > MAX_PASSAGES:
        raise Full


def _is_picture(page: pypdfium2.PdfPage, text: str) -> bool:
    """Whether a page has to be recognised: it shows something, and its layer of text does not say what."""
    said = len("".join(text.split()))
    if said >= _FEW and len(_STRANGE.findall(text)) > 0.2 * said:
        return True
    if said >= _SOME:
        return False
    objects = pdfium.FPDFPage_CountObjects(page)
    if not said:
        return bool(objects > 0)
    if said < _FEW:
        return any(one.type != pdfium.FPDF_PAGEOBJ_TEXT for one in page.get_objects(max_depth=1))
    return objects < _MAX_OBJECTS and _pictured_share(page) > 0.5


def _pictured_share(page: pypdfium2.PdfPage) -> float:
    """Share of the page that its largest picture covers."""
    width, height = page.get_size()
    sizes = [0.0]
    for image in page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_IMAGE,), max_depth=2):
        left, bottom, right, top = image.get_bounds()
        sizes.append((right - left) * (top - bottom))
    return float(max(sizes) / max(1.0, width * height))


def _refuse_bomb(data: bytes) -> None:
    """Unpack every deflated stream without keeping it: pdfium would hold and search all of it (B15)."""
    for found in _STREAM.finditer(data):
        unpack, total, chunk = zlib.decompressobj(), 0, data[found.end() : found.end() + 32 * MEBI]
        try:
            while chunk and not unpack.eof:
                total += len(unpack.decompress(chunk, MEBI))
                chunk = unpack.unconsumed_tail
                if total > _MAX_STREAM:
                    raise Unreadable("parser_limit", "a stream unpacks to more than 256 MiB")
        except zlib.error:
            continue


FORMATS = (Pdf(),)
