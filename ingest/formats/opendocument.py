"""OpenDocument text and presentations: content and headers as streams."""

import zipfile

from ingest.blocks import add_paragraphs
from ingest.documents.ooxml import know_properties, paragraphs, show_thumbnail
from ingest.draft import MEBI, Draft, Sniffed, Source, Unreadable, locked
from ingest.files.archive import opened, part
from search.port import Place

_TYPES = ("opendocument.text", "opendocument.presentation", "opendocument.graphics")
_MANIFEST = 4 * MEBI


class OpenDocument:
    """ODT and ODP. Text runs stand between elements, so a paragraph is all text below it."""

    memory = 1000 * MEBI
    seconds = 30

    def score(self, kind: Sniffed) -> int:
        return 10 if any(word in kind.media_type for word in _TYPES) else 0

    def read(self, source: Source, draft: Draft) -> None:
        with opened(source) as package:
            if b"encryption-data" in part(package, "META-INF/manifest.xml", _MANIFEST):
                raise locked(source)
            know_properties(package, draft, "meta.xml")
            for name in ("content.xml", "styles.xml"):
                _read_part(package, name, draft)
        if not draft.passages:
            draft.warn("no_text")

    def picture(self, source: Source, draft: Draft) -> None:
        with opened(source) as package:
            show_thumbnail(package, draft)


def _read_part(package: zipfile.ZipFile, name: str, draft: Draft) -> None:
    try:
        with package.open(name) as stream:
            add_paragraphs(draft, Place("whole", 1), paragraphs(stream, letters=(), draft=draft))
    except KeyError:
        if name == "content.xml":
            raise Unreadable("damaged", "the package has no content") from None


FORMATS = (OpenDocument(),)
