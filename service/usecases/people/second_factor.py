"""The second factor of a person: set up, shown at sign-in, renewed, given up, reset by who manages users (R-SEC-6)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import pyotp

from service.audit import Audit
from service.domain.permissions import Act, Actor, may
from service.domain.second_factor import (
    ISSUER,
    RECOVERY_CODES,
    fitting_step,
    folded_code,
    is_number,
    recovery_code,
)
from service.errors import Conflict, Fault, Forbidden, InvalidInput, NotFound
from service.hashing import PasswordHashes
from service.models import User
from service.models.reading import by_key
from service.usecases.attempts import Attempts


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A secret on its way to a telephone: typed by hand, or read from the picture of `uri`."""

    secret: str
    uri: str


@dataclass(frozen=True, slots=True)
class FactorState:
    """Whether a person has a second factor, since when, and how many recovery codes are left."""

    enrolled: bool
    since: datetime | None = None
    recovery_codes: int = 0
    required: bool = False


class Sealing(Protocol):
    """Keeps secrets so that who reads the database cannot use them."""

    def seal(self, owner: str, secret: str) -> str:
        """The secret as it may lie."""
        ...

    def open(self, owner: str, sealed: str) -> str | None:
        """The secret again; None where that is impossible. What was never sealed is itself."""
        ...

    def forget(self, owner: str) -> None:
        """Nothing sealed for this owner can be opened any more."""
        ...


