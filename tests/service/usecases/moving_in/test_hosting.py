"""Hosted migrations: only places that are allowed, begun when wanted or due, taken up again when silent."""

from datetime import timedelta
from pathlib import Path

import pytest

from service.domain.permissions import Actor, Role
from service.errors import Conflict, Forbidden, InvalidInput
from service.models import User
from service.usecases.moving_in.hosting import Allowed, Hosting
from service.usecases.moving_in.migrating import LOST, MigrationSaid
from service.usecases.people.users import NewUser
from service.wiring import Fonds
from tests.conftest import Clock

SMB = "smb://me:geheim@nas"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "share"
    root.mkdir()
    (root / "合同").mkdir()
    (root / "out").symlink_to("/etc")
    return root


@pytest.fixture
def allowed(root: Path) -> Allowed:
    return Allowed([root], [SMB, "s3+https://key:geheim@store:9000"])


@pytest.mark.requirement("B48")
@pytest.mark.parametrize(
    "origin",
    [
        "/etc",
        "{root}/../other",
        "{root}/out",
        "share",
        "smb://other/share",
        "smb://nas:1445/share",
        "smb://you:pass@nas/share",
        "s3+http://store:9000/bucket",
        "s3+https://store/bucket",
        "http://nas/share",
        "file:///etc",
        "smb://nas:port/share",
    ],
)
def test_nothing_else_can_be_reached(allowed: Allowed, root: Path, origin: str) -> None:
    with pytest.raises(InvalidInput):
        allowed.with_password(origin.format(root=root))


def test_what_is_allowed_is_opened_with_the_password_that_nobody_sees(allowed: Allowed, root: Path) -> None:
    assert allowed.with_password(f"{root}/合同") == f"{root}/合同"
    assert allowed.with_password("smb://NAS/营销/2024") == f"{SMB}/营销/2024"
    assert allowed.with_password("s3+https://store:9000/b/c") == "s3+https://key:geheim@store:9000/b/c"
    assert not any("geheim" in one for one in allowed.shown())


@pytest.fixture
def carried() -> list[str]:
    return []


@pytest.fixture
def hosting(fonds: Fonds, allowed: Allowed, carried: list[str]) -> Hosting:
    return Hosting(fonds.migrations, allowed, fonds.knowing.actors, carried.append, fonds.clock)


@pytest.fixture
def li(fonds: Fonds, administrator: Actor) -> Actor:
    fonds.people.add(administrator, NewUser("li", "李", (Role.ARCHIVIST.value,)))
    found = fonds.knowing.actors.named(User.objects(name="li")[0].id)
    assert found is not None
    return found


def test_a_wanted_run_is_begun_once_and_taken_up_when_it_falls_silent(
    fonds: Fonds, hosting: Hosting, li: Actor, root: Path, carried: list[str], clock: Clock
) -> None:
    view = hosting.save(li, MigrationSaid(str(root), hosted=True))
    assert hosting.due() == 0
    hosting.want(li, view.id, dry=True)
    assert [hosting.due(), hosting.due()] == [1, 0]
    run = fonds.migrations.get(li, view.id).run
    assert run is not None
    assert (run.dry, carried) == (True, [run.id])
    with pytest.raises(Conflict):
        hosting.want(li, view.id, dry=False)
    clock.advance(seconds=LOST.total_seconds() + 1)
    assert hosting.due() == 1
    assert carried == [run.id, run.id]


@pytest.mark.requirement("R-CAP-3")
def test_it_comes_again_by_the_clock(
    fonds: Fonds, hosting: Hosting, li: Actor, root: Path, carried: list[str], clock: Clock
) -> None:
    view = hosting.save(li, MigrationSaid(str(root), every=30, hosted=True))
    clock.advance(minutes=31)
    assert hosting.due() == 1
    fonds.imports.close(li, carried[0])
    assert hosting.due() == 0
    clock.advance(minutes=31)
    assert hosting.due() == 1
    assert len(set(carried)) == 2
    assert fonds.migrations.get(li, view.id).next_at == clock() + timedelta(minutes=30)


def test_a_place_that_is_allowed_no_more_is_told(
    fonds: Fonds, hosting: Hosting, li: Actor, root: Path, carried: list[str], clock: Clock
) -> None:
    view = hosting.save(li, MigrationSaid(str(root), hosted=True))
    hosting.want(li, view.id, dry=False)
    stricter = Hosting(fonds.migrations, Allowed([], []), fonds.knowing.actors, carried.append, fonds.clock)
    assert stricter.due() == 0
    assert fonds.migrations.get(li, view.id).fault
    assert not carried


def test_only_who_may_migrate(fonds: Fonds, hosting: Hosting, salesperson: Actor, root: Path) -> None:
    with pytest.raises(Forbidden):
        hosting.places(salesperson)
    with pytest.raises(Forbidden):
        hosting.save(salesperson, MigrationSaid(str(root)))
    mine = fonds.migrations.save(salesperson, MigrationSaid("/mine"))
    with pytest.raises(Forbidden):
        hosting.want(salesperson, mine.id, dry=True)
