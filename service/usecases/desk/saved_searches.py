"""Saved searches 收藏的检索: kept under a name, opened again, and told of when something new answers them."""

import unicodedata
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime, timedelta
from secrets import randbelow
from typing import Any

from service.audit import Audit
from service.domain.holdings import Question
from service.domain.permissions import Actor, search_scope
from service.errors import Conflict, Fault, Forbidden, InvalidInput, NotFound, Unavailable
from service.models import SavedSearch, User
from service.models.archive import SLOTS
from service.models.reading import Slots, by_key
from service.models.transactions import delete_rows, insert_row
from service.usecases.knowing.acting import Actors
from service.usecases.searching.finding import FindingRecords

MAX_SAVED = 50
"""Saved searches of one person: a list is read and counted whole."""
MAX_NAME = 60
STALE = timedelta(seconds=60)
"""A list counts anew what was counted longer ago."""
NOT_KEPT = frozenset({"cursor", "limit", "facets", "fold"})
"""What of a question belongs to one look at it."""


@dataclass(frozen=True, slots=True)
class SavedSearchView:
    """A saved search as its owner sees it; `fresh` records are new since he last opened it."""

    id: str
    name: str
    question: Question
    watched: bool
    fresh: int
    seen_at: datetime
    created_at: datetime


Tell = Callable[[Actor, SavedSearchView, datetime], None]


class SavedSearches:
    """Everybody's own, known to nobody else. What is new is counted with the rights of that moment (R-SEC-7)."""

    def __init__(
        self,
        finding: FindingRecords,
        audit: Audit,
        clock: Callable[[], datetime],
        tell: Tell = lambda _owner, _search, _at: None,
        actors: Actors | None = None,
    ) -> None:
        self._actors = actors or Actors(clock)
        self._finding, self._audit, self._clock, self._tell = finding, audit, clock, tell
        self._round = Slots(SavedSearch, "slot", want=20)

    def save(self, actor: Actor, name: str, question: Question, *, watched: bool = True) -> SavedSearchView:
        """Keep a question under a name. Raises `InvalidInput`, `Conflict` beyond `MAX_SAVED`, `Unavailable`."""
        _require_scope(actor)
        mine = list(SavedSearch.objects(owner=actor.id).limit(2 * MAX_SAVED))
        if len(mine) >= MAX_SAVED:
            raise Conflict("最多收藏 %(limit)s 条检索，先删去不用的", limit=MAX_SAVED)
        name = _checked(name, mine)
        now, standing = self._clock(), self._finding.standing(actor, _kept(question))
        row = SavedSearch(
            id=uuid.uuid4().hex,
            owner=actor.id,
            name=name,
            question=_stored(question),
            watched=watched,
            slot=randbelow(SLOTS) if watched else None,
            seen_total=standing.total,
            seen_seq=standing.newest,
            seen_at=now,
            counted_at=now,
            created_at=now,
        )
        insert_row(row)
        self._audit.insert(actor, "save_search", "saved_search", row.id)
        return _view(row)

    def list(self, actor: Actor) -> list[SavedSearchView]:
        """The actor's own, by name, with what is new counted within the last minute where search answers."""
        rows = list(SavedSearch.objects(owner=actor.id).limit(2 * MAX_SAVED))
        for row in rows:
            if row.watched and self._clock() - row.counted_at > STALE and search_scope(actor):
                self._count(actor, row)
        return sorted((_view(row) for row in rows), key=lambda view: view.name)

    def names(self, actor: Actor) -> Sequence[SavedSearchView]:
        """The same without counting anew: for menus and suggestions."""
        rows = SavedSearch.objects(owner=actor.id).limit(2 * MAX_SAVED)
        return sorted((_view(row) for row in rows), key=lambda view: view.name)

    def get(self, actor: Actor, search_id: str) -> SavedSearchView:
        """One of the actor's own. Raises `NotFound`."""
        return _view(_own(actor, search_id))

    def open(self, actor: Actor, search_id: str) -> SavedSearchView:
        """The search as it stood, and from now on nothing of it is new. Raises `NotFound`."""
        row = _own(actor, search_id)
        before = _view(row)
        try:
            standing = self._finding.standing(actor, before.question)
        except Unavailable:
            return before
        SavedSearch.objects(id=row.id).update_one(
            set__seen_total=standing.total,
            set__seen_seq=standing.newest,
            set__seen_at=self._clock(),
            set__counted_at=self._clock(),
            set__fresh=0,
            set__told=0,
        )
        return before

    def rename(self, actor: Actor, search_id: str, name: str) -> SavedSearchView:
        """Give it another name. Raises `NotFound`, `InvalidInput`."""
        row = _own(actor, search_id)
        others = [one for one in SavedSearch.objects(owner=actor.id).limit(2 * MAX_SAVED) if one.id != row.id]
        row.name = _checked(name, others)
        SavedSearch.objects(id=row.id).update_one(set__name=row.name)
        self._audit.insert(actor, "rename_search", "saved_search", row.id)
        return _view(row)

    def watch(self, actor: Actor, search_id: str, watched: bool) -> SavedSearchView:
        """Whether to be told when something new answers it. Raises `NotFound`."""
        row = _own(actor, search_id)
        change: dict[str, Any] = {"set__slot": randbelow(SLOTS)} if watched else {"unset__slot": 1}
        SavedSearch.objects(id=row.id).update_one(set__watched=watched, **change)
        self._audit.insert(actor, "watch_search", "saved_search", row.id, watched=watched)
        return replace(_view(row), watched=watched)

    def delete(self, actor: Actor, search_id: str) -> None:
        """Forget it. Raises `NotFound`."""
        row = _own(actor, search_id)
        delete_rows(SavedSearch.objects(id=row.id))
        self._audit.insert(actor, "delete_search", "saved_search", row.id)

    def look_round(self) -> int:
        """Count some of the watched ones anew and tell their owners; how many. May be repeated and interrupted."""
        rows = self._round.read()
        owners = {user.id: user for user in User.objects(id__in=list({row.owner for row in rows}))}
        for row in rows:
            user = owners.get(row.owner)
            if user is None or user.disabled or not search_scope(actor := self._actors.of(user)):
                continue
            if self._count(actor, row) > row.told:
                self._tell(actor, _view(row), self._clock())
                SavedSearch.objects(id=row.id).update_one(set__told=row.fresh)
        return len(rows)

    def _count(self, actor: Actor, row: Any) -> int:
        """How many are new: more than there were, or newer than all there were; a removal hides no arrival."""
        try:
            standing = self._finding.standing(actor, _question(row.question), newer_than=row.seen_seq)
        except Unavailable:
            return int(row.fresh)
        row.fresh = max(standing.total - row.seen_total, standing.newer, 0)
        row.counted_at = self._clock()
        SavedSearch.objects(id=row.id).update_one(set__fresh=row.fresh, set__counted_at=row.counted_at)
        return int(row.fresh)


