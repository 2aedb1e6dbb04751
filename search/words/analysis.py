"""Analysis: text to the terms that both engines index and that a query asks for, each with its place.

The kinds of terms (one `whitespace` field each):
    chars   every character of Chinese, every run of letters, of digits, and every mark, in order: phrases
    pairs   overlapping pairs of Chinese characters, "|" where a run of them ends: fast phrases
    words   words of Chinese and mixed tokens (`a4`, `5g`): ranking, and the units of an AND
    facts   canonical dates, amounts, phones and reference codes, without order
"""

import re
import sys
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import add
from typing import Literal, Protocol

from search.words.cutting import (
    FIRST_CJK,
    MAX_TERM,
    general_words,
    indexed_words,
    nested_words,
    placed_words,
    regions_and_words,
)
from search.words.facts import Fact, code_term, fact_terms, facts, separate_facts
from search.words.folding import Folded, fold

VERSION = "4"
"""Raised by every change of what is indexed: an index of another version is rebuilt."""

BREAK = "|"

CJK = (
    "\u3005-\u3007\u3040-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U000323af"
)
LETTER = rf"[^\W\d_{CJK}]"
"""A letter that is not written without blanks between words."""
_UNIT = re.compile(rf"[{CJK}]|[0-9]+|{LETTER}+|\S")
RUN = re.compile(rf"[{CJK}]+")
"""A run of Chinese."""
_PAIRED_RUN = re.compile(rf"[{CJK}](?: *[{CJK}])+")
_LONGER_RUN = re.compile(rf"[{CJK}]{{2,}}")
_RUN_END = re.compile(r".\n \n.")
_AS_NUMBERS = f"utf-32-{sys.byteorder[0]}e"
_INNER_BLANK = re.compile(rf" (?:(?<=[{CJK}] ) *(?=[{CJK}0-9])|(?<=[0-9] ) *(?=[{CJK}]))")
_ALPHANUMERIC = re.compile(rf"[^\W_{CJK}]+")
_LATIN = re.compile(rf"[^\W_{CJK}]+(?:[-_.@/&+'·][^\W_{CJK}]+)*")
_TOO_LONG = re.compile(rf"[^\W_{CJK}]{{{MAX_TERM + 1}}}")
_TEAR = re.compile(r"(?<=[0-9０-９/.,-])[\r\n\f]+(?=[0-9０-９])|(?<=[0-9０-９])[\r\n\f]+(?=[/.,-][0-9０-９])")
TORN = 24
"""Characters on each side of a line end within which a torn fact lies."""
_IS_CJK = re.compile(rf"[{CJK}]").match

Kind = Literal["char", "pair", "word", "fact"]


@dataclass(frozen=True, slots=True)
class Term:
    """A term and where it stands in the original text: [start, end)."""

    kind: Kind
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class FieldTerms:
    """What is indexed of one text: terms joined by blanks, one string for each kind; words and facts also apart."""

    chars: str
    pairs: str
    all_words: Sequence[str]
    all_facts: Sequence[str]

    @property
    def words(self) -> str:
        """Joined, in their order."""
        return " ".join(self.all_words)

    @property
    def facts(self) -> str:
        """Joined, each once."""
        return " ".join(self.all_facts)


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing that a query asks for.

    `tokens` are its chars in order (a phrase of one or more), `word` its term among words or "", `fact` its
    canonical term or "", `parts` the shorter words inside it, for when the whole finds nothing.
    """

    tokens: tuple[str, ...]
    word: str = ""
    fact: str = ""
    parts: tuple[str, ...] = ()


class OwnWords(Protocol):
    """The organisation's own words: where they stand in a run of Chinese, none over another (`search.words.lexicon`)."""

    def within(self, run: str) -> Iterator[tuple[int, int]]:
        """[start, end) of each."""
        ...


def word_starts(folded: str) -> list[int]:
    """Where words of Chinese and runs of letters and digits begin in folded text."""
    starts = [match.start() for match in _ALPHANUMERIC.finditer(folded)]
    for run in RUN.finditer(folded):
        starts += [run.start() + start for _, start, _ in placed_words(run.group())]
    return sorted(starts)


def is_chinese(token: str) -> bool:
    """Whether a token of chars is one that is paired: a Han character, kana or Hangul syllable."""
    return _IS_CJK(token) is not None


def tokens(folded: str) -> list[str]:
    """The chars of folded text, in order, without blanks."""
    found: list[str] = _UNIT.findall(folded)
    return [token[:MAX_TERM] for token in found] if _TOO_LONG.search(folded) else found


def pairs(characters: Sequence[str]) -> list[str]:
    """Overlapping pairs of a run of Chinese characters."""
    return list(map(add, characters, characters[1:]))


