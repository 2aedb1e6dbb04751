"""The record page."""

import io
import json
from datetime import date
from urllib.parse import quote

import pytest

from service.domain.holdings import Description
from service.domain.permissions import Actor, Role
from service.models import AuditEvent, File
from service.wiring import Fonds
from storage.keys import new_key
from tests.ingest import samples, scans
from tests.service.web.conftest import Bring, Reader, SignIn, visible

NOTE = "巡查备忘\n\n检查渠道窜货的门店清单。\n"


def form(rev: int, **given: str) -> dict[str, str]:
    core = {"title": "巡查备忘", "category": "", "date": "", "department": "", "secrecy": "L0", "full": "yes"}
    return core | {"rev": str(rev)} | given


def test_it_opens_at_the_line_of_the_hit(li: Reader, bring: Bring) -> None:
    record = bring("巡查备忘.txt", NOTE)
    page = li.read(f"/records/{record}?q=渠道窜货&at=line-3")
    assert '<section class="passage at" id="line-3"><h3>第 3 行</h3>' in page
    assert "渠道窜货</mark>" in page


def test_a_change_is_saved_with_its_revision_and_told_in_the_history(li: Reader, bring: Bring) -> None:
    record = bring("巡查备忘.txt", NOTE)
    answer = li.post(f"/records/{record}", form(1, department="客服部", keywords="窜货、巡查"))
    assert answer.status_code == 303
    page = visible(li.read(f"/records/{record}"))
    assert "已保存为第 2 版" in page
    assert "部门 综合管理部 客服部" in page
    assert "关键词 窜货、巡查" in page


def test_two_people_are_both_heard(li: Reader, bring: Bring, fonds: Fonds, archivist: Actor) -> None:
    record = bring("巡查备忘.txt", NOTE)
    fonds.records.change(archivist, record, 1, Description(department="渠道部"))
    answer = li.post(f"/records/{record}", form(1, department="销售部", doc_no="7"))
    page = visible(answer.text)
    assert answer.status_code == 409
    assert "改了同一件" in page
    assert "部门 销售部 渠道部 综合管理部" in page
    picked = {"pick.department": "now", "pick.doc_no": "mine"}
    assert (
        li.post(f"/records/{record}", form(2, department="销售部", doc_no="7", **picked)).status_code == 303
    )
    now = fonds.records.get(archivist, record)
    assert (now.department, now.doc_no) == ("渠道部", "7")


def test_who_may_not_change_reads(sign_in: SignIn, fonds: Fonds, archivist: Actor, served: object) -> None:
    described = Description(title="纪要", category="WD", department="市场部", date=date(2026, 3, 12))
    record = fonds.records.create(archivist, described).id
    director = sign_in("zhuren", Role.OFFICE_DIRECTOR)
    page = director.read(f"/records/{record}")
    assert "data-description" not in page
    assert "2026-03-12" in visible(page)


def test_signs_of_direction_are_shown_as_signs(li: Reader, bring: Bring) -> None:
    record = bring("备忘.txt", "前\u202e后完 渠道")
    page = visible(li.read(f"/records/{record}?view=text"))
    assert "[U+202E]" in page
    assert "\u202e" not in page


def test_a_file_without_text_says_what_it_is(li: Reader, bring: Bring) -> None:
    record = bring("数据.bin", bytes(range(256)) * 8)
    page = visible(li.read(f"/records/{record}"))
    assert "不认识的类型，只存原件" in page


def test_errors_are_pages_in_the_language_of_the_reader(li: Reader) -> None:
    assert "没有这件档案，或没有查看的权限" in visible(li.read("/records/none", 404, Accept="text/html"))
    assert "编号" in visible(li.read("/no-such-page", 404, Accept="text/html"))
    li.post("/preferences", {"language": "en"})
    assert "Search" in visible(li.read("/records/none", 404, Accept="text/html"))


