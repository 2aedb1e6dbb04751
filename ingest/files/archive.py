"""Zip packages opened with limits: number of entries, unpacked size, ratio, lies about all of these."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from ingest.draft import MAX_UNPACKED, MEBI, UNKNOWN_CIPHER, Source, Unreadable, locked
from ingest.files import sealed

MAX_ENTRIES = 10_000
MAX_RATIO = 100
SMALL = 64 * MEBI
"""Unpacked size below which a ratio is nobody's harm: a blank picture packs a thousandfold."""
_DEFLATE_RATIO = 1032
"""What one byte can unpack to at most."""
_ENCRYPTED = 0x1
_PART = re.compile(r"\.(z\d\d|r\d\d|part\d+\.rar|(zip|7z|rar)\.\d{3})$", re.IGNORECASE)
_END, _END_SIZE, _REMARK = b"PK\5\6", 22, 1 << 16


@contextmanager
def opened(source: Source) -> Iterator[zipfile.ZipFile]:
    """The zip file `source` after its directory was found harmless (B01, B03, B05).

    Its directory is read and checked once, however often it is opened. Raises `Unreadable`: damaged, bad_archive, bomb,
    encrypted.
    """
    try:
        package = listed(source)
        if not source.harmless:
            _check(package, source)
            source.harmless = True
        yield package
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise Unreadable("damaged", str(error)) from error


def listed(source: Source) -> sealed.Package:
    """The zip file `source`, of whose directory nothing is known to be true. Raises what `zipfile` raises."""
    if not isinstance(source.package, sealed.Package):
        source.package = sealed.Package(source.open())
    return source.package


def is_part(source: Source) -> bool:
    """Whether this is one of the pieces that an archive was cut into, by its name or, for the last one, by its end."""
    if _PART.search(source.name):
        return True
    file = source.open()
    file.seek(max(0, source.size - _END_SIZE - _REMARK))
    tail = file.read()
    at = tail.rfind(_END)
    return at >= 0 and 0 < int.from_bytes(tail[at + 4 : at + 6], "little") < 0xFFFF


def part(package: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """One entry's bytes, at most `limit`; b"" if there is none of that name."""
    try:
        with package.open(name) as stream:
            return stream.read(limit)
    except KeyError:
        return b""


def refuse_bomb(size: int, unpacked: int) -> None:
    """Raise `Unreadable` for an archive of `size` bytes that claims to unpack to more than is harmless (B01)."""
    if unpacked > MAX_UNPACKED or unpacked > max(SMALL, MAX_RATIO * size):
        raise Unreadable("bomb", f"{size} bytes claim to unpack to {unpacked}")


def _check(package: zipfile.ZipFile, source: Source) -> None:
    entries, size = package.infolist(), source.size
    if len(entries) > MAX_ENTRIES:
        raise Unreadable("bad_archive", f"{len(entries)} entries")
    unpacked = sum(entry.file_size for entry in entries)
    refuse_bomb(size, unpacked)
    _unlock(package, [entry for entry in entries if entry.flag_bits & _ENCRYPTED], source)
    _refuse_overlap(entries)
    for entry in entries:
        if entry.compress_size * _DEFLATE_RATIO > max(SMALL, 4 * entry.file_size):
            _measure(package, entry)


def _unlock(package: zipfile.ZipFile, entries: list[zipfile.ZipInfo], source: Source) -> None:
    """Try the password on the smallest of the encrypted entries, which is read whole: its sum tells for sure."""
    if not entries:
        return
    if not source.password:
        raise locked(source)
    smallest = min(entries, key=lambda entry: (not entry.file_size, entry.file_size))
    for form in sealed.forms(source.password):
        package.setpassword(form)
        try:
            with package.open(smallest) as stream:
                while stream.read(MEBI):
                    pass
        except NotImplementedError as error:
            raise Unreadable("encrypted", UNKNOWN_CIPHER) from error
        except (sealed.WrongPassword, zipfile.BadZipFile, zlib.error):
            continue
        return
    raise locked(source)


def _refuse_overlap(entries: list[zipfile.ZipInfo]) -> None:
    """CPython before 3.11.8 does not see entries that share bytes (CVE-2024-0450)."""
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            raise Unreadable("bad_archive", "entries overlap")
        end = entry.header_offset + entry.compress_size


def _measure(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Unpack without keeping anything: other readers do not stop at the size that the directory states."""
    stream, unpack, total = package.fp, zlib.decompressobj(-15), 0
    if entry.compress_type != zipfile.ZIP_DEFLATED or stream is None:
        return
    stream.seek(entry.header_offset + 26)
    lengths = stream.read(4)
    stream.seek(
        entry.header_offset
        + 30
        + int.from_bytes(lengths[:2], "little")
        + int.from_bytes(lengths[2:], "little")
    )
    left = entry.compress_size
    while left > 0 and total <= entry.file_size and (chunk := stream.read(min(left, 1 << 16))):
        left -= len(chunk)
        while chunk and total <= entry.file_size:
            total += len(unpack.decompress(chunk, MEBI))
            chunk = unpack.unconsumed_tail
    if total > entry.file_size:
        raise Unreadable("bad_archive", f"{entry.filename!r} is larger than its directory says")
