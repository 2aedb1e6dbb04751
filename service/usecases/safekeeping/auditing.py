"""Auditing: reading, exporting and verifying the trail, for the auditor; and its verification by the clock (S-ER-4)."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from service.audit import Audit
from service.domain.chain import Break, Head, Verdict, Verifier, canonical
from service.domain.holdings import Page
from service.domain.passwords import folded_name
from service.domain.permissions import CLOCKWORK, Act, Actor, knows, may
from service.errors import Forbidden
from service.models import AuditEvent, ChainCheck, Dossier, Record, User
from service.models.chain import link_of, rows_between
from service.models.reading import by_key
from service.usecases.describing.showing import GUARDED, guarded_row, known_record
from service.usecases.safekeeping.checking import Progress
from service.usecases.safekeeping.stamping import ChainStamps

STEP = 5000
"""Events that the verification by the clock reads at a time."""
EVERY = timedelta(hours=24)
"""How often the whole chain is verified by the clock."""
MOST_READ = 20_000
"""Events that one page looks through; what it leaves is looked through by the next."""
WINDOW = 500
HISTORY = 500
UNTOLD = ("read", "open", "download")
"""What happens to a record all day and changes nothing: told to the auditor, not in the record's history."""
NAMING: Mapping[Any, tuple[str, ...]] = {Record: ("other", "by", "supersedes"), Dossier: ("dossier",)}
"""The facts of a record's events that name another holding."""


@dataclass(frozen=True, slots=True)
class AskedEvents:
    """Which events a list asks for; "" and None ask for all. `until` is the end that is no longer in."""

    person: str = ""
    act: str = ""
    kind: str = ""
    object_id: str = ""
    result: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> dict[str, Any]:
        """As the database is asked; times are found by their numbers."""
        given = {
            "act": self.act,
            "object_kind": self.kind,
            "object_id": self.object_id,
            "result": self.result,
        }
        found: dict[str, Any] = {name: value for name, value in given.items() if value}
        if self.person:
            found["$or"] = [{"actor_id": self.person}, {"for_id": self.person}]
        return found


@dataclass(frozen=True, slots=True)
class EventView:
    """An event as the auditor reads it; names are those of today, "" where the person is gone."""

    seq: int
    id: str
    at: datetime
    actor_id: str
    actor: str
    for_id: str
    acting_for: str
    act: str
    object_kind: str
    object_id: str
    object_name: str
    result: str
    facts: Mapping[str, Any]
    address: str = ""
    why: str = ""
    query: str = ""


@dataclass(frozen=True, slots=True)
class ChainState:
    """The end of the chain, and how its last verification by the clock ended (`verified_at` None: not yet)."""

    seq: int
    hash: str
    verified_at: datetime | None
    verified: int = 0
    breaks: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    stamped: int = 0
    """The number of the newest head with a time that an authority vouches for, and that time."""
    stamped_at: datetime | None = None


