"""Backups asked for on the page whose place is full, away or in the way: the page says so and what to do, the next works."""

import errno
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from service.domain.permissions import Actor, Role
from service.usecases.safekeeping.backup.opening import open_target
from service.usecases.safekeeping.backup.proving import ProofReport, prove
from service.usecases.safekeeping.backup.running import Backups, Schedule
from service.usecases.safekeeping.backup.sealing import Seal
from service.usecases.safekeeping.backup.sets import Target
from service.usecases.safekeeping.backup.taking import BackupReport, TakingBackup, Wanted
from service.usecases.safekeeping.beginning import Beginning
from service.usecases.safekeeping.checking import Progress
from service.usecases.safekeeping.runs import KeepingRuns, Work
from service.wiring import Fonds
from storage.disk import DiskStore
from storage.port import StoredObject, StoreFull
from tests.ports import free_port
from tests.service.web.conftest import Bring, Reader, SignIn, visible

pytestmark = pytest.mark.requirement("F09", "R-BAK-1", "R-BAK-2")

ROOM = 3
"""Objects that are written before the place fills or goes; the first is the probe."""


class Failing(DiskStore):
    """A disk that something happens to once so many objects were written."""

    def __init__(self, root: Path, happens: Callable[[], None], reserve: int = 0) -> None:
        super().__init__(
            root, sign_key=b"k" * 32, base_url="", clock=lambda: datetime.now(UTC), reserve_bytes=reserve
        )
        self._happens, self._left = happens, ROOM

    def put(
        self, key: str, source: BinaryIO, *, sha256: str | None = None, size: int | None = None
    ) -> StoredObject:
        self._left -= 1
        if self._left < 0:
            self._happens()
        return super().put(key, source, sha256=sha256, size=size)


class NoRoomAtHome(TakingBackup):
    """A backup whose own machine has no room for what it writes down meanwhile."""

    def run(self, target: Target, wanted: Wanted) -> Iterator[Progress | BackupReport]:
        yield Progress("rows", 1, 60)
        raise OSError(errno.ENOSPC, "No space left on device")


@dataclass
class Place:
    """Where backups go and who takes them; `mend` puts right what was done to it."""

    fonds: Fonds
    folder: Path
    spool: Path
    kind: type[TakingBackup] = TakingBackup
    open: Callable[[str], Target] = open_target
    mend: Callable[[], object] = lambda: None

    def well(self) -> None:
        """What was wrong is no more."""
        self.kind, self.open = TakingBackup, open_target
        self.mend()

    def steps(self, actor: Actor) -> Iterator[Any]:
        """A backup as the place is now."""
        return self.backups.take(actor)

    @property
    def backups(self) -> Backups:
        taking = self.kind(self.fonds.store, self.fonds.clock, self.spool, version="test")
        schedule = Schedule(self.folder.as_uri(), 24, 3, rows_only=False)
        return Backups(taking, self.open, schedule, self.fonds.audit, self.fonds.clock)


@pytest.fixture
def place(fonds: Fonds, tmp_path: Path) -> Place:
    (tmp_path / "盘").mkdir()
    return Place(fonds, tmp_path / "盘" / "备份", tmp_path / "spool")


@pytest.fixture
def kept(fonds: Fonds, place: Place) -> Fonds:
    """The archive with its backups at the place."""
    work = Work(Beginning(place.backups, fonds.settings.home).backup, lambda actor, _: place.steps(actor))
    runs = KeepingRuns({"backup": work}, fonds.audit, fonds.clock, fonds.safekeeping.ending)
    return replace(fonds, safekeeping=replace(fonds.safekeeping, backups=place.backups, runs=runs))


@pytest.fixture
def admin(kept: Fonds, applied: Callable[[Fonds], Any], bring: Bring, sign_in: SignIn) -> Reader:
    """Who runs the machine, before the page of an archive with some contents."""
    for number in range(4):
        bring(f"{number}.txt", f"渠道返利 {number}")
    reader = sign_in("chen", Role.SYSADMIN)
    applied(kept)
    return reader


def full_from_the_start(place: Place) -> None:
    place.open = lambda _: Target(Failing(place.folder, lambda: None, reserve=1 << 60), Seal())


def filling(place: Place) -> None:
    def full() -> None:
        raise StoreFull("no space left")

    place.open = lambda _: Target(Failing(place.folder, full), Seal())


def pulled_out(place: Place) -> None:
    away = place.folder.with_name("拔掉的盘")
    place.open = lambda _: Target(Failing(place.folder, lambda: away_with(place.folder, away)), Seal())
    place.mend = lambda: away_with(away, place.folder)


def away_with(one: Path, other: Path) -> None:
    if one.exists():
        shutil.rmtree(other, ignore_errors=True)  # whoever looked for it meanwhile made it anew, empty
        one.rename(other)


def in_the_way(place: Place) -> None:
    place.folder.write_text("no folder")
    place.mend = place.folder.unlink


def silent(place: Place) -> None:
    place.open = lambda _: open_target(f"s3+http://key:secret@127.0.0.1:{free_port()}/akten")


def no_room_at_home(place: Place) -> None:
    place.kind = NoRoomAtHome


def home_unwritable(place: Place) -> None:
    place.spool.write_text("no folder")
    place.mend = place.spool.unlink


def contents_away(place: Place) -> None:
    contents = place.fonds.settings.home / "objects"
    away = contents.rename(contents.with_name("away"))
    place.mend = lambda: away_with(away, contents)


FAULTS: dict[str, tuple[Callable[[Place], None], str]] = {
    "full": (full_from_the_start, "备份位置已满，这一次没有备份；清理或换一个位置"),
    "filling": (filling, "备份位置已满，这一次没有备份；清理或换一个位置"),
    "pulled out": (pulled_out, "备份位置所在的文件夹不在，也建不了，没有备份；看那块盘是否挂上了"),
    "in the way": (in_the_way, "备份位置不是文件夹，没有备份；换一个位置"),
    "silent": (silent, "备份位置没有应答，没有备份；检查地址、密钥和网络"),
    "no room at home": (no_room_at_home, "数据目录所在的盘已满，没有备份；腾出空间再来"),
    "contents away": (contents_away, "备份途中读写中断，没有备份完；再来一次，仍不成就检查存放原文的盘或桶"),
    "home unwritable": (home_unwritable, "数据目录里写不了临时文件，没有备份；检查那块盘和权限"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_page_says_what_is_wrong_and_the_next_run_works(
    fault: str, kept: Fonds, place: Place, admin: Reader
) -> None:
    happens, told = FAULTS[fault]
    happens(place)
    page = backed_up(kept, admin)
    assert page.count(f"失败：{told}") == 2  # the run, and the last attempt
    assert "就要开始" not in page
    assert "上次成功 还没有" in page
    assert "disabled" not in admin.read("/admin/safekeeping").split("立即备份")[0][-200:]
    place.well()
    page = backed_up(kept, admin)
    assert re.search(r"新复制 [1-9]\d* 个", page)
    assert page.count(told) == 1  # among the last runs
    assert "上次成功 还没有" not in page
    target = open_target(place.folder.as_uri())
    *_, proof = prove(target, target.chosen(), read_data=True)
    assert isinstance(proof, ProofReport)
    assert proof.faults == []


def backed_up(kept: Fonds, admin: Reader) -> str:
    """Ask for a backup on the page, let the server carry it out, and look again."""
    admin.post("/admin/safekeeping/runs", {"kind": "backup"})
    assert "就要开始" in visible(admin.read("/admin/safekeeping"))
    kept.safekeeping.runs.go_on()
    return visible(admin.read("/admin/safekeeping"))
