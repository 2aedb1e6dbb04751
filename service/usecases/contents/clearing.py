"""Clearing: after the grace period the bytes of deleted records go, unless another file holds them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from pymongo.client_session import ClientSession

from service.models import File, HeldObject, NearSketch, RecognisedPages
from service.models.connection import in_transaction
from service.models.reading import by_key
from service.models.transactions import delete_rows
from service.usecases.contents.freezing import Freezing
from service.usecases.contents.quotas import use
from service.usecases.holding import derived_keys, held_id, let_go
from storage.port import ObjectStore

GRACE = timedelta(days=30)
"""How long the bytes of a deleted record are kept, so that a mistake can be undone."""

LOT = 100


class Clearing:
    """Rows first, objects second: a crash in between leaves orphans, which the check collects."""

    def __init__(
        self, store: ObjectStore, clock: Callable[[], datetime], forget: Callable[[str], None]
    ) -> None:
        """`forget` lets go of second copies."""
        self._store, self._clock, self._forget = store, clock, forget
        self._freezing = Freezing(store)

    def clear(self) -> int:
        """Take away some of what was deleted before the grace period began; how many files. May be repeated."""
        ripe = list(File.objects(deleted_at__lt=self._clock() - GRACE))[:LOT]
        for file in ripe:
            self._clear(file)
        return len(ripe) + self._clear_pages()

    def _clear_pages(self) -> int:
        """Take away what was recognised of contents that are gone."""
        forsaken = list(RecognisedPages.objects(forsaken=True))[:LOT]
        for row in forsaken:
            if row.key:
                self._store.delete(row.key)
            delete_rows(RecognisedPages.objects(id=row.id, forsaken=True))
        return len(forsaken)

    def _clear(self, file: Any) -> None:
        def write(session: ClientSession) -> bool:
            if not File._get_collection().delete_one({"_id": file.id}, session=session).deleted_count:
                return False
            NearSketch._get_collection().delete_one({"_id": file.id}, session=session)
            let_go(session, file.compartment, file.sha256)
            use(session, [file], sign=-1)
            return True

        # Before its row goes: what is frozen and without a row is a loss, and nothing that is collected.
        self._thaw_last(file)
        if not in_transaction(write):
            return
        for key in derived_keys(file):
            self._store.delete(key)
        if not list(HeldObject.objects(key=file.object_key)):
            self._store.freezer.thaw(file.object_key)
            self._store.delete(file.object_key)
            self._forget(file.object_key)
        else:
            self._freezing.keep(file.object_key)

    def _thaw_last(self, file: Any) -> None:
        held = by_key(HeldObject, id=held_id(file.compartment, file.sha256))
        if held is not None and held.refs == 1 and held.key == file.object_key:
            self._store.freezer.thaw(file.object_key)
