"""Sessions: where a person is signed in, and how such a session is ended by him or by who manages users."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.audit import Audit
from service.domain.permissions import Act, Actor, may
from service.errors import Forbidden, NotFound
from service.models import Session
from service.models.transactions import delete_rows
from service.usecases.attempts import digest

SHOWN = 16
"""Of the digest of a cookie so many digits name a session; nothing of the cookie follows from them."""

MOST = 200
"""Sessions of one person that are looked at; whoever has more sees those."""


@dataclass(frozen=True, slots=True)
class SessionView:
    """A signed-in browser: since when, from where, with what, until when it lasts unused."""

    id: str
    address: str
    agent: str
    created_at: datetime
    expires_at: datetime
    current: bool = False


class Sessions:
    """Who is signed in where (R-SEC-6)."""

    def __init__(self, audit: Audit, clock: Callable[[], datetime]) -> None:
        self._audit, self._clock = audit, clock

    def own(self, actor: Actor, *, token: str = "") -> list[SessionView]:
        """The actor's sessions, newest first; the one with the cookie `token` is the current one."""
        return self._of(actor.id, digest(token))

    def of(self, actor: Actor, user_id: str) -> list[SessionView]:
        """A user's sessions, for who manages users. Raises `Forbidden`."""
        self._require_manager(actor)
        return self._of(user_id, "")

    def end(self, actor: Actor, session_id: str) -> None:
        """End one of the actor's own sessions. Raises `NotFound`."""
        self._end(actor, actor.id, session_id)

    def end_of(self, actor: Actor, user_id: str, session_id: str) -> None:
        """End a user's session, for who manages users. Raises `Forbidden`, `NotFound`."""
        self._require_manager(actor)
        self._end(actor, user_id, session_id)

    def end_others(self, actor: Actor, *, token: str) -> int:
        """End every session of the actor but the one with the cookie `token`; how many."""
        ended = int(delete_rows(Session.objects(user_id=actor.id, id__ne=digest(token))))
        self._audit.insert(actor, "end_sessions", "user", actor.id, count=ended)
        return ended

    def _of(self, user_id: str, current: str) -> list[SessionView]:
        rows = [row for row in Session.objects(user_id=user_id).limit(MOST) if row.expires_at > self._clock()]
        return [_view(row, current) for row in sorted(rows, key=lambda row: row.created_at, reverse=True)]

    def _end(self, actor: Actor, user_id: str, session_id: str) -> None:
        rows = [
            row.id for row in Session.objects(user_id=user_id).limit(MOST) if row.id[:SHOWN] == session_id
        ]
        if not delete_rows(Session.objects(id__in=rows)):
            raise NotFound("没有这个会话，或已结束")
        self._audit.insert(actor, "end_session", "user", user_id)

    def _require_manager(self, actor: Actor) -> None:
        if not may(actor, Act.MANAGE_USERS):
            self._audit.insert(actor, "manage_sessions", "user", result="refused")
            raise Forbidden("只有系统管理员可以管理用户")


def _view(row: Any, current: str) -> SessionView:
    return SessionView(
        row.id[:SHOWN], row.address, row.agent, row.created_at, row.expires_at, row.id == current
    )
