"""Reading at the databases' cheap operations: by key, and in bounded windows of a dense number (design §2)."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo import ReturnDocument

from service.models.archive import SLOTS
from service.models.connection import against_rivals
from service.models.state import Counter

WINDOW = 200
"""Rows that one read of a list fetches at most at first; thin windows are widened."""

KEYS = 40
"""Keys that one question names at most: SecantusDB compares every row that it finds with the whole list, so that 250
keys at once take more than twice as long as in lots."""

MANY = 4000
"""More that waits is counted by a slice."""

SLICE = SLOTS // 64
"""Slots that are counted first."""


def by_key(document: Any, **key: Any) -> Any | None:
    """The one document with this unique key, or None."""
    return next(iter(document.objects(**key).limit(2)), None)


def keyed(
    document: Any, keys: Sequence[Any], *, field: str = "id", only: Sequence[str] = (), **conditions: Any
) -> list[Any]:
    """The documents whose `field` is one of these keys, in no order; with `only` plain rows of these fields."""
    found: list[Any] = []
    for start in range(0, len(keys), KEYS):
        rows = document.objects(**{f"{field}__in": list(keys[start : start + KEYS])}, **conditions)
        found += rows.only(*only).as_pymongo() if only else rows
    return found


def newest(document: Any, *, below: int, limit: int, number: str = "seq", **conditions: Any) -> list[Any]:
    """Up to `limit` documents with `number` < `below` that meet `conditions`, the highest first.

    Cost grows with what is found, not with the collection: windows double while they are thin.
    """
    found: list[Any] = []
    width = max(WINDOW, limit)
    while below > 1 and len(found) < limit:  # numbers begin at 1
        low = max(0, below - width)
        rows = list(document.objects(**{f"{number}__gte": low, f"{number}__lt": below}, **conditions))
        found += sorted(rows, key=lambda row: -getattr(row, number))
        below = low
        if len(rows) < WINDOW:
            width *= 2
    return found[:limit]


@dataclass(frozen=True, slots=True)
class Windows:
    """How a list is read from its end: the first window is `width` numbers wide, thin ones grow by `growth`.

    `key` makes the stored value of a number, for fields that are ordered by one without being one.
    """

    width: int = WINDOW
    growth: int = 2
    key: Callable[[int], Any] = int


def falling(
    document: Any,
    *,
    number: str,
    below: int,
    only: Sequence[str],
    windows: Windows = Windows(),
    down_to: int = 0,
    **conditions: Any,
) -> Iterator[dict[str, Any]]:
    """Plain rows with `down_to` ≤ `number` < `below` that meet `conditions`, the highest first, as far as they are
    asked for.

    For lists of which much is left out before anything is shown: a row costs a tenth of a document.
    """
    shown = dict.fromkeys((number, *only), 1)
    width = windows.width
    while below > max(1, down_to):
        low = max(down_to, 0, below - width)
        window = {number: {"$gte": windows.key(low), "$lt": windows.key(below)}, **conditions}
        rows = list(document._get_collection().find(window, shown).batch_size(max(width, WINDOW)))
        yield from sorted(rows, key=lambda row: row[number], reverse=True)
        below = low
        if len(rows) < WINDOW:
            width *= windows.growth


def ascending(document: Any, *, number: str, highest: int, **conditions: Any) -> Iterator[Any]:
    """All documents that meet `conditions`, by the dense field `number` from 1 to `highest`, window by window."""
    for low in range(1, highest + 1, WINDOW):
        window = {f"{number}__gte": low, f"{number}__lt": low + WINDOW}
        yield from sorted(document.objects(**window, **conditions), key=lambda row: getattr(row, number))


def waiting(document: Any, field: str, *, first: int = 0) -> tuple[int, bool]:
    """How many rows wait with a random slot from `first` on, and whether that is exact: of more than `MANY` only a
    slice is counted."""

    def count(width: int) -> int:
        match = {field: {"$gte": first, "$lt": first + width}}
        found = list(document._get_collection().aggregate([{"$match": match}, {"$count": "rows"}]))
        return int(found[0]["rows"]) if found else 0

    estimate = count(SLICE) * (SLOTS // SLICE)
    return (estimate, False) if estimate > MANY else (count(SLOTS), True)


def counts(document: Any, field: str, values: Sequence[str]) -> dict[str, int]:
    """How many rows have each of a few rare values of an indexed field."""
    match, group = {field: {"$in": list(values)}}, {"_id": f"${field}", "rows": {"$sum": 1}}
    found = document._get_collection().aggregate([{"$match": match}, {"$group": group}])
    return dict.fromkeys(values, 0) | {row["_id"]: int(row["rows"]) for row in found}


class Slots:
    """Reads what waits (rows with a random slot from `first` on) in slices that are neither empty nor huge."""

    def __init__(
        self, document: Any, field: str, *, want: int, first: int = 0, only: Sequence[str] = ()
    ) -> None:
        """`only` these fields are read then, as plain rows by their stored names."""
        self._document, self._field, self._want, self._only = document, field, want, only
        self._first = first
        self._low, self._width = 0, SLOTS

    def read(self, **conditions: Any) -> list[Any]:
        """Some waiting rows; [] means that nothing waited anywhere a moment ago."""
        unseen = SLOTS
        while unseen > 0:
            rows = self._slice(conditions)
            unseen -= self._width
            self._low = (self._low + self._width) % SLOTS
            self._resize(len(rows))
            if rows:
                return rows
        return []

    def _slice(self, conditions: dict[str, Any]) -> list[Any]:
        low = self._first + self._low
        high = low + self._width
        found = self._document.objects(
            **{f"{self._field}__gte": low, f"{self._field}__lt": high}, **conditions
        ).limit(
            2 * self._want + 1
        )  # a slice that was wide enough for nothing may meet thousands the next time
        return list(found.only(*self._only).as_pymongo() if self._only else found)

    def _resize(self, found: int) -> None:
        if found > 2 * self._want:
            self._width = max(1, self._width // 4)
        elif found < self._want // 2:
            self._width = min(SLOTS, self._width * 4)
        self._low -= self._low % self._width


class Numbers:
    """Hands out growing numbers, fetched from the database in blocks; a crash leaves a gap, never a double."""

    def __init__(self, name: str, *, block: int = 50) -> None:
        self._name, self._block = name, block
        self._next = self._end = 0
        self._lock = threading.Lock()

    def take(self) -> int:
        """The next number, from 1."""
        with self._lock:
            if self._next == self._end:
                self._end = raise_counter(self._name, self._block) + 1
                self._next = self._end - self._block
            self._next += 1
            return self._next - 1


def raise_counter(name: str, by: int) -> int:
    """Raise a counter and return its new value. Counters are few, so this may find and update at once."""
    counters = Counter._get_collection()
    row = None
    while (
        row is None
    ):  # SecantusDB may answer nothing to the loser of a race for the first value: a gap at most
        row = against_rivals(
            lambda: counters.find_one_and_update(
                {"_id": name}, {"$inc": {"value": by}}, upsert=True, return_document=ReturnDocument.AFTER
            )
        )
    return int(row["value"])


def counter(name: str) -> int:
    """The highest number that was handed out so far."""
    row = by_key(Counter, id=name)
    return row.value if row else 0
