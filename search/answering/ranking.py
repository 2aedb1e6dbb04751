"""Ranking: a query tree to a plan of weighted clauses that engines only translate, and all weights.

Which documents answer is decided by chars, pairs and facts alone (every word of the query stands in the document,
wherever the segmenter would cut it); words, nearness and fields only rank.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, date
from functools import lru_cache
from itertools import combinations, pairwise
from types import MappingProxyType

from search.answering.clauses import All, Best, Between, Clause, Everything, Flat, Match, OneOf, Starts
from search.port import Filters, Scope
from search.question.fields import field_named, plain_name
from search.question.tree import (
    Alike,
    And,
    DateIn,
    FieldIs,
    Most,
    Near,
    Node,
    Not,
    NumberIn,
    Or,
    Phrase,
    Words,
)
from search.words.analysis import Unit, code_key, fold, is_chinese, pairs, tokens, units
from search.words.lexicon import Lexicon

SECTIONS: Mapping[str, float] = MappingProxyType({"title": 5.0, "names": 3.0, "body": 1.0})
"""The analysed parts of a record and what a hit in them weighs."""

FIELD_SECTIONS: Mapping[str, str] = MappingProxyType({"title": "title", "body": "body", "party": "names"})
"""Fields of the query language that are a section."""

WORD = 0.8
"""A whole word beside its bare characters, so that words stand above accidental pairs."""
RUN = 1.5
"""The query's words directly behind one another."""
NEAR = 2.0
"""The query's words within `NEAR_SLOP` places of one another."""
NEAR_SLOP = 8
HEADED = 3.0
"""All the query's words stand in the title or in a name. The same in every compartment: each has statistics of its
own, by which a word that is rare in one weighs more than a title in another."""
CODE = 8.0
"""The record's own reference code or document number."""
FACT = 1.5
"""A date, amount or number in another spelling."""
TIE = 0.2
RECENT: Mapping[int, float] = MappingProxyType({12: 0.4, 36: 0.2})
"""Records of the last so many months beside older ones that say the same: less than any word weighs."""

MIN_CODE_START = 6
"""From so many characters on, with the "c:" before it, the beginning of a code is enough: 档号:Q001."""
MAX_LABELLED = 300
MAX_UNITS = 40
MOST_UNITS = 7
MAX_PHRASE = 60
"""Longer quotations are compared by their first characters: an engine's limit of clauses stays out of reach."""

STEPS = ("", "question", "synonyms", "parts", "pinyin", "repaired", "near", "most")
"""How a question is relaxed when it finds nothing (`search.answering.relaxing`): as it stands; without the form of a
question; by other words of the trade; long words by the shorter words in them; by sound; misspelt words mended; runs
with one character wrong; without one of many words."""


def plan(tree: Node | None, step: str = "") -> Clause:
    """The clauses of a tree. With `step` "parts" long words count as found when their parts are."""
    return Everything() if tree is None else _Planner(step).clause(tree)


def can_widen(tree: Node | None) -> bool:
    """Whether the step "parts" asks for anything else than the tree as it stands."""
    return tree is not None and any(
        unit.parts
        for leaf in _leaves(tree)
        if isinstance(leaf, Words)
        for unit in units(leaf.text, _own(leaf))
    )


def ranks(tree: Node | None) -> bool:
    """Whether a tree gives scores; without any the newest come first."""
    return tree is not None and any(
        isinstance(leaf, Words | Phrase | Alike | Near | Most)
        or (isinstance(leaf, FieldIs) and leaf.field in (*FIELD_SECTIONS, "code"))
        for leaf in _leaves(tree)
    )


def scope_clause(scope: Scope) -> Clause:
    """What the asker may know, over all compartments (R-SEC-7)."""
    return Best(
        tuple(
            All(filters=(OneOf("compartment", (name,)), *access_filters(access)))
            for name, access in sorted(scope.compartments.items())
        )
    )


def access_filters(access: frozenset[str] | None) -> tuple[Clause, ...]:
    """The conditions inside one compartment."""
    return () if access is None else (OneOf("access", tuple(sorted(access))),)


