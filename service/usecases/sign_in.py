"""Signing in: sessions of browsers and bearer tokens of programs. Of their secrets only digests are kept."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from service import models
from service.audit import Audit
from service.domain.passwords import folded_name
from service.domain.permissions import Actor
from service.errors import Conflict, Fault, Forbidden, InvalidInput, NotFound, WrongCredentials
from service.hashing import PasswordHashes
from service.models import Token, User
from service.models.reading import by_key
from service.usecases.attempts import Attempts, digest, network
from service.usecases.people import actor_of

SLIDE = timedelta(minutes=1)
"""A session in use is prolonged at most so often: one write a minute, not one a request."""

MAX_DAYS = 365
MAX_TOKENS = 50
TOKEN_PREFIX = "fonds_"  # noqa: S105  lets scanners find tokens that were published by mistake

NOBODY = Actor(id="", name="", display_name="", roles=frozenset())
"""Whoever tries a name that does not exist; what he typed may be a password and is not kept."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: `token` is its cookie, told once; `csrf` proves that a change comes from our pages."""

    token: str
    csrf: str
    actor: Actor
    expires: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """A session in use."""

    actor: Actor
    csrf: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class TokenView:
    """A bearer token without its text."""

    id: str
    name: str
    created_at: datetime
    expires_at: datetime


class SignIn:
    """Who somebody is. A changed right or a disabled user counts from the next request on."""

    def __init__(
        self,
        audit: Audit,
        clock: Callable[[], datetime],
        hashes: PasswordHashes | None = None,
        *,
        session_hours: int = 12,
    ) -> None:
        self._audit, self._clock = audit, clock
        self._hashes = hashes or PasswordHashes()
        self._attempts = Attempts(clock)
        self._lasting = timedelta(hours=session_hours)

    def sign_in(self, name: str, password: str, *, address: str) -> SignedIn:
        """Open a session. Raises `WrongCredentials`, which does not say what is wrong nor by its time whether
        the name exists (B51), and `TooManyAttempts`."""
        folded = folded_name(name[:1000])
        claim = self._attempts.claim("sign_in", folded, network(address))
        row = by_key(User, name=folded)
        kept = row.password_hash if row is not None and not row.disabled else ""
        if not self._hashes.fits(kept, password) or row is None:
            who = actor_of(row) if row is not None else NOBODY
            self._audit.insert(who, "sign_in", "user", who.id, result="refused", address=address)
            raise WrongCredentials
        self._attempts.forget(claim)
        self._refresh(row, password)
        signed = self._open(row)
        self._audit.insert(signed.actor, "sign_in", "user", row.id, address=address)
        return signed

    def sign_out(self, token: str) -> None:
        """End a session; one that does not exist is no error."""
        row = by_key(models.Session, id=digest(token))
        if row is None:
            return
        models.Session.objects(id=row.id).delete()
        user = by_key(User, id=row.user_id)
        if user is not None:
            self._audit.insert(actor_of(user), "sign_out", "user", user.id)

    def session(self, token: str) -> Session | None:
        """The session with this token, prolonged by its use; None if there is none or it has ended."""
        row = by_key(models.Session, id=digest(token))
        user = self._user_of(row)
        if row is None or user is None:
            return None
        return Session(actor_of(user), row.csrf, self._prolonged(row))

    def bearer(self, token: str) -> Actor | None:
        """Whose token this is; None if nobody's, or expired."""
        user = self._user_of(by_key(Token, id=digest(token)))
        return actor_of(user) if user is not None else None

    def new_token(self, actor: Actor, *, name: str, days: int) -> tuple[str, TokenView]:
        """Make a token that acts as the actor for so many days; its text is told once and kept nowhere.

        Raises `InvalidInput`, `Conflict` when there are too many, `Forbidden` for actors who are no users.
        """
        self._require_user(actor)
        if faults := _token_faults(name, days):
            raise InvalidInput(faults)
        now = self._clock()
        held = list(Token.objects(user_id=actor.id).limit(2 * MAX_TOKENS))
        Token.objects(id__in=[row.id for row in held if row.expires_at <= now]).delete()
        if sum(row.expires_at > now for row in held) >= MAX_TOKENS:
            raise Conflict("最多 %(limit)s 个令牌，先撤销不用的", limit=MAX_TOKENS)
        text = TOKEN_PREFIX + secrets.token_urlsafe(32)
        row = Token(
            id=digest(text),
            public_id=secrets.token_hex(8),
            user_id=actor.id,
            name=name.strip(),
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        row.save(force_insert=True)
        self._audit.insert(actor, "add_token", "token", row.public_id, days=days)
        return text, _view(row)

    def tokens(self, actor: Actor) -> list[TokenView]:
        """The actor's own tokens, newest first, expired ones included."""
        rows = Token.objects(user_id=actor.id).limit(2 * MAX_TOKENS)
        return sorted((_view(row) for row in rows), key=lambda view: view.created_at, reverse=True)

    def revoke_token(self, actor: Actor, token_id: str) -> None:
        """Revoke one of the actor's own tokens at once. Raises `NotFound`."""
        if not Token.objects(user_id=actor.id, public_id=token_id).delete():
            raise NotFound("没有这个令牌")
        self._audit.insert(actor, "revoke_token", "token", token_id)

    def _open(self, user: Any) -> SignedIn:
        token, csrf, now = secrets.token_urlsafe(32), secrets.token_urlsafe(32), self._clock()
        expires = now + self._lasting
        models.Session(id=digest(token), user_id=user.id, csrf=csrf, created_at=now, expires_at=expires).save(
            force_insert=True
        )
        return SignedIn(token, csrf, actor_of(user), expires)

    def _user_of(self, row: Any) -> Any:
        if row is None or row.expires_at <= self._clock():
            return None
        user = by_key(User, id=row.user_id)
        return None if user is None or user.disabled else user

    def _prolonged(self, row: Any) -> datetime:
        expires: datetime = self._clock() + self._lasting
        if expires - row.expires_at < SLIDE:
            return row.expires_at  # type: ignore[no-any-return]
        models.Session.objects(id=row.id).update_one(set__expires_at=expires)
        return expires

    def _refresh(self, row: Any, password: str) -> None:
        """Costs rise over the years; only at sign-in is the password there to be hashed anew."""
        if self._hashes.outdated(row.password_hash):
            same = User.objects(id=row.id, password_hash=row.password_hash)
            same.update_one(set__password_hash=self._hashes.hash(password))

    def _require_user(self, actor: Actor) -> None:
        if by_key(User, id=actor.id) is None:
            raise Forbidden("此身份不能创建令牌")


def _token_faults(name: str, days: int) -> list[Fault]:
    faults = []
    if not 1 <= len(name.strip()) <= 100 or not name.strip().isprintable():
        faults.append(Fault("name", "bad_name", "令牌名称应为 1–100 个字，写明用途"))
    if not 1 <= days <= MAX_DAYS:
        faults.append(Fault("days", "out_of_range", "有效期应为 1–%(limit)s 天", {"limit": MAX_DAYS}))
    return faults


def _view(row: Any) -> TokenView:
    return TokenView(row.public_id, row.name, row.created_at, row.expires_at)
