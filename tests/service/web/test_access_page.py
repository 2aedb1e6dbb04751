"""Secrecy and access on pages: grants, circles, why somebody sees, a level proposed and decided."""

import re

import pytest

from service.domain.permissions import Role
from service.models import Record
from service.wiring import Fonds
from tests.service.web.conftest import Bring, Reader, SignIn, visible


@pytest.mark.requirement("R-SEC-4", "R-SEC-7")
def test_a_grant_is_given_explained_and_withdrawn_on_the_record_s_page(
    li: Reader, sign_in: SignIn, bring: Bring
) -> None:
    record = bring("窜货处理.txt", "渠道窜货处理意见")
    zhao = sign_in("zhaolei", Role.STAFF, department="财务部")
    page = f"/records/{record}/access"
    assert f'href="{page}"' in li.read(f"/records/{record}")
    wrong = li.post(f"/records/{record}/grants", {"user": "zhaolei", "last_day": "明天", "reason": "核对"})
    assert (wrong.status_code, 'value="明天"' in wrong.text) == (422, True)
    assert "不在部门、知悉范围和授权之内" in visible(li.read(page + "?who=zhao"))
    given = {"user": "zhaolei", "last_day": "2026-03-31", "reason": "核对"}
    assert li.post(f"/records/{record}/grants", given).status_code == 303
    assert "窜货处理" in visible(zhao.read(f"/records/{record}"))
    assert "/access" not in zhao.read(f"/records/{record}")
    assert zhao.get(page).status_code in (403, 404)
    assert "单独授权" in visible(li.read(page + "?who=zhao"))
    found = re.search(r'action="([^"]+/withdraw)"', li.read(page))
    assert found
    li.post(found[1], {})
    assert zhao.get(f"/records/{record}").status_code == 404


@pytest.mark.requirement("R-SEC-1")
def test_a_level_is_proposed_and_decided_on_pages(
    li: Reader, sign_in: SignIn, bring: Bring, fonds: Fonds
) -> None:
    record = bring("底价.txt", "投标底价测算")
    boss = sign_in("zongjingli", Role.GENERAL_MANAGER, department="总经理办公室")
    proposal = {"level": "L2", "until": "2036-01-01", "reason": ""}
    wrong = li.post(f"/records/{record}/secrecy", proposal)
    assert (wrong.status_code, "事由必填" in wrong.text) == (422, True)
    assert re.search(r'value="L2" checked', wrong.text)
    li.post(f"/records/{record}/secrecy", proposal | {"reason": "含底价"})
    assert "含底价" in visible(boss.read("/secrecy"))
    found = re.search(r'action="(/secrecy/[^"]+/decision)"', boss.read("/secrecy"))
    assert found
    assert "事由必填" in visible(boss.post(found[1], {"approve": "no", "note": ""}).text)
    boss.post(found[1], {"approve": "yes"})
    assert Record.objects[0].secrecy == "L2"
    assert boss.get(f"/records/{record}").status_code == 404
    assert "2036-01-01" in visible(li.read(f"/records/{record}"))
    assert sign_in("wang", Role.STAFF).get("/secrecy").status_code == 403
    auditor = visible(sign_in("shenji", Role.AUDITOR).read(f"/records/{record}/access"))
    assert "题名不显示" in auditor
    assert "底价" not in auditor.replace("含底价", "")
