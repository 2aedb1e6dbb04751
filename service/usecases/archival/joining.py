"""Joining 并入: a draft turns out to be what is archived already; it is merged into the next version of that (R-VAL-11).

What is archived is never changed (R-VAL-12), so the draft goes into a correction: begun for it, or the one under way.
"""

from collections.abc import Collection
from typing import Any

from service.domain.holdings import RecordView
from service.domain.lifecycle import check_reason
from service.domain.permissions import EDITABLE, Act, Actor, may
from service.errors import Conflict, StaleRevision
from service.models import Record
from service.models.reading import by_key
from service.usecases.archival.correcting import Correcting
from service.usecases.describing.merging import Merging
from service.usecases.describing.records import Records
from service.usecases.describing.showing import guarded, known_record, require_editable


class Joining:
    """Drafts into archived records."""

    def __init__(self, records: Records, correcting: Correcting, merging: Merging) -> None:
        self._records, self._correcting, self._merging = records, correcting, merging

    def join(
        self, actor: Actor, kept_id: str, gone: tuple[str, int], reason: str, take: Collection[str] = ()
    ) -> RecordView:
        """Merge the draft `gone` (id, revision) into the next version of the archived `kept_id`, which is begun with
        `reason` if none is under way; that version. The archived record stays as it is until it is archived.

        May be repeated: what broke off between the two leaves the version, which the next attempt takes up.
        Raises `NotFound`, `Forbidden`, `Conflict`, `StaleRevision`, `InvalidInput`.
        """
        stays, goes = known_record(actor, kept_id), known_record(actor, gone[0], Act.CHANGE)
        said = check_reason(reason)
        require_editable(goes)
        if goes.rev != gone[1]:
            raise StaleRevision(goes.rev)
        if goes.id == stays.correcting:
            raise Conflict("这件就是它的新版，不用合并")
        self._merging.require_same(stays, goes)
        version = self._version(actor, stays) or self._correcting.correct(actor, stays.id, said)
        return self._merging.merge(actor, (version.id, version.rev), gone, take)

    def _version(self, actor: Actor, old: Any) -> RecordView | None:
        """The correction under way, if the actor may change it."""
        row: Any = by_key(Record, id=old.correcting) if old.correcting else None
        if row is None or row.deleted_at or row.life not in EDITABLE:
            return None
        return self._records.some(actor, [row.id])[0] if may(actor, Act.CHANGE, guarded(row)) else None
