"""Rows as the values that callers get, with what the asking actor may do."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from service.domain.describing import missing
from service.domain.holdings import CategoryView, FileView, RecordView
from service.domain.permissions import EDITABLE, Act, Actor, Guarded, knows, may
from service.errors import Conflict, Forbidden, NotFound
from service.models import File, Record
from service.models.reading import by_key

LASTING = ("archived", "superseded", "disposal_pending", "destroyed")
FROZEN = "已归档，内容不能再改；要更正，另立新版"
UNDER_WAY = "已提交，内容暂不能改；先撤回或退回"
GUARDED = ("secrecy", "core_secret", "department", "circles", "grants", "life")
"""What of a record decides over access to it."""


def guarded(row: Any) -> Guarded:
    """What decides over access to a record."""
    return Guarded(
        secrecy=row.secrecy,
        core_secret=row.core_secret,
        department=row.department,
        circles=frozenset(row.circles),
        life=row.life,
        grants=frozenset(row.grants),
    )


def guarded_row(row: Mapping[str, Any]) -> Guarded:
    """The same of a record that was read without making a document of it."""
    return Guarded(
        secrecy=str(row.get("secrecy", "L0")),
        core_secret=bool(row.get("core_secret")),
        department=str(row.get("department", "")),
        circles=frozenset(row.get("circles") or ()),
        life=row.get("life", "draft"),
        grants=frozenset(row.get("grants") or ()),
    )


def known_record(actor: Actor, record_id: str, act: Act = Act.READ) -> Any:
    """The row, if the actor may know of it (else `NotFound`) and may do `act` with it (else `Forbidden`)."""
    row = by_key(Record, id=record_id)
    if row is None or row.deleted_at or not knows(actor, guarded(row)):
        raise NotFound
    if not may(actor, act, guarded(row)):
        raise Forbidden
    return row


def editable_record(actor: Actor, record_id: str) -> Any:
    """The row, if the actor may change its description and files and they are not frozen (else `Conflict`, R-VAL-12)."""
    row = known_record(actor, record_id, Act.CHANGE)
    require_editable(row)
    return row


def require_editable(row: Any) -> None:
    """Return while the description and the files of a record are still being made, else `Conflict`."""
    if row.life not in EDITABLE:
        raise Conflict(FROZEN if row.life in LASTING else UNDER_WAY)


def still_editable(record_id: str) -> dict[str, Any]:
    """What a write of a file asks of its record, so that none comes into one that was frozen a moment ago."""
    return {"_id": record_id, "deleted_at": None, "life": {"$in": list(EDITABLE)}}


def known_file(actor: Actor, file_id: str, act: Act = Act.READ) -> tuple[Any, Any]:
    """File and record rows, under the same rules as `known_record`."""
    row = by_key(File, id=file_id)
    if row is None or row.deleted_at:
        raise NotFound
    return row, known_record(actor, row.record_id, act)


def _held_up(row: Any) -> bool:
    """Whether it waits because nobody can say yet whether it is infected."""
    return bool(row.state == "pending" and row.reason == "scanner_unavailable")


def show_file(row: Any) -> FileView:
    """A file as a value."""
    return FileView(
        id=row.id,
        record_id=row.record_id,
        name=row.name,
        path=row.path,
        role=row.role,
        size=row.size,
        sha256=row.sha256,
        media_type=row.media_type,
        family=row.family,
        state=row.state,
        attempts=row.attempts,
        reason=row.reason if row.state in ("failed", "quarantined") or _held_up(row) else "",
        warning=row.warning,
        detail=row.detail,
        pages=row.pages,
        characters=row.characters,
        has_text=bool(row.text_key),
        has_preview=bool(row.preview_key),
        renditions=tuple(sorted(row.renditions)),
        facts=dict(row.facts),
        created_at=row.created_at,
        finished_at=row.finished_at,
        version=row.version,
        by=row.by,
        why=row.why,
        superseded_by=row.superseded_by or "",
        stage=row.stage,
        recognised=row.recognised,
        to_recognise=len(row.unread),
        parent=row.parent or "",
        number=row.number,
        members=row.members,
    )


UNNAMED: Mapping[str, Any] = dict.fromkeys(
    ("name", "path", "record_id", "sha256", "detail", "why", "by"), ""
) | {
    "facts": {},
    "parent": "",
}


def unnamed(view: FileView) -> FileView:
    """What of a file is told to who runs the machine and may not know of its record (S-ER-2)."""
    return replace(view, **UNNAMED)


AS_STORED = (
    "id",
    "title",
    "category",
    "category_version",
    "date",
    "year",
    "department",
    "responsible",
    "ref_code",
    "doc_no",
    "secrecy",
    "secrecy_until",
    "grade",
    "openness",
    "room",
    "cabinet",
    "shelf",
    "box",
    "retention",
    "copy_status",
    "original_place",
    "language",
    "note",
    "life",
    "rev",
    "created_at",
    "updated_at",
)
"""What a record's view says just as the row does."""


def show_record(
    actor: Actor,
    row: Any,
    *,
    category: CategoryView | None,
    owners: Mapping[str, str],
    files: Sequence[Any] = (),
) -> RecordView:
    """A record as a value; `owners` maps ids of users to display names. Its other versions are told to who may know
    of them (R-SEC-7)."""
    wanted = (Act.CHANGE, Act.DELETE, Act.READ_CONTENT) if row.life in EDITABLE else (Act.READ_CONTENT,)
    allowed = (act for act in wanted if may(actor, act, guarded(row)))
    lacking = missing(row.fields, category.schema) if category else []
    return RecordView(
        **{name: getattr(row, name) for name in AS_STORED},
        keywords=tuple(row.keywords),
        fields=dict(row.fields),
        indexed=row.indexed_seq >= row.index_seq,
        owner=owners.get(row.owner, ""),
        files=tuple(
            show_file(file) for file in sorted(files, key=lambda file: (file.order, file.created_at))
        ),
        inbox=not row.category or bool(row.inbox),
        missing=tuple(f"fields.{name}" for name in lacking),
        may=frozenset(act.value for act in allowed),
        supersedes=_known_version(actor, row.supersedes),
        superseded_by=_known_version(actor, row.superseded_by),
    )


def _known_version(actor: Actor, record_id: str | None) -> str:
    other: Any = by_key(Record, id=record_id) if record_id else None
    return record_id or "" if other is not None and knows(actor, guarded(other)) else ""
