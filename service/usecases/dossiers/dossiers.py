"""Dossiers 案卷: open, read, list, describe, close, and how complete they are (issue F 4, S-RT-5)."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from mongoengine.errors import NotUniqueError
from pymongo.client_session import ClientSession
from pymongo.errors import DuplicateKeyError

from service.domain.dossiers import (
    CATEGORIES,
    KINDS,
    Completion,
    DossierSaid,
    DossierView,
    Expected,
    Held,
    check_dossier,
    standings,
)
from service.domain.holdings import CategoryView, Page
from service.domain.permissions import Act, Actor, Guarded, compartment, knows, may
from service.errors import Conflict, Fault, Forbidden, InvalidInput, NotFound, StaleRevision
from service.models import AuditEvent, Dossier, File, Filing, Record, User
from service.models.connection import in_transaction
from service.models.reading import Numbers, by_key, counter, falling, keyed
from service.scheme import expected_documents
from service.usecases.describing.drafting import stored
from service.usecases.describing.showing import GUARDED, guarded_row
from service.usecases.ground import Ground
from service.usecases.numbering import Numbering

SEQ = "dossiers"
"""The counter of dossiers' dense numbers."""

LOOKED = 1000
"""Numbers that one page looks through at most, however few of those dossiers are asked for or may be known."""
LISTED_RECORDS = 300
"""Records that a list looks at to say what its dossiers lack."""
_FILED = ("dossier_id", "record_id")
_SHORT = ("state", "secrecy", "core_secret", "department", "circles")

TEXTS = ("title", "category", "party", "department", "responsible", "note", "secrecy")


