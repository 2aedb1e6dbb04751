"""Bulk work: what one change means for each of many records, and how it is taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from service.domain.describing import shown
from service.domain.holdings import CategoryView, Day, Description, RecordView
from service.domain.permissions import SECRECY
from service.errors import Fault, InvalidInput

ACTS = ("edit", "move", "delete", "download")
"""What can be done with many at once."""

MOST = 2000
"""Records of one run; a larger result is narrowed first."""

LOT = 50
"""Records that one transaction changes."""

SLICE = 200
"""Records that one request works on."""

TYPED_FROM = 100
"""From so many records on a deletion wants their number typed (docs/ui.md, confirmations)."""

DERIVED = ("category_version", "core_secret", "year")
"""What a change of category or date brings with it and takes back by itself."""


@dataclass(frozen=True, slots=True)
class BulkChange:
    """What to change in each of many records; None and () = leave as it is. `dossier` is the id of one.

    `carry`: where the new category lacks a field, what stood in it goes into the note; else the record is skipped.
    """

    category: str | None = None
    department: str | None = None
    responsible: str | None = None
    date: Day | None = None
    retention: str | None = None
    secrecy: str | None = None
    tags_add: tuple[str, ...] = ()
    tags_remove: tuple[str, ...] = ()
    dossier: str = ""
    carry: bool = False

    @property
    def empty(self) -> bool:
        """Whether it changes nothing."""
        return replace(self, carry=False) == BulkChange()

    @property
    def describes(self) -> bool:
        """Whether it changes descriptions, not only the dossier."""
        return replace(self, carry=False, dossier="") != BulkChange()


def described(
    row: Any, change: BulkChange, old: CategoryView | None, new: CategoryView | None
) -> Description:
    """What `change` says of one record. Raises `InvalidInput` where it would lower the secrecy (R-SEC-3) or
    lose a field."""
    said = Description(
        category=change.category,
        department=change.department,
        responsible=change.responsible,
        date=change.date,
        retention=change.retention,
        secrecy=_secrecy(row, change, new),
        keywords=_tags(row, change),
    )
    properties = new.schema.get("properties", {}) if new else {}
    lost = {name: value for name, value in row.fields.items() if name not in properties}
    if change.category is None or not lost:
        return said
    if not change.carry:
        raise InvalidInput([_fields_lost(list(lost), old)])
    kept = {name: value for name, value in row.fields.items() if name in properties}
    return replace(said, fields=kept, note=_note(row.note, lost, old))


def _secrecy(row: Any, change: BulkChange, new: CategoryView | None) -> str | None:
    if change.secrecy is not None:
        if _degree(change.secrecy) < _degree(row.secrecy):
            raise InvalidInput([Fault("secrecy", "lowers_secrecy", "降低密级要逐件办理")])
        return change.secrecy
    if change.category is None:
        return None
    # A category brings its own level along, which must not lower a stricter one.
    return max(str(row.secrecy), new.secrecy if new else "L0", key=_degree)


def _degree(level: str) -> int:
    return SECRECY.index(level) if level in SECRECY else len(SECRECY)


def _tags(row: Any, change: BulkChange) -> tuple[str, ...] | None:
    if not change.tags_add and not change.tags_remove:
        return None
    kept = [tag for tag in row.keywords if tag not in change.tags_remove]
    return tuple(dict.fromkeys([*kept, *change.tags_add]))


def _fields_lost(lost: Sequence[str], old: CategoryView | None) -> Fault:
    properties = old.schema.get("properties", {}) if old else {}
    hints = [properties.get(name, {"title": name}) for name in lost[:3]]
    told = {
        "names": "、".join(str(one.get("title")) for one in hints),
        "names_en": ", ".join(str(one.get("x-title-en", one.get("title"))) for one in hints),
        "count": len(lost),
    }
    return Fault("category", "fields_lost", "新类别没有“%(names)s”等 %(count)s 项，可选“写进附注”", told)


def _note(note: str, lost: Mapping[str, Any], old: CategoryView | None) -> str:
    properties = old.schema.get("properties", {}) if old else {}
    lines = [
        f"{properties.get(name, {}).get('title', name)}：{shown(value, properties.get(name, {}))}"
        for name, value in lost.items()
    ]
    return "\n".join(filter(None, [note, *lines]))


def taken_back(row: Any, changes: Mapping[str, tuple[Any, Any]]) -> Description:
    """The description that undoes `changes` of a record and touches nothing else of it."""
    said = {name: pair[0] for name, pair in changes.items() if name not in DERIVED}
    if "date" in said:
        day = said.pop("date")
        said |= {"date": day.date() if isinstance(day, datetime) else day, "clear_date": day is None}
    if "keywords" in said:
        said["keywords"] = tuple(said["keywords"] or ())
    if "category" in said:
        said = {"secrecy": row.secrecy, "retention": row.retention} | said
    return Description(**said)


@dataclass(frozen=True, slots=True)
class BulkView:
    """A run as its owner sees it. `fates`: how many ended as done, same, skipped, stale, gone, failed."""

    id: str
    act: str
    state: str
    """chosen, planned, running, done."""
    count: int
    beyond: int
    """How many more the question found than one run takes."""
    done: int
    """How many lines are through."""
    change: BulkChange
    plans: Mapping[str, int]
    """How many would change, stay the same, be skipped."""
    fates: Mapping[str, int]
    undoable: bool
    undoes: str
    undone_by: str
    back: str
    """The page it was started from."""
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class BulkLineView:
    """One record of a run. `record` None: it is gone or no longer to be known of.

    `changes`: field → (before, after), of a run that is planned, as it stands now.
    """

    n: int
    record_id: str
    record: RecordView | None
    plan: str
    fate: str
    reason: str
    params: Mapping[str, object]
    changes: Mapping[str, tuple[Any, Any]]
    dossier: tuple[str, str] | None = None
    """Ids of the dossier it leaves ("" = none) and joins, where it does."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a bulk download carries: files and bytes, and how many files are left out."""

    files: int
    bytes: int
    left_out: int
