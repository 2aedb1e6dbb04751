"""Names of files whose bytes are not UTF-8: what their maker meant, for people."""

from collections.abc import Iterable

_SHARE = 0.8
"""Share of the foreign characters that must be common ones before an encoding is believed."""


def file_name(raw: bytes) -> str:
    """A path's bytes for people: UTF-8, else GB 18030 or Shift-JIS, whichever gives common characters; what nothing
    reads gets replacement characters."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode(legacy_encoding([raw]), "replace")


def legacy_encoding(names: Iterable[bytes]) -> str:
    """The encoding in which names that are not UTF-8 were written: gb18030, cp932 or big5. Told better by many."""
    joined = b"\n".join(names)
    for encoding in ("gb18030", "cp932", "big5hkscs"):
        if _fits(joined, encoding):
            return encoding
    return "gb18030"


def _fits(raw: bytes, encoding: str) -> bool:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    foreign = [letter for letter in text if letter > "\x7f"]
    common = sum(map(_COMMON[encoding], foreign))
    return bool(foreign) and common >= _SHARE * len(foreign)


def _in(letter: str, encoding: str, first: int, last: int) -> bool:
    """Whether a character lies between two lead bytes of an encoding."""
    raw = letter.encode(encoding, "ignore")
    return len(raw) > 1 and first <= raw[0] <= last


def _kana(letter: str) -> bool:
    return "\u3041" <= letter <= "\u30ff"


_COMMON = {
    # GB 2312's first level (the 3755 characters in use) and its punctuation; kana are in GB 2312 too
    "gb18030": lambda letter: not _kana(letter) and _in(letter, "gb2312", 0xA1, 0xD7),
    "cp932": lambda letter: _kana(letter) or _in(letter, "cp932", 0x81, 0x9F),
    "big5hkscs": lambda letter: _in(letter, "big5", 0xA1, 0xC6),
}
