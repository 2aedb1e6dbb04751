"""Cutting: Chinese cut into words by the general dictionary."""

from collections.abc import Sequence
from functools import cache
from typing import Any

MAX_TERM = 200
FIRST_CJK = "\u3005"
REMEMBERED = 50_000
"""Words that are remembered: more than a company's texts use often, and a bound for hostile ones."""


@cache
def _jieba() -> Any:
    import rjieba  # noqa: PLC0415  - its dictionary takes 30 MB; processes that never cut words do without

    return rjieba


def general_words(run: str) -> list[str]:
    """A run of Chinese as the general dictionary cuts it."""
    return list(_jieba().cut(run))


def regions_and_words(run: str) -> list[tuple[str, bool]]:
    """The same, each with whether it is a region or place."""
    return [(word, tag == "ns") for word, tag in _jieba().tag(run)]


def placed_words(run: str) -> Sequence[tuple[str, int, int]]:
    """The same, each with where it stands: [start, end)."""
    found: Sequence[tuple[str, int, int]] = _jieba().tokenize(run)
    return found


def nested_words(text: str) -> Sequence[tuple[str, int, int]]:
    """Every word and the shorter words inside it, each with where it stands: [start, end)."""
    found: Sequence[tuple[str, int, int]] = _jieba().tokenize(text, "search")
    return found


def indexed_words(text: str) -> list[str]:
    """The words of two characters and more and the shorter words inside them, as they are indexed."""
    return list(filter(None, map(_TERMS.__getitem__, _jieba().cut_for_search(text))))


class _Terms(dict[str, str]):
    """What was cut → its term, "" for what is no word of Chinese, filled as words are met.

    Looking up is quicker than looking at each, and whoever counts the same words meets the same objects.
    """

    def __missing__(self, word: str) -> str:
        term = word[:MAX_TERM] if word > FIRST_CJK and len(word) > 1 else ""
        if len(self) < REMEMBERED and len(word) <= MAX_TERM:
            self[word] = term
        return term


_TERMS = _Terms()
