"""Converting 换版: an approved mapping is carried out on the records of a category, lot by lot, and taken back."""

from collections import Counter as Tally
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo.client_session import ClientSession

from service.domain import conversions as rules
from service.domain.bulk import LOT
from service.domain.mapping import FieldMapping, Moved, moved
from service.domain.matching import keys_of
from service.domain.permissions import EDITABLE, Act, Actor, knows, may
from service.errors import Conflict
from service.models import Conversion, ConversionLine, Record, Revision
from service.models.connection import in_transaction
from service.models.reading import keyed
from service.usecases.describing.saving import Save, save_within
from service.usecases.describing.showing import LASTING, guarded
from service.usecases.ground import Ground

WINDOW = 400
"""Numbers of records that are looked through at first; thin windows are widened."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a record: its line, and the write that does it."""

    row: Any
    fate: str
    reason: str = ""
    params: Mapping[str, object] | None = None
    open: int = 0
    save: Save | None = None


class Converting:
    """Carries out what is approved, as whoever had it carried out and with his rights at that moment.

    A lot, its lines and the place where the run stands are one transaction: a server that is killed goes on behind the
    last one, and no record is moved twice.
    """

    def __init__(self, ground: Ground, named: Callable[[str], Actor | None]) -> None:
        """`named`: the user with an id as he would act now, None who is let in no more."""
        self._ground, self._categories, self._audit = ground, ground.categories, ground.audit
        self._named = named

    def go_on(self) -> int:
        """Do the next lot of what is running; how many numbers of records that was. A chore."""
        run = next(iter(Conversion.objects(state__in=rules.AT_WORK).limit(1)), None)
        if run is None:
            return 0
        actor = self._named(run.runner_id)
        if actor is None:  # somebody else who may has to say that it goes on
            Conversion.objects(id=run.id, state=run.state).update_one(set__state=rules.APPROVED)
            return 0
        rows, end = self._next_lines(run) if run.state == rules.UNDOING else _next_rows(run)
        fates = (
            self._undone(actor, run, rows) if run.state == rules.UNDOING else self._fates(actor, run, rows)
        )
        try:
            in_transaction(lambda session: self._write(session, run, fates, end))
        except Conflict:
            return 0  # another server was quicker
        self._ground.nudge()
        return max(1, end - int(run.position))

    def _fates(self, actor: Actor, run: Any, rows: Sequence[Any]) -> list[Fate]:
        mapping = FieldMapping.of(run.to_mongo()["mapping"])
        old = self._categories.version(run.code, run.old).schema
        new = self._categories.version(run.code, run.new).schema
        fates = []
        for row in rows:
            if not knows(actor, guarded(row)):
                continue  # what he may not know of is not counted either
            if refused := _refused(actor, row):
                fates.append(Fate(row, "skipped", refused))
            else:
                made = moved(dict(row.fields), row.note, mapping, (old, new))
                fates.append(self._fate(actor, run, row, made, new))
        return fates

    def _fate(self, actor: Actor, run: Any, row: Any, made: Moved, schema: Mapping[str, Any]) -> Fate:
        if made.stays:
            first = next(one for one in made.findings if one.stays)
            return Fate(row, "stayed", first.fault.message, first.fault.params)
        values = {"fields": dict(made.fields), "note": made.note, "category_version": run.new}
        save = self._save(actor, run, row, values, schema)
        if not made.findings:
            return Fate(row, "done", open=len(made.open), save=save)
        first = made.findings[0]
        return Fate(row, "done", first.fault.message, first.fault.params, len(made.open), save)

    def _save(
        self, actor: Actor, run: Any, row: Any, values: Mapping[str, Any], schema: Mapping[str, Any]
    ) -> Save:
        rev = row.rev
        before = {name: getattr(row, name) for name in values}
        told = {name: [before[name], value] for name, value in values.items() if before[name] != value}
        told["category_version"] = [before["category_version"], values["category_version"]]
        matches = keys_of(row.category, values["fields"], schema)
        entries = [
            self._audit.entry(
                actor,
                "convert",
                "record",
                row.id,
                rev=rev + 1,
                conversion=run.id,
                version=told["category_version"],
                fields=sorted(told),
            ),
            self._audit.revision(row.id, rev + 1, actor, _plain(told)),
        ]
        written = {**values, "matches": matches}
        for name, value in written.items():
            setattr(row, name, value)
        return Save.of(row, rev, written, entries)

    def _undone(self, actor: Actor, run: Any, lines: Sequence[Any]) -> list[Fate]:
        rows = {row.id: row for row in keyed(Record, [line.record_id for line in lines], deleted_at=None)}
        keys = [f"{line.record_id}:{line.rev_after}" for line in lines]
        changes = {one.record_id: one.changes for one in keyed(Revision, keys)}
        schema = self._categories.version(run.code, run.old).schema
        fates = []
        for line in lines:
            row = rows.get(line.record_id)
            if row is None or not knows(actor, guarded(row)):
                continue
            waiting = [one for one in row.outbox if one["kind"] == "revision" and one["_id"] in keys]
            said = waiting[0]["changes"] if waiting else changes.get(row.id)
            if row.rev != line.rev_after or said is None or row.life not in EDITABLE:
                fates.append(Fate(row, "kept", rules.CHANGED_SINCE))
            elif not may(actor, Act.CHANGE, guarded(row)):
                fates.append(Fate(row, "kept", rules.NOT_HIS))
            else:
                values = {"fields": dict(row.fields), **{name: pair[0] for name, pair in said.items()}}
                fates.append(Fate(row, "undone", save=self._save(actor, run, row, values, schema)))
        return fates

    def _next_lines(self, run: Any) -> tuple[list[Any], int]:
        """The next lot of lines whose records were moved, and the number up to which they reach."""

        def read(low: int, high: int) -> list[Any]:
            span = {"at__gt": place_of(run, low), "at__lte": place_of(run, high)}
            return [line for line in ConversionLine.objects(**span) if line.fate == "done"]

        return _lot(run, read)

    def _write(self, session: ClientSession, run: Any, fates: Sequence[Fate], end: int) -> None:
        now = self._ground.clock()
        lines = [self._written(session, run, one) for one in fates]
        counts = dict(run.counts)
        for fate, number in Tally(line["fate"] for line in lines).items():
            counts[fate] = counts.get(fate, 0) + number
        change = {"position": end, "counts": counts}
        if end >= run.highest:
            ended = rules.DONE if run.state == rules.RUNNING else rules.UNDONE
            change |= {"state": ended, "ended_at": now}
        match = {"_id": run.id, "run": run.run, "state": run.state, "position": run.position}
        written = Conversion._get_collection().update_one(match, {"$set": change}, session=session)
        if not written.modified_count:
            raise Conflict("别的服务器正在执行")
        for line in lines:
            key = {"_id": line.pop("_id")}
            ConversionLine._get_collection().update_one(key, {"$set": line}, upsert=True, session=session)

    def _written(self, session: ClientSession, run: Any, one: Fate) -> dict[str, Any]:
        """Move the record, if it is to be; its line."""
        place = place_of(run, one.row.seq)
        line = {"_id": place, "at": place, "record_id": one.row.id, "seq": one.row.seq}
        if one.save is not None and not save_within(session, one.save, self._ground.clock()):
            return line | {"fate": "stale", "reason": rules.CHANGED, "params": {}, "rev_after": 0, "open": 0}
        rev_after = one.save.rev + 1 if one.save is not None else 0
        told = {"reason": one.reason, "params": dict(one.params or {}), "open": one.open}
        return line | told | {"fate": one.fate, "rev_after": rev_after}


