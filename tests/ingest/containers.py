"""Files that hold others, made for tests: Outlook mails, archives, packages of pages."""

import base64
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import py7zr

from tests.ingest import samples

_SECTOR, _END, _FREE = 512, 0xFFFFFFFE, 0xFFFFFFFF


def ole(tree: Mapping[str, Any]) -> bytes:
    """An OLE file: bytes are streams, padded to 4096 so that there are no small ones; mappings are folders."""
    rows: list[list[Any]] = [["Root Entry", 5, tree, _FREE, _FREE]]
    for row in rows:  # grows while it is walked
        inside = list(row[2].items()) if isinstance(row[2], Mapping) else []
        row[4] = len(rows) if inside else _FREE
        for position, (name, content) in enumerate(inside):
            right = len(rows) + 1 if position + 1 < len(inside) else _FREE
            rows.append([name, 1 if isinstance(content, Mapping) else 2, content, right, _FREE])
    bodies = [
        row[2] + bytes(-max(len(row[2]), 4096) % _SECTOR + max(0, 4096 - len(row[2])))
        for row in rows
        if row[1] == 2
    ]
    directory = (len(rows) + 3) // 4
    tables = (directory + sum(map(len, bodies)) // _SECTOR) // 127 + 1
    table = [0xFFFFFFFD] * tables + [*range(tables + 1, tables + directory), _END]
    starts: list[int] = []
    for body in bodies:
        starts.append(len(table))
        table += [*range(len(table) + 1, len(table) + len(body) // _SECTOR), _END]
    table += [_FREE] * (tables * 128 - len(table))
    chains = iter(zip(starts, map(len, bodies), strict=True))
    entries = b""
    for name, kind, _, right, child in rows:
        first, size = next(chains) if kind == 2 else (_END, 0)
        entries += samples.ole_entry(name, kind, first, size, right=right, child=child)
    entries += samples.ole_entry("", 0, 0, 0) * (directory * 4 - len(rows))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 62, 3, 0xFFFE, 9, 6)
    head += struct.pack("<9I", 0, tables, tables, 0, 4096, _END, 0, _END, 0)
    head += struct.pack("<109I", *range(tables), *[_FREE] * (109 - tables))
    return head + struct.pack(f"<{len(table)}I", *table) + entries + b"".join(bodies)


def outlook(subject: str, body: Mapping[str, bytes], attachments: Sequence[tuple[str, Any]] = ()) -> bytes:
    """An MSG file; `body` are its streams, an attachment is a name with bytes or with the streams of another mail."""
    return ole(mail_streams(subject, body, attachments, 32))


def mail_streams(
    subject: str, body: Mapping[str, bytes], attachments: Sequence[tuple[str, Any]] = (), head: int = 24
) -> dict[str, Any]:
    """The streams of a mail; inside another one the head of its properties is shorter."""
    sent = struct.pack("<HHIQ", 0x0040, 0x0039, 6, 133_540_902_000_000_000)
    streams: dict[str, Any] = {
        "__properties_version1.0": bytes(head) + sent,
        "__substg1.0_0037001F": subject.encode("utf-16-le"),
        "__substg1.0_0C1A001F": "王芳".encode("utf-16-le"),
        "__substg1.0_5D01001F": "wang@example.com".encode("utf-16-le"),
        "__substg1.0_0E04001F": "李强".encode("utf-16-le"),
        **body,
    }
    for number, (name, content) in enumerate(attachments):
        inside = isinstance(content, Mapping)
        streams[f"__attach_version1.0_#{number:08X}"] = {
            "__properties_version1.0": bytes(8),
            "__substg1.0_3707001F": name.encode("utf-16-le"),
            "__substg1.0_3701000D" if inside else "__substg1.0_37010102": content,
        }
    return streams


def packed_rich(text: bytes) -> bytes:
    """RTF in the packed form of Outlook, every letter by itself."""
    runs = b"".join(b"\0" + text[at : at + 8] for at in range(0, len(text), 8))
    return struct.pack("<II4sI", len(runs) + 12, len(text), b"LZFu", 0) + runs


def gbk_zip(members: Mapping[str, bytes], encoding: str = "gbk") -> bytes:
    """A ZIP file whose names are GBK (or another `encoding`) without any sign of it, as Windows writes them in China."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for number, data in enumerate(members.values()):
            package.writestr(f"{number:04}.placeholder", data)
    packed = out.getvalue()
    for number, name in enumerate(members):
        raw = name.encode(encoding).ljust(16, b"_")
        assert len(raw) == 16, "a name of sixteen bytes"
        packed = packed.replace(f"{number:04}.placeholder".encode(), raw)
    return packed


SEAL = "渠道8817"
"""What opens those of `SEALED`; each has one member, 说明.txt."""
SEALED = {
    "AES-256 with UTF-8": (
        "P)h>@6aWbbV*tpbc3l7f00000001ih000UAD*))PwC0$OE_8TwRa6ZC2iZ^qYuQi(YuQi(Yjt=F009I500004000000htE?0RTZo"
        "0|)@6OFk9&?!{A=>0W;??$gG8XX0tQuGMi`=rtfaA^Nt$C=y#q6bHJY&q+9XjqF}r!b3N9+djdFd#@g63_r4gyJ8=8rxE{D-UTL5"
        "O9u$6;-kAv0000h0000`O928D0~7!W2x9=qqjp`Z;-kAv0000h0000A04o3h000000001_fdBvi0O+r@=9rEyba-@CR1E+J*-!&("
        "*-!&(*-!&(b$AN^0R#X5000C400001nFjy?06|3q2mnw^1qJ{B000310RUqF006H500000"
    ),
    "AES-128 with GBK": (
        "P)h>@6aWbbV*tpbc3l7f00000001ih000UAD*))PwC0$OE_8TwRa6ZC2iZ^qYuQi(YuQi(Yjt=F009I500004000000htE?0RTZo"
        "0SExFHUzf54K;38u&FzzdVHmZc<e8~_E11e5-9604kdk}oK6b7%gjP@Q0MqNTPSZ|%q1{dnTf4j!jXB%>RnV>wu<0TO9u$6;-kAn"
        "0000h0000`O928D0~7!W2x9=qqjp`Z;-kAn0000h0000A04o3h000000001_fdBvi0O+r@=9rEyba-@CR1E+J*-!&(*-!&(*-!&("
        "b$AN^0R#X5000C400001nFjy?06|3o2mnw^1qJ{B000310RUqF005@|00000"
    ),
    "the old cipher with GBK": (
        "P)h>@3IGWJ007COc3rFDqq{c%001ih000UA008K(wC0$OE_8TwSBDc6_qdHGBDS1UJUl4qjr3OAz&JG|H~Uo7F0g79>{xvgi?HvX"
        "9MLDkK&+`oOm1gmY0uVBO9u$6;-kAa0000h0000`O928N0}22M0002Vqjp`Z;-kAa0000h0000A00000000010001_fdBvi0O+r@"
        "=9rEyba-@7O9ci1000010096v0001Q0000000"
    ),
}
"""Made by libarchive's writer (the first two) and by Info-ZIP, in base 85: nothing here encrypts ZIP files."""


def sealed_zip(kind: str) -> bytes:
    """A ZIP file whose member wants a password, which was turned into bytes as `kind` says."""
    return base64.b85decode(SEALED[kind])


def tar(members: Mapping[str, bytes], mode: str = "w") -> bytes:
    """A TAR file, packed as `mode` says (w, w:gz, w:xz, w:bz2)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as package:  # type: ignore[call-overload]
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            package.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def seven(members: Mapping[str, bytes], password: str | None = None, *, names: bool = False) -> bytes:
    """A 7z file; with `names` those of its members are encrypted too."""
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w", password=password, header_encryption=names) as package:
        for name, data in members.items():
            package.writestr(data, name)
    return out.getvalue()


def ofd(pages: Sequence[str], picture: bytes = b"") -> bytes:
    """An OFD file: text objects of pages on a template, paths absolute and relative; with `picture` a scan at the end."""
    space = 'xmlns:ofd="http://www.ofdspec.org/2016"'
    count = len(pages) + bool(picture)
    listed = "".join(f'<ofd:Page ID="{n}" BaseLoc="Pages/Page_{n}/Content.xml"/>' for n in range(count))
    parts: dict[str, str | bytes] = {
        "OFD.xml": f"<ofd:OFD {space}><ofd:DocBody><ofd:DocInfo><ofd:Title>销售发票</ofd:Title><ofd:CreationDate>2024-03-05"
        f"</ofd:CreationDate></ofd:DocInfo><ofd:DocRoot>/Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {space}><ofd:CommonData><ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes>"
        f'<ofd:TemplatePage ID="9" BaseLoc="Tpls/T.xml"/></ofd:CommonData><ofd:Pages>{listed}</ofd:Pages></ofd:Document>',
        "Doc_0/Tpls/T.xml": f"<ofd:Page {space}>{_said('抬头', 10, 5)}</ofd:Page>",
        "Doc_0/DocumentRes.xml": f'<ofd:Res {space} BaseLoc="Res"><ofd:MultiMedias><ofd:MultiMedia ID="7" Type="Image">'
        f"<ofd:MediaFile>scan.png</ofd:MediaFile></ofd:MultiMedia></ofd:MultiMedias></ofd:Res>",
    }
    for number, text in enumerate(pages):
        cells = "".join(_said(cell, 10 + 60 * at, 30) for at, cell in enumerate(text.split("\t")))
        parts[f"Doc_0/Pages/Page_{number}/Content.xml"] = (
            f'<ofd:Page {space}><ofd:Template TemplateID="9"/><ofd:Content>{cells}</ofd:Content></ofd:Page>'
        )
    if picture:
        image = '<ofd:ImageObject ID="3" Boundary="0 0 210 297" ResourceID="7"/>'
        parts[f"Doc_0/Pages/Page_{len(pages)}/Content.xml"] = f"<ofd:Page {space}>{image}</ofd:Page>"
        parts["Doc_0/Res/scan.png"] = picture
    return samples.zipped(parts)


def _said(text: str, x: int, y: int) -> str:
    code = f'<ofd:TextCode X="0" Y="4">{text}</ofd:TextCode>'
    return f'<ofd:TextObject Boundary="{x} {y} 50 5" Font="1" Size="5">{code}</ofd:TextObject>'


def epub(chapters: Mapping[str, str]) -> bytes:
    """An EPUB whose chapters (title → text) stand in another order in the package than in the book."""
    items = "".join(f'<item id="c{n}" href="text/c{n}.xhtml"/>' for n in range(len(chapters)))
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    dublin = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
    parts: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>',
        "OPS/book.opf": f"<package><metadata {dublin}><dc:title>品牌手册</dc:title>"
        f"<dc:creator>市场部</dc:creator></metadata><manifest>{items}</manifest><spine>{spine}</spine></package>",
    }
    for number, (title, text) in reversed(list(enumerate(chapters.items()))):
        page = f"<html><head><title>{title}</title></head><body><p>{text}</p></body></html>"
        parts[f"OPS/text/c{number}.xhtml"] = page
    return samples.zipped(parts)


def xps(pages: Sequence[str]) -> bytes:
    """An XPS file."""
    parts: dict[str, str | bytes] = {"FixedDocSeq.fdseq": "<FixedDocumentSequence/>"}
    for number, text in enumerate(pages, 1):
        parts[f"Documents/1/Pages/{number}.fpage"] = (
            f'<FixedPage><Glyphs UnicodeString="{text}"/></FixedPage>'
        )
    return samples.zipped(parts)


def rar(members: Mapping[str, bytes], *, claimed: int = 0) -> bytes:
    """A RAR 5 file whose members are packed, in so far as each of their bytes is a code of eight bits."""

    def number(value: int) -> bytes:
        out = bytearray()
        while value > 127:
            out.append(value & 127 | 128)
            value >>= 7
        return bytes((*out, value))

    def block(fields: Sequence[int | bytes], data: bytes = b"") -> bytes:
        rest = b"".join(one if isinstance(one, bytes) else number(one) for one in fields)
        head = number(len(rest)) + rest
        return struct.pack("<I", zlib.crc32(head)) + head + data

    body = b"Rar!\x1a\7\1\0" + block((1, 0, 0))
    for name, data in members.items():
        packed, raw = _codes(data), name.encode()
        size = claimed or len(data)
        crc = struct.pack("<I", zlib.crc32(data))
        fields = (2, 2, len(packed), 4, size, 0o100644, crc, 3 << 7, 1, len(raw), raw)
        body += block(fields, packed)
    return body + block((5, 0, 0))


def _codes(data: bytes) -> bytes:
    """One block of RAR 5: a table by which every byte stands for itself, then the bytes."""
    # of the twenty codes for lengths two are used: "8" is 0, "from 11 to 138 times nothing" is 1
    lengths = "".join(f"{int(symbol in (8, 19)):04b}" for symbol in range(20))
    bits = lengths + "0" * 256 + 2 * f"1{87 - 11:07b}" + "".join(f"{byte:08b}" for byte in data)
    used = (len(bits) - 1) % 8
    packed = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
    size = len(packed).to_bytes(3, "little")
    flags = 0x80 | 0x40 | 2 << 3 | used
    return bytes((flags, 0x5A ^ flags ^ size[0] ^ size[1] ^ size[2])) + size + packed
