"""Synonyms: words of the trade that mean the same, as an editable list."""

from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files

from search.words.folding import fold

Groups = Sequence[Sequence[str]]
MAX_ALTERNATIVES = 12


def read_groups(text: str) -> list[tuple[str, ...]]:
    """The groups of a list: one a line, words apart by blanks, lines that begin with # left out."""
    lines = (line.split() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    return [tuple(dict.fromkeys(fold(word).text for word in line)) for line in lines if len(line) > 1]


@cache
def shipped() -> Groups:
    """The groups that come with the program."""
    return read_groups(files(__package__).joinpath("synonyms.txt").read_text("utf-8"))


def alternatives(word: str, groups: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """The word itself and all that mean the same."""
    found = {word: None}
    for group in groups:
        if word in group:
            found |= dict.fromkeys(group)
    return tuple(found)[:MAX_ALTERNATIVES]
