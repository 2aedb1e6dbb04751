"""Backups of a running archive: asked for by its administrator, or when they are due; and how the last one ended."""

import errno
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from service.audit import Audit
from service.domain.permissions import CLOCKWORK, Act, Actor, may
from service.errors import Fault, Forbidden, InvalidInput, NoRoom, ServiceError
from service.models import BackupState
from service.models.reading import by_key
from service.usecases.safekeeping.backup.places import folder_of, holds_sets
from service.usecases.safekeeping.backup.sets import BackupSet, Target
from service.usecases.safekeeping.backup.taking import BackupReport, TakingBackup, Wanted
from service.usecases.safekeeping.checking import Progress
from storage.durable import NO_ROOM
from storage.port import StorageError, StoreFull

log = logging.getLogger(__name__)
UNWRITABLE = {
    errno.ENOTDIR: "备份位置不是文件夹，没有备份；换一个位置",
    errno.EEXIST: "备份位置不是文件夹，没有备份；换一个位置",
    errno.ENOENT: "备份位置所在的文件夹不在，也建不了，没有备份；看那块盘是否挂上了",
    errno.EIO: "备份所在的盘读写出错，没有备份；检查那块盘",
    errno.EACCES: "没有写备份位置的权限，没有备份；让运行服务的系统账户可以写那里",
    errno.EPERM: "没有写备份位置的权限，没有备份；让运行服务的系统账户可以写那里",
    errno.EROFS: "备份位置是只读的，没有备份；检查磁盘是怎样挂载的",
}
"""What the operating system says of a target that is a folder → what is told."""
FULL = "备份位置已满，这一次没有备份；清理或换一个位置，原有的各套备份和档案不受影响"
BAD = "备份位置的写法不对，没有备份；写文件夹、file:///… 或 s3+https://密钥名:密钥@主机/桶"
SILENT = "备份位置没有应答，没有备份；检查地址、密钥和网络"
BROKEN_OFF = "备份途中读写中断，没有备份完；再来一次，仍不成就检查存放原文的盘或桶"
HOME_FULL = "数据目录所在的盘已满，没有备份；腾出空间再来"
DAMAGED = "%(n)s 个原文已损坏，没有备份；从备份取回"
HOME_UNWRITABLE = "数据目录里写不了临时文件，没有备份；检查那块盘和权限"


@dataclass(frozen=True, slots=True)
class Schedule:
    """Where backups go that nobody asks for, how often, and how many are kept. `url` "" or `hours` 0: none are taken."""

    url: str
    hours: int
    keep: int
    rows_only: bool


@dataclass(frozen=True, slots=True)
class Drill:
    """How a restore drill ended: `fault` "" = well; what was compared byte for byte."""

    fault: str
    records: int = 0
    files: int = 0
    objects: int = 0


During = Callable[[Actor, str, Iterator[Any]], Iterator[Any]]
"""Carries steps out as the one run under way."""


def _plainly(_actor: Actor, _kind: str, steps: Iterator[Any]) -> Iterator[Any]:
    return steps


