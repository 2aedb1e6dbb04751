"""Cutting long text into passages: whole lines as far as possible, so that a place stays near its words."""

import re
from collections.abc import Iterable, Iterator

from ingest.draft import MAX_PASSAGES, Draft
from search.port import Place, PlaceKind

BLOCK = 1200
"""Characters of a passage at which the next line starts a new one."""
_LONGEST = 4000
_BREAK = re.compile(r"[\s,;。，；、>}\])]")


def add_lines(draft: Draft, text: str) -> None:
    """Add plain text as passages that know their first line; `line` counts from 1."""
    lines = text.splitlines()
    size = max(BLOCK, 2 * len(text) // MAX_PASSAGES)
    block: list[str] = []
    length, first = 0, 1
    for number, line in enumerate(lines, 1):
        if block and (length >= size or (not line.strip() and length > size // 3)):
            _add_block(draft, "line", first, "", "\n".join(block))
            block, length, first = [], 0, number
        block.append(line)
        length += len(line) + 1
    _add_block(draft, "line", first, "", "\n".join(block))


def add_paragraphs(draft: Draft, place: Place, paragraphs: Iterable[str]) -> None:
    """Add text that has one place as passages of about a block each, cut between paragraphs."""
    block: list[str] = []
    length = 0
    for paragraph in paragraphs:
        if block and length >= BLOCK:
            _add_block(draft, place.kind, place.number, place.label, "\n".join(block))
            block, length = [], 0
        block.append(paragraph)
        length += len(paragraph) + 1
    _add_block(draft, place.kind, place.number, place.label, "\n".join(block))


def _add_block(draft: Draft, kind: PlaceKind, number: int, label: str, text: str) -> None:
    for piece in _pieces(text):
        draft.add(Place(kind, number, label), piece)


def _pieces(text: str) -> Iterator[str]:
    """`text` in pieces of bounded length: a file may be one line of twenty megabytes."""
    start = 0
    while len(text) - start > 2 * _LONGEST:
        found = _BREAK.search(text, start + _LONGEST, start + 2 * _LONGEST)
        end = found.end() if found else start + _LONGEST
        yield text[start:end]
        start = end
    yield text[start:]
