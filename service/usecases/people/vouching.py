"""Vouching: people for whom a directory of the house vouches are recognised, entered where allowed, and kept up to date."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from mongoengine.errors import NotUniqueError

from service.audit import Audit
from service.domain.passwords import folded_name
from service.domain.people import Standing, check_name, check_standing
from service.domain.permissions import CLOCKWORK, Actor
from service.domain.vouching import Vouched, VouchingRules, followed
from service.errors import Conflict, NotSignedIn, ServiceError, Unavailable
from service.models import Department, SignInStep, User
from service.models.reading import by_key
from service.models.transactions import delete_rows, insert_row
from service.usecases.attempts import digest
from service.usecases.knowing.acting import Actors
from service.usecases.people.sign_in import SignedIn, SignIn
from service.usecases.people.users import People

STEP_LASTS = timedelta(minutes=10)
"""So long somebody may be away at the provider."""


class NotVouched(Exception):
    """The directory, or what came in its name, does not vouch for this person; the text is for the log alone."""


class VouchingUnavailable(Exception):
    """The directory does not answer as one; the text is for the log alone."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where a browser is sent; `state` comes back with it, `kept` is what we remember until then."""

    url: str
    state: str
    kept: Mapping[str, Any] = field(default_factory=dict)


class Provider(Protocol):
    """Where people sign in by their browser (OIDC)."""

    def begin(self, back: str, *, again: bool = False) -> Beginning:
        """Send a browser there, which comes back to `back`."""
        ...

    def finish(self, kept: Mapping[str, Any], code: str) -> Vouched:
        """Who came back with this code. Raises `NotVouched`, `VouchingUnavailable`."""
        ...


class Directory(Protocol):
    """What knows names and passwords (LDAP)."""

    def vouch(self, name: str, password: str) -> Vouched | None:
        """The person with this name and password; None where one of them is wrong. Raises `VouchingUnavailable`."""
        ...


class VouchedPeople:
    """Users behind those for whom somebody vouches: known ones by name once, by their subject from then on."""

    def __init__(self, people: People, actors: Actors, rules: VouchingRules, audit: Audit) -> None:
        self._people, self._actors, self._rules, self._audit = people, actors, rules, audit

    def recognise(self, vouched: Vouched) -> Any:
        """The row of this person, entered if his groups allow it, with the roles and departments of now.

        Raises `NotSignedIn` for who is unknown here, disabled, has no role, or whose name belongs to somebody else.
        """
        row = by_key(User, outside=vouched.subject) or self._bound(vouched) or self._entered(vouched)
        if row.disabled:
            raise self._refusal(vouched, "disabled", row.id)
        changes = self._changes(row, vouched)
        if changes:
            before = {
                name: sorted(getattr(row, name)) for name in ("roles", "departments") if name in changes
            }
            try:
                self._people.write(row, changes)
            except Conflict as fault:
                raise self._refusal(vouched, "last_administrator", row.id) from fault
            told = {name: [value, changes[name]] for name, value in before.items() if value != changes[name]}
            if told:
                self._audit.insert(CLOCKWORK, "change_user", "user", row.id, way=vouched.way, changed=told)
            row = by_key(User, id=row.id)
        if not row.roles:
            raise self._refusal(vouched, "no_role", row.id)
        return row

    def _bound(self, vouched: Vouched) -> Any:
        """The user whom the administrator has entered under this name; from now on he is known by his subject."""
        row = by_key(User, name=folded_name(vouched.name))
        if row is None:
            return None
        if row.outside:
            raise self._refusal(vouched, "other_person", row.id)
        changes: dict[str, Any] = {"outside": vouched.subject}
        if row.must_change_password:  # a one-time password that he never needed
            changes |= {"password_hash": "", "must_change_password": False}
        untouched = User.objects(id=row.id, outside=None)
        untouched.update_one(**{f"set__{name}": value for name, value in changes.items()})
        self._audit.insert(CLOCKWORK, "link_identity", "user", row.id, way=vouched.way)
        return by_key(User, id=row.id)

    def _entered(self, vouched: Vouched) -> Any:
        name = folded_name(vouched.name)
        roles = sorted(self._rules.roles_of(vouched.groups))
        if not self._rules.lets_in(vouched.groups) or not roles or check_name(name):
            raise self._refusal(vouched, "unknown")
        row = User(
            id=uuid.uuid4().hex,
            name=name,
            outside=vouched.subject,
            display_name=vouched.display_name or name,
            created_at=self._people.clock(),
            clearance="L0",
        )
        self._require_fitting(vouched, roles, "")
        try:
            insert_row(row)
        except NotUniqueError as fault:
            raise self._refusal(vouched, "other_person") from fault
        self._audit.insert(CLOCKWORK, "add_user", "user", row.id, way=vouched.way, roles=roles)
        return row

    def _changes(self, row: Any, vouched: Vouched) -> dict[str, Any]:
        """What the directory says otherwise than it stands here; what was given here stays."""
        roles = self._rules.roles_of(vouched.groups)
        known = {one.name for one in Department.objects(name__in=list(vouched.departments), closed=False)}
        said = {
            "roles": followed(row.roles, row.outside_roles, roles),
            "outside_roles": sorted(roles),
            "departments": followed(row.departments, row.outside_departments, known),
            "outside_departments": sorted(known),
        }
        changes = {name: value for name, value in said.items() if sorted(getattr(row, name)) != value}
        if changes.get("roles"):
            self._require_fitting(vouched, changes["roles"], row.id)
        return changes

    def _require_fitting(self, vouched: Vouched, roles: list[str], user_id: str) -> None:
        """The directory is bound by the separation of administrators as everybody is (S-ER-2)."""
        if check_standing(Standing(roles=roles), self._actors.roles(), ()):
            raise self._refusal(vouched, "roles", user_id)

    def _refusal(self, vouched: Vouched, why: str, user_id: str = "") -> ServiceError:
        nobody = Actor(id=user_id, name="", display_name="", roles=frozenset())
        self._audit.insert(nobody, "sign_in", "user", user_id, result="refused", way=vouched.way, reason=why)
        return NotSignedIn(REFUSALS[why])


