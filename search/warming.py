"""Warming: the dictionaries that the first question would read, read before it is asked."""

from contextlib import suppress
from datetime import date

from search.port import Scope, SearchEngine, SearchError, SearchRequest
from search.question.query import parse
from search.words import pinyin

QUESTION = "今年的渠道合同"


def warm(engine: SearchEngine) -> None:
    """Ask a question of nothing: words, traditional characters and the organisation's own words are known then, and
    how all of them are said. Takes half a second; may be repeated, and raises nothing that the engine says."""
    with suppress(SearchError):
        engine.search(SearchRequest(Scope({}), parse(QUESTION, date(2000, 1, 1)).tree))
    pinyin.load()
