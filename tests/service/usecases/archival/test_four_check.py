"""The four-property check: each property has what it finds, severe findings stop acceptance, reports are kept."""

from collections.abc import Callable
from io import BytesIO

import pytest

from service.domain.four_check import CHECKS, PROPERTIES
from service.domain.holdings import RecordView
from service.domain.lifecycle import Count
from service.domain.permissions import Actor, Role
from service.errors import Forbidden, InvalidInput
from service.models import File, GivenCode, Record
from service.models.reading import by_key
from service.wiring import Fonds
from tests.conftest import Clock, an_actor
from tests.service.usecases.archival.test_lifecycle import COMPLETE

HEAD = an_actor("周部长", Role.DEPT_HEAD, department="市场部")


@pytest.fixture
def reviewed(fonds: Fonds, marketer: Actor, settle: Callable[[], None]) -> RecordView:
    """A record with a processed file, ready to be accepted."""
    record = fonds.records.create(marketer, COMPLETE)
    fonds.files.add(marketer, record.id, BytesIO("会议纪要".encode()), name="纪要.txt")
    settle()
    record = fonds.archival.life.submit(marketer, record.id, fonds.records.get(marketer, record.id).rev)
    return fonds.archival.life.review(HEAD, record.id, record.rev)


def failed(fonds: Fonds, archivist: Actor, record: RecordView, stage: str = "acceptance") -> set[str]:
    report = fonds.archival.checks.run(archivist, record.id, stage)
    return {one.id for one in report.results if not one.good}


def spoil(fonds: Fonds, record: RecordView, content: bytes) -> None:
    """Change what lies in the store behind the archive's back."""
    row = by_key(File, id=record.files[0].id)
    path = next(one for one in fonds.settings.home.rglob(f"*{row.object_key}*") if one.is_file())
    path.chmod(0o600)
    path.write_bytes(content)


@pytest.mark.requirement("S-4A", "S-4B", "S-4C", "S-4D")
def test_a_sound_record_passes_and_each_property_is_looked_at(
    fonds: Fonds, archivist: Actor, reviewed: RecordView, clock: Clock
) -> None:
    clock.advance(minutes=1)
    assert failed(fonds, archivist, reviewed) == set()
    assert {one.of for one in CHECKS} == set(PROPERTIES)
    stages = [one.stage for one in fonds.archival.checks.reports(archivist, reviewed.id)]
    assert stages == ["acceptance", "submission"]


@pytest.mark.requirement("S-4A")
def test_a_changed_byte_is_found_and_stops_acceptance(
    fonds: Fonds, archivist: Actor, reviewed: RecordView
) -> None:
    spoil(fonds, reviewed, "会议纪錄".encode())
    assert failed(fonds, archivist, reviewed) == {"A1"}
    with pytest.raises(InvalidInput, match="与入库时不一致") as fault:
        fonds.archival.life.accept(archivist, reviewed.id, reviewed.rev, Count(1, 1))
    assert fault.value.faults[0].code == "four_check"
    assert fonds.records.get(archivist, reviewed.id).life == "reviewed"


@pytest.mark.requirement("S-4A", "S-4B", "S-4C", "S-4D")
@pytest.mark.parametrize(
    ("spoiled", "found"),
    [
        ({"set__warning": "encrypted"}, {"C2"}),
        ({"set__warning": "damaged"}, {"C1"}),
        ({"set__state": "quarantined", "set__reason": "infected"}, {"C1", "D1"}),
        ({"set__state": "pending"}, {"D2"}),
        ({"set__compartment": "L2"}, {"D3"}),
        ({"set__facts": {"scanned_in_part": "ClamAV: MaxFileSize"}}, {"D4"}),
        ({"set__media_type": "application/x-dbf"}, {"C3"}),
        ({"set__size": 7}, {"B3"}),
        ({"set__family": "office", "set__characters": 0, "set__pages": 0}, {"C4"}),
    ],
)
def test_what_is_wrong_with_a_file_is_found(
    fonds: Fonds, archivist: Actor, reviewed: RecordView, spoiled: dict[str, object], found: set[str]
) -> None:
    File.objects(record_id=reviewed.id).update(**spoiled)
    assert failed(fonds, archivist, reviewed) == found


@pytest.mark.requirement("S-4A", "S-4B")
@pytest.mark.parametrize(
    ("spoiled", "found"),
    [
        ({"set__responsible": ""}, {"B1", "B4"}),
        ({"set__retention": "forever"}, {"A2", "B4"}),
        ({"set__ref_code": "Q001-NB·2026-D10-SCB-0009"}, {"A3", "B4"}),
    ],
)
def test_what_is_wrong_with_a_description_is_found(
    fonds: Fonds, archivist: Actor, reviewed: RecordView, spoiled: dict[str, object], found: set[str]
) -> None:
    GivenCode(id="Q001-NB·2026-D10-SCB-0009", object_id="another", at=fonds.clock()).save()
    Record.objects(id=reviewed.id).update(**spoiled)
    assert failed(fonds, archivist, reviewed, "periodic") == found


@pytest.mark.requirement("S-4B")
def test_sheets_that_do_not_fit_the_pages_are_a_warning(
    fonds: Fonds, archivist: Actor, reviewed: RecordView
) -> None:
    fonds.archival.life.accept(archivist, reviewed.id, reviewed.rev, Count(1, 12))
    File.objects(record_id=reviewed.id).update(set__pages=3)
    report = fonds.archival.checks.run(archivist, reviewed.id, "periodic")
    assert [one.id for one in report.results if not one.good] == ["B5"]
    assert report.good


@pytest.mark.requirement("S-4A", "R-SEC-7")
def test_the_same_content_is_told_only_of_records_that_one_may_know_of(
    fonds: Fonds, archivist: Actor, marketer: Actor, reviewed: RecordView
) -> None:
    other = fonds.records.create(archivist, COMPLETE)
    fonds.files.add(archivist, other.id, BytesIO("会议纪要".encode()), name="另一份.txt")
    assert failed(fonds, archivist, reviewed) == {"A4"}
    Record.objects(id=other.id).update(set__department="销售部")
    Record.objects(id=reviewed.id).update(set__life="returned")
    assert "A4" not in failed(fonds, marketer, reviewed)


def test_who_only_reads_runs_no_check(fonds: Fonds, director: Actor, reviewed: RecordView) -> None:
    with pytest.raises(Forbidden):
        fonds.archival.checks.run(director, reviewed.id, "periodic")


def test_stages_are_three_to_ask_for(fonds: Fonds, archivist: Actor, reviewed: RecordView) -> None:
    with pytest.raises(InvalidInput):
        fonds.archival.checks.run(archivist, reviewed.id, "submission")
