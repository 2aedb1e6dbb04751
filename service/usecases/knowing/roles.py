"""Roles as data over fixed rights: the starting ones edited, and further ones of the house (requirements §3.3)."""

from collections.abc import Mapping

from service.audit import Audit
from service.domain.permissions import Act, Actor, may, separated
from service.domain.roles import MAX_ROLES, RoleSaid, RoleView, check_role
from service.errors import Conflict, Fault, Forbidden, InvalidInput, NotFound
from service.models import RoleSheet, User
from service.models.transactions import delete_rows
from service.usecases.knowing.acting import Actors


class Roles:
    """What roles hold; a change counts from the next request of whoever holds them."""

    def __init__(self, actors: Actors, audit: Audit) -> None:
        self._actors, self._audit = actors, audit

    def all(self, actor: Actor) -> Mapping[str, RoleView]:
        """Every role by its code, in their order. Raises `Forbidden`."""
        self._require(actor)
        return self._actors.roles()

    def save(self, actor: Actor, code: str, said: RoleSaid, *, new: bool = False) -> RoleView:
        """Enter a role or change one. Raises `Forbidden`, `NotFound`, `InvalidInput`, and `Conflict` where somebody
        would do two kinds of work that are kept apart (S-ER-2)."""
        known = self.all(actor)
        before = known.get(code)
        if before is None and not new:
            raise NotFound("没有这个角色")
        faults = check_role(code, said)
        if new and before is not None:
            faults.append(Fault("code", "taken", "已有角色“%(name)s”", {"name": code[:40]}))
        if new and len(known) >= MAX_ROLES:
            faults.append(Fault("code", "too_many", "角色最多 %(limit)s 个", {"limit": MAX_ROLES}))
        if faults:
            raise InvalidInput(faults)
        self._require_separated(code, frozenset(map(Act, said.acts)))
        self._write(code, said)
        held = sorted(before.acts) if before else []
        self._audit.insert(
            actor,
            "change_role" if before else "add_role",
            "role",
            code,
            acts=[held, sorted(said.acts)],
            everywhere=said.everywhere,
        )
        return self._actors.roles()[code]

    def remove(self, actor: Actor, code: str) -> None:
        """Let a role of the house go that nobody holds; a starting role goes back to what it was.

        Raises `Forbidden`, `NotFound`, `Conflict`."""
        role = self.all(actor).get(code)
        if role is None:
            raise NotFound("没有这个角色")
        if not role.starting and list(User.objects(roles=code).limit(1)):
            raise Conflict("还有用户是这个角色，先改他们的角色")
        delete_rows(RoleSheet.objects(code=code))
        self._audit.insert(actor, "remove_role", "role", code)

    def _write(self, code: str, said: RoleSaid) -> None:
        values = {
            "name": said.name.strip(),
            "name_en": said.name_en.strip(),
            "acts": sorted(set(said.acts)),
            "known": sorted(Act),
            "everywhere": said.everywhere,
        }
        RoleSheet._get_collection().update_one({"_id": code}, {"$set": values}, upsert=True)

    def _require_separated(self, code: str, acts: frozenset[Act]) -> None:
        """A company has a few thousand users: those who hold the role with others are looked at whole."""
        known = self._actors.roles()
        for row in User.objects(roles=code).only("name", "roles").as_pymongo():
            others = (known[one].acts for one in row["roles"] if one != code and one in known)
            if not separated(acts.union(*others)):
                raise Conflict(
                    "用户“%(name)s”还有别的角色，合起来不合三员分立；先改他的角色", name=row["name"]
                )

    def _require(self, actor: Actor) -> None:
        if not may(actor, Act.MANAGE_USERS):
            self._audit.insert(actor, "manage_roles", "role", result="refused")
            raise Forbidden("只有系统管理员可以管理角色")
