"""Signing in: sessions of browsers. Of their secrets only digests are kept."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from service import models
from service.audit import Audit
from service.domain.passwords import folded_name
from service.domain.permissions import Actor
from service.errors import Fault, InvalidInput, NotSignedIn, SecondFactorNeeded, WrongCode, WrongCredentials
from service.hashing import PasswordHashes
from service.models import SignInStep, User
from service.models.changes import Remembered
from service.models.reading import by_key
from service.models.transactions import delete_rows, insert_row
from service.usecases.attempts import Attempts, digest, network
from service.usecases.knowing.acting import Actors
from service.usecases.people.second_factor import SecondFactor
from service.usecases.people.users import SIGN_IN

CODE_LASTS = timedelta(minutes=5)
"""So long after the password a code may be shown."""

SLIDE = timedelta(minutes=1)
"""A session in use is prolonged at most so often: one write a minute, not one a request."""

MAX_AGENT = 300
"""Characters kept of what a browser calls itself."""

NOT_THERE = (None, None)

NOBODY = Actor(id="", name="", display_name="", roles=frozenset())
"""Whoever tries a name that does not exist; what he typed may be a password and is not kept."""


@dataclass(frozen=True, slots=True)
class Ways:
    """How people get in: how long a session lasts unused, in hours, and who else than we knows names and passwords."""

    session_hours: int = 12
    elsewhere: Callable[[str, str], Any] = lambda _name, _password: None
    """Name and password → the row of a user for whom a directory vouches, or None."""


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
    proved: datetime
    """When its user last showed who he is."""


class SignIn:
    """Who somebody is. A changed right or a disabled user counts from the next request on."""

    def __init__(
        self,
        audit: Audit,
        clock: Callable[[], datetime],
        hashes: PasswordHashes | None = None,
        *,
        ways: Ways | None = None,
        actors: Actors | None = None,
        factor: SecondFactor | None = None,
    ) -> None:
        self._actors = actors or Actors(clock)
        self._audit, self._clock = audit, clock
        self._sessions: Remembered[str, tuple[Any, Any]] = Remembered(
            self._actors.changes, "sessions", "users"
        )
        self._hashes = hashes or PasswordHashes()
        self._attempts = Attempts(clock)
        self._ways = ways or Ways()
        self._lasting = timedelta(hours=self._ways.session_hours)
        self._factor = factor or SecondFactor(audit, clock, self._hashes)

    def sign_in(self, name: str, password: str, *, address: str, agent: str = "") -> SignedIn:
        """Open a session, whose owner sees `address` and `agent`. Raises `WrongCredentials`, which does not say what
        is wrong nor by its time whether the name exists (B51), `TooManyAttempts`, and `SecondFactorNeeded` where a code
        has to be shown to `show_code`."""
        folded = folded_name(name[:1000])
        claim = self._attempts.claim(SIGN_IN, folded, network(address))
        row = by_key(User, name=folded)
        kept = row.password_hash if row is not None and not row.disabled else ""
        ours = self._hashes.fits(kept, password) and row is not None
        known = row if ours else self._ways.elsewhere(name.strip(), password)
        if known is None:
            who = self._actors.of(row) if row is not None else NOBODY
            self._audit.insert(who, "sign_in", "user", who.id, result="refused", address=address)
            raise WrongCredentials
        self._attempts.forget(claim)
        if ours:
            self._refresh(known, password)
        if known.totp_secret:
            raise self.asking_code(known)
        return self.let_in(known, "password" if ours else "ldap", address=address, agent=agent)

    def asking_code(self, row: Any) -> SecondFactorNeeded:
        """What is raised for somebody who has shown his password and has a second factor to show yet."""
        return SecondFactorNeeded(self._step(row))

    def show_code(self, ticket: str, code: str, *, address: str, agent: str = "") -> SignedIn:
        """Open the session of a sign-in whose password was right, by a code of the second factor.

        Raises `WrongCode`, `TooManyAttempts`, and `NotSignedIn` when the sign-in has to begin anew.
        """
        step: Any = by_key(SignInStep, id=digest(ticket))
        row = by_key(User, id=step.user_id) if step is not None and step.kind == "code" else None
        if row is None or row.disabled or step.expires_at <= self._clock():
            raise NotSignedIn("登录已超时，重新输入用户名和密码")
        claim = self._attempts.claim("second_factor", row.id, network(address))
        if not row.totp_secret or not self._factor.fits(row, code):
            self._audit.insert(
                self._actors.of(row), "second_factor", "user", row.id, result="refused", address=address
            )
            raise WrongCode
        self._attempts.forget(claim)
        delete_rows(SignInStep.objects(id=step.id))
        return self.let_in(row, "second_factor", address=address, agent=agent)

    def let_in(self, row: Any, way: str, *, address: str, agent: str) -> SignedIn:
        """Open the session of a user who has proved who he is in this way: password, second_factor, oidc, ldap."""
        signed = self._open(row, address, agent)
        self._audit.insert(signed.actor, "sign_in", "user", row.id, address=address, way=way)
        return signed

    def _step(self, row: Any) -> str:
        ticket = secrets.token_urlsafe(32)
        ends = self._clock() + CODE_LASTS
        insert_row(SignInStep(id=digest(ticket), kind="code", user_id=row.id, expires_at=ends))
        return ticket

    def sign_out(self, token: str) -> None:
        """End a session; one that does not exist is no error."""
        row = by_key(models.Session, id=digest(token))
        if row is None:
            return
        delete_rows(models.Session.objects(id=row.id))
        user = by_key(User, id=row.user_id)
        if user is not None:
            self._audit.insert(self._actors.of(user), "sign_out", "user", user.id)

    def session(self, token: str) -> Session | None:
        """The session with this token, prolonged by its use; None if there is none or it has ended."""
        key = digest(token)
        row, user = self._sessions.get([key], _holders).get(key, NOT_THERE)
        if not self._in_force(row, user):
            return None
        actor = self._actors.of(user, acting_for=row.acting_for)
        if self._factor.lacking(user):
            actor = replace(actor, must_enrol=True)
        return Session(actor, row.csrf, self._prolonged(row), row.proved_at or row.created_at)

    def proof_way(self, token: str) -> str:
        """How the user of this session can show again who he is: code, password, or outside (at the provider)."""
        user = self._user_of(token)
        if user.totp_secret:
            return "code"
        return "password" if user.password_hash or not (user.outside or "").startswith("oidc:") else "outside"

    def prove(self, token: str, secret: str, *, address: str) -> None:
        """The user of this session shows again who he is, by a code where he has a second factor, else by his
        password. Raises `InvalidInput` (path secret), `TooManyAttempts`, `NotSignedIn`."""
        user = self._user_of(token)
        claim = self._attempts.claim("proof", user.id, network(address))
        if not self._shows(user, secret):
            who = self._actors.of(user)
            self._audit.insert(who, "prove", "user", user.id, result="refused", address=address)
            text = "验证码不对，等下一个再试" if user.totp_secret else "密码不对"
            raise InvalidInput([Fault("secret", "wrong_secret", text)])
        self._attempts.forget(claim)
        self.proved(token, user.id, address=address)

    def proved(self, token: str, user_id: str, *, address: str) -> None:
        """Note that the user of this session has shown who he is, if it is this user. Raises `NotSignedIn`."""
        user = self._user_of(token)
        if user.id != user_id:
            raise NotSignedIn("单位账号确认的是另一个人")
        models.Session.objects(id=digest(token)).update_one(set__proved_at=self._clock())
        self._audit.insert(self._actors.of(user), "prove", "user", user.id, address=address)

    def _user_of(self, token: str) -> Any:
        row = by_key(models.Session, id=digest(token))
        user = by_key(User, id=row.user_id) if row is not None else None
        if user is None or not self._in_force(row, user):
            raise NotSignedIn("请先登录")
        return user

    def _shows(self, user: Any, secret: str) -> bool:
        if user.totp_secret:
            return self._factor.fits(user, secret)
        if self._hashes.fits(user.password_hash, secret):
            return True
        known = self._ways.elsewhere(user.name, secret)
        return known is not None and bool(known.id == user.id)

    def _open(self, user: Any, address: str, agent: str) -> SignedIn:
        token, csrf, now = secrets.token_urlsafe(32), secrets.token_urlsafe(32), self._clock()
        expires = now + self._lasting
        session = models.Session(
            id=digest(token),
            user_id=user.id,
            csrf=csrf,
            address=address,
            agent=agent[:MAX_AGENT],
            created_at=now,
            expires_at=expires,
        )
        insert_row(session)
        User.objects(id=user.id).update_one(set__last_sign_in=now)
        return SignedIn(token, csrf, self._actors.of(user), expires)

    def _in_force(self, row: Any, user: Any) -> bool:
        """Whether a session or token still lets its user in; the user is read with the row, at the same moment."""
        return row is not None and row.expires_at > self._clock() and user is not None and not user.disabled

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


def _holders(keys: Sequence[str]) -> Mapping[str, tuple[Any, Any]]:
    """Rows of sessions together with their users."""
    rows = [row for key in keys if (row := by_key(models.Session, id=key)) is not None]
    return {row.id: (row, by_key(User, id=row.user_id)) for row in rows}
