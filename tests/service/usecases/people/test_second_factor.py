"""The second factor: a code counts once and in its time, recovery codes once, and a policy lets nobody past it."""

from base64 import b64encode
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest

from service.audit import Audit
from service.domain.permissions import Actor, Role
from service.domain.second_factor import RECOVERY_CODES
from service.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotSignedIn,
    SecondFactorNeeded,
    TooManyAttempts,
    WrongCode,
)
from service.hashing import PasswordHashes
from service.models import AuditEvent, DataKeyRow, User
from service.sealing import SealedSecrets
from service.usecases.knowing.acting import Actors
from service.usecases.people.second_factor import SecondFactor
from service.usecases.people.sign_in import SignedIn, SignIn
from service.usecases.people.users import NewUser, People
from tests.conftest import Clock

pytestmark = [pytest.mark.requirement("R-SEC-6"), pytest.mark.usefixtures("database")]
CHEAP = PasswordHashes(time_cost=1, memory_kib=16)
PASSWORD = "渠道建设与回款-2026"
HERE, ELSEWHERE = "203.0.113.9", "198.51.100.7"


class House:
    """Sign-in and second factor over one clock."""

    def __init__(self, clock: Clock, home: Path, *required: str, master_key: str = "") -> None:
        audit = Audit(clock)
        self.clock = clock
        self.factor = SecondFactor(
            audit, clock, CHEAP, required, SealedSecrets(master_key, home / "people.key")
        )
        self.sign_in = SignIn(audit, clock, CHEAP, factor=self.factor)
        self.people = People(audit, clock, CHEAP, Actors(clock))

    def user(self, administrator: Actor, name: str = "wang", role: Role = Role.STAFF) -> Actor:
        new = NewUser(name, roles=[role], departments=["销售部"], password=PASSWORD)
        view, _ = self.people.add(administrator, new)
        return Actors(self.clock).of(User.objects(id=view.id)[0])

    def ticket(self, name: str = "wang") -> str:
        with pytest.raises(SecondFactorNeeded) as needed:
            self.sign_in.sign_in(name, PASSWORD, address=HERE)
        return needed.value.ticket

    def show(self, ticket: str, code: str, address: str = HERE) -> SignedIn:
        return self.sign_in.show_code(ticket, code, address=address)

    def code(self, secret: str) -> str:
        return pyotp.TOTP(secret).at(self.clock())


@pytest.fixture
def house(clock: Clock, tmp_path: Path) -> House:
    return House(clock, tmp_path)


def enrolled(house: House, actor: Actor) -> tuple[str, list[str]]:
    secret = house.factor.begin(actor).secret
    codes = house.factor.enrol(actor, secret, house.code(secret))
    house.clock.advance(seconds=60)
    return secret, codes


def test_a_code_counts_once_and_in_its_time(house: House, administrator: Actor, clock: Clock) -> None:
    secret, _ = enrolled(house, house.user(administrator))
    used = house.code(secret)
    assert house.show(house.ticket(), used[:3] + " " + used[3:]).actor.name == "wang"
    again = house.ticket()
    with pytest.raises(WrongCode):
        house.show(again, used)
    old = house.code(secret)
    clock.advance(seconds=120)
    with pytest.raises(WrongCode):
        house.show(again, old)
    clock.advance(seconds=30)
    early = pyotp.TOTP(secret).at(clock() - timedelta(seconds=30))
    assert house.show(again, early).actor.name == "wang"


def test_the_password_alone_opens_nothing_and_its_ticket_ends(
    house: House, administrator: Actor, clock: Clock
) -> None:
    secret, _ = enrolled(house, house.user(administrator))
    ticket = house.ticket()
    assert house.sign_in.session(ticket) is None
    clock.advance(minutes=6)
    with pytest.raises(NotSignedIn):
        house.show(ticket, house.code(secret))
    fresh = house.ticket()
    house.show(fresh, house.code(secret))
    clock.advance(minutes=1)
    with pytest.raises(NotSignedIn):
        house.show(fresh, house.code(secret))


def test_guessing_is_stopped_and_does_not_lock_the_owner_out(house: House, administrator: Actor) -> None:
    secret, _ = enrolled(house, house.user(administrator))
    ticket = house.ticket()
    for _ in range(5):
        with pytest.raises(WrongCode):
            house.show(ticket, "000000", ELSEWHERE)
    with pytest.raises(TooManyAttempts):
        house.show(ticket, house.code(secret), ELSEWHERE)
    assert house.show(ticket, house.code(secret)).actor.name == "wang"


