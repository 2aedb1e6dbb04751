"""Migrations on their pages: what may be chosen, faults of a mapping, progress in words, the report."""

import io
from collections.abc import Callable

from ingest.port import Offer
from service.domain.permissions import Role
from service.models import ImportRun, User
from service.usecases.moving_in.migrating import MigrationSaid, Pulse, Seen
from service.wiring import Fonds
from tests.ingest import scans
from tests.ingest.test_sketching import misread
from tests.service.web.conftest import Reader, SignIn, visible


def test_a_dry_run_is_reported_file_by_file(fonds: Fonds, li: Reader, sign_in: SignIn) -> None:
    assert "没有可读的位置" in visible(li.read("/admin/migrate"))
    actor = fonds.knowing.actors.named(_id_of("liqian"))
    assert actor is not None
    mapping = 'rules: [{path: "合同/**", category: HT, customer: 南方通信}]'
    view = fonds.migrations.save(actor, MigrationSaid("/share", mapping, hosted=True))
    page = visible(li.read(f"/admin/migrate/{view.id}"))
    assert "先试运行" in page
    run = fonds.migrations.start(actor, view.id, dry=True)
    seen = [Seen("合同/a.txt", 5), Seen("=b.txt", 6), Seen("Thumbs.db", 1, kind="set_aside", reason="junk")]
    fonds.migrations.plan(actor, run.id, seen)
    fonds.imports.close(actor, run.id)
    page = visible(li.read(f"/admin/migrate/{view.id}"))
    assert "已试运行" in page
    report = visible(li.read(f"/admin/migrate/{view.id}/runs/{run.id}"))
    assert "南方通信" in report
    assert "系统临时文件" in report
    only = visible(li.read(f"/admin/migrate/{view.id}/runs/{run.id}?fate=set_aside"))
    assert "Thumbs.db" in only
    assert "合同/a.txt" not in only
    table = li.get(f"/admin/migrate/{view.id}/runs/{run.id}/report.csv").get_data(as_text=True)
    assert "'=b.txt" in table
    assert li.get(f"/admin/migrate/{view.id}/runs/{run.id}/report.xlsx").data[:2] == b"PK"
    told = li.get(f"/admin/migrate/{view.id}/runs/{run.id}/report.json").json
    assert [(one["path"], one["fate"], one["reason"]) for one in told] == [
        ("合同/a.txt", "planned", ""),
        ("=b.txt", "planned", ""),
        ("Thumbs.db", "set_aside", "junk"),
    ]
    proposed = li.post(f"/admin/migrate/{view.id}/propose", {})
    assert "category: HT" in proposed.get_data(as_text=True)


def test_typed_mappings_are_kept_when_they_are_refused(fonds: Fonds, li: Reader) -> None:
    actor = fonds.knowing.actors.named(_id_of("liqian"))
    assert actor is not None
    view = fonds.migrations.save(actor, MigrationSaid("/share", hosted=True))
    answer = li.post(
        f"/admin/migrate/{view.id}/plan",
        {"mapping": "rules: [{path: my words}]", "parallel": "7", "every": "30"},
    )
    assert answer.status_code == 422
    text = visible(answer.get_data(as_text=True))
    assert "my words" in text
    assert 'name="parallel" inputmode="numeric" value="7"' in answer.text
    assert 'name="every" inputmode="numeric" value="30"' in answer.text
    assert "FONDS_MIGRATE_ROOTS" in text


def test_words_for_how_it_stands(fonds: Fonds, li: Reader) -> None:
    actor = fonds.knowing.actors.named(_id_of("liqian"))
    assert actor is not None
    view = fonds.migrations.save(actor, MigrationSaid("/share", hosted=True))
    run = fonds.migrations.start(actor, view.id)
    ImportRun.objects(id=run.id).update_one(set__expected_files=10, set__unchanged=5)
    page = visible(li.read(f"/admin/migrate/{view.id}"))
    assert "5 / 10" in page
    assert "约剩" in page
    li.post(f"/admin/migrate/{view.id}/pause", {})
    assert "已暂停" in visible(li.read("/admin/migrate"))
    li.post(f"/admin/migrate/{view.id}/resume", {})
    assert ImportRun.objects(id=run.id)[0].control == ""
    fonds.migrations.pulse(actor, run.id, Pulse(fault="连不上服务器", fault_english="cannot be reached"))
    assert "未能进行" in visible(li.read("/admin/migrate"))
    assert "连不上服务器" in visible(li.read(f"/admin/migrate/{view.id}"))
    assert "cannot be reached" in visible(li.read(f"/admin/migrate/{view.id}", **{"Accept-Language": "en"}))


def test_staff_has_no_such_page(sign_in: SignIn) -> None:
    assert sign_in("wangfang", Role.STAFF).get("/admin/migrate").status_code == 403


def _id_of(name: str) -> str:
    return str(User.objects(name=name)[0].id)


def test_near_copies_are_decided_on_a_page(fonds: Fonds, li: Reader, settle: Callable[[], None]) -> None:
    actor = fonds.knowing.actors.named(_id_of("liqian"))
    assert actor is not None
    view = fonds.migrations.save(actor, MigrationSaid("/share", hosted=True))
    run = fonds.migrations.start(actor, view.id)
    for n in (1, 2):
        text = misread("\n".join(scans.CONTRACT), 0.01, n).encode()
        said = Offer(name=f"合同{n}.txt", path=f"a/合同{n}.txt", size=len(text), stamp="1")
        fonds.imports.offer(actor, run.id, io.BytesIO(text), said)
    at = f"/admin/migrate/{view.id}/runs/{run.id}/copies"
    assert "处理完之后" in visible(li.read(at))
    fonds.imports.close(actor, run.id)
    settle()
    fonds.migrations.copies.look()
    page = li.read(at)
    assert "2 件" in visible(page)
    assert "只留选中的，其余删除" in visible(page)
    (group,) = fonds.migrations.copies.list(actor, run.id).items
    li.post(f"{at}/{group.id}", {"decision": "one", "keep": "none"})
    assert "先选出" in visible(li.read(at))
    li.post(f"{at}/{group.id}", {"decision": "one", "keep": group.members[1].file_id})
    decided = visible(li.read(at))
    assert "只留了一件" in decided
    assert "合同1" not in decided
