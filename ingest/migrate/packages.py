"""One archive file (zip, tar, 7z, rar) as an origin: its members are the files, names decoded together."""

import errno
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol
from zoneinfo import ZoneInfo

from ingest.files.names import legacy_encoding
from ingest.files.walk import Entry, aside
from ingest.migrate.port import Counted, OriginUnusable

MOST_MEMBERS = 1_000_000
BOMB_SIZE, BOMB_RATIO = 1 << 30, 1000
"""A member that unpacks to more than this, and to more than so many times its packed size, is left alone."""


NO_LIMIT = 1 << 62


@dataclass(frozen=True, slots=True)
class Limits:
    """How many members an archive may have, and to how many bytes they may unpack."""

    members: int = MOST_MEMBERS
    unpacked: int = NO_LIMIT


class BadPackage(Exception):
    """The archive cannot be read; `code` is damaged, encrypted, too_many, too_large or no_program."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Member:
    """One member as its archive lists it; `kind` plain, link, device or encrypted."""

    raw: bytes
    utf8: bool
    """Whether the archive says that the name is UTF-8."""
    size: int
    packed: int
    kind: str
    stamp: str
    modified: datetime | None
    owner: str
    handle: object


class Package(Protocol):
    """An open archive."""

    def members(self) -> Iterator[Member]:
        """All members that are no folders. Raises `BadPackage`."""
        ...

    def open(self, handle: object) -> BinaryIO:
        """A member's bytes. Raises `BadPackage`, `OSError`."""
        ...

    def close(self) -> None:
        """Close it, and take away what was unpacked."""
        ...


class PackageOrigin:
    """See `Origin`. Nothing is ever unpacked by a name from the archive."""

    def __init__(
        self, path: Path, unpack: Callable[[Path, int], Package], limits: Limits | None = None
    ) -> None:
        """`unpack` opens it; what it would have to unpack beyond a number of bytes is refused."""
        self._path, self._unpack = path.absolute(), unpack
        self._limits = limits or Limits()
        self._package: Package | None = None
        self._entries: list[Entry] | None = None

    @property
    def address(self) -> str:
        """The absolute path of the archive."""
        return str(self._path).encode("utf-8", "replace").decode()

    def entries(self) -> Iterator[Entry]:
        """See `Origin`; the list is read once."""
        if self._entries is None:
            try:
                self._package = self._package or self._unpack(self._path, self._limits.unpacked)
                self._entries = list(_entries(self._package.members(), self._limits))
            except BadPackage as fault:
                chinese, english = WORDS[fault.code]
                raise OriginUnusable(
                    f"打不开 {self._path.name}：{chinese}", f"Cannot open {self._path.name}: {english}"
                ) from fault
            except OSError as fault:
                why = fault.strerror or type(fault).__name__
                raise OriginUnusable(
                    f"打不开 {self._path.name}：{why}", f"Cannot open {self._path.name}: {why}"
                ) from fault
        yield from self._entries

    def open(self, entry: Entry) -> Counted:
        """See `Origin`."""
        if self._package is None:
            raise OSError(errno.EIO, "not listed yet")
        try:
            return Counted(self._package.open(entry.handle), entry.size)
        except BadPackage as fault:
            raise OSError(errno.EIO, fault.code) from fault

    def close(self) -> None:
        """Close the archive."""
        if self._package is not None:
            self._package.close()


WORDS = {
    "damaged": ("文件已损坏或不是压缩包", "it is damaged, or no archive"),
    "encrypted": ("压缩包有密码；解开后再迁移", "it has a password; unpack it first"),
    "too_many": (f"成员超过 {MOST_MEMBERS:,} 个", f"it has more than {MOST_MEMBERS:,} members"),
    "too_large": ("解开后太大", "it unpacks to more than may be"),
    "no_program": (
        "读 RAR 需要 unrar、unar 或 bsdtar（Debian：apt install libarchive-tools）",
        "RAR needs unrar, unar or bsdtar (Debian: apt install libarchive-tools)",
    ),
}


ZONE = ZoneInfo("Asia/Shanghai")
"""Where archives were packed that do not say it: where the company is."""


def zip_time(parts: tuple[int, ...]) -> datetime | None:
    """A time without a zone, as archives of DOS keep it: the wall clock of who packed it, taken for the company's."""
    try:
        return datetime(*parts[:6], tzinfo=ZONE)  # type: ignore[misc,arg-type]
    except ValueError:
        return None


def _entries(members: Iterator[Member], limits: Limits) -> Iterator[Entry]:
    found: list[Member] = []
    unpacked = 0
    for member in members:
        found.append(member)
        unpacked += member.size
        if len(found) > limits.members:
            raise BadPackage("too_many")
        if unpacked > limits.unpacked:
            raise BadPackage("too_large")
    encoding = legacy_encoding(one.raw for one in found if not one.utf8 and not _is_utf8(one.raw))
    seen: dict[bytes, int] = {}
    for member in found:
        count = seen[member.raw] = seen.get(member.raw, 0) + 1
        entry = _entry(member, encoding)
        if count > 1:  # archives may hold a name twice; each is a file
            entry = replace(entry, raw=entry.raw + f"#{count}".encode(), path=f"{entry.path}#{count}")
        yield entry


def _entry(member: Member, encoding: str) -> Entry:
    name = member.raw.decode("utf-8" if _is_utf8(member.raw) else encoding, "replace").replace("\\", "/")
    # a path that leads elsewhere is only told, but is told as what it would have been below the archive
    path = "/".join(part for part in PurePosixPath(name).parts if part not in ("/", "..", ".")) or "_"
    kind, reason = "file", ""
    if member.kind in ("link", "device"):
        kind, reason = "set_aside", member.kind
    elif member.kind == "encrypted":
        kind, reason = "failed", "encrypted"
    elif member.size > BOMB_SIZE and member.size > BOMB_RATIO * max(1, member.packed):
        kind, reason = "failed", "bomb"
    elif left := aside(path.rpartition("/")[2].lower(), member.size):
        kind, reason = "set_aside", left
    elif path.startswith("__MACOSX/"):
        kind, reason = "set_aside", "junk"
    return Entry(
        member.raw,
        path,
        kind,  # type: ignore[arg-type]
        reason,
        member.size,
        member.modified,
        stamp=member.stamp,
        owner=member.owner,
        handle=member.handle,
    )


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
