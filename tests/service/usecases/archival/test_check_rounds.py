"""Periodic checks by the clock: every archived record in turn, resumable, and who is responsible hears of what fails."""

from collections.abc import Callable
from io import BytesIO

import pytest

from service.domain.holdings import RecordView
from service.domain.permissions import Actor, Role
from service.errors import Forbidden
from service.models import AuditEvent, CheckRound, CheckRun, File
from service.models.reading import by_key
from service.usecases.archival.check_rounds import LOT, CheckRounds
from service.usecases.archival.four_check import FourCheck
from service.usecases.ground import Ground
from service.usecases.safekeeping.patrol import Pace
from service.wiring import Fonds
from tests.conftest import Clock, an_actor
from tests.service.usecases.archival.test_lifecycle import COMPLETE, accepted

HEAD = an_actor("周部长", Role.DEPT_HEAD, department="市场部")
DAYS = 100


@pytest.fixture
def archived(
    fonds: Fonds, marketer: Actor, archivist: Actor, settle: Callable[[], None]
) -> Callable[[str], RecordView]:
    """Archive a record of this content."""

    def made(text: str) -> RecordView:
        record = fonds.records.create(marketer, COMPLETE)
        fonds.files.add(marketer, record.id, BytesIO(text.encode()), name="纪要.txt")
        settle()
        record = accepted(fonds, fonds.records.get(marketer, record.id), (marketer, HEAD, archivist))
        record = fonds.archival.archiving.archive(archivist, record.id, record.rev)
        for document in (CheckRound, CheckRun):  # of the house's own round, which `settle` has begun
            document.objects.delete()
        return record

    return made


def rounds(fonds: Fonds, *, ends: bool = False, days: int = DAYS) -> CheckRounds:
    """A round of these days; `ends`: the program ends after each record."""
    ground = Ground(fonds.categories, fonds.audit, fonds.clock, lambda: None)
    pace = Pace(days, 1 << 30, lambda _seconds: ends)
    return CheckRounds(FourCheck(ground, fonds.store), ground, pace, fonds.notices.tell)


def spoil(fonds: Fonds, record: RecordView, content: bytes) -> bytes:
    """Change what lies in the store behind the archive's back; what was there."""
    key = by_key(File, id=fonds.records.some(HEAD, [record.id])[0].files[0].id).object_key
    path = next(one for one in fonds.settings.home.rglob(f"*{key}*") if one.is_file())
    path.chmod(0o600)
    before = path.read_bytes()
    path.write_bytes(content)
    return before


def periodic(record: RecordView) -> int:
    return sum(run.stage == "periodic" for run in CheckRun.objects(record_id=record.id))


@pytest.mark.requirement("S-4A", "S-4B", "S-4C", "S-4D")
def test_every_archived_record_is_checked_once_in_the_days_of_a_round(
    fonds: Fonds, archived: Callable[[str], RecordView], clock: Clock
) -> None:
    first, second = archived("甲"), archived("乙")
    clock.advance(days=200)
    round_ = rounds(fonds)
    for _ in range(DAYS // 2):
        while round_.walk():
            pass
        clock.advance(days=1)
    early = periodic(first)
    for _ in range(DAYS // 2):
        while round_.walk():
            pass
        clock.advance(days=1)
    assert (early, periodic(first), periodic(second)) == (1, 1, 1)


def test_a_round_that_broke_off_goes_on_behind_the_last_record(
    fonds: Fonds, archived: Callable[[str], RecordView], clock: Clock
) -> None:
    first, second = archived("甲"), archived("乙")
    clock.advance(days=200)
    assert rounds(fonds, ends=True).walk() == 1
    clock.advance(days=3)
    assert rounds(fonds).walk() == 1
    assert (periodic(first), periodic(second)) == (1, 1)
    assert rounds(fonds, days=0).walk() == 0


@pytest.mark.requirement("S-4A", "R-REM-4")
def test_what_fails_is_shown_and_told_once_until_it_is_mended(
    fonds: Fonds, archived: Callable[[str], RecordView], archivist: Actor, marketer: Actor, clock: Clock
) -> None:
    record = archived("甲")
    before = spoil(fonds, record, b"xxx")
    for _ in range(2):
        clock.advance(days=DAYS)
        for _slice in range(LOT):
            rounds(fonds).walk()
    found = fonds.archival.findings.list(archivist)
    assert [(one.record.id, list(one.failed)) for one in found.items] == [(record.id, ["A1"])]
    for person in (archivist, marketer):
        assert [one.kind for one in fonds.notices.list(person).items if one.kind == "four_check"] == [
            "four_check"
        ]
    assert AuditEvent.objects(act="four_check", result="failed", object_id=record.id).count() == 1
    stranger = an_actor("外人", Role.ARCHIVIST)
    hidden = an_actor("员工", Role.STAFF, department="市场部")
    assert len(fonds.archival.findings.list(stranger).items) == 1  # archivists reach every department
    with pytest.raises(Forbidden):
        fonds.archival.findings.list(hidden)
    spoil(fonds, record, before)
    assert fonds.archival.checks.run(archivist, record.id, "periodic").good
    assert fonds.archival.findings.list(archivist).items == []
