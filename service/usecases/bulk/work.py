"""Bulk work: choose many records, see what would change, do it in lots, and take it back."""

import secrets
from collections import Counter as Tally
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from pymongo import UpdateOne
from pymongo.client_session import ClientSession

from service.audit import Audit
from service.domain.bulk import ACTS, MOST, SLICE, TYPED_FROM, BulkChange, BulkLineView, BulkView
from service.domain.holdings import Page, Question
from service.domain.permissions import Actor, knows, search_scope
from service.errors import Conflict, Fault, Forbidden, InvalidInput, NotFound
from service.models import BulkLine, BulkRun, Record
from service.models.connection import in_transaction
from service.models.reading import by_key
from service.usecases.bulk.lots import LOT, BulkLots, Planned
from service.usecases.describing.records import Records
from service.usecases.describing.showing import GUARDED, guarded_row
from service.usecases.dossiers.filing import open_dossier
from service.usecases.searching.finding import FindingRecords

KEPT = timedelta(days=7)
"""How long a run, and with it the way back, is kept."""

READ = 200
"""Records that are read at once to look at them."""


class Bulk:
    """Work on many records, always one's own: a run of somebody else is `NotFound`.

    A run is chosen, planned (each line then names the revision it was looked at, as If-Match does), and done slice
    by slice, so that neither a long request nor a server that stops loses anything: what was done stays done and
    is not done twice.
    """

    def __init__(
        self,
        finding: FindingRecords,
        records: Records,
        lots: BulkLots,
        audit: Audit,
        clock: Callable[[], datetime],
    ) -> None:
        self._finding, self._records, self._lots = finding, records, lots
        self._audit, self._clock = audit, clock

    def choose(
        self,
        actor: Actor,
        act: str,
        *,
        ids: Sequence[str] = (),
        question: Question | None = None,
        back: str = "",
    ) -> BulkView:
        """Begin a run with records by id, or with everything that answers a question: what the actor knows of them.

        At most `MOST`, in the order given. Raises `Forbidden`, `InvalidInput`.
        """
        if not search_scope(actor):
            raise Forbidden
        if act not in ACTS:
            raise InvalidInput([Fault("act", "unknown_act", "没有这种批量操作")])
        total = len(ids)
        if question is not None:
            total, ids = self._answering(actor, question)
        rows = list(self._known(actor, list(dict.fromkeys(ids))[:MOST]))
        if not rows:
            raise InvalidInput([Fault("ids", "required", "还没有选定档案")])
        now = self._clock()
        run = BulkRun(
            id=secrets.token_hex(16),
            by=actor.id,
            act=act,
            back=back[:2000],
            count=len(rows),
            beyond=max(0, total - MOST),
            created_at=now,
            expires_at=now + KEPT,
        )
        self._enter(run, [(row["_id"], int(row.get("rev", 1))) for row in rows])
        return self.get(actor, run.id)

    def get(self, actor: Actor, run_id: str) -> BulkView:
        """A run of one's own."""
        return self._view(own_run(actor, run_id))

    def plan(self, actor: Actor, run_id: str, change: BulkChange) -> BulkView:
        """Look what the change would do, and note for each record the revision that was looked at.

        May be repeated with another change until the run begins. Raises `InvalidInput`, `Conflict`, `NotFound`.
        """
        run = own_run(actor, run_id)
        if run.act not in ("edit", "move") or run.state not in ("chosen", "planned"):
            raise Conflict("已经开始执行，不能再改；另选一次")
        if change.empty:
            raise InvalidInput([Fault("", "required", "还没有填写要改的内容")])
        faults = self._lots.faults_of(change)
        if faults:
            raise InvalidInput(faults)
        if change.dossier:
            open_dossier(actor, change.dossier)
        run.spec = _spec(change)
        self._look(actor, run, change)
        BulkRun.objects(id=run.id, state__in=("chosen", "planned")).update_one(
            set__spec=run.spec, set__state="planned"
        )
        return self.get(actor, run.id)

    def apply(self, actor: Actor, run_id: str, *, typed: int | None = None) -> BulkView:
        """Work on the next `SLICE` lines; ask again until the state is done. Repeating does nothing twice.

        A deletion of `TYPED_FROM` and more wants its number `typed`. Raises `Conflict`, `InvalidInput`.
        """
        run = own_run(actor, run_id)
        if run.state == "done":
            return self._view(run)
        if run.act == "download" or (run.act in ("edit", "move") and run.state == "chosen"):
            raise Conflict("先预览变化，再执行")
        if run.act == "delete" and run.state == "chosen":
            if run.count >= TYPED_FROM and typed != run.count:
                told = {"count": run.count}
                raise InvalidInput(
                    [Fault("typed", "not_confirmed", "输入要删除的件数 %(count)s，才能删除", told)]
                )
            self._look(actor, run, BulkChange())
        if run.at == 0:
            self._audit.insert(actor, f"bulk_{run.act}", "bulk", run.id, count=run.count)
        end = min(run.count, run.at + SLICE)
        planned = Planned(run.id, run.act, _change(run.spec))
        for low in range(run.at, end, LOT):
            self._lots.work(actor, planned, low, min(low + LOT, end))
        done = {"set__state": "done", "set__ended_at": self._clock()} if end == run.count else {}
        BulkRun.objects(id=run.id, at=run.at).update_one(**({"set__state": "running", "set__at": end} | done))
        return self.get(actor, run.id)

    def undo(self, actor: Actor, run_id: str) -> BulkView:
        """Begin the run that takes a finished one back: what somebody changed since is left alone and said."""
        run = own_run(actor, run_id)
        if not _undoable(run):
            raise Conflict("这次操作不能撤销，或已撤销")
        lines = [line for line in self._lines(run) if line.fate == "done"]
        if not lines:
            raise Conflict("这次操作没有改动，不用撤销")
        now = self._clock()
        back = BulkRun(
            id=secrets.token_hex(16),
            by=actor.id,
            act="restore" if run.act == "delete" else "undo",
            state="planned",
            undoes=run.id,
            back=run.back,
            spec=run.spec,
            count=len(lines),
            created_at=now,
            expires_at=now + KEPT,
        )
        if not BulkRun.objects(id=run.id, undone_by="").update_one(set__undone_by=back.id):
            raise Conflict("这次操作不能撤销，或已撤销")
        self._enter(back, [(line.record_id, line.rev_after) for line in lines], lines)
        return self.get(actor, back.id)

    def lines(
        self, actor: Actor, run_id: str, *, start: int = 0, limit: int = 50, fates: Sequence[str] = ()
    ) -> Page:
        """The lines of a run from number `start` on, with what would change; `next_cursor` is the next number.

        `fates`: only these, from the whole run, "plan:change" and its like by what is planned.
        """
        run = own_run(actor, run_id)
        found: list[Any] = []
        at = start
        while at < run.count and len(found) <= limit:
            rows = list(BulkLine.objects(run_id=run.id, n__gte=at, n__lt=at + READ))
            rows.sort(key=lambda row: row.n)
            found += [row for row in rows if not fates or row.fate in fates or f"plan:{row.plan}" in fates]
            at += READ
        page = found[:limit]
        views = self._line_views(actor, run, page)
        following = str(page[-1].n + 1) if len(found) > limit else ""
        return Page(items=views, next_cursor=following, total=run.count)

    def _answering(self, actor: Actor, question: Question) -> tuple[int, list[str]]:
        """How many answer a question, and the ids of the first `MOST`."""
        total = self._finding.count(actor, question)
        return total, [hit.id for hit in self._finding.each(actor, question, most=MOST)]

    def _known(self, actor: Actor, ids: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        for low in range(0, len(ids), READ):
            some = list(ids[low : low + READ])
            wanted = {"_id": {"$in": some}, "deleted_at": None}
            rows = {
                row["_id"]: row
                for row in Record._get_collection().find(wanted, dict.fromkeys((*GUARDED, "rev"), 1))
            }
            yield from (rows[one] for one in some if one in rows and knows(actor, guarded_row(rows[one])))

    def _enter(self, run: Any, wanted: Sequence[tuple[str, int]], undone: Sequence[Any] = ()) -> None:
        lines = [
            {
                "_id": f"{run.id}:{n}",
                "run_id": run.id,
                "n": n,
                "record_id": record_id,
                "rev": rev,
                "plan": "",
                "fate": "",
                "expires_at": run.expires_at,
            }
            | (_undoing(undone[n]) if undone else {})
            for n, (record_id, rev) in enumerate(wanted)
        ]

        def write(session: ClientSession) -> None:
            BulkLine._get_collection().insert_many(lines, session=session)
            BulkRun._get_collection().insert_one(run.to_mongo(), session=session)

        in_transaction(write)

    def _lines(self, run: Any) -> Iterator[Any]:
        for low in range(0, run.count, READ):
            rows = BulkLine.objects(run_id=run.id, n__gte=low, n__lt=low + READ)
            yield from sorted(rows, key=lambda row: row.n)

    def _look(self, actor: Actor, run: Any, change: BulkChange) -> None:
        """Note on each line what would become of it, and at which revision."""
        planned = Planned(run.id, run.act, change)
        for low in range(0, run.count, READ):
            lines = list(BulkLine.objects(run_id=run.id, n__gte=low, n__lt=low + READ))
            looks = self._lots.look(actor, planned, [line.record_id for line in lines])
            updates = [
                UpdateOne(
                    {"_id": line.id, "fate": ""},
                    {
                        "$set": {
                            "plan": looks[line.record_id].plan,
                            "rev": looks[line.record_id].rev,
                            "reason": looks[line.record_id].reason,
                            "params": dict(looks[line.record_id].params),
                        }
                    },
                )
                for line in lines
            ]
            BulkLine._get_collection().bulk_write(updates, ordered=False)

    def _line_views(self, actor: Actor, run: Any, lines: Sequence[Any]) -> list[BulkLineView]:
        ids = [line.record_id for line in lines]
        records = {one.id: one for one in self._records.some(actor, ids)}
        looks = {}
        if run.state == "planned" and run.act in ("edit", "move"):
            looks = self._lots.look(actor, Planned(run.id, run.act, _change(run.spec)), ids)
        return [
            BulkLineView(
                n=line.n,
                record_id=line.record_id,
                record=records.get(line.record_id),
                plan=line.plan,
                fate=line.fate,
                reason=line.reason,
                params=dict(line.params),
                changes=looks[line.record_id].changes if line.record_id in looks else {},
                dossier=looks[line.record_id].dossier if line.record_id in looks else None,
            )
            for line in lines
        ]

    def _view(self, run: Any) -> BulkView:
        plans: Tally[str] = Tally()
        fates: Tally[str] = Tally()
        wanted = {"plan": 1, "fate": 1}
        for line in BulkLine._get_collection().find({"run_id": run.id}, wanted):
            plans[line.get("plan", "")] += 1
            fates[line.get("fate", "")] += 1
        return BulkView(
            id=run.id,
            act=run.act,
            state=run.state,
            count=run.count,
            beyond=run.beyond,
            done=run.at,
            change=_change(run.spec),
            plans={name: count for name, count in plans.items() if name},
            fates={name: count for name, count in fates.items() if name},
            undoable=_undoable(run) and fates["done"] > 0,
            undoes=run.undoes,
            undone_by=run.undone_by,
            back=run.back,
            created_at=run.created_at,
            ended_at=run.ended_at,
        )


def own_run(actor: Actor, run_id: str) -> Any:
    """The row of a run of the actor's own, else `NotFound`."""
    row = by_key(BulkRun, id=run_id)
    if row is None or row.by != actor.id or not search_scope(actor):
        raise NotFound("没有这次批量操作，或已过期")
    return row


def _undoable(run: Any) -> bool:
    return run.state == "done" and run.act in ("edit", "move", "delete") and not run.undone_by


def _undoing(line: Any) -> dict[str, Any]:
    """What the line that undoes `line` has to know: whether a revision is to be taken back, and which dossier."""
    described = line.rev_after > line.rev
    return {"plan": "change" if described else "file", "filed": line.filed, "left": line.left}


def _spec(change: BulkChange) -> dict[str, Any]:
    said = {name: value for name, value in asdict(change).items() if value not in (None, (), "", False)}
    return {
        name: value.isoformat()
        if isinstance(value, date)
        else list(value)
        if isinstance(value, tuple)
        else value
        for name, value in said.items()
    }


def _change(spec: Mapping[str, Any]) -> BulkChange:
    said: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in spec.items()
    }
    if "date" in said:
        said["date"] = date.fromisoformat(said["date"])
    return BulkChange(**said)
