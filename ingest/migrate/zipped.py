"""Zip and tar archives, read member by member."""

import bz2
import gzip
import lzma
import stat
import tarfile
import tempfile
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from ingest.migrate.packages import NO_LIMIT, BadPackage, Member, zip_time

_UTF8_NAMES, _ENCRYPTED = 0x800, 0x1
_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    ValueError,
)


class ZipPackage:
    """See `Package`."""

    def __init__(self, path: Path, limit: int = NO_LIMIT) -> None:  # noqa: ARG002  nothing is unpacked ahead
        try:
            self._zip = zipfile.ZipFile(path)
        except _BROKEN as fault:
            raise BadPackage("damaged", str(fault)) from fault

    def members(self) -> Iterator[Member]:
        """See `Package`. Without the flag of UTF-8 zipfile takes a name for code page 437: its bytes are taken back."""
        for info in self._zip.infolist():
            if info.is_dir():
                continue
            utf8 = bool(info.flag_bits & _UTF8_NAMES)
            mode = info.external_attr >> 16
            kind = "link" if stat.S_ISLNK(mode) else "encrypted" if info.flag_bits & _ENCRYPTED else "plain"
            yield Member(
                raw=_raw(info, utf8=utf8),
                utf8=utf8,
                size=info.file_size,
                packed=info.compress_size,
                kind=kind,
                stamp=f"{info.CRC:08x}{''.join(f'{part:02}' for part in info.date_time)}",
                modified=zip_time(info.date_time),
                owner="",
                handle=info,
            )

    def open(self, handle: object) -> BinaryIO:
        """See `Package`; zipfile shares its file between readers under a lock."""
        try:
            return cast("BinaryIO", _Opened(self._zip.open(cast("zipfile.ZipInfo", handle)), nullcontext()))
        except (*_BROKEN, RuntimeError) as fault:
            raise BadPackage("damaged", str(fault)) from fault

    def close(self) -> None:
        """See `Package`."""
        self._zip.close()


class TarPackage:
    """See `Package`. A packed tar is unpacked once, into an unnamed file, so that members can be read in any order."""

    def __init__(self, path: Path, limit: int = NO_LIMIT) -> None:
        self._file = _unpacked(path, limit)
        self._lock = threading.Lock()
        try:
            self._tar = tarfile.TarFile(fileobj=self._file, encoding="utf-8", errors="surrogateescape")
        except _BROKEN as fault:
            self._file.close()
            raise BadPackage("damaged", str(fault)) from fault

    def members(self) -> Iterator[Member]:
        """See `Package`."""
        try:
            for info in self._tar:
                if not info.isdir():
                    yield _tar_member(info)
        except _BROKEN as fault:
            raise BadPackage("damaged", str(fault)) from fault

    def open(self, handle: object) -> BinaryIO:
        """See `Package`."""
        stream = self._tar.extractfile(cast("tarfile.TarInfo", handle))
        if stream is None:
            raise BadPackage("damaged")
        return cast("BinaryIO", _Opened(stream, self._lock))

    def close(self) -> None:
        """See `Package`."""
        self._tar.close()
        self._file.close()


class _Opened:
    """A member being read; what is wrong with it is an `OSError`. `lock`: of a file whose place the members share."""

    def __init__(self, stream: IO[bytes], lock: AbstractContextManager[object]) -> None:
        self._stream, self._lock = stream, lock

    def read(self, size: int = -1) -> bytes:
        with self._lock:
            try:
                return self._stream.read(size)
            except _BROKEN as fault:
                raise OSError(5, "damaged") from fault

    def close(self) -> None:
        self._stream.close()


def _raw(info: zipfile.ZipInfo, *, utf8: bool) -> bytes:
    if utf8:
        return info.filename.encode("utf-8", "surrogatepass")
    try:
        return info.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename.encode("utf-8", "surrogatepass")


def _tar_member(info: tarfile.TarInfo) -> Member:
    kind = "plain" if info.isreg() else "link" if info.issym() or info.islnk() else "device"
    try:
        modified = datetime.fromtimestamp(info.mtime, UTC)
    except (OverflowError, ValueError, OSError):
        modified = None
    return Member(
        raw=info.name.encode("utf-8", "surrogateescape"),
        utf8=False,
        size=info.size,
        packed=info.size,
        kind=kind,
        stamp=f"{info.mtime}:{info.chksum}",
        modified=modified,
        owner=info.uname,
        handle=info,
    )


_PACKED: tuple[tuple[bytes, Callable[[Path], Any]], ...] = (
    (b"\x1f\x8b", gzip.open),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ", lzma.open),
)


def _unpacked(path: Path, limit: int) -> BinaryIO:
    with path.open("rb") as file:
        head = file.read(6)
    unpack = next((unpack for start, unpack in _PACKED if head.startswith(start)), None)
    if unpack is None:
        return path.open("rb")
    unnamed = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115
    try:
        with unpack(path) as stream:
            _copy(stream, unnamed, limit)
    except _BROKEN as fault:
        unnamed.close()
        raise BadPackage("damaged", str(fault)) from fault
    except BadPackage:
        unnamed.close()
        raise
    unnamed.seek(0)
    return unnamed


def _copy(stream: Any, unnamed: BinaryIO, limit: int) -> None:
    """A few bytes may stand for very many: how many they are is known only while they come."""
    copied = 0
    while chunk := stream.read(1 << 20):
        copied += len(chunk)
        if copied > limit:
            raise BadPackage("too_large")
        unnamed.write(chunk)
