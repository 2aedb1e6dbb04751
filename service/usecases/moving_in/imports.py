"""Import runs: many files come in, every entry gets exactly one fate, and a report says which."""

import secrets
import uuid
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from mongoengine.errors import NotUniqueError
from pymongo.errors import BulkWriteError

from ingest.port import Offer
from service.audit import Audit, events_of
from service.domain.holdings import ImportLine as LineView
from service.domain.holdings import ImportView, Page
from service.domain.names import tidy_file_name
from service.domain.permissions import Act, Actor, compartment, knows, may
from service.errors import (
    Conflict,
    EmptyFile,
    Fault,
    Forbidden,
    InvalidInput,
    NotFound,
    QuotaExceeded,
    TooLarge,
)
from service.models import ImportLine, ImportRun
from service.models.archive import LATER, SLOTS
from service.models.reading import Numbers, by_key, counter, keyed, newest
from service.models.runs import RUNS
from service.models.transactions import in_transaction, insert_row
from service.usecases.contents.intake import Along, Arrival, Bringing, Desk, Entered, Tally
from service.usecases.describing.showing import guarded
from service.usecases.moving_in.changed_files import WHY, Earlier, earlier_of, joining
from service.usecases.moving_in.import_ends import recount, settle
from service.usecases.moving_in.import_lines import added as added_up
from service.usecases.moving_in.import_lines import (
    between,
    line_of,
    new_line,
    numbered,
    numbers_of,
    show_line,
    show_lines,
    show_run,
    sums_of,
    version_of,
)
from service.usecases.moving_in.placing import Placing
from service.usecases.scheme.categories import Categories
from storage.port import StoredObject

LOT = 200
"""Lines without bytes that are written in one transaction, and numbers that are fetched at once."""
LATELY = timedelta(seconds=2)
REFUSED: dict[type[Exception], tuple[str, str]] = {
    EmptyFile: ("set_aside", "empty"),
    QuotaExceeded: ("failed", "quota_exceeded"),
    TooLarge: ("failed", "too_large"),
}
"""Why bytes were not kept → fate and reason."""
KEEPING = 8
"""Files of requests of many that are written to the store at once."""


@dataclass(frozen=True, slots=True)
class NotedEntry:
    """An entry that brings no bytes: set aside, or failed because it could not be read."""

    path: str
    fate: str
    reason: str
    raw_path: bytes = b""
    size: int = 0
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class _Coming:
    """A file on its way in: its line, its bytes, what it is entered as, and what an earlier run made of the same path."""

    line: Any
    source: BinaryIO
    arrival: Arrival
    record: Any
    earlier: Earlier | None


