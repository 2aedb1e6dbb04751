"""Signing in: sessions, tokens, and that guessing does not pay."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from service import models
from service.audit import Audit
from service.domain.permissions import Actor
from service.errors import TooManyAttempts, WrongCredentials
from service.hashing import PasswordHashes
from service.models import AuditEvent, SignInAttempts, Token, User
from service.usecases.attempts import digest, network, wait
from service.usecases.people.sign_in import SignedIn, SignIn, Ways
from service.usecases.people.tokens import Tokens
from service.usecases.people.users import NewUser, People
from tests.conftest import Clock

pytestmark = pytest.mark.usefixtures("database")

CHEAP = PasswordHashes(time_cost=1, memory_kib=8)
PASSWORD = "山高月小-水落石出-清风"
HERE, ELSEWHERE = "10.0.0.1", "10.0.0.2"


@pytest.fixture
def clock() -> Clock:
    """Near the time of the database, which forgets expired sessions by itself."""
    return Clock(datetime.now(UTC).replace(microsecond=0))


@pytest.fixture
def sign_in(clock: Clock) -> SignIn:
    return SignIn(Audit(clock), clock, CHEAP, ways=Ways(session_hours=12))


@pytest.fixture
def tokens(clock: Clock) -> Tokens:
    return Tokens(Audit(clock), clock)


@pytest.fixture
def wang(clock: Clock, administrator: Actor) -> str:
    """The id of a user."""
    new = NewUser("王芳", roles=["staff"], departments=["销售部"], password=PASSWORD)
    return People(Audit(clock), clock, CHEAP).add(administrator, new)[0].id


def fail(sign_in: SignIn, times: int, *, name: str = "王芳", address: str = HERE) -> None:
    for _ in range(times):
        with pytest.raises(WrongCredentials):
            sign_in.sign_in(name, "a wrong guess", address=address)


def enter(sign_in: SignIn, address: str = HERE) -> SignedIn:
    return sign_in.sign_in("王芳", PASSWORD, address=address)


def test_the_right_password_opens_a_session(sign_in: SignIn, wang: str, clock: Clock) -> None:
    signed = enter(sign_in)
    assert signed.actor.id == wang
    assert signed.expires == clock() + timedelta(hours=12)
    session = sign_in.session(signed.token)
    assert session is not None
    assert (session.actor, session.csrf, session.expires) == (signed.actor, signed.csrf, signed.expires)


@pytest.mark.parametrize("typed", ["ｗａｎｇ@x", " WANG@x "])
def test_width_and_case_of_the_name_make_no_difference(
    sign_in: SignIn, clock: Clock, administrator: Actor, typed: str
) -> None:
    People(Audit(clock), clock, CHEAP).add(
        administrator, NewUser("wang@x", roles=["staff"], password="pass-1234567")
    )
    assert sign_in.sign_in(typed, "ｐａｓｓ－１２３４５６７", address=HERE).actor.name == "wang@x"


@pytest.mark.requirement("B51")
@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("王芳", "a wrong guess"),
        ("王芳", ""),
        ("王芳", PASSWORD + "x" * 100_000),
        ("王芳", "\ud800"),
        ("nobody", PASSWORD),
        ("", ""),
        ("x" * 100_000, "y"),
        ("\ud800\x00", "y"),
    ],
)
def test_wrong_names_and_passwords_look_alike(sign_in: SignIn, wang: str, name: str, password: str) -> None:
    with pytest.raises(WrongCredentials) as caught:
        sign_in.sign_in(name, password, address=HERE)
    assert (caught.value.detail, caught.value.params) == ("", {})


@pytest.mark.requirement("B51")
def test_an_unknown_name_takes_as_long_as_a_known_one(clock: Clock, administrator: Actor) -> None:
    """Hashing is what takes long; both must do it once. Medians of interleaved tries, because the machine is busy."""
    hashes = PasswordHashes(time_cost=3, memory_kib=16 * 1024)
    People(Audit(clock), clock, hashes).add(administrator, NewUser("li", roles=["staff"], password=PASSWORD))
    sign_in = SignIn(Audit(clock), clock, hashes)
    taken: dict[str, list[float]] = {"li": [], "nobody": []}
    for attempt in range(15):
        for name, times in taken.items():
            started = time.thread_time()
            with pytest.raises(WrongCredentials):
                sign_in.sign_in(name, "a wrong guess", address=f"10.1.0.{attempt}")
            times.append(time.thread_time() - started)
    known, unknown = (statistics.median(times) for times in taken.values())
    assert 0.5 < unknown / known < 2


def test_a_disabled_user_cannot_sign_in_and_his_sessions_and_tokens_end(
    sign_in: SignIn, tokens: Tokens, wang: str
) -> None:
    signed = enter(sign_in)
    text, _ = tokens.add(signed.actor, name="脚本", days=1)
    User.objects(id=wang).update_one(set__disabled=True)
    assert sign_in.session(signed.token) is None
    assert tokens.bearer(text) is None
    with pytest.raises(WrongCredentials):
        enter(sign_in)


def test_changed_rights_count_from_the_next_request(sign_in: SignIn, wang: str) -> None:
    signed = enter(sign_in)
    User.objects(id=wang).update_one(set__roles=["auditor"])
    session = sign_in.session(signed.token)
    assert session is not None
    assert session.actor.roles == {"auditor"}


@pytest.mark.requirement("B49")
def test_every_sign_in_makes_a_new_token(sign_in: SignIn, wang: str) -> None:
    first, second = enter(sign_in), enter(sign_in)
    assert first.token != second.token
    assert first.csrf != second.csrf


@pytest.mark.requirement("B49")
def test_secrets_of_sessions_and_tokens_are_stored_nowhere(
    sign_in: SignIn, tokens: Tokens, wang: str
) -> None:
    signed = enter(sign_in)
    text, _ = tokens.add(signed.actor, name="脚本", days=1)
    stored = [
        str(row.to_mongo()) for document in (models.Session, Token, AuditEvent) for row in document.objects()
    ]
    assert stored
    assert not [row for row in stored if signed.token in row or text in row or PASSWORD in row]
    assert models.Session.objects(id=digest(signed.token)).count() == 1


@pytest.mark.requirement("B49")
def test_a_signed_out_session_is_over_and_signing_out_may_be_repeated(sign_in: SignIn, wang: str) -> None:
    signed, other = enter(sign_in), enter(sign_in)
    sign_in.sign_out(signed.token)
    sign_in.sign_out(signed.token)
    sign_in.sign_out("never there")
    assert sign_in.session(signed.token) is None
    assert sign_in.session(other.token) is not None


@pytest.mark.parametrize("token", ["", "nonsense", "\ud800", "x" * 100_000])
def test_a_wrong_token_is_nobody(sign_in: SignIn, tokens: Tokens, wang: str, token: str) -> None:
    assert sign_in.session(token) is None
    assert tokens.bearer(token) is None


def test_a_session_ends_when_it_is_not_used(sign_in: SignIn, wang: str, clock: Clock) -> None:
    signed = enter(sign_in)
    clock.advance(hours=12)
    assert sign_in.session(signed.token) is None


def test_use_prolongs_a_session_with_one_write_a_minute(sign_in: SignIn, wang: str, clock: Clock) -> None:
    signed = enter(sign_in)
    clock.advance(seconds=59)
    session = sign_in.session(signed.token)
    assert session is not None
    assert session.expires == signed.expires
    clock.advance(hours=11)
    session = sign_in.session(signed.token)
    assert session is not None
    assert session.expires == clock() + timedelta(hours=12)
    clock.advance(hours=11)
    assert sign_in.session(signed.token) is not None


@pytest.mark.requirement("B50")
def test_after_five_failures_one_has_to_wait_even_with_the_right_password(sign_in: SignIn, wang: str) -> None:
    fail(sign_in, 5)
    with pytest.raises(TooManyAttempts) as caught:
        enter(sign_in)
    assert 0 < caught.value.retry_after <= 31


@pytest.mark.requirement("B50")
def test_the_owner_gets_in_from_another_address(sign_in: SignIn, wang: str) -> None:
    fail(sign_in, 5)
    assert enter(sign_in, ELSEWHERE).actor.id == wang


@pytest.mark.requirement("B50")
def test_the_owner_gets_in_after_the_wait_and_starts_anew(sign_in: SignIn, wang: str, clock: Clock) -> None:
    fail(sign_in, 5)
    clock.advance(seconds=30)
    enter(sign_in)
    fail(sign_in, 5)


@pytest.mark.requirement("B50")
def test_waits_grow_to_a_quarter_of_an_hour(sign_in: SignIn, wang: str, clock: Clock) -> None:
    fail(sign_in, 5)
    for seconds in (30, 60, 120, 240, 480, 900, 900):
        with pytest.raises(TooManyAttempts) as caught:
            enter(sign_in)
        assert caught.value.retry_after == seconds + 1
        clock.advance(seconds=seconds)
        fail(sign_in, 1)
    assert wait(10**6) == timedelta(minutes=15)


@pytest.mark.requirement("B50")
def test_failures_are_forgotten_after_an_hour(sign_in: SignIn, wang: str, clock: Clock) -> None:
    fail(sign_in, 4)
    clock.advance(hours=1)
    fail(sign_in, 4)


@pytest.mark.requirement("B50")
def test_guesses_at_the_same_moment_are_counted_one_by_one(sign_in: SignIn, wang: str) -> None:
    def guess(_: int) -> str:
        try:
            sign_in.sign_in("王芳", "a wrong guess", address=HERE)
        except (WrongCredentials, TooManyAttempts) as fault:
            return fault.code
        return "let in"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(guess, range(24)))
    assert answers.count("wrong_credentials") == 5
    assert answers.count("too_many_attempts") == 19


@pytest.mark.requirement("B50")
def test_unknown_names_have_to_wait_too(sign_in: SignIn) -> None:
    fail(sign_in, 5, name="nobody")
    with pytest.raises(TooManyAttempts):
        sign_in.sign_in("nobody", "x", address=HERE)


@pytest.mark.requirement("B50")
def test_addresses_of_one_ipv6_network_count_as_one(sign_in: SignIn, wang: str) -> None:
    for host in range(5):
        fail(sign_in, 1, address=f"2001:db8:1:2::{host}")
    with pytest.raises(TooManyAttempts):
        enter(sign_in, "2001:db8:1:2:ffff::1")
    enter(sign_in, "2001:db8:1:3::1")


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("unknown", "unknown"),
        ("", ""),
    ],
)
def test_networks(address: str, counted_as: str) -> None:
    assert network(address) == counted_as


def test_counting_keeps_no_names_and_addresses(sign_in: SignIn, wang: str) -> None:
    fail(sign_in, 1)
    (row,) = SignInAttempts.objects()
    assert "王芳" not in str(row.to_mongo())
    assert HERE not in str(row.to_mongo())


@pytest.mark.requirement("R-AUD-1")
def test_sign_in_and_out_and_refusals_are_on_record(sign_in: SignIn, wang: str) -> None:
    fail(sign_in, 1)
    sign_in.sign_out(enter(sign_in).token)
    events = [(event.act, event.result) for event in AuditEvent.objects(actor_id=wang)]
    assert sorted(events) == [("sign_in", "done"), ("sign_in", "refused"), ("sign_out", "done")]


@pytest.mark.requirement("R-AUD-1")
def test_what_was_typed_as_an_unknown_name_is_not_kept(sign_in: SignIn) -> None:
    """People type their password there."""
    fail(sign_in, 1, name="my-secret-password")
    (event,) = AuditEvent.objects()
    assert (event.act, event.result, event.facts) == ("sign_in", "refused", {})
    assert event.private["address"] == HERE
    assert "my-secret" not in str(event.to_mongo())


def test_a_hash_of_older_costs_is_made_anew_at_sign_in(clock: Clock, wang: str) -> None:
    before = User.objects(id=wang)[0].password_hash
    enter(SignIn(Audit(clock), clock, PasswordHashes(time_cost=2, memory_kib=16)))
    after = User.objects(id=wang)[0].password_hash
    assert after != before
    assert "m=16,t=2" in after
    enter(SignIn(Audit(clock), clock, PasswordHashes(time_cost=2, memory_kib=16)), ELSEWHERE)
    assert User.objects(id=wang)[0].password_hash == after
