"""Reading one state of the embedded index: pages, facets and passages over the compartments in scope."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import tantivy

from search.answering.answer import FACET_FIELDS, MAX_FACET_VALUES
from search.answering.clauses import All, Between, Clause, OneOf, Starts, deciding
from search.answering.paging import SCORE, Key, behind
from search.answering.passages import Stretch
from search.answering.ranking import access_filters
from search.answering.source import Card, Found, Page, Question
from search.embedded.bounding import Frequencies, Prospects, broad
from search.embedded.index import PASSAGES, RECORDS, CompartmentIndex
from search.embedded.query import query, scored, under
from search.embedded.snapshots import Snapshots
from search.indexing.packing import unpacked
from search.port import Place, Scope
from search.words.lexicon import Lexicon

SPARE = 16
"""Hits that are asked for beyond the page, to see whether others score like its last one."""
FEW_ALIKE = 2000
"""Up to so many answers all are read where many of them score alike."""
ANSWERS = "answers"
"""Beside the facets, which have other names: how many records answer."""

Hit = tuple[Key, Any, float]
"""Where a record stands in the order, its address in the index, and its score."""


class Reading:
    """One question over a fixed state of the compartments in scope."""

    def __init__(
        self, indexes: Mapping[str, CompartmentIndex], lexicon: Lexicon, snapshots: Snapshots
    ) -> None:
        self._indexes, self.lexicon, self._snapshots = indexes, lexicon, snapshots
        self._searchers: Mapping[str, Any] = {name: index.records() for name, index in indexes.items()}

    def page(self, question: Question) -> Page:
        """One page; from the second on all are of one state, as long as that is held."""
        if question.after is None:
            return self._page(question)
        snapshot, moved = question.after.snapshot, False
        if snapshot:
            held = self._snapshots.held(snapshot)
            if held is None:
                snapshot, moved = "", True
            else:
                self._searchers = {name: held[name] for name in self._indexes if name in held}
        else:
            snapshot = self._snapshots.take(self._searchers)
        page = self._page(question)
        if snapshot and not page.more:
            self._snapshots.let_go(snapshot)
        return replace(page, snapshot=snapshot, moved=moved)

    def _page(self, question: Question) -> Page:
        total = 0
        found: list[tuple[Key, tuple[str, Any, float]]] = []
        facets: dict[str, dict[str, int]] = {name: {} for name in question.request.facets}
        asked = _Asked(question)
        for name, searcher in self._searchers.items():
            count, hits = asked.of(name, searcher, facets)
            total += count
            found += [(key, (name, address, score)) for key, address, score in hits]
        after = question.after.key if question.after else None
        numbers = behind([(key, i) for i, (key, _) in enumerate(found)], question.order, after)
        hits_of_page = self._loaded([found[i] for i in numbers], question.size)
        return Page(total, hits_of_page[: question.size], facets, len(hits_of_page) > question.size)

    def _loaded(self, found: Sequence[tuple[Key, tuple[str, Any, float]]], size: int) -> list[Found]:
        """The first `size` + 1 records; one that stands in two compartments while it moves counts once."""
        loaded: dict[str, Found] = {}
        for key, (name, address, score) in found:
            document = self._searchers[name].doc(address)
            record = document.get_first("id")
            if record not in loaded:
                title = bytes(document.get_first("title")).decode()
                same = document.get_first("same") or ""
                loaded[record] = Found(record, title, key, score, name, same)
            if len(loaded) > size:
                break
        return list(loaded.values())

    def cards(self, scope: Scope, clause: Clause, limit: int) -> Sequence[Card]:
        newest: dict[str, tuple[int, Card]] = {}
        for searcher, in_scope in self._in_scope(scope, clause):
            result = searcher.search(
                in_scope, limit, count=False, order_by_field="seq", order=tantivy.Order.Desc
            )
            for seq, address in result.hits:
                document = searcher.doc(address)
                texts = [bytes(document.get_first(name)).decode() for name in ("title", "card")]
                card = Card.read(document.get_first("id"), *texts)
                newest[card.id] = (int(seq), card)
        ordered = sorted(newest.values(), key=lambda found: -found[0])
        return [card for _, card in ordered[:limit]]

    def counts(self, scope: Scope, clause: Clause, field: str, limit: int) -> Mapping[str, int]:
        wanted = {field: {"terms": {"field": field, "size": limit}}}
        counts: dict[str, int] = {}
        for searcher, in_scope in self._in_scope(scope, clause):
            for bucket in searcher.aggregate(in_scope, wanted)[field]["buckets"]:
                counts[bucket["key"]] = counts.get(bucket["key"], 0) + int(bucket["doc_count"])
        return counts

    def spellings(self, scope: Scope, start: str, limit: int) -> Mapping[str, int]:
        counts: dict[str, int] = {}
        for searcher, in_scope in self._in_scope(scope, Starts("vocabulary", start)):
            for term, count in searcher.terms_with_prefix("vocabulary", start, in_scope, limit):
                counts[term] = counts.get(term, 0) + int(count)
        return {term: count for term, count in counts.items() if count}

    def _in_scope(self, scope: Scope, clause: Clause) -> Iterator[tuple[Any, Any]]:
        asked = query(RECORDS, All(filters=(clause,)))
        for name, searcher in self._searchers.items():
            yield searcher, under(RECORDS, asked, access_filters(scope.compartments[name]))

    def passages(self, found: Sequence[Found], clause: All, limit: int) -> Mapping[str, Sequence[Stretch]]:
        by_index: dict[str, list[str]] = {}
        for hit in found:
            by_index.setdefault(str(hit.handle), []).append(hit.id)
        asked = query(PASSAGES, clause)
        passages: dict[str, Sequence[Stretch]] = {}
        for name, records in by_index.items():
            passages |= _passages_of(self._indexes[name].passages(), records, asked, limit)
        return passages


class _Asked:
    """A question as each compartment is asked it; what is the same for all of them is made once."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._ranked = question.order.field == SCORE and question.size > 0

    @cached_property
    def _decided(self) -> Any:
        return query(RECORDS, deciding(self._question.clause))

    @cached_property
    def _asked(self) -> Any:
        return query(RECORDS, self._question.clause) if self._ranked else self._decided

    def of(self, name: str, searcher: Any, facets: dict[str, dict[str, int]]) -> tuple[int, Iterable[Hit]]:
        """The exact number of answers in one compartment, and enough of the first ones for the page; counts are added
        to the facets."""
        question, access = self._question, access_filters(self._question.request.scope.compartments[name])
        if self._ranked and (best := broad(question.clause, access, Frequencies(searcher, name))):
            count = _add_facets(searcher, under(RECORDS, self._decided, access), facets)
            return count, self._best(searcher, access, best)
        count, hits = _top(searcher, under(RECORDS, self._asked, access), _behind_last(question), question)
        if count and facets:
            _add_facets(searcher, under(RECORDS, self._decided, access), facets)
        return count, hits

    def _best(self, searcher: Any, access: Sequence[Clause], best: Prospects) -> Iterable[Hit]:
        """The best hits of a broad question: those of its prospects, if no other answer can be among them."""
        limit = _depth(self._question)
        likely = under(RECORDS, query(RECORDS, best.clause), access)
        result = searcher.search(likely, limit + SPARE)
        if len(result.hits) >= limit and result.hits[limit - 1][0] > best.rest:
            return _newest_first(searcher, likely, result, limit)
        everything = under(RECORDS, self._asked, access)
        return _newest_first(searcher, everything, searcher.search(everything, limit + SPARE), limit)


