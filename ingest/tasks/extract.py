"""One file from bytes to what is known of it: what a cell runs, with no way to lose the file."""

import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ingest import texts
from ingest.draft import Carries, Draft, Format, Full, Made, Nest, Sniffed, Source, Unreadable, locked
from ingest.files.decrypting import DECRYPTING, decrypted
from ingest.files.signatures import ENCRYPTED
from ingest.files.sniff import sniff
from ingest.formats import ranked
from ingest.inner import MAX_DEPTH
from ingest.jail.frames import Allow, Reply
from ingest.pictures.renditions import add_sizes, know_look, packed, unpacked
from ingest.port import FAMILIES, Family
from ingest.tasks.members import unpack

_OLE = b"\xd0\xcf\x11\xe0"
_FINAL = ("encrypted", "bomb", "bad_archive", "pixels")
"""Warnings after which no other reader is tried, and no preview."""
_OLD = ("application/vnd.wordperfect", "application/vnd.ms-publisher")
"""Types of programs of long ago that nothing here reads, but that other programs still open."""
MAX_UNREAD = 2000
"""Pages of one file that are recognised at most."""
_SHARE_FOR_TEXT = 0.7
"""Share of a format's CPU seconds after which no more text is taken, so that what was read is kept."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What extraction gives: the fields of `port.Outcome`, with bytes where that has keys."""

    media_type: str
    family: Family
    characters: int = 0
    pages: int = 0
    facts: Mapping[str, str] = field(default_factory=dict)
    warning: str = ""
    detail: str = ""
    text: bytes = b""
    """The text object (`ingest.texts`), b"" if there is no text."""
    preview: bytes = b""
    preview_type: str = ""
    renditions: Mapping[str, Made] = field(default_factory=dict)
    unread: Sequence[int] = ()
    """Pages that are pictures, to be recognised (`ingest.jobs.reading`)."""
    members: int = 0
    """Files inside that can become files of their own (`ingest.tasks.members`)."""


def extract(order: Mapping[str, Any], file: int, allow: Allow) -> Reply:
    """Sniff and read the open `file`; `order` has its "name", whether to be "careful", and whether "text_only" is wanted:
    no preview, no page to be recognised. The task of a cell."""
    with os.fdopen(os.dup(file), "rb") as stream:
        source = Source(
            stream,
            str(order.get("name", "")),
            careful=bool(order.get("careful")),
            password=str(order.get("password", "")),
        )
        depth = int(order.get("depth", 0))
        source.nest = Nest(depth, adopting=bool(order.get("adopting")) and depth < MAX_DEPTH)
        if order.get("do") == "unpack":
            return unpack(source, int(order.get("after", 0)), allow)
        source.forced = bool(order.get("force"))
        kind = sniff(source)
        if source.password:
            allow(*DECRYPTING)
            source = decrypted(source)
            kind = sniff(source) if kind.media_type == ENCRYPTED else kind
        draft = _drafted(source, kind, allow, pictured=not order.get("text_only"))
        if source.password and draft.warning not in _FINAL:
            draft.know("unlocked", "yes")
    listed, blob = packed(draft.preview, draft.renditions)
    body = {
        "media_type": kind.media_type,
        "family": kind.family,
        "characters": draft.characters,
        "pages": draft.pages,
        "facts": draft.facts,
        "warning": draft.warning,
        "detail": draft.detail,
        "preview_type": draft.preview_type,
        "renditions": listed,
        "members": source.nest.offered if draft.warning not in _FINAL else 0,
        "unread": draft.unread[:MAX_UNREAD] if draft.warning not in _FINAL else [],
    }
    return Reply(body, texts.dump(draft.passages) if draft.passages else b"", blob)