def test_an_administrator_sees_what_failed(
    sign_in: SignIn, fonds: Fonds, bring: Bring, administrator: Actor
) -> None:
    admin = sign_in("machine", Role.SYSADMIN)
    page = visible(admin.read("/status"))
    assert "数据库 就绪" in page
    assert "磁盘可用" in page
    assert sign_in("wangfang", Role.STAFF).get("/status").status_code == 403


def test_a_part_of_a_page_is_no_address(li: Reader, bring: Bring) -> None:
    record = bring("备忘.txt", "一")
    assert li.get(f"/records/{record}/peek").headers["HX-Push-Url"] == "false"


def test_what_is_not_saved_is_kept_for_the_next_machine_and_goes_with_the_saving(
    li: Reader, bring: Bring
) -> None:
    record = bring("巡查备忘.txt", NOTE)
    kept = li.post(f"/records/{record}/unsaved", form(1, department="客服部"))
    assert kept.status_code == 204
    assert "客服部" in li.read(f"/records/{record}")
    assert "data-kept" in li.read(f"/inbox?at={record}")
    li.post(f"/records/{record}", form(1, department="渠道部"))
    assert "data-kept" not in li.read(f"/records/{record}")
    li.post(f"/records/{record}/unsaved", form(1, department="旧版本上的"))
    assert "data-kept" not in li.read(f"/records/{record}")


CONTRACT = "采购合同\n合同编号：QH-CG-2025-031\n签订日期：2025年3月5日\n合同总价：48 万元\n"


def test_what_is_recorded_is_grounded_in_its_file(
    li: Reader, bring: Bring, fonds: Fonds, archivist: Actor, sign_in: SignIn
) -> None:
    record = bring("合同.txt", CONTRACT)
    said = Description(doc_no="QH-CG-2025-031", date=date(2025, 3, 5), secrecy="L2", department="销售部")
    fonds.records.change(archivist, record, 1, said)
    assert f'data-grounds="{record}"' in li.read(f"/records/{record}")
    found = {one["path"]: one for one in json.loads(li.read(f"/records/{record}/grounds"))["grounds"]}
    number = found["doc_no"]
    assert (number["quote"], number["view"], number["offered"]) == ("QH-CG-2025-031", "text", False)
    assert "2025年3月5日" in found["date"]["quote"]
    assert "responsible" not in found
    stranger = sign_in("wai", Role.STAFF, department="客服部")
    assert stranger.get(f"/records/{record}/grounds").status_code == 404


def test_a_preview_in_a_size_that_was_not_made_is_the_next_larger_one(
    li: Reader, bring: Bring, fonds: Fonds, archivist: Actor
) -> None:
    record = bring("手册.pdf", samples.pdf_file())
    (file,) = fonds.records.get(archivist, record).files
    at = f"/api/v1/files/{file.id}/preview"
    sizes = [len(li.get(f"{at}?size={size}").data) for size in ("small", "medium", "large")]
    assert sizes[0] < sizes[1] < sizes[2] == len(li.get(at).data)
    File.objects(id=file.id).update_one(set__renditions={})
    assert len(li.get(f"{at}?size=small").data) == sizes[2]
    assert li.get(f"{at}?size=huge").status_code == 400
    assert li.get(f"/api/v1/files/{file.id}/renditions/strip").status_code == 404
    page = li.read(f"/records/{record}?view=text")
    assert f"{at}?size=small 170w" in page


