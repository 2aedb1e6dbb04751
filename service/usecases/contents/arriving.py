"""Contents on their way in: noted before they are stored, so that nothing is left of those that a crash cut off."""

import logging
import uuid
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from pymongo.errors import PyMongoError

from service.errors import ServiceError
from service.models import Arriving, HeldObject
from service.models.reading import keyed
from service.models.transactions import delete_rows, insert_row
from storage.port import ObjectFrozen, ObjectStore, StoreFull

GRACE = timedelta(days=1)
"""So long a request may take from its first byte to its row, where another process may be serving it."""

log = logging.getLogger(__name__)


@contextmanager
def noted(keys: Sequence[str], at: datetime) -> Iterator[None]:
    """While contents are stored under these keys and entered: that they are on their way.

    A refusal leaves nothing to look for. After another fault the note stays, because what the database answered last
    need not be what it has done, and a store that is away has perhaps dropped nothing: `Leavings` looks later.
    """
    if not keys:
        yield
        return
    note = insert_row(Arriving(id=uuid.uuid4().hex, keys=list(keys), at=at))
    try:
        yield
    except (ServiceError, StoreFull):
        _strike_out(note)
        raise
    _strike_out(note)


def _strike_out(note: Any) -> None:
    try:
        delete_rows(Arriving.objects(id=note.id))
    except PyMongoError as fault:  # what is entered stays so
        log.info("a note of what came in stays: %s", fault, extra={"event": "note_stays"})


class Leavings:
    """Takes away what was stored and never entered. An object that nothing notes is left to `fonds check`: after a
    restore from a backup it may be what is missing."""

    def __init__(
        self,
        store: ObjectStore,
        clock: Callable[[], datetime],
        coming: Callable[[], AbstractSet[str]],
        *,
        alone: bool,
    ) -> None:
        """`coming`: keys of uploads that go on. `alone`: no other process serves this house, so that whatever was on
        its way when this one began is cut off."""
        self._store, self._clock, self._coming, self._alone = store, clock, coming, alone
        self._began = clock()

    def collect(self) -> int:
        """Look at all notes whose time is over; how many objects were taken away."""
        before = self._clock() - GRACE
        if self._alone:
            before = max(before, self._began)
        notes = list(Arriving.objects(at__lt=before).limit(1000))
        coming = self._coming() if notes else frozenset()
        return sum(self._settled(note, coming) for note in notes)

    def _settled(self, note: Any, coming: AbstractSet[str]) -> int:
        held = {row["key"] for row in keyed(HeldObject, note.keys, field="key", only=("key",))}
        left = [key for key in note.keys if key not in held]
        if not coming.isdisjoint(left):
            return 0
        for key in left:
            try:
                self._store.delete(key)
            except ObjectFrozen:
                log.warning("%s is frozen, and no row names it", key, extra={"event": "frozen_leaving"})
        delete_rows(Arriving.objects(id=note.id))
        return len(left)
