"""Suggesting: what both engines offer beside answers: endings of what is being typed, and records alike."""

from collections.abc import Iterable, Iterator
from itertools import chain
from operator import itemgetter

from search.answering.clauses import All, Clause, Match, OneOf, Starts
from search.answering.paging import SORTINGS
from search.answering.ranking import likeness
from search.answering.source import Card, Question, Source
from search.port import Hit, Scope, SearchRequest, Snippet, Suggestion, SuggestionKind
from search.words.beginnings import MARK, MAX_CHARACTERS, MAX_LETTERS, SHORT, begins, typed

CANDIDATES = 60
"""Records looked at for titles and codes: many have the same title."""
VALUES = 150
"""Values of a facet looked at for parties and tags, the most frequent; the records found have others too."""
MIXED = 4
"""Letters by which candidates are found when syllables are mixed with initials: huiyijy."""
ALIKE = 0.15
"""A record is alike from this part of the score that a record has with itself."""


def suggestions(source: Source, scope: Scope, text: str, limit: int) -> list[Suggestion]:
    """See `SearchReader.suggest`: what begins with it stands before what has it inside, then kind by kind.

    As soon as so many begin with it, nothing further is looked at: it could only stand behind them.
    """
    wanted = typed(text)
    if not wanted or limit <= 0 or not scope.compartments:
        return []
    offers = (
        _of_records(source, scope, wanted),
        _of_values(source, scope, wanted, "party"),
        _of_values(source, scope, wanted, "tag"),
    )
    named: dict[tuple[str, str], tuple[int, Suggestion]] = {}
    heading = 0
    for place, suggestion in chain.from_iterable(offers):
        key = (suggestion.kind, suggestion.text)
        if key not in named:
            heading += place == 0
            named[key] = (place, suggestion)
        if heading == limit:
            break
    best = sorted(named.values(), key=itemgetter(0))
    return [suggestion for _, suggestion in best[:limit]]


def _of_records(source: Source, scope: Scope, wanted: str) -> Iterator[tuple[int, Suggestion]]:
    for first in _first_parts(wanted):
        found = False
        for rated in _named(source.cards(scope, beginning("heads", first), CANDIDATES), wanted):
            found = True
            yield rated
        if found:
            return


def _named(cards: Iterable[Card], wanted: str) -> Iterator[tuple[int, Suggestion]]:
    for card in cards:
        if (place := begins(card.title, wanted)) >= 0:
            yield place, Suggestion("title", card.title, card.id)
        for code in card.codes:
            if (place := begins(code, wanted)) >= 0:
                yield place, Suggestion("code", code, card.id)


def _of_values(
    source: Source, scope: Scope, wanted: str, kind: SuggestionKind
) -> Iterator[tuple[int, Suggestion]]:
    for first in _first_parts(wanted):
        found = False
        counts = source.counts(scope, beginning(f"{kind}_heads", first), kind, VALUES)
        for value in sorted(counts, key=lambda value: (-counts[value], value)):
            if (place := begins(value, wanted)) >= 0:
                found = True
                yield place, Suggestion(kind, value)
        if found:
            return


def beginning(field: str, first: str) -> Clause:
    """What begins like this in a field of beginnings; one letter or two are terms of their own."""
    return Match(field, (MARK + first,)) if len(first) <= SHORT else Starts(field, first)


def _first_parts(wanted: str) -> list[str]:
    """What candidates begin with: characters, syllables and initials may be mixed, then `begins` decides alone."""
    if not wanted.isascii():
        end = next((i for i, char in enumerate(wanted) if char.isascii()), len(wanted))
        return [wanted[: min(end, MAX_CHARACTERS)] or wanted]
    return (
        [wanted[:MAX_LETTERS], wanted[:MIXED]]
        if len(wanted) > MIXED and wanted.isalpha()
        else [wanted[:MAX_LETTERS]]
    )


def alike(source: Source, scope: Scope, record: str, limit: int) -> list[Hit]:
    """See `SearchReader.similar`."""
    card = next(iter(source.cards(scope, OneOf("id", (record,)), 1)), None)
    if card is None or not card.gist or limit <= 0:
        return []
    clause = All((likeness(card.gist),))
    request = SearchRequest(scope, limit=limit + 1, facets=(), places=0)
    found = source.page(Question(request, clause, SORTINGS["relevance"], limit + 1, None)).found
    own = next((hit.score for hit in found if hit.id == record), found[0].score if found else 0.0)
    others = [hit for hit in found if hit.id != record and hit.score >= ALIKE * own]
    return [Hit(hit.id, hit.score, Snippet(hit.title)) for hit in others[:limit]]
