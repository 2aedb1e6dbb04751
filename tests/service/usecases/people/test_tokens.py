"""Tokens: they act for their owners, within what they were made for, until they are revoked or end."""

from datetime import UTC, datetime, timedelta

import pytest

from service.audit import Audit
from service.domain.permissions import Act, Actor, Guarded, knows, may, search_scope
from service.errors import Conflict, Forbidden, InvalidInput, NotFound
from service.hashing import PasswordHashes
from service.models import AuditEvent, Token, User
from service.usecases.attempts import digest
from service.usecases.knowing.acting import Actors
from service.usecases.people.tokens import Tokens
from service.usecases.people.users import NewUser, People
from tests.conftest import Clock

pytestmark = pytest.mark.usefixtures("database")

CHEAP = PasswordHashes(time_cost=1, memory_kib=8)


@pytest.fixture
def clock() -> Clock:
    """Near the time of the database, which forgets what has expired by itself."""
    return Clock(datetime.now(UTC).replace(microsecond=0))


@pytest.fixture
def tokens(clock: Clock) -> Tokens:
    return Tokens(Audit(clock), clock)


@pytest.fixture
def wang(clock: Clock, administrator: Actor) -> Actor:
    """A user of the sales department."""
    people = People(Audit(clock), clock, CHEAP)
    view, _ = people.add(administrator, NewUser("王芳", roles=["staff"], departments=["销售部"]))
    return Actors(clock).of(User.objects(id=view.id)[0])


def test_a_token_acts_as_its_user_until_it_expires(tokens: Tokens, wang: Actor, clock: Clock) -> None:
    text, view = tokens.add(wang, name=" 夜间导入 ", days=30)
    assert text.startswith("fonds_")
    assert (view.name, view.expires_at) == ("夜间导入", clock() + timedelta(days=30))
    assert tokens.bearer(text) == wang
    assert tokens.bearer(digest(text)) is None
    clock.advance(days=30)
    assert tokens.bearer(text) is None


def test_tokens_are_listed_without_their_text_and_revoked_at_once(
    tokens: Tokens, wang: Actor, clock: Clock
) -> None:
    text, old = tokens.add(wang, name="旧", days=1)
    clock.advance(seconds=1)
    _, new = tokens.add(wang, name="新", days=1)
    assert tokens.own(wang) == [new, old]
    tokens.revoke(wang, old.id)
    assert tokens.bearer(text) is None
    assert tokens.own(wang) == [new]


def test_nobody_revokes_the_token_of_another(tokens: Tokens, wang: Actor, archivist: Actor) -> None:
    text, view = tokens.add(wang, name="脚本", days=1)
    for who, token_id in ((archivist, view.id), (wang, "nonsense"), (wang, digest(text))):
        with pytest.raises(NotFound):
            tokens.revoke(who, token_id)
    assert tokens.own(archivist) == []
    assert tokens.bearer(text) == wang


