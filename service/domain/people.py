"""People: what may be said of a user, and what is wrong with it (R-SEC-6, S-ER-2)."""

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from service.domain.permissions import CLEARANCES, separated
from service.domain.roles import RoleView
from service.errors import Fault

MAX_NAME = 64
MAX_TEXT = 100
MAX_DEPARTMENTS = 50
MAX_CIRCLES = 100
EVERYWHERE = ("*",)
"""The reach of a role that counts in all departments."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What an administrator says of a user. None = leave as it is."""

    display_name: str | None = None
    roles: Collection[str] | None = None
    departments: Collection[str] | None = None
    clearance: str | None = None
    reach: Mapping[str, Collection[str]] | None = None
    """Role → the departments in which it counts, `EVERYWHERE` for all; the others count where the role says."""
    circles: Collection[str] | None = None

    def values(self) -> dict[str, Any]:
        """Field → value as it is stored, of what is said."""
        said: dict[str, Any] = {}
        if self.display_name is not None:
            said["display_name"] = self.display_name.strip()
        if self.roles is not None:
            said["roles"] = sorted(str(role) for role in set(self.roles))
        if self.departments is not None:
            said["departments"] = sorted({department.strip() for department in self.departments})
        if self.clearance is not None:
            said["clearance"] = self.clearance
        if self.reach is not None:
            said["reach"] = {role: sorted(set(where)) for role, where in sorted(self.reach.items())}
        if self.circles is not None:
            said["circles"] = sorted(set(self.circles))
        return said


def check_name(name: str) -> list[Fault]:
    """Faults of a folded sign-in name."""
    if not name:
        return [Fault("name", "required", "用户名必填")]
    if len(name) > MAX_NAME or not all(sign.isalnum() or sign in "._-@" for sign in name):
        message = "用户名最多 %(limit)s 个字，只用汉字、字母、数字和 . _ - @"
        return [Fault("name", "bad_name", message, {"limit": MAX_NAME})]
    return []


def check_standing(said: Standing, roles: Mapping[str, RoleView], circles: Collection[str]) -> list[Fault]:
    """Everything that is wrong with what is said of a user, in a house with these roles and circles."""
    faults = check_text("display_name", said.display_name or "", blank=True)
    if said.roles is not None:
        faults += _check_roles(said.roles, roles)
    for place, department in enumerate(said.departments or ()):
        faults += check_text(f"departments.{place}", department, blank=False)
    if len(said.departments or ()) > MAX_DEPARTMENTS:
        limit = {"limit": MAX_DEPARTMENTS}
        faults.append(Fault("departments", "too_many", "部门最多 %(limit)s 个", limit))
    if said.clearance is not None and said.clearance not in CLEARANCES:
        faults.append(
            _not_in_list("clearance", "没有密级“%(value)s”，应为：%(allowed)s", said.clearance, CLEARANCES)
        )
    return faults + _check_reach(said, roles) + _check_circles(said.circles or (), circles)


def _check_reach(said: Standing, roles: Mapping[str, RoleView]) -> list[Fault]:
    faults = [
        _not_in_list("reach", "没有角色“%(value)s”，应为：%(allowed)s", role, roles)
        for role in sorted(set(said.reach or ()) - set(roles))
    ]
    for role, where in (said.reach or {}).items():
        for department in where:
            faults += check_text(f"reach.{role}", department, blank=False)
        if not where or len(where) > MAX_DEPARTMENTS:
            text = "角色在指定部门有效时，选 1–%(limit)s 个部门"
            faults.append(Fault(f"reach.{role}", "required", text, {"limit": MAX_DEPARTMENTS}))
    return faults


def _check_circles(held: Collection[str], circles: Collection[str]) -> list[Fault]:
    faults = [
        Fault("circles", "not_in_list", "没有知悉范围“%(value)s”", {"value": one[:60]})
        for one in sorted(set(held) - set(circles))
    ]
    if len(held) > MAX_CIRCLES:
        faults.append(Fault("circles", "too_many", "知悉范围最多 %(limit)s 个", {"limit": MAX_CIRCLES}))
    return faults


def _check_roles(held: Collection[str], roles: Mapping[str, RoleView]) -> list[Fault]:
    faults = [
        _not_in_list("roles", "没有角色“%(value)s”，应为：%(allowed)s", role, roles)
        for role in sorted(set(held) - set(roles))
    ]
    if not held:
        faults.append(Fault("roles", "required", "至少选一个角色"))
    if not separated(set().union(*(roles[role].acts for role in held if role in roles))):
        faults.append(
            Fault("roles", "separated", "系统管理、审计和利用档案的角色不能由一人兼任（三员分立），分设用户")
        )
    return faults


def _not_in_list(path: str, message: str, value: str, allowed: Collection[str]) -> Fault:
    return Fault(path, "not_in_list", message, {"value": value[:40], "allowed": "、".join(allowed)})


def check_text(path: str, text: str, *, blank: bool) -> list[Fault]:
    """Faults of a name to show or of a department."""
    if not blank and not text.strip():
        return [Fault(path, "required", "部门名称不能为空")]
    if len(text) > MAX_TEXT:
        return [Fault(path, "too_long", "最多 %(limit)s 个字", {"limit": MAX_TEXT})]
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text):
        return [Fault(path, "control_character", "含有控制字符，删去后再保存")]
    return []


def fits(person: Mapping[str, Any], *, text: str = "", role: str = "", state: str = "") -> bool:
    """Whether a user's row is one that is looked for: words of name or department, a role, active or disabled."""
    wanted = unicodedata.normalize("NFKC", text).casefold().split()
    words = [person["name"], person.get("display_name", ""), *person.get("departments", ())]
    said = unicodedata.normalize("NFKC", "\n".join(words)).casefold()
    if not all(word in said for word in wanted) or (role and role not in person.get("roles", ())):
        return False
    return not state or bool(person.get("disabled")) == (state == "disabled")
