"""What somebody opened lately, for the way back to it."""

from collections.abc import Sequence

from service.domain.permissions import Actor
from service.models import Recents
from service.models.reading import by_key

KEPT = 20
"""Records that are remembered for one person."""


class RecentRecords:
    """A short list a person, rewritten when he opens another record."""

    def opened(self, actor: Actor, record_id: str) -> None:
        """Remember a record as the last that was opened."""
        ids = self.ids(actor)
        if ids[:1] == [record_id]:
            return
        kept = [record_id, *(one for one in ids if one != record_id)][:KEPT]
        Recents.objects(id=actor.id).update_one(set__records=kept, upsert=True)

    def ids(self, actor: Actor) -> Sequence[str]:
        """The ids, the last first; whoever shows them asks `Records.some` what may be shown."""
        row = by_key(Recents, id=actor.id)
        return list(row.records) if row else []
