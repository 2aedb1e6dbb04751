"""What a person described in a day: the inbox tells him, on whichever machine he sits."""

from datetime import date

from service.domain.permissions import Actor
from service.models import DayCount
from service.models.reading import by_key


class DailyCounts:
    """One number a person, of one day."""

    def add(self, actor: Actor, day: date, count: int) -> None:
        """Count that many more records as described on `day`; fewer if negative, never below nothing."""
        said = day.isoformat()
        if count and not DayCount.objects(id=actor.id, day=said, handled__gte=-count).update_one(
            inc__handled=count
        ):
            rest = max(0, self.of(actor, day) + count)
            DayCount.objects(id=actor.id).update_one(set__day=said, set__handled=rest, upsert=True)

    def of(self, actor: Actor, day: date) -> int:
        """How many he described on `day`."""
        row = by_key(DayCount, id=actor.id)
        return int(row.handled) if row is not None and row.day == day.isoformat() else 0
