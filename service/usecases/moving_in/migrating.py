"""Migrations: places that many files come from, their runs, and what of them is new, planned or to be left."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from mongoengine.errors import NotUniqueError

from service.audit import Audit
from service.domain.holdings import ImportView, Page
from service.domain.permissions import Act, Actor, may
from service.errors import Conflict, Fault, Forbidden, InvalidInput, NotFound
from service.models import ImportLine, ImportRun, Migration
from service.models.reading import Numbers, by_key, counter, keyed, newest
from service.models.transactions import delete_rows, insert_row
from service.usecases.moving_in.import_lines import new_line, show_run, version_of, versioned
from service.usecases.moving_in.imports import Imports, sees_all
from service.usecases.moving_in.near_groups import NearGroups
from service.usecases.moving_in.placing import Placing

SEQ = "migrations"
MOST_PARALLEL = 16
MOST_RATE = 10 << 30
MOST_FOLDERS, DEEPEST = 2000, 3
"""Folders, and their levels, whose names a proposal looks at."""
LOST = timedelta(seconds=60)
"""Silence of whoever carries out a run after which another one takes it up."""

Verdict = Literal["take", "here", "unchanged", "skip"]


@dataclass(frozen=True, slots=True)
class MigrationSaid:
    """What is said of a migration. `every` in minutes, `rate` in bytes a second, 0 = not at all and no limit."""

    origin: str
    mapping: str = ""
    rate: int = 0
    parallel: int = 4
    every: int = 0
    hosted: bool = False


@dataclass(frozen=True, slots=True)
class MigrationView:
    """A migration and its last run."""

    id: str
    origin: str
    mapping: str
    rate: int
    parallel: int
    every: int
    next_at: datetime | None
    hosted: bool
    """Carried out by the server itself."""
    wanted: str
    fault: str
    """Why the server could not begin the last run, "" if it could."""
    fault_english: str
    """The same in English, "" where it is a sentence that is translated."""
    rev: int
    created_at: datetime
    run: ImportView | None


@dataclass(frozen=True, slots=True)
class Seen:
    """An entry that was found in the place. `kind` file, set_aside or failed, with its reason."""

    path: str
    size: int = 0
    stamp: str = ""
    kind: str = "file"
    reason: str = ""
    raw_path: bytes = b""
    modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pulse:
    """The word of whoever carries out a run: what a first look has counted, and what was unchanged so far."""

    expected_files: int = 0
    expected_bytes: int = 0
    unchanged: int = 0
    fault: str = ""
    """Why it cannot be carried out at all, in words; the run then ends, and goes if it has brought nothing."""
    fault_english: str = ""


@dataclass(frozen=True, slots=True)
class Orders:
    """What whoever carries out a run is to do: `control` "" (go on), pause or stop."""

    control: str
    state: str
    rate: int
    parallel: int


class Migrations:
    """Migrations of people; those of others do not exist, but for archivists and auditors."""

    def __init__(
        self,
        imports: Imports,
        placing: Placing,
        copies: NearGroups,
        audit: Audit,
        clock: Callable[[], datetime],
    ) -> None:
        """`copies`: near copies among what runs have brought."""
        self.copies = copies
        self._imports, self._placing = imports, placing
        self._audit, self._clock = audit, clock
        self._numbers = Numbers(SEQ, block=1)

    def propose(self, actor: Actor, folders: Sequence[str]) -> str:
        """A first mapping file, from names of folders. Raises `Forbidden`."""
        _require(actor)
        return self._placing.plans.propose(actor, list(folders))

    def save(self, actor: Actor, said: MigrationSaid) -> MigrationView:
        """Enter a migration, or change the one of the same origin. Raises `Forbidden`, `InvalidInput`."""
        _require(actor, hosted=said.hosted)
        self._placing.plans.read(said.mapping)
        _require_sound(said)
        row_id = hashlib.sha256(f"{actor.id}\0{said.origin}".encode("utf-8", "replace")).hexdigest()[:32]
        next_at = self._clock() + timedelta(minutes=said.every) if said.every else None
        values = {
            "mapping": said.mapping,
            "rate": said.rate,
            "parallel": said.parallel,
            "every": said.every,
            "hosted": said.hosted,
            "next_at": next_at,
        }
        row = by_key(Migration, id=row_id)
        if row is None:
            row = Migration(
                id=row_id, seq=self._numbers.take(), by=actor.id, origin=said.origin[:1000], **values
            )
            row.created_at = self._clock()
            try:
                insert_row(row)
            except NotUniqueError:
                return self.save(actor, said)
            self._audit.insert(actor, "create_migration", "migration", row_id)
        else:
            changes = {f"set__{name}": value for name, value in values.items()}
            Migration.objects(id=row_id).update_one(inc__rev=1, **changes)
            self._audit.insert(actor, "change_migration", "migration", row_id, rev=row.rev + 1)
        return self.get(actor, row_id)

    def get(self, actor: Actor, migration_id: str) -> MigrationView:
        """One of them. Raises `NotFound`."""
        return self._shown(self.row(actor, migration_id))

    def list(self, actor: Actor, *, below: int | None = None, limit: int = 50) -> Page:
        """Those that the actor may see, newest first."""
        mine = {} if sees_all(actor) else {"by": actor.id}
        at = counter(SEQ) + 1 if below is None else below
        rows = newest(Migration, below=at, limit=limit + 1, **mine)
        cursor = str(rows[limit - 1].seq) if len(rows) > limit else ""
        return Page(items=[self._shown(row) for row in rows[:limit]], next_cursor=cursor)

    def runs(self, actor: Actor, migration_id: str, *, limit: int = 20) -> Sequence[ImportView]:
        """The last runs of a migration, newest first."""
        row = self.row(actor, migration_id)
        rows = newest(ImportRun, below=counter("import_runs") + 1, limit=limit, migration_id=row.id)
        return [show_run(one) for one in rows]

    def start(self, actor: Actor, migration_id: str, *, dry: bool = False) -> ImportView:
        """Begin a run, or go on with the one that is open. Raises `Conflict` if that one is of the other kind."""
        row = self.row(actor, migration_id)
        _require(actor)
        self._placing.plans.read(row.mapping)
        before = by_key(ImportRun, id=row.run_id) if row.run_id else None
        if before is not None and before.state == "open":
            if before.dry != dry:
                raise Conflict("这个来源还有一次运行没有结束，先停止它")
            ImportRun.objects(id=before.id).update_one(set__control="", set__alive_at=self._clock())
            return show_run(by_key(ImportRun, id=before.id))
        run = self._imports.open_for(actor, row, dry=dry)
        begun = {"set__run_id": run.id, "set__wanted": "", "set__fault": "", "set__fault_english": ""}
        Migration.objects(id=row.id).update_one(**begun)
        return run

    def propose_from(self, actor: Actor, migration_id: str) -> str:
        """A first mapping file, from the folders that the last run saw. Raises `Conflict` if there was none."""
        row = self.row(actor, migration_id)
        if not row.run_id:
            raise Conflict("先试运行一次，看看有哪些文件夹")
        folders: dict[str, None] = {}
        above, more = 0, True
        while more and len(folders) < MOST_FOLDERS:
            page = self._imports.lines(actor, row.run_id, above=above, limit=200)
            for line in page.items:
                parts = line.path.split("/")[:-1][:DEEPEST]
                folders.update(dict.fromkeys("/".join(parts[:n]) for n in range(1, len(parts) + 1)))
            above, more = int(page.next_cursor or 0), bool(page.next_cursor)
        return self.propose(actor, list(folders)[:MOST_FOLDERS])

    def sift(
        self, actor: Actor, import_id: str, seen: Sequence[Seen], *, again: bool = False
    ) -> Sequence[Verdict]:
        """What is to be done with each of up to 200 entries: take it, or leave what is here already (`here`: by this
        run, `unchanged`: by an earlier one), or what the mapping leaves out (`skip`). `again`: the run was cut."""
        run = self._imports.open_run(actor, import_id)
        ids = [_id_of(run, one) for one in seen]
        own = [_own_id(run, one) for one in seen] if again else []
        known: dict[str, str] = {}
        if run.later or again:
            known = {row["_id"]: row["run_id"] for row in keyed(ImportLine, ids + own, only=("run_id",))}
        return [
            self._verdict(run, one, known.get(line) or known.get(own[n] if again else ""))
            for n, (one, line) in enumerate(zip(seen, ids, strict=True))
        ]

    def plan(
        self, actor: Actor, import_id: str, seen: Sequence[Seen], *, again: bool = False
    ) -> Sequence[Verdict]:
        """Sift, and write down in a dry run where each entry would go."""
        run = self._imports.open_run(actor, import_id)
        if not run.dry:
            raise Conflict("这次运行不是试运行")
        verdicts = self.sift(actor, import_id, seen, again=again)
        lines = [
            self._planned(run, one, verdict)
            for one, verdict in zip(seen, verdicts, strict=True)
            if verdict in ("take", "skip")
        ]
        self._imports.enter_lines(run, {line.id: line for line in lines}.values())
        return verdicts

    def pulse(self, actor: Actor, import_id: str, pulse: Pulse) -> Orders:
        """Note that a run is carried out; what is to be done."""
        run = self._imports.open_run(actor, import_id, closed=True)
        ImportRun.objects(id=run.id).update_one(
            set__alive_at=self._clock(),
            set__expected_files=pulse.expected_files,
            set__expected_bytes=pulse.expected_bytes,
            set__unchanged=pulse.unchanged,
        )
        row = by_key(Migration, id=run.migration_id)
        if pulse.fault:
            Migration.objects(id=run.migration_id).update_one(
                set__fault=pulse.fault[:500], set__fault_english=pulse.fault_english[:500]
            )
            self._imports.close(actor, run.id)
            self._undo_empty(run)
        rate, parallel = (row.rate, row.parallel) if row else (0, 1)
        return Orders(run.control, run.state, rate, parallel)

    def control(
        self, actor: Actor, migration_id: str, act: Literal["pause", "resume", "stop"]
    ) -> MigrationView:
        """Pause, resume or stop the open run. A stopped one ends with what it has taken."""
        row = self.row(actor, migration_id)
        _require(actor, hosted=row.hosted)
        run = by_key(ImportRun, id=row.run_id) if row.run_id else None
        if run is None or run.state != "open":
            raise Conflict("没有正在进行的运行")
        word = "" if act == "resume" else act
        ImportRun.objects(id=run.id, state="open").update_one(set__control=word)
        self._audit.insert(actor, f"{act}_migration", "migration", row.id, run=run.id)
        silent = run.alive_at is None or self._clock() - run.alive_at > LOST
        if act == "stop" and silent:  # nobody is there to hear it
            self._imports.close(actor, run.id)
        return self._shown(by_key(Migration, id=row.id))

    def row(self, actor: Actor, migration_id: str) -> Any:
        """The row of a migration that the actor may see. Raises `NotFound`."""
        row = by_key(Migration, id=migration_id)
        if row is None or (row.by != actor.id and not sees_all(actor)):
            raise NotFound("没有这个迁移")
        return row

    def _undo_empty(self, run: Any) -> None:
        """Take away a run that has brought nothing, because its place cannot be read: the one before is the last again."""
        if run.unchanged or not delete_rows(ImportRun.objects(id=run.id, found=0)):
            return
        before = newest(ImportRun, below=run.seq, limit=1, migration_id=run.migration_id)
        last = before[0].id if before else ""
        Migration.objects(id=run.migration_id, run_id=run.id).update_one(set__run_id=last)

    def _verdict(self, run: Any, one: Seen, known_in: str | None) -> Verdict:
        if known_in:
            return "here" if known_in == run.id else "unchanged"
        if one.kind == "file" and self._placing.of(run, one.path, one.modified).skip:
            return "skip"
        return "take"

    def _planned(self, run: Any, one: Seen, verdict: Verdict) -> Any:
        line = new_line(run, one.path, one.raw_path, _planned_version(run, one))
        line.size = one.size
        if verdict == "skip":
            line.fate, line.reason = "set_aside", "by_plan"
        elif one.kind != "file":
            line.fate, line.reason = one.kind, one.reason
        else:
            placed = self._placing.of(run, one.path, one.modified)
            line.fate = "planned"
            line.said = {
                name: value
                for name, value in {
                    "category": placed.category,
                    "department": placed.department,
                    "customer": placed.customer,
                    "secrecy": placed.secrecy,
                    "date": placed.day.isoformat() if placed.day else "",
                    "tags": "、".join(placed.tags),
                    "rules": "、".join(map(str, placed.rules)),
                }.items()
                if value
            }
        return line

    def _shown(self, row: Any) -> MigrationView:
        run = by_key(ImportRun, id=row.run_id) if row.run_id else None
        return MigrationView(
            id=row.id,
            origin=row.origin,
            mapping=row.mapping,
            rate=row.rate,
            parallel=row.parallel,
            every=row.every,
            next_at=row.next_at,
            hosted=row.hosted,
            wanted=row.wanted,
            fault=row.fault,
            fault_english=row.fault_english,
            rev=row.rev,
            created_at=row.created_at,
            run=show_run(run) if run else None,
        )


def _require(actor: Actor, *, hosted: bool = False) -> None:
    if not may(actor, Act.MIGRATE if hosted else Act.IMPORT):
        raise Forbidden


def _require_sound(said: MigrationSaid) -> None:
    faults = []
    if not said.origin.strip():
        faults.append(Fault("origin", "required", "必填"))
    for name, value, low, high in (
        ("rate", said.rate, 0, MOST_RATE),
        ("parallel", said.parallel, 1, MOST_PARALLEL),
        ("every", said.every, 0, 366 * 24 * 60),
    ):
        if not low <= value <= high:
            faults.append(Fault(name, "out_of_range", "应为 %(low)s 到 %(high)s", {"low": low, "high": high}))
    if faults:
        raise InvalidInput(faults)


def _version(run: Any, one: Seen) -> str:
    fate = "" if one.kind == "file" else one.kind
    return version_of(one.size, one.stamp, fate, run)


def _id_of(run: Any, one: Seen) -> str:
    raw = one.raw_path or one.path.encode("utf-8", "surrogatepass")
    return versioned(run, raw, _version(run, one))


def _own_id(run: Any, one: Seen) -> str:
    """The line that only this run knows an entry by: a failure, or a plan."""
    raw = one.raw_path or one.path.encode("utf-8", "surrogatepass")
    failed = version_of(one.size, one.stamp, "failed", run)
    return versioned(run, raw, _planned_version(run, one) if run.dry else failed)


def _planned_version(run: Any, one: Seen) -> str:
    return f"{_version(run, one)}:dry:{run.id}"
