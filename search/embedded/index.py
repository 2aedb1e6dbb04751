"""One compartment's index on Tantivy: its schema, its writing in group commits, the translation of clauses."""

import json
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tantivy

from search.answering.clauses import Between
from search.embedded.query import query
from search.indexing.entries import BAGS, HEADS, KEYWORDS, MEASURES, NUMBERS, TERMS, Entry
from search.indexing.packing import packed
from search.port import SearchError, SearchUnavailable

HEAP = 15_000_000
FILLING_HEAP = 60_000_000
"""Memory of a writer that fills a new index: fewer, larger segments are merged less often."""
TOMBSTONE_AGE = 24 * 3600.0
FAULTS = (ValueError, OSError, RuntimeError)
"""What Tantivy raises, for wrong values as for a full disk."""

Occur = tantivy.Occur


def _record_schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_bytes_field("title", stored=True)
    builder.add_text_field("title_key", fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_bytes_field("card", stored=True)
    for name in NUMBERS:
        builder.add_unsigned_field(name, indexed=True, fast=True)
    for name in MEASURES:
        builder.add_float_field(name, indexed=True, fast=True)
    for name in KEYWORDS:
        stored = name == "same"
        builder.add_text_field(name, stored=stored, fast=True, tokenizer_name="raw", index_option="basic")
    for name in TERMS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    for name in BAGS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    for name in HEADS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
    builder.add_text_field("vocabulary", tokenizer_name="whitespace", index_option="basic")
    return builder.build()


def _passage_schema() -> Any:
    """Passages, and beside them the tombstones of removed records (`removed` = when), which must not count there."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("record", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_bytes_field("place", stored=True)
    builder.add_bytes_field("text", stored=True)
    builder.add_unsigned_field("n", fast=True)
    builder.add_unsigned_field("version", fast=True)
    builder.add_unsigned_field("removed", indexed=True, fast=True)
    for name in ("chars", "pairs", "facts"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
    return builder.build()


RECORDS = _record_schema()
PASSAGES = _passage_schema()


@dataclass(frozen=True, slots=True)
class Removal:
    """A record to take out."""

    id: str
    version: int


Change = Entry | Removal


@dataclass(slots=True)
class _Batch:
    """The changes of one caller, waiting for whoever commits next."""

    changes: Sequence[Change]
    done: bool = False
    fault: SearchError | None = None
    rejected: dict[str, str] = field(default_factory=dict)


class CompartmentIndex:
    """Records and passages of one compartment. `path` None holds them in memory; only one process may write."""

    def __init__(self, path: Path | None, *, filling: bool = False) -> None:
        self._heap = FILLING_HEAP if filling else HEAP
        self._versions: dict[str, int] | None = {} if filling else None
        self._records = _open(RECORDS, path and path / "records")
        self._passages = _open(PASSAGES, path and path / "passages")
        self._writers: tuple[Any, Any] | None = None
        self._writing = threading.Lock()
        self._gate = threading.Lock()
        self._waiting: list[_Batch] = []
        self._last_write = self._last_reload = time.monotonic()
        self._closed = False

    # reading

    def records(self) -> Any:
        """A searcher over the records as they are now committed."""
        return self._records.searcher()

    def passages(self) -> Any:
        """A searcher over the passages."""
        return self._passages.searcher()

    def follow(self, every: float) -> None:
        """See what another process has committed, looking at most `every` seconds."""
        now = time.monotonic()
        if now - self._last_reload >= every:
            self._reload()

    def _reload(self) -> None:
        self._records.reload()
        self._passages.reload()
        self._last_reload = time.monotonic()

    # writing

    def fill(self, entries: Sequence[Entry]) -> dict[str, str]:
        """Take entries without a commit, into an index opened for filling: id → reason of those not taken."""
        batch = _Batch(entries)
        with self._writing:
            try:
                self._add([batch])
            except FAULTS as fault:
                self._writers = None
                raise SearchUnavailable(f"The index could not be written: {fault}") from fault
        return batch.rejected

    def filled(self) -> None:
        """Commit what was filled in; from now on it is an index like any other."""
        self.write(())
        with self._writing:
            self._versions, self._heap = None, HEAP
            self._release()

    def write(self, changes: Sequence[Change]) -> dict[str, str]:
        """Apply changes and commit; returns when they are visible: id → reason of those not taken.

        Callers that come while a commit is under way share the next one.
        """
        batch = _Batch(changes)
        with self._gate:
            self._waiting.append(batch)
        with self._writing:
            if not batch.done:
                self._commit_waiting()
        if batch.fault is not None:
            raise batch.fault
        return batch.rejected

    def rest(self, idle: float) -> None:
        """Let go of the writers' memory and threads after `idle` seconds without a change."""
        if (
            self._writers
            and time.monotonic() - self._last_write >= idle
            and self._writing.acquire(blocking=False)
        ):
            try:
                self._release()
            finally:
                self._writing.release()

    def close(self) -> None:
        """Let go of the writers; later changes are dropped (the generation has been replaced)."""
        with self._writing:
            self._closed = True
            self._release()

    def _release(self) -> None:
        if self._writers:
            for writer in self._writers:
                writer.wait_merging_threads()
            self._writers = None

    def _commit_waiting(self) -> None:
        with self._gate:
            batches, self._waiting = self._waiting, []
        try:
            if not self._closed:
                self._apply(batches)
        except FAULTS as fault:
            self._writers = None  # what is not committed goes; the next change starts from what is
            for batch in batches:
                batch.fault = SearchUnavailable(f"The index could not be written: {fault}")
        finally:
            for batch in batches:
                batch.done = True

    def _add(self, batches: Sequence[_Batch]) -> None:
        if self._writers is None:
            opened = [
                index.writer(heap_size=self._heap, num_threads=1) for index in (self._records, self._passages)
            ]
            self._writers = (opened[0], opened[1])
        # of an index that is filled from nothing every version is known without looking
        versions: dict[str, int] = {} if self._versions is None else self._versions
        for batch in batches:
            for change in batch.changes:
                try:
                    self._change(change, versions)
                except (ValueError, OverflowError, TypeError) as fault:
                    batch.rejected[change.id] = str(fault)
        self._last_write = time.monotonic()

    def _apply(self, batches: Sequence[_Batch]) -> None:
        self._add(batches)
        self._passages_writer.commit()  # first: a record that is found has its passages
        self._records_writer.commit()
        self._reload()
        self._last_write = time.monotonic()

    @property
    def _records_writer(self) -> Any:
        return self._writers[0] if self._writers else None

    @property
    def _passages_writer(self) -> Any:
        return self._writers[1] if self._writers else None

    def _change(self, change: Change, versions: dict[str, int]) -> None:
        version = change.version if isinstance(change, Removal) else change.numbers["version"]
        held = versions.get(change.id)
        if held is None:
            held = self._held_version(change.id) if self._versions is None else -1
        if version < held:
            return
        # documents are made before anything is deleted: a faulty one leaves the old one where it is
        record = None if isinstance(change, Removal) else _record(change)
        passages = [_tombstone(change)] if isinstance(change, Removal) else list(_passages(change))
        versions[change.id] = version
        if held >= 0:
            self._records_writer.delete_documents_by_term("id", change.id)
            self._passages_writer.delete_documents_by_term("record", change.id)
        if record is not None:
            self._records_writer.add_document(record)
        for passage in passages:
            self._passages_writer.add_document(passage)

    def _held_version(self, record: str) -> int:
        """The version of a record or of its removal, -1 if neither is known."""
        live = _first_number(self.records(), tantivy.Query.term_query(RECORDS, "id", record), "version")
        if live >= 0:
            return live
        gone = tantivy.Query.boolean_query(
            [
                (Occur.Must, tantivy.Query.term_query(PASSAGES, "record", record)),
                (Occur.Must, query(PASSAGES, Between("removed", 1, None))),
            ]
        )
        return _first_number(self.passages(), gone, "version")

    def forget_removals(self, now: float) -> None:
        """Drop tombstones of more than a day: writes that are so late are repeated from the truth."""
        with self._writing:
            old = query(PASSAGES, Between("removed", 1, int(now - TOMBSTONE_AGE)))
            if self._closed or self._writers is None or not self.passages().search(old, 1).count:
                return
            self._passages_writer.delete_documents_by_query(old)
            self._passages_writer.commit()
            self._reload()


def _open(schema: Any, path: Path | None) -> Any:
    if path is None:
        index = tantivy.Index(schema)
    else:
        path.mkdir(parents=True, exist_ok=True)
        index = tantivy.Index(schema, str(path))
    index.config_reader(reload_policy="manual")
    return index


def _first_number(searcher: Any, found: Any, name: str) -> int:
    hits = searcher.search(found, 1, count=False).hits
    return int(searcher.fast_field_values(name, [hits[0][1]])[0]) if hits else -1


def _record(entry: Entry) -> Any:
    document = tantivy.Document()
    document.add_text("id", entry.id)
    document.add_bytes("title", entry.title.encode("utf-8", "replace"))
    document.add_text("title_key", entry.title_key)
    for name, number in entry.numbers.items():
        document.add_unsigned(name, number)
    for name, measure in entry.measures.items():
        document.add_float(name, measure)
    document.add_text("vocabulary", " ".join(entry.vocabulary))
    document.add_bytes("card", entry.card.encode("utf-8", "replace"))
    for values in (entry.keywords, entry.texts):
        for name, texts in values.items():
            for text in texts:
                document.add_text(name, text)
    return document


def _passages(entry: Entry) -> Iterable[Any]:
    for passage in entry.passages:
        stretch = passage.stretch
        place = stretch.place
        document = tantivy.Document()
        document.add_text("record", entry.id)
        document.add_unsigned("n", stretch.n)
        said = [stretch.file_id, stretch.file_name, place.kind, place.number, place.label]
        document.add_bytes("place", json.dumps(said).encode())
        document.add_bytes("text", packed(stretch.text))
        for name, terms in (
            ("chars", passage.terms.chars),
            ("pairs", passage.terms.pairs),
            ("facts", passage.terms.facts),
        ):
            if terms:
                document.add_text(name, terms)
        yield document


def _tombstone(removal: Removal) -> Any:
    document = tantivy.Document()
    document.add_text("record", removal.id)
    document.add_unsigned("version", removal.version)
    document.add_unsigned("removed", int(time.time()))
    return document
