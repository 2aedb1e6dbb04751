"""Beginnings: how people begin to type a title or a name: in characters, in full pinyin, by initials."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from search.words.analysis import is_chinese, word_starts
from search.words.folding import fold
from search.words.pinyin import syllables

SHORT = 2
"""Up to so many characters a beginning is a term of its own: a letter begins too many terms to be gone through."""
MARK = "^"
MAX_CHARACTERS = 12
MAX_LETTERS = 24
MAX_STARTS = 40
MAX_TEXT = 300


def typed(text: str) -> str:
    """What somebody has typed so far, as it is compared: folded, without blanks and marks."""
    return "".join(char for char in fold(text[:MAX_TEXT]).text if char.isalnum())


@lru_cache(maxsize=20_000)
def beginnings(text: str) -> tuple[str, ...]:
    """The terms under which a text is found while it is typed, from the start of each of its words."""
    squeezed, starts, spoken = _prepared(text)
    found: dict[str, None] = {}
    for start in starts[:MAX_STARTS]:
        for form in _forms(squeezed, spoken, start):
            found |= dict.fromkeys((*(MARK + form[:size] for size in range(1, SHORT + 1)), form))
    return tuple(found)


def begins(text: str, wanted: str) -> int:
    """The number of the word of `text` from which on it begins like `wanted` (see `typed`), -1 if none does.

    Characters, full syllables and initials may follow one another: 会议jy, huiyijy.
    """
    squeezed, starts, spoken = _prepared(text)
    if not wanted or not squeezed:
        return -1
    return next((number for number, start in enumerate(starts) if _says(squeezed, spoken, start, wanted)), -1)


def said(text: str, wanted: str) -> str:
    """The folded characters of `text` that `wanted` says from the start of one of its words, "" if it says none."""
    squeezed, starts, spoken = _prepared(text)
    for start in starts if wanted else ():
        if end := _says(squeezed, spoken, start, wanted):
            return squeezed[start:end]
    return ""


@lru_cache(maxsize=20_000)
def _prepared(text: str) -> tuple[str, list[int], list[str]]:
    """A text as it is compared: squeezed, where its words begin, how its characters are said."""
    squeezed, starts = _squeezed(text)
    return squeezed, starts, _spoken(squeezed, starts)


def _squeezed(text: str) -> tuple[str, list[int]]:
    """Folded text without blanks and marks, and where words begin in it."""
    folded = fold(text[:MAX_TEXT]).text
    if folded.isalnum():
        return folded, word_starts(folded)
    places = [i for i, char in enumerate(folded) if char.isalnum()]
    numbers = {place: number for number, place in enumerate(places)}
    starts = sorted(numbers[start] for start in word_starts(folded) if start in numbers)
    return "".join(folded[i] for i in places), starts


def _spoken(squeezed: str, starts: Sequence[int]) -> list[str]:
    """The pinyin of every character, word by word: what is said depends on the word."""
    ends = [*starts[1:], len(squeezed)]
    words = [
        squeezed[a:b]
        for a, b in zip([0, *starts], [starts[0] if starts else len(squeezed), *ends], strict=False)
    ]
    return [syllable for word in words if word for syllable in syllables(word)]


def _forms(squeezed: str, spoken: Sequence[str], start: int) -> Iterator[str]:
    yield squeezed[start : start + MAX_CHARACTERS]
    if any(map(is_chinese, squeezed[start : start + MAX_CHARACTERS])):
        said = spoken[start : start + MAX_CHARACTERS]
        yield "".join(said)[:MAX_LETTERS]
        yield "".join(syllable[0] for syllable in said)


def _says(squeezed: str, spoken: Sequence[str], start: int, wanted: str) -> int:
    """Behind which character of the text `wanted` has been said from `start` on, 0 if it is not.

    `reached` holds how much of it the characters so far may say.
    """
    reached = {0}
    for place in range(start, len(squeezed)):
        char, syllable = squeezed[place], spoken[place]
        following: set[int] = set()
        for at in reached:
            rest = wanted[at:]
            if syllable.startswith(rest) or char == rest:
                return place + 1
            spellings = {char, syllable, syllable[0], syllable[:2] if syllable[1:2] == "h" else syllable[0]}
            following |= {at + len(spelt) for spelt in spellings if rest.startswith(spelt)}
        if not following:
            return 0
        reached = following
    return 0
