"""What browsers show by themselves, and what has to be made of a file so that they can."""

from typing import Literal

from ingest.port import Want
from ingest.tasks.extract import Finding

OFFICE = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/msword": "doc",
    "application/vnd.ms-powerpoint": "ppt",
    "application/vnd.ms-excel": "xls",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.presentation": "odp",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/rtf": "rtf",
    "application/vnd.ms-works": "wps",
    "application/vnd.wordperfect": "wpd",
}
"""Media types whose pages an office program can draw, with the ending by which it knows them."""

MAX_OFFICE = 100 << 20
"""Bytes of the largest Office file whose pages are drawn."""
MAX_LENGTH = 2 * 3600.0
"""Seconds of the longest film of which a proxy is made."""
MAX_SCAN = 300 << 20
"""Bytes of the largest scan of which a searchable copy is made."""
_PAGE = 40
"""Characters recognised in a picture from which on it counts as a page that somebody wants to copy from."""
_CONTAINERS = {"video/mp4": {"h264", "vp9", "av1"}, "video/webm": {"vp8", "vp9", "av1"}}
_SOUNDS = {"", "aac", "mp3", "opus", "vorbis", "flac"}
_AUDIO = {"audio/mpeg", "audio/mp4", "audio/ogg", "audio/x-wav", "audio/wav"}
_UNREAD = {"encrypted", "damaged", "bomb", "parser_limit"}


def wanted(known: Finding, makes: frozenset[Want]) -> Want | Literal[""]:
    """What is to be made of a file of which this was found out, of what can be made at all."""
    if known.warning in _UNREAD:
        return ""
    if "searchable" in makes and _is_scan(known):
        return "searchable"
    if "pages" in makes and known.media_type in OFFICE:
        return "pages"
    if "proxy" in makes and known.family in ("video", "audio") and not plays(known):
        return "proxy" if 0 < _length(known) <= MAX_LENGTH else ""
    return ""


def plays(known: Finding) -> bool:
    """Whether every browser plays the original."""
    sound = known.facts.get("audio_codec", "")
    if known.family == "audio":
        return known.media_type in _AUDIO
    codecs = _CONTAINERS.get(known.media_type, set())
    return known.facts.get("video_codec", "") in codecs and sound in _SOUNDS


def _is_scan(known: Finding) -> bool:
    """Whether text was recognised on pages, of a file that opens without a password."""
    if not known.facts.get("recognised") or "unlocked" in known.facts:
        return False
    return known.family == "pdf" or (known.family == "image" and known.characters >= _PAGE)


def _length(known: Finding) -> float:
    try:
        return float(known.facts.get("duration", ""))
    except ValueError:
        return 0.0
