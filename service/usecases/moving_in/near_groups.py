"""Near copies among what a migration brought: found once its run has ended, shown as groups, decided by people."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from service.audit import Audit
from service.domain.holdings import Page
from service.domain.permissions import EDITABLE, Act, Actor, may
from service.errors import Conflict, Fault, Forbidden, InvalidInput, NotFound
from service.models import File, ImportRun, NearGroup, NearSketch, Record
from service.models.imports import place_of
from service.models.reading import by_key, counter, keyed
from service.usecases.describing.near_copies import MAX_CANDIDATES, CopyKind, same
from service.usecases.describing.records import Records
from service.usecases.describing.relations import Relations
from service.usecases.describing.showing import guarded
from service.usecases.moving_in.import_ends import settle
from service.usecases.moving_in.import_lines import FATES, between, numbers_of
from service.usecases.moving_in.imports import Imports

SPAN = 50
"""Lines whose copies one look of the chore finds."""
RUNS = 20
MOST = 50
"""Members of a group: what hangs together in greater numbers is a form that many were written on."""
WINDOW = 500
"""Line numbers that one read of groups covers."""

Decision = Literal["one", "all", "copies", "versions"]
DECISIONS: tuple[Decision, ...] = ("one", "all", "copies", "versions")


@dataclass(frozen=True, slots=True)
class NearMember:
    """A file of a group and its record. `share`: how many of a hundred words it has in common with another member,
    0 of pictures; `here`: it was not brought by this run but was there before, or came by another way."""

    record_id: str
    file_id: str
    title: str
    name: str
    path: str
    size: int
    secrecy: str
    life: str
    kind: CopyKind
    share: int
    modified: datetime | None
    preview: bool
    here: bool


@dataclass(frozen=True, slots=True)
class NearGroupView:
    """Files that look like copies or versions of each other. `decision` "" while nobody has decided; else one (`kept`
    stays, the others were deleted), all (they are different), copies (related to `kept`) or versions (`kept` replaces
    the others); `kept` is a file, `by` who decided."""

    id: str
    n: int
    decision: str
    kept: str
    by: str
    at: datetime | None
    members: Sequence[NearMember]


class NearGroups:
    """Groups of near copies. Who decides acts on records with his own rights; members that he may not know of are none."""

    def __init__(
        self,
        imports: Imports,
        records: Records,
        relations: Relations,
        audit: Audit,
        clock: Callable[[], datetime],
    ) -> None:
        self._imports, self._records, self._relations = imports, records, relations
        self._audit, self._clock = audit, clock

    def look(self) -> int:
        """Find groups among the next lines of runs that have ended; how many lines were looked at."""
        for run in ImportRun.objects(near_due__gte=1).limit(RUNS):
            settle(run)
            now = by_key(ImportRun, id=run.id)
            if now is not None and sum(now.fates.get(fate, 0) for fate in FATES) >= now.found:
                return self._look_at(now)
        return 0

    def list(self, actor: Actor, import_id: str, *, above: int = 0, limit: int = 20) -> Page:
        """Groups of a run, in the order of its lines, as far as the actor may know of two of their members."""
        run = self._imports.known_run(actor, import_id)
        highest, found = counter(numbers_of(run.id)), list[NearGroupView]()
        while above < highest and len(found) <= limit:
            rows = NearGroup.objects(
                at_line__gt=place_of(run.id, above), at_line__lte=place_of(run.id, above + WINDOW)
            )
            shown = self._shown(actor, run, sorted(rows, key=lambda row: row.n))
            found += [one for one in shown if len(one.members) > 1 or one.decision]
            above += WINDOW
        page = found[:limit]
        more = len(found) > limit or above < highest
        return Page(items=page, next_cursor=str(page[-1].n) if more and page else "")

    def decide(
        self, actor: Actor, import_id: str, group_id: str, decision: str, keep: str = ""
    ) -> NearGroupView:
        """Decide over a group: `keep` is the file that stays, or that the others are copies or earlier versions of.

        Raises `NotFound`, `Forbidden`, `InvalidInput`, and `Conflict` if it was decided already or a record that is to
        go has other files or is no draft; nothing is deleted then.
        """
        run, row = self._imports.known_run(actor, import_id), by_key(NearGroup, id=group_id)
        if row is None or row.run_id != run.id:
            raise NotFound
        if not may(actor, Act.IMPORT):
            raise Forbidden
        (group,) = self._shown(actor, run, [row])
        if row.decision:
            raise Conflict("这一组已经决定过了，重新载入看结果")
        others = _others(group, decision, keep)
        if decision == "one":
            self._require_deletable(others)
        for one in others:
            self._carry_out(actor, decision, group, keep, one)
        said = {"set__decision": decision, "set__kept": keep if decision != "all" else ""}
        by = actor.display_name or actor.name
        NearGroup.objects(id=row.id, decision="").update_one(set__by=by, set__at=self._clock(), **said)
        self._audit.insert(
            actor, "decide_copies", "import", run.id, decision=decision, files=len(group.members)
        )
        return self._shown(actor, run, [by_key(NearGroup, id=row.id)])[0]

    def _carry_out(
        self, actor: Actor, decision: str, group: NearGroupView, keep: str, one: NearMember
    ) -> None:
        kept = next(member for member in group.members if member.file_id == keep)
        if decision == "one":
            self._records.delete(actor, one.record_id)
        elif decision != "all":
            role = "related" if decision == "copies" else "replaced"
            self._relations.add(actor, kept.record_id, role, one.record_id)

    def _require_deletable(self, others: Sequence[NearMember]) -> None:
        for one in others:
            if one.life not in EDITABLE:
                raise Conflict("“%(title)s”不是草稿，不能删除；选别的处理", title=one.title[:80])
            files = File.objects(record_id=one.record_id, deleted_at=None).only("superseded_by")
            if sum(not file.superseded_by for file in files) > 1:
                raise Conflict("“%(title)s”还有别的文件，不能整件删除；选别的处理", title=one.title[:80])

    def _look_at(self, run: Any) -> int:
        highest = counter(numbers_of(run.id))
        upto = min(run.near_at + SPAN, highest)
        lines = between(run.id, run.near_at, upto)
        taken = {line.file_id: line for line in lines if line.fate == "archived" and line.file_id}
        sketches = keyed(NearSketch, list(taken))
        for sketch in sorted(sketches, key=lambda one: taken[one.id].n):
            self._enter(run, taken[sketch.id].n, sketch)
        ImportRun.objects(id=run.id).update_one(set__near_at=upto)
        if upto >= highest:
            ImportRun.objects(id=run.id).update_one(unset__near_due=1)
        return SPAN

    def _enter(self, run: Any, n: int, sketch: Any) -> None:
        if any(row.run_id == run.id for row in NearGroup.objects(files=sketch.id).limit(MAX_CANDIDATES)):
            return
        shares = _hanging_together(sketch)
        if len(shares) < 2:
            return
        made = {"run_id": run.id, "n": n, "files": list(shares), "shares": list(shares.values())}
        made |= {"decision": "", "at_line": place_of(run.id, n)}
        changes = {f"set_on_insert__{name}": value for name, value in made.items()}
        NearGroup.objects(id=f"{run.id}:{n}").update_one(upsert=True, **changes)

    def _shown(self, actor: Actor, run: Any, groups: Sequence[Any]) -> Sequence[NearGroupView]:
        ids = [file for row in groups for file in row.files]
        files = {file.id: file for file in keyed(File, ids) if not file.deleted_at and not file.superseded_by}
        made = list({file.record_id for file in files.values()})
        records = {one.id: one for one in keyed(Record, made) if not one.deleted_at}
        known = {key: one for key, one in records.items() if may(actor, Act.READ_CONTENT, guarded(one))}
        return [_view(run, row, files, known) for row in groups]


def _hanging_together(first: Any) -> Mapping[str, int]:
    """Files that are copies of this one or of such a copy, one of each record, and how alike each is, in hundredths."""
    found, waiting, records = {first.id: 0}, [first], {first.record_id}
    while waiting and len(found) < MOST:
        one = waiting.pop(0)
        for other in NearSketch.objects(keys__in=sorted(set(one.keys))).limit(MAX_CANDIDATES):
            share = None if other.record_id in records else same(one, other)
            if share is None or len(found) == MOST:
                continue
            found[other.id] = round(100 * share)
            found[first.id] = max(found[first.id], found[other.id])
            records.add(other.record_id)
            waiting.append(other)
    return found


def _others(group: NearGroupView, decision: str, keep: str) -> Sequence[NearMember]:
    """Those of whom something is to be said. Raises `InvalidInput`."""
    if decision not in DECISIONS:
        raise InvalidInput([Fault("decision", "enum", "选一种处理：留一件、都留、记为副本或记为旧版")])
    if decision == "all":
        return ()
    if len(group.members) < 2:
        raise Conflict("这一组只剩一件了，重新载入看结果")
    if keep not in {one.file_id for one in group.members}:
        raise InvalidInput([Fault("keep", "required", "先选出留下的那一件")])
    return [one for one in group.members if one.file_id != keep]


def _view(run: Any, row: Any, files: Mapping[str, Any], records: Mapping[str, Any]) -> NearGroupView:
    shares = dict(zip(row.files, row.shares, strict=True))
    here = [files[one] for one in row.files if one in files and files[one].record_id in records]
    return NearGroupView(
        id=row.id,
        n=row.n,
        decision=row.decision,
        kept=row.kept,
        by=row.by,
        at=row.at,
        members=[_member(run, file, records[file.record_id], shares[file.id]) for file in here],
    )


def _member(run: Any, file: Any, record: Any, share: int) -> NearMember:
    scanned = bool(file.facts.get("recognised"))
    return NearMember(
        record_id=record.id,
        file_id=file.id,
        title=record.title,
        name=file.name,
        path=file.path,
        size=file.size,
        secrecy=record.secrecy,
        life=record.life,
        kind="picture" if not share else "scan" if scanned else "text",
        share=share,
        modified=record.source.modified if record.source else None,
        preview=bool(file.preview_key),
        here=not record.source or record.source.import_id != run.id,
    )
