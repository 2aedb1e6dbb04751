"""What waits in the inbox: counted up to a bound, and told by drop, without reading whole descriptions."""

from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import groupby
from typing import Any, NamedTuple

from service.domain.permissions import Actor, hears_all, knows, listening
from service.models import Record
from service.models.reading import KEYS, Windows, counter, falling
from service.usecases.describing.records import SEQ
from service.usecases.describing.showing import GUARDED, guarded_row

BOUND = 500
"""Up to so many the inbox says exactly how many are left."""

SPARSE = Windows(2000, growth=4)
"""Numbers that are looked through at first: most of them are not in the inbox."""

_SHORT = ("source.import_id", *GUARDED)


class Waiting(NamedTuple):
    """A record that is not described yet. `drop` is the import it came with, "" if it was entered by hand."""

    id: str
    drop: str
    seq: int


def waiting(actor: Actor, *, bound: int = BOUND) -> Sequence[Waiting]:
    """What the actor finds in the inbox, newest first; one more than `bound` tells that there are more.

    Who knows of whole compartments is read the inbox by its numbers, most of which are his; for anybody else the
    database finds what he may know of by whom it waits for.
    """
    found: list[Waiting] = []
    for row in _all() if hears_all(actor) else _own(listening(actor), bound + 1):
        if knows(actor, guarded_row(row)):
            drop = str((row.get("source") or {}).get("import_id") or "")
            found.append(Waiting(str(row["_id"]), drop, int(row["waits"])))
        if len(found) > bound:
            break
    return found


def _all() -> Iterator[dict[str, Any]]:
    below = counter(SEQ) + 1
    return falling(Record, number="waits", below=below, only=_SHORT, windows=SPARSE, deleted_at=None)


def _own(keys: Sequence[str], most: int) -> Iterator[dict[str, Any]]:
    """Up to `most` rows that have one of the keys, the highest number first, each once.

    Without a range of numbers: SecantusDB would take the index of the numbers for it and read all that waits.
    """
    shown = dict.fromkeys(("waits", *_SHORT), 1)
    lots = [keys[start : start + KEYS] for start in range(0, len(keys), KEYS)]
    asked = [
        Record._get_collection()
        .find({"waits_for": {"$in": lot}, "deleted_at": None}, shown)
        .sort("waits", -1)
        .limit(most)
        .batch_size(most)
        for lot in lots
    ]
    merged = merge(*asked, key=lambda row: int(row["waits"]), reverse=True)
    return (next(same) for _number, same in groupby(merged, key=lambda row: int(row["waits"])))
