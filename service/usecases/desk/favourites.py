"""Favourites: the records that a person has given a star; nobody else knows of it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from service.domain.permissions import Actor
from service.errors import Conflict
from service.models import Shelf
from service.models.reading import by_key
from service.usecases.describing.showing import known_record

MOST = 200


class Favourites:
    """One row a person, so that a page asks once for all its stars."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def add(self, actor: Actor, record_id: str) -> None:
        """Give a record a star. May be repeated. Raises `NotFound`, and `Conflict` when there are too many."""
        row = known_record(actor, record_id)
        held = self._held(actor)
        if row.id not in held and len(held) >= MOST:
            raise Conflict("最多收藏 %(limit)s 件，先取消不用的", limit=MOST)
        rows = Shelf._get_collection()
        since = held.get(row.id, self._clock())
        rows.update_one({"_id": actor.id}, {"$set": {f"favourites.{row.id}": since}}, upsert=True)

    def remove(self, actor: Actor, record_id: str) -> None:
        """Take a star away. May be repeated, also for what one may no longer know of."""
        if record_id in self._held(actor):
            gone = {f"favourites.{record_id}": ""}
            Shelf._get_collection().update_one({"_id": actor.id}, {"$unset": gone})

    def ids(self, actor: Actor) -> Sequence[str]:
        """The records with a star, the latest first; who shows them asks `Records.some` what may be shown."""
        held = self._held(actor)
        return sorted(held, key=lambda one: held[one], reverse=True)

    @staticmethod
    def _held(actor: Actor) -> dict[str, Any]:
        row = by_key(Shelf, id=actor.id)
        return dict(row.favourites) if row else {}
