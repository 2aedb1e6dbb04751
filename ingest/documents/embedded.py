"""Files that people put into documents as objects: in parts of a package, in storages, in records of slides."""

import io
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator

import olefile

from ingest.documents.ooxml import relations
from ingest.draft import Draft, Nest, Source, Unreadable
from ingest.files.archive import opened
from ingest.files.compound import rebuilt
from ingest.files.encoding import decode
from ingest.files.sniff import sniff
from ingest.inner import MAX_MEMBER, add_inner

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PART = re.compile(
    r"[^/]+/embeddings/[^/]+|[^/]+/media/[^/]+\.(?:mp[34]|wav|wma|wmv|avi|mov|m4[av])",
    re.I,
)
_PROGRAMS = {
    "worddocument": "doc",
    "workbook": "xls",
    "book": "xls",
    "powerpoint document": "ppt",
    "visiodocument": "vsd",
}
_ENDINGS = (
    ("wordprocessingml", "docx"), ("spreadsheetml", "xlsx"), ("presentationml", "pptx"), ("visio", "vsdx"),
    ("pdf", "pdf"), ("opendocument.text", "odt"), ("opendocument.spreadsheet", "ods"), ("rtf", "rtf"), ("msword", "doc"),
    ("ms-excel", "xls"), ("ms-powerpoint", "ppt"), ("html", "html"), ("rfc822", "eml"), ("multipart/related", "mht"),
)  # fmt: skip
_BODY = "word/document.xml"
_MOST = 500
"""Objects of one document that are looked at."""
_SLIDE_OBJECT = 0x1011
_HEX = re.compile(rb"\\objdata\b[^0-9a-fA-F]*([0-9a-fA-F\s]{60,})")

Object = tuple[str, bytes]
"""Name and bytes."""


class Embedding:
    """What Office formats have in common beside their text: see `ingest.draft.Carries`."""

    def carried(self, source: Source, draft: Draft) -> None:
        """Offer the files that stand in the document as objects."""
        found = _in_package if source.head(2) == b"PK" else _in_storages
        offer(draft, source.nest, found(source))


def offer(draft: Draft, nest: Nest, objects: Iterator[Callable[[], Object | None]]) -> None:
    """Offer objects as parts of `draft`, those that bear no file left out."""
    number = 1
    for count, made in enumerate(objects):
        if count >= _MOST:
            return
        try:
            found = made()
        except (OSError, ValueError, zlib.error, struct.error, zipfile.BadZipFile, Unreadable, IndexError):
            continue
        if found and found[1] and len(found[1]) <= min(MAX_MEMBER, nest.room):
            name, data = found
            number += 1
            nest.room -= len(data)
            name = name.replace("*", f"对象{number - 1}") if name else f"对象{number - 1}.{_ending(data)}"
            add_inner(draft, number, name, data, nest)


def _in_package(source: Source) -> Iterator[Callable[[], Object | None]]:
    with opened(source) as package:
        behind_charts = _behind_charts(package)
        # whole documents that the body takes in where it stands
        chunks = {target for kind, target in relations(package, _BODY).values() if kind == "aFChunk"}
        for entry in package.infolist():
            name = entry.filename.lower()
            inside = "/embeddings/" in name or "/media/" in name
            inside = inside and _PART.fullmatch(name) is not None and entry.filename not in behind_charts
            if not inside and entry.filename not in chunks:
                continue
            if 0 < entry.file_size <= MAX_MEMBER:
                yield lambda entry=entry: _of_part(posixpath.basename(entry.filename), package.read(entry))  # type: ignore[misc]


def _behind_charts(package: zipfile.ZipFile) -> frozenset[str]:
    """The workbooks that charts draw their numbers from: nobody put them there."""
    names = (name for name in package.namelist() if "/charts/" in name)
    charts = [name for name in names if re.fullmatch(r"[^/]+/charts/[^/]+\.xml", name)]
    return frozenset(target for name in charts for _, target in relations(package, name).values())


def _of_part(name: str, data: bytes) -> Object | None:
    told = not name.lower().endswith((".bin", ".dat", ".tmp"))
    if data.startswith(_OLE) and not told:
        with _storage(data) as package:
            return _of_storage(package, (), data)
    return (name if told else ""), data


def _in_storages(source: Source) -> Iterator[Callable[[], Object | None]]:
    """Of DOC below the pool of objects, of XLS beside the workbook, of PPT in records."""
    if source.size > MAX_MEMBER * 8:
        return
    with _storage(source.whole()) as package:
        folders = dict.fromkeys(tuple(path[:-1]) for path in package.listdir(streams=True, storages=False))
        for folder in folders:
            pooled = len(folder) == 2 and folder[0] == "ObjectPool"
            if pooled or (len(folder) == 1 and folder[0].startswith("MBD")):
                yield lambda folder=folder: _of_storage(package, folder)  # type: ignore[misc]
        if package.exists("PowerPoint Document"):
            with package.openstream("PowerPoint Document") as stream:
                yield from _in_slides(stream.read())


