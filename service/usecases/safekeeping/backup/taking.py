"""Taking a backup while the archive is at work: rows of one moment first, then the objects that those rows need."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from bson.raw_bson import RawBSONDocument

from service.models.snapshot import collections, schema_version, snapshot
from service.usecases.safekeeping.backup.sets import (
    NOT_TOLD,
    BackupSet,
    Copied,
    Spooled,
    Target,
    framed,
    listed,
    spooled,
)
from service.usecases.safekeeping.checking import Progress
from storage.encrypted import EncryptedStore
from storage.keys import backup_key, is_encrypted
from storage.port import ChecksumMismatch, ObjectMissing
from storage.streams import Measured, stream_of

log = logging.getLogger(__name__)
FIT = ("content/", "text/", "preview/")
"""Kinds of objects that belong to the archive."""


@dataclass(slots=True)
class BackupReport:
    """What a backup did: the set's name, what it holds, what was new, and what could not be copied whole."""

    name: str = ""
    rows: int = 0
    objects: int = 0
    bytes: int = 0
    copied: int = 0
    copied_bytes: int = 0
    damaged: list[str] = field(default_factory=list)
    """Keys of objects whose bytes no longer match their digest: no copy replaces a good one by them."""
    dropped: int = 0
    """Older sets that were let go."""
    unreadable: list[str] = field(default_factory=list)
    """Keys of sets in the target that cannot be read: until they are gone nothing older is let go, for nobody knows
    what they need."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a backup is to be: without copies of objects, or how many sets the target keeps (0 = all)."""

    rows_only: bool = False
    keep: int = 0


class TakingBackup:
    """Takes sets of one archive (R-BAK-1, R-BAK-2). Interrupted anywhere, it leaves no set, only copies for the next."""

    def __init__(
        self, store: EncryptedStore, clock: Callable[[], datetime], spool: Path, *, version: str
    ) -> None:
        """What is encrypted is copied as it lies: `store` proves it on the way."""
        self._store, self._clock, self._spool, self._version = store, clock, spool, version

    def run(self, target: Target, wanted: Wanted) -> Iterator[Progress | BackupReport]:
        """Steps as `Progress`, at the end one `BackupReport`."""
        self._spool.mkdir(mode=0o700, parents=True, exist_ok=True)
        report, taken_at = BackupReport(), self._clock()
        known = {} if wanted.rows_only else _known(target)
        promised: dict[str, str] = {}
        with ExitStack() as files:
            waiting: dict[str, Spooled] = {}
            with snapshot() as rows:
                for number, name in enumerate(collections()):
                    source = _promises(rows(name), promised) if name == "files" else rows(name)
                    waiting[name] = spooled(framed(source), self._spool)
                    files.callback(waiting[name].file.close)
                    yield Progress("rows", number + 1, len(collections()))
            objects: list[Copied] = []
            yield from self._objects(target, objects, _Given(known, promised, wanted.rows_only), report)
            parts = {name: target.write(part) for name, part in waiting.items()}
        made = BackupSet(
            key=backup_key(taken_at),
            taken_at=taken_at.isoformat(),
            version=self._version,
            schema_version=schema_version(),
            sealed=target.seal.locks,
            collections=parts,
            objects=target.write(spooled(listed(objects), self._spool), open_to_all=True),
            object_bytes=sum(each.size for each in objects),
            rows_only=wanted.rows_only,
        )
        target.add(made)
        report.name, report.objects, report.bytes = made.name, len(objects), made.object_bytes
        report.rows = sum(part.count for part in parts.values())
        report.dropped, report.unreadable = drop_old(target, wanted.keep)
        yield report

    def _objects(
        self, target: Target, objects: list[Copied], given: "_Given", report: BackupReport
    ) -> Iterator[Progress]:
        there = [each for each in self._store.inside.list() if each.key.startswith(FIT)]
        for number, held in enumerate(there):
            if given.rows_only:
                objects.append(Copied(held.key, held.size, _digest(held.key, given.promised)))
            elif copied := self._copied(target, held.key, given, report):
                objects.append(copied)
            if number % 50 == 0:
                yield Progress("copies", number, len(there))
        yield Progress("copies", len(there), len(there))

    def _copied(self, target: Target, key: str, given: "_Given", report: BackupReport) -> Copied | None:
        if known := given.known.get(key):
            return known
        try:
            stored = _copy(self._store, target, key, given.promised.get(key))
        except ObjectMissing:
            return None  # let go of since the listing, with its last row
        except ChecksumMismatch as fault:
            log.warning("%s: %s", key, fault, extra={"event": "object_damaged"})
            report.damaged.append(key)
            return None
        report.copied += 1
        report.copied_bytes += stored.size
        return stored


@dataclass(frozen=True, slots=True)
class _Given:
    known: dict[str, Copied]
    promised: dict[str, str]
    rows_only: bool


def _known(target: Target) -> dict[str, Copied]:
    """What earlier sets have copied already, as far as it is still there and locked in the same way."""
    there = {each.key for each in target.store.list() if each.key.startswith(FIT)}
    same = [made for made in target.sets() if not made.rows_only and made.sealed == target.seal.locks]
    lists = (target.named(made) or {} for made in same)
    return {key: copied for named in lists for key, copied in named.items() if key in there}


def _digest(key: str, promised: Mapping[str, str]) -> str:
    """The digest of an object as it lies, where the rows tell it: they know clear bytes."""
    return NOT_TOLD if is_encrypted(key) else promised.get(key, NOT_TOLD)


def _copy(store: EncryptedStore, target: Target, key: str, sha256: str | None) -> Copied:
    """Copy one object; what an interrupted backup left under its key is in no set, and is made anew."""
    source = Measured(store.lying(key, sha256=sha256 or ""))
    target.store.delete(key)
    with target.seal.locked(stream_of(source)) as sealed:
        target.store.put(key, sealed)
    if sha256 and source.sha256 != sha256 and not is_encrypted(key):
        target.store.delete(key)
        raise ChecksumMismatch(f"SHA-256 {source.sha256} instead of {sha256}")
    told = is_encrypted(key) or not target.seal.locks
    return Copied(key, source.size, source.sha256 if told else NOT_TOLD)


def _promises(rows: Iterator[bytes], promised: dict[str, str]) -> Iterator[bytes]:
    """Pass the rows of files on, and note which digest each object is promised to have."""
    for raw in rows:
        row = RawBSONDocument(raw)
        promised[row["object_key"]] = row["sha256"]
        yield raw


def drop_old(target: Target, keep: int) -> tuple[int, list[str]]:
    """Let go of all but the newest `keep` sets (0 = keep all), then of what no set names any more; how many sets, and
    the keys of those that cannot be read, for whose sake nothing was let go."""
    sets, unreadable = target.looked_through()
    old, left = (sets[:-keep], sets[-keep:]) if keep else ([], sets)
    if not old:
        return 0, unreadable
    needed = {part.key for made in left for part in (made.objects, *made.collections.values())}
    for made in left:
        if (named := target.named(made)) is None:
            unreadable.append(made.key)
        else:
            needed.update(named)
    if unreadable:
        return 0, unreadable
    for made in old:
        target.store.delete(made.key)
    for each in list(target.store.list()):
        if not each.key.startswith("backup/") and each.key not in needed:
            target.store.delete(each.key)
    return len(old), []
