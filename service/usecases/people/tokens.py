"""Tokens: bearer tokens with which programs act for their owners; of their texts only digests are kept."""

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from service.audit import Audit
from service.domain.holdings import Page
from service.domain.permissions import Act, Actor, Scope, may
from service.errors import Conflict, Fault, Forbidden, InvalidInput, NotFound
from service.models import Token, User
from service.models.changes import Changes, Remembered
from service.models.reading import by_key
from service.models.transactions import delete_rows, insert_row
from service.usecases.attempts import digest
from service.usecases.knowing.acting import Actors

MAX_DAYS = 365
MAX_TOKENS = 50
TOKEN_PREFIX = "fonds_"  # noqa: S105  lets scanners find tokens that were published by mistake

USE_NOTED = timedelta(minutes=1)
"""The last use is written at most so often: one write a minute, not one a request."""


@dataclass(frozen=True, slots=True)
class TokenView:
    """A bearer token without its text. Empty `scopes`: everything that its owner may."""

    id: str
    name: str
    created_at: datetime
    expires_at: datetime
    scopes: tuple[str, ...] = ()
    last_used: datetime | None = None
    owner: str = ""
    owner_id: str = ""


class Tokens:
    """Tokens with scopes and an end (R-SEC-6). A token never may more than its owner may at that moment."""

    def __init__(
        self,
        audit: Audit,
        clock: Callable[[], datetime],
        changes: Changes | None = None,
        actors: Actors | None = None,
    ) -> None:
        self._audit, self._clock = audit, clock
        self._actors = actors or Actors(clock, changes)
        self._known: Remembered[str, tuple[Any, Any]] = Remembered(changes, "tokens", "users")

    def bearer(self, text: str) -> Actor | None:
        """Whose token this is, with what it was made for; None if nobody's, expired, or of a disabled user."""
        key, now = digest(text), self._clock()
        row, user = self._known.get([key], _owned).get(key, (None, None))
        if row is None or row.expires_at <= now or user is None or user.disabled:
            return None
        if row.last_used is None or now - row.last_used >= USE_NOTED:
            Token.objects(id=row.id).update_one(set__last_used=now)
        known = {scope.value for scope in Scope}
        return self._actors.of(
            user, frozenset(Scope(one) for one in row.scopes if one in known) if row.scopes else None
        )

    def add(
        self, actor: Actor, *, name: str, days: int, scopes: Collection[str] = ()
    ) -> tuple[str, TokenView]:
        """Make a token that acts as the actor for so many days; its text is told once and kept nowhere.

        Raises `InvalidInput`, `Conflict` when there are too many, `Forbidden` for actors who are no users and
        for tokens with scopes, which could give themselves more.
        """
        self._require_user(actor)
        if faults := _faults(name, days, scopes):
            raise InvalidInput(faults)
        now = self._clock()
        held = list(Token.objects(user_id=actor.id).limit(2 * MAX_TOKENS))
        delete_rows(Token.objects(id__in=[row.id for row in held if row.expires_at <= now]))
        if sum(row.expires_at > now for row in held) >= MAX_TOKENS:
            raise Conflict("最多 %(limit)s 个令牌，先撤销不用的", limit=MAX_TOKENS)
        text = TOKEN_PREFIX + secrets.token_urlsafe(32)
        row = Token(
            id=digest(text),
            public_id=secrets.token_hex(8),
            user_id=actor.id,
            name=name.strip(),
            scopes=sorted(str(scope) for scope in set(scopes)),
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        insert_row(row)
        self._audit.insert(actor, "add_token", "token", row.public_id, days=days, scopes=row.scopes)
        return text, _view(row)

    def own(self, actor: Actor) -> list[TokenView]:
        """The actor's own tokens, newest first, expired ones included."""
        rows = Token.objects(user_id=actor.id).limit(2 * MAX_TOKENS)
        return sorted((_view(row) for row in rows), key=lambda view: view.created_at, reverse=True)

    def page(self, actor: Actor, *, after: str = "", limit: int = 50) -> Page:
        """Everybody's tokens for who manages users, newest first, from behind the id `after`. Raises `Forbidden`."""
        self._require_manager(actor)
        rows = list(Token.objects().only("public_id", "created_at").as_pymongo())
        ids = [row["public_id"] for row in sorted(rows, key=lambda row: row["created_at"], reverse=True)]
        start = ids.index(after) + 1 if after in ids else 0
        wanted = ids[start : start + limit]
        found = {row.public_id: row for row in Token.objects(public_id__in=wanted)} if wanted else {}
        owners = {row.id: row for row in User.objects(id__in=[row.user_id for row in found.values()])}
        views = [_view(found[one], owners) for one in wanted if one in found]
        return Page(views, wanted[-1] if start + limit < len(ids) else "", len(ids))

    def revoke(self, actor: Actor, token_id: str) -> None:
        """Revoke one of the actor's own tokens at once. Raises `NotFound`."""
        if not delete_rows(Token.objects(user_id=actor.id, public_id=token_id)):
            raise NotFound("没有这个令牌")
        self._audit.insert(actor, "revoke_token", "token", token_id)

    def revoke_any(self, actor: Actor, token_id: str) -> None:
        """Revoke anybody's token, for who manages users. Raises `Forbidden`, `NotFound`."""
        self._require_manager(actor)
        row = next(iter(Token.objects(public_id=token_id).limit(1)), None)
        if row is None:
            raise NotFound("没有这个令牌")
        delete_rows(Token.objects(id=row.id))
        self._audit.insert(actor, "revoke_token", "token", token_id, owner=row.user_id)

    def _require_user(self, actor: Actor) -> None:
        row = by_key(User, id=actor.id)
        if row is None or row.disabled or actor.scopes is not None:
            raise Forbidden("此身份不能创建令牌")

    def _require_manager(self, actor: Actor) -> None:
        if not may(actor, Act.MANAGE_USERS):
            self._audit.insert(actor, "manage_tokens", "token", result="refused")
            raise Forbidden("只有系统管理员可以管理所有令牌")


def _owned(keys: Sequence[str]) -> Mapping[str, tuple[Any, Any]]:
    """Rows of tokens together with their users."""
    rows = [row for key in keys if (row := by_key(Token, id=key)) is not None]
    return {row.id: (row, by_key(User, id=row.user_id)) for row in rows}


def _faults(name: str, days: int, scopes: Collection[str]) -> list[Fault]:
    faults = []
    if not 1 <= len(name.strip()) <= 100 or not name.strip().isprintable():
        faults.append(Fault("name", "bad_name", "令牌名称应为 1–100 个字，写明用途"))
    if not 1 <= days <= MAX_DAYS:
        faults.append(Fault("days", "out_of_range", "有效期应为 1–%(limit)s 天", {"limit": MAX_DAYS}))
    allowed = "、".join(Scope)
    faults += [
        Fault(
            "scopes",
            "not_in_list",
            "没有范围“%(value)s”，应为：%(allowed)s",
            {"value": one[:40], "allowed": allowed},
        )
        for one in sorted(set(scopes) - {scope.value for scope in Scope})
    ]
    return faults


def _view(row: Any, owners: Mapping[str, Any] | None = None) -> TokenView:
    owner = (owners or {}).get(row.user_id)
    return TokenView(
        row.public_id,
        row.name,
        row.created_at,
        row.expires_at,
        tuple(row.scopes),
        row.last_used,
        (owner.display_name or owner.name) if owner else "",
        row.user_id if owners is not None else "",
    )
