"""Taking back the last description for a little while, and what a person has described today."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import session

from service.domain.bulk import taken_back
from service.domain.dates import day_of
from service.domain.holdings import RecordView
from service.domain.permissions import Actor
from service.errors import ServiceError
from service.wiring import Fonds

SECONDS = 20
"""How long the page offers to take back."""
GRACE = 10
"""Seconds more that the server waits for the click to arrive."""

UNDO = "undo"


def hold(fonds: Fonds, actor: Actor, made: Sequence[RecordView], *, handled: int) -> None:
    """Keep what was just written, so that it can be taken back; `handled` of it left the inbox."""
    at = fonds.clock()
    session[UNDO] = {
        "by": actor.id,
        "at": at.timestamp(),
        "made": [[one.id, one.rev] for one in made],
        "handled": handled,
    }
    fonds.daily.add(actor, _today(fonds), handled)


def seconds_left(fonds: Fonds, actor: Actor) -> int:
    """How long the last description can still be taken back, 0 if there is none."""
    held = _held(actor)
    return max(0, round(SECONDS - (fonds.clock().timestamp() - held["at"]))) if held else 0


def take_back(fonds: Fonds, actor: Actor) -> tuple[list[RecordView], int]:
    """Change back what was written, by revision; what others changed since stays. (what was taken back, how many not)"""
    held = _held(actor)
    session.pop(UNDO, None)
    if not held or fonds.clock().timestamp() - held["at"] > SECONDS + GRACE:
        return [], 0
    done = [record for one in held["made"] if (record := _change_back(fonds, actor, *one))]
    fonds.daily.add(actor, _today(fonds), -min(held["handled"], len(done)))
    return done, len(held["made"]) - len(done)


def handled_today(fonds: Fonds, actor: Actor) -> int:
    """What this person described from the inbox since midnight, on whichever machine."""
    return fonds.daily.of(actor, _today(fonds))


def _held(actor: Actor) -> Mapping[str, Any] | None:
    held = session.get(UNDO)
    return held if held and held["by"] == actor.id else None


def _today(fonds: Fonds) -> date:
    return day_of(fonds.clock())


def _change_back(fonds: Fonds, actor: Actor, record_id: str, rev: int) -> RecordView | None:
    try:
        lines = fonds.records.history(actor, record_id)
        line = next((one for one in lines if one.rev == rev), None)
        record = next(iter(fonds.records.some(actor, [record_id])), None)
        if line is None or record is None:
            return None
        return fonds.records.change(actor, record_id, rev, taken_back(record, line.changes))
    except ServiceError:
        return None  # somebody else has it, or changed it since: his word stands
