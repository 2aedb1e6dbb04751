"""The trail as the auditor reads it: what happened to whom, nothing for others, and verified by the clock."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli.entry import app
from service.domain.chain import Verdict, breaks_of_file
from service.domain.holdings import Description
from service.domain.permissions import Actor, Role
from service.errors import Forbidden, NotFound
from service.models import AuditEvent, ChainCheck, User
from service.usecases.people.users import NewUser
from service.usecases.safekeeping.auditing import AskedEvents, EventView
from service.wiring import Fonds
from tests.conftest import Clock, an_actor

pytestmark = [pytest.mark.requirement("R-AUD-1"), pytest.mark.requirement("S-ER-4")]


@pytest.fixture
def auditor() -> Actor:
    return an_actor("周审计", Role.AUDITOR)


@pytest.fixture
def acted(fonds: Fonds, archivist: Actor, salesperson: Actor, clock: Clock) -> str:
    """A record with a life: made, read by another minute, changed; its id."""
    record = fonds.records.create(archivist, Description(title="一"))
    fonds.housekeeping.once()
    clock.advance(hours=1)
    fonds.records.get(archivist, record.id)
    fonds.housekeeping.once()
    clock.advance(hours=1)
    fonds.records.change(archivist, record.id, 1, Description(title="二"))
    with pytest.raises(Forbidden):
        fonds.people.add(salesperson, NewUser("x"))
    fonds.housekeeping.once()
    return record.id


def acts(fonds: Fonds, auditor: Actor, asked: AskedEvents) -> list[str]:
    events: list[EventView] = list(fonds.auditing.page(auditor, asked).items)
    return [event.act for event in events]


def test_the_auditor_finds_by_person_act_object_time_and_result(
    fonds: Fonds, acted: str, auditor: Actor, archivist: Actor, salesperson: Actor, clock: Clock
) -> None:
    assert acts(fonds, auditor, AskedEvents(object_id=acted)) == ["change", "read", "create"]
    assert acts(fonds, auditor, AskedEvents(person=salesperson.id)) == ["manage_users"]
    assert acts(fonds, auditor, AskedEvents(result="refused")) == ["manage_users"]
    assert acts(fonds, auditor, AskedEvents(act="read")) == ["read"]
    now = clock()
    early = AskedEvents(person=archivist.id, until=now - timedelta(minutes=90))
    assert acts(fonds, auditor, early) == ["create"]
    middle = AskedEvents(since=now - timedelta(minutes=90), until=now - timedelta(minutes=30))
    assert acts(fonds, auditor, middle) == ["read"]
    assert [event.act for event in fonds.auditing.every(auditor, AskedEvents(object_id=acted))] == [
        "change",
        "read",
        "create",
    ]


def test_pages_follow_on_each_other(fonds: Fonds, acted: str, auditor: Actor) -> None:
    first = fonds.auditing.page(auditor, AskedEvents(object_id=acted), limit=2)
    second = fonds.auditing.page(auditor, AskedEvents(object_id=acted), below=int(first.next_cursor), limit=2)
    assert [event.act for event in (*first.items, *second.items)] == ["change", "read", "create"]
    assert second.next_cursor == ""


def test_names_are_those_of_today_and_gone_with_the_person(
    fonds: Fonds, administrator: Actor, auditor: Actor
) -> None:
    user, _ = fonds.people.add(administrator, NewUser("wang", display_name="王芳", roles=["staff"]))
    fonds.housekeeping.once()
    (event,) = fonds.auditing.page(auditor, AskedEvents(act="add_user")).items
    assert event.object_name == "王芳"
    User.objects(id=user.id).delete()
    (event,) = fonds.auditing.page(auditor, AskedEvents(act="add_user")).items
    assert event.object_name == ""
    assert "王芳" not in str(list(AuditEvent._get_collection().find({})))


def test_who_does_not_watch_reads_nothing_and_that_is_on_record(
    fonds: Fonds, acted: str, archivist: Actor, administrator: Actor, auditor: Actor
) -> None:
    tries: list[Callable[[], object]] = [
        lambda: fonds.auditing.page(archivist, AskedEvents()),
        lambda: fonds.auditing.page(administrator, AskedEvents()),
        lambda: fonds.auditing.export(administrator),
        lambda: fonds.auditing.every(archivist, AskedEvents()),
        lambda: fonds.auditing.verify(archivist),
    ]
    for attempt in tries:
        with pytest.raises(Forbidden):
            attempt()
    fonds.housekeeping.once()
    assert len(acts(fonds, auditor, AskedEvents(kind="audit", result="refused"))) == len(tries)


def test_an_export_is_verified_without_a_server(
    fonds: Fonds, acted: str, auditor: Actor, tmp_path: Path
) -> None:
    lines = list(fonds.auditing.export(auditor))
    file = tmp_path / "audit.jsonl"
    file.write_text("".join(lines), encoding="utf-8")
    whole = breaks_of_file(iter(file.read_bytes().splitlines(keepends=True)))
    assert (whole.whole, whole.events) == (True, len(lines) - 2)
    run = CliRunner().invoke(app, ["--lang", "en", "audit", "verify", str(file)])
    assert (run.exit_code, "whole" in run.stdout) == (0, True)
    later = list(fonds.auditing.export(auditor, after=2))
    assert breaks_of_file(iter(line.encode() for line in later)).whole
    told = json.loads(lines[-1])["head"]
    kept = CliRunner().invoke(app, ["audit", "verify", str(file), "--head", f"{told['seq']}:{told['hash']}"])
    assert kept.exit_code == 0
    other = CliRunner().invoke(app, ["audit", "verify", str(file), "--head", f"1:{'f' * 64}"])
    assert other.exit_code == 1
    file.write_text("".join([*lines[:2], *lines[3:]]), encoding="utf-8")
    run = CliRunner().invoke(app, ["--lang", "zh_CN", "audit", "verify", str(file)])
    assert (run.exit_code, "#2  事件缺失" in run.stdout) == (1, True)


def test_the_chain_is_verified_once_a_day_and_a_break_is_told(
    fonds: Fonds, acted: str, auditor: Actor, administrator: Actor, clock: Clock
) -> None:
    clock.advance(days=2)
    fonds.housekeeping.once()
    state = fonds.auditing.state(administrator)
    assert (state.verified_at, state.breaks) == (clock(), ())
    assert fonds.upkeep.status(administrator)["audit"].seq == state.seq
    AuditEvent.objects(seq=2).update_one(set__act="open")
    clock.advance(days=2)
    fonds.housekeeping.once()
    (found,) = fonds.auditing.state(auditor).breaks
    assert (found["kind"], found["seq"]) == ("changed", 2)
    assert "verify_audit" in acts(fonds, auditor, AskedEvents(result="failed"))
    *_, verdict = fonds.auditing.verify(auditor)
    assert isinstance(verdict, Verdict)
    assert [(one.kind, one.seq) for one in verdict.breaks] == [("changed", 2)]


def test_a_round_that_was_cut_goes_on(fonds: Fonds, acted: str, clock: Clock) -> None:
    last = AuditEvent.objects(seq=2)[0]
    ChainCheck.objects.delete()
    ChainCheck(id="round", began_at=clock(), seq=2, hash=last.hash, events=2).save()
    fonds.auditing.look_round()
    assert ChainCheck.objects(id="last")[0].events == fonds.audit.head().seq


def test_a_record_tells_what_was_done_to_it_but_not_who_read_it(
    fonds: Fonds, acted: str, archivist: Actor, marketer: Actor
) -> None:
    assert [event.act for event in fonds.auditing.history(archivist, acted)] == ["change", "create"]
    with pytest.raises(NotFound):
        fonds.auditing.history(marketer, acted)
