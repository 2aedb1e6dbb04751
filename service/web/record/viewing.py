"""What the viewer of the record page shows: which file, in which way, from which place."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlencode

from flask import request

from ingest import texts
from ingest.pictures.strips import moments
from search.port import Passage
from service.api.delivery import INLINE
from service.domain.holdings import FileView, Page, RecordView
from service.domain.permissions import Actor
from service.errors import NotFound
from service.web import shown
from service.web.language import translated as _
from service.web.record import marking
from service.web.record.grids import Grid, grid
from service.web.record.letters import Letter, letter
from service.web.record.peek import best_file
from service.web.record.reading import Reading, window, words_of
from service.web.record.trees import Tree, tree
from service.wiring import Fonds

PageHits = tuple[int, int, list[str], list[list[texts.Spot]]]
"""Page, how many hits, the words as they stand there, and of a recognised page where each hit stands."""

Native = Literal["", "pdf", "image", "video", "audio"]
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")

PLAYERS: Mapping[str, Native] = {"video": "video", "audio": "audio"}
"""Families whose proxy is played where browsers do not play the original."""

MAX_HIT_PAGES = 2000
"""Pages of one file whose hits are told to the viewer."""

MAX_INSIDE = 3000
"""Files inside the shown one that are named beside it."""

NOTHING = Page(())

UNSAFE = ("encrypted", "damaged", "bomb", "parser_limit", "pixels")
"""Warnings of ingest after which the original is not handed to a browser's decoder."""

TEXT_FIRST = ("sheet", "slides", "mail", "archive")
"""Families whose text says more than the picture of their first page."""


DRAWN_FIRST = ("word", "slides")
"""Families of which the drawn pages are shown first; spreadsheets are read as tables."""


@dataclass(frozen=True, slots=True)
class Viewing:
    """What the viewer shows of a record. At most one of `reading`, `grid`, `letter` and `tree` is there."""

    record: RecordView
    file: FileView | None
    view: str
    at: str
    question: str
    native: Native = ""
    views: Sequence[tuple[str, str]] = ()
    """The ways to see the file, as (name in the address, word)."""
    reading: Reading | None = None
    grid: Grid | None = None
    letter: Letter | None = None
    tree: Tree | None = None
    around: Sequence[FileView] = ()
    """The files that the shown one lies inside, the outermost first."""
    inside: Page = NOTHING
    """Files that lie inside the shown one."""

    def by_part(self) -> Mapping[int, str]:
        """Part of the text → the file that lies there."""
        return {one.number: one.id for one in self.inside.items}

    def by_name(self) -> Mapping[str, str]:
        """Name of an attachment → the file that it is."""
        return {one.path: one.id for one in self.inside.items}

    making: bool = False
    """Whether pages or a proxy are still to be made of it."""

    @property
    def proxied(self) -> bool:
        """Whether what is played was made of the original."""
        return bool(self.file and self.native in PLAYERS and "proxy" in self.file.renditions)

    @property
    def layered(self) -> bool:
        """Whether the pages that are shown have the recognised text over them."""
        found = self.view == "layered" or (self.view == "original" and self.native == "pdf")
        return bool(self.file and found and "searchable" in self.file.renditions)

    @property
    def source(self) -> str:
        """Where the viewer takes its pages, pictures or sound from: the original, or what was made of it."""
        if self.file is None:
            return ""
        made = "pages" if self.view == "pages" else "proxy" if self.proxied else ""
        made = "searchable" if self.layered else made
        at = f"/api/v1/files/{self.file.id}"
        return f"{at}/renditions/{made}" if made else f"{at}/content"

    @property
    def cells(self) -> Sequence[tuple[int, str]]:
        """Second and name of each picture of a film's strip."""
        if self.file is None or "strip" not in self.file.renditions:
            return ()
        found = [int(second) for second in moments(seconds_of(self.file))]
        return [(second, shown.place("second", second)) for second in found]

    def address(self, **changed: str) -> str:
        """The record with another file, view or place."""
        state = {
            "file": self.file.id if self.file else "",
            "view": "",
            "at": "",
            "q": self.question,
        } | changed
        return f"/records/{self.record.id}?" + urlencode(
            {key: value for key, value in state.items() if value}
        )

    def hits_address(self) -> str:
        """Where the viewer of PDFs asks on which pages the question stands; "" if there is nothing to ask."""
        if not (self.file and self.file.has_text and self.question):
            return ""
        drawn = {"of": "pages"} if self.view == "pages" else {}
        return f"/files/{self.file.id}/hits?" + urlencode({"q": self.question} | drawn)

    def picture_address(self) -> str:
        """The picture itself where browsers show it as it is meant; inks they turn into glaring light."""
        if not self.file:
            return ""
        own = self.file.media_type in _PICTURES and self.file.facts.get("mode") != "CMYK"
        return f"/api/v1/files/{self.file.id}/{'content' if own else 'preview'}"

    def opens_alone(self) -> bool:
        """Whether the original can stand in a window of its own: browsers keep PDFs out of a sandbox."""
        return bool(
            self.file and self.file.media_type in INLINE and self.native in ("image", "video", "audio")
        )


