"""Lines of a workbook as their owner sees them: what they say of other records is told as far as he may know of those
now (R-SEC-7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.domain.permissions import Actor, knows
from service.errors import Fault
from service.models import Record
from service.models.reading import keyed
from service.usecases.describing.showing import GUARDED, guarded_row

TWIN = "twin"
"""Code of a note that tells of another record, `record` among its parameters."""


@dataclass(frozen=True, slots=True)
class EntryLineView:
    """One line, by its number in the workbook: `fate` waiting, entered, already, bad."""

    n: int
    title: str
    fate: str
    record_id: str
    faults: Sequence[Fault]
    notes: Sequence[Fault] = ()
    """What is to be looked at, and hinders nothing."""


def show_lines(actor: Actor, rows: Sequence[Any]) -> list[EntryLineView]:
    """Lines as values; one whose record is gone, or no longer to be known of, keeps what was typed and its fate."""
    told = {row.record_id for row in rows} | {_other(note) for row in rows for note in row.notes}
    titles = _titles(actor, sorted(told - {""}))
    return [_shown(row, titles) for row in rows]


def notes_of(actor: Actor, rows: Sequence[Any]) -> list[Sequence[Fault]]:
    """Only the notes of these lines, in their order."""
    return [line.notes for line in show_lines(actor, rows)]


def _shown(row: Any, titles: Mapping[str, str]) -> EntryLineView:
    return EntryLineView(
        n=row.n,
        title=row.title,
        fate=row.fate or "waiting",
        record_id=row.record_id if row.record_id in titles else "",
        faults=[Fault(**dict(one)) for one in row.faults],
        notes=[_note(one, titles) for one in row.notes if one["code"] != TWIN or _other(one) in titles],
    )


def _note(note: Mapping[str, Any], titles: Mapping[str, str]) -> Fault:
    fault = Fault(**dict(note))
    if fault.code != TWIN:
        return fault
    return Fault(fault.path, fault.code, fault.message, {"title": titles[_other(note)][:60]})


def _other(note: Mapping[str, Any]) -> str:
    """The record that a note tells of, "" for others."""
    return str((note.get("params") or {}).get("record", "")) if note["code"] == TWIN else ""


def _titles(actor: Actor, ids: Sequence[str]) -> dict[str, str]:
    rows = keyed(Record, ids, only=("title", *GUARDED), deleted_at=None)
    return {row["_id"]: str(row.get("title", "")) for row in rows if knows(actor, guarded_row(row))}
