"""Gathering on pages: leads are kept or dropped, duties divided, and who is late stands in the list."""

from datetime import UTC, date, datetime, timedelta

import pytest

from service.domain.duties import period_of
from service.domain.holdings import Description
from service.domain.permissions import Actor, Role
from service.domain.screening import Verdict
from service.errors import Conflict, Forbidden, NotFound
from service.models import AuditEvent, Record, User
from service.models.migrations import number_the_leads
from service.usecases.knowing.acting import Actors
from service.wiring import Fonds
from tests.conftest import Clock
from tests.service.web.conftest import NEAR, PASSWORD, Reader, SignIn, visible


def a_lead(fonds: Fonds, actor: Actor, name: str) -> str:
    fields = {
        "full_name": name,
        "customer_kind": "organisation",
        "stage": "potential",
        "province": "44",
    }
    return fonds.records.create(actor, Description(title=name, category="KH", fields=fields)).id


@pytest.mark.requirement("R-VAL-10")
def test_leads_are_kept_or_dropped_with_a_reason_within_a_day(
    fonds: Fonds, archivist: Actor, salesperson: Actor, li: Reader, clock: Clock
) -> None:
    kept, dropped = a_lead(fonds, archivist, "远航物流"), a_lead(fonds, archivist, "空号公司")
    assert fonds.archival.screening.count(archivist) == 2
    assert fonds.archival.screening.count(salesperson) == 0
    page = visible(li.read("/leads"))
    assert "远航物流" in page
    assert "地区要有省份和城市" in page
    assert "还剩 24 小时" in page
    assert "线索初筛 2" in visible(li.read("/tasks"))
    Record.objects(id=kept).update_one(set__created_at=clock() - timedelta(hours=26))
    assert "超时 2 小时" in visible(li.read("/leads"))
    li.post(f"/records/{kept}/screening", {"act": "keep", "rev": "1", "reason": "wrong_contact"})
    li.post(f"/records/{dropped}/screening", {"act": "drop", "rev": "1", "reason": "other"})
    assert "写明情况" in li.read("/leads")
    li.post(
        f"/records/{dropped}/screening",
        {"act": "drop", "rev": "1", "reason": "other_industry", "note": "餐饮"},
    )
    assert "没有待初筛的线索" in visible(li.read("/leads"))
    rows = {row.id: row for row in Record.objects(id__in=[kept, dropped])}
    assert (rows[kept].life, rows[kept].lead, rows[kept].screened["keep"]) == ("draft", None, True)
    assert (rows[dropped].life, rows[dropped].lead) == ("weeded", None)
    assert rows[dropped].passed["weed"]["reason"] == "非目标行业：餐饮"
    assert "非目标行业：餐饮" in visible(li.read(f"/records/{dropped}"))
    assert [one.act for one in AuditEvent.objects(object_id=dropped)].count("screen") <= 1
    with pytest.raises(Conflict):
        fonds.archival.screening.decide(archivist, kept, 2, Verdict(keep=True))
    with pytest.raises(NotFound):
        fonds.archival.screening.decide(salesperson, kept, 2, Verdict(keep=True))
    changed = fonds.records.get(archivist, kept)
    fonds.records.change(
        archivist, kept, changed.rev, Description(fields=dict(changed.fields) | {"stage": "won"})
    )
    assert fonds.archival.screening.count(archivist) == 0


@pytest.mark.requirement("R-VAL-10")
def test_leads_that_were_there_before_are_numbered(fonds: Fonds, archivist: Actor) -> None:
    lead = a_lead(fonds, archivist, "远航物流")
    Record._get_collection().update_one({"_id": lead}, {"$unset": {"lead": 1}})
    assert fonds.archival.screening.count(archivist) == 0
    number_the_leads()
    number_the_leads()
    assert [one.record.id for one in fonds.archival.screening.waiting(archivist).items] == [lead]


