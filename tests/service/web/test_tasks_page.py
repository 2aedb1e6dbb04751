"""Tasks and steps on pages: the one next step, what is missing by name, many at once, reasons."""

import re
from collections.abc import Callable
from io import BytesIO

import pytest

from service.domain.holdings import RecordView
from service.domain.permissions import Actor, Role
from service.models import Record, User
from service.wiring import Fonds
from tests.conftest import Clock
from tests.service.usecases.archival.test_lifecycle import COMPLETE
from tests.service.web.conftest import Reader, SignIn


@pytest.fixture
def zhao(sign_in: SignIn) -> Reader:
    return sign_in("zhaolei", Role.STAFF)


@pytest.fixture
def zhou(sign_in: SignIn) -> Reader:
    return sign_in("zhou", Role.DEPT_HEAD)


@pytest.fixture
def draft(fonds: Fonds, zhao: Reader, settle: Callable[[], None]) -> RecordView:
    """What Zhao has described."""
    author = User.objects.get(name="zhaolei")
    actor = Actor(
        author.id, "zhaolei", "赵磊", frozenset({Role.STAFF}), frozenset({"市场部"}), f"circle:{author.id}"
    )
    record = fonds.records.create(actor, COMPLETE)
    fonds.files.add(actor, record.id, BytesIO("会议纪要".encode()), name="纪要.txt")
    settle()
    return record


def step(reader: Reader, record: RecordView, name: str, **said: str) -> str:
    rev = str(Record.objects.get(id=record.id).rev)
    answer = reader.post(f"/records/{record.id}/step", {"step": name, "rev": rev, **said})
    assert answer.status_code == 303, answer.text
    return reader.read(answer.headers["Location"])


@pytest.mark.requirement("R-VAL-6")
def test_what_is_missing_is_named_beside_the_next_step(fonds: Fonds, zhao: Reader, draft: RecordView) -> None:
    assert "提交复核" in zhao.read(f"/records/{draft.id}")
    Record.objects(id=draft.id).update(set__responsible="")
    page = zhao.read(f"/records/{draft.id}")
    assert "缺 1 项" in page
    assert "“责任者”必填" in page
    assert 'href="#f-responsible"' in page


@pytest.mark.requirement("R-VAL-9", "R-ARC-5")
def test_four_people_bring_a_record_into_the_archive(
    zhao: Reader, zhou: Reader, li: Reader, draft: RecordView
) -> None:
    assert "等待复核" in step(zhao, draft, "submit")
    assert "三月渠道例会纪要" in zhou.read("/tasks?queue=submitted")
    page = step(zhou, draft, "return", reason="")
    assert "写明理由" in page
    step(zhou, draft, "return", reason="补上参会人")
    assert "补上参会人" in zhao.read("/tasks?queue=returned")
    assert "补上参会人" in zhao.read(f"/records/{draft.id}")
    step(zhao, draft, "submit")
    step(zhou, draft, "review")
    tasks = li.read("/tasks?queue=reviewed")
    assert f'name="{draft.id}.sheets"' in tasks
    step(li, draft, "accept", copies="1", sheets="12", form="A4")
    assert "Q001-NB·2026-D10-SCB-0001" in step(li, draft, "archive")
    page = li.read(f"/records/{draft.id}")
    assert "1 份，12 张，A4" in page
    assert 'id="description"' not in page


def test_many_are_done_together_and_each_refusal_is_told(
    fonds: Fonds, zhao: Reader, zhou: Reader, draft: RecordView
) -> None:
    rev = {f"{draft.id}.rev": "1"}
    answer = zhao.post("/tasks", {"queue": "draft", "pick": draft.id, **rev})
    assert answer.status_code == 303
    answer = zhou.post("/tasks", {"queue": "submitted", "pick": draft.id, **rev})
    assert answer.status_code == 200
    assert "1 件没有办成" in answer.text
    assert "重新载入" in answer.text


def test_tasks_are_in_the_rail_of_who_has_any(sign_in: SignIn, li: Reader) -> None:
    assert 'href="/tasks"' in li.read("/search")
    auditor = sign_in("shen", Role.AUDITOR)
    assert auditor.get("/tasks").status_code == 403


def test_an_unknown_step_is_no_address(li: Reader, draft: RecordView) -> None:
    assert li.post(f"/records/{draft.id}/step", {"step": "burn", "rev": "1"}).status_code == 404


def test_an_empty_list_says_so(li: Reader) -> None:
    assert re.search("没有待办", li.read("/tasks?queue=accepted"))


@pytest.mark.requirement("S-4A", "S-4B", "S-4C", "S-4D")
def test_the_report_of_the_check_is_a_page_and_json(
    li: Reader, zhao: Reader, draft: RecordView, clock: Clock
) -> None:
    step(zhao, draft, "submit")
    page = zhao.read(f"/records/{draft.id}/check")
    assert "必填项齐全" in page
    assert "提交" in page
    clock.advance(minutes=1)
    assert li.post(f"/records/{draft.id}/check", {"stage": "periodic"}).status_code == 303
    page = li.read(f"/records/{draft.id}/check")
    assert "缺少流转记录" in page
    found = re.search(rf"/records/{draft.id}/check/\w+.json", page)
    assert found
    answer = li.get(found[0])
    assert answer.json
    assert (answer.json["stage"], answer.json["good"]) == ("periodic", False)
    assert li.get(f"/records/{draft.id}/check/none.json").status_code == 404


@pytest.mark.requirement("R-DSP-7", "R-ARC-1", "R-REM-3")
def test_tasks_say_what_is_due_and_lead_to_weeding_lists(
    sign_in: SignIn, draft: RecordView, clock: Clock
) -> None:
    clock.now = clock.now.replace(month=4, day=20)
    li, zhou, wu = (
        sign_in(*who) for who in (("li", Role.ARCHIVIST), ("zhou", Role.DEPT_HEAD), ("wu", Role.STAFF))
    )
    number = Record.objects(id=draft.id)[0].seq
    Record.objects(id=draft.id).update(set__life="reviewed", set__turn=f"reviewed#{number:010d}")
    page = li.read("/tasks?queue=reviewed")
    assert "一季度归档期" in page
    assert "归档期限" in page or "归档逾期" in page
    answer = li.post("/weeding", {"pick": draft.id, "reason": "重复件"})
    assert answer.headers["Location"].endswith("/weeding")
    listed = re.search(r'action="/weeding/([0-9a-f]+)"', zhou.read("/weeding"))
    assert listed
    assert "剔除清单 <b" in zhou.read("/tasks")
    zhou.post(f"/weeding/{listed[1]}", {"act": "approve", "pick": draft.id, "note": "同意"})
    assert Record.objects.get(id=draft.id).life == "weeded"
    assert zhou.get(f"/weeding/{listed[1]}/list.pdf").mimetype == "application/pdf"
    assert wu.get(f"/weeding/{listed[1]}/list.pdf").status_code == 404
    assert li.get(f"/weeding/{listed[1]}/list.pdf").mimetype == "application/pdf"
    assert "生成 0 件" in li.post("/snapshots", {"year": "2026"}).text
    assert wu.get("/snapshots").status_code == 403
