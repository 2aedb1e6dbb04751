"""The task of a cell that recognises: some pages of one file, as many as fit into a round."""

import functools
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from ingest import texts
from ingest.draft import MEBI, Source, Unreadable, clean
from ingest.files.sniff import sniff
from ingest.formats import ranked
from ingest.jail.frames import Allow, Reply
from ingest.recognition.layout import laid_out
from ingest.recognition.models import Models, Pixels
from ingest.recognition.page import Reading, read_page
from ingest.recognition.sheets import Shows, is_blank
from search.port import Passage, Place

MEMORY = 1800 * MEBI
SECONDS = 150
ROUND_SECONDS = 4.0
"""Wall-clock seconds after which no further page is begun: the rest is left for the next order."""


def recognise(order: Mapping[str, Any], file: int, allow: Allow) -> Reply:
    """Read the pages that `order["pages"]` names; the answer's "done" says for which of them that is settled."""
    allow(MEMORY, SECONDS)
    until = time.monotonic() + ROUND_SECONDS
    done: list[int] = []
    seals: list[int] = []
    passages: list[Passage] = []
    boxes: dict[int, list[texts.Box]] = {}
    with os.fdopen(os.dup(file), "rb") as stream:
        source = Source(stream, str(order.get("name", "")), password=str(order.get("password", "")))
        kind = sniff(source)
        shows = next((reader for reader in ranked(kind) if isinstance(reader, Shows)), None)
        how = _How(kind.family != "pdf" and not order.get("force"), order.get("turns"))
        for number in order.get("pages") or ():
            if done and time.monotonic() > until:
                break
            done.append(number)
            reading = _read(shows, source, number, how) if shows else None
            if shows and reading and reading.lines:
                text, marks = laid_out(reading)
                boxes[len(passages)] = marks
                passages.append(Passage(Place(shows.unit, number), clean(text)))
            if reading and reading.seals:
                seals.append(number)
    return Reply({"done": done, "seals": seals}, texts.dump(passages, boxes) if passages else b"")


@dataclass(frozen=True, slots=True)
class _How:
    glance: bool
    turns: int | None


def _read(shows: Shows, source: Source, number: int, how: _How) -> Reading | None:
    """What is on one page; None if it cannot be shown or bears nothing."""
    try:
        image = shows.sheet(source, number)
    except (Unreadable, MemoryError, OSError, ValueError):
        return None
    if is_blank(image):
        return None
    return read_page(_models(), _pixels(image), glance=how.glance, turns=how.turns)


@functools.cache
def _models() -> Models:
    return Models()


def _pixels(image: Image.Image) -> Pixels:
    return np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1])
