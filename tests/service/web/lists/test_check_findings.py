"""The page of periodic checks: what failed, for those who accept records and may know of it."""

import pytest

from service.domain.permissions import Actor, Role
from service.models import CheckFinding, Record
from service.wiring import Fonds
from tests.service.usecases.archival.test_lifecycle import COMPLETE
from tests.service.web.conftest import Reader, SignIn


@pytest.mark.requirement("S-4A", "R-SEC-7")
def test_what_failed_is_listed_for_who_may_know_of_it(
    fonds: Fonds, li: Reader, sign_in: SignIn, marketer: Actor
) -> None:
    assert "没有不合格的档案" in li.read("/checks")
    record = fonds.records.create(marketer, COMPLETE)
    Record.objects(id=record.id).update_one(set__life="archived")
    CheckFinding(id=record.id, seq=1, at=fonds.clock(), failed=["A1"]).save()
    page = li.read("/checks")
    assert COMPLETE.title in page
    assert "原文摘要与入库时一致" in page
    assert 'href="/checks"' in li.read("/tasks")
    Record.objects(id=record.id).update_one(set__secrecy="L3")
    assert COMPLETE.title not in li.read("/checks")
    sign_in("zhou", Role.DEPT_HEAD).read("/checks", 403)
