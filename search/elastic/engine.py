"""The Elasticsearch engine: the same plan, terms and answers as the embedded one, on a server shared by many."""

import contextlib
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, TypeVar

from elasticsearch import ApiError

from search.answering.answer import answer
from search.answering.explaining import explain
from search.answering.naming import Learning
from search.answering.suggesting import alike, suggestions
from search.elastic.reading import Reading
from search.elastic.schema import document
from search.elastic.server import Server, Shared, switched, translated
from search.indexing.analysts import analysed, in_lots
from search.indexing.entries import FINGERPRINT, Entry
from search.port import (
    Explanation,
    Hit,
    IndexDocument,
    IndexRejected,
    IndexState,
    Scope,
    SearchRequest,
    SearchResult,
    SearchUnavailable,
    Suggestion,
)
from search.words.lexicon import Lexicon, own_words

BATCH = 200
BULK_CHARACTERS = 1_500_000
"""Terms of one bulk request: about 5 MB of JSON."""
T = TypeVar("T")
RELEARN = 60.0
"""Seconds after which words of the organisation that other processes learnt are read."""
MOST_WORDS = 10_000
STATE_AGE = 10.0
"""Seconds that a search trusts what it knows of the index's fingerprint."""


@dataclass(frozen=True, slots=True)
class _Change:
    """One item of a bulk request, for one generation's index."""

    generation: str
    compartment: str
    id: str
    version: int
    entry: Entry | None
    """None removes."""

    @property
    def size(self) -> int:
        if self.entry is None:
            return 100
        passages = sum(len(p.stretch.text) * 3 + len(p.terms.chars) for p in self.entry.passages)
        return passages + sum(len(text) for texts in self.entry.texts.values() for text in texts)


