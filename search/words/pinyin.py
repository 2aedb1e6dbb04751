"""Pinyin: how characters and words are said, without tones; pypinyin's tables in an eighth of their memory."""

import json
import re
import unicodedata
from array import array
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

LONGEST = 4
"""Characters of a word whose pinyin is known as a whole."""
_TONES = dict.fromkeys(map(ord, "\u0300\u0301\u0304\u030c"))
_COLON = re.compile(r"\s*:\s*")
_FIRST, _BEHIND = 0x3007, 0x32400
"""The code points that characters of Chinese have lie between them."""


def syllables(text: str) -> tuple[str, ...]:
    """The pinyin of each character of folded words; what has none stands for itself.

    The longest word that is known decides: 重庆, 银行 are not said as their characters are alone.
    """
    words = _words()
    found: list[str] = []
    while len(found) < len(text):
        rest = text[len(found) : len(found) + LONGEST]
        word = next((rest[:size] for size in range(len(rest), 1, -1) if rest[:size] in words), rest[0])
        found += words.get(word) or map(_of_char, word)
    return tuple(found)


def load() -> None:
    """Read the tables now, so that nobody waits for them."""
    _words()


def _of_char(char: str) -> str:
    place = ord(char) - _FIRST
    said, numbers = _characters()
    return said[numbers[place]] or char if 0 <= place < len(numbers) else char


@cache
def _characters() -> tuple[Sequence[str], "array[int]"]:
    """Every syllable, and the number of that of each code point from `_FIRST` on; 0 says that it has none."""
    known: dict[str, int] = {"": 0}
    numbers = array("H", bytes(2 * (_BEHIND - _FIRST)))
    for point, said in _pairs("pinyin_dict.json"):
        if 0 <= (place := int(point) - _FIRST) < len(numbers):
            numbers[place] = known.setdefault(_plain(said.partition(",")[0]), len(known))
    return tuple(known), numbers


@cache
def _words() -> Mapping[str, tuple[str, ...] | None]:
    """Every word, with its syllables if they are not those of its characters."""
    syllable = {one: one for one in _characters()[0]}
    spelt: dict[str, str] = {}

    def plain(said: str) -> str:
        if (found := spelt.get(said)) is None:
            found = spelt[said] = syllable.setdefault(one := _plain(said), one)
        return found

    words: dict[str, tuple[str, ...] | None] = {}
    for word, said in _pairs("phrases_dict.json"):
        if 1 < len(word) <= LONGEST:
            found = tuple(plain(each[0]) for each in said)
            own = len(found) == len(word) and all(found) and found != tuple(map(_of_char, word))
            words[word] = found if own else None
    return words


def _plain(said: str) -> str:
    bare = unicodedata.normalize("NFD", said).translate(_TONES)
    return "".join(c for c in unicodedata.normalize("NFC", bare).replace("ü", "v") if c.isalnum())


def _pairs(name: str) -> Iterator[tuple[str, Any]]:
    """The members of an object of JSON, one at a time: all at once they take ten times what is kept of them.

    The package is not imported, because that makes its own tables of them.
    """
    spec = find_spec("pypinyin")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("pypinyin")
    text = Path(spec.origin).with_name(name).read_text("utf-8")
    decoder = json.JSONDecoder()
    at = text.find('"')
    while at >= 0:
        key, at = decoder.raw_decode(text, at)
        colon = _COLON.match(text, at)
        value, at = decoder.raw_decode(text, colon.end() if colon else at)
        yield key, value
        at = text.find('"', at)