def finding(reply: Reply) -> Finding:
    """A cell's reply as a finding; it comes from a process that read hostile bytes, so every field is checked."""
    body = reply.body
    sniffed = Sniffed(_word(body, "media_type") or "application/octet-stream", _family(body))
    facts = body.get("facts")
    known = (
        {str(name)[:80]: str(value)[:2000] for name, value in facts.items()}
        if isinstance(facts, dict)
        else {}
    )
    preview, made = unpacked(body.get("renditions"), reply.preview)
    preview_type = _word(body, "preview_type") if preview else ""
    preview_type = preview_type if preview_type in ("image/jpeg", "image/png") else ""
    return Finding(
        sniffed.media_type,
        sniffed.family,
        characters=_count(body, "characters"),
        pages=_count(body, "pages"),
        facts=known,
        warning=_word(body, "warning"),
        detail=_word(body, "detail"),
        text=reply.text,
        preview=preview if preview_type else b"",
        preview_type=preview_type,
        renditions=made,
        unread=_numbers(body.get("unread")),
        members=_count(body, "members"),
    )


def _drafted(source: Source, kind: Sniffed, allow: Allow, *, pictured: bool) -> Draft:
    if source.size == 0:
        return Draft(warning="no_text", detail="the file is empty")
    if kind.media_type == ENCRYPTED or ("openxmlformats" in kind.media_type and source.head(4) == _OLE):
        return Draft(warning="encrypted", detail=locked(source).detail)
    readers = ranked(kind)
    if not readers:
        code = "old_format" if kind.media_type in _OLD else "unknown_type"
        return Draft(warning=code, detail=kind.media_type)
    drafts: list[Draft] = []
    for reader in readers:
        allow(reader.memory, reader.seconds)
        source.nest = Nest(source.nest.depth, adopting=source.nest.adopting)
        drafts.append(_guarded(reader, source))
        if drafts[-1].passages or drafts[-1].warning in _FINAL:
            break
        if kind.family == "image" and drafts[-1].warning == "no_text":
            break  # a drawing without words is looked at: the source of its lines is nothing to be found
    draft = max(drafts, key=_worth)
    if draft.warning not in _FINAL:
        if isinstance(readers[0], Carries):
            with contextlib.suppress(Exception):  # as with text: a broken object is no fault of the document
                readers[0].carried(source, draft)
        if pictured:
            _pictured(readers[0], source, draft, kind.family)
        else:
            draft.unread.clear()
    return draft


def _worth(draft: Draft) -> int:
    """How far one reader got: text, the certainty that there is none, a reason that holds for every reader."""
    if draft.passages:
        return 3
    if draft.warning in ("", "no_text"):
        return 2
    return 1 if draft.warning in _FINAL else 0


def _guarded(reader: Format, source: Source) -> Draft:
    """What one reader finds; whatever goes wrong becomes a warning, and what was read before stays."""
    draft = Draft()
    draft.deadline = draft.clock() + _SHARE_FOR_TEXT * reader.seconds
    try:
        reader.read(source, draft)
    except Full:
        draft.warn("truncated_text", f"{draft.characters} characters were taken")
    except Unreadable as error:
        draft.warn(error.code, error.detail)
    except (MemoryError, RecursionError) as error:
        draft.warn("parser_limit", type(error).__name__)
    except Exception as error:  # noqa: BLE001 - parsers of hostile bytes raise anything; the file is kept all the same
        draft.warn("damaged", f"{type(error).__name__}: {error}")
    return draft


def _pictured(reader: Format, source: Source, draft: Draft, family: Family) -> None:
    try:
        reader.picture(source, draft)
        add_sizes(draft)
        if family == "image":
            know_look(draft)
    except Unreadable as error:
        draft.warn(error.code, error.detail)
    except MemoryError:
        draft.warn("pixels", "the preview needs too much memory")
    except Exception as error:  # noqa: BLE001 - as above: only the preview is missing
        draft.warn("damaged", f"preview: {type(error).__name__}: {error}")
    if not draft.preview_type:
        draft.preview = b""


def _word(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return value[:1000] if isinstance(value, str) else ""


def _count(body: Mapping[str, Any], name: str) -> int:
    value = body.get(name)
    return value if isinstance(value, int) and 0 <= value < 1 << 40 else 0


def _numbers(value: object) -> tuple[int, ...]:
    numbers = value if isinstance(value, list) else []
    fine = (number for number in numbers if isinstance(number, int) and 0 < number < 1 << 31)
    return tuple(dict.fromkeys(fine))[:MAX_UNREAD]


def _family(body: Mapping[str, Any]) -> Family:
    return next((family for family in FAMILIES if family == body.get("family")), "other")
