"""People: users of the archive and their passwords."""

import unicodedata
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mongoengine.errors import NotUniqueError

from service.audit import Audit
from service.domain.passwords import check_password, folded_name, one_time_password
from service.domain.permissions import Act, Actor, Role, may
from service.errors import Fault, Forbidden, InvalidInput
from service.hashing import PasswordHashes
from service.models import Session, User
from service.models.reading import by_key
from service.usecases.attempts import Attempts, digest

MAX_NAME = 64
MAX_DEPARTMENTS = 50


@dataclass(frozen=True, slots=True)
class NewUser:
    """A person to add. Without `password` one is made that has to be changed at the first sign-in."""

    name: str
    display_name: str = ""
    roles: Collection[str] = ()
    departments: Collection[str] = ()
    password: str | None = None


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


class People:
    """Named users with roles and departments (R-SEC-6)."""

    def __init__(
        self, audit: Audit, clock: Callable[[], datetime], hashes: PasswordHashes | None = None
    ) -> None:
        self._audit, self._clock = audit, clock
        self._hashes = hashes or PasswordHashes()
        self._attempts = Attempts(clock)

    def add(self, actor: Actor, new: NewUser) -> tuple[UserView, str]:
        """Add a user; return him and the one-time password, "" if a password was given.

        Sign-in names are unique, whatever their width and case. Raises `Forbidden`, `InvalidInput`.
        """
        self._require(actor)
        name = folded_name(new.name)
        if faults := _faults(name, new):
            raise InvalidInput(faults)
        made = "" if new.password is not None else one_time_password()
        row = User(
            id=uuid.uuid4().hex,
            name=name,
            display_name=new.display_name.strip() or new.name.strip(),
            password_hash=self._hashes.hash(new.password if new.password is not None else made),
            must_change_password=bool(made),
            roles=sorted(set(new.roles)),
            departments=sorted({department.strip() for department in new.departments}),
            created_at=self._clock(),
        )
        try:
            row.save(force_insert=True)
        except NotUniqueError as fault:
            taken = Fault("name", "taken", "已有用户“%(name)s”", {"name": name})
            raise InvalidInput([taken]) from fault
        self._audit.insert(
            actor, "add_user", "user", row.id, roles=row.roles, departments=len(row.departments)
        )
        return _view(row), made

    def list(self, actor: Actor) -> list[UserView]:
        """All users by sign-in name. Raises `Forbidden`."""
        self._require(actor)
        return sorted((_view(row) for row in User.objects()), key=lambda view: view.name)

    def exists_any(self) -> bool:
        """Whether there is any user yet."""
        return next(iter(User.objects().limit(1)), None) is not None

    def change_password(self, actor: Actor, old: str, new: str, *, session: str = "") -> None:
        """Change one's own password; every session ends but the one with the token `session`.

        Raises `InvalidInput` (path old or new), `TooManyAttempts` after wrong old ones, `Forbidden` for
        actors without a password.
        """
        row = by_key(User, id=actor.id)
        if row is None or row.disabled:
            raise Forbidden("此身份没有密码")
        self._require_old(actor, row, old)
        faults = check_password("new", new, name=row.name)
        if not faults and self._hashes.fits(row.password_hash, new):
            faults = [Fault("new", "password_unchanged", "新密码与现在的相同，换一个")]
        if faults:
            raise InvalidInput(faults)
        hashed = self._hashes.hash(new)
        User.objects(id=row.id).update_one(set__password_hash=hashed, set__must_change_password=False)
        Session.objects(user_id=row.id, id__ne=digest(session)).delete()
        self._audit.insert(actor, "change_password", "user", row.id)

    def _require(self, actor: Actor) -> None:
        if not may(actor, Act.MANAGE_USERS):
            self._audit.insert(actor, "manage_users", "user", result="refused")
            raise Forbidden("只有系统管理员可以管理用户")

    def _require_old(self, actor: Actor, row: Any, old: str) -> None:
        claim = self._attempts.claim("password", row.id)
        if not self._hashes.fits(row.password_hash, old):
            self._audit.insert(actor, "change_password", "user", row.id, result="refused")
            raise InvalidInput([Fault("old", "wrong_password", "现在的密码不对")])
        self._attempts.forget(claim)


def actor_of(row: Any) -> Actor:
    """A user's row as the one who acts; roles that this program does not know give no right."""
    known = {role.value for role in Role}
    return Actor(
        id=row.id,
        name=row.name,
        display_name=row.display_name or row.name,
        roles=frozenset(Role(role) for role in row.roles if role in known),
        departments=frozenset(row.departments),
        circle=f"circle:{row.id}",
        must_change_password=row.must_change_password,
    )


def _view(row: Any) -> UserView:
    return UserView(
        id=row.id,
        name=row.name,
        display_name=row.display_name,
        roles=tuple(row.roles),
        departments=tuple(row.departments),
        disabled=row.disabled,
        must_change_password=row.must_change_password,
        created_at=row.created_at,
    )


def _faults(name: str, new: NewUser) -> list[Fault]:
    faults = _name_faults(name)
    faults += _text_faults("display_name", new.display_name, blank=True)
    unknown = sorted(set(new.roles) - {role.value for role in Role})
    known = "、".join(role.value for role in Role)
    faults += [
        Fault(
            "roles",
            "not_in_list",
            "没有角色“%(value)s”，应为：%(allowed)s",
            {"value": role[:40], "allowed": known},
        )
        for role in unknown
    ]
    if not new.roles:
        faults.append(Fault("roles", "required", "至少选一个角色"))
    for place, department in enumerate(new.departments):
        faults += _text_faults(f"departments.{place}", department, blank=False)
    if len(new.departments) > MAX_DEPARTMENTS:
        limit = {"limit": MAX_DEPARTMENTS}
        faults.append(Fault("departments", "too_many", "部门最多 %(limit)s 个", limit))
    if new.password is not None:
        faults += check_password("password", new.password, name=name)
    return faults


def _name_faults(name: str) -> list[Fault]:
    if not name:
        return [Fault("name", "required", "用户名必填")]
    if len(name) > MAX_NAME or not all(sign.isalnum() or sign in "._-@" for sign in name):
        return [
            Fault(
                "name",
                "bad_name",
                "用户名最多 %(limit)s 个字，只用汉字、字母、数字和 . _ - @",
                {"limit": MAX_NAME},
            )
        ]
    return []


def _text_faults(path: str, text: str, *, blank: bool) -> list[Fault]:
    if not blank and not text.strip():
        return [Fault(path, "required", "部门名称不能为空")]
    if len(text) > 100:
        return [Fault(path, "too_long", "最多 %(limit)s 个字", {"limit": 100})]
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text):
        return [Fault(path, "control_character", "含有控制字符，删去后再保存")]
    return []