class Backups:
    """Takes backups for those who run the machine (R-BAK-1, R-BAK-2)."""

    def __init__(
        self,
        taking: TakingBackup,
        open_target: Callable[[str], Target],
        schedule: Schedule,
        audit: Audit,
        clock: Callable[[], datetime],
    ) -> None:
        """`open_target` raises `ValueError` for an address that is none."""
        self._taking, self._open, self._schedule = taking, open_target, schedule
        self._audit, self._clock = audit, clock

    def take(self, actor: Actor, *, url: str = "") -> Iterator[Progress | BackupReport]:
        """Steps as `Progress`, then one `BackupReport`. Another target than the scheduled one (`url`) is named only by
        commands on this machine: no address that comes over the network is asked anything."""
        _require(actor)
        if url and not actor.id.startswith("local:"):
            raise Forbidden
        wanted = Wanted(self._schedule.rows_only and not url, 0 if url else self._schedule.keep)
        return self._run(actor, url or self._schedule.url, wanted)

    def due(self, during: During = _plainly) -> int:
        """Take the scheduled backup if its time has come; always 0, for a chore rests afterwards. A new archive gets
        its first one when it has been there for as long as lies between two. `during` is given the steps, and may
        refuse them while another run is under way."""
        if not (self._schedule.url and self._schedule.hours):
            return 0
        last = by_key(BackupState, id="last")
        if last is None:
            _note("last", began_at=self._clock(), fault="")
        elif last.began_at + timedelta(hours=self._schedule.hours) <= self._clock():
            wanted = Wanted(self._schedule.rows_only, self._schedule.keep)
            try:
                for _ in during(CLOCKWORK, "backup", self._run(CLOCKWORK, self._schedule.url, wanted)):
                    pass
            except ServiceError as fault:  # noted, and shown to who runs the machine
                log.warning("backup: %s", _why(fault), extra={"event": "backup_failed"})
        return 0

    def state(self, actor: Actor) -> Mapping[str, Any]:
        """How the last backup ended, when one last went well, and the last drill; {} before the first."""
        _require(actor)
        rows = {row.id: row for row in BackupState.objects(id__in=["last", "good", "drill"])}
        return {
            name: {
                "began_at": row.began_at,
                "ended_at": row.ended_at,
                "name": row.name,
                "fault": row.fault,
                **row.facts,
            }
            for name, row in rows.items()
        }

    def late(self, actor: Actor) -> bool:
        """Whether a scheduled backup has not gone well for twice as long as lies between two."""
        _require(actor)
        if not (self._schedule.url and self._schedule.hours):
            return False
        rows = {row.id: row.began_at for row in BackupState.objects(id__in=["last", "good"])}
        since = rows.get("good") or rows.get("last")
        return since is not None and since + 2 * timedelta(hours=self._schedule.hours) <= self._clock()

    def sets(self, actor: Actor, limit: int = 30) -> tuple[Sequence[BackupSet], Sequence[str]]:
        """The newest sets of the scheduled place, newest first, and the keys of those that cannot be read. A folder
        that holds none is not opened: that would make it, also where a disk is not mounted. Raises storage errors,
        `InvalidInput`."""
        _require(actor)
        folder = folder_of(self._schedule.url)
        if not self._schedule.url or (folder and not holds_sets(folder)):
            return (), ()
        sets, unreadable = self._target(self._schedule.url).looked_through()
        return sets[: -limit - 1 : -1], unreadable

    def all_sets(self) -> Sequence[BackupSet]:
        """Every set of the scheduled place, oldest first; for commands that have asked who wants it."""
        return self._target(self._schedule.url).sets()

    @property
    def schedule(self) -> Schedule:
        """Where backups go that nobody asks for, and how often."""
        return self._schedule

    def note_drill(self, actor: Actor, drill: Drill) -> None:
        """Write down how a restore drill ended (R-BAK-3)."""
        _require(actor)
        counts = {"records": drill.records, "files": drill.files, "objects": drill.objects}
        _note("drill", began_at=self._clock(), ended_at=self._clock(), fault=drill.fault, facts=counts)
        result = "failed" if drill.fault else "done"
        self._audit.insert(actor, "restore_drill", result=result, records=drill.records, files=drill.files)

    def _run(self, actor: Actor, url: str, wanted: Wanted) -> Iterator[Progress | BackupReport]:
        began, target = self._clock(), None
        _note("last", began_at=began, fault="")
        try:
            target = self._target(url)
            _require_ready(target)
            for step in self._taking.run(target, wanted):
                if isinstance(step, BackupReport):
                    self._ended(actor, began, step)
                yield step
        except (StorageError, ServiceError, OSError, ValueError) as fault:
            told = _told(fault, target)
            _note("last", began_at=began, ended_at=self._clock(), fault=_why(told))
            self._audit.insert(actor, "backup", result="failed")
            raise told from fault

    def _target(self, url: str) -> Target:
        try:
            return self._open(url)
        except ValueError as fault:
            raise InvalidInput([Fault("target", "bad_target", BAD)]) from fault

    def _ended(self, actor: Actor, began: datetime, report: BackupReport) -> None:
        facts = asdict(report)
        name, damaged = facts.pop("name"), facts.pop("damaged")
        told = {"ended_at": self._clock(), "name": name, "facts": facts | {"damaged": len(damaged)}}
        fault = DAMAGED % {"n": len(damaged)} if damaged else ""
        _note("last", began_at=began, fault=fault, **told)
        if not damaged:
            _note("good", began_at=began, fault="", **told)
        self._audit.insert(actor, "backup", "backup", name, objects=report.objects, bytes=report.bytes)


def _require_ready(target: Target) -> None:
    """That it takes what is written: whoever named it hears of it, not of our own store."""
    try:
        target.store.ready()
    except StorageError as fault:
        if isinstance(fault.__cause__, StoreFull):
            raise fault.__cause__ from None
        raise InvalidInput([_unwritable(fault)]) from fault


def _told(fault: Exception, target: Target | None) -> Exception:
    """What broke a backup off, as what is to be done about it. The target, if it could be opened, is asked whether it
    was that: it may have been the store of contents."""
    if isinstance(fault, StoreFull):
        return NoRoom(FULL)
    if isinstance(fault, StorageError):
        return _of_stores(fault, target)
    if isinstance(fault, OSError):
        unwritable = InvalidInput([Fault("home", "unwritable_home", HOME_UNWRITABLE)])
        return NoRoom(HOME_FULL) if fault.errno in NO_ROOM else unwritable
    return fault


def _of_stores(fault: StorageError, target: Target | None) -> Exception:
    if target is None:
        return InvalidInput([_unwritable(fault)])
    try:
        _require_ready(target)
    except (StorageError, InvalidInput) as now:
        return _told(now, None)
    return InvalidInput([Fault("target", "broken_off", BROKEN_OFF)])


def _unwritable(fault: StorageError) -> Fault:
    cause = fault.__cause__
    if not isinstance(cause, OSError):
        return Fault("target", "unwritable_target", SILENT)
    if told := UNWRITABLE.get(cause.errno or 0):
        return Fault("target", "unwritable_target", told)
    return Fault("target", "unwritable_target", "备份位置写不了，没有备份：%(why)s", {"why": cause.strerror})


def _why(fault: Exception) -> str:
    """A fault in words for the page of backups."""
    if isinstance(fault, InvalidInput):
        return "; ".join(one.message % one.params for one in fault.faults)
    return str(fault) or type(fault).__name__


def _note(which: str, /, **values: Any) -> None:
    BackupState.objects(id=which).update_one(
        upsert=True, **{f"set__{key}": value for key, value in values.items()}
    )


def _require(actor: Actor) -> None:
    if not may(actor, Act.OPERATE):
        raise Forbidden
