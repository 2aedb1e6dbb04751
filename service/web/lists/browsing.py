"""Browsing 档案: down the tree of categories, or by customer, department, year and tag, step by step."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from service import identity
from service.api import cursors
from service.domain.holdings import CategoryView, FacetLine, Findings, Question
from service.domain.permissions import Act, may
from service.errors import Forbidden, Unavailable
from service.problems import said
from service.web import frame
from service.web.form import category_name
from service.web.language import translated as _
from service.web.record import creating
from service.web.selecting import offered
from service.wiring import Fonds

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    Args = MultiDict[str, str]

AXES = ("category", "customer", "department", "year", "tag")
"""Ways to divide what the archive holds; each is one step of the way down at most."""
ORDERS = ("newest", "date_desc", "date_asc", "title")
PAGE = 20
LISTED = 500
"""Values of an axis that are listed; they can be narrowed as one types."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where one stands: the steps taken, in their order, and along which axis the next step is offered."""

    steps: tuple[tuple[str, str], ...] = ()
    by: str = "category"
    order: str = "newest"
    cursor: str = ""

    @classmethod
    def of(cls, args: "Args") -> "Spot":
        """Read the address; what cannot be read is left out."""
        steps: dict[str, str] = {}
        for name, value in args.items(multi=True):
            if (
                name in AXES
                and name not in steps
                and len(value) <= 300
                and (name != "year" or _is_year(value))
            ):
                steps[name] = value
        by, order = args.get("by", ""), args.get("order", "")
        return cls(
            tuple(steps.items()),
            by if by in AXES else _next_axis(steps),
            order if order in ORDERS else "newest",
            args.get("cursor", ""),
        )

    @property
    def chosen(self) -> Mapping[str, str]:
        """Axis → value of the steps taken."""
        return dict(self.steps)

    def question(self, *facets: str, limit: int = PAGE, cursor: str = "") -> Question:
        """What is asked of search."""
        year = int(self.chosen.get("year", 0))
        return Question(
            category=self._one("category"),
            customer=self._one("customer"),
            department=self._one("department"),
            tag=self._one("tag"),
            date_from=datetime.date(year, 1, 1) if year else None,
            date_to=datetime.date(year, 12, 31) if year else None,
            past=True,
            order=self.order,
            limit=limit,
            cursor=cursor,
            facets=facets,
        )

    def _one(self, axis: str) -> tuple[str, ...]:
        return (self.chosen[axis],) if axis in self.chosen else ()

    def address(self, **changed: Any) -> str:
        """The address of this spot with some of it changed; the page is always the first."""
        spot = replace(self, cursor="", **changed)
        pairs = [*spot.steps]
        if spot.by != _next_axis(spot.chosen):
            pairs.append(("by", spot.by))
        if spot.order != "newest":
            pairs.append(("order", spot.order))
        return "/browse?" + urlencode(pairs) if pairs else "/browse"

    def further(self, sealed: str) -> str:
        """The next page of the same."""
        address = self.address()
        return f"{address}{'&' if '?' in address else '?'}{urlencode({'cursor': sealed})}"

    def step(self, axis: str, value: str) -> str:
        """The address one step further, or beside, where this axis has been taken already."""
        steps = [*self.steps]
        at = next((n for n, (name, _value) in enumerate(steps) if name == axis), None)
        if at is None:
            steps.append((axis, value))
        else:
            steps[at] = (axis, value)
        taken = dict(steps)
        return self.address(steps=tuple(steps), by="category" if axis == "category" else _next_axis(taken))

    def without(self, axis: str) -> str:
        """The address without this step; the others stay."""
        return self.address(steps=tuple(step for step in self.steps if step[0] != axis), by=axis)


@dataclass(frozen=True, slots=True)
class Branch:
    """A value of the axis that is offered: how deep in the tree, and how many records stand below it."""

    value: str
    label: str
    count: int
    depth: int
    on: bool
    address: str


