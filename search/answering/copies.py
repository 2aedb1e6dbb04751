"""Copies: records with the same content, and versions of one record, as one row of an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from search.answering.clauses import All, Best, Clause, OneOf
from search.answering.paging import Cursor, Key
from search.answering.source import Found, Page, Question, Source

ROUNDS = 4
"""How often an answer is read on to fill a page with rows: a folder may hold one file a hundred times."""
MOST = 200
"""Records looked at for the groups of one page."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a page: `passed` records were gone through, the last of them stands at `last`."""

    found: Sequence[Found]
    more: bool
    passed: int
    last: Key | None
    others: Mapping[str, int] = field(default_factory=dict)
    """Group → the records that answer beside the one that is shown."""

    @classmethod
    def of(cls, page: Page) -> "Rows":
        """A page as it is, every record a row."""
        return cls(page.found, page.more, len(page.found), page.found[-1].key if page.found else None)

    def folded(self, hit: Found) -> tuple[int, Literal["", "copy", "version"]]:
        """How many others stand behind a row, and what they are of it."""
        others = self.others.get(hit.same, 0)
        return (others, "version" if hit.same.startswith("v:") else "copy") if others else (0, "")


def folded(source: Source, question: Question, page: Page) -> Rows:
    """The rows of a page: of a group the first record in the order, wherever in the answer it stands.

    The total stays that of all records. A page with many copies is filled from what comes behind it.
    """
    rows: list[Found] = []
    others: dict[str, int] = {}
    passed, last, at = 0, None, page
    for _ in range(ROUNDS):
        heads, further = _groups(source, question, at.found)
        others |= further
        for hit in at.found:
            if len(rows) == question.size:
                return Rows(rows, True, passed, last, others)
            passed, last = passed + 1, hit.key
            if heads.get(hit.same, hit.id) == hit.id:
                rows.append(hit)
        if not at.more or last is None or len(rows) == question.size:
            break
        at = source.page(_behind(question, last, passed, page.snapshot))
    return Rows(rows, at.more, passed, last, others)


def _behind(question: Question, last: Key, passed: int, snapshot: str) -> Question:
    step = question.after.step if question.after else ""
    after = Cursor(last, question.shown + passed, step, snapshot)
    return replace(question, request=replace(question.request, facets=()), after=after)


def _groups(
    source: Source, question: Question, found: Sequence[Found]
) -> tuple[dict[str, str], dict[str, int]]:
    """Of the groups among these hits: the id of the first record of each, and how many others answer."""
    keys = tuple(dict.fromkeys(hit.same for hit in found if hit.same))
    scope = question.request.scope
    counts = source.counts(scope, _one_of(keys), "same", len(keys)) if keys else {}
    several = tuple(key for key in keys if counts.get(key, 0) > 1)
    if not several:
        return {}, {}
    clause = All((question.clause,), filters=(_one_of(several),))
    request = replace(question.request, facets=(), cursor="")
    heads: dict[str, str] = {}
    others: dict[str, int] = {}
    for hit in source.page(Question(request, clause, question.order, MOST, None)).found:
        others[hit.same] = others.get(hit.same, -1) + 1
        heads.setdefault(hit.same, hit.id)
    return heads, others


def _one_of(keys: Sequence[str]) -> Clause:
    """One term each: a set of terms would be looked for among all the groups there are."""
    return Best(tuple(OneOf("same", (key,)) for key in keys))
