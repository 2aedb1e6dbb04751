"""What a file is, by its bytes: own rules first, libmagic where it is installed, the name as a hint only."""

import functools
import json
import re
from collections.abc import Callable

import olefile

from ingest.draft import Sniffed, Source
from ingest.files.archive import is_part, listed
from ingest.files.encoding import decode, decode_markup, is_mainframe
from ingest.files.sealed import BROKEN
from ingest.files.signatures import (
    BRANDS,
    ENCRYPTED,
    EXTENSIONS,
    MAGIC,
    ODD,
    OFFICE_NAMES,
    OLE_STREAMS,
    RAW_NAMES,
    RIFF,
    ZIP_MIMETYPES,
    ZIP_TYPES,
    family_of,
)

_HEAD = 16 * 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAX_LISTED = 5000
_UNKNOWN = "application/octet-stream"
_MAIL_HEADER = re.compile(
    r"(received|return-path|delivered-to|message-id|mime-version|from|to|cc|subject|date|reply-to|sender|x-[\w-]+"
    r"|content-[\w-]+|dkim-signature|authentication-results|arc-[\w-]+|references|in-reply-to|thread-[\w-]+"
    r"|organization|list-[\w-]+|user-agent|importance|relay-version|path|newsgroups|status):",
    re.IGNORECASE,
)
_TELLING = {
    "received",
    "return-path",
    "delivered-to",
    "message-id",
    "mime-version",
    "subject",
    "from",
    "date",
    "to",
}
_PAGE = re.compile(rb"\s*<(!doctype\s+html|html)\b", re.IGNORECASE)
"""A page stays one, whatever bytes a broken program has left in the midst of it."""
_CONTROLS = re.compile("[\\x00-\\x07\\x0b\\x0e-\\x1a\\x1c-\\x1f]")
_MARKDOWN = re.compile(r"(?m)^(#{1,6} \S|```|\s*[-*] \[[ x]\] |\|[ :-]+\|)")
_HTML = re.compile(
    r"<(!doctype\s+html|html|head|body|title|meta|table|div|p|script|style|h[1-6]|a|br)\b", re.IGNORECASE
)


def sniff(source: Source) -> Sniffed:
    """Media type and family of `source`. Never raises for odd bytes: the worst answer is octet-stream."""
    head = source.head(_HEAD)
    media_type = (
        _binary(head, source) or _textual(head, source) or _by_library(head) or _by_name(head, source)
    )
    return Sniffed(media_type, family_of(media_type))


def _binary(head: bytes, source: Source) -> str:
    if not head:
        return "application/x-empty"
    return _container(head, source) or _media(head) or _signature(head, source) or _odd(head)


def _container(head: bytes, source: Source) -> str:
    """Formats that are told apart only by looking further in."""
    if b"%PDF-" in head[:1024]:
        return "application/pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"PK00PK\x03\x04")):
        return _zip(source)
    return _ole(source) if head.startswith(_OLE) else ""


def _media(head: bytes) -> str:
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return _iso_media(head)
    if head.startswith(b"RIFF"):
        return RIFF.get(head[8:12], "")
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm" if b"webm" in head[:128] else "video/x-matroska"
    return ""


def _signature(head: bytes, source: Source) -> str:
    for offset, signature, media_type in MAGIC:
        if head[offset : offset + len(signature)] == signature:
            if media_type == "image/tiff":
                return (
                    "image/x-canon-cr2"
                    if head[8:10] == b"CR"
                    else RAW_NAMES.get(source.extension, media_type)
                )
            return _refined(media_type, head)
    return ""


def _refined(media_type: str, head: bytes) -> str:
    if media_type == "video/x-ms-asf":
        # the GUID of a video stream's properties
        return "video/x-ms-wmv" if b"\xc0\xef\x19\xbc\x4d\x5b\xcf\x11" in head else "audio/x-ms-wma"
    if media_type == "audio/ogg" and (b"\x80theora" in head[:256] or b"BBCD" in head[:256]):
        return "video/ogg"
    if media_type == "application/x-tar" or b"AI5_" not in head[:4096]:
        return media_type
    return "application/illustrator"


