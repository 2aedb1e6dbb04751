"""Where the words of a question stand in a text, for the text view of the record page."""

import datetime
import re
from collections.abc import Iterator

from search.question.query import And, Node, Or, Phrase, Words, parse
from search.words.folding import fold

MAX_WORDS = 20
MAX_MARKS = 500
"""More marks than this in one text help nobody."""


def wanted(question: str, today: datetime.date) -> list[str]:
    """The folded phrases and words of a question that a text can show; conditions and negations are left out."""
    tree = parse(question, today).tree if question.strip() else None
    found = [fold(word).text.strip() for word in _texts(tree)] if tree else []
    return [word for word in dict.fromkeys(found) if word][:MAX_WORDS]


def _texts(node: Node) -> Iterator[str]:
    if isinstance(node, And | Or):
        for part in node.parts:
            yield from _texts(part)
    elif isinstance(node, Phrase):
        yield node.text
    elif isinstance(node, Words):
        yield from node.text.split()


def marks(text: str, words: list[str]) -> list[tuple[int, int]]:
    """Stretches of `text` that are one of the folded `words`, ascending, apart; blanks within are let be."""
    patterns = [r"\s*".join(re.escape(sign) for sign in word if not sign.isspace()) for word in words]
    longest_first = "|".join(sorted(filter(None, patterns), key=len, reverse=True))
    if not longest_first:
        return []
    folded = fold(text)
    found: list[tuple[int, int]] = []
    for match in re.finditer(longest_first, folded.text):
        start, end = folded.origin(match.start(), match.end())
        if not found or start >= found[-1][1]:
            found.append((start, end))
        if len(found) >= MAX_MARKS:
            break
    return found