def test_recovery_codes_count_once_and_only_their_hashes_are_kept(house: House, administrator: Actor) -> None:
    wang = house.user(administrator)
    secret, codes = enrolled(house, wang)
    assert (len(codes), len(set(codes))) == (RECOVERY_CODES, RECOVERY_CODES)
    assert not any(code.replace("-", "") in str(User.objects(id=wang.id)[0].to_mongo()) for code in codes)
    house.show(house.ticket(), codes[0].upper())
    with pytest.raises(WrongCode):
        house.show(house.ticket(), codes[0])
    assert house.factor.state(wang).recovery_codes == RECOVERY_CODES - 1
    fresh = house.factor.renew_codes(wang, house.code(secret))
    with pytest.raises(WrongCode):
        house.show(house.ticket(), codes[1])
    house.show(house.ticket(), fresh[0])


def test_it_is_set_up_only_by_a_right_code_and_given_up_by_one(house: House, administrator: Actor) -> None:
    wang = house.user(administrator)
    secret = house.factor.begin(wang).secret
    with pytest.raises(InvalidInput):
        house.factor.enrol(wang, secret, "000000")
    assert not house.factor.state(wang).enrolled
    secret, _ = enrolled(house, wang)
    with pytest.raises(Conflict):
        house.factor.enrol(wang, secret, house.code(secret))
    with pytest.raises(InvalidInput):
        house.factor.remove(wang, "000000")
    house.factor.remove(wang, house.code(secret))
    assert house.sign_in.sign_in("wang", PASSWORD, address=HERE).actor.name == "wang"


def test_a_lost_one_is_reset_by_who_manages_users(house: House, administrator: Actor) -> None:
    wang = house.user(administrator)
    enrolled(house, wang)
    other = house.user(administrator, "li")
    with pytest.raises(Forbidden):
        house.factor.reset(other, wang.id)
    house.factor.reset(administrator, wang.id)
    assert house.sign_in.sign_in("wang", PASSWORD, address=HERE).actor.name == "wang"
    told = [(event.act, event.result) for event in AuditEvent.objects(object_id=wang.id, act="reset_totp")]
    assert sorted(told) == [("reset_totp", "done"), ("reset_totp", "refused")]


def test_a_role_that_needs_one_goes_nowhere_without(
    clock: Clock, administrator: Actor, tmp_path: Path
) -> None:
    house = House(clock, tmp_path, "archivist")
    li = house.user(administrator, "li", Role.ARCHIVIST)
    house.user(administrator)
    token = house.sign_in.sign_in("li", PASSWORD, address=HERE).token
    session = house.sign_in.session(token)
    assert session is not None
    assert session.actor.must_enrol
    secret, _ = enrolled(house, li)
    after = house.sign_in.session(token)
    assert after is not None
    assert not after.actor.must_enrol
    with pytest.raises(Conflict):
        house.factor.remove(li, house.code(secret))
    staff = house.sign_in.session(house.sign_in.sign_in("wang", PASSWORD, address=HERE).token)
    assert staff is not None
    assert not staff.actor.must_enrol


@pytest.mark.requirement("R-SEC-8")
@pytest.mark.parametrize("master_key", ["", "keys:" + b64encode(b"m" * 32).decode()])
def test_the_secret_lies_sealed_and_serves_nobody_else(
    clock: Clock, administrator: Actor, tmp_path: Path, master_key: str
) -> None:
    house = House(clock, tmp_path, master_key=master_key)
    wang, li = house.user(administrator), house.user(administrator, "li")
    secret, _ = enrolled(house, wang)
    kept = User.objects(id=wang.id)[0]
    assert secret not in str(kept.to_mongo())
    key_file = tmp_path / "people.key"
    assert key_file.exists() == (not master_key)
    assert not key_file.exists() or key_file.stat().st_mode & 0o777 == 0o600
    User.objects(id=li.id).update_one(set__totp_secret=kept.totp_secret, set__totp_step=0)
    with pytest.raises(WrongCode):
        house.show(house.ticket("li"), house.code(secret))
    later = House(clock, tmp_path, master_key=master_key or "keys:" + b64encode(b"n" * 32).decode())
    assert later.show(later.ticket(), later.code(secret)).actor.name == "wang"
    stranger = House(clock, tmp_path / "other")
    clock.advance(seconds=60)
    with pytest.raises(WrongCode):
        stranger.show(stranger.ticket(), house.code(secret))
    later.factor.reset(administrator, wang.id)
    assert not DataKeyRow.objects(id=f"totp/{wang.id}")


def test_what_lay_in_clear_is_sealed_at_the_next_start(house: House, administrator: Actor) -> None:
    wang = house.user(administrator)
    User.objects(id=wang.id).update_one(set__totp_secret="A" * 32, set__totp_step=0)
    assert (house.factor.seal_plain(), house.factor.seal_plain()) == (1, 0)
    assert ":" in User.objects(id=wang.id)[0].totp_secret
    assert house.show(house.ticket(), house.code("A" * 32)).actor.name == "wang"
