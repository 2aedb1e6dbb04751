"""Mail as pages show it: headers, the names of attachments, then the bodies."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from markupsafe import Markup

from search.port import Passage
from service.web import shown
from service.web.language import translated as _
from service.web.record import marking
from service.web.record.reading import Reading, window

HEADER = re.compile(r"(From|To|Cc|Subject|Date): (.+)", re.DOTALL)
"""How `ingest.formats.mail` writes the head of a mail, before the names of its attachments."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail: headers as (word, value with marks), names of attachments, bodies."""

    headers: Sequence[tuple[str, Markup]]
    attachments: Sequence[tuple[str, Markup]]
    """Names as they are, and with marks."""
    reading: Reading


def letter(passages: Sequence[Passage], at: str, words: list[str]) -> Letter | None:
    """The mail in `passages`; None if it does not begin as a mail does."""
    count = next((n for n, one in enumerate(passages) if one.place.number != 1), len(passages))
    lines = "\n".join(one.text for one in passages[:count]).split("\n")
    headers: list[tuple[str, Markup]] = []
    for line in lines:
        found = HEADER.fullmatch(line)
        if found is None:
            break
        said = _sent(found[2]) if found[1] == "Date" else found[2]
        headers.append((_header_word(found[1]), _marked(said, words)))
    if not headers or passages[0].place.kind != "part":
        return None
    attachments = [(line, _marked(line, words)) for line in lines[len(headers) :] if line.strip()]
    return Letter(headers, attachments, window(passages[count:], at, words))


def _marked(text: str, words: list[str]) -> Markup:
    return shown.marked(text, marking.marks(text, words))


def _sent(stated: str) -> str:
    """A mail's moment by the clock on the wall; as it stands there if it cannot be understood."""
    for understood in (datetime.fromisoformat, parsedate_to_datetime):
        with suppress(ValueError, TypeError, OverflowError):
            moment = understood(stated.strip())
            return shown.moment(moment) if moment.tzinfo else moment.strftime("%Y-%m-%d %H:%M")
    return stated


def _header_word(name: str) -> str:
    words = {
        "From": _("发件人"),
        "To": _("收件人"),
        "Cc": _("抄送"),
        "Subject": _("主题"),
        "Date": _("发送时间"),
    }
    return words[name]
