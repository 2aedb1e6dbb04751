"""A file's text as pages show it: a window with the wanted place in it, words of the question marked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from search.port import Passage
from service.domain.dates import day_of
from service.domain.holdings import FileView
from service.domain.permissions import Actor
from service.errors import ServiceError
from service.web import shown
from service.web.record import marking
from service.wiring import Fonds

MAX_CHARACTERS = 60_000
"""Text shown at once; the rest is a click away."""

BEFORE = 3
"""Passages shown ahead of the wanted place in a long text."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a file's text at one place."""

    anchor: str
    place: str
    text: str
    marks: Sequence[tuple[int, int]]
    rows: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """A window on a file's text; `before` and `after` are the places where the window can go on, "" at the ends."""

    parts: Sequence[Part]
    hits: int
    before: str
    after: str


EXCERPT = 1200
"""Characters that stand in for a page image where a file has none."""


def window(passages: Sequence[Passage], at: str, words: list[str]) -> Reading:
    """As much of the text as one page takes, with the wanted place in it."""
    passages = _opened_at_line(passages, at)
    anchors = [shown.anchor(one.place.kind, one.place.number) for one in passages]
    total = sum(len(one.text) for one in passages)
    wanted = anchors.index(at) if at in anchors else 0
    first = max(0, wanted - BEFORE) if total > MAX_CHARACTERS else 0
    last, length = first, 0
    while last < len(passages) and (length < MAX_CHARACTERS or last <= wanted):
        length += len(passages[last].text)
        last += 1
    shown_anchors = zip(passages[first:last], anchors[first:last], strict=True)
    parts = [_part(one, anchor, words) for one, anchor in shown_anchors]
    before = anchors[max(0, first - 1)] if first else ""
    after = anchors[last] if last < len(passages) else ""
    return Reading(parts, sum(len(part.marks) for part in parts), before, after)


def _opened_at_line(passages: Sequence[Passage], at: str) -> Sequence[Passage]:
    """Lines stand many to a passage: the one that holds the wanted line is split there."""
    kind, _, number = at.partition("-")
    if kind != "line" or not number.isdigit():
        return passages
    line = int(number)
    for n in range(len(passages) - 1, -1, -1):
        one = passages[n]
        if one.place.kind == "line" and one.place.number <= line:
            lines = one.text.split("\n")
            ahead = line - one.place.number
            if not 0 < ahead < len(lines):
                return passages
            head = replace(one, text="\n".join(lines[:ahead]))
            tail = Passage(replace(one.place, number=line), "\n".join(lines[ahead:]))
            return [*passages[:n], head, tail, *passages[n + 1 :]]
    return passages


def _part(passage: Passage, anchor: str, words: list[str]) -> Part:
    text = passage.text[: 2 * MAX_CHARACTERS]
    place = passage.place
    said = shown.place(place.kind, place.number, place.label)
    return Part(anchor, said, text, marking.marks(text, words), place.kind == "sheet")


def words_of(fonds: Fonds, question: str) -> list[str]:
    """The words of a question that a text can show, dates seen from today."""
    return marking.wanted(question, day_of(fonds.clock()))


def excerpt(fonds: Fonds, actor: Actor, file: FileView | None, at: str, question: str) -> Part | None:
    """The beginning of the wanted place, where there is no page image to show; None where there is no text either."""
    if file is None or file.has_preview or not file.has_text:
        return None
    try:
        passages = fonds.files.text(actor, file.id)
    except ServiceError:
        return None  # the pane says what it knows; the record page will say why
    passages = _opened_at_line(passages, at)
    anchors = [shown.anchor(one.place.kind, one.place.number) for one in passages]
    if not passages:
        return None
    n = anchors.index(at) if at in anchors else 0
    short = Passage(passages[n].place, passages[n].text[:EXCERPT])
    return _part(short, anchors[n], words_of(fonds, question))