class SecondFactor:
    """One-time codes of a telephone (TOTP, RFC 6238). Of recovery codes only hashes are kept; a code counts once."""

    def __init__(
        self,
        audit: Audit,
        clock: Callable[[], datetime],
        hashes: PasswordHashes,
        required_roles: Collection[str] = (),
        sealing: Sealing | None = None,
    ) -> None:
        """Whoever has one of `required_roles` must set one up before he goes on; without `sealing` nobody can."""
        self._audit, self._clock, self._hashes, self._sealing = audit, clock, hashes, sealing
        self._attempts = Attempts(clock)
        self._required = frozenset(required_roles)

    def begin(self, actor: Actor) -> Enrolment:
        """A new secret; nothing is kept until a code of it was shown."""
        return self.enrolment(actor, pyotp.random_base32())

    def enrolment(self, actor: Actor, secret: str) -> Enrolment:
        """The secret with the address that telephones read."""
        return Enrolment(secret, pyotp.TOTP(secret, name=actor.name, issuer=ISSUER).provisioning_uri())

    def enrol(self, actor: Actor, secret: str, code: str) -> list[str]:
        """Keep the secret, whose code was shown; the recovery codes, told once.

        Raises `InvalidInput` for a wrong code, `Conflict` where there is a second factor already, `Forbidden` for
        actors without a password of their own, `TooManyAttempts`.
        """
        row = self._own_row(actor)
        if row.totp_secret:
            raise Conflict("已启用第二因素；先关闭，再重新启用")
        if len(secret) != 32 or not secret.isalnum():
            raise InvalidInput([Fault("code", "wrong_code", "验证码不对，等下一个再试")])
        claim = self._attempts.claim("enrol_totp", row.id)
        step = fitting_step(folded_code(code), self._clock(), 0, _codes(secret))
        if not step:
            raise InvalidInput([Fault("code", "wrong_code", "验证码不对，等下一个再试")])
        self._attempts.forget(claim)
        codes, hashed = self._recovery()
        User.objects(id=row.id).update_one(
            set__totp_secret=self._sealed().seal(row.id, secret),
            set__totp_step=step,
            set__totp_since=self._clock(),
            set__recovery_hashes=hashed,
        )
        self._audit.insert(actor, "enrol_totp", "user", row.id)
        return codes

    def fits(self, row: Any, code: str) -> bool:
        """Whether this is a code of the person now. It counts once: the same one is refused the second time."""
        given = folded_code(code)
        if is_number(given):
            secret = self._sealed().open(row.id, row.totp_secret)
            step = fitting_step(given, self._clock(), row.totp_step or 0, _codes(secret)) if secret else 0
            unused = User.objects(id=row.id, totp_secret=row.totp_secret, totp_step=row.totp_step)
            return bool(step) and bool(unused.update_one(set__totp_step=step))
        for hashed in row.recovery_hashes if len(given) == 12 else ():
            if self._hashes.fits(hashed, given):
                left = User.objects(id=row.id, recovery_hashes=hashed)
                return bool(left.update_one(pull__recovery_hashes=hashed))
        return False

    def seal_plain(self) -> int:
        """Seal what was kept in clear before there was sealing; how many. May be repeated and interrupted. A company
        has a few thousand people, and those with a second factor are read whole."""
        plain = [
            row
            for row in User.objects(totp_secret__exists=True).only("totp_secret")
            if ":" not in row.totp_secret
        ]
        for row in plain:
            same = User.objects(id=row.id, totp_secret=row.totp_secret)
            same.update_one(set__totp_secret=self._sealed().seal(row.id, row.totp_secret))
        return len(plain)

    def _sealed(self) -> Sealing:
        if self._sealing is None:
            raise RuntimeError("this program was wired without a key for secrets of people")
        return self._sealing

    def renew_codes(self, actor: Actor, code: str) -> list[str]:
        """New recovery codes in the place of all old ones. Raises as `remove`."""
        row = self._shown(actor, code)
        codes, hashed = self._recovery()
        User.objects(id=row.id).update_one(set__recovery_hashes=hashed)
        self._audit.insert(actor, "new_recovery_codes", "user", row.id)
        return codes

    def remove(self, actor: Actor, code: str) -> None:
        """Give it up, by showing it. Raises `InvalidInput` (path code), `TooManyAttempts`, and `Conflict` where the
        actor's role requires it."""
        if self._required & actor.roles:
            raise Conflict("本角色须用第二因素，不能关闭")
        row = self._shown(actor, code)
        self._forget(row.id)
        self._audit.insert(actor, "remove_totp", "user", row.id)

    def reset(self, actor: Actor, user_id: str) -> None:
        """Take a lost second factor from a user; not for oneself. May be repeated. Raises `Forbidden`, `NotFound`."""
        if not may(actor, Act.MANAGE_USERS):
            self._audit.insert(actor, "reset_totp", "user", user_id, result="refused")
            raise Forbidden("只有系统管理员可以管理用户")
        if user_id == actor.id:
            raise Conflict("本人的第二因素在“我的账户”中更改")
        row = by_key(User, id=user_id)
        if row is None:
            raise NotFound("没有这个用户")
        if row.totp_secret:
            self._forget(row.id)
            self._audit.insert(actor, "reset_totp", "user", row.id)

    def state(self, actor: Actor) -> FactorState:
        """How the actor stands."""
        return self._state(by_key(User, id=actor.id))

    def state_of(self, actor: Actor, user_id: str) -> FactorState:
        """How a user stands, for who manages users. Raises `Forbidden`."""
        if not may(actor, Act.MANAGE_USERS):
            raise Forbidden("只有系统管理员可以管理用户")
        return self._state(by_key(User, id=user_id))

    def lacking(self, row: Any) -> bool:
        """Whether this user has to set one up before he goes on."""
        return not row.totp_secret and bool(self._required & set(row.roles))

    def _state(self, row: Any) -> FactorState:
        if row is None:
            return FactorState(enrolled=False)
        required = bool(self._required & set(row.roles))
        return FactorState(bool(row.totp_secret), row.totp_since, len(row.recovery_hashes), required)

    def _own_row(self, actor: Actor) -> Any:
        row = by_key(User, id=actor.id)
        if row is None or row.disabled or actor.scopes is not None:
            raise Forbidden("此身份没有密码")
        return row

    def _shown(self, actor: Actor, code: str) -> Any:
        row = self._own_row(actor)
        claim = self._attempts.claim("show_totp", row.id)
        if not row.totp_secret or not self.fits(row, code):
            self._audit.insert(actor, "second_factor", "user", row.id, result="refused")
            raise InvalidInput([Fault("code", "wrong_code", "验证码不对，等下一个再试")])
        self._attempts.forget(claim)
        return row

    def _recovery(self) -> tuple[list[str], list[str]]:
        codes = [recovery_code() for _ in range(RECOVERY_CODES)]
        return codes, [self._hashes.hash(folded_code(code)) for code in codes]

    def _forget(self, user_id: str) -> None:
        User.objects(id=user_id).update_one(
            unset__totp_secret=1, unset__totp_step=1, unset__totp_since=1, set__recovery_hashes=[]
        )
        self._sealed().forget(user_id)


def _codes(secret: str) -> Callable[[int], str]:
    made = pyotp.TOTP(secret)
    return made.generate_otp
