"""The query language: what people type, parsed into a tree that engines translate; never an error.

Text never becomes part of an engine's own query language (B39): engines build queries from these nodes.

    渠道 返利          both words          "渠道窜货" “…” 「…」   exactly this
    甲 OR 乙, 甲 或 乙  one of them         -草稿                 not this
    (…)               grouping            类别:合同 日期:上季度    a condition (`search.question.fields`)
    金额:>5万          also 金额>5万        类别:合同,客户          one of several values
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Literal

from search.question.conditions import condition
from search.question.fields import QueryField, field_named, plain_name
from search.question.tree import And, DateIn, FieldIs, Node, Not, NumberIn, Or, Phrase, Words

__all__ = [
    "MAX_LENGTH", "And", "DateIn", "FieldIs", "Node", "Not", "NumberIn", "Or", "Parsed", "Phrase", "QueryProblem",
    "Words", "parse", "resolve",
]  # fmt: skip

MAX_LENGTH = 1000
MAX_TERMS = 100
MAX_DEPTH = 8


ProblemCode = Literal[
    "unclosed_quote", "empty_quote", "unclosed_parenthesis", "stray_parenthesis", "stray_operator",
    "unknown_field", "empty_value", "bad_date", "bad_number", "unknown_value", "too_long", "too_many_terms", "too_deep",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class QueryProblem:
    """What is wrong, and at which character of the text; `text` is the piece it is about."""

    position: int
    code: ProblemCode
    text: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """The best reading of a query. `tree` None asks for everything (nothing was typed)."""

    tree: Node | None
    problems: tuple[QueryProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A word, a quotation or a condition as it was typed: at [start, end), the sign of a "not" before it included.

    `text` is what is asked for, of a condition its value; `field` the code or label of a condition's field, else "".
    """

    kind: Literal["word", "phrase", "field"]
    start: int
    end: int
    text: str
    field: str = ""
    negated: bool = False


def read(text: str, today: date, labels: Collection[str] = ()) -> tuple[Parsed, tuple[Piece, ...]]:
    """What `parse` says, and what a question is made of, in its order, without operators and parentheses.

    A condition with a value that means nothing is a word.
    """
    parser = _Parser(text, today, _plain_names(frozenset(labels)))
    tree = parser.query()
    problems = tuple(sorted(parser.problems, key=lambda problem: problem.position))
    return Parsed(tree, problems), tuple(_pieces(parser))


@lru_cache(maxsize=4)
def _plain_names(labels: frozenset[str]) -> frozenset[str]:
    """The same for every question until the scheme changes."""
    return frozenset(map(plain_name, labels))


def _pieces(parser: "_Parser") -> Iterator[Piece]:
    faulty = {problem.position for problem in parser.problems}
    sign: _Token | None = None
    for token in parser.tokens:
        if token.kind in ("word", "phrase", "field") and token.text.strip():
            kind = "word" if token.kind == "field" and token.at in faulty else token.kind
            start, name = sign.at if sign else token.at, token.name if kind == "field" else ""
            yield Piece(kind, start, token.end, token.text, name, sign is not None)
        sign = token if token.kind == "not" else None


def parse(text: str, today: date, labels: Collection[str] = ()) -> Parsed:
    """Parse what was typed; dates such as 上季度 are seen from `today`. Never raises on any str.

    `labels` are the fields of categories that may be named beside those of `search.question.fields`: 甲方, 付款方式.
    """
    return read(text, today, labels)[0]


def resolve(tree: Node, codes_of: Callable[[str, str], Sequence[str]]) -> Node:
    """The tree with `FieldIs` values replaced by the codes that `codes_of(field, value)` knows (none: leave it)."""
    if isinstance(tree, And | Or):
        return replace(tree, parts=tuple(resolve(part, codes_of) for part in tree.parts))
    if isinstance(tree, Not):
        return Not(resolve(tree.part, codes_of))
    if isinstance(tree, FieldIs):
        named = tuple(FieldIs(tree.field, code) for code in codes_of(tree.field, tree.value))
        return Or(named) if len(named) > 1 else named[0] if named else tree
    return tree


