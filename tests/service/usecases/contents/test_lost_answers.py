"""Writes that were done and never acknowledged: the database was killed, or the line to it was cut, in between (F04).

What the driver cannot repeat is an unknown outcome: whoever sent it sends it again, and there is one of it.
"""

import io
from collections.abc import Callable

import pytest
from pymongo.errors import AutoReconnect

from ingest.port import Offer
from service.domain.holdings import Description
from service.domain.permissions import Actor
from service.domain.uploads import NewUpload
from service.ledger import LEASE
from service.models import File, Record, Upload, User
from service.usecases.contents.intake import Arrival
from service.usecases.people.users import NewUser
from service.usecases.safekeeping.checking import CheckReport
from service.wiring import Fonds
from tests.conftest import Clock
from tests.ingest.samples import zipped
from tests.losing import LostAnswers

Settle = Callable[[], None]


def whole(fonds: Fonds, actor: Actor) -> str:
    return fonds.uploads.whole(actor, NewUpload(name="计划.txt", size=4), io.BytesIO(b"text"), "key").id


@pytest.mark.requirement("F04")
def test_an_upload_whose_row_was_written_unheard_is_there_when_sent_again(
    fonds: Fonds, salesperson: Actor, lost: LostAnswers, settle: Settle
) -> None:
    lost.insert("uploads")
    with pytest.raises(AutoReconnect):
        whole(fonds, salesperson)
    again = whole(fonds, salesperson)
    assert Upload.objects.count() == 1
    Upload.objects(id=again).update(set__due_at=fonds.clock())
    settle()
    assert fonds.uploads.get(salesperson, again).state == "stored"
    assert [row.sha256[:8] for row in File.objects] == ["982d9e3e"]


@pytest.mark.requirement("F04")
@pytest.mark.parametrize("collection", ["uploads", "arriving"])
def test_an_insert_that_the_driver_repeats_to_a_database_without_memory_is_done_once(
    fonds: Fonds, salesperson: Actor, lost: LostAnswers, collection: str
) -> None:
    lost.insert(collection, repeated=True)
    assert fonds.uploads.get(salesperson, whole(fonds, salesperson)).state == "stored"
    assert (Upload.objects.count(), File.objects.count()) == (1, 1)


@pytest.mark.requirement("F04")
def test_a_file_whose_commit_was_not_acknowledged_is_entered_once(
    fonds: Fonds, archivist: Actor, lost: LostAnswers
) -> None:
    record = fonds.records.create(archivist, Description(title="计划")).id
    lost.commit()
    file = fonds.files.add(
        archivist, record, io.BytesIO(b"text"), name="a.txt", promised=Arrival("a.txt", upload_key="k")
    )
    assert [row.id for row in File.objects] == [file.id]


@pytest.mark.requirement("F04")
def test_an_import_whose_commit_was_not_acknowledged_has_one_line(
    fonds: Fonds, archivist: Actor, lost: LostAnswers
) -> None:
    run = fonds.imports.start(archivist, source="test").id
    lost.commit()
    first = fonds.imports.offer(archivist, run, io.BytesIO(b"text"), Offer(name="a.txt"))
    again = fonds.imports.offer(archivist, run, io.BytesIO(b"text"), Offer(name="a.txt"))
    assert first.file_id == again.file_id
    assert (File.objects.count(), Record.objects.count()) == (1, 1)


@pytest.mark.requirement("F04")
def test_a_user_who_was_made_unheard_is_not_taken_by_himself(
    fonds: Fonds, administrator: Actor, lost: LostAnswers
) -> None:
    lost.insert("users", repeated=True)
    fonds.people.add(administrator, NewUser(name="zhao.min", display_name="赵敏", roles=["staff"]))
    assert User.objects(name="zhao.min").count() == 1


@pytest.mark.requirement("F04")
def test_reading_a_file_loses_nothing_whichever_commit_is_not_acknowledged(
    fonds: Fonds,
    archivist: Actor,
    administrator: Actor,
    lost: LostAnswers,
    settle: Settle,
    clock: Clock,
) -> None:
    """Who reads a file takes away what he made when the file is another's by then; it must not be his own."""
    run = fonds.imports.start(archivist, source="test").id
    faults = 0
    for number in range(100):
        packed = zipped({"纪要.txt": f"会议纪要 {number}", "报价.txt": f"报价单 {number}"})
        fonds.imports.offer(archivist, run, io.BytesIO(packed), Offer(name=f"{number}.zip"))
        lost.commit(number)
        for _ in range(3):
            try:
                settle()
            except AutoReconnect:
                faults += 1
                clock.advance(seconds=LEASE.total_seconds() + 1)
        if lost.waits:
            break
    assert faults >= 3
    assert {row.state for row in File.objects} == {"done"}
    assert File.objects.count() == 3 * (number + 1)
    *_, report = fonds.upkeep.check(administrator, read_data=True)
    assert isinstance(report, CheckReport)
    assert [one for one in report.differences if one.kind != "untracked"] == []
