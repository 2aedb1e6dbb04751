"""Analysts: processes that analyse documents beside an engine, for as long as an index is made anew."""

import os
import pickle
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from types import TracebackType

from search.indexing.entries import Entry, entry
from search.port import IndexDocument
from search.words.lexicon import Lexicon

ALONE = 500_000
"""Characters that the process of the engine analyses itself before others are started: a small archive is done by
then, and each of them takes half a second to begin and 100 MB."""
MOST = 100
CHARACTERS = 300_000
"""Documents of one lot, and characters from which on it takes no further one."""
AHEAD = 2
"""Lots that each analyst is given: one that it works on and one that lies ready."""
ENOUGH = 3
"""Analysts beyond which a rebuild is no faster: each does about as many records a second as the engine takes."""
FAULTS = (ValueError, OverflowError, TypeError)
"""What analysis raises for a document that cannot be indexed."""

Known = Callable[[Sequence[IndexDocument]], Lexicon]
"""The organisation's own words, those of these documents among them."""


@dataclass(frozen=True, slots=True)
class Analysed:
    """A lot of documents as they are indexed; id → reason of those that cannot be."""

    entries: Sequence[Entry]
    rejected: dict[str, str]


def usable() -> int:
    """Analysts that leave one processor to the engine, and no more than give it enough to do."""
    return max(0, min(ENOUGH, len(os.sched_getaffinity(0)) - 1))


def analysed(documents: Iterable[IndexDocument], lexicon: Lexicon) -> Analysed:
    """Analyse a lot here."""
    entries: list[Entry] = []
    rejected: dict[str, str] = {}
    for document in documents:
        try:
            entries.append(entry(document, lexicon))
        except FAULTS as fault:
            rejected[document.id] = str(fault)
    return Analysed(entries, rejected)


def in_lots(documents: Iterable[IndexDocument], known: Known, count: int) -> Generator[Analysed, None, None]:
    """All documents analysed, in their order, by `count` analysts once there are many; by this process without any.

    Close it to end them before the last document.
    """
    lots, alone = _lots(documents), 0
    for lot in lots:
        yield analysed(lot, known(lot))
        alone += sum(map(_size, lot))
        if count and alone >= ALONE:
            break
    else:
        return
    with ThreadPoolExecutor(AHEAD * count, "fonds-analysts") as threads, _Staff(count) as staff:
        coming: deque[Future[Analysed]] = deque()
        for lot in lots:
            coming.append(threads.submit(staff.analysed, lot, known(lot)))
            if len(coming) > AHEAD * count:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()


def _lots(documents: Iterable[IndexDocument]) -> Iterator[list[IndexDocument]]:
    lot: list[IndexDocument] = []
    size = 0
    for document in documents:
        lot.append(document)
        size += _size(document)
        if len(lot) == MOST or size >= CHARACTERS:
            yield lot
            lot, size = [], 0
    if lot:
        yield lot


def _size(document: IndexDocument) -> int:
    return sum(len(passage.text) for file in document.files for passage in file.passages)


class _Staff:
    """Analysts who are given lots in turn. What one cannot do who has died is done here."""

    def __init__(self, count: int) -> None:
        self._analysts = [_Analyst() for _ in range(count)]
        self._turn = cycle(self._analysts)
        self._choosing = threading.Lock()
        self._dismissed = False

    def analysed(self, lot: Sequence[IndexDocument], lexicon: Lexicon) -> Analysed:
        """A lot, by whose turn it is."""
        with self._choosing:
            analyst = next(self._turn)
        try:
            return analyst.ask(lot, lexicon)
        except (OSError, EOFError, ValueError, pickle.UnpicklingError):
            if self._dismissed:
                raise
            return analysed(lot, lexicon)

    def __enter__(self) -> "_Staff":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._dismissed = True
        for analyst in self._analysts:
            analyst.dismiss()


class _Analyst:
    """One process. It ends by itself when this one does: nothing more comes to it then."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-s", "-P", "-m", "search.indexing.analyst"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={},
            start_new_session=True,
        )
        self._told = 0
        self._giving, self._taking = threading.Lock(), threading.Lock()

    def ask(self, lot: Sequence[IndexDocument], lexicon: Lexicon) -> Analysed:
        """Give it a lot and wait for what comes of it. A second caller gives the next one meanwhile."""
        with self._giving:
            words = lexicon.since(self._told)
            self._told += len(words)
            assert self._process.stdin is not None  # noqa: S101 - it was asked for
            self._process.stdin.write(pickle.dumps((list(lot), words), pickle.HIGHEST_PROTOCOL))
            self._process.stdin.flush()
            self._taking.acquire()  # in the order of giving: before another may give
        try:
            found: Analysed = pickle.load(self._process.stdout)  # type: ignore[arg-type]  # noqa: S301 - of our own process
        finally:
            self._taking.release()
        return found

    def dismiss(self) -> None:
        """End it, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue  # what was not read of us is lost with it
