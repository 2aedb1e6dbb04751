"""Reading one state of the embedded index: pages, facets and passages over the compartments in scope."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import tantivy

from search.answer import FACET_FIELDS, MAX_FACET_VALUES
from search.clauses import All, Between, Clause, OneOf, Starts
from search.embedded_index import PASSAGES, RECORDS, CompartmentIndex
from search.embedded_query import query, scored, under
from search.lexicon import Lexicon
from search.packing import unpacked
from search.paging import SCORE, Key, behind
from search.passages import Stretch
from search.port import Place, Scope
from search.ranking import access_filters
from search.snapshots import Snapshots
from search.source import Card, Found, Page, Question


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
        asked, behind_last = query(RECORDS, question.clause), _behind_last(question)
        for name, searcher in self._searchers.items():
            in_scope = under(RECORDS, asked, access_filters(question.request.scope.compartments[name]))
            count, hits = _top(searcher, in_scope, behind_last, question)
            total += count
            found += [(key, (name, address, score)) for key, address, score in hits]
            if count:
                _add_facets(searcher, in_scope, facets)
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


def _behind_last(question: Question) -> Sequence[Clause]:
    """Unique whole numbers go on behind the last one instead of passing over all before it."""
    order, after = question.order, question.after
    if order.field == SCORE or after is None or not isinstance(after.key.value, int):
        return ()
    last = after.key.value
    return (Between(order.field, None, last) if order.descending else Between(order.field, last, None),)


def _top(
    searcher: Any, in_scope: Any, behind_last: Sequence[Clause], question: Question
) -> tuple[int, Iterable[tuple[Key, Any, float]]]:
    """The exact number of answers in one compartment, and enough of the first ones for the page."""
    order = question.order
    if order.field == SCORE:
        return _top_by_score(searcher, in_scope, question.shown + question.size + 1)
    direction = tantivy.Order.Desc if order.descending else tantivy.Order.Asc
    wanted, limit, count = in_scope, question.shown + question.size + 1, -1
    if behind_last:
        count = searcher.search(in_scope, 1).count
        wanted, limit = under(RECORDS, in_scope, behind_last), question.size + 2
    result = searcher.search(wanted, limit, order_by_field=order.field, order=direction)
    seqs = searcher.fast_field_values("seq", [address for _, address in result.hits])
    hits = [
        (Key(value, int(seq)), address, 0.0) for (value, address), seq in zip(result.hits, seqs, strict=True)
    ]
    return result.count if count < 0 else count, hits


def _top_by_score(searcher: Any, in_scope: Any, limit: int) -> tuple[int, Iterable[tuple[Key, Any, float]]]:
    """At least `limit` hits, and all that score like the last of them: the newest of equals come first."""
    reach = limit + 16
    while True:
        result = searcher.search(in_scope, reach)
        hits = result.hits
        if len(hits) < reach or hits[limit - 1][0] > hits[-1][0]:
            break
        reach *= 4
    seqs = searcher.fast_field_values("seq", [address for _, address in hits])
    scored = zip(hits, seqs, strict=True)
    return result.count, [(Key(score, int(seq)), address, float(score)) for (score, address), seq in scored]


def _add_facets(searcher: Any, in_scope: Any, facets: dict[str, dict[str, int]]) -> None:
    wanted = {
        name: {"terms": {"field": FACET_FIELDS[name], "size": MAX_FACET_VALUES}}
        for name in facets
        if name in FACET_FIELDS
    }
    if not wanted:
        return
    for name, found in searcher.aggregate(in_scope, wanted).items():
        for bucket in found["buckets"]:
            facets[name][bucket["key"]] = facets[name].get(bucket["key"], 0) + int(bucket["doc_count"])


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
