"""Notices: what others did to one's records and what became of one's files, from the events themselves (R-AUD-1)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from mongoengine.errors import NotUniqueError

from service.domain.holdings import Page
from service.domain.permissions import Actor, knows
from service.errors import NotFound
from service.models import File, Notices, Record, SavedSearch, User
from service.models.reading import KEYS, by_key, keyed
from service.models.transactions import insert_row
from service.usecases.describing.showing import GUARDED, guarded_row
from service.usecases.desk.saved_searches import SavedSearchView

KEPT = 200
"""Notices of one person; older ones go."""

TOLD = ("change", "add_file", "add_version", "delete", "relate", "return", "quarantine")
"""Acts of which the person responsible for a record is told, unless he did them himself."""

SAME = ("kind", "by", "record_id", "file_id", "search_id", "period")
"""Who saves a description five times is told of once, and so is what a saved search finds until it is read."""

TRIES = 10
"""How often marking is tried again while notices come in."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to be told of one record. `by` is a user's id, "" for the machine; `file_id` "" where it is no file.

    `id` is that of the event, so that the same one is told once. Kind "found" tells of the saved search
    `search_id` instead, which `count` records answer that did not before; "duties_due" and "duties_late" tell of `count`
    duties of collecting in the `period` "2026-1" (quarter 0: the year).
    """

    id: str
    at: datetime
    kind: str
    record_id: str
    by: str = ""
    file_id: str = ""
    search_id: str = ""
    count: int = 0
    period: str = ""


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice as its person sees it: with the record's title, or the saved search's name, as it is now. `at` is UTC."""

    id: str
    at: datetime
    kind: str
    by: str
    record_id: str
    title: str
    file: str
    """The name of the file that it is about, "" if it is about the description."""
    read: bool
    search_id: str = ""
    """The saved search that it is about, "" if it is about a record."""
    count: int = 0
    """How many records it has found, or duties are meant."""
    period: str = ""
    """The period whose duties it is about: year and quarter, "" if it is about something else."""


@dataclass(frozen=True, slots=True)
class Bell:
    """How many notices are unread, and the number by which a change of the list is known."""

    unread: int
    rev: int


class NoticeBoard:
    """Each person's notices, a bounded list in one document: counted and read by key."""

    def tell(self, person: str, notice: Notice) -> None:
        """Put a notice before a person; the same one again changes nothing."""
        entry = asdict(notice) | {"read": False}
        _change(person, lambda entries: _with(entries, entry))

    def found(self, owner: Actor, search: SavedSearchView, at: datetime) -> None:
        """Tell an owner that something new answers his saved search; an unread notice of it takes the new number."""
        told = f"{search.id}-{int(at.timestamp())}"
        notice = Notice(told, at, "found", "", search_id=search.id, count=search.fresh)
        self.tell(owner.id, notice)

    def opened(self, actor: Actor, search_id: str) -> None:
        """He has opened this saved search: what was told of it is read."""
        row = by_key(Notices, id=actor.id)
        for entry in row.entries if row else ():
            if entry.get("search_id") == search_id and not entry["read"]:
                self.read(actor, entry["id"])

    def hear(self, told: Iterable[tuple[Any, Mapping[str, Any]]]) -> None:
        """Tell the owners of records of events: pairs of a record's row and an audit event of it. May be repeated."""
        for row, event in told:
            if event["act"] in TOLD and row.owner and row.owner != event["actor_id"]:
                self.tell(row.owner, _notice(event))

    def bell(self, actor: Actor) -> Bell:
        """What the bell shows; read without the list."""
        row = next(iter(Notices.objects(id=actor.id).only("unread", "rev")), None)
        return Bell(row.unread, row.rev) if row else Bell(0, 0)

    def list(self, actor: Actor, *, after: str = "", limit: int = 30) -> Page:
        """Newest first, from behind the notice `after`; of records that may no longer be known of nothing is told."""
        row = by_key(Notices, id=actor.id)
        entries = list(reversed(row.entries)) if row else []
        ids = [entry["id"] for entry in entries]
        first = ids.index(after) + 1 if after in ids else 0
        known: dict[str, str] = {}
        shown: list[Any] = []
        for start in range(first, len(entries), KEYS):
            some = entries[start : start + KEYS]
            known |= _known(actor, some)
            shown += [entry for entry in some if _about(entry) in known]
            if len(shown) > limit:
                break
        page = _views(shown[:limit], known)
        return Page(page, page[-1].id if len(shown) > limit else "")

    def read(self, actor: Actor, notice_id: str) -> Notice:
        """Mark one as read, and give it. Raises `NotFound`."""
        row = by_key(Notices, id=actor.id)
        found = next((one for one in row.entries if one["id"] == notice_id), None) if row else None
        if found is None:
            raise NotFound("没有这条通知")
        _change(actor.id, lambda entries: _marked(entries, notice_id))
        return Notice(**{name: value for name, value in found.items() if name != "read"})

    def read_all(self, actor: Actor) -> None:
        """Mark all as read."""
        _change(actor.id, lambda entries: _marked(entries, ""))


