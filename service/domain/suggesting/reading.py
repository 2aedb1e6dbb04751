"""What is known while a record's fields are read, and the field that is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from service.domain.suggesting.lines import Lines
from service.domain.suggesting.source import Party, SourceFile
from service.domain.suggesting.titles import Titles
from service.domain.suggesting.vocabulary import labels_of

FUTURE = timedelta(days=366 * 60)
"""How far ahead a term can reach."""
FIRST_YEAR = 1949


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known while a record's fields are read."""

    lines: Lines
    titles: Titles
    main: SourceFile
    today: date
    parties: Sequence[Party] = ()
    departments: Sequence[str] = ()

    def plausible(self, day: date) -> bool:
        """Whether a paper can speak of this day."""
        return day.year >= FIRST_YEAR and day - self.today < FUTURE


@dataclass(frozen=True, slots=True)
class Asked:
    """A field that something is looked for."""

    category: str
    name: str
    hints: Mapping[str, Any]

    @property
    def key(self) -> str:
        """As the vocabulary names it."""
        return f"{self.category}.{self.name}"

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that papers use for it."""
        return labels_of(self.category, self.name, self.hints)
