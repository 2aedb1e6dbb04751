"""Walking a folder that is imported: every entry that is no folder once, with its fate or a way to read it."""

import errno
import functools
import io
import os
import pwd
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from ingest.files.names import file_name

JUNK = ("~$*", "thumbs.db", ".ds_store", "desktop.ini", "._*", "ehthumbs.db")
"""Names, in lower case, of what programs and systems leave behind."""

EntryKind = Literal["file", "set_aside", "failed"]

_SPECIAL = (
    (stat.S_ISLNK, "link"),
    (stat.S_ISFIFO, "fifo"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISBLK, "device"),
    (stat.S_ISCHR, "device"),
)


class SourceChanged(Exception):
    """The file changed while it was read: what was read is no version of it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that lies in the folder.

    `kind` file: can be opened with `open_source`; set_aside: not for an archive, by `reason` empty, junk, link,
    fifo, socket, device; failed: `reason` unreadable, vanished (while we walked) or unreadable_folder (one that
    cannot be listed: the only folder that is ever an entry).
    """

    raw: bytes
    """The path below the root, as the file system's bytes."""
    path: str
    """The same for people: UTF-8, else GB 18030, else with replacement characters."""
    kind: EntryKind
    reason: str = ""
    size: int = 0
    modified: datetime | None = None
    root: bytes = field(default=b"", repr=False)
    stamp: str = ""
    """What tells this version of it from another, beside its size: a time of change in ns, a check sum."""
    owner: str = ""
    """Whose it is, as the source says; "" where it does not."""
    handle: object = field(default=None, repr=False, compare=False)
    """What its source opens it by, if not by `raw`."""

    @property
    def name(self) -> str:
        """The last part of the path, for people."""
        return self.path.rpartition("/")[2]

    @property
    def utf8(self) -> bool:
        """Whether `path` says all that `raw` does."""
        return self.path.encode("utf-8", "replace") == self.raw


class Source(io.RawIOBase):
    """A file of the folder, being read: never through a link, never waiting for a FIFO.

    Raises `SourceChanged` at the end if size or time of change are not those of the beginning, or if the bytes
    that were given are not as many.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._before = os.fstat(descriptor)
        self._given = 0

    @property
    def size(self) -> int:
        """Size when it was opened."""
        return self._before.st_size

    def fileno(self) -> int:
        """Its descriptor."""
        return self._descriptor

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        """Fill `buffer`; at the end check that nothing changed."""
        count = os.readv(self._descriptor, [buffer])
        self._given += count
        if not count:
            self._compare()
        return count

    def close(self) -> None:
        """Close the file."""
        if not self.closed:
            os.close(self._descriptor)
        super().close()

    def _compare(self) -> None:
        now = os.fstat(self._descriptor)
        same = (now.st_size, now.st_mtime_ns) == (self._before.st_size, self._before.st_mtime_ns)
        if not same or self._given != now.st_size:
            raise SourceChanged("the file changed while it was read")


def walk(root: Path) -> Iterator[Entry]:
    """Everything below `root`, folders in the order of their names; links to folders are not followed.

    Each entry that is not a folder comes exactly once. Raises `OSError` only if `root` itself cannot be listed.
    """
    top = os.fsencode(root)
    yield from _walk(top, _listed(top))


def open_source(entry: Entry) -> Source:
    """Open a `file` entry for reading. Raises `OSError` if it cannot be, or is no plain file any more."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
    descriptor = os.open(os.path.join(entry.root, entry.raw), flags)  # noqa: PTH118 - bytes, which pathlib has not
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "no plain file", entry.path)
    return Source(descriptor)


def shown(raw: bytes) -> str:
    """A path's bytes for people: see `ingest.files.names.file_name`."""
    return file_name(raw)


def _listed(folder: bytes) -> list[os.DirEntry[bytes]]:
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def _walk(top: bytes, listed: list[os.DirEntry[bytes]]) -> Iterator[Entry]:
    """Depth first, without recursion: folders may nest deeper than Python's stack."""
    stack = [iter(listed)]
    while stack:
        found = next(stack[-1], None)
        if found is None:
            stack.pop()
            continue
        raw = found.path[len(top) :].lstrip(b"/")
        if not _is_folder(found):
            yield _entry(found, raw, top)
            continue
        try:
            stack.append(iter(_listed(found.path)))
        except OSError as error:
            yield Entry(raw, shown(raw), "failed", _because("unreadable_folder", error), root=top)


def _is_folder(found: os.DirEntry[bytes]) -> bool:
    try:
        return found.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _entry(found: os.DirEntry[bytes], raw: bytes, top: bytes) -> Entry:
    path = shown(raw)
    try:
        status = found.stat(follow_symlinks=False)
    except OSError as error:
        return Entry(raw, path, "failed", _because("unreadable", error), root=top)
    modified = _moment(status.st_mtime)
    reason = _aside(status, path.rpartition("/")[2].lower())
    if reason:
        return Entry(raw, path, "set_aside", reason, status.st_size, modified, top)
    if not os.access(found.path, os.R_OK, effective_ids=True):
        return Entry(raw, path, "failed", "unreadable", status.st_size, modified, top)
    stamp, owner = str(status.st_mtime_ns), _owner(status.st_uid)
    return Entry(raw, path, "file", "", status.st_size, modified, top, stamp, owner)


def _aside(status: os.stat_result, name: str) -> str:
    for is_kind, reason in _SPECIAL:
        if is_kind(status.st_mode):
            return reason
    return aside(name, status.st_size)


def aside(name: str, size: int) -> str:
    """Why a plain file of this name (in lower case) and size is none for an archive: junk, empty; "" if it is one."""
    if any(fnmatchcase(name, pattern) for pattern in JUNK):
        return "junk"
    return "" if size else "empty"


@functools.cache
def _owner(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _moment(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _because(reason: str, error: OSError) -> str:
    return "vanished" if error.errno == errno.ENOENT else reason
