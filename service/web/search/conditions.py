"""Conditions of a search: the chips that take them away, and what helps when nothing is found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from search.question.fields import field_named
from search.question.query import Piece
from service.api.search import problem
from service.domain.holdings import Findings
from service.domain.permissions import Actor
from service.problems import language
from service.web import shown, states
from service.web.language import translated as _
from service.web.search.asked import KINDS, Asked
from service.web.search.facets import label, names_of_facets
from service.wiring import Fonds

MOST_WORDS = 6
"""Words that are tried to be left out: each is one question to the engine."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A condition that holds, and the address without it; `typed`: it stands in the text of the question."""

    key: str
    value: str
    without: str
    typed: bool = False
    negated: bool = False


def chips(asked: Asked, pieces: Sequence[Piece], names: Mapping[str, str]) -> list[Chip]:
    """All conditions: those of the filters, then those that were typed."""
    made = []
    if asked.start or asked.end:
        made.append(Chip(_("日期"), _days(asked), asked.address(from_="", to="")))
    titles = names_of_facets()
    for kind in KINDS:
        if values := asked.chosen[kind]:
            words = "、".join(label(kind, value, names) for value in values)
            made.append(Chip(titles[kind], words, asked.address(**{kind: ()})))
    for piece in pieces:
        if piece.field or piece.negated:
            key = _field(piece.field) if piece.field else _("不含")
            made.append(Chip(key, piece.text, asked.address(q=_cut(asked.q, piece)), True, piece.negated))
    return made


def _days(asked: Asked) -> str:
    start, end = shown.day(asked.start), shown.day(asked.end)
    if start and end:
        return start if start == end else _("%(start)s 至 %(end)s", start=start, end=end)
    return _("%(day)s 起", day=start) if start else _("至 %(day)s", day=end)


def _field(name: str) -> str:
    known = field_named(name)
    if known is None:
        return name
    return known.en[0] if language() == "en" else known.zh[0]


def _cut(text: str, piece: Piece) -> str:
    return " ".join((text[: piece.start] + " " + text[piece.end :]).split())


def problems(asked: Asked, found: Findings) -> list[tuple[str, Markup]]:
    """Faults of the question: what is wrong, and the question with the place marked."""
    return [(problem(fault), _placed(asked.q, fault)) for fault in found.problems]


def _placed(text: str, fault: Mapping[str, Any]) -> Markup:
    at = min(int(fault.get("position", 0)), max(len(text) - 1, 0))
    end = at + max(len(str(fault.get("text", ""))), 1)
    before, wrong, after = text[max(at - 24, 0) : at], text[at:end][:40], text[end : end + 24]
    lead = "……" if at > 24 else ""
    rest = "……" if len(text) > end + 24 else ""
    return Markup('<bdi class="said">{}{}<span class="wrong">{}</span>{}{}</bdi>').format(
        lead, shown.harmless(before), shown.harmless(wrong), shown.harmless(after), rest
    )


def widened(asked: Asked, found: Findings) -> str:
    """How the question was relaxed because nothing answered it as it stands, "" if it was not."""
    if not found.widened:
        return ""
    if found.searched and found.searched != asked.q:
        return _("没有完全相符的，已按“%(searched)s”检索", searched=shown.harmless(found.searched)[:200])
    return _("没有完全相符的，已放宽条件")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What a search leaves out unless it is asked for: in words, and the address that asks for it."""

    words: str
    address: str


def left_out(fonds: Fonds, actor: Actor, asked: Asked) -> LeftOut | None:
    """The superseded and weeded records that would answer too, None if there are none."""
    counts = fonds.finding.left_out(actor, asked.question(limit=1))
    if not any(counts.values()):
        return None
    named = [
        (life, _("%(n)s 件%(state)s", n=n, state=states.of_life(life, "").word)) for life, n in counts.items()
    ]
    said = "、".join(words for _life, words in sorted(named, reverse=True))
    return LeftOut(_("另有%(said)s，未列出", said=said), asked.address(state=tuple(counts)))


def looser(
    fonds: Fonds, actor: Actor, asked: Asked, found: Findings, names: Mapping[str, str]
) -> list[tuple[str, int, str]]:
    """What would be found without each of the conditions and words: (what, hits, address), the most first."""
    tried = [
        (f"{chip.key}：{chip.value}", chip.without, Asked.of_address(chip.without))
        for chip in chips(asked, (), names)
    ]
    words = [piece for piece in found.pieces if not piece.negated] if len(found.pieces) > 1 else []
    for piece in words[:MOST_WORDS]:
        fewer = replace(asked, q=_cut(asked.q, piece))
        tried.append((asked.q[piece.start : piece.end], fewer.address(), fewer))
    counted = [
        (shown.harmless(what)[:60], fonds.finding.count(actor, fewer.question(limit=1)), address)
        for what, address, fewer in tried
    ]
    return sorted((one for one in counted if one[1]), key=lambda one: -one[1])