def of_request(fonds: Fonds, actor: Actor, record: RecordView) -> Viewing:
    """What the address of the request wants to see of `record`, as far as it may be seen."""
    args = request.args
    chosen = _chosen(fonds, actor, record, args.get("file", ""))
    question, at = _question(), args.get("at", "")
    if chosen is None or "read_content" not in record.may:
        return Viewing(record, chosen, "page", at, question)
    native = native_of(chosen)
    views = _views(chosen, native)
    view = args.get("view", "")
    if view not in [name for name, _word in views]:
        view = _first_view(chosen, native, at=bool(question or at)) if views else "page"
    making = chosen.state == "done" and fonds.files.in_making(chosen)
    around = fonds.files.around(actor, chosen.id) if chosen.parent else ()
    inside = fonds.files.members(actor, chosen.id, limit=MAX_INSIDE) if chosen.members else NOTHING
    seen = Viewing(
        record, chosen, view, at, question, native, views, making=making, around=around, inside=inside
    )
    return _with_text(fonds, actor, seen) if view == "text" else seen


def _chosen(fonds: Fonds, actor: Actor, record: RecordView, wanted: str) -> FileView | None:
    """The file of the address: one of the record's, or one that lies inside one of them."""
    for one in record.files:
        if one.id == wanted:
            return one
    if wanted:
        with suppress(NotFound):
            inner = fonds.files.get(actor, wanted)
            if inner.record_id == record.id and inner.parent:
                return inner
    return best_file(record)


def page_hits(fonds: Fonds, actor: Actor, file_id: str) -> list[PageHits]:
    """Pages with hits, ascending. Raises `NotFound`."""
    words = words_of(fonds, _question())
    found: list[PageHits] = []
    for passage, boxes in _paged(fonds, actor, file_id) if words else ():
        marks = marking.marks(passage.text, words) if passage.place.kind == "page" else []
        if marks:
            said = dict.fromkeys(passage.text[start:end] for start, end in marks)
            spots = [spots for start, end in marks if (spots := texts.spots(boxes, start, end))]
            found.append((passage.place.number, len(marks), list(said), spots))
    return _by_page(found)[:MAX_HIT_PAGES]


def _paged(fonds: Fonds, actor: Actor, file_id: str) -> Sequence[tuple[Passage, Sequence[texts.Box]]]:
    if request.args.get("of") != "pages":
        return fonds.files.boxed_text(actor, file_id)
    return [(passage, ()) for passage in fonds.files.pages_text(actor, file_id)]


def seconds_of(file: FileView) -> float:
    """How long a film or sound is, 0 where it does not say."""
    try:
        return float(file.facts.get("duration", ""))
    except ValueError:
        return 0.0


def native_of(file: FileView) -> Native:
    """What a browser, with the scripts of the page, shows of the original or its proxy; "" for nothing."""
    if not file.settled or file.warning in UNSAFE or "unlocked" in file.facts:
        return ""
    if "proxy" in file.renditions:
        return PLAYERS.get(file.family, "")
    if file.media_type == "application/pdf":
        return "pdf"
    if file.media_type in INLINE and file.media_type.partition("/")[0] in ("image", "video", "audio"):
        kinds: dict[str, Native] = {"image": "image", "video": "video", "audio": "audio"}
        return kinds[file.media_type.partition("/")[0]]
    return "image" if file.family == "image" and file.has_preview else ""


def _question() -> str:
    return request.args.get("q", "").strip()[:1000]


def _by_page(found: Sequence[PageHits]) -> list[PageHits]:
    """One line a page: a long page is several passages."""
    pages: dict[int, PageHits] = {}
    for page, count, said, spots in found:
        _, before, words, earlier = pages.get(page, (page, 0, [], []))
        new = [word for word in said if word not in words]
        pages[page] = (page, before + count, [*words, *new], [*earlier, *spots])
    return [hits for _, hits in sorted(pages.items())]


def _views(file: FileView, native: Native) -> list[tuple[str, str]]:
    words = {"pdf": _("原文"), "image": _("图像"), "video": _("播放"), "audio": _("播放")}
    found = [("original", words[native])] if native else []
    drawn = "pages" in file.renditions and file.warning not in UNSAFE
    if drawn:
        found.append(("pages", _("幻灯片") if file.family == "slides" else _("页面")))
    if native == "image" and "searchable" in file.renditions:
        found.append(("layered", _("双层 PDF")))
    if file.has_preview and not native and not drawn:
        found.append(("page", _("首页图")))
    if file.has_text:
        found.append(("text", _text_word(file.family)))
    return found


def _text_word(family: str) -> str:
    return {"sheet": _("表格"), "archive": _("内容")}.get(family) or _("全文")


def _first_view(file: FileView, native: Native, *, at: bool) -> str:
    if native == "image" and "searchable" in file.renditions and file.pages > 1:
        return "layered"
    if native and (native == "pdf" or not (at and file.has_text)):
        return "original"
    if "pages" in file.renditions and file.family in DRAWN_FIRST and not at:
        return "pages"
    if file.has_text and (at or file.family in TEXT_FIRST or not file.has_preview):
        return "text"
    return "page"


def _with_text(fonds: Fonds, actor: Actor, seen: Viewing) -> Viewing:
    file = seen.file
    assert file is not None  # noqa: S101  # `view` is "text" only of a file that has text
    passages: Sequence[Passage] = fonds.files.text(actor, file.id)
    words = words_of(fonds, seen.question)
    if file.family == "sheet" and all(one.place.kind == "sheet" for one in passages):
        return replace(seen, grid=grid(passages, seen.at, words, request.args.get("row", "")))
    if file.family == "mail" and (mail := letter(passages, seen.at, words)):
        return replace(seen, letter=mail)
    if file.family == "archive" and not seen.at and not words and (listed := tree(passages)):
        return replace(seen, tree=listed)
    return replace(seen, reading=window(passages, seen.at, words))
