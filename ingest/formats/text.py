"""Plain text of every kind, in every encoding, with the number of its lines as place."""

from ingest.blocks import add_lines
from ingest.documents.markup import bare, plain, title
from ingest.draft import MAX_TEXT, MEBI, Draft, Full, Sniffed, Source
from ingest.files.encoding import Decoded, decode, decode_markup

_PLAIN = ("application/json", "application/yaml", "application/javascript")
_HTML = ("text/html", "application/xhtml+xml")


class Plain:
    """Text that is read as it stands: TXT, CSV, Markdown, JSON, logs, sources."""

    memory = 1200 * MEBI
    seconds = 30

    def score(self, kind: Sniffed) -> int:
        return 5 if kind.media_type.startswith("text/") or kind.media_type in _PLAIN else 0

    def read(self, source: Source, draft: Draft) -> None:
        self._add(source, draft, decode(source.head(MAX_TEXT), cut=source.size > MAX_TEXT))

    def picture(self, source: Source, draft: Draft) -> None:
        """Text is its own preview."""

    def _add(self, source: Source, draft: Draft, decoded: Decoded) -> None:
        draft.know("encoding", decoded.encoding)
        add_lines(draft, decoded.text)
        if source.size > MAX_TEXT:
            raise Full
        if not draft.passages:
            draft.warn("no_text")


class Xml(Plain):
    """XML and SVG as they stand: nothing is resolved, so nothing can be fetched or blown up."""

    def score(self, kind: Sniffed) -> int:
        return 10 if kind.media_type in ("application/xml", "image/svg+xml") else 0

    def read(self, source: Source, draft: Draft) -> None:
        self._add(source, draft, decode_markup(source.head(MAX_TEXT), cut=source.size > MAX_TEXT))


class Html(Plain):
    """HTML as a reader sees it; decoded before any parser sees it."""

    def score(self, kind: Sniffed) -> int:
        return 10 if kind.media_type in _HTML else 0

    def read(self, source: Source, draft: Draft) -> None:
        decoded = decode_markup(source.head(MAX_TEXT), cut=source.size > MAX_TEXT)
        draft.know("title", title(decoded.text))
        text = bare(decoded.text) if source.careful else plain(decoded.text)
        self._add(source, draft, Decoded(text, decoded.encoding))


FORMATS = (Plain(), Xml(), Html())
