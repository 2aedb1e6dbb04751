"""Migrations run once, in order, and go on where they stopped."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from service.models import Record, SchemaVersion
from service.models.migrations import NewerSchema, migrate, order_the_tasks


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
