"""Reprocessing: older readings are made anew behind everything else, go on after a restart, and never cost a file."""

import io
from collections.abc import Callable

import pytest

from ingest.port import EXTRACTOR, MAX_ATTEMPTS
from service.domain.holdings import Description
from service.domain.permissions import Actor
from service.errors import Forbidden, InvalidInput
from service.models import File
from service.models.reading import by_key
from service.wiring import Fonds

Settle = Callable[[], None]


@pytest.fixture
def files(fonds: Fonds, archivist: Actor, settle: Settle) -> list[str]:
    """Sixty records with a text that an older extractor has read."""
    ids = []
    for number in range(60):
        record = fonds.records.create(archivist, Description(title=f"纪要 {number}")).id
        ids.append(fonds.files.add(archivist, record, io.BytesIO(b"%d" % number), name="a.txt").id)
    File.objects(id__in=ids).update(
        set__state="done",
        set__extractor=EXTRACTOR - 1,
        set__family="text",
        set__media_type="text/plain",
        unset__slot=1,
    )
    return ids


def test_older_readings_go_back_a_window_at_a_time_and_only_when_nothing_waits(
    fonds: Fonds, administrator: Actor, files: list[str]
) -> None:
    fonds.reprocessing.start(administrator)
    assert fonds.reprocessing.go_on() == 50
    assert fonds.reprocessing.go_on() == 0
    File.objects(id__in=files, state="pending").update(
        set__state="done", set__extractor=EXTRACTOR, unset__slot=1
    )
    assert fonds.reprocessing.go_on() == 10
    state = fonds.reprocessing.state(administrator)
    assert state is not None
    assert (state.sent, state.position, state.ended_at is not None) == (60, state.highest, True)


def test_a_file_is_read_again_by_the_current_extractor(
    fonds: Fonds, administrator: Actor, settle: Settle, files: list[str]
) -> None:
    fonds.reprocessing.start(administrator, family="text")
    fonds.reprocessing.go_on()
    waiting = by_key(File, id=files[0])
    assert (waiting.state, waiting.stage) == ("pending", "again")
    settle()
    done = by_key(File, id=files[0])
    assert (done.state, done.stage, done.extractor, bool(done.text_key)) == ("done", "", EXTRACTOR, True)


def test_what_a_password_opened_keeps_its_text(fonds: Fonds, administrator: Actor, files: list[str]) -> None:
    File.objects(id=files[0]).update_one(set__facts={"unlocked": "yes"})
    fonds.reprocessing.start(administrator)
    fonds.reprocessing.go_on()
    assert (by_key(File, id=files[0]).state, by_key(File, id=files[1]).state) == ("done", "pending")


def test_other_kinds_are_left_alone(fonds: Fonds, administrator: Actor, files: list[str]) -> None:
    fonds.reprocessing.start(administrator, family="pdf")
    assert fonds.reprocessing.go_on() == 0
    with pytest.raises(InvalidInput):
        fonds.reprocessing.start(administrator, family="paper")


def test_what_fails_now_stays_as_it_was(fonds: Fonds, administrator: Actor, files: list[str]) -> None:
    fonds.reprocessing.start(administrator)
    fonds.reprocessing.go_on()
    for _ in range(MAX_ATTEMPTS):
        job = fonds.ledger.claim(files[0], "one")
        assert job is not None
        fonds.ledger.fail(job, "killed_jail")
    assert by_key(File, id=files[0]).state == "done"


def test_it_is_for_who_runs_the_machine(fonds: Fonds, archivist: Actor) -> None:
    with pytest.raises(Forbidden):
        fonds.reprocessing.start(archivist)


def test_a_scan_is_recognised_as_somebody_wants_it(fonds: Fonds, archivist: Actor, files: list[str]) -> None:
    fonds.files.retry(archivist, files[0], force=True, turns=1)
    job = fonds.ledger.claim(files[0], "one")
    assert job is not None
    assert job.how == {"force": True, "turns": 1}
