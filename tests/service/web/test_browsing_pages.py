"""Browsing, dossiers and bulk work as pages: steps and their addresses, forms that keep what was typed, refusals."""

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from service.domain.dossiers import DossierSaid
from service.domain.holdings import Description
from service.domain.permissions import Actor, Role
from service.models import Dossier
from service.models.reading import raise_counter
from service.usecases.dossiers.dossiers import LOOKED, SEQ
from service.wiring import Fonds
from tests.service.web.conftest import Bring, Reader, SignIn, visible

Settle = Callable[[], None]


@pytest.fixture
def holdings(fonds: Fonds, archivist: Actor, settle: Settle) -> list[str]:
    """Two contracts with one customer in two years, and minutes of another department."""
    contract = Description(category="HT", department="市场部", fields={"party_b": "嘉禾连锁"})
    said = [
        replace(contract, title="嘉禾合同", date=date(2025, 3, 1)),
        replace(contract, title="嘉禾补充协议", date=date(2026, 3, 1)),
        Description(title="例会纪要", category="WD-HY", department="市场部", keywords=("窜货",)),
    ]
    ids = [fonds.records.create(archivist, one).id for one in said]
    settle()
    return ids


def chosen(li: Reader, act: str, **data: str) -> str:
    answer = li.post("/bulk", {"act": act, "back": "/browse", **data})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def test_the_tree_counts_what_lies_below(li: Reader, holdings: list[str]) -> None:
    page = visible(li.read("/browse"))
    assert re.search(r"合同 2 .*营销文档 1 会议纪要 1", page)
    assert "全部档案 3 件档案" in page


def test_steps_narrow_and_lead_back(li: Reader, holdings: list[str]) -> None:
    page = li.read("/browse?category=HT&year=2026")
    assert "嘉禾补充协议" in page
    assert "嘉禾合同" not in visible(page)
    assert 'href="/browse?category=HT&amp;by=category"' in page
    assert 'href="/browse?category=HT&amp;by=year"' in page
    assert 'href="/browse?category=HT&amp;year=2026&amp;customer=' in page


def test_by_customer_to_his_records(li: Reader, holdings: list[str]) -> None:
    page = li.read("/browse?by=customer")
    link = re.search(r'href="([^"]+)"[^>]*><span[^>]*><bdi class="said">嘉禾连锁', page)
    assert link
    found = visible(li.read(link[1].replace("&amp;", "&")))
    assert "嘉禾合同" in found
    assert "例会纪要" not in found


def test_by_tag_and_what_nobody_has(li: Reader, holdings: list[str]) -> None:
    assert "例会纪要" in li.read("/browse?tag=窜货")
    assert "这里没有可以看的档案" in li.read("/browse?tag=没有的")
    assert li.get("/browse?year=0000&by=x&order=x&category=" + "x" * 400).status_code == 200


@pytest.mark.requirement("R-SEC-7")
def test_counts_and_customers_are_those_one_may_know(sign_in: SignIn, holdings: list[str]) -> None:
    wang = sign_in("wang", Role.STAFF)
    page = visible(wang.read("/browse"))
    assert "合同 0" in page
    assert "全部档案 1 件档案" in page
    assert "嘉禾" not in wang.read("/browse?by=customer")


def test_the_machine_room_has_no_archive(sign_in: SignIn) -> None:
    admin = sign_in("root", Role.SYSADMIN)
    for path in ("/browse", "/dossiers"):
        assert admin.get(path).status_code == 403
    assert 'href="/browse"' not in admin.read("/admin/users")


def test_a_dossier_is_opened_filled_and_closed(li: Reader, holdings: list[str], fonds: Fonds) -> None:
    form = {"kind": "contract", "title": "嘉禾案卷", "party": "嘉禾连锁", "code": "AJ-1"}
    refused = li.post("/dossiers/new", form | {"start": "昨日黄花"})
    assert refused.status_code == 422
    assert 'value="嘉禾案卷"' in refused.text
    assert "不是日期" in visible(refused.text)
    own = li.post("/dossiers/new", form).headers["Location"]
    assert "缺 5 件：合同正本、合同审批单" in visible(li.read(own))
    assert li.post(f"/records/{holdings[0]}/dossier", {"dossier": "AJ-1"}).status_code == 303
    page = visible(li.read(own))
    assert "缺 4 件：合同审批单、对方资质" in page
    assert "缺 4 件" in visible(li.read("/dossiers"))
    assert "嘉禾案卷" in visible(li.read(f"/records/{holdings[0]}"))
    li.post(f"{own}/state", {"rev": "1", "state": "closed"})
    assert "已结卷" in visible(li.read(own))
    li.post(f"/records/{holdings[1]}/dossier", {"dossier": "AJ-1"})
    assert "案卷已结卷" in visible(li.read(own))


def test_a_dossier_form_keeps_what_was_typed_when_another_was_quicker(
    li: Reader, fonds: Fonds, archivist: Actor
) -> None:
    made = fonds.dossiers.create(archivist, "activity", DossierSaid(title="大会", department="市场部"))
    fonds.dossiers.change(archivist, made.id, 1, DossierSaid(note="别人的"))
    answer = li.post(f"/dossiers/{made.id}/edit", {"rev": "1", "title": "我的题名"})
    assert answer.status_code == 409
    assert 'value="我的题名"' in answer.text
    assert 'name="rev" value="2"' in answer.text


