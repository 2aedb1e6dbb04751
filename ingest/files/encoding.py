"""From bytes to characters: byte order mark, strict UTF-8, strict GB 18030 if it looks like Chinese, else chardet."""

import codecs
import re
from dataclasses import dataclass

import chardet

_SAMPLE = 1 << 16
_COMMON_SHARE = 0.9
"""Share of the non-ASCII characters that must lie in GB 2312: Big5 read as GB 18030 gives rare ones instead."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDER = {
    "gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030", "hz-gb-2312": "hz",
    "big5": "big5hkscs", "big5-hkscs": "big5hkscs", "cp950": "big5hkscs", "shift_jis": "cp932", "shift-jis": "cp932",
    "sjis": "cp932", "x-sjis": "cp932", "euc-kr": "cp949", "ks_c_5601-1987": "cp949",
    "iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252",
    "iso-8859-9": "cp1254", "tis-620": "cp874",
}  # fmt: skip
"""Labels that in practice mean a larger set: mail and pages labelled gb2312 hold characters of GB 18030."""
_EAST_ASIAN = ("big5hkscs", "cp932", "euc_jp", "cp949", "euc_kr")
_PLAIN, _KANA = re.compile("[\\x00-\\x7f]+"), re.compile("[\\u3041-\\u30ff]")
_STRANGE = re.compile(r"[^\s!-~]")
_META = re.compile(rb"""<meta[^>]{0,400}?charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
_XML = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{2,40})["']""")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text and the name of the encoding it was in."""

    text: str
    encoding: str


def decode(data: bytes, label: str = "", *, cut: bool = False) -> Decoded:
    """Text of `data` in whatever encoding it is; never fails, what cannot be read becomes U+FFFD.

    A `label` (of a mail part, a page) is believed if the bytes agree, but strict UTF-8 comes before a label
    that claims a single-byte set. `cut` says that the data may end inside a character.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return Decoded(_lenient(data, encoding), encoding)
    for encoding in _candidates(data, label):
        text = _strict(data, encoding, cut=cut)
        if text is not None:
            return Decoded(text, encoding)
    encoding = _guess(data)
    return Decoded(_lenient(data, encoding), encoding)


def decode_markup(data: bytes, *, cut: bool = False) -> Decoded:
    """Text of an HTML or XML file: as `decode`, with the label that it carries itself."""
    return decode(data, declared(data), cut=cut)


def declared(data: bytes) -> str:
    """The encoding that an HTML or XML file names in its first bytes, "" if none."""
    found = _XML.search(data[:1024]) or _META.search(data[:4096])
    return found.group(1).decode("ascii") if found else ""


def is_mainframe(data: bytes) -> bool:
    """Whether it is EBCDIC, in which a blank is what elsewhere is an @: Latin letters lie where ASCII has nothing."""
    sample = data[:2048]
    if len(sample) < 24 or b" " in sample or not 0.05 < sample.count(b"@") / len(sample) < 0.5:
        return False
    text = sample.decode("cp500")
    return len(_STRANGE.findall(text)) < 0.1 * len(text)


def known(label: str) -> str:
    """The codec for a label as people write it, "" if there is none that gives text."""
    name = label.strip().strip("\"'").lower()
    name = _WIDER.get(name, name)
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    # "rot13", "zip" and the like are codecs too, and no encodings
    return _WIDER.get(info.name, info.name) if getattr(info, "_is_text_encoding", False) else ""


def _candidates(data: bytes, label: str) -> list[str]:
    wide = _wide(data) or ("cp500" if is_mainframe(data) else "")
    if wide:
        return [wide]
    named = known(label) if label else ""
    if b"\x1b$" in data[:_SAMPLE]:
        return [named or "iso2022_jp", "utf-8"]
    if not named or named == "utf-7":
        return ["utf-8", *_chinese(data)]
    if named.startswith(("cp125", "iso8859", "utf")):
        return ["utf-8", *_chinese(data), named]
    return [named, "utf-8", *_chinese(data)]


def _wide(data: bytes) -> str:
    """UTF-16 without a mark: about every second byte of Latin text is NUL."""
    sample = data[:2048]
    if len(sample) < 4 or len(sample) % 2:
        sample = sample[:-1]
    half = len(sample) // 2
    if half and sample[1::2].count(0) > 0.4 * half and sample[::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if half and sample[::2].count(0) > 0.4 * half and sample[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    return ""


def _chinese(data: bytes) -> list[str]:
    sample = data[:_SAMPLE]
    text = _strict(sample, "gb18030", cut=True)
    return ["gb18030"] if text and _common_chinese(text) else []


def _common_chinese(text: str) -> bool:
    foreign = _PLAIN.sub("", text)
    common = len(foreign.encode("gb2312", "ignore")) / 2
    # GB 2312 holds kana too: EUC-JP reads as rare characters between kana
    return (
        bool(foreign)
        and common >= _COMMON_SHARE * len(foreign)
        and len(_KANA.findall(foreign)) < 0.2 * len(foreign)
    )


def _guess(data: bytes) -> str:
    sample = data[:_SAMPLE]
    # a Chinese text with a few broken bytes is still a Chinese text
    chinese = _common_chinese(sample.decode("gb18030", "replace"))
    if not chinese:
        for encoding in ("utf-16-le", "utf-16-be"):  # without a mark, and without the NULs of Latin text
            if _common_chinese(_strict(sample, encoding, cut=True) or ""):
                return encoding
    found = known(str(chardet.detect(sample).get("encoding") or ""))
    if found.startswith("mac"):  # what short Western texts are taken for
        found = "cp1252"
    if not chinese:
        return found or "cp1252"
    fits = found in _EAST_ASIAN and _strict(sample, found, cut=True) is not None
    return found if fits else "gb18030"


def _strict(data: bytes, encoding: str, *, cut: bool = False) -> str | None:
    try:
        return codecs.getincrementaldecoder(encoding)("strict").decode(data, not cut)
    except (UnicodeError, LookupError):
        return None


def _lenient(data: bytes, encoding: str) -> str:
    return data.decode(encoding, "replace").removeprefix("\ufeff")
