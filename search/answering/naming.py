"""Naming: the organisation's own words in a question, and in records that were analysed before they were known."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from search.answering.clauses import All, Best, Match
from search.answering.paging import SORTINGS, Cursor
from search.answering.ranking import SECTIONS, unit_match
from search.answering.source import Question, Source
from search.port import Scope, SearchRequest
from search.question.tree import And, Node, Not, Or, Words
from search.words.analysis import RUN, fold
from search.words.lexicon import Lexicon

MOST = 8
"""Own words of one question."""
EACH = 20
"""Words that one look goes through: each is a small question to the engine."""
AGAIN = 150.0
"""Seconds after which a word is looked for a second time: other processes learn it within that time."""


def with_own(source: Source, scope: Scope, node: Node) -> Node:
    """The tree with the own words that stand in its words, as far as the asker may know of records that say them."""
    if isinstance(node, And | Or):
        return replace(node, parts=tuple(with_own(source, scope, part) for part in node.parts))
    if isinstance(node, Not):
        return Not(with_own(source, scope, node.part))
    if not isinstance(node, Words):
        return node
    runs = RUN.findall(fold(node.text).text)
    found = dict.fromkeys(run[start:end] for run in runs for start, end in source.lexicon.within(run))
    own = tuple(word for word in [*found][:MOST] if source.cards(scope, _analysed(word), 1))
    return Words(node.text, own) if own else node


def _analysed(word: str) -> Best:
    return Best(tuple(Match(f"{section}_words", (word,)) for section in SECTIONS))


class Learning:
    """The lexicon of one engine: learns with every document, and goes after those that came before a word."""

    def __init__(self, *, shared: bool) -> None:
        self.lexicon = Lexicon()
        self._shared = shared
        self._waiting: deque[tuple[float, str, Cursor | None]] = deque()
        self._lock = threading.Lock()

    def learn(self, words: Iterable[str]) -> None:
        """Know these words; records that say them and do not know it yet will be named by `behind`."""
        fresh = self.lexicon.learn(words)
        now = time.monotonic()
        with self._lock:
            self._waiting.extend((now, word, None) for word in fresh)
            if self._shared:
                self._waiting.extend((now + AGAIN, word, None) for word in fresh)

    @property
    def waiting(self) -> bool:
        """Whether there is a word to look for."""
        return bool(self._waiting)

    def behind(self, source: Callable[[], Source], scope: Callable[[], Scope], limit: int) -> Sequence[str]:
        """See `SearchReader.behind`."""
        for _ in range(EACH):
            waiting = self._next()
            if waiting is None:
                return ()
            word, after = waiting
            request = SearchRequest(scope(), order="oldest", limit=limit, facets=())
            clause = All(
                (Best(tuple(unit_match(tuple(word), section) for section in SECTIONS)),),
                without=(_analysed(word),),
            )
            page = source().page(Question(request, clause, SORTINGS["oldest"], limit, after))
            if page.more and page.found:
                passed = (after.shown if after else 0) + len(page.found)
                with self._lock:
                    self._waiting.appendleft((0.0, word, Cursor(page.found[-1].key, passed)))
            if page.found:
                return [hit.id for hit in page.found]
        return ()

    def _next(self) -> tuple[str, Cursor | None] | None:
        with self._lock:
            for _ in range(len(self._waiting)):
                due, word, after = self._waiting.popleft()
                if due <= time.monotonic():
                    return word, after
                self._waiting.append((due, word, after))
        return None
