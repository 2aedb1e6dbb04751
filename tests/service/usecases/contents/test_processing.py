"""The processing queue: counts, reasons, one or all once more, as it is, and who sees what of it."""

from collections.abc import Callable
from io import BytesIO

import pytest

from ingest.port import Offer
from service.domain.permissions import Actor, Role
from service.errors import Conflict, Forbidden, NotFound
from service.models import AuditEvent, File, Record
from service.models.archive import SLOTS
from service.models.reading import waiting
from service.wiring import Fonds
from tests.conftest import Clock, an_actor


@pytest.fixture
def files(fonds: Fonds, archivist: Actor, clock: Clock) -> list[str]:
    """Five files, the first the oldest."""
    run = fonds.imports.start(archivist, source="test", category="")
    ids = []
    for number in range(5):
        offered = fonds.imports.offer(
            archivist, run.id, BytesIO(f"{number}".encode()), Offer(name=f"{number}.txt")
        )
        ids.append(offered.file_id)
        clock.advance(minutes=1)
    return ids


def fail(file_id: str, reason: str, state: str = "failed") -> None:
    File.objects(id=file_id).update_one(set__state=state, set__reason=reason, unset__slot=1, set__attempts=3)


def test_every_state_is_counted_with_its_oldest_and_reasons(
    fonds: Fonds, administrator: Actor, files: list[str]
) -> None:
    for file_id, reason in zip(files, ("damaged", "damaged", "worker_lost"), strict=False):
        fail(file_id, reason)
    fail(files[3], "infected", "quarantined")
    counts = {one.state: one for one in fonds.processing.counts(administrator)}
    assert {state: one.count for state, one in counts.items()} == {
        "pending": 1,
        "running": 0,
        "failed": 3,
        "quarantined": 1,
    }
    assert counts["failed"].reasons == {"damaged": 2, "worker_lost": 1}
    assert counts["failed"].oldest == File.objects(id=files[0])[0].created_at


def test_files_of_a_state_are_paged_by_reason(fonds: Fonds, administrator: Actor, files: list[str]) -> None:
    for file_id in files:
        fail(file_id, "damaged")
    fail(files[2], "worker_lost")
    first = fonds.processing.page(administrator, "failed", reason="damaged", limit=3)
    rest = fonds.processing.page(administrator, "failed", reason="damaged", after=first.next_cursor, limit=3)
    assert [file.id for file in (*first.items, *rest.items)] == [files[n] for n in (4, 3, 1, 0)]
    assert (first.total, rest.next_cursor) == (4, "")
    with pytest.raises(NotFound):
        fonds.processing.page(administrator, "done")


@pytest.mark.requirement("S-ER-2")
def test_who_runs_the_machine_sees_no_names_and_the_archivist_only_what_he_knows(
    fonds: Fonds, administrator: Actor, archivist: Actor, files: list[str]
) -> None:
    for file_id in files[:2]:
        fail(file_id, "damaged")
    File.objects(id=files[0]).update_one(set__detail="底价.txt", set__facts={"author": "王芳"})
    hidden = File.objects(id=files[1])[0].record_id
    Record.objects(id=hidden).update_one(set__secrecy="L3", set__circles=[])
    machine = fonds.processing.page(administrator, "failed").items
    assert [(file.name, file.path, file.record_id) for file in machine] == [("", "", "")] * 2
    assert [(file.detail, file.facts, file.sha256, file.by) for file in machine] == [("", {}, "", "")] * 2
    known = fonds.processing.page(archivist, "failed").items
    assert [file.name for file in known] == ["0.txt"]
    assert {one.state: one.count for one in fonds.processing.counts(archivist)}["failed"] == 1
    assert fonds.processing.retry(archivist, [files[1]]) == 0
    with pytest.raises(NotFound):
        fonds.processing.take_as_is(archivist, files[1])


@pytest.mark.requirement("R-AUD-1")
def test_all_of_one_reason_are_processed_once_more(
    fonds: Fonds, administrator: Actor, archivist: Actor, files: list[str], settle: Callable[[], None]
) -> None:
    for file_id in files[:3]:
        fail(file_id, "worker_lost")
    fail(files[3], "damaged")
    assert fonds.processing.retry_all(administrator, "failed", reason="worker_lost") == (3, 0)
    assert {file.id: file.state for file in File.objects(id__in=files)} == {
        **dict.fromkeys([*files[:3], files[4]], "pending"),
        files[3]: "failed",
    }
    settle()
    assert {file.state for file in File.objects(id__in=files[:3])} == {"done"}
    events = AuditEvent.objects(act="retry")
    assert [event.facts for event in events] == [
        {"state": ["failed", "pending"], "reason": "worker_lost"}
    ] * 3


