"""The panorama 全景 of a dossier: figures, relationship map as table and as graph, every chapter, and the ways on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from service.domain.dates import day_of
from service.domain.dossiers import DossierView
from service.domain.holdings import CategoryView, Description, RecordView
from service.domain.panorama import Bond, Dealings, Entry
from service.errors import Forbidden
from service.problems import language
from service.web import form, frame, shown
from service.web.language import translated as _
from service.web.record.dossiers import kind_words
from service.wiring import Fonds

ROW, WIDTH, BOX = 52, 420, 150
"""Of the graph: height of a row, width of all, width of a box, in its own units."""
MOST_JUMPS = 12
LISTED = 8
"""Records of a chapter that are shown at once; the others fold away."""


@dataclass(frozen=True, slots=True)
class Node:
    """Somebody in the graph."""

    name: str
    post: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Edge:
    """A relation in the graph, between the middles of two boxes."""

    status: str
    y1: int
    y2: int


@dataclass(frozen=True, slots=True)
class Graph:
    """Key persons on the left, our staff on the right, a line for each relation that there is."""

    nodes: Sequence[Node]
    edges: Sequence[Edge]
    height: int
    width: int = WIDTH
    box: int = BOX


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/dossiers/…/panorama, and the way there from the name of a party."""

    @web.get("/dossiers/party")
    @frame.signed_in
    def party() -> Answer:
        name = request.args.get("name", "").strip()[:200]
        found = fonds.dossiers.named(frame.at_home("archives"), name)
        found = sorted(found, key=lambda one: (one.kind != "customer", one.party != name))
        if found:
            return frame.leave_within(f"/dossiers/{found[0].id}/panorama")
        return frame.leave_within("/browse?" + urlencode({"customer": name}))

    _panorama_routes(web, fonds)


def _panorama_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.get("/dossiers/<dossier_id>/panorama")
    @frame.signed_in
    def dossier_panorama(dossier_id: str) -> Response:
        found = fonds.gathering.panoramas.of(frame.at_home("archives"), dossier_id)
        schemes = {one.code: one for one in fonds.categories.all()}
        return frame.page(
            "panorama.html",
            seen=found,
            dossier=found.dossier,
            kinds=kind_words(),
            chapters=[
                (key, chapter_words()[key], entries)
                for key, entries in found.drawn.chapters.items()
                if entries and key != "relations"
            ],
            figures=figures(found.drawn.dealings),
            graph=graph(found.drawn.bonds),
            statuses=status_words(),
            gist=lambda entry: gist(entry, schemes.get(entry.category)),
            names={code: form.category_name(one) for code, one in schemes.items()},
            listed=LISTED,
            addable=_addable(found.dossier, schemes),
        )

    @web.post("/dossiers/<dossier_id>/lines")
    @frame.signed_in
    def add_line(dossier_id: str) -> Answer:
        """A new record of the dossier's party, filed in it, to be described."""
        actor, code = frame.at_home("archives"), request.form.get("category", "")
        dossier = fonds.dossiers.get(actor, dossier_id)
        schemes = {one.code: one for one in fonds.categories.all()}
        if code not in dict(_addable(dossier, schemes)):
            raise Forbidden
        today = day_of(fonds.clock())
        title = f"{dossier.party or dossier.title} {schemes[code].name}"[:500]
        said = {"customer": dossier.party} if dossier.party else {}
        described = Description(title=title, category=code, date=today, fields=said)
        return frame.leave_within(f"/records/{fonds.filing.enter(actor, dossier.id, described)}")


def _addable(dossier: DossierView, schemes: Mapping[str, CategoryView]) -> list[tuple[str, str]]:
    """The categories of which a line can be added: those of what recurs with a customer."""
    if dossier.state != "open" or "change" not in dossier.may:
        return []
    return [
        (code, form.category_name(one))
        for code, one in schemes.items()
        if one.parent and "customer" in one.schema.get("properties", {})
    ]


