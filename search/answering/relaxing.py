"""Relaxing: the readings of a question that are tried one after the other when nothing is found as it stands."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product

from search.answering.clauses import Best, Clause
from search.answering.ranking import MAX_UNITS, SECTIONS, can_widen, unit_match
from search.answering.source import Source
from search.answering.suggesting import beginning
from search.port import Scope, SearchRequest
from search.question.asking import plain
from search.question.dates import quarter_of
from search.question.tree import And, DateIn, Most, Near, Node, Or, Phrase, Words
from search.question.writing import written
from search.words.analysis import Unit, is_chinese, tokens, units
from search.words.beginnings import said
from search.words.folding import fold
from search.words.synonyms import Groups, alternatives, shipped
from search.words.vocabulary import beginning as sounds_like
from search.words.vocabulary import meant

MAX_MENDED = 3
"""Words of one question that are mended."""
MAX_READINGS = 6
SPELLINGS = 200
LATIN_SPELLINGS = 5000
NEAR = (4, 8)
"""Characters of a run of which one may be another: shorter runs say too little, longer ones are never typed."""
MOST = 5
"""From so many words on one may be missing."""
_RUN = re.compile(r"[^\s\x00-\x7f，。、；：！？“”（）]+")
_LETTERS = re.compile(r"(?<![a-z0-9])[a-z]{3,24}(?![a-z0-9])")
_SPELT = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """A tree to be tried, the step of `ranking.STEPS` that made it, and what it is in words if it was mended."""

    step: str
    tree: Node | None
    mended: str = ""


def readings(source: Source, request: SearchRequest) -> Iterator[Reading]:
    """What is tried in turn until something is found: first as it stands, then step by step less strictly."""
    tree = request.query
    yield Reading("", tree)
    if tree is None or not request.relax or not any(True for _ in _words_in(tree)):
        return
    asked = list(_asked(tree, request))
    for question in asked:
        yield Reading("question", question)
    base = asked[0] if asked else tree
    groups = shipped() if request.synonyms is None else request.synonyms
    yield from _changed("synonyms", base, lambda text: _with_synonyms(text, groups))
    if can_widen(base):
        yield Reading("parts", base)
    scope = request.scope
    for step, mend in (("pinyin", _spelt), ("repaired", _mended)):
        for mended in _combined(base, lambda text, mend=mend: mend(source, scope, text)):  # type: ignore[misc]
            yield Reading(step, mended, written(mended))
    yield from _changed("near", base, _nearly)
    for question in asked[1:] or [base]:
        yield from _changed("most", question, _mostly)


def _words_in(node: Node) -> Iterator[Words]:
    if isinstance(node, And | Or):
        for part in node.parts:
            yield from _words_in(part)
    elif isinstance(node, Words):
        yield node


def _mapped(node: Node, change: Callable[[str], Node]) -> Node:
    """The tree with its words changed; what is excluded, quoted or a condition stays."""
    if isinstance(node, And):
        return And(tuple(_mapped(part, change) for part in node.parts))
    if isinstance(node, Or):
        return Or(tuple(_mapped(part, change) for part in node.parts))
    if not isinstance(node, Words):
        return node
    changed = change(node.text)
    return node if changed == Words(node.text) else changed


def _changed(step: str, tree: Node, change: Callable[[str], Node | None]) -> Iterator[Reading]:
    changed = _mapped(tree, lambda text: change(text) or Words(text))
    if changed != tree:
        yield Reading(step, changed)


def _combined(tree: Node, change: Callable[[str], Sequence[str]]) -> Iterator[Node]:
    """The tree with each run of words in its other spellings, best first."""
    texts = list(dict.fromkeys(words.text for words in _words_in(tree)))
    choices = [change(text) or (text,) for text in texts]
    for chosen in islice(product(*choices), MAX_READINGS):
        spelt = dict(zip(texts, chosen, strict=True))
        changed = _mapped(tree, lambda text, spelt=spelt: Words(spelt[text]))  # type: ignore[misc]
        if changed != tree:
            yield changed


def _joined(parts: Sequence[Node]) -> Node:
    return parts[0] if len(parts) == 1 else And(tuple(parts))


# questions


def _asked(tree: Node, request: SearchRequest) -> Iterator[Node]:
    """The tree with its questions without their form, milder first."""
    if request.today is None:
        return
    for place in (0, -1):

        def change(text: str, place: int = place) -> Node:
            kept, days = plain(text, request.today) if request.today else ([], None)
            parts: list[Node] = [Words(kept[place])] if kept else []
            return _joined([*parts, *([_said(days)] if days else [])]) if parts or days else Words(text)

        changed = _mapped(tree, change)
        if changed != tree and (place == 0 or changed != _mapped(tree, lambda text: change(text, 0))):
            yield changed


def _said(days: DateIn) -> Node:
    """Days that a question names: of the record, or a quarter that its text says."""
    quarter = quarter_of(days.start, days.end) if days.start and days.end else 0
    return Or((days, Words(f"{days.start.year}q{quarter}"))) if quarter and days.start else days


# synonyms


def _with_synonyms(text: str, groups: Groups) -> Node | None:
    folded = fold(text).text
    known = sorted({word for group in groups for word in group if word in folded}, key=len, reverse=True)
    if not known:
        return None
    parts: list[Node] = []
    for piece in re.split(f"({'|'.join(map(re.escape, known))})", folded):
        if piece in known:
            parts.append(Or(tuple(Phrase(word) for word in alternatives(piece, groups))))
        elif piece.strip():
            parts.append(Words(piece.strip()))
    return _joined(parts)


# other spellings


def _spelt(source: Source, scope: Scope, text: str) -> list[str]:
    """Full pinyin and initials as the characters of titles and names that are said so."""
    folded = fold(text).text
    found = [(match.group(), _said_by(source, scope, match.group())) for match in _LETTERS.finditer(folded)]
    return _replaced(folded, {letters: spelt for letters, spelt in found if spelt})


def _said_by(source: Source, scope: Scope, letters: str) -> list[str]:
    counts: Counter[str] = Counter()
    for card in source.cards(scope, beginning("heads", letters), 60):
        counts[said(card.title, letters)] += 1
    for field in ("party", "tag"):
        for name, count in source.counts(scope, beginning(f"{field}_heads", letters), field, 200).items():
            counts[said(name, letters)] += count
    del counts[""]
    return [spelt for spelt, _ in counts.most_common(_SPELT)]


def _mended(source: Source, scope: Scope, text: str) -> list[str]:
    """Words that stand nowhere in scope replaced by those that sound alike or are spelt alike, and do."""
    folded = fold(text).text
    mended: dict[str, list[str]] = {}
    for unit in units(folded)[:MAX_UNITS]:
        word = "".join(unit.tokens)
        start = "" if unit.fact else sounds_like(word)
        if not start or _stands(source, scope, unit):
            continue
        limit = LATIN_SPELLINGS if start == ":" else SPELLINGS
        if found := list(islice(meant(word, source.spellings(scope, start, limit)), _SPELT)):
            mended[word] = found
        if len(mended) == MAX_MENDED:
            break
    return _replaced(folded, mended)


def _stands(source: Source, scope: Scope, unit: Unit) -> bool:
    clause: Clause = Best(tuple(unit_match(unit.tokens, section) for section in SECTIONS))
    return any(source.counts(scope, clause, "compartment", 1).values())


def _replaced(text: str, spellings: dict[str, list[str]]) -> list[str]:
    """The text with each of some words in every spelling; nothing without any."""
    if not spellings:
        return []
    found = []
    for chosen in islice(product(*spellings.values()), MAX_READINGS):
        changed = text
        for word, spelt in zip(spellings, chosen, strict=True):
            changed = changed.replace(word, spelt, 1)
        found.append(changed)
    return found


# less than all


def _nearly(text: str) -> Node | None:
    """Runs of Chinese of which one character may be another one, or missing."""
    parts: list[Node] = []
    at = 0
    for match in _RUN.finditer(text):
        run = tokens(fold(match.group()).text)
        if NEAR[0] <= len(run) <= NEAR[1] and all(map(is_chinese, run)):
            parts += [Words(text[at : match.start()].strip())] if text[at : match.start()].strip() else []
            parts.append(Near(match.group()))
            at = match.end()
    if not parts:
        return None
    return _joined([*parts, *([Words(text[at:].strip())] if text[at:].strip() else [])])


def _mostly(text: str) -> Node | None:
    return Most(text) if len(units(text)) >= MOST else None
