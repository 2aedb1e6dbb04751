"""How lines of import runs get their fates once ingest has ended for their files, and what a run then adds up to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from service.models import File, ImportLine, ImportRun
from service.models.imports import place_of
from service.models.reading import counter
from service.models.transactions import update_rows
from service.usecases.contents.members import with_busy_members
from service.usecases.moving_in.import_lines import between, fate_of, numbers_of

SPAN = 2000
"""Lines that one look at what still waits covers."""


@dataclass(slots=True)
class _Sum:
    found: int = 0
    bytes: int = 0
    fates: dict[str, int] = field(default_factory=dict)


def settle(run: Any) -> None:
    """Give lines their fates whose files have come to an end; looks at the first some hundred that wait."""
    highest, looked = counter(numbers_of(run.id)), 0
    for low in range(0, highest, SPAN):
        bounds = {"waits__gt": place_of(run.id, low), "waits__lte": place_of(run.id, low + SPAN)}
        waiting = list(ImportLine.objects(**bounds))
        for start in range(0, len(waiting), 200):
            _settle_some(waiting[start : start + 200])
        looked += len(waiting)
        if looked > SPAN:
            return


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


def _settle_some(waiting: Sequence[Any]) -> None:
    found = File.objects(id__in=[line.file_id for line in waiting]).only(
        "state", "warning", "reason", "members"
    )
    files = {file.id: file for file in found}
    busy = with_busy_members([file.id for file in files.values() if file.members])
    waiting = [line for line in waiting if line.file_id not in busy]
    if not waiting:
        return
    ended: dict[tuple[str, str], list[str]] = {}
    for line in waiting:
        if end := fate_of(files.get(line.file_id)):
            ended.setdefault(end, []).append(line.id)
    for (fate, reason), ids in ended.items():
        told = {"set__fate": fate, "unset__waits": 1} | (
            {"set__reason": reason} if reason else {}
        )  # else what it was taken as stays
        settled = update_rows(ImportLine.objects(id__in=ids, fate=""), **told)
        ImportRun.objects(id=waiting[0].run_id).update_one(**{f"inc__fates__{fate}": settled})