class ElasticEngine:
    """`SearchEngine` on Elasticsearch 9 (core is enough): indexes, aliases and shared state below `prefix`.

    Nothing is asked of the server before the first call. Any number of processes may write.
    """

    def __init__(self, url: str, prefix: str, *, analysts: int = 0) -> None:
        """`analysts` processes analyse what a rebuild is made of."""
        self._analysts = analysts
        self._server = Server(url, prefix)
        self._checked: float | None = None
        self._learning = Learning(shared=True)
        self._learnt: float | None = None

    @property
    def state(self) -> IndexState:
        """See `IndexState`; asks the server, so raises `SearchUnavailable`."""
        with translated():
            shared = self._server.shared()
        if shared.fingerprint != FINGERPRINT:
            return "outdated"
        return "current" if shared.complete else "new"

    def ready(self) -> None:
        """See `SearchEngine.ready`."""
        if self.state == "outdated":
            raise SearchUnavailable("The search index is of another version and must be rebuilt.")
        self._checked = time.monotonic()

    def close(self) -> None:
        """Let go of the connections."""
        self._server.close()

    # writing

    def put(self, documents: Sequence[IndexDocument]) -> None:
        """See `SearchEngine.put`: waits until the documents are visible."""
        rejected: dict[str, str] = {}
        with translated():
            for batch in _batches(documents, BATCH):
                lot = analysed(batch, self._lexicon(batch))
                rejected |= lot.rejected | self._send([_indexed(one) for one in lot.entries])
        _raise_rejected(rejected)

    def remove(self, compartment: str, versions: Mapping[str, int]) -> None:
        """See `SearchEngine.remove`: Elasticsearch remembers removals for an hour (`gc_deletes`)."""
        changes = [_Change("", compartment, record, version, None) for record, version in versions.items()]
        rejected: dict[str, str] = {}
        with translated():
            for batch in _batches(changes, 1000):
                rejected |= self._send(batch)
        _raise_rejected(rejected)

    def _send(self, changes: Sequence[_Change]) -> dict[str, str]:
        """Changes into every generation that takes them; id → reason of those refused for good."""
        state = self._server.shared()
        if not state.writable:
            raise SearchUnavailable("The search index is of another version and must be rebuilt.")
        rejected: dict[str, str] = {}
        for generation in state.writable:
            rejected |= self._send_to(state, generation, changes, wait=True)
        return rejected

    def _send_to(
        self, state: Shared, generation: str, changes: Sequence[_Change], *, wait: bool
    ) -> dict[str, str]:
        rejected: dict[str, str] = {}
        sendable: list[_Change] = []
        for change in changes:
            try:
                self._server.ensure(state, generation, change.compartment)
            except ValueError as fault:
                rejected[change.id] = str(fault)
            else:
                sendable.append(replace(change, generation=generation))
        missing = []
        for bulk in _bulks(sendable):
            refused, lost = self._bulk(bulk, wait=wait)
            rejected |= refused
            missing += lost
        if missing:
            rejected |= self._send_again(generation, missing, wait=wait)
        return rejected

    def _send_again(self, generation: str, changes: Sequence[_Change], *, wait: bool) -> dict[str, str]:
        """After an index was not there: deleted by a switch, then its successor has all; or lost, then made anew."""
        self._server.forget_indexes()
        state = self._server.shared()
        if generation not in state.writable:
            return {}
        for change in changes:
            self._server.ensure(state, generation, change.compartment)
        refused, lost = self._bulk(changes, wait=wait)
        if lost:
            raise SearchUnavailable("The search index is being replaced.")
        return refused

    def _bulk(self, changes: Sequence[_Change], *, wait: bool) -> tuple[dict[str, str], list[_Change]]:
        """One bulk request, every item checked: those refused for good, and those whose index is not there."""
        operations: list[dict[str, Any]] = []
        for change in changes:
            action = {
                "_index": self._server.write_alias(change.generation, change.compartment),
                "_id": change.id,
                "version": change.version,
                "version_type": "external_gte",
            }
            if change.entry is None:
                operations.append({"delete": action})
            else:
                operations += [{"index": action}, document(change.entry)]
        try:
            result = self._server.client.bulk(
                operations=operations, refresh="wait_for" if wait else False, require_alias=True
            )
        except ApiError as fault:
            if fault.status_code not in (400, 413) or len(changes) > 1:
                raise
            return {changes[0].id: f"Elasticsearch answered {fault.status_code}"}, []
        return _checked(changes, result["items"])

    # rebuilding

    def rebuild(self, documents: Iterable[IndexDocument]) -> int:
        """See `SearchEngine.rebuild`. A rebuild that a crash has cut short is cleared away by the next one."""
        with translated():
            generation = uuid.uuid4().hex[:12]
            self._clear_left_over()
            state = self._server.change_shared(
                lambda now: replace(now, filling=generation, filling_fingerprint=FINGERPRINT)
            )
            count, rejected = self._fill(state, generation, documents)
            self._switch(generation)
        _raise_rejected(rejected)
        return count

    def _clear_left_over(self) -> None:
        self._server.finish_switch()
        state = self._server.shared()
        if state.filling:
            self._server.delete(self._server.indexes(state.filling))

    def _fill(
        self, state: Shared, generation: str, documents: Iterable[IndexDocument]
    ) -> tuple[int, dict[str, str]]:
        count, rejected = 0, dict[str, str]()
        with contextlib.closing(in_lots(documents, self._lexicon, self._analysts)) as lots:
            for lot in lots:
                changes = [_indexed(one) for one in lot.entries]
                refused = self._send_to(state, generation, changes, wait=False)
                count += len(changes) - len(refused)
                rejected |= lot.rejected | refused
        return count, rejected

    def _switch(self, generation: str) -> None:
        server = self._server
        switched(server.shared(), generation)
        for name in server.indexes(generation):
            server.client.indices.refresh(index=name)
        server.switch(generation)
        server.change_shared(lambda now: switched(now, generation))
        server.switch(generation)  # compartments that another process opened in between
        fresh = f"{server.prefix}-{generation}-"
        server.delete(
            [name for name in server.indexes() if not name.startswith((fresh, f"{server.prefix}-meta"))]
        )
        server.forget_indexes()

    # reading

    def search(self, request: SearchRequest) -> SearchResult:
        """See `SearchReader.search`."""
        with self._reading() as reading:
            return answer(reading, request)

    def suggest(self, scope: Scope, text: str, limit: int = 8) -> Sequence[Suggestion]:
        """See `SearchReader.suggest`."""
        with self._reading() as reading:
            return suggestions(reading, scope, text, limit)

    def similar(self, scope: Scope, record: str, limit: int = 10) -> Sequence[Hit]:
        """See `SearchReader.similar`."""
        with self._reading() as reading:
            return alike(reading, scope, record, limit)

    def explain(self, request: SearchRequest, record: str) -> Explanation | None:
        """See `SearchReader.explain`."""
        with self._reading() as reading:
            return explain(reading, request, record)

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Reading]:
        if self._checked is None or time.monotonic() - self._checked > STATE_AGE:
            self.ready()
        with translated():
            yield Reading(self._server, self._lexicon())

    def behind(self, limit: int = 200) -> Sequence[str]:
        """See `SearchReader.behind`."""
        if not self._learning.waiting:
            return ()
        with self._reading() as reading:
            return self._learning.behind(
                lambda: reading, lambda: Scope(dict.fromkeys(reading.compartments())), limit
            )

    def _lexicon(self, documents: Sequence[IndexDocument] = ()) -> Lexicon:
        """The words known, those of these documents among them; other processes' are read now and then."""
        if self._learnt is None or time.monotonic() - self._learnt > RELEARN:
            self._learnt = time.monotonic()
            self._learning.learn(Reading(self._server, self._learning.lexicon).own_words(MOST_WORDS))
        self._learning.learn(own_words(name for document in documents for name in document.own))
        return self._learning.lexicon

    def versions(self, compartment: str, *, after: str = "", limit: int = 1000) -> Sequence[tuple[str, int]]:
        """See `SearchEngine.versions`."""
        behind: dict[str, Any] = {"search_after": [after]} if after else {}
        with translated():
            self._server.shared()
            result = self._server.client.search(
                index=self._server.read_alias(compartment),
                ignore_unavailable=True,
                size=min(limit, 10_000),
                sort=[{"id": "asc"}],
                source={"includes": ["version"]},
                **behind,
            )
        return [(hit["sort"][0], int(hit["_source"]["version"])) for hit in result["hits"]["hits"]]


