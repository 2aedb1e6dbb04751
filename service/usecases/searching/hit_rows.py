"""What the truth says of records and files that a search found: read narrowly, and once while nothing is written."""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from service.domain.dealing import PARTIES
from service.models import File, Record
from service.models.changes import Changes, Remembered
from service.models.reading import keyed

RECORD: Mapping[str, Any] = {
    "seq": 0,
    "category": "",
    "category_version": 0,
    "department": "",
    "date": None,
    "ref_code": "",
    "secrecy": "L0",
    "core_secret": False,
    "circles": (),
    "grants": (),
    "life": "draft",
    "responsible": "",
    "fields": {},
}
FILE: Mapping[str, Any] = {
    "record_id": "",
    "name": "",
    "order": 0,
    "family": "",
    "preview_key": "",
    "parent": None,
}
"""What a hit shows of a record and of its files, and what stands for a value that is not stored."""


class HitRows:
    """Rows of hits by record id. What decides on rights in them is written by the serving process alone, or nothing
    is remembered; a worker's word on a file (its kind, its preview) may be a moment late."""

    def __init__(self, changes: Changes | None = None) -> None:
        self.changes = changes
        self._known: Remembered[str, tuple[Any, Sequence[Any]]] = Remembered(changes, "records", "files")

    def of(self, ids: Sequence[str]) -> Mapping[str, tuple[Any, Sequence[Any]]]:
        """Record id → its row and its files in their order; deleted ones are left out."""
        return self._known.get(ids, _read)


def _read(ids: Sequence[str]) -> Mapping[str, tuple[Any, Sequence[Any]]]:
    rows = {row.id: row for row in _rows(Record, RECORD, ids, deleted_at=None)}
    for row in rows.values():  # a hit names the other party; the rest of a description is not kept in memory
        row.fields = {name: row.fields[name] for name in PARTIES if name in row.fields}
    files: dict[str, list[Any]] = {}
    for file in _rows(File, FILE, list(rows), field="record_id", deleted_at=None, superseded_by=None):
        files.setdefault(file.record_id, []).append(file)
    return {
        name: (row, sorted(files.get(name, ()), key=lambda file: (file.parent is not None, int(file.order))))
        for name, row in rows.items()
    }


def _rows(
    document: Any, defaults: Mapping[str, Any], keys: Sequence[str], **conditions: Any
) -> list[SimpleNamespace]:
    """Just what a hit shows of the rows, without making documents of them: that was half of a search's own time."""
    found = keyed(document, keys, only=tuple(defaults), **conditions)
    return [SimpleNamespace(**defaults | row, id=row["_id"]) for row in found]
