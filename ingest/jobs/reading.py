"""A scan read in as many orders as it takes: round by round what stands on its pictured pages, at last all together."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from ingest import texts
from ingest.draft import MAX_PASSAGES, MAX_TEXT
from ingest.jail.frames import Reply
from ingest.jail.warden import JailDied
from ingest.tasks.extract import Finding
from search.port import Passage

log = logging.getLogger(__name__)

Boxed = tuple[Passage, Sequence[texts.Box]]


class Extraction(Protocol):
    """Runs one order on one open file somewhere safe: `ingest.jail.warden.Jails` does."""

    def run(self, order: Mapping[str, Any], file: int, seconds: float) -> Reply:
        """See `Jails.run`."""
        ...


@dataclass(frozen=True, slots=True)
class Round:
    """What one order settled: pages, those of them with seals, those that were lost, and their text object."""

    pages: Sequence[int]
    seals: Sequence[int] = ()
    lost: Sequence[int] = ()
    text: bytes = b""


@dataclass(slots=True)
class Recognition:
    """The pictured pages of one file: which are left, and what was read on the others."""

    left: list[int]
    passages: list[Boxed] = field(default_factory=list)
    seals: list[int] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)

    def round(self, jails: Extraction, order: Mapping[str, Any], file: int, seconds: float) -> Round:
        """Have a cell read some of the pages that are left, within `seconds`, and take what it says.

        A page that kills its cell costs the attempt; when the order is "careful", only that page.
        Raises what `Jails.run` raises.
        """
        # one that must be careful finds out which page it is that kills
        lot = self.left[:1] if order.get("careful") else self.left
        try:
            said = _said(jails.run({**order, "ward": "recognition", "pages": lot}, file, seconds), lot)
        except JailDied as died:
            if not order.get("careful") or died.reason == "start":
                raise
            log.warning("page %s cannot be recognised: %s", lot[0], died)
            said = Round(lot, lost=lot)
        self.take(said)
        return said

    def take(self, said: Round) -> None:
        """Add what was read on some pages, now or earlier; pages that are settled already say nothing new.

        Raises `JailDied` for a text object that is none.
        """
        fresh = set(said.pages) & set(self.left)
        try:
            read = list(texts.load_boxed([said.text])) if said.text else []
        except texts.BadText as error:
            raise JailDied("protocol", str(error)) from error
        self.passages += [boxed for boxed in read if boxed[0].place.number in fresh]
        self.seals += [number for number in said.seals if number in fresh]
        self.lost += [number for number in said.lost if number in fresh]
        self.left = [number for number in self.left if number not in fresh]


def _said(reply: Reply, lot: Sequence[int]) -> Round:
    """What a cell read. It read hostile bytes: all of it is checked."""
    done = [number for number in reply.body.get("done") or () if number in lot]
    if not done:
        raise JailDied("protocol", "no page was done")
    return Round(done, [number for number in reply.body.get("seals") or () if number in lot], text=reply.text)


def together(known: Finding, found: Recognition) -> Finding:
    """What a file says itself and what was recognised of it, page by page."""
    facts = dict(known.facts)
    pages = sorted({passage.place.number for passage, _ in found.passages if passage.place.kind == "page"})
    if pages:
        facts["recognised"] = _ranges(pages)
    if found.seals and pages:
        facts["seals"] = _ranges(sorted(found.seals))
    warning, detail = known.warning, known.detail
    if found.passages and warning == "no_text":
        warning, detail = "", ""
    if found.lost and not warning:
        warning, detail = "damaged", f"pages {_ranges(sorted(found.lost))} cannot be recognised"
    said = list(_fitting(_in_order(known, found)))
    text = texts.dump(
        [passage for passage, _ in said], {n: boxes for n, (_, boxes) in enumerate(said) if boxes}
    )
    return replace(
        known,
        text=text if said else b"",
        characters=sum(len(passage.text) for passage, _ in said),
        facts=facts,
        warning=warning,
        detail=detail,
        unread=(),
    )


def _in_order(known: Finding, found: Recognition) -> list[Boxed]:
    """All passages by page; of a page that has both, its scanty layer of text or what was recognised."""
    layer: list[Boxed] = [*texts.load_boxed([known.text])] if known.text else []
    lengths = {passage.place: len(passage.text) for passage, _ in found.passages}
    kept = [boxed for boxed in layer if not lengths.get(boxed[0].place, -1) >= len(boxed[0].text)]
    said = {passage.place for passage, _ in kept if passage.place.kind == "page"}
    read = [
        boxed
        for boxed in _once(sorted(found.passages, key=lambda boxed: boxed[0].place.number))
        if boxed[0].place not in said
    ]
    # what belongs to no place comes first
    return sorted([*kept, *read], key=lambda boxed: (boxed[0].place.kind != "whole", boxed[0].place.number))


def _once(passages: Sequence[Boxed]) -> Iterator[Boxed]:
    """Passages of a film without the lines that stood in an earlier picture already: marks, long titles."""
    seen: set[str] = set()
    for passage, boxes in passages:
        if passage.place.kind != "second":
            yield passage, boxes
            continue
        lines = [line for line in passage.text.split("\n") if line not in seen]
        seen.update(lines)
        if lines:
            yield replace(passage, text="\n".join(lines)), ()


def _fitting(said: Sequence[Boxed]) -> Iterator[Boxed]:
    room = MAX_TEXT
    for boxed in said[:MAX_PASSAGES]:
        room -= len(boxed[0].text.encode())
        if room < 0:
            return
        yield boxed


def _ranges(numbers: Sequence[int]) -> str:
    """Ascending numbers as people write them: 1–3, 7."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(f"{part[0]}–{part[-1]}" if len(part) > 1 else str(part[0]) for part in parts)
