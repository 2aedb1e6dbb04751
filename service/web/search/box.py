"""The search box of every page: what it offers while one types, from the archive and from one's own searches."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from search.port import Suggestion
from service import identity
from service.domain.permissions import search_scope
from service.errors import Unavailable
from service.web import frame
from service.web.language import translated as _
from service.wiring import Fonds

MOST = 8
MOST_OWN = 4
MAX_TYPED = 100


@dataclass(frozen=True, slots=True)
class Offer:
    """A line of the list: it leads to `href`, or puts `fill` into the box and searches."""

    icon: str
    text: str
    word: str
    href: str = ""
    fill: str = ""


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/search/box."""

    @web.get("/search/box")
    @frame.signed_in
    def box() -> Response:
        actor, typed = identity.actor(), " ".join(request.args.get("q", "").split())[:MAX_TYPED]
        if not search_scope(actor):
            return frame.part("search_box.html", own=[], offers=[])
        own = _own(fonds, typed)
        try:
            found = _mixed(fonds.finding.suggest(actor, typed, limit=2 * MOST)) if typed else []
        except Unavailable:
            found = []
        return frame.part("search_box.html", own=own, offers=[_offer(one) for one in found])


def _own(fonds: Fonds, typed: str) -> Sequence[Offer]:
    """Saved and recent searches that hold what was typed."""
    actor, wanted = identity.actor(), typed.casefold()
    saved = [one for one in fonds.saved_searches.names(actor) if wanted in one.name.casefold()]
    recent = [
        one for one in fonds.search_habits.of(actor).recent if wanted in one.casefold() and one != typed
    ]
    offers = [
        Offer(
            "bookmark",
            one.name,
            _("新增 %(n)s 件", n=one.fresh) if one.fresh else _("收藏的检索"),
            f"/saved-searches/{one.id}/open",
        )
        for one in saved[:MOST_OWN]
    ]
    most = MOST if not typed else MOST_OWN
    return [*offers, *(Offer("history", one, _("最近检索"), fill=one) for one in recent[:most])]


def _mixed(found: Sequence[Suggestion]) -> Sequence[Suggestion]:
    """The best of them, but not so many titles that names and tags are crowded out."""
    titles = [one for one in found if one.kind == "title"]
    others = len(found) - len(titles)
    late = set(titles[max(MOST - others, MOST // 2) :])
    return [*(one for one in found if one not in late), *(one for one in found if one in late)][:MOST]


def _offer(one: Suggestion) -> Offer:
    if one.kind == "title":
        return Offer("file-text", one.text, _("题名"), f"/records/{one.id}")
    if one.kind == "code":
        return Offer("archive", one.text, _("档号"), f"/records/{one.id}")
    if one.kind == "tag":
        return Offer("tag", one.text, _("标签"), "/search?" + urlencode({"tag": one.text}))
    return Offer("user", one.text, _("单位或人名"), fill=f"“{one.text}”")
