"""What suggestions are made from, and what they are: values that say where each of them was read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, NamedTuple

from service.domain.holdings import CategoryView

Where = Literal["text", "name", "path", "facts", "modified"]
"""Kinds of sources: the text of a file, its name, its folders, what it states of itself, its time of change."""

Value = str | int | float | tuple[str, ...]
"""As the record takes it: dates as 2026-03-12, amounts in 元, codes of categories and choices."""

MAX_QUOTE = 120


class Passage(NamedTuple):
    """A stretch of text with its place, as `search.port.Passage` has it."""

    kind: str
    number: int
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of the record. `path` is where it lay, with or without its name; `modified` in UTC."""

    id: str
    name: str
    path: str = ""
    modified: datetime | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    passages: Sequence[Passage] = ()


class Party(NamedTuple):
    """A customer or partner that the asking person may know of."""

    name: str
    short: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Everything that suggestions may rest on. Files in the order of the record, the main one first."""

    files: Sequence[SourceFile]
    categories: Sequence[CategoryView] = ()
    category: str = ""
    """The category that is decided already; "" lets one be suggested."""
    parties: Sequence[Party] = ()
    departments: Sequence[str] = ()
    """Departments of the company, beside those that every company has."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a suggestion was read.

    For `text`, `start` and `end` are offsets into the text of the file's passage number `passage` (from 0), which
    stands at the place `kind`, `number`, `label`. Else they are offsets into the name, the path, the fact named by
    `label`, or the date of change. `quote` is what stands there, on one line and at most 120 characters.
    """

    where: Where
    file_id: str
    kind: str
    number: int
    label: str
    passage: int
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A value for a field ("title", "fields.amount") with its evidence.

    `reason` says by which rule: label (a label names it), heading, words (of title or name), signature, folder, shape
    (it looks like nothing else), features (of such documents), known (a known party), property, time, learned (others
    like it were described so; `confidence` is the share of such guesses that were right, 0 of rules).
    """

    field: str
    value: Value
    evidence: Evidence
    reason: str
    confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of a source: folded for reading, as it stands for showing, and where each character stands."""

    where: Where
    file_id: str
    raw: str
    text: str
    """Folded, character by character, so that it is as long as `raw`."""
    offsets: Sequence[int]
    kind: str = ""
    number: int = 0
    label: str = ""
    passage: int = 0

    def part(self, start: int, end: int) -> "Stretch":
        """The characters from `start` up to `end`."""
        return Stretch(
            self.where,
            self.file_id,
            self.raw[start:end],
            self.text[start:end],
            self.offsets[start:end],
            self.kind,
            self.number,
            self.label,
            self.passage,
        )

    def closed_up(self) -> "Stretch":
        """Without blanks: for words that are written letter by letter, 合 同."""
        kept = [place for place, sign in enumerate(self.text) if not sign.isspace()]
        return Stretch(
            self.where,
            self.file_id,
            "".join(self.raw[place] for place in kept),
            "".join(self.text[place] for place in kept),
            [self.offsets[place] for place in kept],
            self.kind,
            self.number,
            self.label,
            self.passage,
        )

    def evidence(self, start: int, end: int) -> Evidence:
        """The evidence of the characters from `start` up to `end`, which must not be none; blanks do not count."""
        quote = " ".join(self.raw[start:end].split())
        first, behind = self._without_blanks(start, end)
        return Evidence(
            where=self.where,
            file_id=self.file_id,
            kind=self.kind,
            number=self.number,
            label=self.label,
            passage=self.passage,
            start=self.offsets[first],
            end=self.offsets[behind - 1] + 1,
            quote=quote if len(quote) <= MAX_QUOTE else quote[: MAX_QUOTE - 1] + "…",
        )

    def _without_blanks(self, start: int, end: int) -> tuple[int, int]:
        while start < end - 1 and self.raw[start].isspace():
            start += 1
        while end > start + 1 and self.raw[end - 1].isspace():
            end -= 1
        return start, end


class Found(NamedTuple):
    """A value read from a stretch, and the part of the stretch that says it."""

    value: Value
    stretch: Stretch
    start: int
    end: int
    reason: str

    def suggestion(self, name: str) -> Suggestion:
        """As a suggestion for the field `name`."""
        return Suggestion(name, self.value, self.stretch.evidence(self.start, self.end), self.reason)


def today_or_before(day: date, today: date) -> bool:
    """Whether a document can bear this date: of this republic and not of the future."""
    return date(1949, 10, 1) <= day <= today