class Dossiers:
    """What groups records. Absent and not-to-be-known dossiers raise the same `NotFound`."""

    def __init__(self, ground: Ground, numbering: Numbering) -> None:
        self._categories, self._audit, self._clock = ground.categories, ground.audit, ground.clock
        self._numbering = numbering
        self._numbers = Numbers(SEQ, block=1)

    def create(self, actor: Actor, kind: str, said: DossierSaid) -> DossierView:
        """Open a dossier with the documents that its kind should hold. Raises `Forbidden`, `InvalidInput`."""
        if not may(actor, Act.CREATE):
            raise Forbidden
        if kind not in KINDS:
            raise InvalidInput([Fault("kind", "unknown_kind", "案卷只有客户、项目、合同、活动四种")])
        faults = check_dossier(said, new=True)
        category = self._category(said.category if said.category is not None else CATEGORIES[kind], faults)
        if faults:
            raise InvalidInput(faults)
        now = self._clock()
        row = Dossier(
            id=secrets.token_hex(16),
            seq=self._numbers.take(),
            kind=kind,
            category=category.code if category else "",
            department=min(actor.departments, default=""),
            circles=[actor.circle] if actor.circle else [],
            owner=actor.id,
            secrecy=category.secrecy if category else "L0",
            core_secret=bool(category and category.core_secret),
            expected=[line | {"waived": False} for line in expected_documents(kind)],
            created_at=now,
            updated_at=now,
        )
        for name, value in _values(said).items():
            setattr(row, name, value)
        if not (actor.circle or row.department):
            row.circles = [f"circle:{actor.id}"]
        self._require_known(actor, guarded_dossier(row))
        event = self._audit.entry(actor, "create", "dossier", row.id, dossier_kind=kind)
        self._insert(row, event)
        return self._shown(actor, [row])[0]

    def get(self, actor: Actor, dossier_id: str) -> DossierView:
        """One dossier; the read is audited."""
        row = known_dossier(actor, dossier_id)
        self._audit.insert(actor, "read", "dossier", row.id)
        return self._shown(actor, [row])[0]

    def some(self, actor: Actor, ids: Sequence[str]) -> Sequence[DossierView]:
        """The dossiers with these ids that the actor may know of, in the order of `ids`."""
        rows = {row.id: row for row in keyed(Dossier, ids[:200], deleted_at=None)}
        known = [rows[one] for one in ids if one in rows and knows(actor, guarded_dossier(rows[one]))]
        return self._shown(actor, known)

    def named(self, actor: Actor, name: str) -> Sequence[DossierView]:
        """The dossiers whose id, number, title or party is just this, newest first."""
        wanted = name.strip()
        if not wanted:
            return []
        found: dict[str, Any] = {}
        for key in ("id", "code", "title", "party"):
            found |= {row.id: row for row in Dossier.objects(**{key: wanted}, deleted_at=None).limit(50)}
        known = [row for row in found.values() if knows(actor, guarded_dossier(row))]
        return self._shown(actor, sorted(known, key=lambda row: -row.seq))

    def page(
        self, actor: Actor, *, kind: str = "", state: str = "", below: int | None = None, limit: int = 50
    ) -> Page:
        """Newest first from below the number `below`; `next_cursor` is the next number.

        A page may be shorter than `limit`, or empty, and have a next one: no more than `LOOKED` are looked through.
        """
        conditions: dict[str, Any] = {"deleted_at": None}
        conditions |= {name: value for name, value in (("kind", kind), ("state", state)) if value}
        at = counter(SEQ) + 1 if below is None else below
        end = max(0, at - LOOKED)
        rows = falling(Dossier, number="seq", below=at, only=_SHORT, down_to=end, **conditions)
        known: list[str] = []
        last, more = end, end > 1
        for row in rows:
            if len(known) == limit:
                more = True
                break
            if knows(actor, _guarded_short(row)):
                known.append(row["_id"])
                last = row["seq"]
        else:
            last = end
        full = {row.id: row for row in keyed(Dossier, known)}
        page = [full[one] for one in known if one in full]
        return Page(items=self._shown(actor, page), next_cursor=str(last) if more else "")

    def change(self, actor: Actor, dossier_id: str, rev: int, said: DossierSaid) -> DossierView:
        """Change what is said of revision `rev`. Raises `StaleRevision` if it is no longer that one."""
        row = known_dossier(actor, dossier_id, Act.CHANGE)
        faults = check_dossier(said, new=False)
        category = self._category(said.category, faults) if said.category else None
        if said.start is None and not said.clear_start and said.end and row.start and said.end < row.start:
            faults += check_dossier(DossierSaid(start=row.start, end=said.end), new=False)
        if faults:
            raise InvalidInput(faults)
        values = _values(said)
        if category:
            values["core_secret"] = category.core_secret
        if said.waived is not None:
            values["expected"] = [dict(one) | {"waived": one["key"] in said.waived} for one in row.expected]
        return self._save(actor, row, rev, values)

    def turn(self, actor: Actor, dossier_id: str, rev: int, state: str) -> DossierView:
        """Close 结卷 an open dossier, or open a closed one again."""
        row = known_dossier(actor, dossier_id, Act.CHANGE)
        return self._save(actor, row, rev, {"state": state}, act="close" if state == "closed" else "open")

    def delete(self, actor: Actor, dossier_id: str, rev: int) -> None:
        """Take away an empty dossier. Raises `Conflict` while records are in it."""
        row = known_dossier(actor, dossier_id, Act.DELETE)
        if next(iter(Filing.objects(dossier_id=row.id).limit(1)), None):
            raise Conflict("案卷里还有档案，先移出再删除")
        self._save(actor, row, rev, {"deleted_at": self._clock()}, act="delete")

    def standings(self, actor: Actor, dossier: DossierView) -> list[Completion]:
        """What should be in it and is, or lacks, as far as the actor may know (S-RT-5)."""
        ids = [row["record_id"] for row in filings_of(dossier.id)]
        return standings(dossier.expected, self._held(actor, ids))

    def completeness(
        self, actor: Actor, dossiers: Sequence[DossierView], sizes: Mapping[str, int]
    ) -> Mapping[str, list[Completion]]:
        """The same of several dossiers, read together; those left out whose records, by their `sizes`, would make
        it more than `LISTED_RECORDS`."""
        wanted, sum_of = [], 0
        for one in dossiers:
            sum_of += sizes.get(one.id, LISTED_RECORDS)
            if sum_of > LISTED_RECORDS:
                break
            wanted.append(one)
        filed: dict[str, list[str]] = {one.id: [] for one in wanted}
        for row in keyed(Filing, list(filed), field="dossier_id", only=_FILED):
            filed[row["dossier_id"]].append(row["record_id"])
        ids = sorted({record for records in filed.values() for record in records})
        held = {one.id: one for one in self._held(actor, ids)} if ids else {}
        return {
            one.id: standings(one.expected, [held[each] for each in filed[one.id] if each in held])
            for one in wanted
        }

    def _held(self, actor: Actor, ids: Sequence[str]) -> list[Held]:
        rows = keyed(Record, ids, only=(*GUARDED, "title", "category"), deleted_at=None)
        known = [row for row in rows if knows(actor, guarded_row(row))]
        names: dict[str, list[str]] = {row["_id"]: [row["title"]] for row in known}
        short = ("record_id", "name")
        for file in keyed(File, list(names), field="record_id", only=short, deleted_at=None, parent=None):
            names[file["record_id"]].append(file["name"])
        paths = {category.code: category.path for category in self._categories.all()}
        return [
            Held(row["_id"], paths.get(row.get("category", ""), ()), tuple(names[row["_id"]]))
            for row in known
        ]

    def _category(self, code: str | None, faults: list[Fault]) -> CategoryView | None:
        if not code:
            return None
        try:
            return self._categories.get(code)
        except NotFound:
            faults.append(Fault("category", "unknown_category", "没有类别 %(code)s", {"code": code[:40]}))
            return None

    def _require_known(self, actor: Actor, guard: Guarded) -> None:
        if not knows(actor, guard):
            raise InvalidInput([Fault("secrecy", "out_of_reach", "这样写，本人将无权查看；请档案管理员来办")])

    def _insert(self, row: Any, event: dict[str, Any]) -> None:
        """Enter a dossier; a customer's without a code gets the next customer number with it (R-NUM-2)."""
        said_code = row.code

        def write(session: ClientSession) -> None:
            if row.kind == "customer" and not said_code:
                place = compartment(row.secrecy, core_secret=row.core_secret)
                row.code = self._numbering.customer_code(session, row.id, place, self._clock())
            Dossier._get_collection().insert_one(row.to_mongo(), session=session)
            enter(session, event)

        if row.code and next(iter(Dossier.objects(code=row.code).limit(1)), None):
            raise InvalidInput([_taken()])
        try:
            in_transaction(write)
        except (NotUniqueError, DuplicateKeyError) as rival:
            raise InvalidInput([_taken()]) from rival

    def _save(
        self, actor: Actor, row: Any, rev: int, values: dict[str, Any], act: str = "change"
    ) -> DossierView:
        changed = {name: value for name, value in values.items() if getattr(row, name) != value}
        if row.rev != rev:
            raise StaleRevision(row.rev)
        if not changed:
            return self._shown(actor, [row])[0]
        code = changed.get("code")
        if code and next((one for one in Dossier.objects(code=code).limit(2) if one.id != row.id), None):
            raise InvalidInput([_taken()])
        for name, value in changed.items():
            setattr(row, name, value)
        self._require_known(actor, guarded_dossier(row))
        gone = {name: 1 for name in changed if changed[name] is None}
        put = {name: stored(value) for name, value in changed.items() if value is not None}
        update: dict[str, Any] = {"$set": put | {"updated_at": self._clock()}, "$inc": {"rev": 1}}
        if gone:
            update["$unset"] = gone
        event = self._audit.entry(actor, act, "dossier", row.id, rev=rev + 1, fields=sorted(changed))

        def write(session: ClientSession) -> bool:
            match = {"_id": row.id, "rev": rev, "deleted_at": None}
            done = Dossier._get_collection().update_one(match, update, session=session).modified_count
            if done:
                enter(session, event)
            return bool(done)

        if not in_transaction(write):
            now = by_key(Dossier, id=row.id)
            raise StaleRevision(now.rev if now else rev)
        return self._shown(actor, [by_key(Dossier, id=row.id)])[0]

    def _shown(self, actor: Actor, rows: Sequence[Any]) -> Sequence[DossierView]:
        owners = [row.owner for row in rows]
        people = {one.id: one.display_name or one.name for one in keyed(User, sorted(set(owners)))}
        return [_view(actor, row, people) for row in rows]


