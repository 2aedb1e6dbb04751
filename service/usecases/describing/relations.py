"""Relations between records: enter, list, take away, each as far as both records may be known (R-SRC-3, R-SEC-7)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from pymongo.client_session import ClientSession

from service.audit import OUTBOX_LIMIT, Audit, Entry, outbox_slot
from service.domain.permissions import Act, Actor, knows
from service.domain.relations import MAX_RELATIONS, Role, Tie, seen_from, tie
from service.errors import Conflict, Fault, InvalidInput, NotFound
from service.models import Record, Relation
from service.models.connection import in_transaction
from service.models.reading import by_key
from service.usecases.describing.showing import GUARDED, guarded, known_record

MOST_READ = 10 * MAX_RELATIONS
"""Relations of a record that are looked at: those that somebody may not know of leave him room for all of his."""
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True)
class RelationView:
    """A related record as seen from another one: it is `role` to that one. `at` is UTC."""

    id: str
    role: str
    record_id: str
    title: str
    category: str
    ref_code: str
    secrecy: str
    life: str
    by: str
    at: datetime


class Relations:
    """What belongs together without being one record."""

    def __init__(self, audit: Audit, clock: Callable[[], datetime]) -> None:
        self._audit, self._clock = audit, clock

    def list(self, actor: Actor, record_id: str) -> Sequence[RelationView]:
        """The related records that the actor may know of, by role, oldest first. Raises `NotFound`."""
        known_record(actor, record_id)
        rows = _of(record_id)
        seen = {row.id: seen_from(record_id, _tie(row)) for row in rows}
        ids = [other for _role, other in seen.values()]
        others = {one.id: one for one in Record.objects(id__in=ids, deleted_at=None)} if ids else {}
        known = [row for row in rows if _known(actor, others.get(seen[row.id][1]))]
        shown = [_view(row, seen[row.id][0], others[seen[row.id][1]]) for row in known]
        return sorted(shown, key=lambda one: (ROLES.index(one.role), one.at, one.id))

    def add(self, actor: Actor, record_id: str, role: str, other_id: str) -> RelationView:
        """Say that `other_id` is `role` to `record_id`; saying it again changes nothing.

        Raises `NotFound` if either may not be known of, `Forbidden` for who may not change this one,
        `InvalidInput` for an unknown role or a record and itself, `Conflict` beyond `MAX_RELATIONS`.
        """
        row = known_record(actor, record_id, Act.CHANGE)
        other = known_record(actor, other_id)
        if role not in ROLES:
            allowed = {"value": role[:40], "allowed": "、".join(ROLES)}
            raise InvalidInput(
                [Fault("role", "not_in_list", "没有关系“%(value)s”，应为：%(allowed)s", allowed)]
            )
        if row.id == other.id:
            raise InvalidInput([Fault("record_id", "same_record", "一件档案不能与自己建立关系，另选一件")])
        made = tie(row.id, role, other.id)
        if max(_known_of(actor, row.id), _known_of(actor, other.id)) >= MAX_RELATIONS:
            raise Conflict("一件档案最多 %(limit)s 条关系；更多的应立为案卷", limit=MAX_RELATIONS)
        self._write(actor, made, lambda session: self._insert(session, made, actor), "relate")
        return _view(by_key(Relation, id=made.id), role, other)

    def remove(self, actor: Actor, record_id: str, relation_id: str) -> None:
        """Take a relation away, for who may change this record or the other one. Raises `NotFound`, `Forbidden`."""
        row = known_record(actor, record_id)
        relation = by_key(Relation, id=relation_id)
        if relation is None or row.id not in (relation.first, relation.second):
            raise NotFound("没有这条关系")
        known_record(actor, seen_from(row.id, _tie(relation))[1])
        known_record(actor, record_id, Act.CHANGE)
        self._write(actor, _tie(relation), lambda session: _delete(session, relation_id), "unrelate")

    def _insert(self, session: ClientSession, made: Tie, actor: Actor) -> bool:
        relations = Relation._get_collection()
        if relations.find_one({"_id": made.id}, session=session):
            return False
        by = actor.display_name or actor.name
        row = {"_id": made.id, "role": made.role, "first": made.first, "second": made.second}
        relations.insert_one(row | {"by": by, "at": self._clock()}, session=session)
        return True

    def _write(self, actor: Actor, made: Tie, change: Callable[[ClientSession], bool], act: str) -> None:
        """The change and its event on both records, in one transaction."""

        def entry(record_id: str) -> Entry:
            role, other = seen_from(record_id, made)
            return self._audit.entry(actor, act, "record", record_id, role=role, other=other)

        def write(session: ClientSession) -> None:
            if not change(session):
                return
            for record_id in (made.first, made.second):
                match = {"_id": record_id, "deleted_at": None, f"outbox.{OUTBOX_LIMIT}": {"$exists": False}}
                update = {"$push": {"outbox": entry(record_id)}, "$set": {"outbox_slot": outbox_slot()}}
                if not Record._get_collection().update_one(match, update, session=session).modified_count:
                    raise Conflict("改动太快，稍后再试")

        in_transaction(write)


def _delete(session: ClientSession, relation_id: str) -> bool:
    return bool(Relation._get_collection().delete_one({"_id": relation_id}, session=session).deleted_count)


def _of(record_id: str) -> list[Any]:
    return [
        *Relation.objects(first=record_id).limit(MOST_READ),
        *Relation.objects(second=record_id).limit(MOST_READ),
    ]


def _known_of(actor: Actor, record_id: str) -> int:
    """How many relations of a record the actor may know of: what he may not does not count against him (R-SEC-7)."""
    rows = _of(record_id)
    if len(rows) < MAX_RELATIONS:
        return len(rows)
    ids = [seen_from(record_id, _tie(row))[1] for row in rows]
    return sum(_known(actor, other) for other in Record.objects(id__in=ids, deleted_at=None).only(*GUARDED))


def _tie(row: Any) -> Tie:
    return Tie(row.role, row.first, row.second)


def _known(actor: Actor, row: Any) -> bool:
    return row is not None and knows(actor, guarded(row))


def _view(row: Any, role: str, other: Any) -> RelationView:
    return RelationView(
        id=row.id,
        role=role,
        record_id=other.id,
        title=other.title,
        category=other.category,
        ref_code=other.ref_code,
        secrecy=other.secrecy,
        life=other.life,
        by=row.by,
        at=row.at,
    )
