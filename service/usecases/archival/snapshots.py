"""Yearly snapshots of living dossiers 年度快照: what goes on changing is filed as it stood, once a year (G11)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO
from typing import Any

from service.domain.dates import day_of
from service.domain.describing import is_blank
from service.domain.holdings import CategoryView, Description
from service.domain.permissions import EDITABLE, Act, Actor, knows, rights_of
from service.domain.schemas import shown
from service.domain.wording import CORE_LABELS
from service.errors import Fault, Forbidden, InvalidInput, ServiceError
from service.models import Record
from service.models.reading import WINDOW, by_key, counter
from service.models.transactions import insert_row
from service.usecases.archival.lifecycle import LifeCycle
from service.usecases.contents.files import Files
from service.usecases.contents.intake import Arrival
from service.usecases.describing.records import SEQ, Records
from service.usecases.describing.relations import Relations
from service.usecases.describing.showing import guarded
from service.usecases.ground import Ground

MOST = 20
"""Snapshots that one call makes."""
WINDOWS = 20
"""Windows of records that one call looks through."""
FIRST_YEAR = 2000
TOLD = ("department", "responsible", "doc_no", "note")
"""What of the core the text of a snapshot says."""


@dataclass(frozen=True, slots=True)
class SnapshotRun:
    """What a call did: `made` went to second review, `open` lack something and stay drafts, `failed` no longer fit
    their category. `next` is where to go on, 0 at the end."""

    made: int
    open: int
    failed: int
    next: int


class Snapshots:
    """Each record of a living category that is still being kept up gets one snapshot a year: a record of its own with
    the same description and a text of it, related to the living one, on the usual way by second review into the
    archive. However often it is run, there is one for each record and year."""

    def __init__(self, records: Records, files: Files, life: LifeCycle, ground: Ground) -> None:
        self._records, self._files, self._life = records, files, life
        self._categories, self._clock = ground.categories, ground.clock
        self._audit, self._relations = ground.audit, Relations(ground.audit, ground.clock)

    def run(self, actor: Actor, year: int, after: int = 0) -> SnapshotRun:
        """Make the next snapshots of a year, from behind the record number `after`. Raises `Forbidden`, `InvalidInput`."""
        if Act.ARCHIVE not in rights_of(actor) or Act.CREATE not in rights_of(actor):
            raise Forbidden
        today = day_of(self._clock())
        if not FIRST_YEAR <= year <= today.year:
            limits = {"first": FIRST_YEAR, "last": today.year}
            raise InvalidInput([Fault("year", "out_of_range", "年度应为 %(first)s–%(last)s", limits)])
        at, rows = self._next(actor, year, after)
        day = min(today, date(year, 12, 31))
        fates = [self._make(actor, row, year, day) for row in rows]
        if fates:
            self._audit.insert(actor, "snapshot", "category", "", year=year, made=len(fates))
        return SnapshotRun(fates.count("made"), fates.count("open"), fates.count("failed"), at)

    def _next(self, actor: Actor, year: int, after: int) -> tuple[int, list[Any]]:
        """Living records without their snapshot, and the number to go on behind."""
        living = [one.code for one in self._categories.all() if one.living]
        highest, found = counter(SEQ), list[Any]()
        for _ in range(WINDOWS):
            if after >= highest:
                return 0, found
            window = {"seq__gt": after, "seq__lte": after + WINDOW}
            rows = Record.objects(**window, category__in=living, life__in=EDITABLE, deleted_at=None)
            known = [row for row in rows if knows(actor, guarded(row)) and not row.snapshot_of]
            done = _done([row.id for row in known], year)
            for row in sorted(known, key=lambda row: row.seq):
                if row.id not in done and not row.inbox and row.created_at.year <= year:
                    found.append(row)
                if len(found) == MOST:
                    return row.seq, found
            after += WINDOW
        return after, found

    def _make(self, actor: Actor, row: Any, year: int, day: date) -> str:
        category = self._categories.of(row)
        try:
            made = by_key(Record, entry_key=_key(row.id, year)) or self._draft(actor, row, year, day)
        except InvalidInput:
            return "failed"
        text = as_text(row, category).encode("utf-8", "replace")
        name = f"{made.title[:80]}.txt"
        arrival = Arrival(name=name, upload_key=_key(row.id, year))
        self._files.add(actor, made.id, BytesIO(text), name=name, promised=arrival)
        self._relations.add(actor, made.id, "related", row.id)
        try:
            self._life.submit(actor, made.id, made.rev)
        except ServiceError:  # what it lacks its page says; it stays among the drafts of who ran this
            return "open"
        return "made"

    def _draft(self, actor: Actor, row: Any, year: int, day: date) -> Any:
        said = Description(
            title=f"{row.title[:480]}（{year} 年度快照）",
            category=row.category,
            date=day,
            department=row.department,
            responsible=row.responsible or row.department,
            secrecy=row.secrecy,
            retention=row.retention or None,
            keywords=tuple(row.keywords),
            fields=dict(row.fields),
            original_place=row.original_place,
        )
        category = self._categories.of(row)
        if category is not None and category.version != self._categories.get(row.category).version:
            # What an older version describes stays in its words until somebody brings it to the new one.
            draft = self._records.draft(actor, replace(said, fields=None))
            draft.fields, draft.category_version = dict(row.fields), row.category_version
        else:
            draft = self._records.draft(actor, said)
        draft.circles = list(dict.fromkeys([*row.circles, *draft.circles]))
        draft.entry_key, draft.snapshot_of, draft.matches = _key(row.id, year), row.id, []
        draft.answers = dict(row.answers)  # what was verified of the same values is verified
        insert_row(draft)
        return draft


def as_text(row: Any, category: CategoryView | None) -> str:
    """The description of a record as people read it, a line a field."""
    lines = [f"{category.name if category else row.category} {row.title}"]
    core = ((CORE_LABELS[name][0], getattr(row, name)) for name in TOLD)
    lines += [f"{label}：{value}" for label, value in core if value]
    for name, hints in (category.schema.get("properties", {}) if category else {}).items():
        if not is_blank(row.fields.get(name)):
            lines.append(
                f"{hints.get('title', name)}：{shown(row.fields[name], hints)}{hints.get('x-unit', '')}"
            )
    return "\n".join(lines) + "\n"


def _key(record_id: str, year: int) -> str:
    return f"snapshot:{record_id}:{year}"


def _done(ids: Sequence[str], year: int) -> set[str]:
    """Those of the records whose snapshot of the year has left the drafts."""
    keys = [_key(one, year) for one in ids]
    wanted = {"entry_key": {"$in": keys}, "life": {"$nin": list(EDITABLE)}}
    found = Record._get_collection().find(wanted, {"snapshot_of": 1}) if keys else ()
    return {str(row["snapshot_of"]) for row in found}
