"""Archives: ZIP, TAR, 7z and what is packed alone; names of all members, text of those that have some."""

import bz2
import contextlib
import gzip
import io
import lzma
import resource
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import IO, Any

from ingest.blocks import add_paragraphs
from ingest.draft import MAX_UNPACKED, MEBI, Draft, Nest, Sniffed, Source, Unreadable, locked
from ingest.files.archive import MAX_ENTRIES, MAX_RATIO, SMALL, is_part, opened, refuse_bomb
from ingest.files.encoding import decode
from ingest.files.sealed import BROKEN
from ingest.inner import MAX_INNER, MAX_MEMBER, MAX_READ, add_inner, may_hold_text
from search.port import Place

_ALONE: dict[str, tuple[bytes, Callable[[IO[bytes]], Any]]] = {
    "application/gzip": (b"\x1f\x8b", lambda file: gzip.GzipFile(fileobj=file)),
    "application/x-bzip2": (b"BZh", bz2.BZ2File),
    "application/x-xz": (b"\xfd7zXZ", lzma.LZMAFile),
}
_UTF8_NAMES = 0x800
_JUNK = ("__macosx/", ".ds_store", "thumbs.db", "desktop.ini")

Member = tuple[str, int, Callable[[], bytes]]
"""Name, unpacked size and a way to the bytes."""


class Bundle:
    """What all kinds of archives have in common: a list of names as the first part, then member by member."""

    memory = 1600 * MEBI
    seconds = 60

    def __init__(
        self,
        media_types: tuple[str, ...],
        members: "Callable[[Source], contextlib.AbstractContextManager[Iterator[Member]]]",
    ) -> None:
        self._media_types = media_types
        self._members = members

    def score(self, kind: Sniffed) -> int:
        return 10 if kind.media_type in self._media_types else 0

    def read(self, source: Source, draft: Draft) -> None:
        names: list[str] = []
        try:
            self._walk(source, draft, names)
        except Unreadable as error:
            if not names and error.code in ("damaged", "bad_archive") and is_part(source):
                raise Unreadable("spanned", "one part of an archive in several") from error
            if not names:
                raise
            draft.warn(error.code, error.detail)
        finally:
            draft.know("members", len(names))
            # the list stands in front, whatever was found behind it
            behind, draft.passages = draft.passages, []
            add_paragraphs(draft, Place("part", 1), names)
            draft.passages += behind
        if not names:
            draft.warn("spanned" if is_part(source) else "no_text")

    def _walk(self, source: Source, draft: Draft, names: list[str]) -> None:
        nest, read = source.nest, 0
        with self._members(source) as members:
            for name, size, data in members:
                if len(names) >= MAX_ENTRIES:
                    raise Unreadable("bad_archive", f"more than {MAX_ENTRIES} members")
                if _is_junk(name):
                    continue
                names.append(name)
                if nest.adopting and size <= min(MAX_MEMBER, nest.room):
                    nest.room -= size
                    if size:
                        nest.offer(len(names) + 1, name, data)
                elif size <= min(MAX_INNER, nest.room) and read < MAX_READ and may_hold_text(name):
                    read += 1
                    nest.room -= size
                    add_inner(draft, len(names) + 1, name, data(), nest)

    def picture(self, source: Source, draft: Draft) -> None:
        """An archive is shown as its list."""


def _is_junk(name: str) -> bool:
    return name.lower().endswith(_JUNK) or name.lower().startswith(_JUNK)


@contextlib.contextmanager
def _zip(source: Source) -> Iterator[Iterator[Member]]:
    with opened(source) as package:
        label = _label(package.infolist())
        yield (
            (_zip_name(entry, label), entry.file_size, partial(_read_entry, package, entry))
            for entry in package.infolist()
            if not entry.is_dir()
        )


