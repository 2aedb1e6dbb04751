"""Who may know what, wired: people, roles, circles, deputies, and what opens or closes single records."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.audit import Audit
from service.hashing import PasswordHashes
from service.models.changes import Changes
from service.settings import Settings
from service.usecases.access import Access
from service.usecases.acting import Actors
from service.usecases.circles import Circles
from service.usecases.departments import Departments
from service.usecases.deputies import Deputies
from service.usecases.people import People
from service.usecases.roles import Roles
from service.usecases.second_factor import SecondFactor
from service.usecases.secrecy import SecrecyActs
from service.usecases.sessions import Sessions
from service.usecases.sign_in import SignIn
from service.usecases.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Knowing:
    """The use cases about who knows what."""

    actors: Actors
    roles: Roles
    circles: Circles
    deputies: Deputies
    access: Access
    secrecy: SecrecyActs

    @classmethod
    def of(
        cls,
        actors: Actors,
        audit: Audit,
        clock: Callable[[], datetime],
        on_indexable: Callable[[], None] = lambda: None,
    ) -> "Knowing":
        """All of it."""
        return cls(
            actors,
            Roles(actors, audit),
            Circles(audit, clock),
            Deputies(actors, audit, clock),
            Access(actors, audit, clock, on_indexable),
            SecrecyActs(audit, clock, on_indexable),
        )


def people_and_rights(
    audit: Audit,
    clock: Callable[[], datetime],
    nudge: Callable[[], None],
    *,
    settings: Settings,
    changes: Changes | None,
) -> dict[str, Any]:
    """The use cases about those who use the archive, by their names in `Fonds`; the settings say how they sign in."""
    actors, hashes = Actors(clock, changes), PasswordHashes()
    roles = tuple(filter(None, settings.second_factor_roles.split(",")))
    factor = SecondFactor(audit, clock, hashes, roles)
    return {
        "people": People(audit, clock, hashes, actors),
        "departments": Departments(audit, clock),
        "sign_in": SignIn(
            audit,
            clock,
            hashes,
            session_hours=settings.session_hours,
            actors=actors,
            factor=factor,
        ),
        "second_factor": factor,
        "sessions": Sessions(audit, clock),
        "tokens": Tokens(audit, clock, changes, actors),
        "knowing": Knowing.of(actors, audit, clock, nudge),
    }