def _refused(actor: Actor, row: Any) -> str:
    """Why a record is not to be moved by this person, "" if it is."""
    if row.life not in EDITABLE:
        return rules.FROZEN if row.life in LASTING else rules.UNDER_WAY
    return "" if may(actor, Act.CHANGE, guarded(row)) else rules.NOT_HIS


def place_of(run: Any, seq: int) -> str:
    """A run and the number of a record in one text, so that a stretch of a report is one range of an index."""
    return f"{run.id}#{run.run:06d}#{seq:010d}"


def _next_rows(run: Any) -> tuple[list[Any], int]:
    """The next lot of records of the old version, and the number up to which they reach."""
    wanted = {"category": run.code, "category_version": run.old, "deleted_at": None}
    return _lot(run, lambda low, high: list(Record.objects(seq__gt=low, seq__lte=high, **wanted)))


def _lot(run: Any, read: Callable[[int, int], list[Any]]) -> tuple[list[Any], int]:
    low, width, top = int(run.position), WINDOW, int(run.highest)
    while low < top:
        high = min(top, low + width)
        rows = sorted(read(low, high), key=lambda row: row.seq)
        if rows:
            lot = rows[:LOT]
            return lot, high if len(rows) <= LOT else lot[-1].seq
        low, width = high, 2 * width
    return [], top


def _plain(told: Mapping[str, Any]) -> dict[str, Any]:
    """Without mongoengine's containers."""
    return {
        name: [dict(one) if isinstance(one, dict) else one for one in pair] for name, pair in told.items()
    }
