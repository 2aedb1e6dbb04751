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
    assert "没有发现问题" in page
    local = an_actor("local:root", Role.SYSADMIN)
    list(fonds.safekeeping.backups.take(local))
    fonds.safekeeping.backups.note_drill(local, Drill("", records=3, files=4, objects=5))
    FixityFinding(key="content/00/" + "0" * 32, kind="missing", detail="x", found_at=fonds.clock()).save()
    page = visible(admin.read("/admin/safekeeping"))
    assert "恢复出 3 件，逐字节相符" in page
    assert "原文缺失" in page
    assert "FONDS_REPLICA_URL 后可自动修复" in page
    assert len(fonds.safekeeping.backups.sets(local)) == 1
    start = visible(admin.read("/"))
    assert "巡检发现 1 处原文" in start
    assert "备份已过期未成" not in start
    BackupState.objects.update(set__began_at=fonds.clock() - timedelta(hours=49))
    assert "备份已过期未成" in visible(admin.read("/"))
    assert sign_in("wangfang", Role.STAFF).get("/admin/safekeeping").status_code == 403
