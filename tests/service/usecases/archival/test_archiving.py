"""Numbers at archiving: dense, unique, apart by series, whoever archives at the same moment."""

import threading
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import pytest

from service.domain.dossiers import DossierSaid
from service.domain.holdings import Description, Question
from service.domain.permissions import Actor
from service.errors import Conflict, Forbidden, InvalidInput
from service.models import Counter, GivenCode, Record
from service.models.reading import by_key
from service.usecases.numbering import department_code, initials
from service.wiring import Fonds
from tests.conftest import Clock
from tests.service.usecases.archival.test_lifecycle import COMPLETE

Accepted = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def _codes_anew() -> None:
    department_code.cache_clear()


@pytest.fixture
def accepted(fonds: Fonds, marketer: Actor) -> Accepted:
    """Records that only want archiving: made once with the steps, then put there as they would stand."""

    def made(count: int, said: Description = COMPLETE) -> list[str]:
        ids = []
        for n in range(count):
            record = fonds.records.create(marketer, replace(said, title=f"{said.title} {n}"))
            ids.append(record.id)
        Record.objects(id__in=ids).update(set__life="accepted", set__original_place="档案室")
        return ids

    return made


def codes(ids: list[str]) -> list[str]:
    rows = {row.id: row.ref_code for row in Record.objects(id__in=ids)}
    return [rows[one] for one in ids]


@pytest.mark.requirement("R-NUM-1", "S-ID-1")
def test_many_are_numbered_in_their_order_without_a_gap(
    fonds: Fonds, accepted: Accepted, archivist: Actor
) -> None:
    ids = accepted(60)
    done = fonds.archival.archiving.archive_many(archivist, ids)
    assert [one.fault for one in done] == [""] * 60
    assert [one.ref_code for one in done] == [f"Q001-NB·2026-D10-SCB-{n:04}" for n in range(1, 61)]
    assert codes(ids) == [one.ref_code for one in done]
    assert GivenCode.objects.count() == 60


