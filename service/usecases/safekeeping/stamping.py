"""Stamping: the head of the audit chain gets a time that an authority vouches for, and such times are proved (S-ER-4)."""

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from service.domain.chain import Break, Head
from service.models import AuditEvent, ChainStamp

log = logging.getLogger(__name__)
EVERY = timedelta(hours=24)
KEPT = 4000
"""Stamps that are looked at: ten years of days."""


class StampRefused(Exception):
    """The authority gave no stamp that can be believed, or a kept one is none; the text is for the log."""


class Stamping(Protocol):
    """An authority of time."""

    def stamp(self, digest: bytes) -> bytes:
        """A token over this SHA-256. Raises `StampRefused`."""
        ...

    def proved(self, token: bytes, digest: bytes) -> datetime:
        """The time of a token over this SHA-256. Raises `StampRefused`."""
        ...


@dataclass(frozen=True, slots=True)
class StampView:
    """A moment before which the chain stood as it does up to number `seq`; `at` as the authority tells it."""

    seq: int
    hash: str
    at: datetime


class ChainStamps:
    """Stamps of heads: whoever rewrites the chain and all its hashes cannot give them the times that they had."""

    def __init__(self, stamping: Stamping | None, clock: Callable[[], datetime]) -> None:
        self._stamping, self._clock = stamping, clock

    def stamp(self, head: Head) -> StampView | None:
        """Have a head stamped that was verified, once a day; None where there is nothing to do or nobody to ask.

        An authority that does not answer is asked again with the next head: the trail goes on without it."""
        last = self.last()
        due = last is None or (last.seq < head.seq and last.at + EVERY <= self._clock())
        if self._stamping is None or not head.seq or not due:
            return None
        try:
            token = self._stamping.stamp(_digest(head))
            at = self._stamping.proved(token, _digest(head))
        except StampRefused as fault:
            log.warning("not stamped: %s", fault, extra={"event": "not_stamped"})
            return None
        ChainStamp(id=f"{head.seq:012}", seq=head.seq, hash=head.hash, at=at, token=token).save()
        return StampView(head.seq, head.hash, at)

    def last(self) -> StampView | None:
        """The newest stamp."""
        rows = self._rows()
        return StampView(rows[-1].seq, rows[-1].hash, rows[-1].at) if rows else None

    def breaks(self) -> list[Break]:
        """Stamps that the chain no longer agrees with, and stamps that are none (where an authority is set)."""
        rows = self._rows()
        events = AuditEvent._get_collection().find(
            {"seq": {"$in": [row.seq for row in rows]}}, {"seq": 1, "hash": 1}
        )
        now = {event["seq"]: event["hash"] for event in events}
        return [
            Break("stamp", row.seq) for row in rows if now.get(row.seq) != row.hash or not self._holds(row)
        ]

    def _holds(self, row: Any) -> bool:
        if self._stamping is None:
            return True
        try:
            return self._stamping.proved(bytes(row.token), _digest(Head(row.seq, row.hash))) is not None
        except StampRefused as fault:
            log.warning("stamp %s: %s", row.seq, fault, extra={"event": "stamp_refused"})
            return False

    @staticmethod
    def _rows() -> Sequence[Any]:
        return sorted(ChainStamp.objects().limit(KEPT), key=lambda row: row.seq)


def _digest(head: Head) -> bytes:
    """What is stamped: SHA-256 of `SEQ:HASH`, as `fonds audit verify` prints the head."""
    return hashlib.sha256(f"{head.seq}:{head.hash}".encode()).digest()
