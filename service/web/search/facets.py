"""Facets of the search page: what the answer is made of, to choose from, several at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.domain.holdings import CategoryView, FacetLine, Findings
from service.web import shown, states
from service.web.form import category_name
from service.web.language import translated as _
from service.web.search.asked import Asked

FIRST = 5
SEARCHABLE = 12
"""Longer lists get a field to narrow them."""


@dataclass(frozen=True, slots=True)
class Line:
    """A value to choose: `depth` in the tree of categories."""

    value: str
    label: str
    count: int
    chosen: bool
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Facet:
    """A kind of condition: `first` lines are shown, `rest` on demand, `many` with a field to narrow them."""

    name: str
    title: str
    first: Sequence[Line]
    rest: Sequence[Line]
    many: bool


def names_of_facets() -> dict[str, str]:
    """Kind of condition → its word."""
    return {
        "category": _("类别"),
        "archival_class": _("门类"),
        "department": _("部门"),
        "type": _("文件类型"),
        "customer": _("客户"),
        "tag": _("标签"),
        "state": _("状态"),
        "dossier": _("案卷"),
    }


def facets(
    asked: Asked, found: Findings, scheme: Sequence[CategoryView], names: Mapping[str, str]
) -> list[Facet]:
    """The chosen first, also at 0; a facet with nothing to choose is left out. `names`: see `label`."""
    made = []
    for name, title in names_of_facets().items():
        counted = found.facets.get("file_type" if name == "type" else name, ())
        chosen = asked.chosen[name]
        lines = tree(counted, chosen, scheme) if name == "category" else _lines(name, counted, chosen, names)
        if len(lines) > 1 or chosen:
            first = _enough(lines)
            made.append(Facet(name, title, lines[:first], lines[first:], len(lines) > SEARCHABLE))
    return made


def _enough(lines: Sequence[Line]) -> int:
    """How many lines stand first: all that are chosen, and no "one more" where it would fit itself."""
    reach = max((n + 1 for n, line in enumerate(lines) if line.chosen), default=0)
    return len(lines) if len(lines) <= FIRST + 1 else max(FIRST, reach)


def _lines(
    name: str, counted: Sequence[FacetLine], chosen: Sequence[str], names: Mapping[str, str]
) -> list[Line]:
    listed = {line.value for line in counted}
    values = [(line.value, line.count) for line in counted if line.value or name == "department"]
    values += [(value, 0) for value in chosen if value not in listed]
    values = [(value, count) for value, count in values if value]
    made = [Line(value, label(name, value, names), count, value in chosen) for value, count in values]
    return sorted(made, key=lambda line: (not line.chosen, -line.count))


def tree(counted: Sequence[FacetLine], chosen: Sequence[str], scheme: Sequence[CategoryView]) -> list[Line]:
    """Categories under their parents: a parent counts its children too, as a condition on it finds them."""
    counts: dict[str, int] = {}
    paths = {one.code: one.path for one in scheme}
    for line in counted:
        for code in paths.get(line.value, ()):
            counts[code] = counts.get(code, 0) + line.count
    shown_codes = {code for code in paths if counts.get(code) or code in chosen}
    by_code = {one.code: one for one in scheme}

    def weight(code: str) -> tuple[bool, int, str]:
        under = [one for one in chosen if code in paths.get(one, ())]
        return (not under, -counts.get(code, 0), code)

    def below(parent: str, depth: int) -> list[Line]:
        lines: list[Line] = []
        children = [code for code in shown_codes if by_code[code].parent == parent]
        for code in sorted(children, key=weight):
            name = category_name(by_code[code])
            lines += [Line(code, name, counts.get(code, 0), code in chosen, depth), *below(code, depth + 1)]
        return lines

    unknown = [Line(code, code, 0, True) for code in chosen if code not in paths]
    return [*below("", 0), *unknown]


def label(name: str, value: str, names: Mapping[str, str]) -> str:
    """A value as people read it; `names` has those of categories by code and of dossiers by id."""
    if name == "type":
        return shown.family_name(value)
    if name == "archival_class":
        return shown.archival_class_names().get(value, value)
    if name == "state":
        return _("草稿") if value == "draft" else states.of_life(value, "").word
    if name == "dossier":
        return names.get(value) or _("其他案卷")
    return names.get(value, value) if name == "category" else value