def _odd(head: bytes) -> str:
    """Formats whose signature is short or at no fixed place."""
    return next((media_type for media_type, pattern in ODD if pattern.match(head)), "") or _old_tar(head)


def _old_tar(head: bytes) -> str:
    """A tar file from before "ustar" is known by the checksum of its first header."""
    block = head[:512]
    field = block[148:156].strip(b" \0")
    if len(block) < 512 or not re.fullmatch(rb"[0-7]{1,7}", field):
        return ""
    right = sum(block[:148]) + 8 * 32 + sum(block[156:]) == int(field, 8)
    return "application/x-tar" if right else ""


def _iso_media(head: bytes) -> str:
    brand = head[8:12]
    if head[4:8] != b"ftyp":
        return "video/quicktime"
    if brand in (b"mif1", b"msf1"):
        compatible = head[16 : int.from_bytes(head[:4], "big")]
        return (
            "image/avif" if b"avif" in compatible else "image/heic" if b"heic" in compatible else "image/heif"
        )
    return BRANDS.get(brand.replace(b"\0", b" "), "video/mp4")


def _zip(source: Source) -> str:
    try:
        package = listed(source)
        names = [entry.filename for entry in package.infolist()[:_MAX_LISTED]]
        if names and "mimetype" in names and package.getinfo("mimetype").file_size < 200:
            stated = package.read("mimetype").decode("ascii", "replace").strip()
            if ZIP_MIMETYPES.fullmatch(stated):
                return stated
    except (*BROKEN, OSError, ValueError, RuntimeError):
        return _broken_zip(source)
    normal = [name.replace("\\", "/").lstrip("/") for name in names]
    for start, media_type in ZIP_TYPES:
        if any(name.startswith(start) or (start.isupper() and name.upper() == start) for name in normal):
            return _macro(media_type, normal)
    return "application/zip"


def _macro(media_type: str, names: list[str]) -> str:
    """A workbook in binary parts is a type of its own, and no XML reader's."""
    if "spreadsheetml" in media_type and "xl/workbook.bin" in names:
        return "application/vnd.ms-excel.sheet.binary.macroenabled.12"
    return media_type


def _broken_zip(source: Source) -> str:
    """The directory at the end is lost: the names in front of the entries still tell."""
    head = source.head(256 * 1024)
    if head[30:38] == b"mimetype" and (
        found := re.match(rb"application/[\w.+-]+?(?=PK|[^\w.+-]|$)", head[38:120])
    ):
        return found.group().decode("ascii")
    for start, media_type in ZIP_TYPES[:3]:
        if re.search(rb"PK\x03\x04.{26}" + re.escape(start.encode()), head, re.DOTALL):
            return media_type
    if head[30:49] == b"[Content_Types].xml":
        return OFFICE_NAMES.get(source.extension, "application/zip")
    return "application/zip"


def _ole(source: Source) -> str:
    try:
        with olefile.OleFileIO(source.open(), raise_defects=olefile.DEFECT_FATAL) as package:
            names = [entry[0] for entry in package.listdir(streams=True, storages=True)]
    except Exception:  # noqa: BLE001 - olefile raises whatever a broken directory makes it stumble over
        names = []
    lower = {name.lower() for name in names}
    if "encryptedpackage" in lower:
        return OFFICE_NAMES.get(source.extension, ENCRYPTED)
    for stream, media_type in OLE_STREAMS:
        if any(name.startswith(stream.lower()) for name in lower):
            return media_type
    return _ole_by_names(source)


def _ole_by_names(source: Source) -> str:
    """A directory that cannot be walked still holds its names as UTF-16."""
    head = source.head(4 << 20)
    for stream, media_type in OLE_STREAMS[:7]:
        if stream.encode("utf-16-le") in head:
            return media_type
    return EXTENSIONS.get(source.extension, ENCRYPTED)


