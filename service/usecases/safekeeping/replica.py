"""The replica: a second store that holds every content too, filled by comparing the two stores (R-BAK-1)."""

import logging
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from service.models import HeldObject, PatrolState
from service.models.reading import by_key
from storage.fixity import verified
from storage.port import ChecksumMismatch, ObjectExists, ObjectMissing, ObjectStore, StorageError
from storage.streams import stream_of

log = logging.getLogger(__name__)
LOT = 200


class Replica:
    """Keeps `second` like the store. Without one it does nothing, and has no copy of anything."""

    def __init__(
        self, store: ObjectStore, second: ObjectStore | None, clock: Callable[[], datetime], spool: Path
    ) -> None:
        self._store, self._second, self._clock, self._spool = store, second, clock, spool

    def follow(self) -> int:
        """Copy some of what the second store lacks; how many objects. 0 means that it lacks nothing."""
        if self._second is None:
            return 0
        done = 0
        for key in _lacking(self._store, self._second):
            done += self._copy(self._second, key)
            if done == LOT:
                break
        PatrolState.objects(id="replica").update_one(
            upsert=True, set__began_at=self._clock(), set__lacking=done == LOT
        )
        return done

    def state(self) -> Mapping[str, Any]:
        """When the replica was last compared, and whether it lacked more than could be copied then; {} without one."""
        if self._second is None:
            return {}
        row = by_key(PatrolState, id="replica")
        return {"compared_at": row.began_at if row else None, "lacking": row.lacking if row else True}

    @contextmanager
    def good_copy(self, key: str, *, sha256: str, size: int) -> Iterator[BinaryIO]:
        """The second copy, proved whole before it is given. Raises `ObjectMissing`, `ChecksumMismatch`."""
        if self._second is None:
            raise ObjectMissing("no second store is set (FONDS_REPLICA_URL)")
        self._spool.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=self._spool) as copy:
            for chunk in verified(self._second.open(key), sha256=sha256, size=size):
                copy.write(chunk)
            copy.seek(0)
            yield cast("BinaryIO", copy)

    def forget(self, key: str) -> None:
        """Let go of the second copy, when the last row of a content is gone. One that cannot be reached keeps it."""
        if self._second is None:
            return
        try:
            self._second.delete(key)
        except StorageError as fault:
            log.warning("left in the replica: %s: %s", key, fault, extra={"event": "left_in_replica"})

    def _copy(self, second: ObjectStore, key: str) -> int:
        rows = list(HeldObject.objects(key=key).limit(1))
        if not rows:
            return 0  # its row is not written yet, or never will be
        row = rows[0]
        try:
            # What the patrol will find changed must not become the second copy.
            chunks = verified(self._store.open(key), sha256=row.sha256, size=row.size)
            second.put(key, stream_of(chunks), sha256=row.sha256, size=row.size)
        except (ObjectExists, ObjectMissing):
            return 0
        except ChecksumMismatch as fault:
            log.warning("not copied: %s: %s", key, fault, extra={"event": "not_copied"})
            return 0
        return 1


def _lacking(store: ObjectStore, second: ObjectStore) -> Iterator[str]:
    """Keys of contents in the one and not in the other; both list ascending."""
    others = second.list("content/")
    other = next(others, None)
    for held in store.list("content/"):
        while other is not None and other.key < held.key:
            other = next(others, None)
        if other is None or other.key != held.key:
            yield held.key
