"""Damage: contents that are not as they were taken in, written down wherever somebody meets them (S-ER-5)."""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from service.audit import Audit
from service.domain.permissions import CLOCKWORK
from service.errors import ContentDamaged
from service.models import File, FixityFinding
from service.models.reading import by_key
from storage.blocks import BLOCK
from storage.encrypted import EncryptedStore
from storage.fixity import verified
from storage.keys import is_encrypted
from storage.port import ChecksumMismatch, ObjectMissing, RangeUnsatisfiable

log = logging.getLogger(__name__)
GONE = "原文件缺失，已停止提供；管理员可运行 fonds check"


class Findings:
    """The one list of damaged contents that pages, commands and the API show."""

    def __init__(self, audit: Audit, clock: Callable[[], datetime]) -> None:
        self.audit, self._clock = audit, clock

    def note(self, key: str, kind: str, detail: str, *, waits: bool = False) -> None:
        """Write down what is wrong with an object. `waits`: the patrol is to look at it itself, as soon as it can."""
        log.error("%s %s: %s", kind, key, detail, extra={"event": "fixity_finding"})
        FixityFinding(key=key, kind=kind, detail=detail, found_at=self._clock(), waits=waits).save()
        self.audit.insert(CLOCKWORK, "fixity_finding", "object", key, result="failed", finding=kind)

    def mended(self, key: str) -> None:
        """Write down that an object is again what it was."""
        FixityFinding.objects(key=key).update_one(set__repaired_at=self._clock(), set__waits=False)
        self.audit.insert(CLOCKWORK, "fixity_repair", "object", key)


class Serving:
    """Passes contents on to whoever opens them; what proves wrong on the way is refused and written down."""

    def __init__(self, store: EncryptedStore, findings: Findings) -> None:
        self._store, self._findings = store, findings

    def content(self, row: Any, first: int, behind: int) -> Iterator[bytes]:
        """The bytes of a file from `first` up to `behind`, as they were taken in. Raises `ContentDamaged`, here or while
        they are read: before the block leaves, where blocks are digested, else before the last byte of the whole."""
        try:
            chunks = self._proved(row, first, behind)
        except ObjectMissing as fault:
            self._met(row, "missing", str(fault))
            raise ContentDamaged(GONE) from fault
        except (RangeUnsatisfiable, ChecksumMismatch) as fault:  # too short, or altered where it begins
            self._met(row, "changed", str(fault))
            raise ContentDamaged from fault
        return self._guarded(row, chunks)

    def made(self, key: str, first: int, behind: int) -> Iterator[bytes]:
        """The same of what was made from a file, whose blocks are digested if it has several."""
        try:
            proved = self._store.blocks.open(key, first, behind) if behind > BLOCK else None
            chunks = self._store.open(key, start=first, end=behind) if proved is None else proved
        except ObjectMissing as fault:
            raise ContentDamaged(GONE) from fault
        except ChecksumMismatch as fault:
            raise ContentDamaged from fault
        return _refusing(chunks)

    def _proved(self, row: Any, first: int, behind: int) -> Iterator[bytes]:
        key, whole = row.object_key, (first, behind) == (0, row.size)
        if row.size > BLOCK and (blocks := self._store.blocks.open(key, first, behind)) is not None:
            return blocks
        if not whole and (row.size > BLOCK or is_encrypted(key)):
            require_sound(key)
            return self._store.open(key, start=first, end=behind)
        proved = verified(self._store.open(key, start=0, end=row.size), sha256=row.sha256, size=row.size)
        return proved if whole else _cut(proved, first, behind)

    def _guarded(self, row: Any, chunks: Iterator[bytes]) -> Iterator[bytes]:
        try:
            yield from chunks
        except ChecksumMismatch as fault:
            self._met(row, "changed", str(fault))
            raise ContentDamaged from fault

    def _met(self, row: Any, kind: str, detail: str) -> None:
        if open_finding(row.object_key) is None and self._still(row, kind):
            self._findings.note(row.object_key, kind, detail, waits=True)

    def _still(self, row: Any, kind: str) -> bool:
        """Whether it is so now: a content may just have got another object, or be put back at this moment."""
        now = by_key(File, id=row.id)
        if now is None or now.object_key != row.object_key:
            return False
        if kind != "missing":
            return True
        try:
            self._store.stat(row.object_key)
        except ObjectMissing:
            return True
        return False


def open_finding(key: str) -> Any | None:
    """What is known to be wrong with an object and is not mended."""
    found = by_key(FixityFinding, key=key)
    return found if found is not None and found.repaired_at is None else None


def require_sound(key: str) -> None:
    """Raises `ContentDamaged` for what was found changed and is not mended yet: a part of it proves nothing."""
    if open_finding(key) is not None:
        raise ContentDamaged


def _cut(chunks: Iterator[bytes], first: int, behind: int) -> Iterator[bytes]:
    """A part of what is small enough to be held."""
    yield b"".join(chunks)[first:behind]


def _refusing(chunks: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from chunks
    except ChecksumMismatch as fault:
        raise ContentDamaged from fault