def test_a_scan_is_shown_with_its_words_over_it_and_taken_away_so(
    li: Reader, bring: Bring, fonds: Fonds, archivist: Actor, sign_in: SignIn
) -> None:
    record = bring("合同扫描.pdf", samples.pdf_file())
    (file,) = fonds.records.get(archivist, record).files
    at = f"/api/v1/files/{file.id}/renditions/searchable"
    assert at not in li.read(f"/records/{record}")
    key = new_key("preview")
    fonds.store.put(key, io.BytesIO(b"%PDF-1.7 with words"))
    made = {"searchable": {"key": key, "media_type": "application/pdf"}}
    File.objects(id=file.id).update_one(set__renditions=made)
    page = li.read(f"/records/{record}")
    assert f'data-src="{at}"' in page
    assert f'href="{at}?download=1"' in page
    given = li.get(f"{at}?download=1")
    assert given.data == b"%PDF-1.7 with words"
    assert quote("合同扫描（双层）.pdf") in given.headers["Content-Disposition"]
    assert [event.object_id for event in AuditEvent.objects(act="download")] == [file.id]
    stranger = sign_in("wai", Role.STAFF, department="客服部")
    assert stranger.get(at).status_code == 404
    # of a picture with several pages the PDF comes first: browsers show one of them
    File.objects(id=file.id).update_one(set__family="image", set__media_type="image/tiff", set__pages=2)
    page = li.read(f"/records/{record}")
    assert f'data-src="{at}"' in page
    assert "view=original" in page


def test_another_copy_is_proposed_and_entered_with_one_press(
    li: Reader, bring: Bring, fonds: Fonds, archivist: Actor
) -> None:
    text = "\n".join(scans.CONTRACT)
    one, other = bring("合同.txt", text), bring("合同（留存）.txt", text + "\n")
    part = li.read(f"/records/{one}/alike")
    assert "看起来是 合同（留存） 的另一份（文字约 100% 相同）" in visible(part)
    assert f'href="/records/{other}"' in part
    li.post(f"/records/{one}/relations", {"record_id": other, "role": "related"})
    assert "已记为相关档案" in li.read(f"/records/{one}/alike")


def test_a_file_that_failed_is_read_once_more_in_another_way(
    li: Reader, bring: Bring, sign_in: SignIn
) -> None:
    record = bring("纪要.txt", "一")
    row = File.objects(record_id=record)[0]
    assert 'name="setting"' not in li.read(f"/records/{record}")
    for state in ("failed", "quarantined"):
        File.objects(id=row.id).update_one(set__state=state, set__reason="killed_jail", unset__slot=1)
        page = visible(li.read(f"/records/{record}"))
        assert [word for word in ("照常处理", "逐步小心地读", "只取文字，不做预览") if word not in page] == []
        li.post(f"/files/{row.id}/retry", {"setting": "text_only", "next": f"/records/{record}"})
        row.reload()
        assert (row.state, row.how) == ("pending", {"text_only": True})
    File.objects(id=row.id).update_one(set__state="failed", unset__slot=1)
    li.post(f"/files/{row.id}/retry", {"setting": "backwards", "next": f"/records/{record}"})
    row.reload()
    assert row.state == "failed"
    File.objects(id=row.id).update_one(set__reason="infected")
    assert 'name="setting"' not in li.read(f"/records/{record}")
    reader = sign_in("liumei", Role.STAFF)
    File.objects(id=row.id).update_one(set__reason="killed_jail")
    assert reader.post(f"/files/{row.id}/retry", {"setting": "careful"}).status_code in (403, 404)
    row.reload()
    assert row.state == "failed"


@pytest.mark.requirement("R-CAP-7")
def test_a_file_says_that_it_waits_for_the_virus_scanner_or_was_not_scanned_in_full(
    li: Reader, bring: Bring
) -> None:
    record = bring("纪要.txt", "一")
    file = File.objects(record_id=record)[0]
    File.objects(id=file.id).update_one(set__state="pending", set__reason="scanner_unavailable", set__slot=1)
    assert "等待查毒" in visible(li.read(f"/records/{record}"))
    assert "等待查毒" in visible(li.read("/admin/queue?state=pending"))
    File.objects(id=file.id).update_one(
        set__state="done",
        set__reason="",
        unset__slot=1,
        set__warning="scan_limit",
        set__facts={"scanned_in_part": "ClamAV: MaxFileSize"},
    )
    page = visible(li.read(f"/records/{record}"))
    assert "查毒未查全 ClamAV: MaxFileSize" in page
    assert "超出查毒程序的限制，没有查全" in page