def field_terms(folded: str, own: OwnWords | None = None) -> FieldTerms:
    """What is indexed of folded text. Chinese that runs over blanks and line ends is one run.

    Words of the organisation's `own` stand beside those that the general dictionary cuts.
    """
    joined = _INNER_BLANK.sub("", folded)
    runs = _LONGER_RUN.findall(joined)
    words = _words(folded, joined)
    if own is not None:
        words += [run[start:end] for run in runs for start, end in own.within(run)]
    return FieldTerms(_char_string(folded), _pair_string(runs), words, fact_terms(joined))


def passage_terms(folded: str) -> FieldTerms:
    """What is indexed of a passage: chars, pairs and facts once each, without order; no words."""
    joined = _INNER_BLANK.sub("", folded)
    paired = set(_pair_string(_LONGER_RUN.findall(joined)).split())
    paired.discard(BREAK)
    longer = " ".join(_ALPHANUMERIC.findall(folded))
    single = set(folded).difference(longer, " ")  # what makes up longer terms never stands alone
    return FieldTerms(" ".join(single.union(tokens(longer))), " ".join(paired), (), fact_terms(joined))


def facts_in(folded: str) -> Iterator[Fact]:
    """Every fact of folded text, also those that run over a line end: 九万↵八千元."""
    joined, places = _joined(folded)
    if joined == folded:
        yield from facts(folded)
        return
    for fact in facts(joined):
        yield Fact(fact.kind, fact.term, places[fact.start], places[fact.end - 1] + 1, fact.terms)


def torn_facts(text: str) -> Iterator[str]:
    """The terms of facts of original text that a line or page end has torn inside a number: 138↵00138000.

    Bare numbers are left out: two lines of a table are no amount.
    """
    for tear in _TEAR.finditer(text):
        before = fold(text[max(0, tear.start() - TORN) : tear.start()]).text
        joined = before + fold(text[tear.end() : tear.end() + TORN]).text
        for fact in facts(joined):
            bare = fact.kind == "amount" and joined[fact.start : fact.end].strip().isdigit()
            if fact.start < len(before) < fact.end and not bare:
                yield from fact.terms


def terms(
    text: str, kinds: Sequence[Kind] = ("char", "pair", "word", "fact"), own: OwnWords | None = None
) -> Iterator[Term]:
    """Every term of original text with its place in it."""
    folded = fold(text)
    for kind in kinds:
        for term, start, end in _SPANS[kind](folded.text):
            yield Term(kind, term, *folded.origin(start, end))
    if own is not None and "word" in kinds:
        for term, start, end in _own_spans(folded.text, own):
            yield Term("word", term, *folded.origin(start, end))


def units(text: str, own: OwnWords | None = None) -> list[Unit]:
    """What a run of free text asks for, without repetition; marks count only if there is nothing else.

    Words of the organisation's `own` are cut out of it first.
    """
    folded = fold(text).text
    found: list[Unit] = []
    at = 0
    for fact in separate_facts(folded):
        found += _plain_units(folded[at : fact.start], own)
        found.append(_fact_unit(folded, fact))
        at = fact.end
    found += _plain_units(folded[at:], own)
    if not found and folded.strip():
        found = [Unit(tuple(tokens(folded)))]
    meant = [unit for unit in found if unit.tokens[0] not in FILLERS or len(unit.tokens) > 1] or found
    return list(dict.fromkeys(meant))


def code_key(text: str) -> str:
    """The term under which a whole reference code or document number is found, "" if nothing is left of it."""
    return code_term(fold(text).text)


FILLERS = frozenset(
    [*"的了和与及在是为对从把被等之吗呢吧啊地得", "the", "of", "and", "a", "an", "in", "to", "for"]
)
"""Words that say nothing by themselves: not asked for beside others."""


def _fact_unit(folded: str, fact: Fact) -> Unit:
    literal = tokens(folded[fact.start : fact.end])
    return Unit(tuple(literal), fact=fact.term)


def _plain_units(folded: str, own: OwnWords | None) -> Iterator[Unit]:
    at = 0
    for match in _LATIN.finditer(folded):
        yield from _chinese_units(folded[at : match.start()], own)
        found = tuple(tokens(match.group()))
        whole = _ALPHANUMERIC.fullmatch(match.group()) and not match.group().isdigit()
        yield Unit(found, word=match.group()[:MAX_TERM] if whole else "")
        at = match.end()
    yield from _chinese_units(folded[at:], own)


def _chinese_units(folded: str, own: OwnWords | None) -> Iterator[Unit]:
    for match in RUN.finditer(folded):
        run, at = match.group(), 0
        for start, end in own.within(run) if own is not None else ():
            yield from _general_units(run[at:start])
            parts = tuple(_words_of(run[start:end]))
            yield Unit(tuple(run[start:end]), word=run[start:end], parts=parts if len(parts) > 1 else ())
            at = end
        yield from _general_units(run[at:])


def _general_units(run: str) -> Iterator[Unit]:
    for word in _words_of(run) if run else ():
        parts = _parts(word) if len(word) > 2 else ()
        yield Unit(tuple(word), word=word if len(word) > 1 else "", parts=parts)