_QUOTES = {'"': '"', "“": "”“", "”": "”", "「": "」", "『": "』", "＂": "＂"}
_OPENING, _CLOSING, _NOT = "(（", ")）", "-－−"
_OR = frozenset({"OR", "或", "||", "|"})
_AND = frozenset({"AND", "&&"})
_FIELD = re.compile(r"([^\W\d_]{1,20})[:：]")
_COMPARED = re.compile(r"([^\W\d_]{1,20})(?=[<>≤≥＜＞])")
_PLAIN_FIELD = re.compile(r"[A-Za-z]+")

TokenKind = Literal["word", "phrase", "field", "or", "not", "open", "close"]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: TokenKind
    at: int
    text: str
    name: str = ""
    end: int = 0


class _Parser:
    """One parse: cuts tokens, then descends; notes problems and goes on."""

    def __init__(self, text: str, today: date, labels: frozenset[str]) -> None:
        self.problems: list[QueryProblem] = []
        self._text = text
        self._labels = labels
        self._today = today
        if len(text) > MAX_LENGTH:
            self._problem(MAX_LENGTH, "too_long")
            self._text = text[:MAX_LENGTH]
        self.tokens = self._tokens = list(self._limited(self._cut()))
        self._next = 0

    def query(self) -> Node | None:
        parts = []
        while self._next < len(self._tokens):
            if (node := self._alternatives(0)) is not None:
                parts.append(node)
            if self._next < len(self._tokens):  # a closing parenthesis that nothing opened
                token = self._tokens[self._next]
                if all(problem.code != "too_deep" for problem in self.problems):
                    self._problem(token.at, "stray_parenthesis", token.text)
                self._next += 1
        if not parts and self._text.strip():  # nothing but operators: then they are what is looked for (B39)
            return Words(self._text.strip())
        return _joined(parts)

    def _problem(self, position: int, code: ProblemCode, text: str = "") -> None:
        self.problems.append(QueryProblem(position, code, text[:50]))

    def _limited(self, cut: Iterator[_Token]) -> Iterator[_Token]:
        count = 0
        for token in cut:
            count += token.kind in ("word", "phrase", "field")
            if count > MAX_TERMS:
                self._problem(token.at, "too_many_terms", token.text)
                return
            yield token

    # cutting

    def _cut(self) -> Iterator[_Token]:
        at = 0
        while at < len(self._text):
            char = self._text[at]
            if char.isspace():
                at += 1
            elif char in _OPENING or char in _CLOSING:
                yield _Token("open" if char in _OPENING else "close", at, char)
                at += 1
            elif char in _NOT and self._starts_word(at):
                if self._text[at + 1 : at + 2].strip():
                    yield _Token("not", at, char)
                else:
                    self._problem(at, "stray_operator", char)
                at += 1
            elif char in _QUOTES:
                text, end = self._quoted(at)
                yield _Token("phrase", at, text, end=end)
                at = end
            else:
                token, at = self._word_or_field(at)
                yield replace(token, end=at)

    def _starts_word(self, at: int) -> bool:
        """A hyphen is a "not" at the start of a word, else it belongs to the word."""
        before = self._text[at - 1] if at else " "
        return (before.isspace() or before in _OPENING) and self._text[at + 1 : at + 2] not in tuple(_NOT)

    def _quoted(self, at: int) -> tuple[str, int]:
        ends = _QUOTES[self._text[at]]
        end = next((i for i in range(at + 1, len(self._text)) if self._text[i] in ends), -1)
        if end < 0:
            self._problem(at, "unclosed_quote", self._text[at:])
            return self._text[at + 1 :], len(self._text)
        return self._text[at + 1 : end], end + 1

    def _word_end(self, at: int) -> int:
        stops = (*_OPENING, *_CLOSING, *_QUOTES)
        end = at
        while end < len(self._text) and not self._text[end].isspace() and self._text[end] not in stops:
            end += 1
        return max(end, at + 1)

    def _word_or_field(self, at: int) -> tuple[_Token, int]:
        match = _FIELD.match(self._text, at) or self._comparison(at)
        if match and (name := self._field_code(match[1])):
            value_at = match.end()
            quoted = value_at < len(self._text) and self._text[value_at] in _QUOTES
            value, end = self._quoted(value_at) if quoted else self._value(value_at)
            if value.strip():
                return _Token("field", at, value, name), end
            self._problem(at, "empty_value", match.group())
            return _Token("word", at, self._text[at:end]), end
        end = self._word_end(at)
        if match and not self._text.startswith("//", match.end()) and self._looks_like_field(match[1]):
            self._problem(at, "unknown_field", match[1])
        word = self._text[at:end]
        return _Token("or" if word in _OR else "word", at, word), end

    def _comparison(self, at: int) -> re.Match[str] | None:
        """金额>5万: a field of numbers or dates before a sign that compares."""
        match = _COMPARED.match(self._text, at)
        known = field_named(match[1]) if match else None
        return match if known and known.kind in ("number", "date") else None

    def _field_code(self, name: str) -> str:
        """The code of a field that may be named, "" for any other name."""
        known = field_named(name)
        return known.code if known else name if plain_name(name) in self._labels else ""

    def _value(self, at: int) -> tuple[str, int]:
        end = self._word_end(at) if at < len(self._text) and not self._text[at].isspace() else at
        return self._text[at:end], end

    def _looks_like_field(self, name: str) -> bool:
        return _PLAIN_FIELD.fullmatch(name) is not None or len(name) <= 6

    # descending

    def _alternatives(self, depth: int) -> Node | None:
        sides: list[Node] = []
        while True:
            side = self._sequence(depth)
            operator = self._peek("or")
            if side is not None:
                sides.append(side)
            elif operator or sides:
                self._stray_or(operator)
            if operator is None:
                break
            self._next += 1
            if side is not None and self._next >= len(self._tokens):
                self._problem(operator.at, "stray_operator", operator.text)
        return None if not sides else sides[0] if len(sides) == 1 else Or(tuple(sides))

    def _stray_or(self, operator: _Token | None) -> None:
        token = operator or self._tokens[self._next - 1]
        if all(problem.position != token.at for problem in self.problems):
            self._problem(token.at, "stray_operator", token.text)

    def _sequence(self, depth: int) -> Node | None:
        parts: list[Node] = []
        while self._next < len(self._tokens) and self._tokens[self._next].kind not in ("or", "close"):
            node = self._part(depth)
            if node is None:
                continue
            if isinstance(node, Words) and parts and isinstance(parts[-1], Words):
                node = Words(f"{parts.pop().text} {node.text}")  # type: ignore[union-attr]
            parts.append(node)
        return _joined(parts)

    def _part(self, depth: int) -> Node | None:
        token = self._tokens[self._next]
        self._next += 1
        if token.kind == "not":
            return self._negation(token, depth)
        if token.kind == "open":
            return self._group(token, depth)
        if token.kind == "phrase":
            if token.text.strip():
                return Phrase(token.text)
            self._problem(token.at, "empty_quote")
            return None
        if token.kind == "field":
            return self._condition(token)
        return None if token.text in _AND else Words(token.text)

    def _negation(self, token: _Token, depth: int) -> Node | None:
        following = self._tokens[self._next] if self._next < len(self._tokens) else None
        if following is None or following.kind in ("or", "close", "not"):
            self._problem(token.at, "stray_operator", token.text)
            return None
        part = self._part(depth)
        return None if part is None else part.part if isinstance(part, Not) else Not(part)

    def _group(self, token: _Token, depth: int) -> Node | None:
        if depth >= MAX_DEPTH:  # read on, one level: the words still count
            if all(problem.code != "too_deep" for problem in self.problems):
                self._problem(token.at, "too_deep", token.text)
            return None
        node = self._alternatives(depth + 1)
        if self._peek("close"):
            self._next += 1
        else:
            self._problem(token.at, "unclosed_parenthesis", token.text)
        return node

    def _condition(self, token: _Token) -> Node:
        known = field_named(token.name) or QueryField(token.name, (), (), kind="words")
        found = condition(known, token.text, self._today)
        if isinstance(found, str):
            self._problem(token.at, found, token.text)
            return Words(token.text)
        return found

    def _peek(self, kind: TokenKind) -> _Token | None:
        token = self._tokens[self._next] if self._next < len(self._tokens) else None
        return token if token and token.kind == kind else None


def _joined(parts: list[Node]) -> Node | None:
    return None if not parts else parts[0] if len(parts) == 1 else And(tuple(parts))