def _textual(head: bytes, source: Source) -> str:
    if not _is_text(head):
        return ""
    text = decode_markup(head, cut=len(head) == _HEAD).text.lstrip("\ufeff \t\r\n")
    hint = EXTENSIONS.get(source.extension, "")
    for rule in (_mail, _markup, _json):
        if found := rule(text, hint):
            return found
    if hint and family_of(hint) in ("text", "sheet") and hint.startswith("text/"):
        return hint
    if hint in ("application/yaml", "message/rfc822", "application/mbox", "multipart/related"):
        return hint
    return "text/markdown" if not hint and len(_MARKDOWN.findall(text)) > 2 else "text/plain"


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")) or _PAGE.match(head):
        return True
    if b"\0" in head:
        decoded = decode(head[:2048], cut=True)
        return decoded.encoding.startswith("utf-16") and _printable(decoded.text)
    return _printable(head[:4096].decode("latin-1")) or is_mainframe(head)


def _printable(text: str) -> bool:
    return len(_CONTROLS.findall(text)) <= len(text) // 100


def _mail(text: str, hint: str) -> str:
    if text.startswith("From ") and re.match(r"From \S+ .*\d{4}\s*\n[\w-]+:", text):
        return "message/rfc822" if hint == "message/rfc822" else "application/mbox"
    named: set[str] = set()
    for line in text.splitlines()[:60]:
        if not line.strip():
            break
        found = _MAIL_HEADER.match(line)
        if found:
            named.add(found.group(1).lower())
        elif not named or (line[:1] not in " \t" and not re.match(r"[\w-]+:", line)):
            return ""
    if len(named & _TELLING) < 2 and not (hint == "message/rfc822" and named):
        return ""
    related = hint == "multipart/related" and "multipart/related" in text[:4000].lower()
    return hint if related else "message/rfc822"


def _markup(text: str, hint: str) -> str:
    if not text.startswith("<"):
        return "text/html" if hint == "text/html" and _HTML.search(text) else ""
    start = re.sub(r"(?s)^(\s*<\?.*?\?>|\s*<!--.*?-->)*\s*", "", text[:8000])
    root = re.match(
        r"(?is)(?:<!doctype[^>\[]*(?:\[.*?\])?\s*>\s*(?:<!--.*?-->\s*)*)?<(?:[\w.-]+:)?([\w.-]+)", start
    )
    name = root.group(1).lower() if root else ""
    if name == "svg":
        return "image/svg+xml"
    if name == "html" or re.match(r"(?i)<!doctype\s+html", start):
        return "application/xhtml+xml" if hint == "application/xhtml+xml" else "text/html"
    if text.startswith("<?xml"):
        return "application/xml"
    if hint in ("application/xml", "text/plain", "text/markdown"):
        return hint
    return "text/html" if _HTML.match(start) else "application/xml" if name and "</" in text else ""


def _json(text: str, hint: str) -> str:
    if hint == "application/json" and text[:1] in "{[":
        return hint
    if text[:1] not in "{[" or hint or len(text) > _HEAD // 2:
        return ""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return ""
    return "application/json"


def _by_library(head: bytes) -> str:
    ask = _libmagic()
    answer = ask(head) if ask else ""
    vague = (_UNKNOWN, "application/x-empty", "text/plain", "application/zip", "application/x-dosexec")
    return "" if answer in vague else answer


@functools.cache
def _libmagic() -> Callable[[bytes], str] | None:
    """libmagic's answer to a file's beginning; None where the library or its database is not installed."""
    try:
        import magic  # noqa: PLC0415 - the import itself fails without the system's library

        reader = magic.Magic(mime=True)
    except (ImportError, OSError, AttributeError):
        return None
    except Exception:  # noqa: BLE001 - MagicException, whose class cannot be named without the import
        return None

    def ask(head: bytes) -> str:
        try:
            return str(reader.from_buffer(head))
        except Exception:  # noqa: BLE001 - what libmagic cannot read is unknown
            return ""

    return ask


def _by_name(head: bytes, source: Source) -> str:
    """Bytes that tell nothing: the name counts if the type it promises has no signature that would be missed."""
    hint = EXTENSIONS.get(source.extension, "")
    if hint in ("audio/mpeg", "application/pkcs7-mime", "application/vnd.ms-works"):
        return hint
    if hint.startswith("text/") and _is_text(head):
        return hint
    return "application/zip" if is_part(source) else _UNKNOWN