def _require_scope(actor: Actor) -> None:
    if not search_scope(actor):
        raise Forbidden


def _own(actor: Actor, search_id: str) -> Any:
    row = by_key(SavedSearch, id=search_id)
    if row is None or row.owner != actor.id:
        raise NotFound("没有这条收藏的检索")
    return row


def _checked(name: str, others: Sequence[Any]) -> str:
    name = " ".join(name.split())
    if not name:
        raise InvalidInput([Fault("name", "required", "名称必填")])
    if len(name) > MAX_NAME:
        raise InvalidInput([Fault("name", "too_long", "最多 %(limit)s 个字", {"limit": MAX_NAME})])
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in name):
        raise InvalidInput([Fault("name", "control_character", "含有控制字符，删去后再保存")])
    if any(other.name == name for other in others):
        raise InvalidInput([Fault("name", "taken", "已有收藏的检索“%(name)s”，换一个名称", {"name": name})])
    return name


def _kept(question: Question) -> Question:
    return replace(question, cursor="", limit=Question().limit, facets=())


def _stored(question: Question) -> dict[str, Any]:
    """What is said in the question; what is left at its default is not stored."""
    plain, nothing = asdict(question), asdict(Question())
    return {
        name: value.isoformat()
        if isinstance(value, date)
        else list(value)
        if isinstance(value, tuple)
        else value
        for name, value in plain.items()
        if name not in NOT_KEPT and value != nothing[name]
    }


def _question(stored: Mapping[str, Any]) -> Question:
    """The question behind what was stored; what this program does not know is left out."""
    known = {one.name for one in fields(Question)} - NOT_KEPT
    values: dict[str, Any] = {}
    for name, value in stored.items():
        if name in known:
            is_day = name in ("date_from", "date_to")
            values[name] = (
                date.fromisoformat(value)
                if is_day
                else tuple(value)
                if isinstance(value, list | tuple)
                else value
            )
    return Question(**values, facets=())


def _view(row: Any) -> SavedSearchView:
    return SavedSearchView(
        id=row.id,
        name=row.name,
        question=_question(row.question),
        watched=row.watched,
        fresh=row.fresh,
        seen_at=row.seen_at,
        created_at=row.created_at,
    )
