"""The search page: question and filters are its address, so that a link or the back button brings it again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.api import cursors
from service.api.exports import exported
from service.api.inputs import BadQuery
from service.domain.holdings import Finding, Findings, FoundPlace
from service.domain.permissions import Actor
from service.errors import Fault, Unavailable
from service.problems import said
from service.usecases.desk.search_habits import VIEWS
from service.usecases.searching.exporting import MOST
from service.usecases.searching.facets import one_year
from service.web import frame, shown
from service.web.form import category_name
from service.web.language import translated as _
from service.web.record.peek import Wanted, peek
from service.web.search import conditions
from service.web.search.asked import PAGE, Asked
from service.web.search.facets import facets
from service.web.search.plots import plot
from service.web.selecting import offered
from service.wiring import Fonds

FACETS = ("category", "archival_class", "department", "file_type", "customer", "tag", "state", "dossier")
SHOWN_SNIPPETS = 2
SAVED_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Standing:
    """Where in the list a page stands: `before` hits come before it, `further` is the address of the next."""

    before: int
    further: str
    saved: str

    @classmethod
    def read(cls) -> tuple[str, "Standing"]:
        """The engine's cursor, and what stands before it."""
        before, _colon, cursor = cursors.unseal(request.args.get("cursor", "")).partition(":")
        if before and not before.isdigit():
            raise BadQuery([Fault("cursor", "bad_cursor", "翻页标记无效；从第一页重新开始")])
        return cursor, cls(int(before or 0), "", request.args.get("saved", "")[:100])

    def last(self, found: Findings) -> int:
        """The number of the last record of the page, those folded into others counted."""
        return self.before + sum(1 + hit.folded for hit in found.hits)

    def onward(self, asked: Asked, found: Findings) -> "Standing":
        """With the address of the page behind this one."""
        if not found.next_cursor:
            return self
        sealed = cursors.seal(f"{self.last(found)}:{found.next_cursor}")
        return Standing(self.before, asked.address(saved=self.saved, cursor=sealed), self.saved)


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/search, /search/export, and the way results are shown."""

    @web.get("/search")
    @frame.signed_in
    def search() -> Response:
        actor, asked = identity.actor(), Asked.read(request.args)
        cursor, standing = Standing.read()
        dates = "month" if one_year(asked.start, asked.end) else "year"
        try:
            found = fonds.finding.search(actor, asked.question(cursor=cursor, facets=(*FACETS, dates)))
        except Unavailable as fault:
            return frame.page("search.html", 503, asked=asked, found=None, away=said(fault.detail), chips=[])
        habit = fonds.search_habits.of(actor)
        if found.hits and not cursor:
            fonds.search_habits.note(actor, asked.q, habit)
        values = page_values(fonds, actor, asked, found)
        view = request.args.get("view", "")
        return frame.page(
            "search.html",
            asked=asked,
            found=found,
            standing=standing.onward(asked, found),
            view=view if view in VIEWS else habit.view,
            **values,
        )

    @web.get("/search/export")
    @frame.signed_in
    def export() -> Response:
        kind = "csv" if request.args.get("format") == "csv" else "xlsx"
        return exported(Asked.read(request.args).question(), kind)

    @web.post("/search/view")
    @frame.signed_in
    def choose_view() -> Answer:
        fonds.search_habits.choose_view(identity.actor(), request.form.get("view", ""))
        return frame.leave_within(frame.own_path(request.form.get("next", "/search")))


def page_values(fonds: Fonds, actor: Actor, asked: Asked, found: Findings) -> Mapping[str, Any]:
    """What the page shows around the hits."""
    scheme = fonds.categories.all()
    names = {one.code: category_name(one) for one in scheme} | dossier_names(fonds, actor, [asked])
    names |= {line.value: line.label for line in found.facets.get("dossier", ())}
    first = found.hits[0] if found.hits else None
    saved = fonds.saved_searches.names(actor)
    return {
        "names": names,
        "chips": conditions.chips(asked, found.pieces, names),
        "facets": facets(asked, found, scheme, names),
        "plot": plot(asked, found.facets.get("year", ()), found.facets.get("month", ())),
        "orders": orders(asked),
        "peek": peek(fonds, actor, first.id, wanted(first, asked.q)) if first else None,
        "problems": conditions.problems(asked, found),
        "widened": conditions.widened(asked, found),
        "left_out": conditions.left_out(fonds, actor, asked),
        "looser": [] if found.hits or asked.bare else conditions.looser(fonds, actor, asked, found, names),
        "selecting": offered(actor, key=asked.address(), everything=asked.address(), total=found.total),
        "saved_searches": saved,
        "saved_shown": SAVED_SHOWN,
        "most_exported": MOST,
        "first_places": SHOWN_SNIPPETS,
        "page_size": PAGE,
        "place_link": lambda hit, place: place_link(hit, place, asked.q),
        "peek_link": lambda hit: peek_link(hit, asked.q),
        "hit_link": lambda hit: hit_link(hit, asked.q),
        "copies_link": lambda hit: asked.address(q=f"副本:{hit.id}"),
    }


def dossier_names(fonds: Fonds, actor: Actor, questions: Sequence[Asked]) -> dict[str, str]:
    """Titles of the dossiers that questions ask for, of those that this person may know of."""
    ids = list(dict.fromkeys(one for asked in questions for one in asked.chosen["dossier"]))
    return {one.id: one.title for one in fonds.dossiers.some(actor, ids)} if ids else {}


def orders(asked: Asked) -> list[tuple[str, str]]:
    """How hits can be ordered; what was not asked for in words has no relevance."""
    newest = ("newest", _("最近收进"))
    first = [("relevance", _("相关度")), newest] if asked.q else [("relevance", newest[1])]
    dates = [("date_desc", _("日期从新到旧")), ("date_asc", _("日期从旧到新"))]
    return [*first, *dates, ("title", _("题名"))]


def wanted(hit: Finding, question: str) -> Wanted:
    """What the peek pane shows of a hit."""
    places = [place for place in hit.places if place.file_id]
    at = shown.anchor(places[0].kind, places[0].number) if places else ""
    return Wanted(question, hit.file_id, at)


def peek_link(hit: Finding, question: str) -> str:
    """The peek pane of a hit."""
    one = wanted(hit, question)
    return f"/records/{hit.id}/peek" + _query(q=one.question, file=one.file_id, at=one.at)


def hit_link(hit: Finding, question: str) -> str:
    """The record, opened at its best place."""
    return (
        place_link(hit, hit.places[0], question) if hit.places else f"/records/{hit.id}" + _query(q=question)
    )


def place_link(hit: Finding, place: FoundPlace, question: str) -> str:
    """The record, opened at a place: the address says which, a fragment would be one more step of the history."""
    if not place.file_id:
        return f"/records/{hit.id}" + _query(q=question)
    at = shown.anchor(place.kind, place.number)
    return f"/records/{hit.id}" + _query(file=place.file_id, at=at, q=question)


def _query(**values: str) -> str:
    given = {name: value for name, value in values.items() if value}
    return "?" + urlencode(given) if given else ""