def test_records_of_a_dossier_change_places(
    li: Reader, fonds: Fonds, archivist: Actor, holdings: list[str]
) -> None:
    made = fonds.dossiers.create(archivist, "contract", DossierSaid(title="卷", category="WD"))
    fonds.filing.put(archivist, made.id, holdings)
    li.read(f"/dossiers/{made.id}?start={'9' * 5000}")  # longer than Python reads a number
    li.post(f"/dossiers/{made.id}/order", {"record": holdings[2], "before": holdings[0]})
    assert fonds.filing.known_ids(archivist, made.id) == [holdings[2], holdings[0], holdings[1]]
    taken = {"act": "unfile", "dossier": made.id, "ids": holdings[0], "back": f"/dossiers/{made.id}"}
    assert li.post("/bulk", taken).status_code == 303
    assert fonds.filing.known_ids(archivist, made.id) == [holdings[2], holdings[1]]


def test_a_list_offers_selecting(li: Reader, holdings: list[str], sign_in: SignIn) -> None:
    for path in ("/search", "/browse"):
        page = li.read(path)
        assert page.count(" data-select>") == 3
        assert 'data-total="3"' in page
        assert 'value="delete"' in page
    director = sign_in("director", Role.OFFICE_DIRECTOR)
    page = director.read("/browse")
    assert 'name="act" value="download"' in page
    assert 'name="act" value="edit"' not in page


@pytest.mark.parametrize("everything", ["/search?q=嘉禾", "/browse?category=HT", "/browse?customer=嘉禾连锁"])
def test_everything_a_list_shows_is_previewed_changed_and_undone(
    li: Reader, fonds: Fonds, archivist: Actor, holdings: list[str], everything: str
) -> None:
    run = chosen(li, "edit", all=everything)
    assert "批量编辑 2 件" in visible(li.read(run))
    faulty = li.post(f"{run}/plan", {"date": "某日", "department": "销售部"})
    assert faulty.status_code == 422
    assert 'value="某日"' in faulty.text
    assert li.post(f"{run}/plan", {"department": "销售部"}).status_code == 303
    assert "部门 市场部 → 销售部" in visible(li.read(run))
    assert li.post(f"{run}/apply", {}).status_code == 303
    assert "已改 2 件" in visible(li.read(run))
    assert fonds.records.get(archivist, holdings[0]).department == "销售部"
    back = li.post(f"{run}/undo", {}).headers["Location"]
    li.post(f"{back}/apply", {})
    assert "已撤销 2 件" in visible(li.read(back))
    assert fonds.records.get(archivist, holdings[0]).department == "市场部"


def test_deleting_says_what_goes_and_comes_back(li: Reader, holdings: list[str]) -> None:
    run = chosen(li, "delete", ids=holdings[2])
    page = visible(li.read(run))
    assert "将失去" in page
    assert "保留" in page
    li.post(f"{run}/apply", {})
    assert li.get(f"/records/{holdings[2]}").status_code == 404
    back = li.post(f"{run}/undo", {}).headers["Location"]
    li.post(f"{back}/apply", {})
    assert li.get(f"/records/{holdings[2]}").status_code == 200


def test_a_download_is_a_zip_whose_digests_hold(li: Reader, bring: Bring, fonds: Fonds) -> None:
    record = bring("巡查备忘.txt", "检查门店。", "WD")
    run = chosen(li, "download", ids=record)
    assert "1 个" in visible(li.read(run))
    answer = li.get(f"{run}/archive.zip")
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    assert "attachment" in answer.headers["Content-Disposition"]
    zipped = zipfile.ZipFile(io.BytesIO(answer.data))
    (line,) = csv.DictReader(io.StringIO(zipped.read("目录.csv").decode("utf-8-sig")))
    assert hashlib.sha256(zipped.read(line["在压缩包中"])).hexdigest() == line["SHA-256"]


def test_nothing_selected_and_strangers_runs(li: Reader, holdings: list[str], sign_in: SignIn) -> None:
    assert chosen(li, "edit") == "/browse"
    run = chosen(li, "edit", ids=",".join(holdings))
    other = sign_in("zhao", Role.ARCHIVIST, Role.STAFF)
    for path in (run, f"{run}/archive.zip"):
        assert other.get(path).status_code == 404
    assert other.post(f"{run}/apply", {}).status_code == 404


def test_a_stretch_without_dossiers_of_ones_own_leads_on(fonds: Fonds, li: Reader, sign_in: SignIn) -> None:
    now = fonds.clock()
    rows = [
        Dossier(
            id=f"{n:032x}",
            seq=n,
            kind="contract",
            title="x",
            department="市场部",
            created_at=now,
            updated_at=now,
        )
        for n in range(1, LOOKED + 3)
    ]
    Dossier._get_collection().insert_many([row.to_mongo() for row in rows])
    raise_counter(SEQ, len(rows))
    wang = sign_in("wangfang", Role.STAFF, department="销售部")
    page = wang.read("/dossiers")
    assert "可以继续往前找" in page
    assert "还没有案卷" not in page
    onward = re.search(r'href="(/dossiers\?below=[^"]+)"', page)
    assert onward
    assert "还没有案卷" in wang.read(onward[1])
    assert len(re.findall("<tr data-item", li.read("/dossiers?kind=contract"))) == 30
    assert "可以继续往前找" in li.read("/dossiers?kind=customer")
