"""The text of a record's files as lines, and what stands behind a label in them. All work is bounded."""

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from service.domain.suggesting.folding import fold
from service.domain.suggesting.source import SourceFile, Stretch

MAX_CHARACTERS = 60_000
"""Characters that are read of a record's texts: descriptions stand at the beginning."""
MAX_LINES = 4000
MAX_LABELS = 1500
MAX_IN_LINE = 100
"""Colons of one line that are looked at."""
MAX_LABEL = 40
"""Characters before a colon that can belong to a label."""
FOLLOWING = 5
"""Lines that a value may go on over."""
MAX_REACH = 600
"""Characters of one line that are read behind a label."""

_NUMBERING = re.compile(
    r"^(?:第[0-9一二三四五六七八九十]{1,3}[条章节款]|[(]?[0-9一二三四五六七八九十]{1,3}[)]|[0-9一二三四五六七八九十]{1,3}[,.]"
    r"|[-*#•●■◆▶·※]+)\s*"
)
_BRACKETS = re.compile(r"\([^()]{0,20}\)")
_COLON = re.compile(r"(?<![0-9]):(?!//)|:(?![0-9/])")
_TOKEN = re.compile(r"\S+")
_SEPARATOR = re.compile(r"[;,。!?|\t:]")
_SIGNS = "[]<>《》“”\"'*#-•●■◆ \x01"
_RUN_ON = re.compile(r"[0-9日号)]|公司")
"""What a value ends with where the next label follows without a blank, as in the text of some PDF files."""


class Line(NamedTuple):
    """A line of a passage."""

    stretch: Stretch
    text: str
    file: int
    """Place of its file among the files."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A label and what stands behind it: `stretch` begins at the label, the value begins at `at` in it.

    `own` is where the value ends on its own line; behind it `stretch` goes on with the following lines, unless
    another label stands on the same line.
    """

    stretch: Stretch
    at: int
    own: int
    bare: bool = False
    """Nothing but its being alone on its line makes it a label."""

    @property
    def value(self) -> str:
        """The folded value on its own line."""
        return self.stretch.text[self.at : self.own].strip()

    @property
    def unit(self) -> str:
        """元 or 万元, where the label says it."""
        label = self.stretch.text[: self.at]
        return "万元" if "万元" in label else "元" if "元)" in label else ""