def _change(person: str, change: Callable[[Sequence[Any]], list[Any] | None]) -> None:
    """Write what `change` makes of the entries, over the revision that it saw; None leaves them."""
    for _ in range(TRIES):
        row = by_key(Notices, id=person) or _begun(person)
        entries = change(row.entries)
        if entries is None:
            return
        unread = sum(not entry["read"] for entry in entries)
        done = Notices.objects(id=person, rev=row.rev).update_one(
            set__entries=entries, set__unread=unread, set__rev=row.rev + 1
        )
        if done:
            return


def _begun(person: str) -> Any:
    try:
        return insert_row(Notices(id=person))
    except NotUniqueError:
        return by_key(Notices, id=person)


def _with(entries: Sequence[Any], entry: Mapping[str, Any]) -> list[Any] | None:
    """The entries and this one, which takes the place of an unread one that says the same."""
    if any(one["id"] == entry["id"] for one in entries):
        return None
    kept = [
        dict(one) for one in entries if one["read"] or any(one.get(key, "") != entry[key] for key in SAME)
    ]
    return [*kept, dict(entry)][-KEPT:]


def _marked(entries: Sequence[Any], notice_id: str) -> list[Any] | None:
    """All as read, or the one with this id; None if nothing changes."""
    if not any(not one["read"] and notice_id in ("", one["id"]) for one in entries):
        return None
    return [dict(one) | {"read": one["read"] or notice_id in ("", one["id"])} for one in entries]


def _about(entry: Mapping[str, Any]) -> str:
    """The record, the saved search or the period that an entry tells of."""
    return str(entry.get("search_id") or entry.get("period") or entry["record_id"])


def _known(actor: Actor, entries: Sequence[Any]) -> dict[str, str]:
    """Record → its title, of those that the actor may know of, and his saved searches → their names."""
    ids = list({entry["record_id"] for entry in entries if entry["record_id"]})
    rows = keyed(Record, ids, only=("title", *GUARDED), deleted_at=None)
    titles = {row["_id"]: row["title"] for row in rows if knows(actor, guarded_row(row))}
    searches = list({entry["search_id"] for entry in entries if entry.get("search_id")})
    mine = keyed(SavedSearch, searches, only=("name",), owner=actor.id)
    periods = {entry["period"]: "" for entry in entries if entry.get("period")}
    return titles | periods | {row["_id"]: row["name"] for row in mine}


def _notice(event: Mapping[str, Any]) -> Notice:
    return Notice(
        id=str(event["_id"]),
        at=event["at"],
        kind=str(event["act"]),
        record_id=str(event["object_id"]),
        by=str(event["actor_id"]),
        file_id=str((event.get("facts") or {}).get("file", "")),
    )


def _views(entries: Sequence[Any], titles: Mapping[str, str]) -> list[NoticeView]:
    """With the names of people and files as they are now."""
    told = sorted({one["file_id"] for one in entries} - {""})
    files = {row["_id"]: row["name"] for row in keyed(File, told, only=("name",))}
    people = keyed(User, sorted({one["by"] for one in entries} - {""}))
    names = {row.id: row.display_name or row.name for row in people}
    return [
        _view(one, titles[_about(one)], names.get(one["by"], ""), files.get(one["file_id"], ""))
        for one in entries
    ]


def _view(entry: Mapping[str, Any], title: str, by: str, file: str) -> NoticeView:
    return NoticeView(
        id=entry["id"],
        at=entry["at"],
        kind=entry["kind"],
        by=by,
        record_id=entry["record_id"],
        title=title,
        file=file,
        read=entry["read"],
        search_id=entry.get("search_id", ""),
        count=entry.get("count", 0),
        period=entry.get("period", ""),
    )
