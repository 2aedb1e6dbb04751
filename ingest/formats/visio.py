"""Visio drawings since 2013: the words of each page."""

from collections.abc import Iterator
from typing import Any

from ingest.blocks import add_paragraphs
from ingest.documents.ooxml import know_properties, local, numbered, parsed, show_thumbnail
from ingest.draft import MEBI, Draft, Sniffed, Source, Unreadable
from ingest.files.archive import opened, part
from search.port import Place

_PAGE = 32 * MEBI
"""Bytes of XML of one page that are read."""


class Vsdx:
    """VSDX page by page: shapes hold their words in mixed text, fields included as they were last shown."""

    memory = 1000 * MEBI
    seconds = 30

    def score(self, kind: Sniffed) -> int:
        return 10 if kind.media_type == "application/vnd.ms-visio.drawing" else 0

    def read(self, source: Source, draft: Draft) -> None:
        with opened(source) as package:
            know_properties(package, draft)
            pages = numbered(frozenset(package.namelist()), r"visio/pages/page(\d+)\.xml")
            if not pages:
                raise Unreadable("damaged", "the drawing has no pages")
            draft.pages = len(pages)
            for number, name in enumerate(pages, 1):
                tree = parsed(part(package, name, _PAGE))
                if tree is None:
                    draft.warn("damaged", f"the part {name!r} cannot be read")
                    continue
                add_paragraphs(draft, Place("page", number), _words(tree))
        if not draft.passages:
            draft.warn("no_text")

    def picture(self, source: Source, draft: Draft) -> None:
        with opened(source) as package:
            show_thumbnail(package, draft)


def _words(tree: Any) -> Iterator[str]:
    for element in tree.iter():
        if local(element) == "Text" and (said := "".join(element.itertext()).strip()):
            yield said


FORMATS = (Vsdx(),)