class Imports:
    """Runs of the desk for many files. Offering the same path to a run again gives the same line."""

    def __init__(
        self,
        desk: Desk,
        placing: Placing,
        categories: Categories,
        audit: Audit,
        clock: Callable[[], datetime],
    ) -> None:
        self._desk, self._placing, self._categories = desk, placing, categories
        self._audit, self._clock = audit, clock
        self._runs = Numbers(RUNS, block=1)
        self._lines: dict[str, Numbers] = {}
        self._recent: dict[str, tuple[Any, datetime, str]] = {}
        self._keeping = ThreadPoolExecutor(KEEPING, thread_name_prefix="keep")

    def start(self, actor: Actor, *, source: str, category: str = "") -> ImportView:
        """Open a run; without a category its records go to the inbox. Raises `Forbidden`, `InvalidInput`."""
        if not may(actor, Act.IMPORT):
            raise Forbidden
        if category:
            self._require_category(category)
        run = ImportRun(
            id=uuid.uuid4().hex,
            seq=self._runs.take(),
            by=actor.id,
            source=source[:1000],
            category=category,
            started_at=self._clock(),
        )
        insert_row(run)
        self._audit.insert(actor, "start_import", "import", run.id, category=category)
        return show_run(run)

    def open_for(self, actor: Actor, migration: Any, *, dry: bool) -> ImportView:
        """Open a run of a migration, with its mapping as it is now. The caller has permitted it."""
        run = ImportRun(
            id=uuid.uuid4().hex,
            seq=self._runs.take(),
            by=migration.by,
            source=migration.origin,
            started_at=self._clock(),
            alive_at=self._clock(),
            migration_id=migration.id,
            dry=dry,
            mapping=migration.mapping,
            archives=self._placing.plans.read(migration.mapping).archives,
            later=bool(migration.run_id),
        )
        insert_row(run)
        self._audit.insert(actor, "start_import", "import", run.id, migration=migration.id, dry=dry)
        return show_run(run)

    def offer(self, actor: Actor, import_id: str, source: BinaryIO, offer: Offer) -> LineView:
        """Take one file. Every fate has a line; only a store or database that fails raises."""
        return self.offer_many(actor, import_id, [(source, offer)])[0]

    def offer_many(
        self, actor: Actor, import_id: str, offered: Sequence[tuple[BinaryIO, Offer]]
    ) -> list[LineView]:
        """Take several files at once, see `offer`: their lines, in their order. Their rows are written together;
        after a fault some may be there, and offering all again gives their lines."""
        run = self.open_run(actor, import_id, lately=True)
        if run.dry:
            raise Conflict("试运行只看文件名，不收文件")
        actor = self._placing.acting(actor, run)
        lines = [line_of(run, offer) for _, offer in offered]
        shown = {row.id: show_line(row) for row in keyed(ImportLine, [line.id for line in lines])}
        changed = earlier_of(actor, run, (line for line in lines if line.id not in shown))
        coming: dict[str, _Coming] = {}
        for line, (source, offer) in zip(lines, offered, strict=True):
            if line.id not in shown and line.id not in coming:
                coming[line.id] = self._coming(actor, run, line, (source, offer), changed.get(line.id))
        with self._desk.expecting([one.arrival for one in coming.values()]):
            shown |= self._taken(actor, run, list(coming.values()))
        return [shown[line.id] if line.id in shown else show_line(coming[line.id].line) for line in lines]

    def _taken(self, actor: Actor, run: Any, coming: Sequence[_Coming]) -> dict[str, LineView]:
        """Store and enter these; the lines of those whose bytes were not kept."""
        kept, bringing = self._kept(coming), []
        shown: dict[str, LineView] = {}
        try:
            for one, came in zip(coming, kept, strict=True):
                if isinstance(came, StoredObject):
                    bringing.append(self._bringing(actor, run, one, came))
                else:
                    shown[one.line.id] = self._end(one.line, *came)
        except BaseException:
            self._drop(kept)
            raise
        self._desk.enter_all(bringing)
        return shown

    def _coming(
        self, actor: Actor, run: Any, line: Any, offered: tuple[BinaryIO, Offer], earlier: Earlier | None
    ) -> _Coming:
        source, offer = offered
        name = tidy_file_name(offer.name)
        record = earlier.record if earlier else self._placing.draft(actor, run, offer, name)
        place = compartment(record.secrecy, core_secret=record.core_secret)
        arrival = Arrival(
            name=name,
            path=offer.path,
            role=earlier.file.role if earlier else "main",
            upload_key=line.id,
            sender=actor.id,
            by=actor.display_name or actor.name,
            key=self._desk.content_key(place),
            why=WHY if earlier else "",
        )
        return _Coming(line, source, arrival, record, earlier)

    def _kept(self, coming: Sequence[_Coming]) -> Sequence[StoredObject | tuple[str, str]]:
        """The stored bytes of each, or the fate that it has instead, with its reason. They are stored side by side, so
        that their syncs share the disk's time. After any other fault none is left, and the first is raised."""

        def keep(one: _Coming) -> StoredObject | tuple[str, str] | Exception:
            try:
                return self._desk.keep(one.source, one.arrival)
            except Exception as fault:  # noqa: BLE001  raised below, when what is under way has ended
                return REFUSED.get(type(fault), fault)

        kept = list(self._keeping.map(keep, coming)) if len(coming) > 1 else [keep(one) for one in coming]
        fault = next((one for one in kept if isinstance(one, Exception)), None)
        if fault is None:
            return [one for one in kept if not isinstance(one, Exception)]
        self._drop(kept)
        raise fault

    def _drop(self, kept: Sequence[object]) -> None:
        for one in kept:
            if isinstance(one, StoredObject):
                self._desk.drop(one)

    def _bringing(self, actor: Actor, run: Any, coming: _Coming, kept: StoredObject) -> Bringing:
        line, arrival, record, earlier = coming.line, coming.arrival, coming.record, coming.earlier
        line.size = kept.size
        numbered(line, self._number(line))
        if earlier:
            joins = joining(self._audit, actor, earlier, kept, run.id)
            line.reason = "new_version"
            return Bringing(
                kept, arrival, record, replace(_along(actor, line), joins=joins, supersedes=earlier.file)
            )
        record.index_slot = LATER + secrets.randbelow(SLOTS)
        inserts = (record, *events_of(record))
        return Bringing(kept, arrival, record, replace(_along(actor, line), inserts=inserts))

    def note(self, actor: Actor, import_id: str, entries: Sequence[NotedEntry]) -> None:
        """Enter what brings no bytes. Raises `InvalidInput` for another fate than set_aside or failed."""
        run = self.open_run(actor, import_id)
        wrong = [n for n, entry in enumerate(entries) if entry.fate not in ("set_aside", "failed")]
        if wrong:
            raise InvalidInput(
                [Fault(f"entries.{n}.fate", "enum", "只能是 set_aside 或 failed") for n in wrong]
            )
        lines: dict[str, Any] = {}
        for entry in entries:
            version = version_of(entry.size, entry.stamp, entry.fate, run)
            line = new_line(run, entry.path, entry.raw_path, version)
            line.size, line.fate, line.reason = entry.size, entry.fate, entry.reason[:200]
            lines[line.id] = line
        self.enter_lines(run, lines.values())

    def enter_lines(self, run: Any, lines: Iterable[Any]) -> None:
        """Write lines that bring no bytes, as many together as a transaction takes; those that are there stay."""
        waiting = list(lines)
        for start in range(0, len(waiting), LOT):
            lot = waiting[start : start + LOT]
            there = {row["_id"] for row in keyed(ImportLine, [line.id for line in lot], only=("id",))}
            lot = [line for line in lot if line.id not in there]
            for line in lot:
                numbered(line, self._number(line))
            if lot:
                self._insert(run, lot)

    def _insert(self, run: Any, lot: Sequence[Any]) -> None:
        rows = [line.to_mongo() for line in lot]
        try:
            in_transaction(lambda session: ImportLine._get_collection().insert_many(rows, session=session))
        except BulkWriteError:  # another one has told some of them at the same moment
            for line in lot:
                self._end(line, line.fate, line.reason)
        else:
            sums = added_up([sums_of(line) for line in lot])
            ImportRun._get_collection().update_one({"_id": run.id}, {"$inc": sums})

    def close(self, actor: Actor, import_id: str) -> ImportView:
        """Say that nothing more comes. The sums are then counted from the lines, once. May be repeated."""
        run = self.known_run(actor, import_id)
        self._recent = {}
        if run.state == "open":
            near = {"set__near_due": 1} if run.migration_id and not run.dry else {}
            ImportRun.objects(id=run.id, state="open").update_one(set__state="closed", **near)
            self._audit.insert(actor, "close_import", "import", run.id)
        settle(run)
        recount(run)
        return show_run(self.known_run(actor, import_id))

    def get(self, actor: Actor, import_id: str) -> ImportView:
        """The run with its sums now; lines whose ingest has ended get their fates first."""
        settle(self.known_run(actor, import_id))
        run = self.known_run(actor, import_id)
        if run.state == "closed" and run.ended_at is None and sum(run.fates.values()) >= run.found:
            recount(run)
            ImportRun.objects(id=run.id, ended_at=None).update_one(set__ended_at=self._clock())
            run = self.known_run(actor, import_id)
        return show_run(run)

    def lines(
        self, actor: Actor, import_id: str, *, fate: str | None = None, above: int = 0, limit: int = 200
    ) -> Page:
        """The report, in the order of arrival, from above line number `above`; see `show_lines`."""
        run = self.known_run(actor, import_id)
        settle(run)
        conditions = {} if fate is None else {"fate": fate}
        highest = counter(numbers_of(run.id))
        found: list[Any] = []
        while above < highest and len(found) <= limit:
            rows = between(run.id, above, above + max(limit, 200)).filter(**conditions)
            found += sorted(rows, key=lambda row: row.n)
            above += max(limit, 200)
        page = found[:limit]
        more = len(found) > limit or above < highest
        return Page(items=show_lines(actor, page), next_cursor=str(page[-1].n) if more and page else "")

    def list(self, actor: Actor, *, below: int | None = None, limit: int = 50) -> Page:
        """Runs that the actor may see, newest first."""
        mine = {} if sees_all(actor) else {"by": actor.id}
        at = counter(RUNS) + 1 if below is None else below
        rows = newest(ImportRun, below=at, limit=limit + 1, **mine)
        more = len(rows) > limit
        return Page(
            items=[show_run(row) for row in rows[:limit]],
            next_cursor=str(rows[limit - 1].seq) if more else "",
        )

    def _require_category(self, code: str) -> None:
        try:
            self._categories.get(code)
        except NotFound:
            raise InvalidInput(
                [Fault("category", "unknown_category", "没有类别 %(code)s", {"code": code})]
            ) from None

    def known_run(self, actor: Actor, import_id: str) -> Any:
        """The run, if it exists for the actor. Raises `NotFound`."""
        run = by_key(ImportRun, id=import_id)
        if run is None or (run.by != actor.id and not sees_all(actor)):
            raise NotFound("没有这次导入")
        return run

    def open_run(self, actor: Actor, import_id: str, *, lately: bool = False, closed: bool = False) -> Any:
        """The run, if it takes entries; `lately`: as it was a moment ago is good enough; `closed`: or has ended."""
        run = self._seen(actor, import_id) if lately else self.known_run(actor, import_id)
        if not may(actor, Act.IMPORT):
            raise Forbidden
        if run.state != "open" and not closed:
            raise Conflict("这次导入已结束，另开一次")
        return run

    def _seen(self, actor: Actor, import_id: str) -> Any:
        """The run as it was at most `LATELY` ago: it is asked for with every file."""
        now = self._clock()
        run, at, whose = self._recent.get(import_id, (None, now, ""))
        if run is None or whose != actor.id or now - at > LATELY:
            run = self.known_run(actor, import_id)
            self._recent = {import_id: (run, now, actor.id)}
        return run

    def _end(self, line: Any, fate: str, reason: str) -> LineView:
        """Write the line and count it; a second writer of the same line changes nothing."""
        line.fate, line.reason = fate, reason
        numbered(line, self._number(line))
        try:
            insert_row(line)
        except NotUniqueError:
            return show_line(by_key(ImportLine, id=line.id))
        ImportRun._get_collection().update_one({"_id": line.run_id}, {"$inc": sums_of(line)})
        return show_line(line)

    def _number(self, line: Any) -> int:
        return self._lines.setdefault(line.run_id, Numbers(numbers_of(line.run_id), block=LOT)).take()


def _along(actor: Actor, line: Any) -> Along:
    """The line, and that a file is needless whose content is there already in a record that the actor may know of."""
    reason = line.reason

    def notes(entered: Entered) -> Sequence[Any]:
        mine = entered.new or entered.file.upload_key == line.id
        line.record_id, line.file_id = entered.file.record_id, entered.file.id
        line.fate, line.reason = ("", reason) if mine else ("duplicates", "same_content")
        line.waits = line.at if mine else None
        return (line,)

    return Along(
        needless=lambda other: knows(actor, guarded(other)),
        notes=notes,
        tally=lambda _: Tally(ImportRun, line.run_id, sums_of(line)),
    )


def sees_all(actor: Actor) -> bool:
    """Whether the runs of others exist for the actor."""
    return may(actor, Act.TEND) or may(actor, Act.WATCH)
