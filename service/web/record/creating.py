"""新建档案: a record that is described before there is a file, or that never has one: paper, an object."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.domain.dealing import party_field
from service.domain.dossiers import DossierView
from service.domain.holdings import CategoryView
from service.domain.permissions import Act, Actor, may
from service.errors import Conflict, Fault, Forbidden, InvalidInput
from service.usecases.desk.unsaved import fresh
from service.web import form, form_reading, frame, shown
from service.web.language import translated as _
from service.web.record import describing
from service.web.record.peek import category_of
from service.wiring import Fonds

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    Typed = MultiDict[str, str]

HERE = "/records/new"
SAID = ("dossier", "party", "department", "title")
"""What a page that leads here may say of the record."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is known before anything is typed: the category, and the dossier that the record will lie in."""

    category: CategoryView | None
    dossier: DossierView | None

    @property
    def form(self) -> str:
        """The name under which unsaved input is kept."""
        code = self.category.code if self.category else ""
        return fresh(code, self.dossier.id if self.dossier else "")

    @property
    def back(self) -> str:
        """Where one came from."""
        if self.dossier:
            return f"/dossiers/{self.dossier.id}"
        return "/browse?" + urlencode({"category": self.category.code}) if self.category else "/browse"


@dataclass(frozen=True, slots=True)
class Branch:
    """A category of the first level with those below it."""

    head: CategoryView
    below: Sequence[CategoryView]


def address(category: str | None = None, **said: str) -> str:
    """The page, with what is said of the record; without a category it asks for one."""
    given = {name: value for name, value in said.items() if value}
    if category is not None:
        given["category"] = category
    return f"{HERE}?{urlencode(given)}" if given else HERE


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/records/new."""

    @web.get(HERE)
    @frame.signed_in
    def new_record() -> Response:
        actor = maker()
        place = _place(fonds, actor)
        if "category" not in request.args:
            return _choice(fonds, actor, place)
        sheet = form.Sheet(_given(actor, place), place.category, fonds.categories.all(), fresh=True)
        return _page(fonds, place, sheet, kept=describing.kept_at(fonds, actor, place.form, 0))

    @web.post(HERE)
    @frame.signed_in
    def enter_record() -> Answer:
        actor = maker()
        place = _place(fonds, actor)
        try:
            made = _enter(fonds, actor, place, request.form)
        except InvalidInput as fault:
            sheet = describing.typed_sheet(fonds, request.form, full=True, faults=fault.faults)
            return _page(fonds, place, sheet, status=422)
        except Conflict as fault:
            told = [Fault("", "conflict", fault.detail, fault.params)]
            sheet = describing.typed_sheet(fonds, request.form, full=True, faults=told)
            return _page(fonds, place, sheet, status=409)
        fonds.unsaved.drop(actor, place.form)
        return _lead_on(fonds, actor, place, made)

    @web.post(f"{HERE}/unsaved")
    @frame.signed_in
    def keep_new() -> Response:
        """Keep what stands in the form; without a revision let go of it."""
        actor = maker()
        describing.keep(fonds, actor, _place(fonds, actor).form, request.form)
        return Response(status=204)


def maker() -> Actor:
    """Who asks, if he makes records; else `Forbidden`."""
    actor = identity.actor()
    if not may(actor, Act.CREATE):
        raise Forbidden
    return actor


def _place(fonds: Fonds, actor: Actor) -> Place:
    """Raises `NotFound` for a dossier that the actor may not know of, `Forbidden`, `Conflict` for one that is closed."""
    asked = request.args.get("dossier", "")
    dossier = fonds.dossiers.get(actor, asked) if asked else None
    if dossier and "change" not in dossier.may:
        raise Forbidden
    if dossier and dossier.state != "open":
        raise Conflict("案卷已结卷，先重新开卷")
    return Place(category_of(fonds, request.args.get("category", "")), dossier)


def _given(actor: Actor, place: Place) -> dict[str, list[str]]:
    """What stands in the form at first."""
    dossier, category = place.dossier, place.category
    department = request.args.get("department", "") or (dossier.department if dossier else "")
    party = request.args.get("party", "") or (dossier.party if dossier else "")
    named = party_field(category.schema) if category else ""
    return {
        "title": [request.args.get("title", "")[:500]],
        "category": [category.code if category else ""],
        "department": [department[:100] or min(actor.departments, default="")],
        f"fields.{named}": [party[:200]] if named else [],
    }


def _enter(fonds: Fonds, actor: Actor, place: Place, typed: "Typed") -> str:
    """Enter what was typed; its id. The same form sent twice, by two clicks, enters it once."""
    said = typed.copy()
    for name in ("secrecy", "retention"):
        if not said.get(name):
            said.poplist(name)
    category = category_of(fonds, said.get("category", ""))
    key = json.dumps(
        [place.form, sorted((name, said.getlist(name)) for name in said if name != "csrf_token")]
    )
    described = form_reading.described(said, category)
    if place.dossier:
        return fonds.filing.enter(actor, place.dossier.id, described, key)
    return fonds.records.create(actor, described, key).id


def _lead_on(fonds: Fonds, actor: Actor, place: Place, made: str) -> Answer:
    known = fonds.records.some(actor, [made])
    if known:
        frame.say(_("已新建：%(title)s", title=shown.harmless(known[0].title)))
        return frame.leave_within(f"/records/{made}")
    frame.say(_("已新建；这一类的密级高于本人可见的级别，由档案管理员接着办"))
    return frame.leave_within(place.back)


def _choice(fonds: Fonds, actor: Actor, place: Place) -> Response:
    every = fonds.categories.all()
    dossier = place.dossier
    said = {name: request.args.get(name, "") for name in SAID}
    names = {fresh(one.code, dossier.id if dossier else ""): one.code for one in every}
    own = dossier.category if dossier else ""
    heads = sorted((one for one in every if len(one.path) == 1), key=lambda one: one.code != own)
    return frame.page(
        "new_choice.html",
        place=place,
        branches=[
            Branch(head, [one for one in every if one.path[0] == head.code and one.code != head.code])
            for head in heads
        ],
        unsaved={names[one] for one in fonds.unsaved.kept(actor, list(names))},
        address=lambda code: address(code, **said),
    )


def _page(fonds: Fonds, place: Place, sheet: form.Sheet, *, status: int = 200, kept: str = "") -> Response:
    said = {name: request.args.get(name, "") for name in SAID}
    code = request.args.get("category", "")
    return frame.page(
        "new_record.html",
        status,
        place=place,
        sheet=sheet,
        kept=kept,
        action=address(code, **said),
        others=address(**said),
        keeping=f"{HERE}/unsaved?" + urlencode({"category": code, "dossier": said["dossier"]}),
        key=request.form.get("key") or str(int(fonds.clock().timestamp() * 1000)),
    )
