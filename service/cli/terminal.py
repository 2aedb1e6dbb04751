"""What commands say to people, in Chinese or English, and how they end."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from service.system_words import words

OK, DIFFERENT, USAGE, UNREACHABLE, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes: done · differences found or files failed · wrong use · cannot reach or start · Ctrl-C."""

Shapes = Sequence[tuple[re.Pattern[str], str]]
"""Shape of an English sentence → the same in Chinese, with the groups of the shape in its places."""


class Failure(Exception):
    """A command ends here; what went wrong in both languages, and the exit code."""

    def __init__(self, chinese: str, english: str, code: int = DIFFERENT) -> None:
        super().__init__(f"{chinese}\n{english}")
        self.chinese, self.english, self.code = chinese, english, code


@contextmanager
def reading(file: str | Path) -> Iterator[None]:
    """What is wrong with a file that somebody named, while it is read, is a `Failure`."""
    try:
        yield
    except OSError as fault:
        chinese, english = words(fault)
        raise Failure(f"读不了 {file}：{chinese}", f"Cannot read {file}: {english}", USAGE) from fault


@contextmanager
def writing(file: str | Path) -> Iterator[None]:
    """The same while it is written."""
    try:
        yield
    except OSError as fault:
        chinese, english = words(fault)
        raise Failure(f"写不了 {file}：{chinese}", f"Cannot write {file}: {english}", USAGE) from fault


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where a command speaks. Results go to stdout, everything else to stderr."""

    english: bool = False
    out: Console = field(default_factory=lambda: Console(highlight=False, soft_wrap=True))
    err: Console = field(default_factory=lambda: Console(stderr=True, highlight=False, soft_wrap=True))

    def text(self, chinese: str, english: str) -> str:
        """The one of two texts that this person reads."""
        return english if self.english else chinese

    def reworded(self, english: str, shapes: Shapes) -> str:
        """What a program says in English, in this person's language where one of the shapes is that of the whole."""
        if self.english:
            return english
        found = ((shape.fullmatch(english), chinese) for shape, chinese in shapes)
        return next((chinese.format(*one.groups()) for one, chinese in found if one), english)

    def result(self, text: str) -> None:
        """Print a line of the result as it is."""
        self.out.print(escape(text), emoji=False)

    def tell(self, chinese: str, english: str) -> None:
        """Say something about what goes on."""
        self.err.print(escape(self.text(chinese, english)), emoji=False)

    def complain(self, chinese: str, english: str) -> None:
        """Say what went wrong."""
        self.err.print("[bold red]✗[/] " + escape(self.text(chinese, english)), emoji=False)

    @contextmanager
    def progress(self, chinese: str, english: str) -> Iterator["Bar"]:
        """A progress bar on a terminal; nothing where the output is read by a machine."""
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        shown = Progress(*columns, console=self.err, disable=not self.err.is_terminal, transient=True)
        with shown:
            yield Bar(shown, self.text(chinese, english))

    def table(self, rows: Sequence[tuple[str, str]]) -> None:
        """Print names and values under each other, as wide as Chinese characters are."""
        widest = max((_cells(name) for name, _ in rows), default=0)
        for name, value in rows:
            self.result(f"{name}{' ' * (widest - _cells(name))}  {value}")


class Bar:
    """One line of progress."""

    def __init__(self, shown: Progress, text: str) -> None:
        self._shown = shown
        self._task = shown.add_task(text, total=None)

    def show(self, done: int, total: int | None, text: str = "") -> None:
        """Show how far it is; `total` None while it is not known."""
        self._shown.update(
            self._task, completed=done, total=total, description=escape(text) if text else None
        )


def _cells(text: str) -> int:
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text)
