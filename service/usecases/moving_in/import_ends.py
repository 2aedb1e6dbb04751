"""How lines of import runs get their fates once ingest has ended for their files, and what a run then adds up to."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.models import File, ImportLine, ImportRun
from service.models.imports import place_of
from service.models.reading import counter, keyed
from service.models.transactions import update_rows
from service.usecases.contents.members import with_busy_members
from service.usecases.moving_in.import_lines import between, fate_of, numbers_of

SPAN = 2000
"""Lines that one look at what still waits covers."""
MANY = 50
"""Lines that wait on after a look, from which on the next one lets some time pass."""
SHARE = 20
"""Looks take a twentieth of the time at most."""
LONGEST = 15.0
"""Seconds between two looks, however long they take."""


@dataclass(slots=True)
class _Sum:
    found: int = 0
    bytes: int = 0
    fates: dict[str, int] = field(default_factory=dict)


class Settling:
    """Gives lines their fates, with a bound on what looking again and again costs while very many files wait: asking
    for the ends of 2,000 takes the embedded database a third of a second, and a command that waits for its run, pages
    that show it and the search for near copies all want to know."""

    def __init__(self, *, many: int = MANY, clock: Callable[[], float] = time.monotonic) -> None:
        """`many`: lines that still wait from which on a run is left alone for a while; `clock` in seconds."""
        self._many, self._clock = many, clock
        self._rests: dict[str, float] = {}

    def settle(self, run: Any) -> None:
        """Give lines their fates whose files have come to an end; looks at the first some thousand that wait.

        After a look that left many waiting the run rests for `SHARE` times as long as it took, `LONGEST` at most."""
        began = self._clock()
        if began < self._rests.get(run.id, began):
            return
        self._rests.pop(run.id, None)
        left = _left_waiting(run)
        if left > self._many:
            ended = self._clock()
            self._rests[run.id] = ended + min(LONGEST, SHARE * (ended - began))
        elif not left and run.state == "closed" and sum(run.fates.values()) < run.found:
            recount(
                run
            )  # an end that was added while another counted is in no sum, and nobody would stop waiting


def _left_waiting(run: Any) -> int:
    """Settle what has ended; how many of the lines that were looked at still wait."""
    highest, looked, left = counter(numbers_of(run.id)), 0, 0
    for low in range(0, highest, SPAN):
        bounds = {"waits__gt": place_of(run.id, low), "waits__lte": place_of(run.id, low + SPAN)}
        waiting = list(ImportLine.objects(**bounds).only("file_id").as_pymongo())
        for start in range(0, len(waiting), 200):
            some = waiting[start : start + 200]
            left += len(some) - _settle_some(run.id, some)
        looked += len(waiting)
        if looked > SPAN:
            break
    return left


settle = Settling().settle
"""One for the whole process, so that all who ask share its rests."""


def recount(run: Any) -> None:
    """Write the sums of a run anew, as its lines are."""
    total = _Sum()
    for low in range(0, counter(numbers_of(run.id)), SPAN):
        for line in between(run.id, low, low + SPAN).only("size", "fate").as_pymongo():
            total.found += 1
            total.bytes += line["size"]
            if line["fate"]:
                total.fates[line["fate"]] = total.fates.get(line["fate"], 0) + 1
    ImportRun.objects(id=run.id).update_one(
        set__found=total.found, set__bytes=total.bytes, set__fates=total.fates
    )


def _settle_some(run_id: str, waiting: Sequence[Mapping[str, Any]]) -> int:
    """How many of these lines were given their fates, here or by another at the same moment."""
    # Plain rows: most of them wait on, and are looked at again and again while many files come in.
    found = keyed(File, [line["file_id"] for line in waiting], only=("state", "warning", "reason", "members"))
    files = {file["_id"]: file for file in found}
    ends = {key: end for key, file in files.items() if (end := fate_of(file))}
    busy = with_busy_members([key for key in ends if files[key].get("members")])
    ended: dict[tuple[str, str], list[str]] = {}
    for line in waiting:
        key = line["file_id"]
        end = fate_of(None) if key not in files else ends.get(key)
        if end and key not in busy:
            ended.setdefault(end, []).append(line["_id"])
    for (fate, reason), ids in ended.items():
        told = {"set__fate": fate, "unset__waits": 1} | (
            {"set__reason": reason} if reason else {}
        )  # else what it was taken as stays
        settled = update_rows(ImportLine.objects(id__in=ids, fate=""), **told)
        ImportRun.objects(id=run_id).update_one(**{f"inc__fates__{fate}": settled})
    return sum(map(len, ended.values()))