@pytest.mark.parametrize(
    ("name", "days", "path", "code"),
    [
        ("", 1, "name", "bad_name"),
        ("  ", 1, "name", "bad_name"),
        ("名" * 101, 1, "name", "bad_name"),
        ("a\x00", 1, "name", "bad_name"),
        ("脚本", 0, "days", "out_of_range"),
        ("脚本", 366, "days", "out_of_range"),
    ],
)
def test_each_fault_of_a_token(
    tokens: Tokens, wang: Actor, name: str, days: int, path: str, code: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        tokens.add(wang, name=name, days=days)
    assert [(fault.path, fault.code) for fault in caught.value.faults] == [(path, code)]


def test_an_actor_who_is_no_user_gets_no_token(tokens: Tokens, administrator: Actor) -> None:
    with pytest.raises(Forbidden):
        tokens.add(administrator, name="脚本", days=1)


def test_tokens_are_limited_and_expired_ones_make_room(tokens: Tokens, wang: Actor, clock: Clock) -> None:
    for number in range(50):
        tokens.add(wang, name=f"脚本 {number}", days=1)
    with pytest.raises(Conflict):
        tokens.add(wang, name="脚本", days=1)
    clock.advance(days=1)
    tokens.add(wang, name="脚本", days=1)
    assert len(tokens.own(wang)) == 1


@pytest.mark.requirement("R-SEC-6")
@pytest.mark.parametrize(
    ("scopes", "reads", "writes"),
    [((), True, True), (("read",), True, False), (("read", "write"), True, True), (("admin",), False, False)],
)
def test_a_token_may_only_what_it_was_made_for(
    tokens: Tokens, wang: Actor, scopes: tuple[str, ...], reads: bool, writes: bool
) -> None:
    actor = tokens.bearer(tokens.add(wang, name="脚本", days=1, scopes=scopes)[0])
    assert actor is not None
    paper = Guarded(department="销售部")
    assert (may(actor, Act.READ_CONTENT, paper), knows(actor, paper), bool(search_scope(actor))) == (
        reads,
    ) * 3
    assert (may(actor, Act.CHANGE, paper), may(actor, Act.CREATE), may(actor, Act.IMPORT)) == (writes,) * 3


def test_a_token_never_may_more_than_its_owner(tokens: Tokens, wang: Actor) -> None:
    actor = tokens.bearer(tokens.add(wang, name="脚本", days=1, scopes=("admin",))[0])
    assert actor is not None
    assert not may(actor, Act.MANAGE_USERS)
    User.objects(id=wang.id).update_one(set__roles=["sysadmin"])
    text = tokens.add(wang, name="只读", days=1, scopes=("read",))[0]
    reader = tokens.bearer(text)
    assert reader is not None
    assert not may(reader, Act.MANAGE_USERS)


def test_a_token_with_scopes_makes_no_other(tokens: Tokens, wang: Actor) -> None:
    actor = tokens.bearer(tokens.add(wang, name="脚本", days=1, scopes=("write",))[0])
    assert actor is not None
    with pytest.raises(Forbidden):
        tokens.add(actor, name="更多", days=1)


def test_the_last_use_is_noted_once_a_minute(tokens: Tokens, wang: Actor, clock: Clock) -> None:
    text, view = tokens.add(wang, name="脚本", days=1)
    assert tokens.own(wang)[0].last_used is None
    first = clock()
    for seconds in (0, 30, 29):
        clock.advance(seconds=seconds)
        tokens.bearer(text)
    assert tokens.own(wang)[0].last_used == first
    clock.advance(seconds=1)
    tokens.bearer(text)
    assert tokens.own(wang)[0].last_used == clock()
    assert view.id == tokens.own(wang)[0].id


@pytest.mark.requirement("R-SEC-6", "R-AUD-1")
def test_who_manages_users_sees_and_revokes_all_tokens(
    tokens: Tokens, wang: Actor, administrator: Actor, archivist: Actor, clock: Clock
) -> None:
    texts = []
    for number in range(5):
        texts.append(tokens.add(wang, name=f"脚本 {number}", days=1)[0])
        clock.advance(seconds=1)
    first = tokens.page(administrator, limit=3)
    rest = tokens.page(administrator, after=first.next_cursor, limit=3)
    assert [view.name for view in (*first.items, *rest.items)] == [f"脚本 {n}" for n in (4, 3, 2, 1, 0)]
    assert (first.total, rest.next_cursor, first.items[0].owner) == (5, "", "王芳")
    tokens.revoke_any(administrator, first.items[0].id)
    assert tokens.bearer(texts[4]) is None
    assert AuditEvent.objects(act="revoke_token")[0].facts == {"owner": wang.id}
    for forbidden in (lambda: tokens.page(archivist), lambda: tokens.revoke_any(archivist, rest.items[0].id)):
        with pytest.raises(Forbidden):
            forbidden()
    with pytest.raises(NotFound):
        tokens.revoke_any(administrator, "nonsense")


def test_neither_text_nor_digest_of_a_token_is_told_or_logged(
    tokens: Tokens, wang: Actor, administrator: Actor
) -> None:
    text, view = tokens.add(wang, name="脚本", days=1)
    tokens.bearer(text)
    kept = [str(row.to_mongo()) for document in (AuditEvent, Token) for row in document.objects()]
    assert not [row for row in kept if text in row]
    assert digest(text) not in str([view, *tokens.page(administrator).items, *AuditEvent.objects()])


def test_an_unknown_scope_is_a_fault(tokens: Tokens, wang: Actor) -> None:
    with pytest.raises(InvalidInput) as caught:
        tokens.add(wang, name="脚本", days=1, scopes=("all",))
    assert [(one.path, one.code) for one in caught.value.faults] == [("scopes", "not_in_list")]
