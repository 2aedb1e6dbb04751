"""7z and rar archives. 7z packs many members into one stream, so it is unpacked once, under numbers of our own."""

import io
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import py7zr
import rarfile
from py7zr.io import Py7zIO, WriterFactory

from ingest.migrate.packages import NO_LIMIT, BadPackage, Member, zip_time

_BROKEN_7Z = (
    py7zr.exceptions.ArchiveError,
    py7zr.exceptions.PasswordRequired,
    EOFError,
    ValueError,
    KeyError,
)
HEADROOM = 1 << 30
"""Bytes of the scratch space that unpacking leaves free."""


class SevenPackage:
    """See `Package`."""

    def __init__(self, path: Path, limit: int = NO_LIMIT) -> None:
        self._limit = limit
        self._folder = tempfile.TemporaryDirectory(prefix="fonds-migrate-")
        self._files = _Numbered(Path(self._folder.name))
        self._path = path
        self._unpacked = False
        try:
            self._infos = _listed(path)
        except BadPackage:
            self._folder.cleanup()
            raise

    def members(self) -> Iterator[Member]:
        """See `Package`. Unpacks everything first; raises `OSError` if there is no room for it."""
        self._unpack()
        for info in self._infos:
            modified = getattr(info, "creationtime", None)
            link = bool(getattr(info, "is_symlink", False))
            yield Member(
                raw=info.filename.encode("utf-8", "surrogatepass"),
                utf8=True,
                size=info.uncompressed or 0,
                packed=info.compressed or info.uncompressed or 0,
                kind="link" if link else "plain",
                stamp=f"{info.crc32 or 0:08x}",
                modified=modified,
                owner="",
                handle=info.filename,
            )

    def open(self, handle: object) -> BinaryIO:
        """See `Package`."""
        number = self._files.numbers.get(str(handle))
        if number is None:
            raise BadPackage("damaged", "the member was not unpacked")
        return (self._files.folder / str(number)).open("rb")

    def close(self) -> None:
        """See `Package`."""
        self._folder.cleanup()

    def _unpack(self) -> None:
        if self._unpacked:
            return
        total = sum(info.uncompressed or 0 for info in self._infos)
        if total > self._limit:
            raise BadPackage("too_large")
        if total + HEADROOM > shutil.disk_usage(self._files.folder).free:
            raise OSError(28, f"no room to unpack {total} bytes")
        try:
            with py7zr.SevenZipFile(self._path, "r") as package:
                package.extract(
                    targets=[one.filename for one in self._infos if not getattr(one, "is_symlink", False)],
                    factory=self._files,
                )
        except _BROKEN_7Z as fault:
            raise BadPackage("damaged", str(fault)) from fault
        self._unpacked = True


def _listed(path: Path) -> list[Any]:
    try:
        with py7zr.SevenZipFile(path, "r") as package:
            if package.password_protected:
                raise BadPackage("encrypted")
            return [one for one in package.list() if not one.is_directory]
    except _BROKEN_7Z as fault:
        locked = isinstance(fault, py7zr.exceptions.PasswordRequired)
        raise BadPackage("encrypted" if locked else "damaged", str(fault)) from fault


class _Numbered(WriterFactory):
    """Writes each member under a number: never by its name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers: dict[str, int] = {}

    def create(self, filename: str) -> Py7zIO:
        """A file for this member."""
        number = self.numbers.setdefault(filename, len(self.numbers))
        return _Written(self.folder / str(number))


class _Written(Py7zIO):
    def __init__(self, path: Path) -> None:
        self._file = path.open("w+b")

    def write(self, s: bytes | bytearray) -> int:
        return self._file.write(s)

    def read(self, size: int | None = None) -> bytes:
        return self._file.read(-1 if size is None else size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def flush(self) -> None:
        if not self._file.closed:
            self._file.flush()

    def size(self) -> int:
        at = self._file.tell()
        size = self._file.seek(0, io.SEEK_END)
        self._file.seek(at)
        return size

    def close(self) -> None:
        self._file.close()


class RarPackage:
    """See `Package`; packed members are read by unrar, unar or bsdtar, whichever there is."""

    def __init__(self, path: Path, limit: int = NO_LIMIT) -> None:  # noqa: ARG002  nothing is unpacked ahead
        try:
            self._rar = rarfile.RarFile(str(path))
            if self._rar.needs_password():
                raise BadPackage("encrypted")
        except rarfile.Error as fault:
            raise BadPackage("damaged", str(fault)) from fault

    def members(self) -> Iterator[Member]:
        """See `Package`."""
        infos = self._rar.infolist()
        if any(info.compress_type != rarfile.RAR_M0 for info in infos if not info.is_dir()):
            _require_program()
        for info in infos:
            if info.is_dir():
                continue
            yield Member(
                raw=info.filename.encode("utf-8", "surrogatepass"),
                utf8=True,
                size=info.file_size or 0,
                packed=info.compress_size or 0,
                kind="link" if info.is_symlink() else "plain",
                stamp=f"{info.CRC or 0:08x}",
                modified=zip_time(tuple(info.date_time or ())),
                owner="",
                handle=info,
            )

    def open(self, handle: object) -> BinaryIO:
        """See `Package`."""
        try:
            return cast("BinaryIO", _Read(self._rar.open(cast("Any", handle))))
        except rarfile.Error as fault:
            raise BadPackage("damaged", str(fault)) from fault

    def close(self) -> None:
        """See `Package`."""
        self._rar.close()


def _require_program() -> None:
    try:
        rarfile.tool_setup()
    except rarfile.RarCannotExec as fault:
        raise BadPackage("no_program") from fault


class _Read:
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        try:
            return bytes(self._stream.read(size))
        except rarfile.Error as fault:
            raise OSError(5, "damaged") from fault

    def close(self) -> None:
        self._stream.close()
