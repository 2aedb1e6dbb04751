"""The processing queue on its page: reasons in words, files sent back, one by one and all of a reason."""

from service.domain.permissions import Role
from service.models import File
from tests.service.web.conftest import Bring, Reader, SignIn, visible


def fail(record: str, reason: str) -> str:
    file = File.objects(record_id=record)[0]
    File.objects(id=file.id).update_one(set__state="failed", set__reason=reason)
    return str(file.id)


def test_a_failure_says_why_and_is_sent_back(li: Reader, sign_in: SignIn, bring: Bring) -> None:
    one = fail(bring("纪要.txt", "一"), "worker_lost")
    other = fail(bring("合同.txt", "二"), "damaged")
    page = visible(li.read("/admin/queue"))
    assert "处理多次中断" in page
    assert "纪要.txt" in page
    li.post("/admin/queue/retry", {"file": one, "state": "failed"})
    assert File.objects(id=one)[0].state == "pending"
    admin = sign_in("chen", Role.SYSADMIN)
    page = visible(admin.read("/admin/queue?state=failed"))
    assert "文件已损坏" in page
    assert "合同" not in page
    admin.post("/admin/queue/retry-all", {"state": "failed", "reason": "damaged"})
    assert File.objects(id=other)[0].state == "pending"


def test_a_file_is_taken_as_it_is(li: Reader, bring: Bring) -> None:
    record = bring("纪要.txt", "一")
    one = fail(record, "killed_jail")
    li.post("/admin/queue/take", {"file": one, "state": "failed"})
    assert File.objects(id=one)[0].state == "done"
    page = visible(li.read(f"/records/{record}"))
    assert "已照原样收下" in page
    assert "原件已隔离" not in page
    assert li.get("/admin/queue/take").headers["Location"] == "/admin/queue"


def test_a_file_is_retried_with_other_settings(li: Reader, bring: Bring) -> None:
    one = fail(bring("纪要.txt", "一"), "killed_jail")
    assert "只取文字" in visible(li.read("/admin/queue?state=failed"))
    li.post("/admin/queue/retry", {"file": one, "state": "failed", "setting": "careful"})
    row = File.objects(id=one)[0]
    assert (row.state, row.how) == ("pending", {"careful": True})


def test_staff_has_no_queue(sign_in: SignIn) -> None:
    assert sign_in("wangfang", Role.STAFF).get("/admin/queue").status_code == 403
