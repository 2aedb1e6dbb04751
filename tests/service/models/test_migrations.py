"""Migrations run once, in order, and go on where they stopped."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from service.models import DOCUMENTS, Record, SchemaVersion
from service.models.connection import prepare_indexes
from service.models.migrations import (
    MIGRATIONS,
    NewerSchema,
    migrate,
    order_the_tasks,
    tell_whom_the_inbox_is_for,
)


@pytest.fixture(autouse=True)
def _version(database: None) -> Iterator[None]:
    before = list(SchemaVersion.objects)
    SchemaVersion.objects.delete()
    yield
    SchemaVersion.objects.delete()
    for row in before:
        row.save(force_insert=True)


def test_a_new_archive_begins_with_todays_version() -> None:
    assert migrate((lambda: pytest.fail("nothing to migrate"),)) == 1


def test_steps_run_once_in_order() -> None:
    done: list[str] = []
    migrate(())
    steps = (lambda: done.append("first"), lambda: done.append("second"))
    assert migrate(steps) == 2
    assert migrate(steps) == 2
    assert done == ["first", "second"]


def test_a_step_that_was_interrupted_runs_again() -> None:
    done: list[str] = []
    migrate(())

    def breaks() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        migrate((lambda: done.append("first"), breaks))
    migrate((lambda: done.append("first"), lambda: done.append("second")))
    assert done == ["first", "second"]


def test_data_of_a_newer_program_are_refused() -> None:
    SchemaVersion(version=7).save()
    with pytest.raises(NewerSchema, match="7"):
        migrate(())


def test_what_waits_for_somebody_gets_its_place_in_his_list(database: None) -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    for seq, life, queue in (
        (7, "draft", "draft:zhao"),
        (8, "submitted", "submitted:市场部"),
        (9, "archived", None),
    ):
        row = Record(
            id=f"m{seq}", seq=seq, title="x", life=life, owner="zhao", created_at=now, updated_at=now
        )
        row.save(force_insert=True)
        if queue:
            Record._get_collection().update_one(
                {"_id": row.id}, {"$set": {"queue": queue}, "$unset": {"turn": 1}}
            )
    order_the_tasks()
    order_the_tasks()
    assert {row.seq: row.turn for row in Record.objects(id__in=["m7", "m8", "m9"])} == {
        7: "draft:zhao#0000000007",
        8: "submitted#0000000008",
        9: None,
    }
    Record.objects(id__in=["m7", "m8", "m9"]).delete()


def test_what_waits_to_be_described_is_told_for_whom(database: None) -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    said = {
        "title": "x",
        "department": "市场部",
        "circles": ["circle:zhao"],
        "created_at": now,
        "updated_at": now,
    }
    for seq, inbox in ((17, True), (18, False)):
        row = Record(id=f"w{seq}", seq=seq, category="WD", inbox=inbox, secrecy="L1", **said)
        row.save(force_insert=True)
    tell_whom_the_inbox_is_for()
    tell_whom_the_inbox_is_for()
    found = {row.seq: row.waits_for for row in Record.objects(id__in=["w17", "w18"])}
    assert found == {17: ["L1", "L1|circle:zhao", "L1|dept:市场部"], 18: None}
    assert [row.waits for row in Record.objects(id="w17")] == [17]
    Record.objects(id__in=["w17", "w18"]).delete()


def test_no_step_takes_away_an_index_that_is_wanted() -> None:
    """Indexes are made before the steps run: what one of them dropped would be missing until the next start."""
    prepare_indexes()
    before = _indexes()
    for step in MIGRATIONS:
        step()
    assert before - _indexes() == set()


def _indexes() -> set[str]:
    rows = (one._get_collection() for one in DOCUMENTS)
    return {f"{found.name}: {index}" for found in rows for index in found.index_information()}
