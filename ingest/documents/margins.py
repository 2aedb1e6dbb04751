"""What a PDF says beside the text of its pages: notes, values of forms, bookmarks, files that it carries."""

import contextlib
import ctypes
from collections.abc import Iterator
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.blocks import add_paragraphs
from ingest.draft import Draft, Source
from ingest.inner import MAX_INNER, add_inner
from search.port import Place

_MAX_NOTES = 2000
_MAX_MARKS = 5000
_MAX_FILES = 100
_MAX_VALUE = 1 << 16


def add_notes(draft: Draft, page: pypdfium2.PdfPage, number: int) -> None:
    """Add what is noted on a page and filled into its form."""
    count = min(pdfium.FPDFPage_GetAnnotCount(page), _MAX_NOTES)
    lines = [line for index in range(count) if (line := _note(page, index))]
    add_paragraphs(draft, Place("page", number, "批注"), lines)


def add_bookmarks(draft: Draft, document: pypdfium2.PdfDocument) -> None:
    """Add the outline, each entry at the page that it leads to."""
    entries: dict[int, list[str]] = {}
    with contextlib.suppress(pypdfium2.PdfiumError, ValueError):
        for count, mark in enumerate(document.get_toc()):
            if count >= _MAX_MARKS:
                break
            target = mark.get_dest()
            index = target.get_index() if target else None
            entries.setdefault((index or 0) + 1, []).append(mark.get_title())
    for number, titles in sorted(entries.items()):
        add_paragraphs(draft, Place("page", number, "书签"), titles)


def add_files(draft: Draft, document: pypdfium2.PdfDocument, source: Source) -> None:
    """Add names and texts of the files that the document carries, as electronic invoices do."""
    names: list[str] = []
    for number, (name, data) in enumerate(_files(document), 1):
        names.append(name)
        add_inner(draft, number, name, data, source.nest)
    draft.know("attachments", ", ".join(names))


def _files(document: pypdfium2.PdfDocument) -> Iterator[tuple[str, bytes]]:
    for index in range(min(document.count_attachments(), _MAX_FILES)):
        with contextlib.suppress(pypdfium2.PdfiumError):
            carried = document.get_attachment(index)
            size = ctypes.c_ulong()
            pdfium.FPDFAttachment_GetFile(carried, None, 0, ctypes.byref(size))
            data = bytes(carried.get_data()) if 0 < size.value <= MAX_INNER else b""
            yield carried.get_name(), data


def _note(page: pypdfium2.PdfPage, index: int) -> str:
    note = pdfium.FPDFPage_GetAnnot(page, index)
    if not note:
        return ""
    try:
        if pdfium.FPDFAnnot_GetSubtype(note) == pdfium.FPDF_ANNOT_WIDGET:
            name, value = _string(note, b"TU") or _string(note, b"T"), _string(note, b"V")
            return f"{name}: {value}" if name and value else value
        return _string(note, b"Contents")
    finally:
        pdfium.FPDFPage_CloseAnnot(note)


def _string(note: Any, key: bytes) -> str:
    size = pdfium.FPDFAnnot_GetStringValue(note, key, None, 0)
    if not 2 < size <= _MAX_VALUE:
        return ""
    room = ctypes.create_string_buffer(size)
    pdfium.FPDFAnnot_GetStringValue(note, key, ctypes.cast(room, ctypes.POINTER(pdfium.FPDF_WCHAR)), size)
    return room.raw[: size - 2].decode("utf-16-le", "replace").replace("\r", "\n").strip()
