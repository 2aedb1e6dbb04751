"""Unsaved input of a description: kept for its person, found again on another machine, gone with the saving."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.permissions import Act, Actor, may
from service.errors import Forbidden, TooLarge
from service.models import Unsaved
from service.models.reading import by_key, keyed
from service.models.transactions import delete_rows
from service.usecases.describing.showing import known_record

KEPT = timedelta(days=14)
FRESH = "new:"
MAX_CHARACTERS = 200_000
"""Of all fields together; a description that is allowed to be saved has fewer."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed at revision `rev`: field → values. `at` is UTC."""

    rev: int
    values: Mapping[str, Sequence[str]]
    at: datetime


class UnsavedInput:
    """One input a person and record: only who may change a record keeps something for it.

    A record that is not there yet goes by the name of its form, `fresh(category, dossier)`, for who may enter records.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def keep(self, actor: Actor, record_id: str, rev: int, values: Mapping[str, Sequence[str]]) -> None:
        """Keep what was typed instead of what was kept before; nothing typed lets go of it.

        Raises `NotFound`, `Forbidden`, `TooLarge`.
        """
        if not record_id.startswith(FRESH):
            known_record(actor, record_id, Act.CHANGE)
        elif not may(actor, Act.CREATE):
            raise Forbidden
        if not values:
            return self.drop(actor, record_id)
        typed = json.dumps(values, ensure_ascii=False)
        if len(typed) > MAX_CHARACTERS:
            raise TooLarge("最多 %(limit)s 个字", limit=MAX_CHARACTERS)
        now = self._clock()
        Unsaved.objects(id=_key(actor, record_id)).update_one(
            set__rev=rev, set__typed=typed, set__at=now, set__expires_at=now + KEPT, upsert=True
        )
        return None

    def of(self, actor: Actor, record_id: str) -> Typed | None:
        """What the actor typed and has not saved; None if there is nothing, or it is too old."""
        row = by_key(Unsaved, id=_key(actor, record_id))
        if row is None or row.expires_at <= self._clock():
            return None
        return Typed(row.rev, json.loads(row.typed), row.at)

    def kept(self, actor: Actor, record_ids: Sequence[str]) -> set[str]:
        """Those of the records, or forms of new ones, for which the actor has something that is not saved."""
        names = {_key(actor, one): one for one in record_ids}
        rows = keyed(Unsaved, list(names), only=("id", "expires_at"))
        now = self._clock()
        return {names[row["_id"]] for row in rows if row["expires_at"] > now}

    def drop(self, actor: Actor, record_id: str) -> None:
        """Let go of it."""
        delete_rows(Unsaved.objects(id=_key(actor, record_id)))


def fresh(category: str, dossier: str = "") -> str:
    """The name of the form that enters a record of a category, in a dossier if one is said."""
    return f"{FRESH}{category}:{dossier}"


def _key(actor: Actor, record_id: str) -> str:
    return f"{actor.id}:{record_id}"
