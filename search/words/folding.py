"""Folding: original text to the one spelling that is searched, with the way back to the original."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any

COMBINING = re.compile("[\u0300-\u036f\u3099\u309a]")

# Separators, brackets and quotation marks that people and OCR take for one another (S-ID-1).
_LOOK_ALIKES = dict.fromkeys("‐‑‒–—―−⁃﹘﹣－", "-")
_LOOK_ALIKES |= dict.fromkeys("•‧∙⋅・･·", "·")
_LOOK_ALIKES |= dict.fromkeys("〔【〖", "[") | dict.fromkeys("〕】〗", "]")
_LOOK_ALIKES |= dict.fromkeys("“”„‟「」『』", '"') | dict.fromkeys("‘’‚‛", "'") | dict.fromkeys("〜∼", "~")

# Pairs of characters that the dictionaries keep apart for some words (著名, 瞭望): a search must not.
_MERGED = {"著": "着", "瞭": "了", "線": "线", "戸": "户", "産": "产", "○": "〇"}


@cache
def _converters() -> tuple[Any, ...]:
    import opencc  # noqa: PLC0415  - its dictionaries are loaded when the first Chinese character is folded

    return tuple(opencc.OpenCC(name) for name in ("t2s", "tw2s", "hk2s"))


def _simplified(char: str) -> str:
    """One character 繁→简, without context: the same text must fold the same in a query and in a document."""
    if char < "\u2e80":
        return char
    for converter in _converters():
        folded = str(converter.convert(char))
        if folded != char and len(folded) == 1:
            return _MERGED.get(folded, folded)
    return _MERGED.get(char, char)


def _folded_char(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cs":
        return "\ufffd"
    if char.isspace() or category == "Cc":
        return " "
    if category == "Cf" or "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef":
        return ""
    if char in _LOOK_ALIKES:
        return _LOOK_ALIKES[char]
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", char).casefold())
    return "".join(_LOOK_ALIKES.get(c, " " if c.isspace() else _simplified(c)) for c in plain)


REMEMBERED = 70_000
"""Characters that are remembered: more than any real archive has, and a bound for hostile ones."""
FEW = 24
"""Up to so many different characters are replaced one by one, which is faster than looking at every place."""

PATIENCE = 4
"""Characters that are found needlessly, for each that is known, before the pattern of those known is made anew."""


class _Table(dict[int, str]):
    """Code point → its folded text, filled as characters are met."""

    def __missing__(self, code: int) -> str:
        folded = _folded_char(chr(code))
        if len(self) < REMEMBERED:
            self[code] = folded
        return folded


_TABLE = _Table()
_known: set[str] = set()
_same: set[str] = set()
_uneven: set[str] = set()
_changing: set[str] = set()
"""Characters met so far; those that stay what they are, that do not fold to just one, that fold to another one.
They only grow."""


class _Odd:
    """Finds the characters of a text that may not stay what they are: in one pass, without looking at each."""

    def __init__(self) -> None:
        self._size = self._needless = 0
        self._pattern = re.compile("(?s:.)")

    def within(self, text: str) -> set[str]:
        """They: all but those that are known to stay."""
        found = set(self._pattern.findall(text))
        odd = found - _same
        self._needless += len(found) - len(odd)
        # what is found needlessly costs more in the end than a pattern that knows it
        if self._needless > PATIENCE * self._size + 64 and len(_same) > self._size:
            same = sorted(_same)
            self._size, self._needless = len(same), 0
            self._pattern = re.compile(f"[^{''.join(map(re.escape, same))}]")
        return odd


_ODD = _Odd()


def _is_even(chars: set[str]) -> bool:
    """Whether every one of these characters folds to one character, whatever its neighbours."""
    for char in chars - _known:
        folded = _TABLE[ord(char)]
        if len(folded) != 1 or COMBINING.match(char):
            _uneven.add(char)
        else:
            (_same if folded == char else _changing).add(char)
        if len(_known) >= REMEMBERED:
            return False
        _known.add(char)
    return chars.isdisjoint(_uneven)


def _replaced(text: str, chars: set[str]) -> str:
    changing = chars & _changing
    new = {_TABLE[ord(char)] for char in changing}
    if len(changing) > FEW or not changing.isdisjoint(new):
        return text.translate(_TABLE)
    for char in changing:
        text = text.replace(char, _TABLE[ord(char)])
    return text


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text and, for each of its characters, where it stands in the original (None: at the same place)."""

    text: str
    starts: list[int] | None = None
    ends: list[int] | None = None

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original that the folded stretch [start, end) was made of; end > start."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def fold(text: str) -> Folded:
    """Fold width, case, script (繁→简), look-alikes and blanks. Takes any str, also lone surrogates."""
    if text.isascii() and text.isprintable():
        return Folded(text.lower())
    chars = _ODD.within(text)
    return Folded(_replaced(text, chars)) if _is_even(chars) else _fold_with_map(text)


def _fold_with_map(text: str) -> Folded:
    longer = "".join(c for c in set(text) if len(_TABLE[ord(c)]) != 1)
    special = re.compile(
        f".?{COMBINING.pattern}+|[{re.escape(longer)}]" if longer else f".?{COMBINING.pattern}+", re.S
    )
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for match in special.finditer(text):
        _append_plain(text, at, match.start(), (pieces, starts, ends))
        piece = unicodedata.normalize("NFKC", match.group()).translate(_TABLE)
        pieces.append(piece)
        starts += [match.start()] * len(piece)
        ends += [match.end()] * len(piece)
        at = match.end()
    _append_plain(text, at, len(text), (pieces, starts, ends))
    return Folded("".join(pieces), starts, ends)


def _append_plain(text: str, start: int, end: int, parts: tuple[list[str], list[int], list[int]]) -> None:
    """A stretch whose characters fold to one character each."""
    pieces, starts, ends = parts
    pieces.append(text[start:end].translate(_TABLE))
    starts += range(start, end)
    ends += range(start + 1, end + 1)
