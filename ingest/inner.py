"""Files inside a file (attachments, members of archives): offered to become files of their own, else their text is told."""

import io

from ingest.draft import MEBI, Draft, Full, Nest, Source, Unreadable
from ingest.files.sniff import sniff
from ingest.formats import ranked
from search.port import Place

MAX_DEPTH = 2
"""Files inside files inside the file."""
MAX_INNER = 64 * MEBI
"""Largest inner file whose text is read; a larger one is named."""
MAX_MEMBER = 56 * MEBI
"""Largest inner file that becomes a file of its own."""
MAX_READ = 500
"""Inner files whose text is read."""
_LABEL = 200
_FAMILIES = ("pdf", "word", "slides", "sheet", "text", "mail", "archive")
"""Pictures and films say nothing by themselves."""
_SPEECHLESS = (
    ".jpg", ".jpeg", ".png", ".gif", ".webp", ".heic", ".tif", ".tiff", ".bmp", ".psd", ".mp4", ".mov", ".avi", ".mkv",
    ".wmv", ".mp3", ".wav", ".m4a", ".exe", ".dll", ".so", ".class", ".ttf", ".otf", ".woff", ".woff2", ".iso", ".dmg",
)  # fmt: skip


def add_inner(draft: Draft, number: int, name: str, data: bytes, nest: Nest) -> None:
    """Offer an inner file as part `number`, called `name`, or add its text; what cannot be read adds nothing."""
    if nest.adopting and len(data) <= MAX_MEMBER:
        if data:
            nest.offer(number, name, lambda: data)
        return
    draft_of_it = Draft(room=draft.room, deadline=draft.deadline)
    if nest.count < MAX_READ and len(data) <= MAX_INNER and nest.depth < MAX_DEPTH:
        nest.count += 1
        _read(Source(io.BytesIO(data), name), draft_of_it, nest)
    for passage in draft_of_it.passages:
        inside = passage.place.label if passage.place.kind == "part" else ""
        label = f"{name} › {inside}" if inside else name
        draft.add(Place("part", number, label[:_LABEL]), passage.text)


def may_hold_text(name: str) -> bool:
    """Whether it is worth unpacking a file of this name: pictures, films and programs are not."""
    return not name.lower().endswith(_SPEECHLESS)


def _read(source: Source, draft: Draft, nest: Nest) -> None:
    if not source.size:
        return
    kind = sniff(source)
    if kind.family not in _FAMILIES:
        return
    source.nest = Nest(nest.depth + 1, nest.count, nest.room)
    for reader in ranked(kind)[:2]:
        try:
            reader.read(source, draft)
        except Full:
            break
        except Unreadable as error:
            draft.warn(error.code)
        except (MemoryError, RecursionError):
            draft.warn("parser_limit")
        except Exception as error:  # noqa: BLE001 - as for the file itself: any parser may raise anything
            draft.warn("damaged", str(error))
        if draft.passages:
            break
    nest.count, nest.room = source.nest.count, source.nest.room
