"""Who may do what: one decision for one object, and the same decision as a filter for search (R-SEC-6, R-SEC-7)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache


class Role(StrEnum):
    """The codes of the starting roles of requirements §3.3; roles are data, so nothing asks for one by its code."""

    STAFF = "staff"
    DEPT_ARCHIVIST = "dept_archivist"
    ARCHIVIST = "archivist"
    DEPT_HEAD = "dept_head"
    OFFICE_DIRECTOR = "office_director"
    GENERAL_MANAGER = "general_manager"
    AUDITOR = "auditor"
    SYSADMIN = "sysadmin"


class Act(StrEnum):
    """What can be done, and so what a role may hold; content = bytes, text and previews of files."""

    READ = "read"
    READ_CORE = "read_core"
    READ_CLASSIFIED = "read_classified"
    READ_CONTENT = "read_content"
    EXPLAIN = "explain"
    CREATE = "create"
    IMPORT = "import"
    MIGRATE = "migrate"
    CHANGE = "change"
    CORRECT = "correct"
    DELETE = "delete"
    REVIEW = "review"
    ACCEPT = "accept"
    ARCHIVE = "archive"
    WEED = "weed"
    GRANT = "grant"
    PROPOSE_SECRECY = "propose_secrecy"
    DECIDE_SECRECY = "decide_secrecy"
    DECIDE_CLASSIFIED = "decide_classified"
    TEND = "tend"
    WATCH = "watch"
    MANAGE_SCHEME = "manage_scheme"
    APPROVE_SCHEME = "approve_scheme"
    MANAGE_USERS = "manage_users"
    OPERATE = "operate"


class Scope(StrEnum):
    """What a token may be made for; without any it may what its owner may."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


READING = (Act.READ, Act.READ_CORE, Act.READ_CLASSIFIED, Act.READ_CONTENT, Act.EXPLAIN, Act.WATCH)
ADMINISTERING = (Act.MANAGE_USERS, Act.MANAGE_SCHEME, Act.OPERATE)

SCOPE_OF = dict.fromkeys(Act, (Scope.WRITE,)) | {
    **dict.fromkeys(READING, (Scope.READ, Scope.WRITE)),
    **dict.fromkeys(ADMINISTERING, (Scope.ADMIN,)),
}
"""Act → the scopes of which a token needs one; who may write reads what he writes over."""

SECRECY = ("L0", "L1", "L2", "L3")
"""非密级, 秘密, 机密, 绝密 (glossary)."""

EDITABLE = ("draft", "returned")
"""States in which a description and its files are still being made."""

CLEARANCES = ("L0", "L1", "L2")
"""Up to which level a person may be cleared; 绝密 is opened to nobody by search (requirements §3.3)."""


Reach = frozenset[str] | None
"""The departments in whose records an act is allowed; None = in all."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts. `name` is the sign-in name; `circle` is the need-to-know circle of his own holdings.

    A deputy acts with the rights of the person he stands in for, whom `acting_for` names (R-BOR-7).
    """

    id: str
    name: str
    display_name: str
    roles: frozenset[str]
    departments: frozenset[str] = frozenset()
    circle: str = ""
    must_change_password: bool = False
    must_enrol: bool = field(default=False, compare=False)
    """His role requires a second factor, and he has none yet."""
    clearance: str = "L2"
    """The highest level that exists for him."""
    scopes: frozenset[Scope] | None = None
    """What the token that he shows was made for; None: everything he may."""
    circles: frozenset[str] = frozenset()
    """Further need-to-know circles 知悉范围 that he belongs to (G10)."""
    grants: frozenset[str] = frozenset()
    """Ids of what was granted him and is in force."""
    address: str = field(default="", compare=False)
    """Where he asks from; for the audit trail alone."""
    acting_for: str = field(default="", compare=False)
    """The id of the person whom he stands in for; for the audit trail and the page's head."""
    rights: Mapping[Act, Reach] | None = field(default=None, compare=False)
    """What his roles allow, and where; None: what the starting roles allow."""

    def has(self, *roles: str) -> bool:
        """Whether the actor has at least one of the roles."""
        return any(role in self.roles for role in roles)


CLOCKWORK = Actor(id="system", name="system", display_name="系统", roles=frozenset())
"""Who does what is done by the clock: backups, patrols."""

_MAKING = (Act.READ, Act.READ_CONTENT, Act.CREATE, Act.IMPORT, Act.CHANGE, Act.DELETE)
_OPENING = (Act.READ_CORE, Act.READ_CLASSIFIED)

