"""Mail beside EML: Outlook's MSG, boxes of many mails, web pages saved as mail (MHTML)."""

import email
import email.policy
import re
from collections.abc import Iterator
from email.message import Message
from functools import partial

from ingest.blocks import add_paragraphs
from ingest.documents import outlook
from ingest.documents.markup import plain, title
from ingest.draft import MAX_TEXT, MEBI, Draft, Nest, Sniffed, Source
from ingest.files.encoding import declared, decode
from ingest.files.moments import mail_moment
from ingest.formats.mail import attachment_name, bodies, head_lines, header, payload
from ingest.inner import MAX_MEMBER, add_inner
from search.port import Place

_HEAD = ((0x0C1A, "From"), (0x0E04, "To"), (0x0E03, "Cc"), (0x0037, "Subject"))
_MAX_MAILS = 5000
_MAX_NESTED = 5
_BEGIN = re.compile(rb"(?m)^From [^\r\n]*\d{4}[^\r\n]*\r?\n")


class Msg:
    """Head as part 1, body as part 2, attachments behind them under their names."""

    memory = 1400 * MEBI
    seconds = 40

    def score(self, kind: Sniffed) -> int:
        return 10 if kind.media_type == "application/vnd.ms-outlook" else 0

    def read(self, source: Source, draft: Draft) -> None:
        with outlook.opened(source.open()) as package:
            message = outlook.Message(package)
            draft.know("title", message.text(0x0037))
            draft.know("author", _sender(message))
            draft.know("recipients", message.text(0x0E04))
            draft.know("created", message.moment(0x0039, 0x0E06, 0x3007))
            found = list(message.attachments())
            names = [one.name for one in found if one.name]
            draft.know("attachments", ", ".join(names))
            add_paragraphs(draft, Place("part", 1), [*_head(message), *names])
            add_paragraphs(draft, Place("part", 2), message.body().splitlines())
            for number, one in enumerate(found, 3):
                _hang(draft, number, one, source.nest)
        if not draft.passages:
            draft.warn("no_text")

    def picture(self, source: Source, draft: Draft) -> None:
        """A mail is shown as its text."""


class Mbox:
    """A box of mails, each a part of its own called by its subject."""

    memory = 1400 * MEBI
    seconds = 60

    def score(self, kind: Sniffed) -> int:
        return 10 if kind.media_type == "application/mbox" else 0

    def read(self, source: Source, draft: Draft) -> None:
        count = 0
        for count, data in enumerate(_mails(source.whole()), 1):
            if count > _MAX_MAILS:
                draft.warn("truncated_text", f"only {_MAX_MAILS} mails were read")
                break
            message = email.message_from_bytes(data, policy=email.policy.compat32)
            subject = header(message, "Subject")[:200]
            if count == 1:
                draft.know("created", mail_moment(header(message, "Date")))
            place = Place("part", count, subject)
            add_paragraphs(draft, place, head_lines(message))
            for text in bodies(message, told=not source.nest.adopting):
                add_paragraphs(draft, place, text.split("\n"))
            if source.nest.adopting:
                _offer(message, count, subject, source.nest)
        draft.know("messages", count or None)
        if not draft.passages:
            draft.warn("no_text")

    def picture(self, source: Source, draft: Draft) -> None:
        """A box of mails is shown as its text."""


class WebArchive:
    """A web page with its pictures in one file: the page as a reader sees it."""

    memory = 1200 * MEBI
    seconds = 30

    def score(self, kind: Sniffed) -> int:
        return 10 if kind.media_type == "multipart/related" else 0

    def read(self, source: Source, draft: Draft) -> None:
        message = email.message_from_bytes(source.head(8 * MAX_TEXT), policy=email.policy.compat32)
        draft.know("created", mail_moment(header(message, "Date")))
        for part in message.walk():
            if part.get_content_type() in ("text/html", "application/xhtml+xml"):
                data = payload(part)
                page = decode(data, part.get_content_charset("") or declared(data)).text
                draft.know("title", title(page) or header(message, "Subject"))
                add_paragraphs(draft, Place("whole", 1), plain(page).split("\n"))
        if not draft.passages:
            draft.warn("no_text")

    def picture(self, source: Source, draft: Draft) -> None:
        """A page is shown as its text."""


def _sender(message: outlook.Message) -> str:
    name, address = message.text(0x0C1A), message.text(0x5D01) or message.text(0x0C1F)
    return f"{name} <{address}>" if "@" in address and address != name else name or address


def _head(message: outlook.Message) -> Iterator[str]:
    for number, word in _HEAD:
        said = _sender(message) if word == "From" else message.text(number)
        if said:
            yield f"{word}: {said}"
    if sent := message.moment(0x0039, 0x0E06):
        yield f"Date: {sent}"


def _hang(draft: Draft, number: int, one: outlook.Attachment, nest: Nest, depth: int = 0) -> None:
    if one.message is None:
        add_inner(draft, number, one.name, one.data, nest)
        return
    lines = [*_head(one.message), *one.message.body().splitlines()]
    add_paragraphs(draft, Place("part", number, one.name[:200]), lines)
    if depth < _MAX_NESTED:
        for inner in one.message.attachments():
            _hang(draft, number, inner, nest, depth + 1)


def _offer(message: Message, number: int, subject: str, nest: Nest) -> None:
    """The attachments of a mail in a box, under its subject."""
    for part in message.walk():
        name = attachment_name(part)
        if name and not part.is_multipart() and 0 < len(data := payload(part)) <= MAX_MEMBER:
            nest.offer(number, f"{subject or number}/{name}", partial(bytes, data))


def _mails(data: bytes) -> Iterator[bytes]:
    starts = list(_BEGIN.finditer(data))
    if not starts:
        yield data
    for position, found in enumerate(starts):
        end = starts[position + 1].start() if position + 1 < len(starts) else len(data)
        yield data[found.end() : end]


FORMATS = (Msg(), Mbox(), WebArchive())
