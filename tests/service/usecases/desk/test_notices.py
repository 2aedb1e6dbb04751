"""Notices: told once, to whom it concerns, of what he may know."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from io import BytesIO

import pytest

from ingest.port import MAX_ATTEMPTS
from service.domain.holdings import Description
from service.domain.permissions import Actor, Role
from service.errors import NotFound
from service.models import AuditEvent, File, Record
from service.usecases.desk.notices import KEPT, Notice
from service.usecases.people.users import NewUser
from service.wiring import Fonds

Told = Callable[[Actor], list[tuple[str, str, str, str]]]


@pytest.fixture
def told(fonds: Fonds) -> Told:
    def all_of(actor: Actor) -> list[tuple[str, str, str, str]]:
        fonds.housekeeping.once()
        return [(one.kind, one.by, one.title, one.file) for one in fonds.notices.list(actor).items]

    return all_of


@pytest.fixture
def wang(fonds: Fonds, administrator: Actor) -> Actor:
    """A user with a name that can be told."""
    view, _ = fonds.people.add(
        administrator, NewUser("wang", "王芳", [Role.STAFF], ["销售部"], "渠道建设与回款-2026")
    )
    return Actor(view.id, "wang", "王芳", frozenset({Role.STAFF}), frozenset({"销售部"}), f"circle:{view.id}")


@pytest.fixture
def zhao(wang: Actor, fonds: Fonds, administrator: Actor) -> Actor:
    """Somebody of the same department."""
    view, _ = fonds.people.add(
        administrator, NewUser("zhao", "赵磊", [Role.STAFF], ["销售部"], "渠道建设与回款-2026")
    )
    return replace(wang, id=view.id, name="zhao", display_name="赵磊", circle=f"circle:{view.id}")


def a_notice(number: int, record_id: str, now: datetime) -> Notice:
    return Notice(f"n{number}", now, "change", record_id, by=f"u{number}")


def test_a_change_by_another_is_told_to_who_is_responsible(
    fonds: Fonds, wang: Actor, zhao: Actor, told: Told
) -> None:
    record = fonds.records.create(wang, Description(title="客户来函")).id
    fonds.records.change(wang, record, 1, Description(note="自己改的"))
    assert told(wang) == []
    fonds.records.change(zhao, record, 2, Description(doc_no="7"))
    assert told(wang) == [("change", "赵磊", "客户来函", "")]
    assert fonds.notices.bell(wang).unread == 1
    assert told(zhao) == []


def test_hearing_again_after_a_crash_tells_nothing_twice(fonds: Fonds, wang: Actor, zhao: Actor) -> None:
    record = fonds.records.create(wang, Description(title="客户来函")).id
    fonds.records.change(zhao, record, 1, Description(doc_no="7"))
    row = Record.objects(id=record).get()
    fonds.housekeeping.once()
    fonds.notices.read_all(wang)
    Record.objects(id=record).update_one(set__outbox=row.outbox, set__outbox_slot=1)
    fonds.housekeeping.once()
    assert len(fonds.notices.list(wang).items) == 1
    assert fonds.notices.bell(wang).unread == 0


def test_who_changes_again_is_told_of_once(fonds: Fonds, wang: Actor, zhao: Actor, told: Told) -> None:
    record = fonds.records.create(wang, Description(title="客户来函")).id
    for rev in (1, 2, 3):
        fonds.records.change(zhao, record, rev, Description(doc_no=str(rev)))
    assert len(told(wang)) == 1


def test_a_file_that_is_closed_away_is_told_with_its_name(fonds: Fonds, wang: Actor, told: Told) -> None:
    record = fonds.records.create(wang, Description(title="客户来函")).id
    file = fonds.files.add(wang, record, BytesIO(b"x"), name="来函.txt")
    job = fonds.ledger.claim(file.id, "worker")
    assert job
    assert fonds.ledger.quarantine(job, "killed_jail")
    assert told(wang) == [("quarantine", "", "客户来函", "来函.txt")]
    events = [one for one in AuditEvent.objects(object_id=record) if one.act == "quarantine"]
    assert [one.facts for one in events] == [{"file": file.id, "reason": "killed_jail"}]


def test_a_file_that_was_tried_too_often_is_told_too(fonds: Fonds, wang: Actor, told: Told) -> None:
    record = fonds.records.create(wang, Description(title="客户来函")).id
    file = fonds.files.add(wang, record, BytesIO(b"x"), name="来函.txt")
    File.objects(id=file.id).update_one(set__attempts=MAX_ATTEMPTS)
    assert fonds.ledger.claim(file.id, "worker") is None
    assert told(wang) == [("quarantine", "", "客户来函", "来函.txt")]


@pytest.mark.requirement("R-SEC-7")
def test_nothing_is_told_of_what_may_no_longer_be_known(
    fonds: Fonds, wang: Actor, zhao: Actor, archivist: Actor, told: Told
) -> None:
    record = fonds.records.create(wang, Description(title="客户来函")).id
    fonds.records.change(zhao, record, 1, Description(doc_no="7"))
    assert told(wang)
    Record.objects(id=record).update_one(set__secrecy="L2", set__circles=[], set__department="")
    assert told(wang) == []


def test_the_list_is_read_page_by_page_and_ends(fonds: Fonds, wang: Actor) -> None:
    record = fonds.records.create(wang, Description(title="一")).id
    for number in range(KEPT + 5):
        fonds.notices.tell(wang.id, a_notice(number, record, fonds.clock()))
    seen, after = [], ""
    while page := fonds.notices.list(wang, after=after, limit=60):
        seen += [one.id for one in page.items]
        after = page.next_cursor
        if not after:
            break
    assert seen == [f"n{number}" for number in range(KEPT + 4, 4, -1)]


def test_reading_counts_down(fonds: Fonds, wang: Actor, zhao: Actor) -> None:
    record = fonds.records.create(wang, Description(title="一")).id
    for number in range(3):
        fonds.notices.tell(wang.id, a_notice(number, record, fonds.clock()))
    before = fonds.notices.bell(wang)
    assert fonds.notices.read(wang, "n1").record_id == record
    after = fonds.notices.bell(wang)
    assert (before.unread, after.unread) == (3, 2)
    assert after.rev > before.rev
    fonds.notices.read(wang, "n1")
    assert fonds.notices.bell(wang) == after
    fonds.notices.read_all(wang)
    assert fonds.notices.bell(wang).unread == 0
    with pytest.raises(NotFound):
        fonds.notices.read(zhao, "n1")


def test_what_may_not_be_known_does_not_cut_a_page_short(fonds: Fonds, wang: Actor) -> None:
    record = fonds.records.create(wang, Description(title="一")).id
    now = fonds.clock()
    for number in range(KEPT):
        fonds.notices.tell(wang.id, a_notice(number, record if number < 6 else "f" * 32, now))
    page = fonds.notices.list(wang, limit=5)
    assert [one.id for one in page.items] == ["n5", "n4", "n3", "n2", "n1"]
    assert [one.id for one in fonds.notices.list(wang, after=page.next_cursor, limit=5).items] == ["n0"]
