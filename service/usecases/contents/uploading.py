"""Uploading: a file is announced, sent in parts in any order, and completed; or sent whole in one request."""

import hashlib
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from mongoengine.errors import NotUniqueError
from pymongo.errors import ConnectionFailure

from service.domain.holdings import Page
from service.domain.permissions import Actor
from service.domain.uploads import (
    NewUpload,
    PartLink,
    PartView,
    Presets,
    UploadView,
)
from service.errors import (
    Conflict,
    Fault,
    InvalidInput,
    NotFound,
    PartsMissing,
)
from service.models import Upload
from service.models.reading import Numbers, by_key, counter, newest
from service.models.transactions import delete_rows, insert_row
from service.usecases.contents.announcing import MOST_OPEN, Announcing, view_of
from service.usecases.contents.intake import Arrival, Desk
from service.usecases.contents.proving import KEPT, LEASE, Proving, snapshot
from storage.keys import is_encrypted
from storage.parting import part_count, place
from storage.port import ObjectMissing, PartStore, StorageError, StoredObject

UPLOADS = "uploads"
LIFE = timedelta(days=7)
"""How long an upload waits for its next part."""
LINK_LIFE = timedelta(hours=1)
"""How long a part's URL works: longer than any one part takes."""
FIRST_LINKS = 8
MOST_LINKS = 100
INLINE = 64 << 20
"""Bytes up to which completing waits for the proof; larger ones are proved meanwhile."""
LOT = 100