def titles_of(actor: Actor, dossier_ids: Sequence[str]) -> dict[str, str]:
    """Dossier → its title, of those that the actor may know of."""
    rows = keyed(Dossier, dossier_ids, only=("title", *_SHORT), deleted_at=None)
    return {row["_id"]: row["title"] for row in rows if knows(actor, _guarded_short(row))}


def guarded_dossier(row: Any) -> Guarded:
    """What decides over access to a dossier: as with a record. A closed one is changed by archivists alone."""
    return Guarded(
        secrecy=row.secrecy,
        core_secret=row.core_secret,
        department=row.department,
        circles=frozenset(row.circles),
        life="draft" if row.state == "open" else "archived",
    )


def _guarded_short(row: Mapping[str, Any]) -> Guarded:
    life = "draft" if row.get("state", "open") == "open" else "archived"
    return guarded_row({**row, "life": life})


def known_dossier(actor: Actor, dossier_id: str, act: Act = Act.READ) -> Any:
    """The row, if the actor may know of it (else `NotFound`) and may do `act` with it (else `Forbidden`)."""
    row = by_key(Dossier, id=dossier_id)
    if row is None or row.deleted_at or not knows(actor, guarded_dossier(row)):
        raise NotFound("没有这个案卷，或没有查看的权限")
    if not may(actor, act, guarded_dossier(row)):
        raise Forbidden
    return row


