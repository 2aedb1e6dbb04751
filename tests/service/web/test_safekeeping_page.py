"""The page about backups and the patrol: what is wrong stands there with what to do, for administrators alone."""

from datetime import timedelta

import pytest

from service.domain.permissions import Role
from service.models import BackupState, FixityFinding
from service.usecases.safekeeping.backup.running import Drill
from service.wiring import Fonds
from tests.conftest import an_actor
from tests.service.web.conftest import SignIn, visible


@pytest.mark.requirement("R-BAK-2", "R-BAK-3")
def test_backups_findings_and_drills_are_told_with_what_to_do(fonds: Fonds, sign_in: SignIn) -> None:
    admin = sign_in("chen", Role.SYSADMIN)
    page = visible(admin.read("/admin/safekeeping"))
    assert "还没有做过" in page
    assert "只存登记数据" in page
    assert f"{fonds.settings.home}/backup" in page
    assert "file://" not in page
    assert "没有发现问题" in page
    local = an_actor("local:root", Role.SYSADMIN)
    list(fonds.safekeeping.backups.take(local))
    fonds.safekeeping.backups.note_drill(local, Drill("", records=3, files=4, objects=5))
    FixityFinding(key="content/00/" + "0" * 32, kind="missing", detail="x", found_at=fonds.clock()).save()
    page = visible(admin.read("/admin/safekeeping"))
    assert "恢复出 3 件，逐字节相符" in page
    assert "原文缺失" in page
    assert "FONDS_REPLICA_URL 后可自动修复" in page
    assert len(fonds.safekeeping.backups.sets(local)[0]) == 1
    start = visible(admin.read("/"))
    assert "巡检发现 1 处原文" in start
    assert "备份已过期未成" not in start
    BackupState.objects.update(set__began_at=fonds.clock() - timedelta(hours=49))
    assert "备份已过期未成" in visible(admin.read("/"))
    assert sign_in("wangfang", Role.STAFF).get("/admin/safekeeping").status_code == 403


@pytest.mark.requirement("R-BAK-1", "R-BAK-3")
def test_runs_are_started_on_the_page_one_at_a_time(fonds: Fonds, sign_in: SignIn) -> None:
    admin = sign_in("chen", Role.SYSADMIN)
    admin.post("/admin/safekeeping/runs", {"kind": "drill"})
    assert "还没有备份，先备份一次" in visible(admin.read("/admin/safekeeping"))
    admin.post("/admin/safekeeping/runs", {"kind": "backup"})
    page = visible(admin.read("/admin/safekeeping"))
    assert "就要开始" in page
    admin.post("/admin/safekeeping/runs", {"kind": "fixity"})
    assert "正在备份，完成后再来" in visible(admin.read("/admin/safekeeping"))
    fonds.safekeeping.runs.go_on()
    page = visible(admin.read("/admin/safekeeping"))
    assert "登记数据" in page
    assert "就要开始" not in page
    FixityFinding(key="content/00/" + "0" * 32, kind="changed", detail="x", found_at=fonds.clock()).save()
    assert "从备份取回" in visible(admin.read("/admin/safekeeping"))
    admin.post("/admin/safekeeping/runs", {"kind": "mend"})
    assert "FONDS_BACKUP_URL" in visible(admin.read("/admin/safekeeping"))
    assert (
        sign_in("wangfang", Role.STAFF).post("/admin/safekeeping/runs", {"kind": "backup"}).status_code == 403
    )


@pytest.mark.requirement("R-BAK-2")
def test_looking_makes_no_folder_and_sets_that_are_gone_or_unreadable_are_told(
    fonds: Fonds, sign_in: SignIn
) -> None:
    admin, place = sign_in("chen", Role.SYSADMIN), fonds.settings.home / "backup"
    assert "此处还没有备份" in visible(admin.read("/admin/safekeeping"))
    assert not place.exists()
    list(fonds.safekeeping.backups.take(an_actor("local:root", Role.SYSADMIN)))
    (told,) = [path for path in (place / "backup").rglob("*") if path.is_file()]
    told.chmod(0o600)
    told.write_bytes(b"{")
    assert f"这套备份已读不出来：backup/{told.parent.name}/{told.name}" in visible(
        admin.read("/admin/safekeeping")
    )
    place.rename(place.with_name("unplugged"))
    assert "磁盘是否挂上" in visible(admin.read("/admin/safekeeping"))
    assert not place.exists()
