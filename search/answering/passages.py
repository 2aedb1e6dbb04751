"""Passages: the stretches of text that a hit is shown in; cutting them, marking them, and their snippets."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from search.answering.ranking import Needle
from search.port import FileText, HitPlace, IndexDocument, Passage, Place, Snippet
from search.words.analysis import LETTER, facts_in, is_chinese
from search.words.folding import Folded, fold

MAX_PASSAGE = 2000
"""Characters; longer ones are cut at the end of a line or sentence, so that marking a hit stays cheap."""
MERGED_LINES = 800
"""Passages of single lines are put together up to this size, so that a table of 100,000 lines stays small."""
SNIPPET = 120
LEAD = 48
"""Width before the first mark at most, two for a Chinese character, one for a Latin one: a list shows two lines of a
snippet, and the mark has to be in them."""
MAX_MARKS = 40

_CUT = re.compile(r"[\n。！？；!?;]|\.\s")
_SENTENCE_END = re.compile(r"[。！？；!?;\n\r\u2028\u2029\x0b\x0c]+[”’」』）)]*|\.(?=\s)")
_CLAUSE_END = re.compile(r"[，、：,:]\s*")
_BLANKS = re.compile(r"\s+")
DESCRIPTION = Place("whole", 1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A passage as it is indexed: the `n`-th of its record. `file_id` "" is the description."""

    n: int
    file_id: str
    file_name: str
    place: Place
    text: str


def stretches(document: IndexDocument) -> Iterator[Stretch]:
    """Everything of a record that a snippet can be cut from, in reading order; the description first."""
    n = 0
    yield Stretch(n, "", "", DESCRIPTION, description(document))
    for file in document.files:
        for passage in passages(file):
            n += 1
            yield Stretch(n, file.id, file.name, passage.place, passage.text)


def description(document: IndexDocument) -> str:
    """The description of a record as lines of text."""
    lines = [
        document.title,
        document.ref_code,
        document.doc_no,
        document.responsible,
        "、".join(dict.fromkeys(name for name in (document.customer, *document.names) if name)),
        "、".join(document.keywords),
        *(f"{label}：{text}" for label, text in document.fields.items()),
    ]
    return "\n".join(line for line in lines if line)


def passages(file: FileText) -> Iterator[Passage]:
    """The passages of a file, neighbouring lines put together, long ones cut, blank ones left out."""
    for passage in _merged(file.passages):
        yield from _cut(passage)


def _merged(given: Iterable[Passage]) -> Iterator[Passage]:
    lines: list[str] = []
    first = following = size = 0
    for passage in given:
        place = passage.place
        single = place.kind == "line" and len(passage.text) < MERGED_LINES
        if lines and (not single or place.number != following or size + len(passage.text) > MERGED_LINES):
            yield Passage(Place("line", first), "\n".join(lines))
            lines, size = [], 0
        if not single:
            yield passage
            continue
        if not lines:
            first = place.number
        lines.append(passage.text)
        size += len(passage.text) + 1
        following = place.number + passage.text.count("\n") + 1
    if lines:
        yield Passage(Place("line", first), "\n".join(lines))


