"""Where on the pages of its files a record's facts stand: evidence with its number, its page and its boxes."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from ingest import texts
from service.domain.holdings import FileView, RecordView
from service.domain.permissions import Actor
from service.errors import ServiceError
from service.usecases.describing.suggesting import ShownEvidence
from service.web import shown
from service.web.record import describing
from service.web.record.offers import source_of
from service.wiring import Fonds
from storage.port import StoreUnavailable

MAX_QUOTE = 200
Boxed = Sequence[tuple[Any, Sequence[texts.Box]]]


@dataclass(frozen=True, slots=True)
class Ground:
    """Where the value of the field `path` stands.

    `page` is 0 where the file is shown as text; then `at` is the place in it. `spots` are known of recognised pages;
    elsewhere the reader finds the `nth` (from 0) `quote` on the page.
    """

    path: str
    file: str
    view: str
    page: int
    at: str
    quote: str
    nth: int
    spots: Sequence[texts.Spot]
    source: str
    offered: bool


def of_record(fonds: Fonds, actor: Actor, record: RecordView) -> list[dict[str, Any]]:
    """The grounds of what is recorded and, on a draft that one may change, of what is suggested."""
    try:
        told: dict[str, tuple[ShownEvidence, bool]] = {
            path: (one, False) for path, one in fonds.suggesting.grounds(actor, record.id).items()
        }
    except (ServiceError, StoreUnavailable):
        return []
    for path, offer in describing.sheet_of(fonds, record, full=True).offers.items():
        if offer.told.where == "text":
            told[path] = (offer.told, True)
    files = {file.id: file for file in record.files}
    read = {
        file_id: _passages(fonds, actor, file_id) for file_id in {one.file_id for one, _ in told.values()}
    }
    drawn = {file_id: _drawn(fonds, actor, files[file_id]) for file_id in read if file_id in files}
    return [
        asdict(_ground(path, one, offered, files[one.file_id], (read[one.file_id], drawn[one.file_id])))
        for path, (one, offered) in told.items()
        if one.file_id in files and one.passage < len(read[one.file_id])
    ]


def _ground(
    path: str, told: ShownEvidence, offered: bool, file: FileView, read: tuple[Boxed, Mapping[int, str]]
) -> Ground:
    passages, drawn = read
    passage, boxes = passages[told.passage]
    quote = passage.text[told.start : told.end][:MAX_QUOTE]
    place = passage.place
    page, view = 0, "text"
    if place.kind == "page" and file.family in ("pdf", "image"):
        page, view = place.number, "original"
    elif drawn and (page := _page_with(drawn, quote)):
        view = "pages"
    return Ground(
        path=path,
        file=file.id,
        view=view,
        page=page,
        at=shown.anchor(place.kind, place.number),
        quote=quote,
        nth=_plain(passage.text[: told.start]).count(_plain(quote)) if view == "original" else 0,
        spots=texts.spots(boxes, told.start, told.end),
        source=source_of(told),
        offered=offered,
    )


def _passages(fonds: Fonds, actor: Actor, file_id: str) -> Boxed:
    try:
        return fonds.files.boxed_text(actor, file_id)
    except (ServiceError, StoreUnavailable):
        return ()


def _drawn(fonds: Fonds, actor: Actor, file: FileView) -> Mapping[int, str]:
    """Page → its text, of the pages that were drawn from an Office file."""
    if "pages_text" not in file.renditions:
        return {}
    try:
        passages = fonds.files.pages_text(actor, file.id)
    except (ServiceError, StoreUnavailable):
        return {}
    return {one.place.number: _plain(one.text) for one in islice(passages, 500)}


def _page_with(drawn: Mapping[int, str], quote: str) -> int:
    wanted = _plain(quote)
    return next((page for page, text in drawn.items() if wanted in text), 0)


def _plain(text: str) -> str:
    """As the reader compares: without blanks, widths and case."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())
