"""People: users of the archive, what they may, and their passwords."""

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mongoengine.errors import NotUniqueError
from pymongo.client_session import ClientSession

from service.audit import Audit
from service.domain.holdings import Page
from service.domain.passwords import check_password, folded_name, one_time_password
from service.domain.people import Standing, check_name, check_standing, fits
from service.domain.permissions import Act, Actor, Role, may
from service.errors import Conflict, Fault, Forbidden, InvalidInput, NotFound
from service.hashing import PasswordHashes
from service.models import Counter, Session, User
from service.models.connection import in_transaction
from service.models.reading import by_key
from service.models.transactions import delete_rows, insert_row
from service.usecases.attempts import Attempts, digest
from service.usecases.knowing.acting import Actors

SHORT = ("name", "display_name", "roles", "departments", "disabled")
"""What a list is filtered by; a company has a few thousand people, so their short rows are read whole."""

SIGN_IN = "sign_in"


@dataclass(frozen=True, slots=True)
class NewUser:
    """A person to add. Without `password` one is made that has to be changed at the first sign-in."""

    name: str
    display_name: str = ""
    roles: Collection[str] = ()
    departments: Collection[str] = ()
    password: str | None = None
    clearance: str = "L2"
    reach: Mapping[str, Collection[str]] = field(default_factory=dict)
    circles: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class WhoIs:
    """Which users a list asks for; "" asks for all. `state`: active or disabled."""

    text: str = ""
    role: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class UserView:
    """A user as administrators see him."""

    id: str
    name: str
    display_name: str
    roles: tuple[str, ...]
    departments: tuple[str, ...]
    disabled: bool
    must_change_password: bool
    created_at: datetime
    clearance: str = "L2"
    last_sign_in: datetime | None = None
    locked: bool = False
    """Whether somebody has to wait who tries his name: too many wrong passwords."""
    reach: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Role → the departments in which it counts, ["*"] for all; the others count where the role says."""
    circles: tuple[str, ...] = ()


class People:
    """Named users with roles, departments and clearance (R-SEC-6). Changes count from the next request on."""

    def __init__(
        self,
        audit: Audit,
        clock: Callable[[], datetime],
        hashes: PasswordHashes | None = None,
        actors: Actors | None = None,
    ) -> None:
        self._audit, self.clock = audit, clock
        self._hashes, self._actors = hashes or PasswordHashes(), actors or Actors(clock)
        self._attempts = Attempts(clock)

    def add(self, actor: Actor, new: NewUser) -> tuple[UserView, str]:
        """Add a user; return him and the one-time password, "" if a password was given.

        Sign-in names are unique, whatever their width and case. Raises `Forbidden`, `InvalidInput`.
        """
        self._require(actor)
        name = folded_name(new.name)
        said = Standing(new.display_name, new.roles, new.departments, new.clearance, new.reach, new.circles)
        faults = check_name(name) + self._check(said)
        if new.password is not None:
            faults += check_password("password", new.password, name=name)
        if faults:
            raise InvalidInput(faults)
        made = "" if new.password is not None else one_time_password()
        row = User(
            id=uuid.uuid4().hex,
            name=name,
            password_hash=self._hashes.hash(new.password if new.password is not None else made),
            must_change_password=bool(made),
            created_at=self.clock(),
            **said.values() | {"display_name": new.display_name.strip() or new.name.strip()},
        )
        try:
            insert_row(row)
        except NotUniqueError as fault:
            taken = Fault("name", "taken", "已有用户“%(name)s”", {"name": name})
            raise InvalidInput([taken]) from fault
        facts = {"roles": row.roles, "departments": row.departments, "clearance": row.clearance}
        facts |= {"reach": dict(row.reach), "circles": list(row.circles)}
        self._audit.insert(actor, "add_user", "user", row.id, **facts)
        return self._shown([row])[0], made

    def page(self, actor: Actor, asked: WhoIs, *, after: str = "", limit: int = 50) -> Page:
        """Users by sign-in name, from behind the name `after`. Raises `Forbidden`."""
        self._require(actor)
        short = [dict(row, id=row["_id"]) for row in User.objects().only(*SHORT).as_pymongo()]
        found = [row for row in short if fits(row, text=asked.text, role=asked.role, state=asked.state)]
        rest = sorted((row["name"], row["id"]) for row in found if row["name"] > after)
        ids = [one for _name, one in rest[:limit]]
        rows = sorted(User.objects(id__in=ids), key=lambda row: row.name)
        cursor = rest[limit - 1][0] if len(rest) > limit else ""
        return Page(items=self._shown(rows), next_cursor=cursor, total=len(found))

    def get(self, actor: Actor, user_id: str) -> UserView:
        """One user. Raises `Forbidden`, `NotFound`."""
        return self._shown([self._row(actor, user_id)])[0]

    def named(self, actor: Actor, name: str) -> UserView:
        """The user with this sign-in name. Raises `Forbidden`, `NotFound`."""
        self._require(actor)
        row = by_key(User, name=folded_name(name))
        if row is None:
            raise NotFound("没有这个用户")
        return self._shown([row])[0]

    def exists_any(self) -> bool:
        """Whether there is any user yet."""
        return next(iter(User.objects().limit(1)), None) is not None

    def change(self, actor: Actor, user_id: str, said: Standing) -> UserView:
        """Change what a user may. Raises `Forbidden`, `NotFound`, `InvalidInput`, and `Conflict` where nobody
        would be left who administers."""
        row = self._row(actor, user_id)
        if faults := self._check(said):
            raise InvalidInput(faults)
        values = said.values()
        if not values.get("display_name", row.name):
            values["display_name"] = row.name
        before = {name: _plain(getattr(row, name)) for name in values}
        changed = {name: value for name, value in values.items() if value != before[name]}
        if changed:
            self.write(row, changed)
            told = {name: [before[name], value] for name, value in changed.items() if name != "display_name"}
            self._audit.insert(actor, "change_user", "user", row.id, fields=sorted(changed), changed=told)
        return self.get(actor, user_id)

    def disable(self, actor: Actor, user_id: str) -> UserView:
        """Let a user in no more; his sessions end now, his tokens are refused. May be repeated. Raises
        `Conflict` for oneself and for the last administrator."""
        row = self._row(actor, user_id)
        if row.id == actor.id:
            raise Conflict("不能停用本人，请另一位系统管理员来做")
        if not row.disabled:
            self.write(row, {"disabled": True})
            delete_rows(Session.objects(user_id=row.id))
            self._audit.insert(actor, "disable_user", "user", row.id, disabled=[False, True])
        return self.get(actor, user_id)

    def enable(self, actor: Actor, user_id: str) -> UserView:
        """Let a user in again. May be repeated."""
        row = self._row(actor, user_id)
        if row.disabled:
            User.objects(id=row.id).update_one(set__disabled=False)
            self._audit.insert(actor, "enable_user", "user", row.id, disabled=[True, False])
        return self.get(actor, user_id)

    def reset_password(self, actor: Actor, user_id: str) -> str:
        """Give a user a one-time password, told once; his sessions end. Not for oneself: `Conflict`."""
        row = self._row(actor, user_id)
        if row.id == actor.id:
            raise Conflict("本人的密码在“我的”中更改")
        made = one_time_password()
        hashed = self._hashes.hash(made)
        User.objects(id=row.id).update_one(set__password_hash=hashed, set__must_change_password=True)
        delete_rows(Session.objects(user_id=row.id))
        self._attempts.forgive(SIGN_IN, row.name)
        self._audit.insert(actor, "reset_password", "user", row.id)
        return made

    def unlock(self, actor: Actor, user_id: str) -> UserView:
        """Forget the failed sign-ins under a user's name. May be repeated."""
        row = self._row(actor, user_id)
        if self._attempts.forgive(SIGN_IN, row.name):
            self._audit.insert(actor, "unlock_user", "user", row.id)
        return self.get(actor, user_id)

    def change_password(self, actor: Actor, old: str, new: str, *, session: str = "") -> None:
        """Change one's own password; every session ends but the one with the token `session`.

        Raises `InvalidInput` (path old or new), `TooManyAttempts` after wrong old ones, `Forbidden` for
        actors without a password.
        """
        row = by_key(User, id=actor.id)
        if row is None or row.disabled or actor.scopes is not None or not row.password_hash:
            raise Forbidden("此身份没有密码")
        self._require_old(actor, row, old)
        faults = check_password("new", new, name=row.name)
        if not faults and self._hashes.fits(row.password_hash, new):
            faults = [Fault("new", "password_unchanged", "新密码与现在的相同，换一个")]
        if faults:
            raise InvalidInput(faults)
        hashed = self._hashes.hash(new)
        User.objects(id=row.id).update_one(set__password_hash=hashed, set__must_change_password=False)
        delete_rows(Session.objects(user_id=row.id, id__ne=digest(session)))
        self._audit.insert(actor, "change_password", "user", row.id)

    def _row(self, actor: Actor, user_id: str) -> Any:
        self._require(actor)
        row = by_key(User, id=user_id)
        if row is None:
            raise NotFound("没有这个用户")
        return row

    def _require(self, actor: Actor) -> None:
        if not may(actor, Act.MANAGE_USERS):
            self._audit.insert(actor, "manage_users", "user", result="refused")
            raise Forbidden("只有系统管理员可以管理用户")

    def _check(self, said: Standing) -> list[Fault]:
        return check_standing(said, self._actors.roles(), self._actors.circles())

    def _require_old(self, actor: Actor, row: Any, old: str) -> None:
        claim = self._attempts.claim("password", row.id)
        if not self._hashes.fits(row.password_hash, old):
            self._audit.insert(actor, "change_password", "user", row.id, result="refused")
            raise InvalidInput([Fault("old", "wrong_password", "现在的密码不对")])
        self._attempts.forget(claim)

    def write(self, row: Any, values: dict[str, Any]) -> None:
        """Write; what takes an administrator away is written one after the other, so that one always stays."""
        if row.disabled or not _administers(row.roles) or _stays(values):
            User._get_collection().update_one({"_id": row.id}, {"$set": values})
        else:
            in_transaction(lambda session: _write_away(session, row.id, values))

    def _shown(self, rows: Collection[Any]) -> list[UserView]:
        locked = self._attempts.waiting(*((SIGN_IN, row.name) for row in rows)) if rows else set()
        return [_view(row, locked=(SIGN_IN, row.name) in locked) for row in rows]