class Auditing:
    """The trail, for who watches (S-ER-2). Reading it is an act like another."""

    def __init__(
        self, audit: Audit, clock: Callable[[], datetime], stamps: ChainStamps | None = None
    ) -> None:
        self._audit, self._clock = audit, clock
        self._stamps = stamps or ChainStamps(None, clock)

    def page(self, actor: Actor, asked: AskedEvents, *, below: int | None = None, limit: int = 50) -> Page:
        """Events newest first from below the number `below`. A page may hold fewer than `limit`, even none, and yet
        have a `next_cursor`: at most `MOST_READ` are looked through. Raises `Forbidden`."""
        self._require(actor, "read_audit")
        if below is None:
            told = {name: str(value) for name, value in asdict(asked).items() if value}
            self._audit.insert(actor, "read_audit", "audit", asked=told)
        top = self._audit.head().seq + 1 if below is None else below
        if asked.until:
            top = min(top, _first_at(asked.until, top))
        floor = _first_at(asked.since, top) if asked.since else 1
        rows, low = _descending(asked.conditions(), top, floor, limit)
        return Page(items=shown(rows), next_cursor=str(low) if low > floor else "")

    def person(self, actor: Actor, name: str) -> str:
        """The id of the user with this sign-in name; else what was given is taken for an id. Raises `Forbidden`."""
        self._require(actor, "read_audit")
        row = by_key(User, name=folded_name(name))
        return row.id if row else name

    def history(self, actor: Actor, record_id: str) -> list[EventView]:
        """What was done to a record, newest first, without the mere readings, nor what happened to it together with
        a holding that the actor may not know of (R-SEC-7). Raises `NotFound`."""
        known_record(actor, record_id)
        return _history(actor, record_id)

    def every(self, actor: Actor, asked: AskedEvents, *, most: int = 100_000) -> Iterator[EventView]:
        """The events that are asked for, newest first, at most so many; the export is told by its first event."""
        self._require(actor, "export_audit")
        self._audit.insert(actor, "export_audit", "audit")
        top = self._audit.head().seq + 1
        if asked.until:
            top = min(top, _first_at(asked.until, top))
        floor = _first_at(asked.since, top) if asked.since else 1
        return itertools.islice(_all_of(asked.conditions(), top, floor), most)

    def export(self, actor: Actor, *, after: int = 0) -> Iterator[str]:
        """The trail behind number `after` as lines of JSON: where it begins, every event, where it ends.

        `service.domain.chain.breaks_of_file` verifies them without a server. Raises `Forbidden`.
        """
        self._require(actor, "export_audit")
        self._audit.insert(actor, "export_audit", "audit", after=after)
        return _exported(after, self._audit.head())

    def verify(self, actor: Actor) -> Iterator[Progress | Verdict]:
        """Read the whole chain; steps, then the verdict. Raises `Forbidden`."""
        if not (may(actor, Act.WATCH) or may(actor, Act.OPERATE)):
            self._refuse(actor, "verify_audit")
        self._audit.insert(actor, "verify_audit", "audit")
        return self._verified()

    def state(self, actor: Actor) -> ChainState:
        """How the chain stands. Raises `Forbidden`."""
        if not (may(actor, Act.WATCH) or may(actor, Act.OPERATE)):
            raise Forbidden
        return self.standing()

    def standing(self) -> ChainState:
        """How the chain stands, for the status of the house."""
        head, last = self._audit.head(), by_key(ChainCheck, id="last")
        stamp = self._stamps.last()
        state = ChainState(
            head.seq,
            head.hash,
            None,
            stamped=stamp.seq if stamp else 0,
            stamped_at=stamp.at if stamp else None,
        )
        if last is None:
            return state
        return replace(state, verified_at=last.ended_at, verified=last.events, breaks=tuple(last.breaks))

    def look_round(self) -> int:
        """Verify the next events if it is time; 0 when a round has ended, or none is due. May be interrupted."""
        now = self._clock()
        row: Any = by_key(ChainCheck, id="round")
        if row is None or (row.ended_at and row.ended_at + EVERY <= now):
            row = ChainCheck(id="round", began_at=now, hash=Head().hash)
        elif row.ended_at:
            return 0
        head = self._audit.head()
        if not head.seq:
            return 0
        until = min(head.seq, row.seq + STEP)
        verdict = _verdict(Head(row.seq, row.hash), until, head if until == head.seq else None)
        stamps = self._stamps.breaks() if until == head.seq else []
        breaks = [*row.breaks, *(asdict(one) for one in (*verdict.breaks, *stamps))][:50]
        row.seq, row.hash, row.breaks = until, verdict.head.hash, breaks
        row.events += verdict.events
        if until == head.seq:
            row.ended_at = now
            self._tell(row)
            if not row.breaks:
                self._stamps.stamp(head)
        row.save()
        return 0 if row.ended_at else verdict.events

    def _tell(self, row: Any) -> None:
        last = {"began_at": row.began_at, "ended_at": row.ended_at, "events": row.events, "seq": row.seq}
        ChainCheck(id="last", hash=row.hash, breaks=row.breaks, **last).save()
        if row.breaks:
            self._audit.insert(CLOCKWORK, "verify_audit", "audit", result="failed", breaks=len(row.breaks))

    def _verified(self) -> Iterator[Progress | Verdict]:
        head, verifier = self._audit.head(), Verifier(Head())
        for number, row in enumerate(rows_between(0, head.seq), 1):
            verifier.link(link_of(row))
            if number % 1000 == 0:
                yield Progress("audit", number, head.seq)
        verdict = verifier.end(head)
        verdict.breaks += self._stamps.breaks()
        yield verdict

    def _require(self, actor: Actor, act: str) -> None:
        if not may(actor, Act.WATCH):
            self._refuse(actor, act)

    def _refuse(self, actor: Actor, act: str) -> None:
        self._audit.insert(actor, act, "audit", result="refused")
        raise Forbidden("只有审计员可以查阅审计")


def _history(actor: Actor, record_id: str) -> list[EventView]:
    """The newest `HISTORY` events of those that the actor may know of: what is hidden from him takes no place."""
    told: list[Mapping[str, Any]] = []
    found = AuditEvent._get_collection().find({"object_id": record_id, "act": {"$nin": list(UNTOLD)}})
    rows = sorted(found.limit(20 * HISTORY), key=lambda row: (row["at"], row.get("seq") or 0), reverse=True)
    for start in range(0, len(rows), HISTORY):
        lot = rows[start : start + HISTORY]
        hidden = _unknown(actor, lot)
        told += [row for row in lot if hidden.isdisjoint(_named(row, *NAMING))]
        if len(told) >= HISTORY:
            break
    return shown(told[:HISTORY])


