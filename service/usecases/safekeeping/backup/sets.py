"""The layout of a backup target: what a set is made of, which sets there are, and what may be thrown away.

A target is an object store. An object of the archive is copied under its own key, once, whatever the number of
sets. A set is one `backup/…` object, written last, that names its parts `dump/…`: one for each collection, and
one that lists the objects. Rows are length-prefixed BSON, the list is a line `key size sha256` for each object,
both compressed with gzip.
"""

import gzip
import hashlib
import json
import logging
import re
import struct
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, BinaryIO, cast

from service.errors import Fault, InvalidInput, NotFound
from service.usecases.safekeeping.backup.sealing import Seal
from storage.fixity import verified
from storage.keys import new_key
from storage.port import ChecksumMismatch, ObjectMissing, ObjectStore
from storage.streams import stream_of

log = logging.getLogger(__name__)
FORMAT = 1
LENGTH = struct.Struct("<I")
NOT_TOLD = "-"
"""In place of a digest in the list of a sealed set: whoever finds the target learns no content by its digest."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a set: where it lies, its size and SHA-256 before sealing, and how many rows or objects it holds."""

    key: str
    size: int
    sha256: str
    count: int


@dataclass(frozen=True, slots=True)
class Copied:
    """An object of the archive in the target: its key in both, and its size and SHA-256 before sealing."""

    key: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class BackupSet:
    """All that is known of one set. Times are ISO 8601 in UTC."""

    key: str
    taken_at: str
    version: str
    schema_version: int
    sealed: bool
    collections: dict[str, Part]
    objects: Part
    object_bytes: int
    rows_only: bool = False
    """The objects themselves were not copied: the list says which ones the rows need."""
    format: int = FORMAT

    @property
    def moment(self) -> datetime:
        """When it was taken."""
        return datetime.fromisoformat(self.taken_at)

    @property
    def name(self) -> str:
        """What people call it: fourteen digits of UTC time and four more."""
        digits = self.key.rpartition("/")[2]
        return f"{digits[:14]}-{digits[14:18]}"


@dataclass(frozen=True, slots=True)
class Spooled:
    """A part that waits to be written: compressed, in a temporary file that stands at its beginning."""

    file: IO[bytes]
    size: int
    sha256: str
    count: int


def spooled(items: Iterable[bytes], folder: Path) -> Spooled:
    """Compress items into a temporary file in `folder`: a snapshot is held no longer than this takes."""
    file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  closed by `Target.write`
    packer, digest, count = zlib.compressobj(6, zlib.DEFLATED, 31), hashlib.sha256(), 0
    for item in items:
        count += 1
        piece = packer.compress(item)
        digest.update(piece)
        file.write(piece)
    piece = packer.flush()
    digest.update(piece)
    file.write(piece)
    size = file.tell()
    file.seek(0)
    return Spooled(file, size, digest.hexdigest(), count)


def framed(rows: Iterable[bytes]) -> Iterator[bytes]:
    """Rows with their lengths before them."""
    for row in rows:
        yield LENGTH.pack(len(row)) + row


def unframed(source: BinaryIO) -> Iterator[bytes]:
    """Rows, from what `framed` gave."""
    while head := source.read(LENGTH.size):
        (length,) = LENGTH.unpack(head)
        yield source.read(length)


def listed(objects: Iterable[Copied]) -> Iterator[bytes]:
    """The list of objects, a line each."""
    for each in objects:
        yield f"{each.key} {each.size} {each.sha256}\n".encode()


class Target:
    """A store that holds backup sets."""

    def __init__(self, store: ObjectStore, seal: Seal) -> None:
        self.store, self.seal = store, seal

    def sets(self) -> list[BackupSet]:
        """Every set that can be read, oldest first."""
        return self.looked_through()[0]

    def looked_through(self) -> tuple[list[BackupSet], list[str]]:
        """Every set, oldest first, and the keys of what stands among them and cannot be read: it stops no backup."""
        sets: list[BackupSet] = []
        unreadable: list[str] = []
        for each in list(self.store.list("backup/")):
            try:
                sets.append(self._set(each.key))
            except ObjectMissing:  # let go of since the listing
                continue
            except (ValueError, KeyError, TypeError, AttributeError, ChecksumMismatch) as fault:
                log.warning("%s: %s", each.key, fault, extra={"event": "set_unreadable"})
                unreadable.append(each.key)
        return sets, unreadable

    def named(self, made: BackupSet) -> dict[str, Copied] | None:
        """The objects of a set by key; None where its list is lost or damaged."""
        try:
            return {each.key: each for each in self.objects(made)}
        except (ObjectMissing, ChecksumMismatch) as fault:
            log.warning("%s: %s", made.name, fault, extra={"event": "list_unreadable"})
            return None

    def chosen(self, name: str = "") -> BackupSet:
        """The newest set, or the one whose name begins with `name`. Raises `NotFound`, `InvalidInput`."""
        wanted = re.sub(r"\D", "", name) if name else ""
        found = [each for each in self.sets() if each.name.replace("-", "").startswith(wanted)]
        if not found:
            raise NotFound("此处没有这样的备份")
        if name and len({each.key for each in found}) > 1:
            raise InvalidInput([Fault("set", "ambiguous", "有几套备份都以此开头，请写全")])
        return found[-1]

    def add(self, made: BackupSet) -> None:
        """Write the set itself: from now on it exists."""
        text = json.dumps(asdict(made), ensure_ascii=False, indent=1).encode()
        self.store.put(made.key, stream_of(iter([text])), size=len(text))

    def write(self, part: Spooled, *, open_to_all: bool = False) -> Part:
        """Store a part and let go of its file. The list of objects is not sealed: letting old sets go needs it."""
        key, seal = new_key("dump"), Seal() if open_to_all else self.seal
        with part.file, seal.locked(cast("BinaryIO", part.file)) as sealed:
            self.store.put(key, sealed)
        return Part(key, part.size, part.sha256, part.count)

    def read(self, part: Part, *, sealed: bool) -> Iterator[bytes]:
        """A part's content in chunks, verified as a whole before its last one. Raises `ChecksumMismatch`."""
        with self.seal.opened(stream_of(self.store.open(part.key)), sealed=sealed) as packed:
            chunks = verified(iter(lambda: packed.read(1 << 18), b""), sha256=part.sha256, size=part.size)
            try:
                with gzip.open(stream_of(chunks)) as clear:
                    yield from iter(lambda: clear.read(1 << 18), b"")
            except (zlib.error, gzip.BadGzipFile, EOFError) as fault:  # met before the digest of the whole is
                raise ChecksumMismatch(f"{part.key} is damaged: {fault}") from fault

    def rows(self, made: BackupSet, name: str) -> Iterator[bytes]:
        """The rows of a collection as BSON."""
        return unframed(stream_of(self.read(made.collections[name], sealed=made.sealed)))

    def objects(self, made: BackupSet) -> Iterator[Copied]:
        """The objects of a set."""
        for line in stream_of(self.read(made.objects, sealed=False)):
            key, size, sha256 = line.decode().split()
            yield Copied(key, int(size), sha256)

    def _set(self, key: str) -> BackupSet:
        told = json.loads(b"".join(self.store.open(key)))
        parts = {name: Part(**part) for name, part in told.pop("collections").items()}
        return BackupSet(**told | {"collections": parts, "objects": Part(**told["objects"])})
