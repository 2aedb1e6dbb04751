"""What waits in the inbox: counted up to a bound, and told by drop, without reading whole descriptions."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from service.domain.permissions import Actor, Guarded, knows
from service.models import Record
from service.models.reading import WINDOW, counter
from service.usecases.records import IN_THE_INBOX, SEQ

BOUND = 500
"""Up to so many the inbox says exactly how many are left."""

_SHORT = {
    "seq": 1,
    "secrecy": 1,
    "core_secret": 1,
    "department": 1,
    "circles": 1,
    "grants": 1,
    "life": 1,
    "source.import_id": 1,
}


class Waiting(NamedTuple):
    """A record that is not described yet. `drop` is the import it came with, "" if it was entered by hand."""

    id: str
    drop: str


def waiting(actor: Actor, *, bound: int = BOUND) -> Sequence[Waiting]:
    """What the actor finds in the inbox, newest first; one more than `bound` tells that there are more."""
    found: list[Waiting] = []
    for row in _rows(bound):
        if knows(actor, _guarded(row)):
            found.append(Waiting(str(row["_id"]), str((row.get("source") or {}).get("import_id") or "")))
        if len(found) > bound:
            break
    return found


def _rows(bound: int) -> Iterator[Mapping[str, Any]]:
    """Rows of the inbox by falling number; windows double while they are thin (as `newest` does)."""
    below, width = counter(SEQ) + 1, max(WINDOW, bound)
    while below > 0:
        low = max(0, below - width)
        match = {"seq": {"$gte": low, "$lt": below}, "deleted_at": None, **IN_THE_INBOX}
        rows = list(Record._get_collection().find(match, _SHORT))
        yield from sorted(rows, key=lambda row: -row["seq"])
        below = low
        if len(rows) < WINDOW:
            width *= 2


def _guarded(row: Mapping[str, Any]) -> Guarded:
    return Guarded(
        secrecy=str(row.get("secrecy", "")),
        core_secret=bool(row.get("core_secret")),
        department=str(row.get("department", "")),
        circles=frozenset(row.get("circles") or ()),
        grants=frozenset(row.get("grants") or ()),
        life=row.get("life", "draft"),
    )