def filings_of(dossier_id: str, session: ClientSession | None = None) -> list[dict[str, Any]]:
    """The records of a dossier in their order: `record_id` and `place`; at most `MOST_RECORDS`, as filing keeps it."""
    found = Filing._get_collection().find(
        {"dossier_id": dossier_id}, {"record_id": 1, "place": 1}, session=session
    )
    return sorted(found, key=lambda row: (row["place"], row["record_id"]))


def enter(session: ClientSession, event: dict[str, Any]) -> None:
    """Enter an event with the change that it tells of."""
    row = {key: value for key, value in event.items() if key != "kind"}
    AuditEvent._get_collection().insert_one(row, session=session)


def _taken() -> Fault:
    return Fault("code", "taken", "案卷号已被使用，换一个")


def _values(said: DossierSaid) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(said, name) for name in TEXTS if getattr(said, name) is not None}
    if said.code is not None:
        values["code"] = said.code.strip() or None
    for name, clear in (("start", said.clear_start), ("end", said.clear_end)):
        if getattr(said, name) is not None or clear:
            values[name] = getattr(said, name)
    return values


def _day(value: Any) -> date | None:
    return value.date() if isinstance(value, datetime) else value


def _view(actor: Actor, row: Any, people: Mapping[str, str]) -> DossierView:
    return DossierView(
        id=row.id,
        kind=row.kind,
        code=row.code or "",
        title=row.title,
        category=row.category,
        party=row.party,
        department=row.department,
        responsible=row.responsible,
        start=_day(row.start),
        end=_day(row.end),
        note=row.note,
        state=row.state,
        secrecy=row.secrecy,
        expected=tuple(_expected(line) for line in row.expected),
        owner=people.get(row.owner, ""),
        rev=row.rev,
        created_at=row.created_at,
        updated_at=row.updated_at,
        may=frozenset(act.value for act in (Act.CHANGE, Act.DELETE) if may(actor, act, guarded_dossier(row))),
    )


def _expected(line: Mapping[str, Any]) -> Expected:
    return Expected(
        key=line["key"],
        label=line["label"],
        label_en=line.get("label_en", line["label"]),
        category=line.get("category", ""),
        words=tuple(line.get("words", ())),
        waived=bool(line.get("waived")),
    )
