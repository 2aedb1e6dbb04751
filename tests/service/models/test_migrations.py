"""Migrations run once, in order, and go on where they stopped."""

from collections.abc import Iterator

import pytest

from service.models import SchemaVersion
from service.models.migrations import NewerSchema, migrate


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