def _cut(passage: Passage) -> Iterator[Passage]:
    text, at = passage.text, 0
    while at < len(text):
        end = len(text)
        if end - at > MAX_PASSAGE:
            ends = [match.end() for match in _CUT.finditer(text, at + MAX_PASSAGE // 2, at + MAX_PASSAGE)]
            end = ends[-1] if ends else at + MAX_PASSAGE
        if not text[at:end].isspace():
            yield Passage(_moved(passage.place, text, at), text[at:end])
        at = end


def _moved(place: Place, text: str, at: int) -> Place:
    """The place of what stands `at` in the text: lines are counted on, other places stay."""
    return (
        Place("line", place.number + text.count("\n", 0, at), place.label) if place.kind == "line" else place
    )


class Mark(NamedTuple):
    """A needle (by its number) found at [start, end) of the original text."""

    start: int
    end: int
    needle: int


class Marker:
    """Finds needles in original texts. Made once per question."""

    def __init__(self, needles: Sequence[Needle]) -> None:
        self.needles = needles
        self._patterns = [re.compile(_pattern(needle.tokens)) for needle in needles]
        self._facts = {needle.fact: i for i, needle in enumerate(needles) if needle.fact}

    def marks(self, text: str, *, torn: bool = False) -> list[Mark]:
        """All places of all needles; with `torn` also their beginnings at the end of the text and the reverse."""
        if not self.needles:
            return []
        folded = fold(text)
        found = list(self._whole(folded))
        if torn:
            found += self._torn(folded)
        placed = set(found)
        if folded.starts is not None:
            placed = {Mark(*folded.origin(m.start, m.end), m.needle) for m in placed}
        return sorted(placed, key=lambda m: (m.start, -m.end, m.needle))

    def _whole(self, folded: Folded) -> Iterator[Mark]:
        for i, pattern in enumerate(self._patterns):
            for match in pattern.finditer(folded.text):
                yield Mark(match.start(), match.end(), i)
        if self._facts:
            for fact in facts_in(folded.text):
                for term in fact.terms:
                    if term in self._facts:
                        yield Mark(fact.start, fact.end, self._facts[term])

    def _torn(self, folded: Folded) -> Iterator[Mark]:
        for i, needle in enumerate(self.needles):
            for size in range(len(needle.tokens) - 1, 0, -1):
                if match := re.search(_pattern(needle.tokens[:size]) + r"(?= *\Z)", folded.text):
                    yield Mark(match.start(), match.end(), i)
                    break
            for size in range(len(needle.tokens) - 1, 0, -1):
                if match := re.match(" *" + _pattern(needle.tokens[-size:]), folded.text):
                    yield Mark(match.end() - len(match.group().lstrip()), match.end(), i)
                    break


def _pattern(wanted: Sequence[str]) -> str:
    """Tokens one behind the other with only blanks between, as whole tokens (see `analysis.tokens`)."""
    pieces = [re.escape(wanted[0])]
    for before, token in pairwise(wanted):
        apart = _class_of(before) and _class_of(before) == _class_of(token)
        pieces.append((" +" if apart else " *") + re.escape(token))
    first, last = _class_of(wanted[0]), _class_of(wanted[-1])
    head = f"(?<!{first})" if first else ""
    tail = f"(?!{last})" if last else ""
    return head + "".join(pieces) + tail


def _class_of(token: str) -> str:
    """The characters that would prolong a token: "" for those that stand alone."""
    if is_chinese(token):
        return ""
    if token[0] in "0123456789":
        return "[0-9]"
    return LETTER if token.isalpha() else ""


def snippet(text: str, marks: Sequence[Mark]) -> tuple[Snippet, int]:
    """The stretch of text that shows most needles, cut at sentence ends, and how many different ones it shows."""
    start, end = _window(marks)
    start, end = _to_sentences(text, start, end)
    spans = [(m.start - start, m.end - start) for m in marks if start <= m.start and m.end <= end]
    shown = {m.needle for m in marks if start <= m.start and m.end <= end}
    return Snippet(text[start:end], joined(spans)), len(shown)


def title_snippet(title: str, marker: Marker) -> Snippet:
    """The whole title with its marks."""
    return Snippet(title, joined([(mark.start, mark.end) for mark in marker.marks(title)]))


def joined(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Spans in order, overlapping and touching ones made one."""
    result: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        else:
            result.append((start, end))
    return tuple(result[:MAX_MARKS])


def _window(marks: Sequence[Mark]) -> tuple[int, int]:
    """The first stretch of at most `SNIPPET` characters that holds most different needles."""
    if not marks:
        return 0, 0
    best, most = (0, marks[0].start, marks[0].end), len({m.needle for m in marks})
    for i, first in enumerate(marks[:200]):
        inside = [m for m in marks[i : i + 60] if m.end <= first.start + SNIPPET] or [first]
        count = len({m.needle for m in inside})
        if count > best[0]:
            best = (count, first.start, max(m.end for m in inside))
        if best[0] == most:
            break
    return best[1], best[2]


def _to_sentences(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen [start, end) to sentence ends, to about `SNIPPET` characters, most of them behind the marks."""
    left = _lead(text, start)
    right = min(len(text), max(end, left + SNIPPET))
    if right < len(text):
        borders = [m.end() for m in _SENTENCE_END.finditer(text, end, right)]
        right = borders[-1] if borders else right
    while left < start and text[left].isspace():
        left += 1
    while right > end and text[right - 1].isspace():
        right -= 1
    return left, right


def _lead(text: str, start: int) -> int:
    """Where a snippet begins: the earliest sentence, else clause, else word at most `LEAD` wide before its first mark."""
    left, width = start, 0
    while left and width < LEAD:
        left -= 1
        width += 1 if text[left] < "\u0250" else 2
    if not left:
        return 0
    for border in (_SENTENCE_END, _CLAUSE_END):
        for found in border.finditer(text, left, start):
            return found.end()
    return _word_start(text, left, start)


def _word_start(text: str, at: int, limit: int) -> int:
    """`at`, or behind the Latin word or number that it would cut."""
    while at < limit and text[at - 1].isascii() and text[at - 1].isalnum() and text[at].isalnum():
        at += 1
    return at


@dataclass(frozen=True, slots=True)
class _Candidate:
    points: tuple[int, int]
    n: int
    place: HitPlace


def hit_places(found: Sequence[Stretch], marker: Marker, limit: int) -> tuple[HitPlace, ...]:
    """The best `limit` places of one record among its found passages, those showing most first.

    The description, whose title is marked anyway, comes behind the files.
    A phrase torn by a page end is marked in its parts.
    """
    candidates = list(_candidates(found, marker, torn=False)) or list(_candidates(found, marker, torn=True))
    best = sorted(candidates, key=lambda c: (c.place.file_id == "", -c.points[0], -c.points[1], c.n))
    return tuple(candidate.place for candidate in best[:limit])


def _candidates(found: Sequence[Stretch], marker: Marker, *, torn: bool) -> Iterator[_Candidate]:
    for stretch in found:
        marks = marker.marks(stretch.text, torn=torn)
        if not marks:
            continue
        shown, near = snippet(stretch.text, marks)
        first = marks[0].start if not shown.marks else _first_mark(stretch.text, shown, marks)
        place = _moved(stretch.place, stretch.text, first)
        yield _Candidate(
            (len({m.needle for m in marks}), near),
            stretch.n,
            HitPlace(stretch.file_id, stretch.file_name, place, shown),
        )


def _first_mark(text: str, shown: Snippet, marks: Sequence[Mark]) -> int:
    """Where the first mark of a snippet stands in the whole text."""
    offset = next((m.start for m in marks if text.startswith(shown.text, m.start - shown.marks[0][0])), -1)
    return offset if offset >= 0 else marks[0].start