class Lines:
    """The lines of all files, in reading order, up to the limits; labels are those of `vocabulary`."""

    def __init__(self, files: Sequence[SourceFile], vocabulary: Collection[str]) -> None:
        self._vocabulary = vocabulary
        self.all: list[Line] = list(_lines(files))
        self._labelled: dict[str, list[Labelled]] = {}
        self._index()
        self._whole = "\n".join(line.text for line in self.all)
        self._starts = _starts(self.all)

    def labelled(self, *labels: str) -> Iterator[Labelled]:
        """What stands behind these labels: in the order of the labels, then of the text."""
        for label in labels:
            yield from self._labelled.get(label, ())

    def has(self, label: str) -> bool:
        """Whether the label stands anywhere."""
        return label in self._labelled

    def occurrences(self, word: str, *, reach: int = 80, limit: int = 20) -> Iterator[Labelled]:
        """Running text that begins with `word`, with `reach` characters behind it, over line ends."""
        at = self._whole.find(word)
        while at >= 0 and limit > 0:
            place = bisect_right(self._starts, at) - 1
            column = at - self._starts[place]
            stretch = self._joined(place, column)
            if stretch.text.startswith(word):
                own = min(len(stretch.text), len(word) + reach)
                yield Labelled(stretch.part(0, own), len(word), own)
            limit -= 1
            at = self._whole.find(word, at + len(word))

    def head(self, count: int) -> list[Line]:
        """The first lines that are not blank, of the first file that has text."""
        first = self.all[0].file if self.all else 0
        return [line for line in self.all[: 4 * count] if line.text.strip() and line.file == first][:count]

    def _index(self) -> None:
        count = 0
        for place, line in enumerate(self.all):
            found = self._labels_in(line)
            for (start, at, label), following in zip(found, [*found, None][1:], strict=True):
                if label in self._vocabulary:
                    entry = self._entry(place, start, at, following[0] if following else None)
                    self._labelled.setdefault(label, []).append(entry)
                    count += 1
            if count > MAX_LABELS:
                return

    def _labels_in(self, line: Line) -> list[tuple[int, int, str]]:
        for way in (self._with_colons, self._cells, self._leading):
            found = list(way(line.text))
            if any(label in self._vocabulary for _, _, label in found):
                return found
        bare = self._bare(line.text)
        return [bare] if bare else []

    def _entry(self, place: int, start: int, at: int, end: int | None) -> Labelled:
        line = self.all[place]
        if end is not None:
            return Labelled(line.stretch.part(start, end), at - start, end - start)
        tab = line.text.find("\t", at + 1)
        own = min(start + MAX_REACH, len(line.text) if tab < 0 else tab)
        stretch = self._joined(place, start) if tab < 0 else line.stretch.part(start, own)
        at, own = min(at, own) - start, own - start
        if not stretch.text[at:own].strip() and len(stretch.text) > own:
            own = min(len(stretch.text), own + len(self.all[place + 1].text))
        return Labelled(stretch, at, own, self._bare(line.text) is not None)

    def _joined(self, place: int, column: int) -> Stretch:
        line = self.all[place]
        first = line.stretch
        pieces = [first.part(column, min(len(first.text), column + MAX_REACH))]
        for following in self.all[place + 1 : place + 1 + FOLLOWING]:
            stretch = following.stretch
            if (stretch.file_id, stretch.passage) != (
                first.file_id,
                first.passage,
            ) or not following.text.strip():
                break
            if self._begins_with_label(following.text) or self._bare(following.text):
                break
            pieces.append(stretch.part(0, min(len(stretch.text), MAX_REACH)))
        return Stretch(
            first.where,
            first.file_id,
            "".join(piece.raw for piece in pieces),
            "".join(piece.text for piece in pieces),
            [offset for piece in pieces for offset in piece.offsets]
            if len(pieces) > 1
            else pieces[0].offsets,
            first.kind,
            first.number,
            first.label,
            first.passage,
        )

    def _begins_with_label(self, text: str) -> bool:
        return any(label in self._vocabulary for _, _, label in self._with_colons(text[:MAX_LABEL]))

    def _with_colons(self, text: str) -> Iterator[tuple[int, int, str]]:
        """(start of the label, start of the value, label) for every colon behind Chinese words."""
        low = 0
        for colon in islice(_COLON.finditer(text), MAX_IN_LINE):
            behind, low = low, colon.end()
            found = _label_before(text, max(behind, colon.start() - MAX_LABEL), colon.start())
            if found:
                start, label = found
                if label not in self._vocabulary:
                    begun, (start, label) = start, self._run_on(text, start, colon.start()) or found
                    if begun == behind and label not in self._vocabulary:
                        continue  # words with a colon inside a value
                yield start, low, label

    def _run_on(self, text: str, start: int, end: int) -> tuple[int, str] | None:
        for place in _RUN_ON.finditer(text, start, end):
            label = normal(text[place.end() : end])
            if label in self._vocabulary:
                return place.end(), label
        return None

    def _cells(self, text: str) -> Iterator[tuple[int, int, str]]:
        """The same for a row of a table: label, value, label, value."""
        if "\t" not in text:
            return
        cells = [cell for cell in re.finditer(r"[^\t]+", text[:2000]) if cell[0].strip()]
        labels = [normal(cell[0]) for cell in cells]
        if len(cells) % 2 or not all(label in self._vocabulary for label in labels[::2]):
            return
        if any(label in self._vocabulary for label in labels[1::2]):
            return
        for name, value, label in zip(cells[::2], cells[1::2], labels[::2], strict=True):
            yield name.start(), value.start(), label

    def _bare(self, text: str) -> tuple[int, int, str] | None:
        """The same for a label that has its line for itself."""
        if not 3 <= len(text.strip()) <= 20 or ":" in text or (label := normal(text)) not in self._vocabulary:
            return None
        return 0, len(text), label

    def _leading(self, text: str) -> Iterator[tuple[int, int, str]]:
        """The same for a line that begins with a label and a blank."""
        tokens = list(_TOKEN.finditer(text[:60]))
        for count in range(1, min(len(tokens), 6)):
            head = text[tokens[0].start() : tokens[count - 1].end()]
            label = normal(head)
            if (
                (len(label) >= 3 or (count > 1 and len(label) == count))
                and label in self._vocabulary
                and normal(tokens[count][0]) not in self._vocabulary
            ):
                yield tokens[0].start(), tokens[count].start(), label
                return


def normal(label: str) -> str:
    """A label without numbering, brackets, blanks and ornaments: "一、合 同 编 号（必填）" → "合同编号"."""
    bare = _BRACKETS.sub("", label.strip(_SIGNS))
    return "".join(_NUMBERING.sub("", bare).split()).strip(_SIGNS)


def _label_before(text: str, low: int, colon: int) -> tuple[int, str] | None:
    region = _BRACKETS.sub(lambda match: "\x01" * len(match[0]), text[low:colon])
    cut = max((match.end() for match in _SEPARATOR.finditer(region)), default=0)
    tokens = list(_TOKEN.finditer(region, cut))
    if not tokens:
        return None
    first = len(tokens) - 1
    while first > 0 and _belongs(tokens[first - 1][0], tokens[first][0]):
        first -= 1
    start = tokens[first].start()
    label = normal(region[start:].replace("\x01", ""))
    return (low + start, label) if label else None


def _belongs(before: str, token: str) -> bool:
    """Whether two pieces are one label: 甲 方, 甲方 (盖章)."""
    bare = token.strip("\x01")
    return not bare or (len(bare) == 1 and len(before.strip("\x01")) == 1)


def _lines(files: Sequence[SourceFile]) -> Iterator[Line]:
    room, count = MAX_CHARACTERS, 0
    for number, file in enumerate(files):
        for index, passage in enumerate(file.passages):
            text = passage.text[:room]
            room -= len(text)
            at = 0
            for step, raw in enumerate(text.split("\n")):
                if raw.strip():
                    folded = fold(raw)
                    # A passage of plain text is many lines, its number is that of the first.
                    here = passage.number + step if passage.kind == "line" else passage.number
                    place = (passage.kind, here, passage.label, index)
                    offsets = range(at, at + len(raw))
                    yield Line(Stretch("text", file.id, raw, folded, offsets, *place), folded, number)
                    count += 1
                at += len(raw) + 1
                if count >= MAX_LINES:
                    return
            if room <= 0:
                return


def _starts(lines: Sequence[Line]) -> list[int]:
    starts, at = [], 0
    for line in lines:
        starts.append(at)
        at += len(line.text) + 1
    return starts
