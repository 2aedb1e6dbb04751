"""Conversions 换版: how records come to their category's new version: proposed, looked at, approved by somebody else."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from service.domain import conversions as rules
from service.domain.conversions import ConversionView, ConvertedLine, Looked, Older, Preview
from service.domain.fitting import fits
from service.domain.holdings import CategoryView, Page
from service.domain.mapping import FieldMapping, faults_of, moved, proposed
from service.domain.permissions import EDITABLE, Act, Actor, knows, may, rights_of
from service.errors import Conflict, Fault, InvalidInput, NotFound
from service.models import Conversion, ConversionLine, Record
from service.models.reading import Windows, by_key, counter, falling, keyed
from service.usecases.bulk.converting import Converting, place_of
from service.usecases.describing.records import SEQ
from service.usecases.describing.showing import GUARDED, LASTING, guarded, guarded_row
from service.usecases.ground import Ground
from service.usecases.scheme.approving import (
    check_decision,
    require_approver,
    require_manager,
    require_part,
)

MOST = 400
"""Conversions that are listed."""
LOOKED = 5000
"""Records of the old version that one preview looks at."""
MOST_OLDER = 20_000
EXAMPLES, STAYING = 5, 50
READ = 40


class Conversions:
    """Who manages the scheme drafts a conversion, somebody else approves it; then it runs by itself.

    Everybody sees and counts only records that he may know of; those of others do not exist for him. Archived records
    keep their version (R-VAL-12): they are read by it for ever, and their correction can be converted.
    """

    def __init__(
        self, ground: Ground, named: Callable[[str], Actor | None], somebody_else: Callable[[Actor], bool]
    ) -> None:
        """`somebody_else`: whether anybody but this person could approve; where nobody could, nobody needs to."""
        self._categories, self._audit, self._clock = ground.categories, ground.audit, ground.clock
        self._nudge, self._somebody_else = ground.nudge, somebody_else
        self.converting = Converting(ground, named)

    def all(self, actor: Actor) -> list[ConversionView]:
        """Every conversion that was drafted, the newest first. Raises `Forbidden`."""
        require_part(actor)
        rows = sorted(Conversion.objects().limit(MOST), key=lambda row: row.at, reverse=True)
        return [self._view(actor, row) for row in rows]

    def awaiting(self, actor: Actor) -> list[ConversionView]:
        """Those that wait for approval. Raises `Forbidden`."""
        require_part(actor)
        return [self._view(actor, row) for row in Conversion.objects(state=rules.SUBMITTED).limit(MOST)]

    def older(self, actor: Actor, code: str) -> list[Older]:
        """Versions before the one in force by which records are described, the newest first."""
        require_part(actor)
        now = self._categories.get(code)
        found: dict[int, list[bool]] = {}
        for row in self._rows(actor, code, {"$nin": [0, now.version]}, most=MOST_OLDER):
            found.setdefault(row["category_version"], []).append(row.get("life") in LASTING)
        return [
            Older(version, len(lives), sum(lives), self._fits(now, version))
            for version, lives in sorted(found.items(), reverse=True)
        ]

    def get(self, actor: Actor, conversion_id: str) -> ConversionView:
        """A conversion as it stands, or the one that suggests itself. Raises `Forbidden`, `NotFound`."""
        require_part(actor)
        row = by_key(Conversion, id=conversion_id)
        if row is not None:
            return self._view(actor, row)
        old, new = self._versions(conversion_id)
        return ConversionView(conversion_id, old, new, proposed(old.schema, new.schema))

    def save(self, actor: Actor, conversion_id: str, mapping: FieldMapping, *, rev: int) -> ConversionView:
        """Keep a mapping over its revision `rev`; it is to be approved anew.

        Raises `Forbidden`, `NotFound`, `InvalidInput`, `Conflict` where it runs or somebody else changed it.
        """
        require_manager(actor, self._audit, "conversion")
        view = self.get(actor, conversion_id)
        if view.state in rules.AT_WORK:
            raise Conflict("正在执行，不能改对照；等它结束")
        if view.rev != rev:
            raise Conflict("别人刚改过这份对照，刷新后再改")
        if faults := faults_of(mapping, view.old.schema, view.new.schema):
            raise InvalidInput(faults)
        values = {
            "code": view.new.code,
            "old": view.old.version,
            "new": view.new.version,
            "mapping": mapping.stored(),
            "by": actor.display_name or actor.name,
            "by_id": actor.id,
            "at": self._clock(),
            "rev": rev + 1,
            "state": "",
            "reason": "",
            "note": "",
            "approved_by": "",
            "approved_at": None,
        }
        match = {"_id": conversion_id, **({"rev": rev} if rev else {})}
        rows = Conversion._get_collection()
        if not rows.update_one(match, {"$set": values}, upsert=not rev).raw_result.get("n"):
            raise Conflict("别人刚改过这份对照，刷新后再改")
        self._audit.insert(actor, "draft_conversion", "conversion", conversion_id, rev=rev + 1)
        return self.get(actor, conversion_id)

    def submit(self, actor: Actor, conversion_id: str, *, rev: int, reason: str) -> ConversionView:
        """Hand a mapping in for approval; where nobody else could approve it, it is carried out at once.

        Raises `Forbidden`, `NotFound`, `InvalidInput` without a reason, `Conflict` where it is not that one.
        """
        require_manager(actor, self._audit, "conversion")
        view = self.get(actor, conversion_id)
        if not 1 <= len(reason.strip()) <= 500:
            raise InvalidInput([Fault("reason", "required", "换版理由必填，最多 500 个字")])
        if not view.rev or view.rev != rev or view.state:
            raise Conflict("没有可以提交的对照，或别人刚改过")
        self._require_current(view)
        needed = self._somebody_else(actor)
        state = rules.SUBMITTED if needed else rules.APPROVED
        self._mark(view, {"state": state, "reason": reason.strip(), "note": ""})
        self._audit.insert(actor, "submit_conversion", "conversion", conversion_id, reason=reason.strip())
        return self.get(actor, conversion_id) if needed else self.start(actor, conversion_id)

    def decide(
        self, actor: Actor, conversion_id: str, *, rev: int, approve: bool, note: str = ""
    ) -> ConversionView:
        """Approve a mapping, which then runs as its author, or return it with a note; by somebody else than him.

        Raises `Forbidden`, `InvalidInput` for a return without a note, `Conflict` where it no longer waits.
        """
        require_approver(actor)
        view = self.get(actor, conversion_id)
        if view.state != rules.SUBMITTED or view.rev != rev:
            raise Conflict("这份对照不在待审批，重新载入后再看")
        check_decision(actor, view.by_id, note, approve=approve)
        if approve:
            self._require_current(view)
        values = {"state": rules.APPROVED if approve else "", "note": note.strip()}
        told = {"approved_by": actor.display_name or actor.name, "approved_at": self._clock()}
        self._mark(view, values | (told if approve else {}))
        act = "approve_conversion" if approve else "return_conversion"
        self._audit.insert(actor, act, "conversion", conversion_id, rev=rev, reason=note.strip())
        if approve:
            self._begin(view, rules.RUNNING, (view.by_id, view.by), rules.APPROVED)
        return self.get(actor, conversion_id)

    def start(self, actor: Actor, conversion_id: str) -> ConversionView:
        """Carry an approved mapping out, again for what has come since or what one's own rights reach.

        Raises `Forbidden`, `NotFound`, `Conflict`.
        """
        require_manager(actor, self._audit, "conversion")
        view = self.get(actor, conversion_id)
        if view.state not in rules.RUNNABLE:
            raise Conflict("批准之后才能执行")
        self._require_current(view)
        self._begin(view, rules.RUNNING, (actor.id, actor.display_name or actor.name), view.state)
        self._audit.insert(actor, "start_conversion", "conversion", conversion_id)
        return self.get(actor, conversion_id)

    def undo(self, actor: Actor, conversion_id: str) -> ConversionView:
        """Take the last run back, by who carried it out; what somebody changed since is left alone and said.

        Raises `Forbidden`, `NotFound`, `Conflict`.
        """
        require_manager(actor, self._audit, "conversion")
        view, row = self.get(actor, conversion_id), by_key(Conversion, id=conversion_id)
        if row is None or view.state != rules.DONE or row.runner_id != actor.id:
            raise Conflict("只有执行人可以撤销刚做完的换版")
        if view.outdated:
            raise Conflict("这个类别又有了新版，换版不能再撤销")
        self._begin(view, rules.UNDOING, (actor.id, actor.display_name or actor.name), view.state)
        self._audit.insert(actor, "undo_conversion", "conversion", conversion_id)
        return self.get(actor, conversion_id)

    def preview(self, actor: Actor, conversion_id: str, mapping: FieldMapping | None = None) -> Preview:
        """What a mapping, else the one that stands, would do to the records that the actor may know of.

        Nothing is written. Raises `Forbidden`, `NotFound`, `InvalidInput`.
        """
        view = self.get(actor, conversion_id)
        if mapping is not None and (faults := faults_of(mapping, view.old.schema, view.new.schema)):
            raise InvalidInput(faults)
        sums = dict.fromkeys(("moves", "stays", "frozen", "under_way", "not_his", "open", "noted"), 0)
        examples: list[Looked] = []
        staying: list[Looked] = []
        looked = 0
        for one in self._looks(actor, replace(view, mapping=mapping or view.mapping)):
            looked += 1
            if looked > LOOKED:
                break
            if isinstance(one, str):
                sums[one] += 1
                continue
            sums["stays" if one.stays else "moves"] += 1
            sums["open"] += bool(one.open) and not one.stays
            sums["noted"] += one.note != one.note_before and not one.stays
            kept, most = (staying, STAYING) if one.stays else (examples, EXAMPLES)
            if len(kept) < most:
                kept.append(one)
        return Preview(**sums, beyond=looked > LOOKED, examples=examples, staying=staying)

    def staying(self, actor: Actor, conversion_id: str, *, below: int | None = None, limit: int = 50) -> Page:
        """Every record whose values would not convert, `Looked`s, the newest first from below a number."""
        view = self.get(actor, conversion_id)
        found: list[tuple[int, Looked]] = []
        for row in self._rows(actor, view.new.code, view.old.version, below=below):
            one = self._looked(actor, view, row)
            if not isinstance(one, str) and one.stays:
                found.append((int(row["seq"]), one))
            if len(found) > limit:
                break
        following = str(found[limit - 1][0]) if len(found) > limit else ""
        return Page([one for _seq, one in found[:limit]], following)

    def lines(
        self,
        actor: Actor,
        conversion_id: str,
        *,
        below: int | None = None,
        limit: int = 50,
        fates: Sequence[str] = (),
    ) -> Page:
        """What the last run made of each record that the actor may know of, the newest first from below a number."""
        require_part(actor)
        run = by_key(Conversion, id=conversion_id)
        if run is None or not run.run:
            return Page([])
        found: list[ConvertedLine] = []
        waiting: list[dict[str, Any]] = []
        only = ("seq", "record_id", "fate", "reason", "params", "open")
        windows = Windows(key=lambda seq: place_of(run, seq))
        first = run.highest + 1 if below is None else min(below, run.highest + 1)
        for line in falling(ConversionLine, number="at", below=first, only=only, windows=windows):
            if not fates or line["fate"] in fates:
                waiting.append(line)
            if len(waiting) == READ:
                found += _told(actor, waiting)
                waiting = []
            if len(found) > limit:
                break
        found += _told(actor, waiting)
        return Page(found[:limit], str(found[limit - 1].seq) if len(found) > limit else "")

    def _looks(self, actor: Actor, view: ConversionView) -> Iterator[Looked | str]:
        for row in self._rows(actor, view.new.code, view.old.version):
            yield self._looked(actor, view, row)

    def _looked(self, actor: Actor, view: ConversionView, plain: dict[str, Any]) -> Looked | str:
        """A record as it would be, or under what it is counted otherwise."""
        row = Record._from_son(plain)
        if row.life in LASTING:
            return "frozen"
        if row.life not in EDITABLE:
            return "under_way"
        # Who approves changes no records: he is shown what the author's run would do to those that he knows.
        if Act.CHANGE in rights_of(actor) and not may(actor, Act.CHANGE, guarded(row)):
            return "not_his"
        made = moved(dict(row.fields), row.note, view.mapping, (view.old.schema, view.new.schema))
        return Looked(
            row.id,
            row.title,
            row.ref_code,
            dict(row.fields),
            made.fields,
            row.note,
            made.note,
            made.findings,
            made.open,
        )

    def _rows(
        self, actor: Actor, code: str, version: Any, *, below: int | None = None, most: int = 0
    ) -> Iterator[dict[str, Any]]:
        """Plain rows of records of these versions that the actor may know of, the newest first."""
        top = counter(SEQ) + 1 if below is None else below
        only = ("title", "ref_code", "fields", "note", "category", "category_version", *GUARDED)
        wanted = {"category": code, "category_version": version, "deleted_at": None}
        rows = falling(Record, number="seq", below=top, only=only, **wanted)
        known = (row for row in rows if knows(actor, guarded_row(row)))
        for place, row in enumerate(known, start=1):
            yield row
            if place == most:
                return

    def _versions(self, conversion_id: str) -> tuple[CategoryView, CategoryView]:
        named = rules.NAME.fullmatch(conversion_id)
        if named is None or self._categories.find(named["code"]) is None:
            raise NotFound("没有这份换版对照")
        code, old, new = named["code"], int(named["old"]), int(named["new"])
        if old >= new:
            raise NotFound("没有这份换版对照")
        return self._categories.version(code, old), self._categories.version(code, new)

    def _fits(self, now: CategoryView, version: int) -> bool:
        try:
            return fits(self._categories.version(now.code, version).schema, now.schema)
        except NotFound:
            return True

    def _view(self, actor: Actor, row: Any) -> ConversionView:
        old, new = self._versions(row.id)
        told = ("rev", "state", "by", "by_id", "at", "reason", "note", "approved_by", "runner")
        working = row.state in rules.AT_WORK
        return ConversionView(
            row.id,
            old,
            new,
            FieldMapping.of(row.to_mongo()["mapping"]),
            **{name: getattr(row, name) for name in (*told, "began_at", "ended_at")},
            progress=100 * row.position // max(1, row.highest) if working else 100 if row.run else 0,
            counts=dict(row.counts) if row.run and row.runner_id == actor.id else None,
            outdated=self._categories.get(row.code).version != row.new,
        )

    def _begin(self, view: ConversionView, state: str, runner: tuple[str, str], before: str) -> None:
        values: dict[str, Any] = {"state": state, "position": 0, "highest": counter(SEQ), "counts": {}}
        values |= {"began_at": self._clock(), "ended_at": None}
        values |= {"runner_id": runner[0], "runner": runner[1]}
        runs = {"$inc": {"run": 1}} if state == rules.RUNNING else {}
        match = {"_id": view.id, "state": before}
        if not Conversion._get_collection().update_one(match, {"$set": values, **runs}).modified_count:
            raise Conflict("别人刚改过这份对照，刷新后再改")
        self._nudge()

    def _mark(self, view: ConversionView, values: dict[str, Any]) -> None:
        match = {"_id": view.id, "rev": view.rev, "state": view.state}
        if not Conversion._get_collection().update_one(match, {"$set": values}).modified_count:
            raise Conflict("别人刚改过这份对照，刷新后再改")

    def _require_current(self, view: ConversionView) -> None:
        if self._categories.get(view.new.code).version != view.new.version:
            raise Conflict("这个类别又有了新版，另起草到新版的对照")


def _told(actor: Actor, lines: Sequence[dict[str, Any]]) -> list[ConvertedLine]:
    """The lines of those records that the actor may know of."""
    only = ("title", "ref_code", *GUARDED)
    rows = keyed(Record, [line["record_id"] for line in lines], only=only, deleted_at=None)
    known = {row["_id"]: row for row in rows if knows(actor, guarded_row(row))}
    return [
        ConvertedLine(
            line["seq"],
            line["record_id"],
            known[line["record_id"]]["title"],
            known[line["record_id"]].get("ref_code", ""),
            line["fate"],
            line.get("reason", ""),
            line.get("params", {}),
            line.get("open", 0),
        )
        for line in lines
        if line["record_id"] in known
    ]
