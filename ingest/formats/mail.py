"""Mail: headers, bodies and names of attachments, each part of the text in its own encoding."""

import email
import email.header
import email.policy
from collections.abc import Iterator
from email.message import Message

from ingest.blocks import add_paragraphs
from ingest.documents.markup import plain
from ingest.draft import MEBI, Draft, Nest, Sniffed, Source
from ingest.files.encoding import declared, decode
from ingest.files.moments import mail_moment
from ingest.inner import add_inner
from search.port import Place

_MAX_PARTS = 1000
_HEADERS = ("From", "To", "Cc", "Subject", "Date")


class Eml:
    """RFC 5322 with MIME. The lenient old policy: it keeps raw bytes where headers break the rules."""

    memory = 1200 * MEBI
    seconds = 30

    def score(self, kind: Sniffed) -> int:
        return 10 if kind.media_type == "message/rfc822" else 0

    def read(self, source: Source, draft: Draft) -> None:
        message = email.message_from_bytes(source.whole(), policy=email.policy.compat32)
        draft.know("title", header(message, "Subject"))
        draft.know("author", header(message, "From"))
        draft.know("recipients", header(message, "To"))
        draft.know("created", mail_moment(header(message, "Date")))
        parts = list(_parts(message))
        names = [name for part in parts if (name := attachment_name(part))]
        draft.know("attachments", ", ".join(names))
        add_paragraphs(draft, Place("part", 1), [*head_lines(message), *names])
        number = 1
        told = [part for part in parts if not (source.nest.adopting and attachment_name(part))]
        for number, text in enumerate(_texts(told), 2):
            add_paragraphs(draft, Place("part", number), text.split("\n"))
        add_attachments(draft, number + 1, parts, source.nest)

    def picture(self, source: Source, draft: Draft) -> None:
        """A mail is shown as its text."""


def add_attachments(draft: Draft, first: int, parts: list[Message], nest: Nest) -> None:
    """Add attachments as parts from `first` on; those that are text and stay in the mail were told before."""
    named = [part for part in parts if attachment_name(part) and not part.is_multipart()]
    if not nest.adopting:
        named = [part for part in named if part.get_content_maintype() != "text"]
    for number, part in enumerate(named, first):
        add_inner(draft, number, attachment_name(part), payload(part), nest)


def header(message: Message, name: str) -> str:
    """A header as people read it: encoded words decoded, raw bytes in whatever encoding they are."""
    raw = message.get(name)
    if raw is None:
        return ""
    # a mailer that writes raw bytes into headers writes them as it does its body
    body = message.get_content_charset("")
    pieces: list[str] = []
    try:
        for piece, charset in email.header.decode_header(raw):
            pieces.append(_characters(piece, charset or "", body))
    except (ValueError, LookupError, AssertionError):
        pieces = [_characters(str(raw), "", body)]
    return " ".join("".join(pieces).split())


def attachment_name(part: Message) -> str:
    """The name of an attachment in any of the ways in which mailers write it (RFC 2231, encoded words, raw)."""
    try:
        raw = part.get_filename() or ""
    except (ValueError, LookupError, TypeError):
        return ""
    probe = Message()
    probe["Subject"] = " ".join(raw.split())
    return header(probe, "Subject")


def _characters(piece: str | bytes, charset: str, body: str) -> str:
    if isinstance(piece, str):
        try:
            piece = piece.encode("ascii", "surrogateescape")
        except UnicodeEncodeError:
            return str(piece)
    return decode(piece, body if charset in ("", "unknown-8bit") else charset).text


def head_lines(message: Message) -> list[str]:
    """The headers that people read, as they are shown."""
    lines = ((name, header(message, name)) for name in _HEADERS)
    return [f"{name}: {value}" for name, value in lines if value]


def bodies(message: Message, *, told: bool = True) -> Iterator[str]:
    """The texts of a mail, see `_texts`; those of text attachments, too, if they are to be `told`."""
    return _texts([part for part in _parts(message) if told or not attachment_name(part)])


def _parts(message: Message) -> Iterator[Message]:
    for count, part in enumerate(message.walk()):
        if count >= _MAX_PARTS:
            return
        yield part


def _texts(parts: list[Message]) -> Iterator[str]:
    """Bodies and text attachments; of an HTML body that stands beside a plain one only the plain one."""
    plain_bodies = sum(
        part.get_content_type() == "text/plain" and not attachment_name(part) for part in parts
    )
    for position, part in enumerate(parts):
        kind = part.get_content_type()
        if position and kind == "message/rfc822":
            yield "\n".join(line for inner in part.get_payload()[:1] for line in head_lines(inner))  # type: ignore[index, arg-type]
        elif kind == "text/html" and not (plain_bodies and not attachment_name(part)):
            data = payload(part)
            yield plain(decode(data, part.get_content_charset("") or declared(data)).text)
        elif part.get_content_maintype() == "text" and kind != "text/html":
            yield decode(payload(part), part.get_content_charset("")).text


def payload(part: Message) -> bytes:
    """The bytes of a part, unpacked; b"" if that cannot be done."""
    try:
        data = part.get_payload(decode=True)
    except (ValueError, AssertionError):
        return b""
    return data if isinstance(data, bytes) else b""


FORMATS = (Eml(),)