@pytest.mark.requirement("R-NUM-1", "S-ID-1")
def test_two_hundred_at_once_get_two_hundred_consecutive_numbers(
    fonds: Fonds, accepted: Accepted, archivist: Actor
) -> None:
    ids = accepted(200)
    revs = {row.id: row.rev for row in Record.objects(id__in=ids)}
    faults: list[Exception] = []

    def archive(some: list[str]) -> None:
        for one in some:
            try:
                fonds.archival.archiving.archive(archivist, one, revs[one])
            except Exception as fault:  # noqa: BLE001  told below
                faults.append(fault)

    threads = [threading.Thread(target=archive, args=(ids[n::20],)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert sorted(codes(ids)) == [f"Q001-NB·2026-D10-SCB-{n:04}" for n in range(1, 201)]


def test_one_that_is_refused_takes_no_number_and_holds_up_no_other(
    fonds: Fonds, accepted: Accepted, archivist: Actor
) -> None:
    ids = accepted(3)
    Record.objects(id=ids[1]).update(set__life="reviewed")
    done = fonds.archival.archiving.archive_many(archivist, [*ids, "none"])
    assert [bool(one.fault) for one in done] == [False, True, False, True]
    assert codes(ids) == ["Q001-NB·2026-D10-SCB-0001", "", "Q001-NB·2026-D10-SCB-0002"]


def test_who_may_not_archive_gets_no_numbers(fonds: Fonds, accepted: Accepted, marketer: Actor) -> None:
    ids = accepted(1)
    assert fonds.archival.archiving.archive_many(marketer, ids)[0].fault
    assert not Counter.objects(id__startswith="code:")
    assert codes(ids) == [""]


@pytest.mark.requirement("R-SEC-7")
def test_secret_records_leave_no_gap_in_the_open_series(
    fonds: Fonds, accepted: Accepted, archivist: Actor
) -> None:
    ids = accepted(3)
    Record.objects(id=ids[1]).update(set__secrecy="L2")
    fonds.archival.archiving.archive_many(archivist, ids)
    assert codes(ids) == [
        "Q001-NB·2026-D10-SCB-0001",
        "Q001-NB·2026-D10-SCB-J0001",
        "Q001-NB·2026-D10-SCB-0002",
    ]


@pytest.mark.requirement("S-ID-3")
def test_a_retention_is_written_as_the_standard_writes_it(
    fonds: Fonds, accepted: Accepted, archivist: Actor
) -> None:
    ids = accepted(3)
    for one, retention in zip(ids, ("PERMANENT", "D30", "D10"), strict=True):
        Record.objects(id=one).update(set__retention=retention)
    fonds.archival.archiving.archive_many(archivist, ids)
    assert [code.split("-")[2] for code in codes(ids)] == ["Y", "D30", "D10"]


def test_departments_with_the_same_initials_have_codes_apart(database: None) -> None:
    assert initials("销售部") == "XSB"
    assert [department_code(name) for name in ("市场部", "生产部", "市场部")] == ["SCB", "SCB2", "SCB"]


@pytest.mark.requirement("R-VAL-12")
def test_the_new_version_supersedes_the_old_one_when_it_is_archived(
    fonds: Fonds, accepted: Accepted, archivist: Actor
) -> None:
    old, new = accepted(2)
    fonds.archival.archiving.archive_many(archivist, [old])
    Record.objects(id=new).update(set__supersedes=old)
    fonds.archival.archiving.archive_many(archivist, [new])
    row = by_key(Record, id=old)
    assert (row.life, row.superseded_by) == ("superseded", new)
    assert codes([old, new]) == ["Q001-NB·2026-D10-SCB-0001", "Q001-NB·2026-D10-SCB-0002"]


@pytest.mark.requirement("R-NUM-1")
@pytest.mark.parametrize(
    "asked", ["Q001-NB·2026-D10-SCB-0001", "q001 nb.2026_D10－SCB—0001", "Q001NB2026D10SCB0001"]
)
def test_a_code_is_found_with_any_separator(
    fonds: Fonds, accepted: Accepted, archivist: Actor, settle: Callable[[], None], asked: str
) -> None:
    ids = accepted(2)
    fonds.archival.archiving.archive_many(archivist, ids)
    settle()
    found = fonds.finding.search(archivist, Question(text=f'档号:"{asked}"'))
    assert [hit.id for hit in found.hits] == [ids[0]]


@pytest.mark.requirement("R-CAT-1", "S-ID-2")
def test_a_template_is_data_and_changes_only_what_comes_after(
    fonds: Fonds, accepted: Accepted, archivist: Actor, marketer: Actor
) -> None:
    first, second = accepted(2)
    fonds.archival.archiving.archive_many(archivist, [first])
    with pytest.raises(Forbidden):
        fonds.archival.numbering.change(marketer, "NB", "{category}/{year}-{seq:3}")
    with pytest.raises(InvalidInput):
        fonds.archival.numbering.change(archivist, "NB", "{year}")
    category = fonds.archival.numbering.change(archivist, "NB", "{category}/{year}-{seq:3}")
    assert fonds.archival.numbering.preview(category, "", "销售部") == "NB/2026-001"
    fonds.archival.archiving.archive_many(archivist, [second])
    assert codes([first, second]) == ["Q001-NB·2026-D10-SCB-0001", "NB/2026-001"]


@pytest.mark.requirement("R-NUM-2")
def test_customers_get_numbers_of_their_month(fonds: Fonds, archivist: Actor, clock: Clock) -> None:
    def opened(**said: str) -> str:
        return fonds.dossiers.create(archivist, "customer", DossierSaid(title="嘉禾", **said)).code

    assert [opened(), opened(), opened(code="旧-7"), opened()] == [
        "202603-0001",
        "202603-0002",
        "旧-7",
        "202603-0003",
    ]
    clock.advance(days=31)
    assert opened() == "202604-0001"
    Counter.objects(id="code:202604-").update(set__value=9999)
    with pytest.raises(Conflict, match="已用到"):
        opened()
    assert fonds.dossiers.create(archivist, "contract", DossierSaid(title="合同")).code == ""


@pytest.mark.requirement("R-VAL-12")
def test_a_correction_is_a_new_version_with_the_same_files(
    fonds: Fonds, accepted: Accepted, archivist: Actor, marketer: Actor, settle: Callable[[], None]
) -> None:
    record = fonds.records.create(marketer, COMPLETE)
    fonds.files.add(marketer, record.id, BytesIO(b"minutes"), name="a.txt")
    settle()
    Record.objects(id=record.id).update(set__life="accepted")
    with pytest.raises(Conflict):
        fonds.archival.correcting.correct(marketer, record.id, "日期有误")
    fonds.archival.archiving.archive_many(archivist, [record.id])
    with pytest.raises(InvalidInput):
        fonds.archival.correcting.correct(marketer, record.id, " ")
    new = fonds.archival.correcting.correct(marketer, record.id, "日期有误")
    assert (new.life, new.supersedes, new.title, new.ref_code) == ("draft", record.id, COMPLETE.title, "")
    assert [file.sha256 for file in new.files] == [
        file.sha256 for file in fonds.records.get(marketer, record.id).files
    ]
    with pytest.raises(Conflict, match="正在另立"):
        fonds.archival.correcting.correct(marketer, record.id, "再来")
    settle()
    fonds.records.delete(marketer, new.id, new.rev)
    fonds.clock.advance(days=60)  # type: ignore[attr-defined]
    settle()
    assert (
        b"".join(fonds.files.content(marketer, fonds.records.get(marketer, record.id).files[0].id).chunks)
        == b"minutes"
    )
    again = fonds.archival.correcting.correct(marketer, record.id, "再来")
    assert fonds.records.get(marketer, record.id).superseded_by == ""
    Record.objects(id=again.id).update(set__life="accepted")
    fonds.archival.archiving.archive_many(archivist, [again.id])
    assert fonds.records.get(marketer, record.id).superseded_by == again.id
