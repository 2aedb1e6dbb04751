"""Records: create, read, list, change, delete, and their history."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mongoengine.errors import NotUniqueError

from service.audit import Audit, outbox_slot
from service.domain.holdings import Description, Page, RecordView
from service.domain.permissions import EDITABLE, Act, Actor, hears_all, knows, listening, may
from service.errors import Conflict, Fault, Forbidden, InvalidInput, NotFound, StaleRevision
from service.models import File, Record, Revision, User
from service.models.connection import in_transaction
from service.models.reading import Numbers, by_key, counter, keyed, newest
from service.models.transactions import insert_row, update_rows
from service.usecases.attempts import digest
from service.usecases.describing.drafting import Drafting, put_in_inbox, stored
from service.usecases.describing.saving import Save, save_within
from service.usecases.describing.showing import guarded, known_record, require_editable, show_record
from service.usecases.scheme.categories import Categories

SEQ = "records"
"""The counter of records' dense numbers."""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One change of a description: field → (before, after)."""

    rev: int
    at: datetime
    by: str
    changes: dict[str, tuple[Any, Any]]


class Records:
    """Descriptions of what the archive holds. Absent and not-to-be-known records raise the same `NotFound`."""

    def __init__(
        self,
        categories: Categories,
        drafting: Drafting,
        audit: Audit,
        clock: Callable[[], datetime],
        on_indexable: Callable[[], None],
    ) -> None:
        self._categories, self._drafting, self._audit = categories, drafting, audit
        self._clock, self._on_indexable = clock, on_indexable
        self.numbers = Numbers(SEQ)

    def create(self, actor: Actor, described: Description, key: str = "") -> RecordView:
        """Enter a draft without files; the same `key` again gives the same draft. Raises `Forbidden`, `InvalidInput`."""
        row = self.draft(actor, described, key)
        try:
            insert_row(row)
        except NotUniqueError:
            return self.get(actor, row.id)
        self._on_indexable()
        return self._shown(actor, [row])[0]

    def draft(self, actor: Actor, described: Description, key: str = "") -> Any:
        """The row of a new draft, not saved, with its event in the outbox; a `key` makes its id."""
        if not may(actor, Act.CREATE):
            raise Forbidden
        row = self._drafting.draft(actor, described, seq=self.numbers.take(), now=self._clock())
        if key:
            row.id = digest(f"{actor.id}\0record\0{key}")[:32]
        if not (actor.circle or row.department):
            row.circles = [f"circle:{actor.id}"]
            put_in_inbox(row)
        row.outbox = [self._audit.entry(actor, "create", "record", row.id, category=row.category)]
        row.outbox_slot = outbox_slot()
        return row

    def get(self, actor: Actor, record_id: str) -> RecordView:
        """One record with its files; the read is audited (R-AUD-1)."""
        row = known_record(actor, record_id)
        self._audit.insert(actor, "read", "record", row.id)
        return self._shown(actor, [row])[0]

    def list(
        self, actor: Actor, *, category: str | None = None, below: int | None = None, limit: int = 50
    ) -> Page:
        """Newest first from below the number `below`, straight from the truth; `next_cursor` is the next number.

        An empty `category` asks for the inbox.
        This is the list that works while search is down; filtered lists with totals come from search.
        """
        conditions: dict[str, Any] = {"deleted_at": None}
        if category:
            conditions["category"] = category
        elif category is not None:
            own = {} if hears_all(actor) else {"waits_for__in": listening(actor)}
            conditions |= {"number": "waits"} | own
        found: list[Any] = []
        at = counter(SEQ) + 1 if below is None else below
        while at > 0 and len(found) <= limit:
            rows = newest(Record, below=at, limit=limit + 1, **conditions)
            found += [row for row in rows if knows(actor, guarded(row))]
            at = rows[-1].seq if len(rows) > limit else 0
        more = len(found) > limit
        page = found[:limit]
        return Page(items=self._shown(actor, page), next_cursor=str(page[-1].seq) if more else "")

    def some(self, actor: Actor, ids: Sequence[str]) -> Sequence[RecordView]:
        """The records with these ids that the actor may know of, in the order of `ids`."""
        rows = {row.id: row for row in keyed(Record, ids[:200], deleted_at=None)}
        known = [rows[one] for one in ids if one in rows and knows(actor, guarded(rows[one]))]
        return self._shown(actor, known)

    def change(self, actor: Actor, record_id: str, rev: int, described: Description) -> RecordView:
        """Change the description of revision `rev`. Raises `StaleRevision` if it is no longer that one."""
        row = known_record(actor, record_id, Act.CHANGE)
        if row.rev != rev:
            raise StaleRevision(row.rev)
        require_editable(row)
        save = self.prepared(actor, row, described)
        if save is None:
            return self._shown(actor, [row])[0]
        self._save(save)
        self._on_indexable()
        return self._shown(actor, [by_key(Record, id=row.id)])[0]

    def prepared(self, actor: Actor, row: Any, described: Description, **facts: Any) -> Save | None:
        """The write that describes a permitted row anew, None if it changes nothing; the row has the values then.

        `facts` go into its event. Raises `InvalidInput`.
        """
        changes = self._drafting.changes(row, described)
        if not changes:
            return None
        before = {name: getattr(row, name) for name in changes}
        for name, value in changes.items():
            setattr(row, name, value)
        self._require_still_known(actor, row)
        rev = row.rev + 1
        said = sorted(set(changes) - {"matches"})  # digests are nothing that anybody said
        told = {name: [stored(before[name]), stored(changes[name])] for name in said}
        entries = [
            self._audit.entry(actor, "change", "record", row.id, rev=rev, fields=said, **facts),
            self._audit.revision(row.id, rev, actor, told),
        ]
        return Save.of(row, row.rev, {name: stored(value) for name, value in changes.items()}, entries)

    def delete(self, actor: Actor, record_id: str, rev: int | None = None) -> None:
        """Set a tombstone: the record is gone for everybody, its bytes go after the grace period."""
        row = known_record(actor, record_id, Act.DELETE)
        if row.life not in EDITABLE:
            raise Conflict("只有草稿可以删除；已归档的要走销毁审批")
        if rev is not None and row.rev != rev:
            raise StaleRevision(row.rev)
        now = self._clock()
        entry = self._audit.entry(actor, "delete", "record", row.id)
        self._save(Save.of(row, row.rev, {"deleted_at": now, "clears_at": now}, [entry]))
        update_rows(File.objects(record_id=row.id, deleted_at=None), set__deleted_at=now, unset__slot=1)
        self._on_indexable()

    def history(self, actor: Actor, record_id: str) -> Sequence[HistoryLine]:
        """Every change of the description, newest first."""
        row = known_record(actor, record_id)
        waiting = [Revision(**_without_kind(entry)) for entry in row.outbox if entry["kind"] == "revision"]
        lines = {line.rev: line for line in [*Revision.objects(record_id=row.id), *waiting]}
        return [
            HistoryLine(
                line.rev, line.at, line.by, {name: tuple(pair) for name, pair in line.changes.items()}
            )
            for line in sorted(lines.values(), key=lambda line: -line.rev)
        ]

    def _require_still_known(self, actor: Actor, row: Any) -> None:
        if not knows(actor, guarded(row)):
            fault = Fault("secrecy", "out_of_reach", "改后本人将无权查看这件档案；请档案管理员来改")
            raise InvalidInput([fault])

    def _save(self, save: Save) -> None:
        if not in_transaction(lambda session: save_within(session, save, self._clock())):
            self._explain(save.id, save.rev)

    def _explain(self, record_id: str, rev: int) -> None:
        now = by_key(Record, id=record_id)
        if now is None or now.deleted_at:
            raise NotFound
        if now.rev != rev:
            raise StaleRevision(now.rev)
        raise Conflict("改动太快，稍后再试")

    def _shown(self, actor: Actor, rows: Sequence[Any]) -> Sequence[RecordView]:
        if not rows:
            return []
        files: dict[str, list[Any]] = {}
        shown: dict[str, Any] = {"parent": None, "deleted_at": None, "superseded_by": None}
        for file in keyed(File, [row.id for row in rows], field="record_id", **shown):
            files.setdefault(file.record_id, []).append(file)
        owners = sorted({row.owner for row in rows})
        people = {user.id: user.display_name or user.name for user in keyed(User, owners)}
        return [
            show_record(
                actor, row, category=self._categories.of(row), owners=people, files=files.get(row.id, [])
            )
            for row in rows
        ]


def _without_kind(entry: dict[str, Any]) -> dict[str, Any]:
    return {("id" if key == "_id" else key): value for key, value in entry.items() if key != "kind"}
