"""Vouching: what a directory of the house says of a person, and which roles and departments follow from it (R-SEC-6)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Vouched:
    """A person as a directory knows him. `subject` is his there for good, `name` the one he signs in with."""

    way: str
    """oidc or ldap."""
    subject: str
    name: str
    display_name: str = ""
    groups: frozenset[str] = frozenset()
    departments: tuple[str, ...] = ()
    second_factor: bool = False
    """He has shown more there than a password."""


@dataclass(frozen=True, slots=True)
class VouchingRules:
    """What the settings say: group → roles; groups whose people are entered when they come first."""

    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    allowed: frozenset[str] = frozenset()

    def roles_of(self, groups: Collection[str]) -> set[str]:
        """The roles that these groups give."""
        return {role for group in groups for role in self.roles.get(group, ())}

    def lets_in(self, groups: Collection[str]) -> bool:
        """Whether somebody of these groups gets an account who has none."""
        return bool(self.allowed & frozenset(groups))


def followed(held: Iterable[str], given_before: Collection[str], given: Collection[str]) -> list[str]:
    """What somebody holds when a directory, which gave `given_before`, now gives `given`: what was given to him
    here stays, what the directory takes back goes."""
    return sorted((set(held) - set(given_before)) | set(given))


def said_rules(roles: str, allowed: str) -> VouchingRules:
    """Rules of the texts of the settings: `GROUP:role;GROUP:role` and `GROUP;GROUP`. Raises `ValueError`."""
    found: dict[str, tuple[str, ...]] = {}
    for one in filter(None, (one.strip() for one in roles.split(";"))):
        group, colon, role = one.rpartition(":")
        if not (group.strip() and colon and role.strip().isidentifier()):
            raise ValueError("expected GROUP:role;GROUP:role, for example archive-office:archivist")
        found[group.strip()] = (*found.get(group.strip(), ()), role.strip())
    return VouchingRules(found, frozenset(filter(None, (one.strip() for one in allowed.split(";")))))