@dataclass(frozen=True, slots=True)
class Crumb:
    """A step taken: the address that goes back to it, and the one that drops it alone."""

    axis: str
    label: str
    address: str
    without: str


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/browse."""

    @web.get("/browse")
    @frame.signed_in
    def browse() -> Response:
        actor, spot = identity.actor(), Spot.of(request.args)
        if not any(place.name == "archives" for place in frame.places(actor)):
            raise Forbidden
        names = {one.code: category_name(one) for one in fonds.categories.all()}
        crumbs = crumbs_of(spot, names)
        try:
            found = fonds.finding.search(actor, spot.question(spot.by, cursor=cursors.unseal(spot.cursor)))
            lines = found.facets.get(spot.by, ())
            if spot.cursor:
                lines = _beside(fonds, spot)
        except Unavailable as fault:
            return frame.page(
                "browse.html",
                503,
                spot=spot,
                found=None,
                away=said(fault.detail),
                crumbs=crumbs,
                axes=axes(spot),
            )
        return _page(fonds, spot, found, branches(spot, lines, fonds.categories.all()), crumbs)


def _beside(fonds: Fonds, spot: Spot) -> Sequence[FacetLine]:
    """The values of the axis without the step on it, which a later page does not bring: the ways to go beside."""
    others = tuple(step for step in spot.steps if step[0] != spot.by)
    question = replace(spot, steps=others).question(spot.by, limit=1)
    return fonds.finding.search(identity.actor(), question).facets.get(spot.by, ())


def _page(
    fonds: Fonds, spot: Spot, found: Findings, listed: Sequence[Branch], crumbs: Sequence[Crumb]
) -> Response:
    return frame.page(
        "browse.html",
        spot=spot,
        found=found,
        crumbs=crumbs,
        axes=axes(spot),
        branches=listed,
        names={one.code: category_name(one) for one in fonds.categories.all()},
        orders=orders(),
        selecting=offered(identity.actor(), key=spot.address(), everything=spot.address(), total=found.total),
        new_address=_new_address(spot) if may(identity.actor(), Act.CREATE) else "",
        further=spot.further(cursors.seal(found.next_cursor)) if found.next_cursor else "",
        hit_link=lambda hit: f"/records/{hit.id}",
    )


def _new_address(spot: Spot) -> str:
    """Where a record is entered that belongs here."""
    taken = spot.chosen
    said = {"party": taken.get("customer", ""), "department": taken.get("department", "")}
    return creating.address(taken.get("category") or None, **said)


def axes(spot: Spot) -> list[tuple[str, str, str]]:
    """(axis, word, address) of the ways to divide."""
    words = axis_words()
    return [(axis, words[axis], spot.address(by=axis)) for axis in AXES]


def axis_words() -> dict[str, str]:
    """Axis → its word."""
    return {
        "category": _("类别"),
        "customer": _("客户"),
        "department": _("部门"),
        "year": _("年度"),
        "tag": _("标签"),
    }


def orders() -> list[tuple[str, str]]:
    """How the records can be ordered."""
    return [
        ("newest", _("最近收进")),
        ("date_desc", _("日期从新到旧")),
        ("date_asc", _("日期从旧到新")),
        ("title", _("题名")),
    ]


def crumbs_of(spot: Spot, names: Mapping[str, str]) -> list[Crumb]:
    """The way back, step by step."""
    made = []
    for n, (axis, value) in enumerate(spot.steps):
        steps = spot.steps[: n + 1]
        back = spot.address(steps=steps, by="category" if axis == "category" else _next_axis(dict(steps)))
        made.append(Crumb(axis, label_of(axis, value, names), back, spot.without(axis)))
    return made


def label_of(axis: str, value: str, names: Mapping[str, str]) -> str:
    """A value in words."""
    if axis == "category":
        return names.get(value, value) if value else _("未分类")
    if axis == "year":
        return _("%(year)s 年", year=value)
    return value or _("未定")


def branches(spot: Spot, lines: Sequence[FacetLine], scheme: Sequence[CategoryView]) -> list[Branch]:
    """What can be chosen next: the tree with its counts summed upwards, or the values with the most records first."""
    counts = {line.value: line.count for line in lines}
    if spot.by == "category":
        return _tree(spot, counts, scheme)
    ordered = list(lines)
    if spot.by == "year":
        ordered.sort(key=lambda line: line.value, reverse=True)
    names: Mapping[str, str] = {}
    return [
        _branch(spot, line.value, label_of(spot.by, line.value, names), line.count)
        for line in ordered[:LISTED]
    ]


def _tree(spot: Spot, counts: Mapping[str, int], scheme: Sequence[CategoryView]) -> list[Branch]:
    whole = {
        one.code: sum(counts.get(other.code, 0) for other in scheme if one.code in other.path)
        for one in scheme
    }
    tree = [
        _branch(spot, one.code, category_name(one), whole[one.code], depth=len(one.path) - 1)
        for one in scheme
    ]
    loose = counts.get("", 0)
    return [*tree, _branch(spot, "", _("未分类"), loose)] if loose else tree


def _branch(spot: Spot, value: str, label: str, count: int, depth: int = 0) -> Branch:
    on = spot.chosen.get(spot.by) == value
    address = spot.without(spot.by) if on else spot.step(spot.by, value)
    return Branch(value, label, count, depth, on, address)


def _next_axis(taken: Mapping[str, str]) -> str:
    """What is offered unless something else is asked for: the first axis that was not taken."""
    return next((axis for axis in AXES if axis not in taken), "category")


def _is_year(value: str) -> bool:
    return value.isdecimal() and value.isascii() and len(value) == 4 and value != "0000"
