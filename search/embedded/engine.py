"""The embedded engine: Tantivy on this machine's disk, written by one process, read by any."""

import contextlib
import fcntl
import os
import shutil
import threading
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import tantivy

from search.answering.answer import answer
from search.answering.clauses import Everything
from search.answering.explaining import explain
from search.answering.naming import Learning
from search.answering.suggesting import alike, suggestions
from search.embedded.generation import Generation
from search.embedded.index import FAULTS, Change, Removal
from search.embedded.pointer import read_pointer, write_pointer
from search.embedded.reading import Reading
from search.embedded.snapshots import Snapshots
from search.indexing.analysts import analysed, in_lots
from search.indexing.entries import FINGERPRINT, Entry
from search.port import (
    Explanation,
    Hit,
    IndexDocument,
    IndexRejected,
    IndexState,
    Scope,
    SearchError,
    SearchRequest,
    SearchResult,
    SearchUnavailable,
    Suggestion,
)
from search.words.lexicon import Lexicon, own_words

IDLE = 5.0
"""Seconds without a change after which writers are let go: each holds memory and threads."""
RELEARN = 60.0
"""Seconds after which a reading process looks for new words of the organisation."""
MOST_WORDS = 100_000
FOLLOW = 0.5
"""Seconds after which a reading process looks for what the writing one has done."""


