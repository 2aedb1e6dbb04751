"""Reprocessing: holdings that an older extractor has read are read again, behind everything else, bit by bit."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ingest.port import EXTRACTOR, FAMILIES, Dispatcher, Ledger
from service.audit import Audit
from service.domain.permissions import Act, Actor, may
from service.errors import Fault, Forbidden, InvalidInput
from service.models import File, Record, Reprocessing
from service.models.archive import SLOTS
from service.models.reading import by_key, counter
from service.usecases.describing.records import SEQ

WINDOW = 50
"""Records whose files are sent back at once: what comes in meanwhile waits behind so many at most."""

AT_ONCE = 20
"""Windows without any such file that are looked through in one go."""

ONLY = "now"


@dataclass(frozen=True, slots=True)
class ReprocessingView:
    """A run over all holdings: files that an extractor before `since` has read, of one `family` or of all ("")."""

    since: int
    family: str
    position: int
    """Number of the last record that was looked at, of `highest`."""
    highest: int
    sent: int
    """Files that were sent back to processing."""
    by: str
    began_at: datetime
    ended_at: datetime | None


class ReprocessingHoldings:
    """One run at a time. Where it stands is in the database, so a restart goes on."""

    def __init__(
        self, ledger: Ledger, dispatcher: Dispatcher, audit: Audit, clock: Callable[[], datetime]
    ) -> None:
        self._ledger, self._dispatcher = ledger, dispatcher
        self._audit, self._clock = audit, clock

    def start(self, actor: Actor, *, since: int = EXTRACTOR, family: str = "") -> ReprocessingView:
        """Begin a run, in place of one that is under way. Raises `Forbidden`, `InvalidInput`."""
        _require(actor)
        if family and family not in FAMILIES:
            raise InvalidInput([Fault("format", "enum", "没有这种文件格式：%(family)s", {"family": family})])
        values = {
            "since": since,
            "family": family,
            "position": 0,
            "highest": counter(SEQ),
            "sent": 0,
            "by": actor.display_name or actor.name,
            "began_at": self._clock(),
            "ended_at": None,
        }
        Reprocessing.objects(id=ONLY).update_one(
            upsert=True, **{f"set__{name}": value for name, value in values.items()}
        )
        self._audit.insert(actor, "reprocess", "system", ONLY, since=since, family=family)
        return _shown(by_key(Reprocessing, id=ONLY))

    def state(self, actor: Actor) -> ReprocessingView | None:
        """The run under way or the last one, None if there was none. Raises `Forbidden`."""
        _require(actor)
        row = by_key(Reprocessing, id=ONLY)
        return _shown(row) if row else None

    def go_on(self) -> int:
        """Send some more files back, if nothing else waits; how many. A chore."""
        run = by_key(Reprocessing, id=ONLY)
        if run is None or run.ended_at or self._ledger.pending(1):
            return 0
        position, ids = run.position, list[str]()
        until = min(run.highest, position + AT_ONCE * WINDOW)
        while position < until and not ids:
            ids = self._send(run, position)
            position += WINDOW
        ended = self._clock() if position >= run.highest else None
        Reprocessing.objects(id=ONLY, began_at=run.began_at, position=run.position).update_one(
            set__position=min(position, run.highest), set__ended_at=ended, inc__sent=len(ids)
        )
        if ids:
            self._dispatcher.wake(ids)
        return len(ids)

    def _send(self, run: Any, after: int) -> list[str]:
        """Files of the next window; those that were sent before a crash are not met again: they are no longer done."""
        window = Record.objects(seq__gt=after, seq__lte=after + WINDOW, deleted_at=None).only("id")
        rows = File.objects(record_id__in=[row.id for row in window], state="done", deleted_at=None)
        # what a password opened cannot be read again without it: its text would be lost
        read = (row for row in rows if row.extractor < run.since and "unlocked" not in row.facts)
        ids = [row.id for row in read if run.family in ("", row.family)]
        for file_id in ids:
            File.objects(id=file_id, state="done").update_one(**again())
        return ids


def again() -> dict[str, Any]:
    """The part of an update of a file that has it read anew, while what is known of it stays in use."""
    return {
        "set__state": "pending",
        "set__stage": "again",
        "set__attempts": 0,
        "set__slot": secrets.randbelow(SLOTS),
    }


def _require(actor: Actor) -> None:
    if not may(actor, Act.OPERATE):
        raise Forbidden


def _shown(row: Any) -> ReprocessingView:
    names: Sequence[str] = ("since", "family", "position", "highest", "sent", "by", "began_at", "ended_at")
    return ReprocessingView(**{name: getattr(row, name) for name in names})
