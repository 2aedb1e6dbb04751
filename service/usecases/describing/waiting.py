"""What waits in the inbox: counted up to a bound, and told by drop, without reading whole descriptions."""

from collections.abc import Sequence
from typing import NamedTuple

from service.domain.permissions import Actor, knows
from service.models import Record
from service.models.reading import Windows, counter, falling
from service.usecases.describing.records import SEQ
from service.usecases.describing.showing import GUARDED, guarded_row

BOUND = 500
"""Up to so many the inbox says exactly how many are left."""

SPARSE = 2000
"""Numbers that are looked through at first: most of them are not in the inbox."""

_SHORT = ("seq", "source.import_id", *GUARDED)


class Waiting(NamedTuple):
    """A record that is not described yet. `drop` is the import it came with, "" if it was entered by hand."""

    id: str
    drop: str
    seq: int


def waiting(actor: Actor, *, bound: int = BOUND) -> Sequence[Waiting]:
    """What the actor finds in the inbox, newest first; one more than `bound` tells that there are more."""
    found: list[Waiting] = []
    below = counter(SEQ) + 1
    windows = Windows(SPARSE)
    rows = falling(Record, number="waits", below=below, only=_SHORT, windows=windows, deleted_at=None)
    for row in rows:
        if knows(actor, guarded_row(row)):
            drop = str((row.get("source") or {}).get("import_id") or "")
            found.append(Waiting(str(row["_id"]), drop, int(row["seq"])))
        if len(found) > bound:
            break
    return found
