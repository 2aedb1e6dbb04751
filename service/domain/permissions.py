"""Who may do what: one decision for one object, and the same decision as a filter for search (R-SEC-6, R-SEC-7)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The roles of requirements §3.3."""

    STAFF = "staff"
    DEPT_ARCHIVIST = "dept_archivist"
    ARCHIVIST = "archivist"
    DEPT_HEAD = "dept_head"
    OFFICE_DIRECTOR = "office_director"
    GENERAL_MANAGER = "general_manager"
    AUDITOR = "auditor"
    SYSADMIN = "sysadmin"


class Act(StrEnum):
    """What can be done; content = bytes, text and previews of files."""

    CREATE = "create"
    READ = "read"
    READ_CONTENT = "read_content"
    CHANGE = "change"
    DELETE = "delete"
    IMPORT = "import"
    MANAGE_USERS = "manage_users"
    MANAGE_SCHEME = "manage_scheme"
    OPERATE = "operate"


class Scope(StrEnum):
    """What a token may be made for; without any it may what its owner may."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


SCOPE_OF = {
    Act.READ: (Scope.READ, Scope.WRITE),
    Act.READ_CONTENT: (Scope.READ, Scope.WRITE),
    Act.CREATE: (Scope.WRITE,),
    Act.CHANGE: (Scope.WRITE,),
    Act.DELETE: (Scope.WRITE,),
    Act.IMPORT: (Scope.WRITE,),
    Act.MANAGE_USERS: (Scope.ADMIN,),
    Act.MANAGE_SCHEME: (Scope.ADMIN,),
    Act.OPERATE: (Scope.ADMIN,),
}
"""Act → the scopes of which a token needs one; who may write reads what he writes over."""

SECRECY = ("L0", "L1", "L2", "L3")
"""非密级, 秘密, 机密, 绝密 (glossary)."""

CLEARANCES = ("L0", "L1", "L2")
"""Up to which level a person may be cleared; 绝密 is opened to nobody by search (requirements §3.3)."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts. `name` is the sign-in name; `circle` is the need-to-know circle of his own holdings."""

    id: str
    name: str
    display_name: str
    roles: frozenset[Role]
    departments: frozenset[str] = frozenset()
    circle: str = ""
    must_change_password: bool = False
    clearance: str = "L2"
    """The highest level that exists for him."""
    scopes: frozenset[Scope] | None = None
    """What the token that he shows was made for; None: everything he may."""

    def has(self, *roles: Role) -> bool:
        """Whether the actor has at least one of the roles."""
        return any(role in self.roles for role in roles)


CLOCKWORK = Actor(id="system", name="system", display_name="系统", roles=frozenset())
"""Who does what is done by the clock: backups, patrols."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """What a decision looks at in a record."""

    secrecy: str = "L0"
    core_secret: bool = False
    department: str = ""
    circles: frozenset[str] = frozenset()
    life: str = "draft"


def compartment(secrecy: str, *, core_secret: bool) -> str:
    """The compartment of holdings and index that a record belongs to (design §3)."""
    return secrecy + ("C" if core_secret else "")


COMPARTMENTS = tuple(compartment(level, core_secret=core) for level in SECRECY for core in (False, True))


def department_term(department: str) -> str:
    """The access term of everybody in a department."""
    return f"dept:{department}"


def access_terms(guarded: Guarded) -> frozenset[str]:
    """What an index document is marked with; never a person (design §3)."""
    terms = set(guarded.circles)
    if guarded.department:
        terms.add(department_term(guarded.department))
    return frozenset(terms)


def search_scope(actor: Actor) -> Mapping[str, frozenset[str] | None]:
    """Compartment → the actor's access terms in it, None = all of it; a compartment not named does not exist.

    非密级 outside the core-secret categories is open to its department; everything else of 非密级 to 机密 only to
    its circles, and to the archivist; 绝密 to nobody by search (requirements §3.3, G4, R-SEC-4).
    """
    if not _within_token(actor, Act.READ):
        return {}
    if actor.has(Role.ARCHIVIST):
        return {name: None for name in COMPARTMENTS if _cleared(actor, name)}
    scope: dict[str, frozenset[str] | None] = {}
    circles = frozenset({actor.circle}) if actor.circle else frozenset()
    if actor.has(Role.OFFICE_DIRECTOR, Role.GENERAL_MANAGER):
        scope["L0"] = None
    else:
        scope["L0"] = circles | {department_term(name) for name in actor.departments}
    own = {department_term(name) for name in actor.departments} if actor.has(Role.DEPT_HEAD) else set()
    for name in ("L0C", "L1", "L1C", "L2", "L2C"):
        if _cleared(actor, name):
            scope[name] = circles | own
    return scope if actor.has(*CONTENT_ROLES) else {}


def _cleared(actor: Actor, place: str) -> bool:
    return place[:2] <= min(actor.clearance, CLEARANCES[-1])


def _within_token(actor: Actor, act: Act) -> bool:
    return actor.scopes is None or any(scope in actor.scopes for scope in SCOPE_OF[act])


CONTENT_ROLES = (
    Role.STAFF,
    Role.DEPT_ARCHIVIST,
    Role.ARCHIVIST,
    Role.DEPT_HEAD,
    Role.OFFICE_DIRECTOR,
    Role.GENERAL_MANAGER,
)
"""Roles that see records; the auditor sees events and the system administrator runs the machine, without content."""


OFFICES = {
    Act.MANAGE_USERS: (Role.SYSADMIN,),
    Act.MANAGE_SCHEME: (Role.SYSADMIN, Role.ARCHIVIST),
    Act.OPERATE: (Role.SYSADMIN,),
}
"""Acts that are about no record → the roles that do them."""

SEPARATED = (frozenset({Role.SYSADMIN}), frozenset({Role.AUDITOR}), frozenset(CONTENT_ROLES))
"""Kinds of work that one person must not do together: the machine, the watching, the archive (S-ER-2)."""


def separated(roles: Collection[Role]) -> bool:
    """Whether the roles belong to one kind of work (S-ER-2)."""
    return sum(bool(kind & set(roles)) for kind in SEPARATED) <= 1


def knows(actor: Actor, guarded: Guarded) -> bool:
    """Whether the record exists for the actor: the search filter, applied to one object."""
    scope = search_scope(actor)
    place = compartment(guarded.secrecy, core_secret=guarded.core_secret)
    if place not in scope:
        return False
    terms = scope[place]
    return terms is None or bool(terms & access_terms(guarded))


def may(actor: Actor, act: Act, guarded: Guarded | None = None) -> bool:
    """Whether the actor may do this, with this record where the act is about one."""
    if act in OFFICES:
        return _within_token(actor, act) and actor.has(*OFFICES[act])
    if not actor.has(*CONTENT_ROLES) or not _within_token(actor, act):
        return False
    if act is Act.CREATE or act is Act.IMPORT:
        return actor.has(Role.STAFF, Role.DEPT_ARCHIVIST, Role.ARCHIVIST, Role.DEPT_HEAD)
    if guarded is None or not knows(actor, guarded):
        return False
    if act is Act.READ or act is Act.READ_CONTENT:
        return True
    return _may_change(actor, guarded)


def _may_change(actor: Actor, guarded: Guarded) -> bool:
    if actor.has(Role.ARCHIVIST):
        return True
    own = actor.circle in guarded.circles or guarded.department in actor.departments
    return guarded.life == "draft" and own and actor.has(Role.STAFF, Role.DEPT_ARCHIVIST, Role.DEPT_HEAD)
