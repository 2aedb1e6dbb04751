"""Who may know what, wired: people, roles, circles, deputies, and what opens or closes single records."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from service.audit import Audit
from service.domain.vouching import said_rules
from service.hashing import PasswordHashes
from service.models.changes import Changes
from service.outbound import Outbound
from service.sealing import SealedSecrets
from service.settings import Settings
from service.usecases.knowing.access import Access
from service.usecases.knowing.acting import Actors
from service.usecases.knowing.circles import Circles
from service.usecases.knowing.deputies import Deputies
from service.usecases.knowing.roles import Roles
from service.usecases.knowing.secrecy import SecrecyActs
from service.usecases.people.departments import Departments
from service.usecases.people.second_factor import SecondFactor
from service.usecases.people.sessions import Sessions
from service.usecases.people.sign_in import SignIn, Ways
from service.usecases.people.tokens import Tokens
from service.usecases.people.users import People
from service.usecases.people.vouching import OutsideSignIn, VouchedPeople, by_directory
from service.vouching.ldap import LdapAccess, LdapDirectory
from service.vouching.oidc import OidcClient, OidcProvider


@dataclass(frozen=True, slots=True)
class Knowing:
    """The use cases about who knows what."""

    actors: Actors
    roles: Roles
    circles: Circles
    deputies: Deputies
    access: Access
    secrecy: SecrecyActs
    outside: OutsideSignIn | None = None
    """The provider at which people sign in too."""

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


@dataclass(frozen=True, slots=True)
class Around:
    """Where people sign in: the clock, who hears of writes to the database, and what a guess at a password costs."""

    clock: Callable[[], datetime]
    changes: Changes | None
    hashes: PasswordHashes


def people_and_rights(
    audit: Audit, around: Around, nudge: Callable[[], None], *, settings: Settings
) -> dict[str, Any]:
    """The use cases about those who use the archive, by their names in `Fonds`; the settings say how they sign in."""
    clock, changes, hashes = around.clock, around.changes, around.hashes
    actors = Actors(clock, changes)
    roles = tuple(filter(None, settings.second_factor_roles.split(",")))
    sealing = SealedSecrets(settings.master_key, settings.home / "people.key")
    factor = SecondFactor(audit, clock, hashes, roles, sealing)
    factor.seal_plain()
    people = People(audit, clock, hashes, actors)
    rules = said_rules(settings.outside_roles, settings.outside_allow)
    vouched = VouchedPeople(people, actors, rules, audit)
    ways = Ways(settings.session_hours)
    if directory := _directory(settings):
        ways = Ways(settings.session_hours, by_directory(directory, vouched))
    sign_in = SignIn(audit, clock, hashes, ways=ways, actors=actors, factor=factor)
    provider, knowing = _provider(settings, clock), Knowing.of(actors, audit, clock, nudge)
    if provider:
        knowing = replace(knowing, outside=OutsideSignIn(provider, vouched, sign_in, clock))
    return {
        "people": people,
        "departments": Departments(audit, clock),
        "sign_in": sign_in,
        "second_factor": factor,
        "sessions": Sessions(audit, clock),
        "tokens": Tokens(audit, clock, changes, actors),
        "knowing": knowing,
    }


def _provider(settings: Settings, clock: Callable[[], datetime]) -> OidcProvider | None:
    if not settings.oidc_issuer:
        return None
    claims = dict(one.strip().partition("=")[::2] for one in settings.oidc_claims.split(","))
    strong = frozenset(filter(None, (one.strip() for one in settings.oidc_acr.split(","))))
    known = (settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret)
    return OidcProvider(OidcClient(*known, claims, strong), Outbound([settings.oidc_issuer]), clock)


def _directory(settings: Settings) -> LdapDirectory | None:
    if not settings.ldap_url:
        return None
    return LdapDirectory(
        LdapAccess(
            settings.ldap_url,
            settings.ldap_bind,
            settings.ldap_password,
            settings.ldap_base,
            settings.ldap_filter,
            settings.ldap_ca,
        )
    )
