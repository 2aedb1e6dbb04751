"""Freezing: originals of archived records are kept by the store itself, where it can (R-VAL-12)."""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from service.models import File, Record
from service.usecases.describing.showing import LASTING
from storage.port import ObjectStore, StorageError

log = logging.getLogger(__name__)
AT_ONCE = 8
LOT = 200
"""Records whose files are looked up together."""


class Freezing:
    """Freezes when a record is archived; what that misses (a crash, a restored backup) the patrol freezes."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def freeze(self, record_ids: Sequence[str]) -> None:
        """Freeze the originals of records that were archived. A store that is away now costs no archiving."""
        if not record_ids or not self._able():
            return
        keys: set[str] = set()
        for start in range(0, len(record_ids), LOT):
            wanted = {"record_id": {"$in": list(record_ids[start : start + LOT])}, "deleted_at": None}
            keys |= {row["object_key"] for row in File._get_collection().find(wanted, {"object_key": 1})}
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="freeze") as threads:
            list(threads.map(self._freeze, sorted(keys)))

    def keep(self, key: str) -> None:
        """Freeze an original if any record that is archived has it; nothing if it is so already."""
        if not self._able() or self._store.freezer.frozen(key):
            return
        files = File._get_collection().find({"object_key": key, "deleted_at": None}, {"record_id": 1})
        ids = list({file["record_id"] for file in files})
        if any(row.life in LASTING for row in Record.objects(id__in=ids).only("life")):
            self._freeze(key)

    def _able(self) -> bool:
        try:
            return self._store.freezer.able
        except StorageError as fault:
            log.warning("not known whether the store freezes: %s", fault, extra={"event": "not_frozen"})
            return False

    def _freeze(self, key: str) -> None:
        try:
            self._store.freezer.freeze(key)
        except StorageError as fault:
            log.warning("not frozen: %s: %s", key, fault, extra={"event": "not_frozen"})
