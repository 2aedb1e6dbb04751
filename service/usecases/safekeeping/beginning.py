"""Beginning: what stands in the way of a backup, a drill or mending, told before it is begun."""

import shutil
from pathlib import Path

from service.errors import Conflict, Fault, InvalidInput, NoRoom
from service.models import FixityFinding
from service.usecases.safekeeping.backup.running import SILENT, Backups
from service.usecases.safekeeping.backup.sets import BackupSet
from storage.port import StorageError

NO_PLACE = "没有设备份位置。把 FONDS_BACKUP_URL 设为另一台设备上的文件夹（file:///…）或桶（s3+https://密钥名:密钥@主机/桶），重启服务"
NO_SET = "还没有备份，先备份一次"
ROWS_ONLY = "这份备份只有登记数据，没有原文。把 FONDS_BACKUP_URL 设到另一台设备，重启服务并备份一次，以后才能演练和取回"
SEALED_DRILL = "这份备份已加密，服务器上没有私钥。在有私钥的机器上运行 fonds backup drill --identity 私钥文件"
SEALED_MEND = "这份备份已加密，服务器上没有私钥。在这台服务器上运行 fonds backup mend --identity 私钥文件"
NOTHING = "没有要取回的原文"
LITTLE_ROOM = "演练要恢复出 %(wanted)s MB，数据目录所在的盘只剩 %(free)s MB；腾出空间再来"
MB = 1_000_000


class Beginning:
    """Each method raises a `ServiceError` that says what to do, or returns."""

    def __init__(self, backups: Backups, home: Path) -> None:
        self._backups, self._home = backups, home

    def backup(self) -> None:
        """There is a place for backups."""
        if not self._backups.schedule.url:
            raise InvalidInput([Fault("target", "no_target", NO_PLACE)])

    def drill(self) -> None:
        """The newest set can be brought back by this server, and there is room for it."""
        newest = self._newest(SEALED_DRILL)
        free, wanted = shutil.disk_usage(self._home).free, newest.object_bytes * 11 // 10
        if free < wanted:
            raise NoRoom(LITTLE_ROOM, wanted=wanted // MB, free=free // MB)

    def mend(self) -> None:
        """Something is damaged, and there is a set to take it from."""
        if not any(
            one.repaired_at is None and one.kind != "untracked" for one in FixityFinding.objects.limit(1000)
        ):
            raise Conflict(NOTHING)
        self._newest(SEALED_MEND)

    def fixity(self) -> None:
        """Nothing stands in its way."""

    def _newest(self, sealed: str) -> BackupSet:
        self.backup()
        try:
            sets = self._backups.all_sets()
        except (StorageError, OSError) as fault:
            raise InvalidInput([Fault("target", "unwritable_target", SILENT)]) from fault
        if not sets:
            raise Conflict(NO_SET)
        if sets[-1].rows_only:
            raise Conflict(ROWS_ONLY)
        if sets[-1].sealed:
            raise Conflict(sealed)
        return sets[-1]
