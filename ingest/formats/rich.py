"""RTF: text, headers and notes of the format that every word processor of the nineties wrote."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ingest.blocks import add_paragraphs
from ingest.documents.embedded import in_rich_text, offer
from ingest.draft import MEBI, Draft, Sniffed, Source
from ingest.files.encoding import decode
from search.port import Place

_TOKEN = re.compile(
    rb"\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-z])|([{}])|([^\\{}\r\n]+)|[\r\n]+",
    re.IGNORECASE,
)
_SILENT = {
    "fonttbl", "colortbl", "stylesheet", "listtable", "listoverridetable", "revtbl", "rsidtbl", "generator", "pict",
    "object", "objdata", "themedata", "colorschememapping", "datastore", "latentstyles", "xmlnstbl", "filetbl",
    "fldinst", "bkmkstart", "bkmkend", "nonshppict", "pntext", "pnseclvl", "listtext", "sp", "wgrffmtfilter", "mmathpr",
    "atrfstart", "atrfend", "info", "atnref", "atndate", "private", "passwordhash", "userprops", "falt", "panose", "blipuid",
}  # fmt: skip
_WANTED = {"shpinst", "shptxt", "shprslt", "annotation", "atnauthor", "atnid", "footnote", "ud", "upr"}
"""Starred destinations that hold text all the same."""
_INFO = {
    "title": "title",
    "author": "author",
    "subject": "subject",
    "keywords": "keywords",
    "doccomm": "description",
}
_LETTERS = {
    "tab": "\t", "cell": "\t", "nestcell": "\t", "par": "\n", "line": "\n", "row": "\n", "nestrow": "\n", "sect": "\n",
    "page": "\n", "column": "\n", "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“",
    "rdblquote": "”", "bullet": "•", "emspace": "\u2003", "enspace": "\u2002",
}  # fmt: skip
_SIGNS = {b"~": "\u00a0", b"_": "-", b"-": "", b"\\": "\\", b"{": "{", b"}": "}", b"\n": "\n", b"\r": "\n"}
_CHARSETS = {128: "cp932", 129: "cp949", 134: "gb18030", 136: "big5hkscs", 161: "cp1253", 162: "cp1254", 163: "cp1258",
             177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250"}  # fmt: skip
_MAX_DEPTH = 5000


@dataclass(slots=True)
class _Group:
    silent: bool = False
    fact: str = ""
    skip: int = 1
    """Bytes that stand behind each Unicode character for programs that do not know it."""
    encoding: str = ""


@dataclass(slots=True)
class _State:
    groups: list[_Group] = field(default_factory=lambda: [_Group()])
    codepage: str = "cp1252"
    fonts: dict[int, str] = field(default_factory=dict)
    font: int = -1
    waiting: bytearray = field(default_factory=bytearray)
    surrogate: int = 0
    opened: bool = False
    """Whether nothing has followed the last brace yet: only there does a star mean a destination."""
    starred: bool = False
    left: int = 0
    """Bytes still to be skipped behind a Unicode character."""


class Rich:
    """Own reader: a stack of groups, bytes decoded by the code page of their font."""

    memory = 1000 * MEBI
    seconds = 30

    def score(self, kind: Sniffed) -> int:
        return 10 if kind.media_type in ("application/rtf", "text/rtf") else 0

    def read(self, source: Source, draft: Draft) -> None:
        add_paragraphs(draft, Place("whole", 1), _lines(plain(source.whole(), draft)))
        if not draft.passages:
            draft.warn("no_text")

    def carried(self, source: Source, draft: Draft) -> None:
        """See `ingest.draft.Carries`."""
        offer(draft, source.nest, in_rich_text(source.whole()))

    def picture(self, source: Source, draft: Draft) -> None:
        """The format holds no picture of its first page."""


def plain(data: bytes, draft: Draft) -> Iterator[str]:
    """The text of RTF in pieces; facts of its `info` group go into `draft`."""
    state = _State()
    facts: dict[str, str] = {}
    for token in _TOKEN.finditer(data):
        group = state.groups[-1]
        said = _said(state, token)
        if said and group.fact:
            facts[group.fact] = facts.get(group.fact, "") + said
        elif said and not group.silent:
            yield said
    yield _flushed(state)
    for name, value in facts.items():
        draft.know(name, value)


def _said(state: _State, token: re.Match[bytes]) -> str:
    word, number, code, sign, brace, run = token.groups()
    if code is not None or run is not None:
        state.opened = False
        _wait(state, bytes([int(code, 16)]) if code is not None else run)
        return ""
    if word is None and sign is None and brace is None:  # a line's end in the file is none in the text
        return ""
    said = _flushed(state)
    if word is not None:
        state.opened = False
        return said + _word(state, word.decode().lower(), int(number) if number else None)
    if brace is not None:
        _step(state, opening=brace == b"{")
        return said
    state.starred, state.opened = sign == b"*" and state.opened, False
    return said + _SIGNS.get(sign, "")


def _step(state: _State, *, opening: bool) -> None:
    state.starred, state.opened = False, opening
    if opening and len(state.groups) < _MAX_DEPTH:
        state.groups.append(replace(state.groups[-1]))
    elif not opening and len(state.groups) > 1:
        state.groups.pop()


def _wait(state: _State, data: bytes) -> None:
    """Bytes wait until a whole run can be decoded: a Chinese character is two of them."""
    skipped = min(state.left, len(data))
    state.left -= skipped
    state.waiting += data[skipped:]


def _flushed(state: _State) -> str:
    if not state.waiting:
        return ""
    data = bytes(state.waiting)
    state.waiting.clear()
    state.surrogate = 0
    encoding = state.groups[-1].encoding or state.codepage
    if encoding in ("cp1252", "cp437") and any(byte > 0x7F for byte in data):
        found = decode(data)  # Chinese programs write GBK under Western code pages
        return (
            found.text if found.encoding == "gb18030" and len(data) >= 4 else data.decode(encoding, "replace")
        )
    return data.decode(encoding, "replace")


def _word(state: _State, word: str, number: int | None) -> str:
    group = state.groups[-1]
    starred, state.starred = state.starred, False
    if word == "u" and number is not None:
        state.left = group.skip
        return _unicode(state, number & 0xFFFF)
    if word in _LETTERS:
        return _LETTERS[word]
    if word in _SILENT or (starred and word not in _WANTED):
        group.silent = True
    elif word in _INFO:
        group.fact = _INFO[word]
    elif word == "uc" and number is not None:
        group.skip = max(0, min(number, 8))
    elif word == "ansicpg" and number:
        state.codepage = {65001: "utf-8", 936: "gb18030", 950: "big5hkscs"}.get(number, f"cp{number}")
        state.codepage = state.codepage if _is_known(state.codepage) else "cp1252"
    else:
        _font(state, word, number)
    return "\n" if word in ("footnote", "header", "footer", "annotation", "shptxt") else ""


def _font(state: _State, word: str, number: int | None) -> None:
    if number is None:
        return
    if word == "f":
        state.font = number
        state.groups[-1].encoding = state.fonts.get(number, "")
    elif word == "fcharset" and number in _CHARSETS and state.font >= 0:
        state.fonts[state.font] = _CHARSETS[number]
    elif word == "plain":
        state.groups[-1].encoding = ""


def _unicode(state: _State, unit: int) -> str:
    if 0xD800 <= unit < 0xDC00:
        state.surrogate = unit
        return ""
    if 0xDC00 <= unit < 0xE000:
        high, state.surrogate = state.surrogate, 0
        return chr(0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00)) if high else "\ufffd"
    return chr(unit)


def _is_known(encoding: str) -> bool:
    try:
        b"".decode(encoding)
    except LookupError:
        return False
    return True


def _lines(pieces: Iterator[str]) -> Iterator[str]:
    line: list[str] = []
    for piece in pieces:
        head, *more = piece.split("\n")
        line.append(head)
        for next_line in more:
            yield "".join(line).rstrip("\t")
            line = [next_line]
    yield "".join(line).rstrip("\t")


FORMATS = (Rich(),)
