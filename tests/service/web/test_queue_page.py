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
    one = fail(bring("纪要.txt", "一"), "killed_jail")
    li.post("/admin/queue/take", {"file": one, "state": "failed"})
    assert File.objects(id=one)[0].state == "done"
    assert li.get("/admin/queue/take").headers["Location"] == "/admin/queue"


def test_staff_has_no_queue(sign_in: SignIn) -> None:
    assert sign_in("wangfang", Role.STAFF).get("/admin/queue").status_code == 403