def graph(bonds: Sequence[Bond]) -> Graph | None:
    """Where everybody stands; None without relations."""
    if not bonds:
        return None
    left = {one.key_person: one.key_post for one in bonds}
    right = {one.our_staff: one.our_post for one in bonds if one.our_staff}
    rows = max(len(left), len(right))
    places = {
        side: {name: _row(n, len(people), rows) for n, name in enumerate(people)}
        for side, people in (("left", left), ("right", right))
    }
    nodes = [Node(name, post, 0, places["left"][name]) for name, post in left.items()]
    nodes += [Node(name, post, WIDTH - BOX, places["right"][name]) for name, post in right.items()]
    edges = [
        Edge(one.status, places["left"][one.key_person] + 20, places["right"][one.our_staff] + 20)
        for one in bonds
        if one.our_staff
    ]
    return Graph(nodes, edges, rows * ROW)


def _row(n: int, count: int, rows: int) -> int:
    """The top of a box: a shorter column stands in the middle."""
    return n * ROW + (rows - count) * ROW // 2 + 6


def gist(entry: Entry, category: CategoryView | None) -> str:
    """What a record is about, in a line: labels and values of the fields that say it."""
    properties = category.schema.get("properties", {}) if category else {}
    told = []
    for name, value in entry.gist.items():
        hints = properties.get(name, {})
        colon = "：" if language() == "zh" else ": "
        told.append(f"{form.in_language(hints, 'title', name)}{colon}{form.words_of(value, hints)}")
    return " · ".join(shown.harmless(one)[:160] for one in told)


def money(value: object) -> str:
    """An amount with its thousands apart."""
    return form.words_of(value, {"x-widget": "money"}).removesuffix(".00")


def figures(dealings: Dealings) -> list[tuple[str, str, str, bool]]:
    """(label, figure, unit, whether it calls for something) of the dealing."""
    talked = shown.day(dealings.last_talk) if dealings.last_talk else _("没有记录")
    return [
        (_("合同"), str(dealings.contracts), _("份"), False),
        (_("合同金额"), money(dealings.contracted), _("元"), False),
        (_("购买金额"), money(dealings.purchased), _("元"), False),
        (_("已收款"), money(dealings.paid), _("元"), False),
        (_("逾期未付"), str(dealings.overdue), _("笔"), bool(dealings.overdue)),
        (_("未办结投诉"), str(dealings.complaints), _("件"), bool(dealings.complaints)),
        (_("最近沟通"), talked, "", False),
    ]


def chapter_words() -> dict[str, str]:
    """Chapter → its name."""
    return {
        "profile": _("基本情况"),
        "people": _("关键人物"),
        "relations": _("客户关系"),
        "contracts": _("合同"),
        "projects": _("项目"),
        "talks": _("沟通"),
        "purchases": _("购买"),
        "payments": _("付款与信用"),
        "feedback": _("反馈"),
        "others": _("其他档案"),
    }


def status_words() -> dict[str, str]:
    """Status of a relation → its word (001:249)."""
    return {
        "active": _("积极的"),
        "neutral": _("中立的"),
        "negative": _("消极的"),
        "none": _("尚未建立关系"),
    }


@dataclass(frozen=True, slots=True)
class Jump:
    """A way from a record to the customer, project or person that it names."""

    label: str
    text: str
    path: str
    icon: str


JUMPED: Mapping[str, str] = {"party": "folder", "person": "user"}


def jumps(fonds: Fonds, record: RecordView) -> list[Jump]:
    """The parties and persons that a record names, each with the way to all there is of it (R-SRC-3)."""
    category = fonds.categories.of(record)
    found: dict[str, Jump] = {}
    for name, hints in category.schema.get("properties", {}).items() if category else ():
        widget, value = hints.get("x-widget"), record.fields.get(name)
        if widget not in JUMPED or not value:
            continue
        label = form.in_language(hints, "title", name)
        for one in map(str, value if isinstance(value, list) else [value]):
            found.setdefault(one, Jump(label, one, _way(widget, one), JUMPED[widget]))
    return list(found.values())[:MOST_JUMPS]


def _way(widget: str, text: str) -> str:
    if widget == "person":
        return "/search?" + urlencode({"q": f'"{text}"'})
    return "/dossiers/party?" + urlencode({"name": text})