def _behind_last(question: Question) -> Sequence[Clause]:
    """Unique whole numbers go on behind the last one instead of passing over all before it."""
    order, after = question.order, question.after
    if order.field == SCORE or after is None or not isinstance(after.key.value, int):
        return ()
    last = after.key.value
    return (Between(order.field, None, last) if order.descending else Between(order.field, last, None),)


def _depth(question: Question) -> int:
    """How many hits tell the page and whether there are more."""
    return question.shown + question.size + 1


def _top(
    searcher: Any, in_scope: Any, behind_last: Sequence[Clause], question: Question
) -> tuple[int, Iterable[Hit]]:
    """The exact number of answers in one compartment, and enough of the first ones for the page."""
    order = question.order
    if order.field == SCORE:
        result = searcher.search(in_scope, _depth(question) + SPARE)
        return result.count, _newest_first(searcher, in_scope, result, _depth(question))
    direction = tantivy.Order.Desc if order.descending else tantivy.Order.Asc
    wanted, limit, count = in_scope, _depth(question), -1
    if behind_last:
        count = searcher.search(in_scope, 1).count
        wanted, limit = under(RECORDS, in_scope, behind_last), question.size + 2
    result = searcher.search(wanted, limit, order_by_field=order.field, order=direction)
    seqs = searcher.fast_field_values("seq", [address for _, address in result.hits])
    hits = [
        (Key(value, int(seq)), address, 0.0) for (value, address), seq in zip(result.hits, seqs, strict=True)
    ]
    return result.count if count < 0 else count, hits


