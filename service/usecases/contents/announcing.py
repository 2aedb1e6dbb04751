"""Announcing: what an upload must be to be taken, and what its sender may be told of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from service.domain.describing import missing
from service.domain.holdings import Description
from service.domain.permissions import Act, Actor, compartment, knows, may
from service.domain.uploads import NewUpload, Presets, UploadView, described, preset, require_announced
from service.errors import Forbidden, TooManyUploads
from service.models import File, Record
from service.models.reading import by_key
from service.usecases.contents.quotas import Quotas
from service.usecases.describing.drafting import Drafting
from service.usecases.describing.records import Records
from service.usecases.describing.showing import editable_record, guarded
from service.usecases.scheme.categories import Categories
from storage.parting import part_count, part_size

MOST_OPEN = 1000
"""Unfinished uploads of one person."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where uploads end: the largest file, and quotas."""

    max_bytes: int
    quotas: Quotas


class Announcing:
    """What an upload must be, and what may be said of it."""

    def __init__(self, drafting: Drafting, records: Records, categories: Categories, bounds: Bounds) -> None:
        self._drafting, self._records = drafting, records
        self._categories, self._bounds = categories, bounds

    def require(self, actor: Actor, new: NewUpload) -> None:
        """Everything that can be refused before bytes come."""
        if not may(actor, Act.CREATE):
            raise Forbidden
        if new.presets.record_id:
            editable_record(actor, new.presets.record_id)
        require_announced(new, self._bounds.max_bytes)
        said = described(new, self._categories.find(new.presets.category))
        self._drafting.require(replace(said, category=new.presets.category or None))

    def require_presets(self, presets: Presets) -> None:
        """Return if a record could be described so, else `InvalidInput`."""
        said = Description(**preset(presets, self._categories.find(presets.category)))
        self._drafting.require(replace(said, category=presets.category or None))

    def describe(self, actor: Actor, record_id: str, presets: Presets) -> None:
        """Change a record that came from an upload to what is said now; what it had said else stays."""
        record = editable_record(actor, record_id)
        category, before = self._categories.find(presets.category), self._categories.find(record.category)
        said = {"category": ""} | preset(presets, category)
        if record.secrecy == (before.secrecy if before else "L0"):  # no person has said another one
            said["secrecy"] = category.secrecy if category else "L0"
        fields = dict(record.fields) if category and category.code == record.category else {}
        fields |= said.get("fields", {})
        waits = bool(category) and bool(missing(fields, category.schema if category else {}))
        described = Description(**(said | {"fields": fields}), inbox=waits)
        self._records.change(actor, record.id, record.rev, described)

    def place(self, presets: Presets) -> str:
        """The compartment that a file with these presets will lie in, "" if they do not say."""
        holder = (
            by_key(Record, id=presets.record_id)
            if presets.record_id
            else self._categories.find(presets.category)
        )
        return compartment(holder.secrecy, core_secret=holder.core_secret) if holder else ""

    def require_room(self, actor: Actor, coming: int, waiting: Sequence[int]) -> None:
        """Room for `coming` bytes beside what else is under way."""
        if len(waiting) >= MOST_OPEN:
            raise TooManyUploads("未完成的上传已有 %(limit)s 个；先传完或取消一些", limit=MOST_OPEN)
        self._bounds.quotas.require(actor.id, coming + sum(waiting))

    def shown(self, actor: Actor, rows: Sequence[Any]) -> Sequence[UploadView]:
        """Rows as values, with what their files and records are now, as far as the actor may know of those."""
        files = {one.id: one for one in File.objects(id__in=[row.file_id for row in rows if row.file_id])}
        ids = [row.record_id for row in rows if row.record_id]
        records = {one.id: one for one in Record.objects(id__in=ids, deleted_at=None)} if ids else {}
        return [self._one(actor, row, files.get(row.file_id), records.get(row.record_id)) for row in rows]

    def _one(self, actor: Actor, row: Any, file: Any | None, record: Any | None) -> UploadView:
        view = view_of(row)
        if record is None or not knows(actor, guarded(record)):
            return replace(view, record_id="", file_id="", duplicate=False) if row.record_id else view
        if file is not None:
            reason = file.reason if file.state in ("failed", "quarantined") else ""
            view = replace(view, file_state=file.state, file_reason=reason, file_warning=file.warning)
        return replace(
            view,
            title=record.title,
            ref_code=record.ref_code,
            inbox=record.inbox or not record.category,
            missing=tuple(f"fields.{name}" for name in self._lacking(record)),
        )

    def _lacking(self, record: Any) -> Sequence[str]:
        category = self._categories.of(record)
        return missing(record.fields, category.schema) if category else ()


def view_of(row: Any) -> UploadView:
    """A row as it stands, without what its file and record have become."""
    return UploadView(
        id=row.id,
        name=row.name,
        path=row.path,
        size=row.size,
        sha256=row.sha256,
        state=row.state,
        reason=row.reason,
        part_size=part_size(row.size),
        part_count=part_count(row.size),
        category=row.category,
        created_at=row.created_at,
        expires_at=row.due_at,
        record_id=row.record_id,
        file_id=row.file_id,
        duplicate=row.duplicate,
        title="",
        ref_code="",
        inbox=False,
        missing=(),
        file_state="",
        file_reason="",
        file_warning="",
    )