def by_directory(directory: Directory, vouched: VouchedPeople) -> Callable[[str, str], Any]:
    """What `Ways.elsewhere` asks: name and password → the row of their user, None where the directory knows none.

    Raises `NotSignedIn` as `VouchedPeople.recognise`, and `Unavailable` when the directory does not answer.
    """

    def ask(name: str, password: str) -> Any:
        try:
            found = directory.vouch(name[:256], password)
        except VouchingUnavailable as fault:
            raise Unavailable("directory", str(fault)) from fault
        return vouched.recognise(found) if found is not None else None

    return ask


REFUSALS = {
    "unknown": "单位账号无误，但本档案馆没有您的账户；请系统管理员建立",
    "disabled": "您在本档案馆的账户已停用；请与系统管理员联系",
    "no_role": "您的账户还没有角色；请系统管理员指定",
    "other_person": "这个用户名属于另一个人；请系统管理员核对",
    "roles": "单位目录给出的角色不能由一人兼任（三员分立）；请系统管理员调整",
    "last_administrator": "单位目录要收回最后一位系统管理员的角色，未执行；请先另设一位",
}
"""Why somebody for whom his directory vouches is not let in."""


class OutsideSignIn:
    """Signing in at the provider: there and back, once, in one and the same browser."""

    def __init__(
        self, provider: Provider, vouched: VouchedPeople, sign_in: SignIn, clock: Callable[[], datetime]
    ) -> None:
        self._provider, self._vouched, self._sign_in, self._clock = provider, vouched, sign_in, clock

    def begin(self, back: str, *, next_path: str = "/", again: bool = False) -> Beginning:
        """Where the browser is sent; it keeps `state`. Raises `Unavailable`."""
        try:
            begun = self._provider.begin(back, again=again)
        except VouchingUnavailable as fault:
            raise Unavailable("directory", str(fault)) from fault
        facts = {**begun.kept, "next": next_path}
        ends = self._clock() + STEP_LASTS
        insert_row(SignInStep(id=digest(begun.state), kind="oidc", facts=facts, expires_at=ends))
        return begun

    def finish(self, state: str, code: str, *, address: str, agent: str = "") -> tuple[SignedIn, str]:
        """The session of who came back, and where he wanted to go. Raises `NotSignedIn`, `Unavailable`, and
        `SecondFactorNeeded` where he has one here and has shown none there."""
        row, facts = self._proved(state, code)
        if row.totp_secret and not facts["second_factor"]:
            raise self._sign_in.asking_code(row)
        return self._sign_in.let_in(row, "oidc", address=address, agent=agent), facts["next"]

    def prove(self, state: str, code: str, token: str, *, address: str) -> str:
        """Who has the session with this token comes back: he has shown who he is. Where he wanted to go.

        Raises `NotSignedIn` for somebody else, `Unavailable`."""
        row, facts = self._proved(state, code)
        if facts["again"]:
            self._sign_in.proved(token, row.id, address=address)
        return str(facts["next"])

    def _proved(self, state: str, code: str) -> tuple[Any, dict[str, Any]]:
        """The user's row, and what was remembered. A state counts once, whatever becomes of it."""
        step: Any = by_key(SignInStep, id=digest(state)) if state else None
        taken = step is not None and step.kind == "oidc" and delete_rows(SignInStep.objects(id=step.id))
        if not taken or step.expires_at <= self._clock():
            raise NotSignedIn("登录已超时，请重新登录")
        facts = dict(step.facts)
        try:
            vouched = self._provider.finish(facts, code)
        except NotVouched as fault:
            raise NotSignedIn("单位账号没有确认您的身份，请重新登录") from fault
        except VouchingUnavailable as fault:
            raise Unavailable("directory", str(fault)) from fault
        return self._vouched.recognise(vouched), {**facts, "second_factor": vouched.second_factor}
