"""Archives inside an origin, opened: their members come as files of their own, as deep and as many as a limit says."""

import errno
import shutil
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from ingest.files.walk import Entry, SourceChanged
from ingest.migrate.opening import kind_of
from ingest.migrate.packages import Limits, PackageOrigin
from ingest.migrate.port import Origin, OriginUnusable, Reading

ENDINGS = (
    *(".zip", ".7z", ".rar", ".tar", ".tgz", ".tbz2", ".txz"),
    *(".tar.gz", ".tar.bz2", ".tar.xz"),
)
"""Names of archives. By their bytes office files were archives too."""
DEEPEST = 3
"""Archives within archives that are opened; what lies deeper comes as the archive that it is."""
MOST_BYTES = 4 << 30
"""Size of an archive that is opened: it is copied to scratch space first."""
LIMITS = Limits(members=50_000, unpacked=16 << 30)
KEPT = 8
"""Opened archives that stay at hand while nobody reads from them."""
HEADROOM = 1 << 30
"""Bytes of the scratch space that copying leaves free."""

_Key = tuple[bytes, int, str]


@dataclass(frozen=True, slots=True)
class _Within:
    """Where a member lies: in which archive, and as what that lists it."""

    archive: Entry
    member: Entry


@dataclass(slots=True)
class _Opened:
    """A copy of an archive that members are read from; goes when it is dropped and nobody reads any longer."""

    folder: "tempfile.TemporaryDirectory[str]"
    package: PackageOrigin
    entries: list[Entry] = field(default_factory=list)
    readers: int = 0

    def close(self) -> None:
        self.package.close()
        self.folder.cleanup()


class InsideOrigin:
    """See `Origin`. An archive that was opened is set aside as `opened`, before its members; one that cannot be
    (damaged, locked, above a limit) comes whole, as a file."""

    def __init__(self, origin: Origin, *, limits: Limits = LIMITS) -> None:
        self._origin, self._limits = origin, limits
        self._opened: OrderedDict[_Key, _Opened] = OrderedDict()
        self._lock, self._opening = threading.Lock(), threading.RLock()

    @property
    def address(self) -> str:
        """That of the place itself."""
        return self._origin.address

    def entries(self) -> Iterator[Entry]:
        """See `Origin`."""
        for entry in self._origin.entries():
            yield from self._with_members(entry, 1)

    def open(self, entry: Entry) -> Reading:
        """See `Origin`."""
        within = entry.handle
        if not isinstance(within, _Within):
            return self._origin.open(entry)
        opened = self._take(within.archive)
        try:
            return cast("Reading", _Member(opened.package.open(within.member), self, opened))
        except BaseException:
            self.release(opened)
            raise

    def close(self) -> None:
        """Throw the copies away; the place itself is closed by whoever opened it."""
        with self._lock:
            opened, self._opened = list(self._opened.values()), OrderedDict()
        for one in opened:
            one.close()

    def release(self, opened: _Opened) -> None:
        """One reader fewer; what nobody reads any longer goes, the oldest first."""
        with self._lock:
            opened.readers -= 1
            gone = [key for key, one in self._opened.items() if not one.readers][:-KEPT]
            dropped = [self._opened.pop(key) for key in gone]
        for one in dropped:
            one.close()

    def _with_members(self, entry: Entry, depth: int) -> Iterator[Entry]:
        if not _worth_opening(entry) or depth > DEEPEST:
            yield entry
            return
        try:
            opened = self._take(entry)
        except (OriginUnusable, SourceChanged, OSError):
            yield entry
            return
        members = opened.entries
        self.release(opened)
        yield replace(entry, kind="set_aside", reason="opened")
        for member in members:
            yield from self._with_members(_inner(entry, member), depth + 1)

    def _take(self, entry: Entry) -> _Opened:
        """The opened archive, with one reader more."""
        key = (entry.raw, entry.size, entry.stamp)
        if found := self._found(key):
            return found
        with self._opening:  # one after the other: each takes scratch space
            if found := self._found(key):
                return found
            opened = self._copied(entry)
            with self._lock:
                opened.readers = 1
                self._opened[key] = opened
            return opened

    def _found(self, key: _Key) -> _Opened | None:
        with self._lock:
            found = self._opened.get(key)
            if found is not None:
                found.readers += 1
                self._opened.move_to_end(key)
            return found

    def _copied(self, entry: Entry) -> _Opened:
        _require_room(entry.size)
        folder = tempfile.TemporaryDirectory(prefix="fonds-inside-")
        try:
            path = Path(folder.name) / "archive"
            with closing(self.open(entry)) as source, path.open("wb") as copy:
                while chunk := source.read(1 << 20):
                    copy.write(chunk)
            return self._listed(_Opened(folder, PackageOrigin(path, kind_of(path), self._limits)))
        except BaseException:
            folder.cleanup()
            raise

    @staticmethod
    def _listed(opened: _Opened) -> _Opened:
        try:
            opened.entries = list(opened.package.entries())
            _require_unlocked(opened.entries)
        except BaseException:
            opened.close()
            raise
        return opened


class _Member:
    """A member being read; its archive stays while it is."""

    def __init__(self, stream: Reading, origin: InsideOrigin, opened: _Opened) -> None:
        self._stream, self._origin, self._opened = stream, origin, opened
        self._closed = False

    @property
    def size(self) -> int:
        return self._stream.size

    def read(self, size: int = -1, /) -> bytes | None:
        return self._stream.read(size)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._stream.close()
            self._origin.release(self._opened)


def _require_room(size: int) -> None:
    if size + HEADROOM > shutil.disk_usage(tempfile.gettempdir()).free:
        raise OSError(errno.ENOSPC, f"no room to open {size} bytes")


def _require_unlocked(members: list[Entry]) -> None:
    if any(one.reason == "encrypted" for one in members):
        raise OSError(errno.EACCES, "it has a password")


def _worth_opening(entry: Entry) -> bool:
    return entry.kind == "file" and entry.size <= MOST_BYTES and entry.name.lower().endswith(ENDINGS)


def _inner(archive: Entry, member: Entry) -> Entry:
    """A member as an entry of the whole place. Its version is its own: an archive packed anew changes nothing."""
    return replace(
        member,
        raw=archive.raw + b"/" + member.raw,
        path=f"{archive.path}/{member.path}",
        owner=member.owner or archive.owner,
        handle=_Within(archive, member),
    )
