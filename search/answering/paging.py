"""Paging: the orders of a result, the key of a hit in each, and the cursor behind the last one shown."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from search.answering.ranking import STEPS, ranks
from search.port import InvalidCursor, Order, SearchRequest

MAX_LIMIT = 200
MAX_DEPTH = 100_000
"""How many hits may be passed over by cursors."""

SCORE = "score"


@dataclass(frozen=True, slots=True)
class Sorting:
    """One field of the index that orders a result; its values are unique in an archive, but for `SCORE`."""

    field: str
    descending: bool


SORTINGS: Mapping[Order, Sorting] = MappingProxyType(
    {
        "relevance": Sorting(SCORE, True),
        "newest": Sorting("seq", True),
        "oldest": Sorting("seq", False),
        "date_desc": Sorting("date_desc", True),
        "date_asc": Sorting("date_asc", False),
        "title": Sorting("title_key", False),
    }
)

Value = float | int | str


@dataclass(frozen=True, slots=True)
class Key:
    """Where a hit stands in an order: its value there, and its `seq` to part equal scores (newest first)."""

    value: Value
    seq: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """Behind the hit `key`, the `shown`-th of a result; `step` is how the question was widened.

    `snapshot` is the engine's own name of the state that is paged through, "" for the live one.
    """

    key: Key
    shown: int
    step: str = ""
    snapshot: str = ""

    def text(self) -> str:
        """The cursor as opaque text."""
        fields = [self.key.value, self.key.seq, self.shown, self.step, self.snapshot]
        return base64.urlsafe_b64encode(json.dumps(fields, ensure_ascii=False).encode()).decode().rstrip("=")


def sorting(request: SearchRequest) -> Sorting:
    """The order that is meant: without anything that gives scores, relevance is newest first."""
    if request.order == "relevance" and not ranks(request.query):
        return SORTINGS["newest"]
    return SORTINGS[request.order]


def page_size(request: SearchRequest) -> int:
    """How many hits to give: 0 to `MAX_LIMIT`."""
    return max(0, min(request.limit, MAX_LIMIT))


def read_cursor(request: SearchRequest) -> Cursor | None:
    """The cursor of a request, None on the first page. Raises `InvalidCursor`."""
    if not request.cursor:
        return None
    try:
        padded = request.cursor + "=" * (-len(request.cursor) % 4)
        fields = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        value, seq, shown, step, snapshot = fields
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise InvalidCursor("The cursor cannot be read.") from None
    expected: tuple[type, ...] = (str,) if sorting(request).field == "title_key" else (int, float)
    whole = [type(seq) is int, type(shown) is int and 0 < shown <= MAX_DEPTH]
    if not (type(value) in expected and all(whole) and step in STEPS and isinstance(snapshot, str)):
        raise InvalidCursor("The cursor does not fit this question.")
    return Cursor(Key(value, seq), shown, step, snapshot)


def behind(keys: Sequence[tuple[Key, int]], order: Sorting, after: Key | None) -> list[int]:
    """Numbers of the hits that come behind `after`, in order; `keys` are (key, number)."""
    ordered = sorted(keys, key=lambda found: found[0].seq, reverse=True)
    ordered.sort(key=lambda found: found[0].value, reverse=order.descending)
    if after is None:
        return [number for _, number in ordered]
    return [number for key, number in ordered if _is_behind(key, order, after)]


def _is_behind(key: Key, order: Sorting, after: Key) -> bool:
    if key.value == after.value:
        return key.seq < after.seq
    # keys of one order have one type; a mixed pair cannot pass `read_cursor`
    return (key.value < after.value) == order.descending  # type: ignore[operator]