def _read_entry(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    try:
        with package.open(entry) as stream:
            return stream.read(MAX_INNER)
    except BROKEN:
        return b""


def _label(entries: Sequence[zipfile.ZipInfo]) -> str:
    """What all names together look like: a single one may be too short to tell."""
    names = [entry.filename for entry in entries if not entry.flag_bits & _UTF8_NAMES]
    return decode("\n".join(names).encode("cp437", "ignore")).encoding


def _zip_name(entry: zipfile.ZipInfo, label: str) -> str:
    """A name as its maker meant it: without the flag of UTF-8 zipfile takes it for code page 437."""
    if entry.flag_bits & _UTF8_NAMES:
        return entry.filename
    try:
        return decode(entry.filename.encode("cp437"), label).text
    except UnicodeEncodeError:
        return entry.filename


@contextlib.contextmanager
def _tar(source: Source) -> Iterator[Iterator[Member]]:
    with _tar_of(source.open()) as members:
        yield members


@contextlib.contextmanager
def _tar_of(file: IO[bytes]) -> Iterator[Iterator[Member]]:
    try:
        with tarfile.open(fileobj=file, mode="r|", encoding="utf-8", errors="surrogateescape") as package:
            yield _tar_members(package)
    except (tarfile.TarError, EOFError, zlib.error, OSError, lzma.LZMAError) as error:
        raise Unreadable("damaged", str(error)) from error


def _tar_members(package: tarfile.TarFile) -> Iterator[Member]:
    for entry in package:
        if entry.isfile():
            name = decode(entry.name.encode("utf-8", "surrogateescape")).text
            yield name, entry.size, partial(_read_member, package, entry)


def _read_member(package: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    stream = package.extractfile(entry)
    return stream.read(MAX_INNER) if stream else b""


@contextlib.contextmanager
def _alone(source: Source) -> Iterator[Iterator[Member]]:
    """One packed file, or a packed TAR."""
    head = source.head(6)
    unpack = next(unpack for start, unpack in _ALONE.values() if head.startswith(start))
    try:
        with unpack(source.open()) as stream:
            limited = _Limited(stream, max(SMALL, MAX_RATIO * source.size))
            start = limited.read(512)
            rest = _Joined(start, limited)
            if start[257:262] == b"ustar":
                with _tar_of(rest) as members:  # type: ignore[arg-type]
                    yield members
            else:
                data = rest.read(MAX_INNER + 1)
                yield iter([(_unpacked_name(source.name), len(data), lambda: data)])
    except (EOFError, zlib.error, OSError, lzma.LZMAError) as error:
        raise Unreadable("damaged", str(error)) from error


class _Limited:
    """A stream that ends as a bomb beyond `limit` bytes."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        self._stream = stream
        self._left = min(limit, MAX_UNPACKED)

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size if size >= 0 else self._left + 1)
        self._left -= len(data)
        if self._left < 0:
            raise Unreadable("bomb", "it unpacks to more than a hundred times its size")
        return data


class _Joined:
    """Bytes that were read already, then the stream that they came from."""

    def __init__(self, start: bytes, stream: _Limited) -> None:
        self._start = io.BytesIO(start)
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        data = self._start.read(size)
        return data + self._stream.read(size - len(data)) if len(data) < size or size < 0 else data


def _unpacked_name(name: str) -> str:
    stem, _, ending = name.rpartition(".")
    return (f"{stem}.tar" if ending.lower() == "tgz" else stem) or name


@contextlib.contextmanager
def _seven(source: Source) -> Iterator[Iterator[Member]]:
    import py7zr  # noqa: PLC0415 - only these need it

    # it asks the system for free memory, which a jail does not tell, unless this limit is set
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (1 << 40 if hard == resource.RLIM_INFINITY else hard, hard))
    try:
        with py7zr.SevenZipFile(source.open(), "r", password=source.password or None) as package:
            members = _seven_members(package, source, py7zr.io.BytesIOFactory(MAX_INNER))
    except Unreadable:
        raise
    except Exception as error:
        # damage raises anything, and so does the noise that comes out with a wrong password
        if source.password or isinstance(error, py7zr.exceptions.PasswordRequired):
            raise locked(source) from error
        raise Unreadable("damaged", str(error)) from error
    yield iter(members)


def _seven_members(package: Any, source: Source, factory: Any) -> list[Member]:
    """All entries; those whose bytes will be asked for are unpacked at once."""
    if package.password_protected and not source.password:
        raise locked(source)
    entries = [entry for entry in package.list() if not entry.is_directory and not _is_junk(entry.filename)]
    refuse_bomb(source.size, sum(entry.uncompressed or 0 for entry in entries))
    if small := _wanted(entries, source.nest):
        package.extract(targets=small, factory=factory)
    return [
        (entry.filename, entry.uncompressed or 0, partial(_product, factory.products, entry.filename))
        for entry in entries
    ]


def _wanted(entries: Sequence[Any], nest: Nest) -> list[str]:
    """Names of the members whose bytes will be asked for."""
    small = [entry for entry in entries if 0 < (entry.uncompressed or 0) <= MAX_INNER]
    if nest.adopting and not nest.take:
        return []
    if not nest.adopting:
        return (
            [entry.filename for entry in small[:MAX_READ]]
            if sum(entry.uncompressed or 0 for entry in entries) <= 4 * SMALL
            else []
        )
    wanted: list[str] = []
    room = MAX_MEMBER
    for entry in small[nest.after :]:
        room -= entry.uncompressed
        if wanted and room < 0:
            break
        wanted.append(entry.filename)
    return wanted


def _product(products: "Mapping[str, Any]", name: str) -> bytes:
    product = products.get(name)
    if product is None:
        return b""
    product.seek(0)
    return bytes(product.read())


FORMATS = (
    Bundle(("application/zip", "application/java-archive", "application/vnd.android.package-archive"), _zip),
    Bundle(("application/x-tar",), _tar),
    Bundle(tuple(_ALONE), _alone),
    Bundle(("application/x-7z-compressed",), _seven),
)
