"""How records stand to each other: pairs of roles, one for each side (R-SRC-3)."""

from dataclasses import dataclass
from typing import Literal

Role = Literal[
    "related",
    "main",
    "attachment",
    "contract",
    "supplement",
    "cited",
    "citing",
    "replaced",
    "replacing",
    "letter",
    "reply",
]
"""What a record is to the one that is being looked at."""

OPPOSITES: dict[Role, Role] = {
    "related": "related",
    "main": "attachment",
    "attachment": "main",
    "contract": "supplement",
    "supplement": "contract",
    "cited": "citing",
    "citing": "cited",
    "replaced": "replacing",
    "replacing": "replaced",
    "letter": "reply",
    "reply": "letter",
}
"""What the looked-at record then is to the other one."""

FIRST: frozenset[Role] = frozenset({"related", "main", "contract", "cited", "replaced", "letter"})
"""The side of each pair by which a relation is stored: so one pair is one row, whoever enters it."""

MAX_RELATIONS = 200
"""Relations of one record; what belongs together in such numbers is a dossier."""


@dataclass(frozen=True, slots=True)
class Tie:
    """A relation as it is stored: `first` is `role` to `second`; between equals the smaller id comes first."""

    role: Role
    first: str
    second: str

    @property
    def id(self) -> str:
        """The same for the same relation, from whichever side it was entered."""
        return f"{self.role}:{self.first}:{self.second}"


def tie(record_id: str, role: Role, other_id: str) -> Tie:
    """The relation in which `other_id` is `role` to `record_id`."""
    if role == "related":
        return Tie(role, *sorted((record_id, other_id)))
    if role in FIRST:
        return Tie(role, other_id, record_id)
    return Tie(OPPOSITES[role], record_id, other_id)


def seen_from(record_id: str, one: Tie) -> tuple[Role, str]:
    """(what the other one is, its id), for the record that is looked at."""
    if one.first == record_id:
        return OPPOSITES[one.role], one.second
    return one.role, one.first