@pytest.mark.requirement("R-CAP-6")
def test_who_has_not_delivered_stands_in_the_list(
    fonds: Fonds,
    archivist: Actor,
    marketer: Actor,
    salesperson: Actor,
    li: Reader,
) -> None:
    duties = fonds.gathering.duties
    for department, category, person in (
        ("市场部", "WD", "赵磊"),
        ("市场部", "SC", ""),
        ("销售部", "HT", "王芳"),
    ):
        li.post(
            "/duties", {"act": "assign", "department": department, "category": category, "person": person}
        )
    assert "写明部门" in li.post("/duties", {"act": "assign", "department": " ", "category": "WD"}).text
    made = fonds.records.create(marketer, Description(title="二月报告", category="WD", date=date(2026, 2, 9)))
    fonds.records.create(marketer, Description(title="三月调研", category="SC", date=date(2026, 3, 1)))
    Record.objects(id=made.id).update_one(set__life="submitted")
    fonds.housekeeping.once()
    period = period_of(2026, 1)
    found = {
        one.id: (one.delivered, one.making, one.state, one.late) for one in duties.standing(archivist, period)
    }
    assert found == {
        "市场部:WD": (1, 0, "delivered", False),
        "市场部:SC": (0, 1, "making", False),
        "销售部:HT": (0, 0, "missing", False),
    }
    assert [one.id for one in duties.standing(salesperson, period)] == ["销售部:HT"]
    page = visible(li.read("/duties?year=2025&quarter=4"))
    assert "未报送 · 已过归档期" in page
    assert "归档期 2026-01-01 – 2026-01-31" in page
    assert "/browse?category=HT" not in li.read("/duties?year=2026&quarter=1&state=delivered")
    for attempt in (
        lambda: duties.assign(marketer, "市场部", "HT"),
        lambda: duties.drop(marketer, "市场部:WD"),
    ):
        with pytest.raises(Forbidden):
            attempt()
    li.post("/duties", {"act": "drop", "department": "销售部", "category": "HT"})
    assert {one.id for one in duties.standing(archivist, period)} == {"市场部:WD", "市场部:SC"}


@pytest.mark.requirement("R-CAP-6")
def test_who_owes_is_reminded_once_when_the_window_opens_and_once_when_it_has_closed(
    fonds: Fonds, archivist: Actor, administrator: Actor, sign_in: SignIn, clock: Clock
) -> None:
    def told(name: str) -> list[tuple[str, int, str]]:
        return [(one.kind, one.count, one.period) for one in fonds.notices.list(_of(actors, name)).items]

    actors = fonds.knowing.actors
    wang = sign_in("wangfang", Role.STAFF, department="销售部")
    sign_in("zhang", Role.DEPT_HEAD, department="销售部")
    sign_in("zhaolei", Role.STAFF, department="市场部")
    duties, look = fonds.gathering.duties, fonds.gathering.reminders.look_round
    for department, category, person in (
        ("销售部", "HT", "wangfang"),
        ("销售部", "KH", "wangfang"),
        ("销售部", "WD", "没有此人"),
        ("市场部", "SC", "zhaolei"),
    ):
        duties.assign(archivist, department, category, person)
    said = Description(title="三月调研", category="SC", department="市场部", date=date(2026, 3, 1))
    delivered = fonds.records.create(archivist, said)
    Record.objects(id=delivered.id).update_one(set__life="submitted")
    fonds.housekeeping.once()
    assert told("wangfang") == []  # in March the window of no period is open
    clock.now = datetime(2026, 4, 2, 1, tzinfo=UTC)
    assert look() == 2
    assert told("wangfang") == [("duties_due", 2, "2026-1")]
    assert told("zhang") == [("duties_due", 1, "2026-1")]
    assert told("zhaolei") == []
    clock.advance(days=9)
    assert look() == 0
    duties.assign(archivist, "销售部", "HT", "zhang")
    assert look() == 1
    clock.now = datetime(2026, 5, 3, 1, tzinfo=UTC)
    assert (look(), look()) == (2, 0)
    assert told("wangfang")[0] == ("duties_late", 1, "2026-1")
    duties.assign(archivist, "销售部", "XM", "wangfang")
    clock.now = datetime(2026, 4, 30, 17, tzinfo=UTC)  # the first of May, where the company is
    duties.assign(archivist, "销售部", "KH", "zhang")
    clock.now = datetime(2026, 5, 3, 1, tzinfo=UTC)
    assert look() == 0  # both were given out after the window had closed
    wang.client.post("/sign-in", data={"name": "wangfang", "password": PASSWORD}, headers=NEAR)
    page = visible(wang.read("/notices"))
    assert "2026 年一季度 有 1 项收集职责过了期限还没有报送" in page
    notice = fonds.notices.list(_of(actors, "wangfang")).items[0]
    assert wang.post(f"/notices/{notice.id}", {}).headers["Location"] == "/duties?year=2026&quarter=1"


def _of(actors: Actors, name: str) -> Actor:
    actor = actors.named(User.objects.get(name=name).id)
    assert actor
    return actor
