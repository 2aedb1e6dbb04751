"""The filing scope 归档范围, for whoever has something to hand in: what belongs where, how long and when (R-CAT-3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from search.words.folding import fold
from service.domain.archival_classes import ARCHIVAL_CLASSES
from service.domain.holdings import CategoryView
from service.web import form, frame, shown
from service.web.language import translated as _
from service.wiring import Fonds

HERE = "/filing-scope"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table."""

    category: CategoryView
    depth: int
    archival_class: str
    due: str
    needed: Sequence[str]
    """What has to be filled in, by the labels of the form."""


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/filing-scope."""

    @web.get(HERE)
    @frame.signed_in
    def filing_scope() -> Response:
        asked = request.args.get("q", "").strip()[:100]
        chosen = request.args.get("class", "")
        chosen = chosen if chosen in ARCHIVAL_CLASSES else ""
        every = fonds.categories.all()
        found = [one for one in every if _fits(one, asked) and chosen in ("", one.archival_class)]
        present = {one.archival_class for one in every}
        return frame.page(
            "scope.html",
            lines=[_line(one) for one in found],
            asked=asked,
            chosen=chosen,
            classes=[(code, word) for code, word in shown.archival_class_names().items() if code in present],
            address=lambda code: _address(asked, code),
            browse="/search?" + urlencode({"archival_class": chosen}) if chosen and found else "",
        )


def _fits(category: CategoryView, asked: str) -> bool:
    """Whether every word that was asked for stands in what the line says; 繁體 and width make no difference."""
    properties = category.schema.get("properties", {})
    labels = " ".join(str(hints.get("title", "")) for hints in properties.values())
    said = f"{category.code} {category.name} {category.name_en} {category.filing_scope} {labels}"
    text = fold(said).text
    return all(fold(word).text in text for word in asked.split())


def _line(category: CategoryView) -> Line:
    properties: Mapping[str, Mapping[str, object]] = category.schema.get("properties", {})
    needed = [
        form.in_language(properties[name], "title", name) for name in category.schema.get("required", ())
    ]
    return Line(
        category,
        len(category.path) - 1,
        shown.archival_class_names().get(category.archival_class, ""),
        due_words(category),
        needed,
    )


def due_words(category: CategoryView) -> str:
    """When papers of a category are filed (R-ARC-1, R-ARC-2)."""
    rule = category.schema.get("x-filing", {"window": "none" if category.living else "quarter"})
    if "within" in rule:
        hints = category.schema.get("properties", {}).get(rule.get("after", ""))
        start = form.in_language(hints, "title", "") if hints else _("形成")
        return _("%(start)s后 %(n)s 天内", start=start, n=rule["within"])
    words = {"quarter": _("季度归档期"), "year": _("年度归档期（2 月）")}
    return words.get(rule.get("window", ""), _("随时更新，每年快照"))


def _address(asked: str, code: str) -> str:
    given = {name: value for name, value in (("q", asked), ("class", code)) if value}
    return HERE + ("?" + urlencode(given) if given else "")