STARTING_ACTS: Mapping[Role, frozenset[Act]] = {
    Role.STAFF: frozenset(_MAKING),
    Role.DEPT_ARCHIVIST: frozenset((*_MAKING, Act.PROPOSE_SECRECY)),
    Role.ARCHIVIST: frozenset(
        (
            *_MAKING,
            *_OPENING,
            Act.CORRECT,
            Act.ACCEPT,
            Act.ARCHIVE,
            Act.WEED,
            Act.EXPLAIN,
            Act.GRANT,
            Act.PROPOSE_SECRECY,
            Act.TEND,
            Act.MIGRATE,
            Act.MANAGE_SCHEME,
        )
    ),
    Role.DEPT_HEAD: frozenset((*_MAKING, *_OPENING, Act.REVIEW, Act.EXPLAIN, Act.GRANT, Act.DECIDE_SECRECY)),
    Role.OFFICE_DIRECTOR: frozenset(
        (Act.READ, Act.READ_CONTENT, Act.EXPLAIN, Act.DECIDE_SECRECY, Act.APPROVE_SCHEME)
    ),
    Role.GENERAL_MANAGER: frozenset(
        (
            Act.READ,
            Act.READ_CONTENT,
            Act.EXPLAIN,
            Act.DECIDE_SECRECY,
            Act.DECIDE_CLASSIFIED,
            Act.APPROVE_SCHEME,
        )
    ),
    Role.AUDITOR: frozenset((Act.WATCH, Act.EXPLAIN)),
    Role.SYSADMIN: frozenset((Act.MANAGE_USERS, Act.MANAGE_SCHEME, Act.OPERATE)),
}
"""What the roles of requirements §3.3 hold before anybody edits them."""

EVERYWHERE = frozenset(
    (Role.ARCHIVIST, Role.OFFICE_DIRECTOR, Role.GENERAL_MANAGER, Role.AUDITOR, Role.SYSADMIN)
)
"""Starting roles that count in all departments; the others count in one's own."""


def joined_rights(held: Iterable[tuple[Collection[Act], Reach]]) -> dict[Act, Reach]:
    """What several roles allow together, each within its reach."""
    rights: dict[Act, Reach] = {}
    for acts, reach in held:
        for act in acts:
            known = rights.get(act, frozenset())
            rights[act] = None if reach is None or known is None else known | reach
    return rights


@lru_cache(maxsize=256)
def _starting_rights(roles: frozenset[str], departments: frozenset[str]) -> dict[Act, Reach]:
    held = [
        (acts, None if role in EVERYWHERE else departments)
        for role, acts in STARTING_ACTS.items()
        if role in roles
    ]
    return joined_rights(held)


def rights_of(actor: Actor) -> Mapping[Act, Reach]:
    """What the actor's roles allow, and in which departments."""
    return actor.rights if actor.rights is not None else _starting_rights(actor.roles, actor.departments)


@dataclass(frozen=True, slots=True)
class Guarded:
    """What a decision looks at in a record."""

    secrecy: str = "L0"
    core_secret: bool = False
    department: str = ""
    circles: frozenset[str] = frozenset()
    life: str = "draft"
    grants: frozenset[str] = frozenset()


def compartment(secrecy: str, *, core_secret: bool) -> str:
    """The compartment of holdings and index that a record belongs to (design §3)."""
    return secrecy + ("C" if core_secret else "")


COMPARTMENTS = tuple(compartment(level, core_secret=core) for level in SECRECY for core in (False, True))


def department_term(department: str) -> str:
    """The access term of everybody in a department."""
    return f"dept:{department}"


def grant_term(grant: str) -> str:
    """The access term of a grant."""
    return f"grant:{grant}"


def access_terms(guarded: Guarded) -> frozenset[str]:
    """What an index document is marked with: departments, circles and grants, never a person (design §3)."""
    terms = set(guarded.circles) | {grant_term(grant) for grant in guarded.grants}
    if guarded.department:
        terms.add(department_term(guarded.department))
    return frozenset(terms)


_NEEDED = {
    place: (
        Act.READ,
        *((Act.READ_CORE,) if place.endswith("C") else ()),
        *((Act.READ_CLASSIFIED,) if not place.startswith("L0") else ()),
    )
    for place in COMPARTMENTS
}
"""Compartment → the acts that open all of a department's records in it."""


def search_scope(actor: Actor) -> Mapping[str, frozenset[str] | None]:
    """Compartment → the actor's access terms in it, None = all of it; a compartment not named does not exist.

    What is in his circles or was granted him he knows in every compartment that he is cleared for; what is in a
    department only as far as his roles open that kind there. 绝密 is opened to nobody by search (requirements
    §3.3, G4, R-SEC-4).
    """
    rights = rights_of(actor)
    if Act.READ not in rights or not _within_token(actor, Act.READ):
        return {}
    personal = set(actor.circles) | {grant_term(grant) for grant in actor.grants}
    if actor.circle:
        personal.add(actor.circle)
    scope: dict[str, frozenset[str] | None] = {}
    for place, needed in _NEEDED.items():
        if _cleared(actor, place):
            reach = _common(rights, needed)
            scope[place] = None if reach is None else frozenset(personal | set(map(department_term, reach)))
    return scope


