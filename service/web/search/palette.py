"""The command palette and the lists of records that are found as one types."""

from flask import Blueprint, Response, request

from search.words.beginnings import begins, typed
from service import identity
from service.web import frame
from service.web.frame import Place
from service.web.language import translated as _
from service.wiring import Fonds

RECENT = 3
"""Recent records shown while nothing is typed."""
FOUND = 6


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/palette, /choose/records."""

    @web.get("/palette")
    @frame.signed_in
    def palette() -> Response:
        actor, text = identity.actor(), _typed()
        known = frame.places(actor)
        searching = any(place.name == "search" for place in known)
        further = [*known, Place("notices", "/notices", "bell", _("通知"))]
        return frame.part(
            "palette_list.html",
            text=text,
            going=[place for place in further if not text or begins(place.word, typed(text)) >= 0],
            records=fonds.looking_up.records(actor, text, limit=FOUND if text else RECENT)
            if searching
            else [],
            searching=searching,
        )

    @web.get("/choose/records")
    @frame.signed_in
    def choices() -> Response:
        actor = identity.actor()
        found = fonds.looking_up.records(actor, _typed())
        own = request.args.get("but", "")
        return frame.part("choices.html", records=[one for one in found if one.id != own])


def _typed() -> str:
    return request.args.get("q", "").strip()[:200]