def filter_clauses(filters: Filters) -> tuple[Clause, ...]:
    """Conditions that do not rank."""
    kinds = (
        ("category_path", filters.category),
        ("category", filters.own_category),
        ("department", filters.department),
        ("file_type", filters.file_type),
        ("state", filters.state),
        ("customer", filters.customer),
        ("tag", filters.tag),
        ("dossier", filters.dossier),
        ("year", [f"{year:04}" for year in filters.year]),
    )
    clauses: list[Clause] = [OneOf(field, tuple(values)) for field, values in kinds if values]
    if filters.date_from or filters.date_to:
        clauses.append(_days(filters.date_from, filters.date_to))
    return tuple(clauses)


@lru_cache(maxsize=4)
def recency(today: date | None) -> tuple[Clause, ...]:
    """What makes a recent record a little better than an old one."""
    if today is None:
        return ()
    return tuple(Flat(_last_months(today, count), score) for count, score in RECENT.items())


def _last_months(today: date, count: int) -> Between:
    """The days of the last months, this one included: as a range, which engines read with a third less than months."""
    this = today.year * 12 + today.month - 1
    since, until = max(12, this - count + 1), this + 1
    last = date(until // 12, until % 12 + 1, 1).toordinal() - 1 if until // 12 <= MAXYEAR else None
    return Between("day", date(since // 12, since % 12 + 1, 1).toordinal(), last)


def left_out(filters: Filters) -> tuple[Clause, ...]:
    """What filters leave out."""
    return (OneOf("state", tuple(filters.hidden)),) if filters.hidden else ()


def unit_match(unit_tokens: Sequence[str], section: str, boost: float = 1.0, word: str = "") -> Match:
    """A unit in one section: on pairs where it is all Chinese, else on chars. `word` is the unit as one word."""
    kind, terms = _sought(tuple(unit_tokens))
    whole = Match(f"{section}_words", (word,)) if word and kind == "pairs" and len(terms) > 1 else None
    return Match(f"{section}_{kind}", terms, boost, whole=whole)


@lru_cache(maxsize=256)
def _sought(unit_tokens: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The terms of a unit, which are the same in every section, and their kind."""
    limited = unit_tokens[:MAX_PHRASE]
    if len(limited) > 1 and all(map(is_chinese, limited)):
        return "pairs", tuple(pairs(limited))
    return "chars", limited


def likeness(gist: Sequence[str]) -> Clause:
    """Records that have some of these words, the rarer ones counting more; without words none."""
    if not gist:
        return Best(())
    return All(
        better=tuple(
            Best(tuple(Match(f"{section}_words", (word,), weight) for section, weight in SECTIONS.items()))
            for word in gist
        )
    )


def labelled_terms(label: str, text: str) -> dict[str, None]:
    """The terms under which a text is found in the field of that name: characters, pairs, runs of letters and digits."""
    name = plain_name(label)
    found = tokens(fold(text[:MAX_LABELLED]).text)
    chinese = [a + b for a, b in pairwise(found) if is_chinese(a) and is_chinese(b)]
    return {f"{name}={term}": None for term in (*found, *chinese)}


def _days(start: date | None, end: date | None, field: str = "day") -> Between:
    return Between(field, start.toordinal() if start else None, end.toordinal() if end else None)


def _leaves(tree: Node) -> Iterator[Node]:
    """Everything that is asked for, without what is excluded."""
    if isinstance(tree, And | Or):
        for part in tree.parts:
            yield from _leaves(part)
    elif not isinstance(tree, Not):
        yield tree


def _own(leaf: Words) -> Lexicon | None:
    return Lexicon(leaf.own) if leaf.own else None


class _Planner:
    def __init__(self, step: str) -> None:
        self._step = step

    def clause(self, node: Node) -> Clause:
        if isinstance(node, And | Or | Not | Alike):
            return self._combination(node)
        if isinstance(node, Words):
            return self._words(node.text, SECTIONS, _own(node))
        if isinstance(node, Phrase):
            return self._phrase(node.text, SECTIONS)
        if isinstance(node, FieldIs):
            return self._field(node)
        if isinstance(node, Near):
            return _nearly(node.text)
        return self._most(node.text) if isinstance(node, Most) else _condition(node)

    def _combination(self, node: And | Or | Not | Alike) -> Clause:
        if isinstance(node, Or):
            return Best(tuple(map(self.clause, node.parts)))
        if isinstance(node, Alike):
            return All((likeness(node.gist),), without=(OneOf("id", (node.record,)),))
        parts = node.parts if isinstance(node, And) else (node,)
        wanted = tuple(self.clause(part) for part in parts if not isinstance(part, Not))
        unwanted = tuple(self.clause(part.part) for part in parts if isinstance(part, Not))
        return All(wanted or (Everything(),), without=unwanted)

    def _field(self, node: FieldIs) -> Clause:
        if node.field in FIELD_SECTIONS:
            section = FIELD_SECTIONS[node.field]
            return self._words(node.value, {section: SECTIONS[section]})
        if node.field == "code":
            key = code_key(node.value) or " "
            whole = Match("codes", (key,), CODE)
            return Best((whole, Starts("codes", key))) if len(key) >= MIN_CODE_START else whole
        if node.field == "secrecy":
            return OneOf("compartment", (node.value, f"{node.value}C"))
        if is_worded(node.field):
            return _labelled(node)
        return OneOf(
            {"category": "category_path", "type": "file_type"}.get(node.field, node.field), (node.value,)
        )

    def _phrase(self, text: str, sections: Mapping[str, float]) -> Clause:
        wanted = tokens(fold(text).text)
        if not wanted:
            return Everything()
        return Best(tuple(unit_match(wanted, section, weight) for section, weight in sections.items()))

    def _words(self, text: str, sections: Mapping[str, float], own: Lexicon | None = None) -> Clause:
        wanted = units(text, own)[:MAX_UNITS]
        if not wanted:
            return Everything()
        must = tuple(self._unit(unit, sections) for unit in wanted)
        together = _together(wanted, sections) if len(must) > 1 else ()
        return All(must, better=(*together, *_headed(wanted, sections)))

    def _most(self, text: str) -> Clause:
        """All words but one, of many the longest ones without two."""
        wanted = sorted(
            units(text)[:MAX_UNITS], key=lambda unit: -len("".join(unit.tokens)) - 9 * bool(unit.fact)
        )
        told = wanted[:MOST_UNITS]
        parts = [self._unit(unit, SECTIONS) for unit in told]
        spared = combinations(parts, len(parts) - (1 if len(parts) < MOST_UNITS else 2))
        rest = tuple(self._unit(unit, SECTIONS) for unit in wanted[MOST_UNITS:])
        return All((Best(tuple(All(tuple(some)) for some in spared)),), better=(*parts, *rest))

    def _unit(self, unit: Unit, sections: Mapping[str, float]) -> Clause:
        found = [unit_match(unit.tokens, section, weight, unit.word) for section, weight in sections.items()]
        if unit.fact:
            found += [Match("facts", (unit.fact,), FACT), Match("codes", (unit.fact,), CODE)]
        whole = Best((*found, *_apart(unit.fact)))
        if not unit.word:
            return whole
        words = Best(
            tuple(Match(f"{name}_words", (unit.word,), weight * WORD) for name, weight in sections.items())
        )
        if self._step == "parts" and unit.parts:
            parts = All(tuple(self._unit(Unit(tuple(part)), sections) for part in unit.parts))
            return Best((All((whole,), better=(words,)), parts))
        return All((whole,), better=(words,))


def _apart(fact: str) -> tuple[Clause, ...]:
    """A quarter whose year stands elsewhere in the record: q2024-3 as y2024 and q3."""
    year, _, quarter = fact.partition("-")
    if not (quarter and fact[0] == "q"):
        return ()
    return (All((Match("facts", (f"y{year[1:]}",)), Match("facts", (f"q{quarter}",)))),)


def _headed(wanted: Sequence[Unit], sections: Mapping[str, float]) -> Iterator[Clause]:
    for section in sections:
        if section != "body":
            heads = tuple(unit_match(unit.tokens, section) for unit in wanted)
            yield Flat(All(filters=heads), HEADED * sections[section] / SECTIONS["title"])


def _nearly(text: str) -> Clause:
    wanted = tokens(fold(text).text)[:MAX_PHRASE]
    found = []
    for section, weight in SECTIONS.items():
        for spared in range(len(wanted)):
            rest = (*wanted[:spared], *wanted[spared + 1 :])
            inner = 0 < spared < len(wanted) - 1
            found.append(Match(f"{section}_chars", rest, weight, slop=1 if inner else 0))
    return Best(tuple(found))


def _condition(node: DateIn | NumberIn) -> Clause:
    if isinstance(node, NumberIn):
        return Between(node.field, node.low, node.high)
    return _days(node.start, node.end, "created" if node.field == "created" else "day")


def _labelled(node: FieldIs) -> Clause:
    wanted = labelled_terms(node.field, node.value)
    several = [term for term in wanted if len(term.partition("=")[2]) > 1] or list(wanted)
    lone = [term for term in wanted if not is_chinese(term[-1])]
    terms = tuple(Match("labelled", (term,)) for term in dict.fromkeys((*several, *lone)))
    return All((Everything(),), filters=terms) if terms else Best(())


def is_worded(name: str) -> bool:
    """Whether the values of a field are searched for their words; the fields of categories all are."""
    known = field_named(name)
    return known is None or known.kind == "words"


def _together(wanted: Sequence[Unit], sections: Mapping[str, float]) -> tuple[Clause, ...]:
    """What makes a document with the words side by side better than one with them far apart."""
    run = [token for unit in wanted for token in unit.tokens]
    better: list[Clause] = []
    if len(run) <= MAX_PHRASE:
        better.append(Best(tuple(unit_match(run, name, weight * RUN) for name, weight in sections.items())))
    words = tuple(unit.word for unit in wanted if unit.word)
    if 2 <= len(words) <= 6:
        # one score however near: engines weigh disorder differently
        near = (
            Flat(Match(f"{name}_words", words, slop=NEAR_SLOP), weight * NEAR)
            for name, weight in sections.items()
        )
        better.append(Best(tuple(near)))
    return tuple(better)


@dataclass(frozen=True, slots=True)
class Needle:
    """Something to be found and marked inside a passage. `fact` is its canonical term or ""."""

    tokens: tuple[str, ...]
    fact: str = ""


def needles(tree: Node | None, step: str = "") -> tuple[Needle, ...]:
    """What of a tree can be seen in the text of a hit, without repetition."""
    found: list[Needle] = []
    for leaf in _leaves(tree) if tree is not None else ():
        if isinstance(leaf, Phrase):
            found.append(Needle(tuple(tokens(fold(leaf.text).text))))
        elif isinstance(leaf, Near):
            run = tokens(fold(leaf.text).text)
            found += [Needle(pair) for pair in pairwise(run)]
        elif isinstance(leaf, Words | Most) or (isinstance(leaf, FieldIs) and is_worded(leaf.field)):
            text = leaf.value if isinstance(leaf, FieldIs) else leaf.text
            for unit in units(text, _own(leaf) if isinstance(leaf, Words) else None)[:MAX_UNITS]:
                found.append(Needle(unit.tokens, unit.fact))
                if step == "parts":
                    found += [Needle(tuple(part)) for part in unit.parts]
    return tuple(dict.fromkeys(needle for needle in found if needle.tokens))


PIECE = 0.05


def passage_clause(wanted: Sequence[Needle]) -> All:
    """The passages that show most of what is wanted: one point for each needle, a little for pieces of one.

    Pieces find a phrase that runs over the end of a page. Without any needle nothing is shown.
    """
    return All(better=tuple(_points(needle) for needle in wanted[:MAX_UNITS]))


def _points(needle: Needle) -> Clause:
    kind, pieces = _sought(needle.tokens)
    found = [Match(kind, (piece,)) for piece in dict.fromkeys(pieces)]
    clauses: list[Clause] = [Flat(All(tuple(found)), 1.0)]
    if needle.fact:
        clauses.append(Flat(Match("facts", (needle.fact,)), 1.0))
    if len(found) > 1 and not needle.fact:
        clauses += [Flat(piece, PIECE) for piece in found]
    return Best(tuple(clauses))
