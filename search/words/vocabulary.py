"""The vocabulary: words as they sound, so that what is misspelt is found among what is really there."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from rapidfuzz.distance import OSA

from search.words.analysis import is_chinese
from search.words.pinyin import syllables

LONGEST = 4
SHORTEST_LATIN = 4
REMEMBERED = 200_000
_ALIKE = re.compile(r"^(?:zh|ch|sh)|ng$|^[nl](?=[aeiouv])|^hu(?=[aeiou])")
_FOLDED = {"zh": "z", "ch": "c", "sh": "s", "ng": "n", "n": "l", "l": "l", "hu": "f"}
"""What people and input methods take for one another."""
_LATIN = re.compile(r"[a-z]+")


def sound(word: str) -> str:
    """How Chinese sounds, as far as people tell it apart."""
    return "'".join(map(_alike, syllables(word)))


@lru_cache(maxsize=5_000)
def _alike(syllable: str) -> str:
    return _ALIKE.sub(lambda part: _FOLDED[part.group()], syllable)


def spelling(word: str) -> str:
    """The term under which a word is found by its sound, a Latin one under ":"; "" for what is never mended."""
    return _SPELLINGS[word]


def vocabulary(words: Iterable[str]) -> list[str]:
    """The spellings of all words that have one."""
    return [term for term in map(_SPELLINGS.__getitem__, words) if term]


class _Spellings(dict[str, str]):
    """Word → spelling, filled as words are met."""

    def __missing__(self, word: str) -> str:
        if 2 <= len(word) <= LONGEST and all(map(is_chinese, word)):
            spelt = f"{sound(word)}:{word}"
        else:
            spelt = f":{word}" if len(word) >= SHORTEST_LATIN and _LATIN.fullmatch(word) else ""
        if len(self) < REMEMBERED:
            self[word] = spelt
        return spelt


_SPELLINGS = _Spellings()


def beginning(word: str) -> str:
    """What the spellings of all words begin with that a word may have been meant for, "" if none may."""
    return spelling(word).partition(":")[0] + ":" if spelling(word) else ""


def meant(word: str, spellings: Mapping[str, int]) -> Iterator[str]:
    """The words that may be meant by one that is nowhere, best first; `spellings` → number of records."""
    named = {term.partition(":")[2]: count for term, count in spellings.items()}
    named.pop(word, None)
    if not is_chinese(word[0]):
        allowed = 1 if len(word) < 6 else 2
        apart = {other: OSA.distance(word, other, score_cutoff=allowed) for other in named}
        near = [other for other in named if apart[other] <= allowed]
        yield from sorted(near, key=lambda other: (apart[other], -named[other], other))
        return
    said = syllables(word)
    yield from sorted(named, key=lambda other: (syllables(other) != said, -named[other], other))
