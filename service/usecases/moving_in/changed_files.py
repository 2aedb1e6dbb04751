"""Files of a migration that have changed in their place since an earlier run: each becomes the next version there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.audit import Audit, outbox_slot
from service.domain.permissions import EDITABLE, Act, Actor, knows, may
from service.ledger import needs_indexing
from service.models import File, ImportLine, Record
from service.usecases.describing.showing import guarded, still_editable
from storage.port import StoredObject

LONGEST = 50
"""Versions that are followed from the one that a migration brought to the one that stands."""
WHY = "来源里的文件改过"


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier run made of the same path, as it stands now: the newest version, and its record."""

    file: Any
    record: Any


def earlier_of(actor: Actor, run: Any, lines: Iterable[Any]) -> Mapping[str, Earlier]:
    """By the ids of lines: what is to be given a new version by them.

    Nothing of what was deleted since, is frozen (an archived record is corrected by a person, R-VAL-12) or may not
    be changed by the actor: such a file becomes a draft of its own, like one that is new.
    """
    paths = {line.same: line.id for line in lines if line.same}
    if not run.later or not paths:
        return {}
    rows = ImportLine.objects(same__in=list(paths)).only("id", "same", "file_id")
    brought = {row.file_id: row for row in rows if row.id != paths[row.same]}
    newest: dict[str, Any] = {}
    for first, file in _standing(brought).items():
        line_id = paths[brought[first].same]
        if line_id not in newest or newest[line_id].version < file.version:
            newest[line_id] = file
    records = _changeable(actor, newest.values())
    return {
        line_id: Earlier(file, records[file.record_id])
        for line_id, file in newest.items()
        if file.record_id in records
    }


def joining(
    audit: Audit, actor: Actor, earlier: Earlier, kept: StoredObject, run_id: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Match and update of the record that a changed file joins."""
    entry = audit.entry(
        actor,
        "add_version",
        "record",
        earlier.record.id,
        sha256=kept.sha256,
        size=kept.size,
        file=earlier.file.id,
        import_id=run_id,
    )
    indexing = needs_indexing()
    update = {
        "$inc": indexing["$inc"],
        "$set": indexing["$set"] | {"outbox_slot": outbox_slot()},
        "$push": {"outbox": entry},
    }
    return still_editable(earlier.record.id), update


def _standing(brought: Mapping[str, Any]) -> dict[str, Any]:
    """By the id of the file that a line brought: the version that stands for it now, unless that was deleted."""
    at = {row.id: row for row in File.objects(id__in=list(brought)) if row.upload_key == brought[row.id].id}
    for _ in range(LONGEST):
        followed = {file.superseded_by: first for first, file in at.items() if file.superseded_by}
        if not followed:
            break
        for row in File.objects(id__in=list(followed)):
            at[followed[row.id]] = row
    return {first: file for first, file in at.items() if not file.deleted_at and not file.superseded_by}


def _changeable(actor: Actor, files: Iterable[Any]) -> dict[str, Any]:
    rows: Sequence[Any] = Record.objects(id__in=list({file.record_id for file in files}))
    return {
        row.id: row
        for row in rows
        if not row.deleted_at
        and row.life in EDITABLE
        and knows(actor, guarded(row))
        and may(actor, Act.CHANGE, guarded(row))
    }
