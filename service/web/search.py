"""The search page: question and filters are its address, so that a link or the back button brings it again."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from service import identity
from service.api import cursors
from service.api.search import problem
from service.domain.holdings import FacetLine, Finding, Findings, FoundPlace, Question
from service.domain.permissions import Actor
from service.errors import Unavailable
from service.problems import said
from service.web import frame, shown
from service.web.dates import first_day, last_day
from service.web.form import category_name
from service.web.language import translated as _
from service.web.peek import Wanted, peek
from service.web.selecting import offered
from service.wiring import Fonds

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    Args = MultiDict[str, str]

ORDERS = ("relevance", "date_desc", "date_asc", "newest", "title")
FACETS = ("category", "department", "file_type", "year")
PAGE = 20
SHOWN_SNIPPETS = 2
MAX_QUESTION = 1000


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    q: str
    category: tuple[str, ...]
    department: tuple[str, ...]
    type: tuple[str, ...]
    start: datetime.date | None
    end: datetime.date | None
    order: str
    cursor: str

    @classmethod
    def from_request(cls) -> "Asked":
        """Read the address."""
        return cls.of(request.args)

    @classmethod
    def of(cls, args: "Args") -> "Asked":
        """Read parameters of an address; what cannot be read is left out."""
        order = args.get("order", "relevance")
        return cls(
            q=args.get("q", "")[:MAX_QUESTION].strip(),
            category=tuple(args.getlist("category")[:50]),
            department=tuple(args.getlist("department")[:50]),
            type=tuple(args.getlist("type")[:50]),
            start=first_day(args.get("from", "")),
            end=last_day(args.get("to", "")),
            order=order if order in ORDERS else "relevance",
            cursor=cursors.unseal(args.get("cursor", "")),
        )

    def question(self) -> Question:
        """The same as the use case takes it."""
        return Question(
            text=self.q,
            category=self.category,
            department=self.department,
            family=self.type,
            date_from=self.start,
            date_to=self.end,
            order=self.order,
            limit=PAGE,
            cursor=self.cursor,
            facets=FACETS,
        )

    def address(self, **changed: Any) -> str:
        """The address of this question with some of it changed; the page is always the first."""
        state: dict[str, Any] = {
            "q": self.q,
            "category": self.category,
            "department": self.department,
            "type": self.type,
            "from": shown.day(self.start),
            "to": shown.day(self.end),
            "order": "" if self.order == "relevance" else self.order,
        } | {name.rstrip("_"): value for name, value in changed.items()}
        pairs = [(key, one) for key, value in state.items() for one in _several(value) if one]
        return "/search?" + urlencode(pairs) if pairs else "/search"

    @property
    def filtered(self) -> int:
        """How many kinds of conditions narrow the question."""
        return sum(map(bool, (self.category, self.department, self.type, self.start or self.end)))


@dataclass(frozen=True, slots=True)
class Chip:
    """A condition that holds, and the address without it."""

    name: str
    key: str
    value: str
    without: str


@dataclass(frozen=True, slots=True)
class Year:
    """A bar of the plot of years: `height` of 0 to 50, `on` if the question's dates touch it."""

    year: int
    count: int
    height: float
    on: bool
    address: str


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/search."""

    @web.get("/search")
    @frame.signed_in
    def search() -> Response:
        actor, asked = identity.actor(), Asked.from_request()
        try:
            found = fonds.finding.search(actor, asked.question())
        except Unavailable as fault:
            return frame.page("search.html", 503, asked=asked, found=None, away=said(fault.detail), chips=[])
        names = {one.code: category_name(one) for one in fonds.categories.all()}
        first = peek(fonds, actor, found.hits[0].id, wanted(found.hits[0], asked.q)) if found.hits else None
        return frame.page(
            "search.html",
            asked=asked,
            found=found,
            names=names,
            chips=chips(asked, names),
            facets=facets(asked, found, names),
            years=years(asked, found.facets.get("year", ())),
            orders=orders(asked),
            peek=first,
            problems=[problem(one) for one in found.problems],
            looser=looser(fonds, actor, asked, names) if not found.hits else [],
            first_places=SHOWN_SNIPPETS,
            selecting=offered(actor, key=asked.address(), everything=asked.address(), total=found.total),
            further=asked.address(cursor=cursors.seal(found.next_cursor)) if found.next_cursor else "",
            place_link=lambda hit, place: place_link(hit, place, asked.q),
            peek_link=lambda hit: peek_link(hit, asked.q),
            hit_link=lambda hit: hit_link(hit, asked.q),
        )


def facets(asked: Asked, found: Findings, scheme: Mapping[str, str]) -> list[dict[str, Any]]:
    """Category, department, file type: the chosen first, also at 0; a facet with nothing to choose is left out."""
    names = {"category": _("类别"), "department": _("部门"), "type": _("文件类型")}
    made = []
    for name, title in names.items():
        lines = list(found.facets.get("file_type" if name == "type" else name, ()))
        chosen: Sequence[str] = getattr(asked, name)
        listed = {line.value for line in lines}
        lines += [FacetLine(value, value, 0) for value in chosen if value not in listed]
        lines.sort(key=lambda line: (line.value not in chosen, -line.count))
        labelled = [(line, _label(name, line.value, scheme), line.value in chosen) for line in lines]
        if len(lines) > 1 or chosen:
            made.append({"name": name, "title": title, "lines": labelled})
    return made


def _label(name: str, value: str, scheme: Mapping[str, str]) -> str:
    if name == "type":
        return shown.family_name(value)
    if not value:
        return _("未分类") if name == "category" else _("未定")
    return scheme.get(value, value) if name == "category" else value


def years(asked: Asked, lines: Sequence[FacetLine]) -> list[Year]:
    """Bars of the last twelve years that have something; a click narrows to the year, another widens again."""
    counts = {int(line.value): line.count for line in lines if line.value.isdigit()}
    if not counts:
        return []
    last = max(counts)
    span = range(max(min(counts), last - 11), last + 1)
    top = max(counts[year] for year in counts if year in span)
    return [_bar(asked, year, counts.get(year, 0), top) for year in span]


def _bar(asked: Asked, year: int, count: int, top: int) -> Year:
    first, last = datetime.date(year, 1, 1), datetime.date(year, 12, 31)
    dated = asked.start or asked.end
    on = bool(dated) and (asked.start or first) <= last and (asked.end or last) >= first
    alone = (asked.start, asked.end) == (first, last)
    address = (
        asked.address(from_="", to="") if alone else asked.address(from_=f"{year}-01-01", to=f"{year}-12-31")
    )
    return Year(year, count, max(3.0, 50 * count / top) if count else 0.0, on or not dated, address)


def chips(asked: Asked, scheme: Mapping[str, str]) -> list[Chip]:
    """The conditions in force, each with the way to be rid of it."""
    made = []
    if asked.start or asked.end:
        span = _(
            "%(first)s 至 %(last)s", first=shown.day(asked.start) or "……", last=shown.day(asked.end) or "……"
        )
        made.append(Chip("date", _("日期"), span, asked.address(from_="", to="")))
    for name, title in {"category": _("类别"), "department": _("部门"), "type": _("文件类型")}.items():
        chosen: Sequence[str] = getattr(asked, name)
        if chosen:
            words = "、".join(_label(name, value, scheme) for value in chosen)
            made.append(Chip(name, title, words, asked.address(**{name: ()})))
    return made


def orders(asked: Asked) -> list[tuple[str, str]]:
    """How hits can be ordered; what was not asked for in words has no relevance."""
    newest = ("newest", _("最近收进"))
    first = [("relevance", _("相关度")), newest] if asked.q else [("relevance", newest[1])]
    dates = [("date_desc", _("日期从新到旧")), ("date_asc", _("日期从旧到新"))]
    return [*first, *dates, ("title", _("题名"))]


def looser(fonds: Fonds, actor: Actor, asked: Asked, scheme: Mapping[str, str]) -> list[tuple[str, int, str]]:
    """What would be found without each of the conditions: (condition, hits, address), the most first."""
    found = [
        (
            f"{chip.key}：{chip.value}",
            fonds.finding.search(actor, _without(asked, chip.name)).total,
            chip.without,
        )
        for chip in chips(asked, scheme)
    ]
    return sorted((one for one in found if one[1]), key=lambda one: -one[1])


def _without(asked: Asked, name: str) -> Question:
    gone = name == "date"
    return Question(
        text=asked.q,
        category=() if name == "category" else asked.category,
        department=() if name == "department" else asked.department,
        family=() if name == "type" else asked.type,
        date_from=None if gone else asked.start,
        date_to=None if gone else asked.end,
        limit=1,
        facets=(),
    )


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
    """The record, opened at a place."""
    if not place.file_id:
        return f"/records/{hit.id}" + _query(q=question)
    at = shown.anchor(place.kind, place.number)
    return f"/records/{hit.id}" + _query(file=place.file_id, at=at, q=question)


def _query(**values: str) -> str:
    given = {name: value for name, value in values.items() if value}
    return "?" + urlencode(given) if given else ""


def _several(value: Any) -> Sequence[str]:
    return value if isinstance(value, tuple | list) else (str(value),)