def _in_slides(data: bytes) -> Iterator[Callable[[], Object | None]]:
    at = 0
    while at + 8 <= len(data):
        instance, kind, length = struct.unpack("<HHI", data[at : at + 8])
        if kind == _SLIDE_OBJECT:
            body = data[at + 8 : at + 8 + length]
            yield lambda body=body, packed=bool(instance >> 4): _of_record(body, packed=packed)  # type: ignore[misc]
        at += 8 + length


def _of_record(body: bytes, *, packed: bool) -> Object | None:
    data = zlib.decompressobj().decompress(body[4:], MAX_MEMBER) if packed else body
    return _of_part("object.bin", data) if data.startswith(_OLE) else None


def _of_storage(package: olefile.OleFileIO, folder: tuple[str, ...], whole: bytes = b"") -> Object | None:
    """The file that a storage stands for: a packed one with its name, a document as a stream, or itself."""
    depth = len(folder)
    names = {
        path[depth].lower(): path[depth]
        for path in package.listdir(streams=True, storages=True)
        if tuple(path[:depth]) == folder and len(path) == depth + 1
    }
    if "\x01ole10native" in names:
        return native(_read(package, folder, names["\x01ole10native"]))
    for name in ("package", "contents"):
        if name in names:
            data = _read(package, folder, names[name])
            return ("", data) if _ending(data) != "bin" else None
    ending = next((ending for name, ending in _PROGRAMS.items() if name in names), "")
    data = (whole or rebuilt(package, folder, MAX_MEMBER)) if ending else b""
    return (f"*.{ending}", data) if data else None


def _read(package: olefile.OleFileIO, folder: tuple[str, ...], name: str) -> bytes:
    path = [*folder, name]
    if package.get_size(path) > MAX_MEMBER:
        return b""
    with package.openstream(path) as stream:
        return bytes(stream.read())


def native(data: bytes) -> Object | None:
    """What Windows packs: label, name, path and bytes of a file; None if it is something else ([MS-OLEDS] 2.3.6)."""
    if len(data) < 10 or data[4:6] != b"\2\0":
        return None
    _, at = _word(data, 6)
    path, at = _word(data, at)
    at += 4
    size = struct.unpack("<I", data[at : at + 4])[0]
    at += 4 + size
    size = struct.unpack("<I", data[at : at + 4])[0]
    body = data[at + 4 : at + 4 + size]
    wide = _wide_name(data[at + 4 + size :])
    name = (wide or path).replace("\\", "/").rpartition("/")[2]
    return name, body


def _wide_name(rest: bytes) -> str:
    """Newer programs say path, label and name once more, in UTF-16; the second is the file's name."""
    words = []
    at = 0
    for _ in range(3):
        if at + 4 > len(rest):
            return ""
        length = 2 * struct.unpack("<I", rest[at : at + 4])[0]
        words.append(rest[at + 4 : at + 4 + length].decode("utf-16-le", "replace").strip("\0"))
        at += 4 + length
    return words[2] or words[1]


def _word(data: bytes, at: int) -> tuple[str, int]:
    end = data.index(b"\0", at)
    return decode(data[at:end]).text, end + 1


def in_rich_text(data: bytes) -> Iterator[Callable[[], Object | None]]:
    """Objects of an RTF file: an OLE 1 head in hexadecimal digits, and behind it what an OLE file or Windows packs."""
    for found in _HEX.finditer(data):
        yield lambda found=found: _of_digits(found.group(1))  # type: ignore[misc]


def _of_digits(digits: bytes) -> Object | None:
    plain = b"".join(digits.split())
    packed = bytes.fromhex(plain[: len(plain) // 2 * 2].decode("ascii"))
    at = 8
    for _ in range(3):
        at += 4 + struct.unpack("<I", packed[at : at + 4])[0]
    size = struct.unpack("<I", packed[at : at + 4])[0]
    body = packed[at + 4 : at + 4 + size]
    if body.startswith(_OLE):
        with _storage(body) as package:
            return _of_storage(package, (), body)
    return native(struct.pack("<I", size) + body)


def _storage(data: bytes) -> olefile.OleFileIO:
    return olefile.OleFileIO(io.BytesIO(data), raise_defects=olefile.DEFECT_FATAL)


def _ending(data: bytes) -> str:
    kind = sniff(Source(io.BytesIO(data), "")).media_type
    return next((ending for word, ending in _ENDINGS if word in kind), "bin")
