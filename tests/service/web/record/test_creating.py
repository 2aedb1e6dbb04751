"""新建档案 as a page: a category first, then its form; into a dossier, kept while unsaved, entered once."""

import json
import re

import pytest

from service.domain.dossiers import DossierSaid
from service.domain.permissions import Actor, Role
from service.models import Dossier, Record
from service.usecases.people.users import NewUser
from service.wiring import Fonds
from tests.service.web.conftest import NEAR, PASSWORD, Reader, SignIn, visible

FORM = {"rev": "0", "full": "yes", "fresh": "yes", "key": "7", "date": "", "secrecy": "", "retention": ""}
PAPER = FORM | {
    "title": "1998 年广交会参展合影",
    "category": "XC",
    "fields.material_kind": "photo",
    "copy_status": "original",
    "original_place": "二楼实物柜",
    "room": "B2",
}


def test_a_record_without_a_file_is_described_by_its_category_and_takes_files_later(
    li: Reader, fonds: Fonds, archivist: Actor
) -> None:
    choice = li.read("/records/new")
    assert "往来文件" in visible(choice)
    assert "/records/new?category=XC" in choice
    page = li.read("/records/new?category=XC")
    assert 'name="fields.material_kind"' in page
    assert "密级和保管期限不另选时，随这一类：非密级，10 年" in visible(page)
    answer = li.post("/records/new?category=XC", PAPER)
    made = fonds.records.get(archivist, answer.location.removeprefix("/records/"))
    assert (made.title, made.category, made.copy_status, made.room) == (
        PAPER["title"],
        "XC",
        "original",
        "B2",
    )
    assert (made.secrecy, made.retention, made.inbox, made.files) == ("L0", "D10", False, ())
    page = li.read(answer.location)
    assert "把文件拖进窗口，就加到这件档案" in visible(page)
    assert "data-upload-first" in page


def test_what_nobody_says_goes_by_the_category_and_what_is_said_does_not(
    li: Reader, fonds: Fonds, archivist: Actor
) -> None:
    strict = FORM | {"title": "补充协议", "category": "HT"}
    by_category = li.post("/records/new?category=HT", strict).location
    said = li.post("/records/new?category=HT", strict | {"retention": "PERMANENT", "secrecy": "L2"}).location
    levels = [
        (one.secrecy, one.retention)
        for one in (
            fonds.records.get(archivist, path.removeprefix("/records/")) for path in (by_category, said)
        )
    ]
    assert levels == [("L1", "D30"), ("L2", "PERMANENT")]


def test_faults_keep_what_was_typed_and_enter_nothing(li: Reader) -> None:
    answer = li.post("/records/new?category=HT", FORM | {"category": "HT", "fields.amount": "三万"})
    assert answer.status_code == 422
    words = visible(answer.text)
    assert "应为数字" in words
    assert 'value="三万"' in answer.text
    assert 'action="/records/new?category=HT"' in answer.text
    assert "没有保存" in words
    assert not Record.objects(title="").count()


def test_two_clicks_enter_a_record_once_and_another_text_enters_another(li: Reader) -> None:
    first, again = (li.post("/records/new?category=XC", PAPER).location for _ in range(2))
    assert first == again
    other = li.post("/records/new?category=XC", PAPER | {"title": "1999 年广交会参展合影"}).location
    assert other != first
    assert Record.objects.count() == 2


def test_in_a_dossier_it_is_prefilled_and_filed_or_not_entered_at_all(
    li: Reader, fonds: Fonds, archivist: Actor
) -> None:
    said = DossierSaid(title="嘉禾连锁", party="嘉禾连锁超市有限公司")
    dossier = fonds.dossiers.create(archivist, "customer", said)
    here = f"/records/new?dossier={dossier.id}&category=KH-GT"
    assert f"/records/new?dossier={dossier.id}" in li.read(f"/dossiers/{dossier.id}")
    page = li.read(here)
    assert re.search(r'name="fields.customer"[^>]*value="嘉禾连锁超市有限公司"', page)
    talk = FORM | {"title": "电话沟通", "category": "KH-GT"}
    made = li.post(here, talk).location.removeprefix("/records/")
    assert li.post(here, talk).location == f"/records/{made}"
    assert fonds.filing.known_ids(archivist, dossier.id) == [made]
    fonds.dossiers.turn(archivist, dossier.id, dossier.rev, "closed")
    assert li.post(here, talk | {"title": "再沟通"}).status_code == 409
    assert Record.objects.count() == 1


@pytest.mark.requirement("R-SEC-7")
def test_a_dossier_that_one_may_not_know_of_is_absent(
    fonds: Fonds, archivist: Actor, sign_in: SignIn
) -> None:
    dossier = fonds.dossiers.create(archivist, "customer", DossierSaid(title="别的部门"))
    Dossier.objects(id=dossier.id).update_one(set__department="财务部", set__circles=[])
    wang = sign_in("wangfang", Role.STAFF)
    told = [wang.get(f"/records/new?dossier={one}&category=KH") for one in (dossier.id, "0" * 32)]
    assert [one.status_code for one in told] == [404, 404]
    assert wang.post(f"/records/new?dossier={dossier.id}&category=KH", FORM).status_code == 404
    assert wang.post(f"/records/new/unsaved?dossier={dossier.id}", {"rev": "0"}).status_code == 404
    assert sign_in("machine", Role.SYSADMIN).get("/records/new").status_code == 403


def test_a_record_stricter_than_its_maker_is_entered_and_said_to_be_out_of_sight(
    fonds: Fonds, administrator: Actor, li: Reader, served: object
) -> None:
    fonds.people.add(
        administrator, NewUser("xiaowu", "", (Role.STAFF,), ("市场部",), PASSWORD, clearance="L0")
    )
    client = li.client.application.test_client()
    client.post("/sign-in", data={"name": "xiaowu", "password": PASSWORD}, headers=NEAR)
    answer = Reader(client).post("/records/new?category=HT", FORM | {"title": "协议", "category": "HT"})
    assert answer.location == "/browse?category=HT"
    assert "密级高于本人可见的级别" in visible(client.get("/browse").text)
    assert Record.objects(title="协议", secrecy="L1").count() == 1


def test_unsaved_input_is_kept_for_its_category_and_gone_with_the_saving(li: Reader) -> None:
    keep = "/records/new/unsaved?category=XC&dossier="
    li.post(keep, {"rev": "0", "key": "7", "fresh": "yes", "title": "没写完的"})
    page = li.read("/records/new?category=XC")
    kept = re.search(r'data-kept="([^"]*)"', page)
    assert kept
    assert json.loads(kept[1].replace("&#34;", '"'))["values"] == {"title": ["没写完的"]}
    assert "data-kept" not in li.read("/records/new?category=WD")
    assert "有未保存的内容" in visible(li.read("/records/new"))
    li.post(keep, {"title": "放弃的"})
    assert "有未保存的内容" not in visible(li.read("/records/new"))
    li.post(keep, {"rev": "0", "title": "没写完的"})
    li.post("/records/new?category=XC", PAPER)
    assert "data-kept" not in li.read("/records/new?category=XC")


def test_the_interface_enters_a_record_once_for_a_key(li: Reader) -> None:
    token = li.client.get("/api/v1/session").get_json()["csrf"]
    head = NEAR | {"X-CSRF-Token": token, "Idempotency-Key": "a-1"}
    made = [li.client.post("/api/v1/records", json={"title": "一件"}, headers=head) for _ in range(2)]
    assert [one.status_code for one in made] == [201, 201]
    assert made[0].get_json()["id"] == made[1].get_json()["id"]
