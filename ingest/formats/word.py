"""Word documents: DOCX and DOC, with headers, footers, text boxes, notes and comments."""

import zipfile

from ingest.blocks import add_paragraphs
from ingest.documents import oxide
from ingest.documents.embedded import Embedding
from ingest.documents.legacy import know_summary
from ingest.documents.ooxml import know_properties, numbered, paragraphs, relations, show_thumbnail
from ingest.draft import MEBI, Draft, Sniffed, Source, Unreadable
from ingest.files.archive import opened, part
from search.port import Place

_OOXML = ("wordprocessingml", "ms-word.document.macroenabled", "ms-word.template.macroenabled")
_MAX_TREE = 48 * MEBI
"""Bytes of XML up to which a reader that builds a tree is asked."""
_BODY = Place("whole", 1)
_PLOTS = r"word/(?:charts/chart|diagrams/data)(\d*)\.xml"


class Docx(Embedding):
    """DOCX through office-oxide, the fastest and most complete reader that was measured."""

    memory = 1400 * MEBI
    seconds = 30

    def score(self, kind: Sniffed) -> int:
        return 10 if any(word in kind.media_type for word in _OOXML) else 0

    def read(self, source: Source, draft: Draft) -> None:
        if source.careful:
            raise Unreadable("parser_limit", "a reader died of this file")
        with opened(source) as package:
            know_properties(package, draft)
            if (
                sum(entry.file_size for entry in package.infolist() if entry.filename.endswith(".xml"))
                > _MAX_TREE
            ):
                raise Unreadable("parser_limit", "too much XML for a tree")
            if b"<!DOCTYPE" in part(package, "word/document.xml", 1024):
                raise Unreadable("entity_limit", "the document declares entities")
        text = oxide.plain_text(oxide.opened(source.whole(), "docx"))
        add_paragraphs(draft, _BODY, text.split("\n"))
        _add_plots(source, draft, text)
        if not draft.passages:
            draft.warn("no_text")

    def picture(self, source: Source, draft: Draft) -> None:
        with opened(source) as package:
            show_thumbnail(package, draft)


class DocxStream(Docx):
    """DOCX part by part as a stream: slower, but with no limit to size, and deaf to entities."""

    def score(self, kind: Sniffed) -> int:
        return super().score(kind) // 2

    def read(self, source: Source, draft: Draft) -> None:
        with opened(source) as package:
            know_properties(package, draft)
            for name in _parts(package):
                with package.open(name) as stream:
                    add_paragraphs(draft, _BODY, paragraphs(stream, draft=draft))
        if not draft.passages:
            draft.warn("no_text")


class Doc(Embedding):
    """Word 97 to 2003."""

    memory = 1000 * MEBI
    seconds = 20

    def score(self, kind: Sniffed) -> int:
        return 10 if kind.media_type == "application/msword" else 0

    def read(self, source: Source, draft: Draft) -> None:
        know_summary(source, draft)
        text = oxide.plain_text(oxide.opened(source.whole(), "doc"))
        add_paragraphs(draft, _BODY, text.split("\n"))
        if not draft.passages:
            draft.warn("no_text")

    def picture(self, source: Source, draft: Draft) -> None:
        """The old format holds no picture of its first page."""


def _add_plots(source: Source, draft: Draft, text: str) -> None:
    """What charts and diagrams say that the text does not yet: most readers leave them out."""
    known = frozenset(line.strip() for line in text.split("\n"))
    with opened(source) as package:
        for name in numbered(package.namelist(), _PLOTS):
            with package.open(name) as stream:
                lines = paragraphs(stream, letters=("t", "v"), draft=draft)
                add_paragraphs(draft, _BODY, [line for line in lines if line.strip() not in known])


def _parts(package: zipfile.ZipFile) -> list[str]:
    """The main part, what it points to that holds text, and headers before, footers and notes behind it."""
    names = package.namelist()
    main = [
        name for kind, name in relations(package, "").values() if kind == "officeDocument" and name in names
    ]
    body = main[0] if main else "word/document.xml"
    kinds = ("header", "", "footnotes", "endnotes", "comments", "footer", "glossaryDocument")
    found: list[str] = []
    for kind in kinds:
        found += numbered(names, rf"word/{kind}(\d*)\.xml") if kind else [body]
    if body not in names:
        raise Unreadable("damaged", "the package has no main document")
    return found + numbered(names, _PLOTS)


FORMATS = (Docx(), DocxStream(), Doc())