class EmbeddedEngine:
    """`SearchEngine` on Tantivy in `directory` (None: in memory). One process at a time may open it writable.

    Layout: `current.json` names the generation that answers; `generations/NAME/COMPARTMENT/{records,passages}`.
    Raises `SearchUnavailable` if another process has it open for writing.
    """

    def __init__(self, directory: Path | None, *, writable: bool = True, analysts: int = 0) -> None:
        """`analysts` processes analyse what a rebuild is made of."""
        self._directory, self._analysts = directory, analysts
        self._writable = writable
        self._lock_file: int | None = None
        self._state: IndexState = "new"
        self._live: Generation | None = None
        self._next: Generation | None = None
        self._pointer_seen: tuple[int, int] = (0, 0)
        self._rebuilding = threading.Lock()
        self._listing: tuple[str, list[tuple[str, int]]] | None = None
        self._stop = threading.Event()
        self._keeper: threading.Thread | None = None
        self._snapshots, self._learning = Snapshots(), Learning(shared=False)
        self._learnt: tuple[object, float] = (None, 0.0)
        if directory is None:
            self._live = Generation(None)
        elif writable:
            self._open_for_writing(directory)
        else:
            self._follow_pointer(directory)

    # the directory

    def _open_for_writing(self, directory: Path) -> None:
        (directory / "generations").mkdir(parents=True, exist_ok=True)
        self._lock_file = os.open(directory / "writer.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock_file)
            self._lock_file = None
            raise SearchUnavailable("Another process writes this search index.") from None
        pointer = read_pointer(directory)
        if pointer is None:
            pointer = {"generation": uuid.uuid4().hex, "fingerprint": FINGERPRINT, "complete": False}
            (directory / "generations" / pointer["generation"]).mkdir()
            write_pointer(directory, pointer)
        self._adopt(directory, pointer)
        for left_over in (directory / "generations").iterdir():
            if left_over.name != pointer["generation"]:
                shutil.rmtree(left_over, ignore_errors=True)

    def _adopt(self, directory: Path, pointer: Mapping[str, Any]) -> None:
        current = pointer["fingerprint"] == FINGERPRINT
        self._state = "outdated" if not current else "current" if pointer["complete"] else "new"
        path = directory / "generations" / pointer["generation"]
        self._live = Generation(path, own=self._writable) if current else None

    def _follow_pointer(self, directory: Path) -> None:
        """A reading process: take up the generation that the writing one has switched to."""
        try:
            status = (directory / "current.json").stat()
        except OSError:
            raise SearchUnavailable("There is no search index yet.") from None
        seen = (status.st_mtime_ns, status.st_ino)
        if seen != self._pointer_seen and (pointer := read_pointer(directory)):
            self._adopt(directory, pointer)
            self._pointer_seen = seen

    @property
    def state(self) -> IndexState:
        """See `IndexState`."""
        return self._state

    def ready(self) -> None:
        """See `SearchEngine.ready`."""
        self._generation()

    def _generation(self) -> Generation:
        if self._directory is not None and not self._writable:
            self._follow_pointer(self._directory)
        if self._live is None:
            raise SearchUnavailable("The search index is of another version and must be rebuilt.")
        return self._live

    def close(self) -> None:
        """Let go of everything; every `put` that returned is on disk already."""
        self._stop.set()
        if self._keeper is not None:
            self._keeper.join()
        for generation in (self._live, self._next):
            if generation is not None:
                generation.close()
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None

    # writing

    def put(self, documents: Sequence[IndexDocument]) -> None:
        """See `SearchEngine.put`: committed and visible when it returns."""
        by_compartment: dict[str, list[Change]] = {}
        lot = analysed(documents, self._lexicon(documents))
        for one in lot.entries:
            by_compartment.setdefault(one.compartment, []).append(one)
        self._change(by_compartment, lot.rejected)

    def remove(self, compartment: str, versions: Mapping[str, int]) -> None:
        """See `SearchEngine.remove`."""
        self._change({compartment: [Removal(*removed) for removed in versions.items()]}, {})

    def _change(self, by_compartment: Mapping[str, Sequence[Change]], rejected: dict[str, str]) -> None:
        generations = [generation for generation in (self._live, self._next) if generation is not None]
        if not self._writable or not generations:
            self._generation()
            raise SearchUnavailable("This process only reads the search index.")
        self._keep_house()
        for generation in generations:
            rejected |= self._write(generation, by_compartment)
        if rejected:
            raise IndexRejected(f"Not indexed: {'; '.join(rejected.values())}"[:500], list(rejected))

    def _write(self, generation: Generation, changes: Mapping[str, Sequence[Change]]) -> dict[str, str]:
        rejected: dict[str, str] = {}
        for compartment, of_compartment in changes.items():
            try:
                index = generation.opened(compartment)
            except ValueError as fault:
                rejected |= {change.id: str(fault) for change in of_compartment}
            else:
                rejected |= index.write(of_compartment)
        return rejected

    def _lexicon(self, documents: Sequence[IndexDocument] = ()) -> Lexicon:
        """The words known, those of these documents among them; what the index knows is read once, and by a process
        that only reads again and again."""
        live, now = self._live, time.monotonic()
        generation, at = self._learnt
        if live is not None and (generation is not live or (not self._writable and now - at > RELEARN)):
            self._learnt = (live, now)
            found = {name: index for name in live.compartments() if (index := live.existing(name))}
            scope = Scope(dict.fromkeys(found))
            known = Reading(found, self._learning.lexicon, self._snapshots).counts(
                scope, Everything(), "own", MOST_WORDS
            )
            self._learning.learn(known)
        self._learning.learn(own_words(name for document in documents for name in document.own))
        return self._learning.lexicon

    def _keep_house(self) -> None:
        """Start the thread that lets idle writers go, with the first change."""
        if self._keeper is None:
            self._keeper = threading.Thread(target=self._house_keeping, name="fonds-search", daemon=True)
            self._keeper.start()

    def _house_keeping(self) -> None:
        swept = time.monotonic()
        while not self._stop.wait(IDLE / 2):
            live = self._live
            self._snapshots.sweep()
            for index in list(live.indexes.values()) if live else ():
                index.rest(IDLE)
                if time.monotonic() - swept > 3600:
                    with contextlib.suppress(*FAULTS):
                        index.forget_removals(time.time())
            swept = time.monotonic() if time.monotonic() - swept > 3600 else swept

    def rebuild(self, documents: Iterable[IndexDocument]) -> int:
        """See `SearchEngine.rebuild`. Documents that cannot be indexed are left out and named at the end."""
        if not self._writable:
            raise SearchUnavailable("This process only reads the search index.")
        if not self._rebuilding.acquire(blocking=False):
            raise SearchError("The search index is being rebuilt already.")
        name = uuid.uuid4().hex
        path = self._directory and self._directory / "generations" / name
        try:
            if path is not None:
                path.mkdir()
            self._next = Generation(path, own=True, filling=True)
            count, rejected = self._fill(self._next, documents)
            self._switch(name)
        except BaseException:
            self._abandon(path)
            raise
        finally:
            self._rebuilding.release()
        if rejected:
            raise IndexRejected(f"Not indexed: {'; '.join(rejected.values())}"[:500], list(rejected))
        return count

    def _fill(self, generation: Generation, documents: Iterable[IndexDocument]) -> tuple[int, dict[str, str]]:
        count, rejected = 0, dict[str, str]()
        with contextlib.closing(in_lots(documents, self._lexicon, self._analysts)) as lots:
            for lot in lots:
                entries: dict[str, list[Entry]] = {}
                for one in lot.entries:
                    entries.setdefault(one.compartment, []).append(one)
                refused = self._filled_in(generation, entries)
                rejected |= lot.rejected | refused
                count += len(lot.entries) - len(refused)
        generation.filled()
        return count, rejected

    def _filled_in(self, generation: Generation, entries: Mapping[str, Sequence[Entry]]) -> dict[str, str]:
        rejected: dict[str, str] = {}
        for compartment, of_compartment in entries.items():
            try:
                rejected |= generation.opened(compartment).fill(of_compartment)
            except ValueError as fault:
                rejected |= {one.id: str(fault) for one in of_compartment}
        return rejected

    def _switch(self, name: str) -> None:
        old = self._live
        if self._directory is not None:
            write_pointer(self._directory, {"generation": name, "fingerprint": FINGERPRINT, "complete": True})
        self._live, self._next, self._state = self._next, None, "current"
        if old is not None:
            old.close()
        if self._directory is not None:
            for replaced in (self._directory / "generations").iterdir():
                if replaced.name != name:
                    shutil.rmtree(replaced, ignore_errors=True)

    def _abandon(self, path: Path | None) -> None:
        abandoned, self._next = self._next, None
        if abandoned is not None:
            abandoned.close()
        if path is not None:
            shutil.rmtree(path, ignore_errors=True)

    # reading

    def search(self, request: SearchRequest) -> SearchResult:
        """See `SearchReader.search`."""
        with self._reading(request.scope) as reading:
            return answer(reading, request)

    def suggest(self, scope: Scope, text: str, limit: int = 8) -> Sequence[Suggestion]:
        """See `SearchReader.suggest`."""
        with self._reading(scope) as reading:
            return suggestions(reading, scope, text, limit)

    def similar(self, scope: Scope, record: str, limit: int = 10) -> Sequence[Hit]:
        """See `SearchReader.similar`."""
        with self._reading(scope) as reading:
            return alike(reading, scope, record, limit)

    def explain(self, request: SearchRequest, record: str) -> Explanation | None:
        """See `SearchReader.explain`."""
        with self._reading(request.scope) as reading:
            return explain(reading, request, record)

    def behind(self, limit: int = 200) -> Sequence[str]:
        """See `SearchReader.behind`."""
        if not self._learning.waiting:
            return ()
        everything = Scope(dict.fromkeys(self._generation().compartments()))
        with self._reading(everything) as reading:
            return self._learning.behind(lambda: reading, lambda: everything, limit)

    @contextlib.contextmanager
    def _reading(self, scope: Scope) -> Iterator[Reading]:
        generation = self._generation()
        lexicon = self._lexicon()
        indexes = {name: found for name in scope.compartments if (found := generation.existing(name))}
        if not self._writable:
            for index in indexes.values():
                index.follow(FOLLOW)
        try:
            yield Reading(indexes, lexicon, self._snapshots)
        except FAULTS as fault:
            raise SearchUnavailable(f"The search index could not be read: {fault}") from fault

    def versions(self, compartment: str, *, after: str = "", limit: int = 1000) -> Sequence[tuple[str, int]]:
        """See `SearchEngine.versions`. Pages behind the first are cut from the list made for it."""
        listing = self._listing
        if not after or listing is None or listing[0] != compartment:
            listing = self._listing = (compartment, self._all_versions(compartment))
        page = [found for found in listing[1] if found[0] > after][:limit]
        if len(page) < limit:
            self._listing = None
        return page

    def _all_versions(self, compartment: str) -> list[tuple[str, int]]:
        index = self._generation().existing(compartment)
        if index is None:
            return []
        if not self._writable:
            index.follow(0)
        searcher = index.records()
        everything = tantivy.Query.all_query()
        hits = searcher.search(
            everything, max(1, searcher.num_docs), order_by_field="id", order=tantivy.Order.Asc
        ).hits
        numbers = searcher.fast_field_values("version", [address for _, address in hits])
        return [(str(found[0]), int(number)) for found, number in zip(hits, numbers, strict=True)]