def audience(guarded: Guarded) -> list[str]:
    """Keys of a record: its compartment, alone and with each of its access terms (see `listening`)."""
    place = compartment(guarded.secrecy, core_secret=guarded.core_secret)
    return [place, *(f"{place}|{term}" for term in sorted(access_terms(guarded)))]


def listening(actor: Actor) -> list[str]:
    """Keys of which a record has at least one exactly if the actor knows of it: `search_scope` for the database."""
    return [
        key
        for place, terms in search_scope(actor).items()
        for key in ([place] if terms is None else [f"{place}|{term}" for term in sorted(terms)])
    ]


def hears_all(actor: Actor) -> bool:
    """Whether he knows of all that is in some compartment: most records are his to see then."""
    return any(terms is None for terms in search_scope(actor).values())


def _common(rights: Mapping[Act, Reach], acts: Iterable[Act]) -> Reach:
    common: Reach = None
    for act in acts:
        reach = rights.get(act, frozenset())
        common = reach if common is None else common if reach is None else common & reach
    return common


def _cleared(actor: Actor, place: str) -> bool:
    return place[:2] <= min(actor.clearance, CLEARANCES[-1])


def _within_token(actor: Actor, act: Act) -> bool:
    return actor.scopes is None or any(scope in actor.scopes for scope in SCOPE_OF[act])


WITHOUT_RECORD = frozenset(
    (Act.CREATE, Act.IMPORT, Act.MIGRATE, Act.TEND, Act.WATCH, Act.APPROVE_SCHEME, *ADMINISTERING)
)
"""Acts that are about no record that is there already."""

MACHINE = frozenset((Act.MANAGE_USERS, Act.OPERATE))
WATCHING = frozenset((Act.WATCH,))
ARCHIVE = frozenset(Act) - MACHINE - WATCHING - {Act.MANAGE_SCHEME, Act.APPROVE_SCHEME, Act.EXPLAIN}
"""Kinds of work that one person must not do together: the machine, the watching, the archive (S-ER-2). Who may
see what, and how the scheme is made, is nobody's content."""


def separated(acts: Collection[Act]) -> bool:
    """Whether the acts belong to one kind of work (S-ER-2)."""
    return sum(bool(kind & set(acts)) for kind in (MACHINE, WATCHING, ARCHIVE)) <= 1


def knows(actor: Actor, guarded: Guarded) -> bool:
    """Whether the record exists for the actor: what the search filter lets pass, told for one object without making
    the filter (a test compares both on every kind of record)."""
    rights = rights_of(actor)
    place = compartment(guarded.secrecy, core_secret=guarded.core_secret)
    if Act.READ not in rights or not _cleared(actor, place) or not _within_token(actor, Act.READ):
        return False
    reach = _common(rights, _NEEDED[place])
    return (
        _reaches(reach, guarded)
        or (bool(actor.circle) and actor.circle in guarded.circles)
        or not guarded.circles.isdisjoint(actor.circles)
        or not guarded.grants.isdisjoint(actor.grants)
    )


def may(actor: Actor, act: Act, guarded: Guarded | None = None) -> bool:
    """Whether the actor may do this, with this record where the act is about one."""
    rights = rights_of(actor)
    if act not in rights or not _within_token(actor, act):
        return False
    if act in WITHOUT_RECORD:
        return True
    if guarded is None:
        return False
    if act is Act.EXPLAIN and Act.WATCH in rights:  # the auditor is told who knows of it, not what it says
        return True
    return knows(actor, guarded) and _may_with(actor, act, guarded)


def may_for_department(actor: Actor, act: Act, department: str) -> bool:
    """Whether the act is the actor's in this department, whatever he knows of its records."""
    rights = rights_of(actor)
    return (
        act in rights and _within_token(actor, act) and _reaches(rights[act], Guarded(department=department))
    )


def _may_with(actor: Actor, act: Act, guarded: Guarded) -> bool:
    """Whether what the actor knows of is his to do this with."""
    if act in (Act.READ, Act.READ_CONTENT):
        return True
    if act in (Act.CHANGE, Act.DELETE):
        return _may_change(actor, act, guarded)
    return _reaches(rights_of(actor)[act], guarded)


def _reaches(reach: Reach, guarded: Guarded) -> bool:
    return reach is None or (bool(guarded.department) and guarded.department in reach)


def _may_change(actor: Actor, act: Act, guarded: Guarded) -> bool:
    """Drafts of the own circle and departments; what is no draft any more only by whoever corrects there."""
    rights = rights_of(actor)
    if _reaches(rights.get(Act.CORRECT, frozenset()), guarded):
        return _reaches(rights[act], guarded)
    own = bool(actor.circle) and actor.circle in guarded.circles
    return guarded.life in EDITABLE and (own or _reaches(rights[act], guarded))