def _indexed(one: Entry) -> _Change:
    return _Change("", one.compartment, one.id, one.numbers["version"], one)


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch


def _bulks(changes: Iterable[_Change]) -> Iterator[list[_Change]]:
    """Changes in requests of a bounded size."""
    bulk: list[_Change] = []
    size = 0
    for change in changes:
        if bulk and size + change.size > BULK_CHARACTERS:
            yield bulk
            bulk, size = [], 0
        bulk.append(change)
        size += change.size
    if bulk:
        yield bulk


def _checked(
    changes: Sequence[_Change], items: Sequence[Mapping[str, Mapping[str, Any]]]
) -> tuple[dict[str, str], list[_Change]]:
    """Every item of a bulk answer: an older version (409) and a removal of what is not there (404) are done."""
    rejected: dict[str, str] = {}
    missing: list[_Change] = []
    for change, item in zip(changes, items, strict=True):
        (outcome,) = item.values()
        status = int(outcome["status"])
        kind = str(outcome.get("error", {}).get("type", ""))
        if status == 404 and kind == "index_not_found_exception":
            missing.append(change)
        elif status in (408, 429) or status >= 500:
            raise SearchUnavailable(f"Elasticsearch took only some documents ({kind or status}).")
        elif status >= 400 and status not in (404, 409):
            rejected[change.id] = f"{change.id}: {kind or status}"
    return rejected, missing


def _raise_rejected(rejected: Mapping[str, str]) -> None:
    if rejected:
        raise IndexRejected(f"Not indexed: {'; '.join(rejected.values())}"[:500], list(rejected))
