"""Files of records: add, read with ranges, preview, text, and another try for one that failed."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, BinaryIO, Literal

from ingest import texts
from ingest.port import Dispatcher
from search.port import Passage
from service.audit import outbox_slot
from service.domain.holdings import Content, FileView, Page
from service.domain.names import check_file_name, title_of
from service.domain.permissions import Act, Actor, compartment, knows, may
from service.errors import Conflict, Fault, InvalidInput, NotFound, RangeUnsatisfiable
from service.ledger import needs_indexing
from service.models import File, Making, Record
from service.models.archive import SLOTS
from service.models.reading import by_key
from service.usecases.contents.damage import Findings, Serving, require_sound
from service.usecases.contents.intake import Along, Arrival, Desk, Entered
from service.usecases.contents.processing import how_to_read
from service.usecases.describing.showing import (
    editable_record,
    guarded,
    known_file,
    require_editable,
    show_file,
    still_editable,
    unnamed,
)
from storage.encrypted import EncryptedStore
from storage.keys import is_encrypted
from storage.port import ObjectMissing, ObjectStore, StoredObject

MAX_REASON = 500
"""Characters in which somebody says what is new in a version."""

PreviewSize = Literal["small", "medium", "large"]
_UPWARDS: Mapping[PreviewSize, Sequence[str]] = {
    "small": ("small", "medium"),
    "medium": ("medium",),
    "large": (),
}
SHOWN = ("small", "medium", "strip", "wave", "pages", "proxy", "searchable")
"""Renditions that people see."""
MADE_LATER = ("word", "slides", "sheet", "video", "audio")
"""Families of which something is made after they are read."""
WHOLE = ("pages", "proxy", "searchable")
"""Those that say all that the original says."""

MAX_WAY = 5
"""Files inside files that a way out is looked for."""

LINK_LIFE = timedelta(minutes=5)
"""How long a presigned link to a content works (B46)."""


class Files:
    """The bytes of the archive, for those who may open them."""

    def __init__(
        self,
        desk: Desk,
        store: EncryptedStore,
        dispatcher: Dispatcher,
        findings: Findings,
        *,
        direct: bool = False,
    ) -> None:
        """`direct`: browsers reach the store, so contents are links to it instead of streams. `findings` is told of
        what proves damaged while it is opened."""
        self._desk, self._store, self._dispatcher, self._audit = desk, store, dispatcher, findings.audit
        self._direct, self._serving = direct, Serving(store, findings)

    def add(
        self, actor: Actor, record_id: str, source: BinaryIO, *, name: str, promised: Arrival | None = None
    ) -> FileView:
        """Add a file to a record; returns after its row is written.

        `promised` may carry size, SHA-256 and an upload key: repeating the same key gives the same file.
        Raises `InvalidInput`, `EmptyFile`, `TooLarge`, `NotFound`, `Forbidden` and storage errors; then
        nothing is kept.
        """
        record = editable_record(actor, record_id)
        return self._take(actor, record, source, promised or Arrival(name), name=name)

    def add_version(
        self, actor: Actor, file_id: str, source: BinaryIO, *, name: str, promised: Arrival | None = None
    ) -> FileView:
        """Add the next version of a file: it takes the old one's place, which stays readable.

        As `add`; `promised.why` says what is new in it. Raises `Conflict` if the file is not the newest version.
        """
        old, record = known_file(actor, file_id, Act.CHANGE)
        require_editable(record)
        if old.superseded_by:
            raise Conflict("这个文件已有更新的版本，重新载入后再换")
        given = promised or Arrival(name)
        if faults := _check_reason(given.why):
            raise InvalidInput(faults)
        return self._take(actor, record, source, given, name=name or old.name, supersedes=old)

    def versions(self, actor: Actor, file_id: str) -> Sequence[FileView]:
        """All versions of the file that this one belongs to, newest first."""
        row, _ = known_file(actor, file_id)
        rows = {
            one.id: one for one in File.objects(record_id=row.record_id, parent=row.parent, deleted_at=None)
        }
        return [show_file(one) for one in _line(rows, row)]

    def _take(
        self,
        actor: Actor,
        record: Any,
        source: BinaryIO,
        given: Arrival,
        *,
        name: str,
        supersedes: Any = None,
    ) -> FileView:
        if faults := check_file_name(name):
            raise InvalidInput(faults)
        arrival = Arrival(
            name=name,
            path=given.path,
            role=given.role,
            sha256=given.sha256,
            size=given.size,
            upload_key=f"{actor.id}:{record.id}:{given.upload_key}" if given.upload_key else "",
            by=actor.display_name or actor.name,
            sender=actor.id,
            why=given.why,
            key=self._desk.content_key(compartment(record.secrecy, core_secret=record.core_secret)),
        )
        with self._desk.expecting([arrival]):
            kept = self._desk.keep(source, arrival)
            return show_file(self._enter(actor, record, (kept, arrival), supersedes).file)

    def _enter(
        self, actor: Actor, record: Any, brought: tuple[StoredObject, Arrival], supersedes: Any
    ) -> Entered:
        kept, arrival = brought
        act = "add_version" if supersedes else "add_file"
        facts = {"file": supersedes.id} if supersedes else {}
        entry = self._audit.entry(
            actor, act, "record", record.id, sha256=kept.sha256, size=kept.size, **facts
        )
        indexing = needs_indexing()
        update = {
            "$inc": indexing["$inc"],
            "$set": indexing["$set"] | {"outbox_slot": outbox_slot()},
            "$push": {"outbox": entry},
        }

        along = Along(joins=(still_editable(record.id), update), supersedes=supersedes)
        return self._desk.enter(kept, arrival, record, along)

    def members(self, actor: Actor, file_id: str, *, after: int = 0, limit: int = 200) -> Page:
        """Files that lie inside this one, in their order, those behind the first `after`."""
        row, _ = known_file(actor, file_id)
        rows = File.objects(parent=row.id, deleted_at=None) if row.members else ()
        found = sorted(rows, key=lambda one: (one.number, one.path))
        end = after + limit
        return Page(
            [show_file(one) for one in found[after:end]], str(end) if end < len(found) else "", len(found)
        )

    def around(self, actor: Actor, file_id: str) -> Sequence[FileView]:
        """The files that this one lies inside, the outermost first."""
        row, _ = known_file(actor, file_id)
        found: list[FileView] = []
        while row is not None and row.parent and len(found) < MAX_WAY:
            row = by_key(File, id=row.parent)
            if row is not None:
                found.insert(0, show_file(row))
        return found

    def get(self, actor: Actor, file_id: str) -> FileView:
        """One file."""
        return show_file(known_file(actor, file_id)[0])

    def content(
        self,
        actor: Actor,
        file_id: str,
        *,
        start: int | None = None,
        end: int | None = None,
        download: bool = False,
        streamed: bool = False,
    ) -> Content:
        """The original bytes from `start` up to, not including, `end`; a negative `start` counts from the end.

        `streamed`: never a link to the store, for who passes the bytes on himself.
        Of a large file no block leaves before it proved right (`storage.blocks`); the whole of any other is checked
        against its SHA-256 while it streams (`ContentDamaged` before the last byte), and so is what a part of a small
        one is cut from. Links, and parts of a large file whose blocks nobody has digested yet, are refused once it was
        found changed. What proves wrong is a finding. Quarantined files are given to nobody (`Conflict`).
        """
        row, _ = known_file(actor, file_id, Act.READ_CONTENT)
        if row.state == "quarantined":
            raise Conflict("文件已隔离，不提供原文")
        first, behind = _range(start, end, row.size)
        self._audit.insert(actor, "download" if download else "open", "file", row.id)
        if self._direct and self._store.presignable and not (streamed or is_encrypted(row.object_key)):
            require_sound(row.object_key)
            name = row.name if download else ""
            link = self._store.presign("GET", row.object_key, expires=LINK_LIFE, filename=name)
            return Content(row.name, row.media_type, row.size, first, behind, row.sha256, iter(()), link.url)
        chunks = self._serving.content(row, first, behind)
        return Content(row.name, row.media_type, row.size, first, behind, row.sha256, chunks)

    def preview(self, actor: Actor, file_id: str, size: PreviewSize = "large") -> Content:
        """The picture of the first page, in the next larger size that was made. Raises `NotFound` if there is none."""
        row, _ = known_file(actor, file_id, Act.READ_CONTENT)
        if not row.preview_key:
            raise NotFound("没有预览")
        own = {"key": row.preview_key, "media_type": row.preview_type}
        wanted = next((row.renditions[name] for name in _UPWARDS[size] if name in row.renditions), own)
        return self._made(row, wanted, None, None)

    def rendition(
        self,
        actor: Actor,
        file_id: str,
        name: str,
        *,
        start: int | None = None,
        end: int | None = None,
        download: bool = False,
    ) -> Content:
        """What was made of a file under this name (see `ingest.port.Outcome`), or a part of it, as `content` has it.

        Pages, films and scans with words over them show all of the original, so that this counts as opening it, or
        as taking it away. Raises `NotFound` if it was not made, `RangeUnsatisfiable`.
        """
        row, _ = known_file(actor, file_id, Act.READ_CONTENT)
        if name not in SHOWN or name not in row.renditions:
            raise NotFound("没有预览")
        made = self._made(row, row.renditions[name], start, end)
        if name in WHOLE:
            self._audit.insert(actor, "download" if download else "open", "file", row.id)
        return replace(made, name=f"{title_of(row.name)}（双层）.pdf") if name == "searchable" else made

    def _made(self, row: Any, made: Mapping[str, str], start: int | None, end: int | None) -> Content:
        try:
            size = self._store.stat(made["key"]).size
        except ObjectMissing as fault:
            raise NotFound("没有预览") from fault
        first, behind = _range(start, end, size)
        chunks = self._serving.made(made["key"], first, behind)
        media_type = made["media_type"]
        name = f"{row.id}.{media_type.rpartition('/')[2]}"
        # a key is never written twice: it names these bytes as a digest would
        return Content(name, media_type, size, first, behind, made["key"].rpartition("/")[2], chunks)

    def text(self, actor: Actor, file_id: str) -> Sequence[Passage]:
        """The text with its places. Raises `NotFound` if there is none."""
        row, _ = known_file(actor, file_id, Act.READ_CONTENT)
        if not row.text_key:
            raise NotFound("没有文字")
        return read_text(self._store, row.text_key)

    def boxed_text(self, actor: Actor, file_id: str) -> Sequence[tuple[Passage, Sequence[texts.Box]]]:
        """As `text`, each passage with the boxes of its lines where it was recognised."""
        row, _ = known_file(actor, file_id, Act.READ_CONTENT)
        if not row.text_key:
            raise NotFound("没有文字")
        return tuple(texts.load_boxed(self._store.open(row.text_key)))

    def pages_text(self, actor: Actor, file_id: str) -> Sequence[Passage]:
        """The text of the pages that were drawn from an Office file. Raises `NotFound` if there are none."""
        row, _ = known_file(actor, file_id, Act.READ_CONTENT)
        if "pages_text" not in row.renditions:
            raise NotFound("没有文字")
        return read_text(self._store, row.renditions["pages_text"]["key"])

    def in_making(self, file: FileView) -> bool:
        """Whether pages or a film are still to be made of a file that somebody was shown."""
        return file.family in MADE_LATER and by_key(Making, id=file.id) is not None

    def retry(
        self,
        actor: Actor,
        file_id: str,
        *,
        force: bool = False,
        turns: int | None = None,
        setting: str = "",
    ) -> FileView:
        """Process a file again from the start, for who may change the record, and for who runs the machine.

        `force`: recognise its pages in spite of a layer of text; `turns`: quarters to the left that bring them upright;
        `setting`: one of `processing.SETTINGS`, "" for the usual way. Who runs the machine is told no name of it.
        Raises `Conflict` for an infected one, one in work and another setting.
        """
        how = how_to_read(setting) | ({"force": True} if force else {})
        said = {"setting": setting} if setting else {}
        row = (
            by_key(File, id=file_id) if may(actor, Act.OPERATE) else known_file(actor, file_id, Act.CHANGE)[0]
        )
        if row is None or row.deleted_at:
            raise NotFound
        if row.state in ("pending", "running") or row.reason == "infected":
            raise Conflict("文件正在处理，或因病毒被隔离，不能重新处理")
        File.objects(id=row.id, state=row.state).update_one(
            set__state="pending",
            set__attempts=0,
            set__stage="",
            set__how=how | ({} if turns is None else {"turns": turns % 4}),
            set__slot=secrets.randbelow(SLOTS),
            set__reason="",
            set__detail="",
            unset__finished_at=1,
        )
        self._audit.insert(actor, "retry", "file", row.id, **said)
        self._dispatcher.wake([row.id])
        view, record = show_file(by_key(File, id=row.id)), by_key(Record, id=row.record_id)
        return view if record and knows(actor, guarded(record)) else unnamed(view)


def _line(rows: Mapping[str, Any], row: Any) -> list[Any]:
    """The versions of which `row` is one, newest first."""
    before = {one.superseded_by: one for one in rows.values() if one.superseded_by}
    newest = row
    while newest.superseded_by in rows:
        newest = rows[newest.superseded_by]
    line = [newest]
    while line[-1].id in before:
        line.append(before[line[-1].id])
    return line


def _check_reason(why: str) -> list[Fault]:
    if len(why) > MAX_REASON:
        return [Fault("why", "too_long", "最多 %(limit)s 个字", {"limit": MAX_REASON})]
    return []


def read_text(store: ObjectStore, key: str) -> Sequence[Passage]:
    """The passages of a text object."""
    return tuple(texts.load(store.open(key)))


def _range(start: int | None, end: int | None, size: int) -> tuple[int, int]:
    if start is None:
        return 0, size
    first = max(0, size + start) if start < 0 else start
    behind = size if end is None else min(end, size)
    if first >= size or first >= behind:
        raise RangeUnsatisfiable("文件共 %(size)s 字节", size=size)
    return first, behind
