"""The inbox."""

from service.domain.permissions import Actor, Role
from service.wiring import Fonds
from tests.service.web.conftest import Bring, Reader, SignIn, visible


def form(**given: str) -> dict[str, str]:
    return {"rev": "1", "title": "巡查备忘", "category": "", "date": ""} | given


def test_what_has_no_category_is_in_it_newest_first(li: Reader, bring: Bring) -> None:
    bring("第一件.txt", "一")
    bring("已分类.txt", "二", "WD")
    bring("第二件.txt", "三")
    page = visible(li.read("/inbox"))
    assert "还剩 2 件" in page
    assert page.index("第二件") < page.index("第一件")
    assert "已分类" not in page


def test_an_empty_inbox_says_so(li: Reader) -> None:
    assert "收集箱是空的" in visible(li.read("/inbox"))


def test_a_described_record_leaves_and_the_next_one_opens(
    li: Reader, bring: Bring, fonds: Fonds, archivist: Actor
) -> None:
    last, first = bring("第一件.txt", "一"), bring("第二件.txt", "二")
    answer = li.post(f"/inbox/{first}", form(title="例会纪要", category="WD", date="2026.3.12"))
    assert answer.location == f"/inbox?at={last}"
    record = fonds.records.get(archivist, first)
    assert (record.title, record.category, str(record.date)) == ("例会纪要", "WD", "2026-03-12")
    page = visible(li.read(answer.location))
    assert "已著录：例会纪要" in page
    assert "还剩 1 件" in page


def test_all_faults_are_said_at_once_beside_their_fields(li: Reader, bring: Bring) -> None:
    record = bring("备忘.txt", "一")
    answer = li.post(f"/inbox/{record}", form(title="x" * 501, category="HT", **{"fields.amount": "三万"}))
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert "应为数字" in visible(answer.text)
    assert 'value="三万"' in answer.text


def test_a_category_brings_its_fields_and_keeps_what_was_typed(li: Reader, bring: Bring) -> None:
    bring("备忘.txt", "一")
    page = li.post("/describe/fields", {"category": "HT", "fields.contract_no": "JXS-1"}).text
    assert 'id="f-fields-contract_no"' in page
    assert 'value="JXS-1"' in page
    assert "购销合同" in page


def test_the_system_administrator_has_no_inbox(sign_in: SignIn) -> None:
    admin = sign_in("machine", Role.SYSADMIN)
    assert admin.get("/inbox").status_code == 403
    assert "收集箱" not in visible(admin.read("/status"))


def test_a_refused_form_can_be_loaded_again(li: Reader, bring: Bring) -> None:
    record = bring("备忘.txt", "一")
    assert li.get(f"/inbox/{record}").location == f"/inbox?at={record}"


def test_what_refreshes_itself_takes_no_message_away(li: Reader, bring: Bring) -> None:
    record = bring("备忘.txt", "一")
    li.post(f"/inbox/{record}", form(title="例会纪要", category="WD"))
    assert "已著录" not in li.read("/inbox", **{"HX-Request": "true", "HX-Target": "ilist"})
    assert "已著录：例会纪要" in li.read("/inbox", **{"HX-Request": "true", "HX-Target": "main"})
