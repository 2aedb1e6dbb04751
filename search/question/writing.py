"""Writing: a tree as the query that somebody would have typed for it."""

from search.question.fields import FIELDS
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

_NAMES = {known.code: known.zh[0] for known in FIELDS}


def written(node: Node) -> str:
    """The query text of a tree in the language of `search.question.query`, with Chinese names of fields."""
    if isinstance(node, Words | Near | Most):
        return node.text
    if isinstance(node, Phrase):
        return f"“{node.text}”"
    if isinstance(node, And):
        return " ".join(map(_grouped, node.parts))
    if isinstance(node, Or):
        return " OR ".join(map(_grouped, node.parts))
    return f"-{_grouped(node.part)}" if isinstance(node, Not) else _condition(node)


def _grouped(node: Node) -> str:
    several = isinstance(node, And | Or) and len(node.parts) > 1
    return f"({written(node)})" if several else written(node)


def _condition(node: FieldIs | DateIn | NumberIn | Alike) -> str:
    if isinstance(node, Alike):
        return f"{_NAMES['similar']}:{node.record}"
    if isinstance(node, FieldIs):
        value = f"“{node.value}”" if " " in node.value else node.value
        return f"{_NAMES.get(node.field, node.field)}:{value}"
    if isinstance(node, DateIn):
        ends = [day.isoformat() if day else "" for day in (node.start, node.end)]
    else:
        ends = ["" if limit is None else f"{limit:.12g}" for limit in (node.low, node.high)]
    return f"{_NAMES[node.field]}:{ends[0] if ends[0] == ends[1] else '..'.join(ends)}"