def _words_of(run: str) -> Iterator[str]:
    """The words of a run of Chinese; characters that stand side by side as words are one the dictionary lacks: 窜货."""
    unknown = ""
    for word in general_words(run):
        if len(word) == 1 and word not in FILLERS:
            unknown += word
            continue
        if unknown:
            yield unknown
            unknown = ""
        yield word
    if unknown:
        yield unknown


def _parts(word: str) -> tuple[str, ...]:
    """The shorter words inside a long one, if they cover it: 市场营销部 → 市场, 营销部."""
    inner = [(w, s, e) for w, s, e in nested_words(word) if w != word]
    covers: dict[int, tuple[str, ...]] = {len(word): ()}
    for part, start, end in sorted(inner, key=lambda found: -found[1]):
        if end in covers and (start not in covers or len(covers[end]) + 1 < len(covers[start])):
            covers[start] = (part, *covers[end])
    return covers.get(0, ())


def _char_string(folded: str) -> str:
    """The terms of `tokens`, joined: what stands alone is put apart by whole stretches."""
    pieces: list[str] = []
    at = 0
    for match in _ALPHANUMERIC.finditer(folded):
        if between := folded[at : match.start()].replace(" ", ""):
            pieces.append(" ".join(between))
        word = match.group()
        pieces += [word] if word.isdecimal() and word.isascii() and len(word) <= MAX_TERM else tokens(word)
        at = match.end()
    if rest := folded[at:].replace(" ", ""):
        pieces.append(" ".join(rest))
    return " ".join(pieces)


def _pair_string(runs: Sequence[str]) -> str:
    """The pairs of all runs, made in one pass over them: the first characters and the second ones each by a slice."""
    characters = array("I", "\n".join(runs).encode(_AS_NUMBERS))
    laid = array("I", [ord(" ")]) * (3 * len(characters) - 3)
    laid[0::3], laid[1::3] = characters[:-1], characters[1:]
    return _RUN_END.sub(BREAK, laid.tobytes().decode(_AS_NUMBERS)[:-1])


def _char_spans(folded: str) -> Iterator[tuple[str, int, int]]:
    for match in _UNIT.finditer(folded):
        yield match.group()[:MAX_TERM], match.start(), match.end()


def _pair_spans(folded: str) -> Iterator[tuple[str, int, int]]:
    for run in _PAIRED_RUN.finditer(folded):
        places = [i for i in range(*run.span()) if folded[i] != " "]
        for a, b in pairwise(places):
            yield folded[a] + folded[b], a, b + 1


def _words(folded: str, joined: str) -> list[str]:
    """The terms of `_word_spans`, without their places: three times as fast."""
    found = indexed_words(joined) if RUN.search(joined) else []
    return found + [token[:MAX_TERM] for token in _ALPHANUMERIC.findall(folded) if not token.isdigit()]


def _word_spans(folded: str) -> Iterator[tuple[str, int, int]]:
    """Words of two characters and more, and tokens of letters, in the order of their ends."""
    joined, places = _joined(folded)
    if RUN.search(joined):
        for word, start, end in nested_words(joined):
            if word > FIRST_CJK and end - start > 1:
                yield word[:MAX_TERM], places[start], places[end - 1] + 1
    for match in _ALPHANUMERIC.finditer(folded):
        if not match.group().isdigit():
            yield match.group()[:MAX_TERM], match.start(), match.end()


def _own_spans(folded: str, own: OwnWords) -> Iterator[tuple[str, int, int]]:
    for run in _PAIRED_RUN.finditer(folded):
        places = [i for i in range(*run.span()) if folded[i] != " "]
        joined = run.group().replace(" ", "")
        for start, end in own.within(joined):
            yield joined[start:end], places[start], places[end - 1] + 1


def _joined(folded: str) -> tuple[str, Sequence[int]]:
    """Folded text without the blanks inside Chinese and numbers in it, and where each of its characters stood."""
    blanks = list(_INNER_BLANK.finditer(folded))
    if not blanks:
        return folded, range(len(folded))
    places: list[int] = []
    at = 0
    for blank in blanks:
        places += range(at, blank.start())
        at = blank.end()
    places += range(at, len(folded))
    return _INNER_BLANK.sub("", folded), places


def _fact_spans(folded: str) -> Iterator[tuple[str, int, int]]:
    for fact in facts_in(folded):
        for term in fact.terms:
            yield term, fact.start, fact.end


_SPANS = {"char": _char_spans, "pair": _pair_spans, "word": _word_spans, "fact": _fact_spans}

__all__ = [
    "BREAK",
    "CJK",
    "LETTER",
    "VERSION",
    "FieldTerms",
    "Folded",
    "OwnWords",
    "Term",
    "Unit",
    "code_key",
    "facts_in",
    "field_terms",
    "fold",
    "general_words",
    "is_chinese",
    "pairs",
    "passage_terms",
    "regions_and_words",
    "terms",
    "tokens",
    "torn_facts",
    "units",
    "word_starts",
]