class Uploads:
    """The uploads of people. Another person's upload does not exist (B30)."""

    def __init__(
        self,
        desk: Desk,
        parts: PartStore,
        proving: Proving,
        rules: Announcing,
        clock: Callable[[], datetime],
    ) -> None:
        self._desk, self._parts, self._proving = desk, parts, proving
        self._rules, self._clock = rules, clock
        self._numbers = Numbers(UPLOADS)
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="proof")

    def create(self, actor: Actor, new: NewUpload, key: str = "") -> UploadView:
        """Announce a file; the same `key` again gives the same upload. Bytes follow in parts.

        Raises `Forbidden`, `NotFound` (of the record to join), `InvalidInput`, `EmptyFile`, `TooLarge`,
        `QuotaExceeded`, `TooManyUploads`, and `StoreFull` while the disk has no room for it.
        """
        if earlier := self._earlier(actor, new, key):
            return self._with_links(earlier)
        self._rules.require(actor, new)
        self._rules.require_room(actor, new.size, self._open_sizes(actor))
        row = self._row(actor, new, key)
        row.object_key = self._desk.content_key(self._rules.place(new.presets))
        # parts without an upload are swept by their age; a data key has none
        coming = [Arrival(new.name, key=row.object_key)] if is_encrypted(row.object_key) else []
        with self._desk.expecting(coming):
            row.handle = self._parts.begin(row.object_key, row.size)
            try:
                insert_row(row)
            except NotUniqueError:
                self._parts.abort(row.object_key, row.handle)
                return self.create(actor, new, key)
        return self._with_links(row)

    def whole(self, actor: Actor, new: NewUpload, source: BinaryIO, key: str = "") -> UploadView:
        """Take a file in this one call; the same `key` again gives the same upload. `new.size` -1: not announced.

        Raises as `create` and `Files.add` do; then nothing is kept.
        """
        if earlier := self._earlier(actor, new, key):
            return self._shown(actor, [earlier])[0]
        self._rules.require(actor, new)
        self._rules.require_room(actor, max(0, new.size), ())
        row = self._row(actor, new, key)
        promised = Arrival(
            new.name,
            sha256=new.sha256 or None,
            size=None if new.size < 0 else new.size,
            key=self._desk.content_key(self._rules.place(new.presets)),
        )
        with self._desk.expecting([promised]):
            kept = self._desk.keep(source, promised)
            try:
                self._take(actor, row, kept)
            except NotUniqueError:
                return self.whole(actor, new, source, key)
            self._proving.enter(row, kept)
        return self.get(actor, row.id)

    def _take(self, actor: Actor, row: Any, kept: StoredObject) -> None:
        """Enter an upload whose content has come; after a fault the content is dropped, unless it is unknown whether
        the upload was entered."""
        row.size, row.object_key = kept.size, kept.key
        row.state, row.due_at = "verifying", row.created_at + LEASE
        try:
            self._rules.require_room(actor, kept.size, ())
            insert_row(row)
        except ConnectionFailure:
            raise
        except BaseException:
            self._desk.drop(kept)
            raise

    def get(self, actor: Actor, upload_id: str) -> UploadView:
        """One upload and what became of it."""
        return self._shown(actor, [self._mine(actor, upload_id)])[0]

    def list(self, actor: Actor, *, below: int | None = None, limit: int = 50) -> Page:
        """One's own, newest first, those of the last days included that have ended."""
        at = counter(UPLOADS) + 1 if below is None else below
        rows = newest(Upload, below=at, limit=limit + 1, owner=actor.id)
        more = len(rows) > limit
        return Page(
            items=self._shown(actor, rows[:limit]), next_cursor=str(rows[limit - 1].seq) if more else ""
        )

    def links(self, actor: Actor, upload_id: str, *, first: int, last: int) -> Sequence[PartLink]:
        """URLs for the parts from `first` to `last`, at most `MOST_LINKS`; keeps the upload from expiring."""
        row = self._open(actor, upload_id)
        if not 1 <= first <= last <= part_count(row.size) or last - first >= MOST_LINKS:
            raise InvalidInput([Fault("first", "no_such_part", "没有这一段")])
        Upload.objects(id=row.id, state="open").update_one(set__due_at=self._clock() + LIFE)
        return self._links(row, first, last)

    def parts(self, actor: Actor, upload_id: str) -> Sequence[PartView]:
        """What has come, by number."""
        row = self._open(actor, upload_id)
        try:
            found = self._parts.list(row.object_key, row.handle)
        except ObjectMissing as fault:
            raise Conflict("已传的部分已被清除，重新上传") from fault
        return [PartView(part.number, part.size, part.etag) for part in found]

    def complete(self, actor: Actor, upload_id: str) -> UploadView:
        """Make a file of the parts. Repeated after an unknown outcome it gives the same file.

        The answer is `stored`, or `verifying` for a large one. Raises `PartsMissing`, `InvalidInput` where the
        bytes are not those that were promised, `QuotaExceeded`, `Conflict` for one that was given up.
        """
        row = self._mine(actor, upload_id)
        if row.state in ("aborted", "expired"):
            raise Conflict("这次上传已取消或过期，重新上传")
        if row.state == "open":
            self._require_parts(actor, row)
        if row.state in ("open", "verifying") and self._proving.take(row, actor):
            self._prove(row)
        return self._ended(self.get(actor, upload_id))

    def preset(self, actor: Actor, upload_id: str, presets: Presets) -> UploadView:
        """Say something else of an upload than was announced, also when its record is there already.

        Raises `InvalidInput`, `Conflict` for one that has no record of its own, and as `Records.change`.
        """
        row = self._mine(actor, upload_id)
        self._rules.require_presets(presets)
        said = {
            "set__category": presets.category,
            "set__department": presets.department,
            "set__customer": presets.customer,
            "set__keywords": list(presets.keywords),
        }
        if not Upload.objects(id=row.id, state="open").update_one(**said):
            row = self._mine(actor, upload_id)
            if row.state != "stored" or row.duplicate or row.join:
                raise Conflict("这次上传没有自己的档案，不能改归类；到档案页更正")
            self._rules.describe(actor, row.record_id, presets)
            Upload.objects(id=row.id).update_one(**said)
        return self.get(actor, upload_id)

    def abort(self, actor: Actor, upload_id: str) -> None:
        """Give up an upload; one that was given up before is no error. Raises `Conflict` for one that has ended."""
        row = self._mine(actor, upload_id)
        if row.state == "open":
            Upload.objects(id=row.id, state="open").update_one(
                set__state="aborted", set__due_at=self._clock() + KEPT
            )
            self._parts.abort(row.object_key, row.handle)
        elif row.state not in ("aborted", "expired", "refused"):
            raise Conflict("这次上传已结束")

    def tend(self) -> int:
        """Housekeeping: expire what nobody sends, prove what a crash left in proof, forget what ended long ago."""
        now, done = self._clock(), 0
        for row in list(Upload.objects(state="verifying", due_at__lte=now).limit(LOT)):
            if self._proving.take(row):
                self._proving.prove(row.id)
                done += 1
        for row in list(Upload.objects(state="open", due_at__lte=now).limit(LOT)):
            match = Upload.objects(id=row.id, state="open", due_at__lte=now)
            if match.update_one(set__state="expired", set__due_at=now + KEPT):
                self._parts.abort(row.object_key, row.handle)
                done += 1
        ended = ["stored", "refused", "aborted", "expired"]
        old = [row.id for row in Upload.objects(state__in=ended, due_at__lte=now).only("id").limit(LOT)]
        delete_rows(Upload.objects(id__in=old))
        return done + len(old)

    def close(self) -> None:
        """End the proofs under way; what is left is taken up again at the next start."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _earlier(self, actor: Actor, new: NewUpload, key: str) -> Any | None:
        row = by_key(Upload, request_key=f"{actor.id}:{key}") if key else None
        if row is not None and (row.name, row.path) != (new.name, new.path):
            raise Conflict("此 Idempotency-Key 已用于另一个文件")
        if row is not None and new.size not in (-1, row.size):
            raise Conflict("此 Idempotency-Key 已用于另一个文件")
        return row

    def _row(self, actor: Actor, new: NewUpload, key: str) -> Any:
        now = self._clock()
        row = Upload(
            id=uuid.uuid4().hex,
            seq=self._numbers.take(),
            owner=actor.id,
            actor=snapshot(actor),
            name=new.name,
            path=new.path,
            size=max(0, new.size),
            sha256=new.sha256,
            modified=new.modified,
            drop=_drop(actor, new.drop),
            category=new.presets.category,
            department=new.presets.department,
            customer=new.presets.customer,
            keywords=list(new.presets.keywords),
            join=new.presets.record_id,
            created_at=now,
            due_at=now + LIFE,
        )
        if key:
            row.request_key = f"{actor.id}:{key}"
        return row

    def _mine(self, actor: Actor, upload_id: str) -> Any:
        row = by_key(Upload, id=upload_id)
        if row is None or row.owner != actor.id:
            raise NotFound("没有这次上传")
        return row

    def _open(self, actor: Actor, upload_id: str) -> Any:
        row = self._mine(actor, upload_id)
        if row.state in ("aborted", "expired"):
            raise Conflict("这次上传已取消或过期，重新上传")
        if row.state != "open":
            raise Conflict("这次上传已结束")
        return row

    def _open_sizes(self, actor: Actor) -> Sequence[int]:
        waiting = Upload.objects(owner=actor.id, state__in=["open", "verifying"]).only("size")
        return [row.size for row in waiting.limit(MOST_OPEN + 1)]

    def _links(self, row: Any, first: int, last: int) -> tuple[PartLink, ...]:
        expires = self._clock() + LINK_LIFE

        def link(number: int) -> PartLink:
            signed = self._parts.sign(row.object_key, row.handle, number, expires=LINK_LIFE)
            return PartLink(number, place(row.size, number)[1], signed.url, expires)

        return tuple(link(number) for number in range(first, last + 1))

    def _with_links(self, row: Any) -> UploadView:
        view = view_of(row)
        if row.state != "open":
            return view
        return replace(view, links=self._links(row, 1, min(FIRST_LINKS, view.part_count)))

    def _require_parts(self, actor: Actor, row: Any) -> None:
        """Ask the store what has really come: a signed URL does not limit what is sent to it."""
        try:
            there = {part.number: part.size for part in self._parts.list(row.object_key, row.handle)}
        except ObjectMissing:
            return  # joined already by a request whose answer was lost, or gone: the proof says which
        lacking = [number for number in range(1, part_count(row.size) + 1) if number not in there]
        if lacking:
            raise PartsMissing(lacking)
        real = sum(there.values())
        if real != row.size:
            fault = Fault(
                "parts",
                "size_mismatch",
                "各段合计 %(real)s 字节，与声明的 %(size)s 字节不符，未收。重新上传",
                {"real": real, "size": row.size},
            )
            raise InvalidInput([fault])
        self._rules.require_room(actor, real, ())

    def _prove(self, row: Any) -> None:
        if row.size <= INLINE:
            self._proving.prove(row.id)
            return
        try:
            self._pool.submit(self._prove_meanwhile, row.id)
        except RuntimeError:  # the server is ending: the next one proves it
            self._proving.release(row)

    def _prove_meanwhile(self, upload_id: str) -> None:
        try:
            self._proving.prove(upload_id)
        except StorageError:
            return  # housekeeping tries again

    def _ended(self, view: UploadView) -> UploadView:
        if view.state == "open":
            raise PartsMissing
        if view.state != "refused":
            return view
        words = {
            "checksum_mismatch": "收到的内容与声明的摘要或长度不符，未收。重新上传",
            "size_mismatch": "收到的内容与声明的摘要或长度不符，未收。重新上传",
            "record_gone": "这件档案已不在，文件未收；可改为上传到收集箱",
        }
        said = words.get(view.reason, "已传的部分已被清除，重新上传")
        raise InvalidInput([Fault("file", view.reason, said)])

    def _shown(self, actor: Actor, rows: Sequence[Any]) -> Sequence[UploadView]:
        return self._rules.shown(actor, rows)


def _drop(actor: Actor, drop: str) -> str:
    """The name of what came together; two people's never meet."""
    return "drop-" + hashlib.sha256(f"{actor.id}\0{drop}".encode()).hexdigest()[:32] if drop else ""


def coming_keys() -> frozenset[str]:
    """Keys of the objects of uploads that may still go on."""
    rows = Upload.objects(state__in=["open", "verifying"]).only("object_key")
    return frozenset(row.object_key for row in rows)
