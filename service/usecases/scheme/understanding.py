"""Understanding a question: what people type, with the names of categories and fields that this archive has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from search.question.query import Node, Piece, QueryProblem, read, resolve
from search.words.folding import fold
from search.words.synonyms import Groups, alternatives, shipped
from service.domain.holdings import CategoryView


@dataclass(frozen=True, slots=True)
class Understood:
    """A question as it is asked of the engine; `tree` None asks for everything. `pieces` is what it was made of."""

    tree: Node | None
    problems: Sequence[QueryProblem]
    pieces: Sequence[Piece]


class Scheme(dict[str, CategoryView]):
    """The categories by code; what is asked of all of them is worked out once, so they must not be changed."""

    @cached_property
    def labels(self) -> frozenset[str]:
        """See `labels`."""
        return labels(self)


def understood(
    text: str, today: date, scheme: Mapping[str, CategoryView], synonyms: Groups | None = None
) -> Understood:
    """Read a question. Never raises: what is wrong with it is in `problems`. Without `synonyms` those of the program
    count."""
    groups = shipped() if synonyms is None else synonyms
    known = scheme.labels if isinstance(scheme, Scheme) else labels(scheme)
    parsed, pieces = read(text, today, known)
    tree = (
        resolve(parsed.tree, lambda field, value: codes_of(field, value, scheme, groups))
        if parsed.tree
        else None
    )
    return Understood(tree, parsed.problems, pieces)


def labels(scheme: Mapping[str, CategoryView]) -> frozenset[str]:
    """The fields of categories that a question may name: 甲方, 付款方式."""
    return frozenset(
        str(hints.get("title", name))
        for category in scheme.values()
        for name, hints in category.schema.get("properties", {}).items()
        if hints.get("x-searchable")
    )


def codes_of(field: str, value: str, scheme: Mapping[str, CategoryView], groups: Groups) -> Sequence[str]:
    """The codes of categories of that code or name, else of those whose name holds it, else of those whose name holds
    a word of the trade that means the same: 会议记录 is 会议纪要. Of other fields none."""
    if field != "category":
        return ()
    wanted = value.casefold()
    exact = [
        c.code
        for c in scheme.values()
        if wanted in (c.code.casefold(), c.name.casefold(), c.name_en.casefold())
    ]
    if exact or not wanted:
        return exact
    for word in alternatives(fold(wanted).text, groups):
        if held := [c.code for c in scheme.values() if word in c.name.casefold()]:
            return held
    return ()