def _administers(roles: Collection[str]) -> bool:
    return Role.SYSADMIN.value in roles


def _stays(values: dict[str, Any]) -> bool:
    return not values.get("disabled") and _administers(values.get("roles", (Role.SYSADMIN.value,)))


def _write_away(session: ClientSession, user_id: str, values: dict[str, Any]) -> None:
    """Two who take each other's rights away write the same counter, so that the second sees what the first did."""
    Counter._get_collection().update_one(
        {"_id": "administrators"}, {"$inc": {"value": 1}}, upsert=True, session=session
    )
    others = {"roles": Role.SYSADMIN.value, "disabled": False, "_id": {"$ne": user_id}}
    if not list(User._get_collection().find(others, {"_id": 1}, session=session).limit(1)):
        raise Conflict("这是最后一位系统管理员，先另设一位")
    User._get_collection().update_one({"_id": user_id}, {"$set": values}, session=session)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return list(value) if isinstance(value, list) else value


def _view(row: Any, *, locked: bool) -> UserView:
    return UserView(
        id=row.id,
        name=row.name,
        display_name=row.display_name,
        roles=tuple(row.roles),
        departments=tuple(row.departments),
        disabled=row.disabled,
        must_change_password=row.must_change_password,
        created_at=row.created_at,
        clearance=row.clearance,
        last_sign_in=row.last_sign_in,
        locked=locked,
        reach={role: tuple(where) for role, where in row.reach.items()},
        circles=tuple(row.circles),
    )