def _newest_first(searcher: Any, in_scope: Any, result: Any, limit: int) -> list[Hit]:
    """The best `limit` hits, perhaps some more: the newest of those that score alike come first."""
    hits = result.hits
    if len(hits) == limit + SPARE and hits[limit - 1][0] == hits[-1][0]:
        last = hits[-1][0]
        better = [hit for hit in hits if hit[0] > last]
        hits = better + _newest_of(searcher, in_scope, last, limit - len(better), result.count)
    seqs = searcher.fast_field_values("seq", [address for _, address in hits])
    return [
        (Key(score, int(seq)), address, float(score))
        for (score, address), seq in zip(hits, seqs, strict=True)
    ]


def _newest_of(
    searcher: Any, in_scope: Any, score: float, wanted: int, count: int
) -> list[tuple[float, Any]]:
    """Of the hits with this score the newest ones, at least `wanted` or all: the newest of all hits are looked through
    for them, ever more of those. To read all that score alike takes a quarter of a second where a hundred thousand do.
    """
    if count <= FEW_ALIKE:
        return [hit for hit in searcher.search(in_scope, count, count=False).hits if hit[0] == score]
    reach = 4 * wanted + SPARE
    while True:
        newest = searcher.search(
            in_scope, reach, count=False, order_by_field="seq", order=tantivy.Order.Desc
        ).hits
        since = Between("seq", int(newest[-1][0]), None)
        hits = searcher.search(under(RECORDS, in_scope, (since,)), reach, count=False).hits
        alike = [hit for hit in hits if hit[0] == score]
        if len(alike) >= wanted or reach >= count:
            return alike
        reach *= 8


def _add_facets(searcher: Any, in_scope: Any, facets: dict[str, dict[str, int]]) -> int:
    """Add one compartment's counts, and give how many answers it has."""
    wanted: dict[str, Any] = {
        name: {"terms": {"field": FACET_FIELDS[name], "size": MAX_FACET_VALUES}}
        for name in facets
        if name in FACET_FIELDS
    }
    found = searcher.aggregate(in_scope, wanted | {ANSWERS: {"value_count": {"field": "seq"}}})
    count = int(found.pop(ANSWERS)["value"])
    for name, of_name in found.items():
        for bucket in of_name["buckets"]:
            facets[name][bucket["key"]] = facets[name].get(bucket["key"], 0) + int(bucket["doc_count"])
    return count


def _passages_of(searcher: Any, records: Sequence[str], asked: Any, limit: int) -> dict[str, list[Stretch]]:
    """At most `limit` passages of each record: all are asked for at once, again those that others left no room."""
    # the records lead and their passages are scored: as a second condition the clause would be read for all passages
    wanted = scored(PASSAGES, asked, (OneOf("record", tuple(records)),))
    reach = limit * len(records)
    hits = searcher.search(wanted, reach, count=False).hits
    numbers = searcher.fast_field_values("n", [address for _, address in hits])
    found: dict[str, list[Stretch]] = {record: [] for record in records}
    for (score, address), number in zip(hits, numbers, strict=True):
        document = searcher.doc(address)
        of_record = found[document.get_first("record")]
        if score > 0.0 and len(of_record) < limit:
            of_record.append(stretch_of(document.to_dict(), int(number)))
    if len(hits) == reach and len(records) > 1:
        for record in [record for record in records if len(found[record]) < limit]:
            found |= _passages_of(searcher, [record], asked, limit)
    return found


def stretch_of(fields: Mapping[str, Sequence[Any]], n: int) -> Stretch:
    """A stored passage."""
    file_id, file_name, kind, number, label = json.loads(fields["place"][0])
    text = unpacked(bytes(fields["text"][0]))
    return Stretch(n, file_id, file_name, Place(kind, number, label), text)
