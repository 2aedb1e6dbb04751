"""A figure as it is printed and kept: what was measured, what was wanted, and whether it holds."""

import statistics
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` in `unit`, to be at most or at least `wanted`; `parts` says what it was made of."""

    name: str
    value: float
    unit: str
    bound: Literal["≤", "≥"]
    wanted: float
    parts: str

    @property
    def holds(self) -> bool:
        """Whether the value is on the right side of what is wanted."""
        return self.value <= self.wanted if self.bound == "≤" else self.value >= self.wanted

    def line(self) -> str:
        """The line of a Markdown table."""
        shown = f"{self.value:.2f}{self.unit}"
        held = "yes" if self.holds else "**no**"
        return f"| {self.name} | {shown} | {self.bound} {self.wanted:g}{self.unit} | {held} | {self.parts} |"


def report(figures: Iterable[Figure]) -> int:
    """Print the table; the number of figures that do not hold."""
    missed = 0
    sys.stdout.write("| figure | measured | wanted | holds | made of |\n|---|---|---|---|---|\n")
    for figure in figures:
        sys.stdout.write(figure.line() + "\n")
        sys.stdout.flush()
        missed += not figure.holds
    return missed


def spread(seconds: list[float]) -> str:
    """Median and extremes, in milliseconds."""
    low, middle, high = min(seconds), statistics.median(seconds), max(seconds)
    return f"{middle * 1000:.1f} ms ({low * 1000:.1f}–{high * 1000:.1f})"
