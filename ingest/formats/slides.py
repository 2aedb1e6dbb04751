"""Slides: PPTX and PPT, the text of each slide with its notes, charts and tables."""

import zipfile
from typing import Literal

from ingest.blocks import add_paragraphs
from ingest.documents import oxide
from ingest.documents.embedded import Embedding
from ingest.documents.legacy import know_summary
from ingest.documents.ooxml import know_properties, numbered, paragraphs, parsed, relations, show_thumbnail
from ingest.draft import MEBI, Draft, Sniffed, Source, Unreadable
from ingest.files.archive import opened
from search.port import Place

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_BESIDE = ("notesSlide", "chart", "diagramData", "comments")
_PRESENTATION = 16 * MEBI


class Pptx(Embedding):
    """PPTX part by part as streams, so that every slide keeps its number."""

    memory = 1000 * MEBI
    seconds = 30

    def score(self, kind: Sniffed) -> int:
        return (
            10
            if "presentationml" in kind.media_type or "powerpoint.presentation.macro" in kind.media_type
            else 0
        )

    def read(self, source: Source, draft: Draft) -> None:
        with opened(source) as package:
            know_properties(package, draft)
            names = frozenset(package.namelist())
            slides = _order(package) or numbered(names, r"ppt/slides/slide(\d+)\.xml")
            if not slides:
                raise Unreadable("damaged", "the package has no slides")
            draft.pages = len(slides)
            for number, name in enumerate(slides, 1):
                _read_slide(package, name, draft, Place("slide", number))
        if not draft.passages:
            draft.warn("no_text")

    def picture(self, source: Source, draft: Draft) -> None:
        with opened(source) as package:
            show_thumbnail(package, draft)


class PptxWhole(Pptx):
    """PPTX through office-oxide, when the package cannot be walked."""

    def score(self, kind: Sniffed) -> int:
        return super().score(kind) // 2

    def read(self, source: Source, draft: Draft) -> None:
        with opened(source) as package:
            know_properties(package, draft)
        _read_sections(source.whole(), "pptx", draft)


class Ppt(Embedding):
    """PowerPoint 97 to 2003."""

    memory = 1000 * MEBI
    seconds = 20

    def score(self, kind: Sniffed) -> int:
        return 10 if kind.media_type == "application/vnd.ms-powerpoint" else 0

    def read(self, source: Source, draft: Draft) -> None:
        know_summary(source, draft)
        _read_sections(source.whole(), "ppt", draft)

    def picture(self, source: Source, draft: Draft) -> None:
        """The old format holds no picture of its first slide."""


def _order(package: zipfile.ZipFile) -> list[str]:
    """The slides in the order in which they are shown, which is not that of their file names."""
    names = frozenset(package.namelist())
    main = next(
        (name for kind, name in relations(package, "").values() if kind == "officeDocument"),
        "ppt/presentation.xml",
    )
    if main not in names:
        return []
    with package.open(main) as stream:
        tree = parsed(stream.read(_PRESENTATION))
    targets = relations(package, main)
    ids = [
        element.get(_RELATION) or element.get(_STRICT_RELATION) or ""
        for element in (tree.iter("{*}sldId") if tree is not None else ())
    ]
    return [targets[key][1] for key in ids if key in targets and targets[key][1] in names]


def _read_slide(package: zipfile.ZipFile, name: str, draft: Draft, place: Place) -> None:
    beside = sorted(
        relations(package, name).values(),
        key=lambda pair: _BESIDE.index(pair[0]) if pair[0] in _BESIDE else 9,
    )
    names = [name, *(target for kind, target in beside if kind in _BESIDE)]
    for part_name in names:
        letters = ("t", "v") if "/charts/" in part_name else ("t", "text")
        try:
            with package.open(part_name) as stream:
                add_paragraphs(draft, place, paragraphs(stream, letters=letters, draft=draft))
        except KeyError:
            draft.warn("damaged", f"the part {part_name!r} is missing")


def _read_sections(data: bytes, kind: Literal["ppt", "pptx"], draft: Draft) -> None:
    for number, (_, lines) in enumerate(oxide.sections(oxide.opened(data, kind), draft), 1):
        draft.pages = number
        add_paragraphs(draft, Place("slide", number), lines)
    if not draft.passages:
        draft.warn("no_text")


FORMATS = (Pptx(), PptxWhole(), Ppt())
