"""Relations, versions, notices and the palette, as pages show them."""

from io import BytesIO

import pytest

from service.domain.holdings import Description
from service.domain.permissions import Actor, Role
from service.models import User
from service.models.reading import by_key
from service.usecases.desk.notices import Notice
from service.wiring import Fonds
from tests.service.web.conftest import Bring, Reader, SignIn, visible


def a_record(fonds: Fonds, actor: Actor, title: str) -> str:
    return fonds.records.create(actor, Description(title=title)).id


@pytest.mark.requirement("R-SRC-3")
def test_a_relation_is_entered_shown_on_both_and_taken_away(
    li: Reader, fonds: Fonds, archivist: Actor, served: object
) -> None:
    contract, more = a_record(fonds, archivist, "购销合同"), a_record(fonds, archivist, "补充协议一")
    answer = li.post(f"/records/{contract}/relations", {"role": "supplement", "record_id": more})
    assert answer.status_code == 303
    assert "补充协议 补充协议一" in visible(li.read(f"/records/{contract}"))
    assert "原合同 购销合同" in visible(li.read(f"/records/{more}"))
    relation = fonds.relations.list(archivist, contract)[0].id
    li.post(f"/records/{more}/relations/{relation}/remove", {})
    assert "还没有关系" in visible(li.read(f"/records/{contract}"))
    assert fonds.relations.list(archivist, contract) == []


def test_a_relation_to_nothing_says_what_to_do(li: Reader, fonds: Fonds, archivist: Actor) -> None:
    one = a_record(fonds, archivist, "购销合同")
    li.post(f"/records/{one}/relations", {"role": "related", "record_id": ""})
    assert "先从列表中选一件档案" in visible(li.read(f"/records/{one}"))


def test_what_says_the_same_stands_beside_a_record_for_those_who_may_know_of_it(
    li: Reader, bring: Bring, fonds: Fonds, archivist: Actor
) -> None:
    text = "华东渠道窜货整治方案，保证金与返利政策，经销商巡查记录"
    one, other = bring("整治方案.txt", text), bring("整治方案二.txt", text + "。另附名单")
    hidden = bring("整治方案三.txt", text + "！")
    bring("食堂菜单.txt", "周一红烧肉，周二清蒸鱼")
    fonds.records.delete(archivist, hidden)
    page = li.read(f"/records/{one}/alike")
    assert f'href="/records/{other}"' in page
    assert hidden not in page
    assert "食堂" not in page
    assert f'hx-get="/records/{one}/alike"' in li.read(f"/records/{one}")
    assert other in li.read(f"/search?q=相似:{one}")


def test_nothing_alike_is_said(li: Reader, fonds: Fonds, archivist: Actor) -> None:
    assert "没有内容相近的档案" in li.read(f"/records/{a_record(fonds, archivist, '孤本')}/alike")


def test_versions_stand_beside_the_file_with_who_and_why(
    li: Reader, bring: Bring, fonds: Fonds, archivist: Actor
) -> None:
    record = bring("合同.txt", "旧条款")
    old = fonds.records.get(archivist, record).files[0]
    fonds.files.add_version(archivist, old.id, BytesIO(b"new"), name="合同-2.txt")
    page = li.read(f"/records/{record}")
    assert f"/api/v1/files/{old.id}/content?download=1" in page
    assert "第 2 版" in visible(page)
    assert "较早的版本 第 1 版" in visible(page)


def test_records_are_found_as_one_types(li: Reader, bring: Bring) -> None:
    record = bring("渠道巡查备忘.txt", "检查门店")
    for typed in ("渠道巡", "qdxc", "门店"):
        assert f'data-id="{record}"' in li.read(f"/choose/records?q={typed}"), typed
    assert f'data-id="{record}"' not in li.read(f"/choose/records?q=渠道巡&but={record}")
    assert "没有找到档案" in li.read("/choose/records?q=没有这样的")


@pytest.mark.requirement("R-SEC-7")
def test_what_may_not_be_known_is_not_found_as_one_types(
    sign_in: SignIn, bring: Bring, fonds: Fonds, archivist: Actor
) -> None:
    record = bring("渠道巡查备忘.txt", "检查门店")
    other = sign_in("wangfang", Role.STAFF, department="销售部")
    for typed in ("渠道巡", "门店"):
        assert record not in other.read(f"/choose/records?q={typed}")
        assert record not in other.read(f"/palette?q={typed}")


def test_the_palette_knows_where_to_go_and_what_was_opened_last(li: Reader, bring: Bring) -> None:
    record = bring("渠道巡查备忘.txt", "检查门店")
    assert "最近" not in visible("<body>" + li.read("/palette"))
    li.read(f"/records/{record}")
    page = li.read("/palette")
    assert f'data-href="/records/{record}"' in page
    assert 'data-href="/inbox"' in page
    assert 'data-href="/inbox"' in li.read("/palette?q=sjx")
    assert 'data-href="/search"' not in li.read("/palette?q=sjx")


def test_the_palette_offers_only_what_is_his(sign_in: SignIn) -> None:
    admin = sign_in("machine", Role.SYSADMIN)
    page = admin.read("/palette?q=a")
    assert "/search" not in page
    assert "/records" not in page


def test_the_bell_counts_and_answers_nothing_while_nothing_is_new(
    li: Reader, fonds: Fonds, archivist: Actor, bring: Bring
) -> None:
    record = bring("备忘.txt", "一")
    user = by_key(User, name="liqian")
    fonds.notices.tell(user.id, Notice("n1", fonds.clock(), "change", record, by=user.id))
    assert "通知，1 条未读" in visible(li.read("/search"))
    assert li.get("/notices/bell?rev=1").status_code == 204
    assert "1 条未读" in li.read("/notices/bell?rev=0")
    page = visible(li.read("/notices"))
    assert "备忘" in page
    assert "liqian 修改了著录 未读" in page
    answer = li.post("/notices/n1", {})
    assert answer.headers["Location"] == f"/records/{record}"
    assert "条未读" not in visible(li.read("/notices"))


def test_all_notices_are_marked_at_once(li: Reader, fonds: Fonds, bring: Bring) -> None:
    record = bring("备忘.txt", "一")
    user = by_key(User, name="liqian")
    for number in range(40):
        fonds.notices.tell(user.id, Notice(f"n{number}", fonds.clock(), "change", record, by=f"u{number}"))
    page = li.read("/notices")
    assert page.count('class="new"') == 30
    assert "cursor=" in page
    li.post("/notices/read", {})
    assert 'class="new"' not in li.read("/notices")


def test_the_bell_of_who_is_signed_out_is_silent(nobody: Reader) -> None:
    assert nobody.get("/notices/bell?rev=1").status_code == 204


def test_a_field_that_names_a_record_shows_its_title_to_who_may_know_it(
    li: Reader, sign_in: SignIn, fonds: Fonds, archivist: Actor
) -> None:
    project = a_record(fonds, archivist, "华东渠道建设项目")
    described = Description(
        title="例会纪要", category="WD-HY", department="市场部", fields={"project": project}
    )
    record = fonds.records.create(archivist, described).id
    assert 'value="华东渠道建设项目"' in li.read(f"/records/{record}")
    other = sign_in("wangfang", Role.STAFF, department="市场部").read(f"/records/{record}")
    assert "华东渠道建设项目" not in other