def test_a_file_is_read_once_more_in_another_way(
    fonds: Fonds, administrator: Actor, files: list[str], settle: Callable[[], None]
) -> None:
    fail(files[0], "killed_jail", "quarantined")
    assert fonds.processing.retry(administrator, files[:1], "text_only") == 1
    assert File.objects(id=files[0])[0].how == {"text_only": True}
    settle()
    assert File.objects(id=files[0])[0].state == "done"
    assert AuditEvent.objects(act="retry")[0].facts["setting"] == "text_only"
    fail(files[0], "killed_jail", "quarantined")
    fonds.processing.retry(administrator, files[:1])
    assert not File.objects(id=files[0])[0].how
    with pytest.raises(Conflict):
        fonds.processing.retry(administrator, files[:1], "force")


def test_an_infected_file_is_never_processed_again_or_taken(
    fonds: Fonds, administrator: Actor, files: list[str]
) -> None:
    fail(files[0], "infected", "quarantined")
    assert fonds.processing.retry(administrator, files[:1]) == 0
    for reason in ("infected", "object_missing", "checksum_mismatch"):
        fail(files[0], reason, "quarantined")
        with pytest.raises(Conflict):
            fonds.processing.take_as_is(administrator, files[0])
    with pytest.raises(Conflict):
        fonds.processing.retry_all(administrator, "running", reason="")
    with pytest.raises(Conflict):
        fonds.processing.take_as_is(administrator, files[1])


def test_a_file_taken_as_it_is_is_done_without_text(
    fonds: Fonds, administrator: Actor, archivist: Actor, files: list[str], settle: Callable[[], None]
) -> None:
    fail(files[0], "killed_jail", "quarantined")
    view = fonds.processing.take_as_is(archivist, files[0])
    assert (view.state, view.warning, view.reason, view.has_text) == ("done", "killed_jail", "", False)
    assert b"".join(fonds.files.content(archivist, files[0]).chunks) == b"0"
    settle()
    assert AuditEvent.objects(act="take_as_is")[0].facts == {
        "state": ["quarantined", "done"],
        "reason": "killed_jail",
    }


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.SYSADMIN, Role.ARCHIVIST)])
def test_nobody_else_looks_after_the_queue(fonds: Fonds, role: Role) -> None:
    actor = an_actor("somebody", role, department="市场部")
    attempts: list[Callable[[], object]] = [
        lambda: fonds.processing.counts(actor),
        lambda: fonds.processing.page(actor, "failed"),
        lambda: fonds.processing.retry(actor, ["x"]),
        lambda: fonds.processing.retry_all(actor, "failed", reason=""),
        lambda: fonds.processing.take_as_is(actor, "x"),
    ]
    for attempt in attempts:
        with pytest.raises(Forbidden):
            attempt()


def test_a_great_queue_is_estimated_and_shown_in_part(
    fonds: Fonds, administrator: Actor, archivist: Actor, files: list[str]
) -> None:
    model = File.objects(id=files[0])[0].to_mongo().to_dict()
    del model["upload_key"]
    many = [{**model, "_id": f"q{n}", "slot": n * SLOTS // 4800} for n in range(4800)]
    File._get_collection().insert_many(many)
    pending = next(one for one in fonds.processing.counts(administrator) if one.state == "pending")
    assert (pending.more, 1500 < pending.count <= 2000) == (True, True)
    assert len(fonds.processing.page(administrator, "pending", limit=20).items) == 20
    known = next(one for one in fonds.processing.counts(archivist) if one.state == "pending")
    assert (known.more, known.count) == (True, 50)
    assert fonds.processing.page(archivist, "pending", limit=20).total == 200
    assert 4500 < fonds.upkeep.status(administrator)["files"]["pending"] < 5100
    assert not waiting(File, "slot")[1]
    assert waiting(File, "slot", first=SLOTS) == (0, True)