def _named(row: Mapping[str, Any], *documents: Any) -> set[str]:
    """The ids of other holdings that an event names."""
    facts = row.get("facts") or {}
    return {str(facts[key]) for one in documents for key in NAMING[one] if facts.get(key)}


def _unknown(actor: Actor, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Those of them that the actor may not know of; one that is deleted is judged by what it was."""
    unknown: set[str] = set()
    for document in NAMING:
        ids = set().union(*(_named(row, document) for row in rows))
        found = (
            document._get_collection().find({"_id": {"$in": sorted(ids)}}, dict.fromkeys(GUARDED, 1))
            if ids
            else ()
        )
        unknown |= ids - {row["_id"] for row in found if knows(actor, guarded_row(row))}
    return unknown


def shown(rows: Sequence[Mapping[str, Any]]) -> list[EventView]:
    """Rows with the names that belong to their ids today."""
    ids = {row.get(name, "") for row in rows for name in ("actor_id", "for_id")}
    ids |= {row["object_id"] for row in rows if row.get("object_kind") == "user"}
    names = {
        user.id: user.display_name or user.name
        for user in User.objects(id__in=[one for one in ids if one]).only("name", "display_name")
    }
    return [_view(row, names) for row in rows]


def _view(row: Mapping[str, Any], names: Mapping[str, str]) -> EventView:
    private = row.get("private") or {}
    actor, principal, what = row.get("actor_id", ""), row.get("for_id", ""), row.get("object_id", "")
    return EventView(
        seq=row.get("seq", 0),
        id=row["_id"],
        at=row["at"],
        actor_id=actor,
        actor=_name(actor, names),
        for_id=principal,
        acting_for=_name(principal, names),
        act=row["act"],
        object_kind=row.get("object_kind", ""),
        object_id=what,
        object_name=names.get(what, "") if row.get("object_kind") == "user" else "",
        result=row.get("result", "done"),
        facts=row.get("facts") or {},
        **{name: str(private.get(name, "")) for name in ("address", "why", "query")},
    )


def _name(actor_id: str, names: Mapping[str, str]) -> str:
    if actor_id == CLOCKWORK.id:
        return CLOCKWORK.display_name
    return names.get(actor_id, actor_id.removeprefix("local:") if actor_id.startswith("local:") else "")


def _exported(after: int, head: Head) -> Iterator[str]:
    before = next(rows_between(after - 1, after), None) if after else None
    start = Head(after, before["hash"]) if before else Head()
    yield canonical({"after": asdict(start), "format": "fonds-audit-1"}) + "\n"
    for row in rows_between(start.seq, head.seq):
        yield link_of(row).line + "\n"
    yield canonical({"head": asdict(head)}) + "\n"


def _verdict(after: Head, until: int, head: Head | None) -> Verdict:
    verifier = Verifier(after)
    for row in rows_between(after.seq, until):
        verifier.link(link_of(row))
    verdict = verifier.end(head)
    if head is None and verdict.head.seq < until:
        verdict.breaks.append(Break("missing", verdict.head.seq + 1, until))
    return verdict


def _first_at(moment: datetime, top: int) -> int:
    """The lowest number below `top` whose event is not before `moment`; `top` if there is none. Events are entered
    seconds after their time at most, so numbers and times go together."""
    low, high = 1, top
    while low < high:
        middle = (low + high) // 2
        row = next(rows_between(middle - 1, middle), None)
        if row is not None and row["at"].astimezone(UTC) >= moment:
            high = middle
        else:
            low = middle + 1
    return low


def _descending(
    conditions: Mapping[str, Any], top: int, floor: int, limit: int
) -> tuple[list[Mapping[str, Any]], int]:
    """Up to `limit` rows below number `top`, newest first, and the number below which to go on."""
    events, read = AuditEvent._get_collection(), 0
    found: list[Mapping[str, Any]] = []
    while top > floor and read < MOST_READ:
        low = max(floor, top - WINDOW)
        rows = list(events.find({"seq": {"$gte": low, "$lt": top}, **conditions}))
        rows.sort(key=lambda row: -row["seq"])
        taken = rows[: limit - len(found)]
        found += taken
        if len(found) == limit:
            return found, taken[-1]["seq"]
        read += top - low
        top = low
    return found, top


def _all_of(conditions: Mapping[str, Any], top: int, floor: int) -> Iterator[EventView]:
    while top > floor:
        rows, top = _descending(conditions, top, floor, WINDOW)
        yield from shown(rows)
