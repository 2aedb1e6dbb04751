"""The panorama of a customer's dossier: what is filed and what names him, the map, the ways there, what stays hidden."""

from datetime import date

import pytest

from service.domain.dossiers import DossierSaid
from service.domain.holdings import Description
from service.domain.permissions import Actor, Role
from service.wiring import Fonds
from tests.service.web.conftest import Reader, SignIn, visible

CUSTOMER = "恒信商贸有限公司"


def lines(fonds: Fonds, actor: Actor) -> dict[str, str]:
    """Records that name the customer, one of each kind; category → id."""
    said = {
        "KH": {"full_name": CUSTOMER, "customer_kind": "organisation", "stage": "won"},
        "KH-GX": {
            "customer": CUSTOMER,
            "key_person": "陈建国",
            "key_post": "采购总监",
            "our_staff": "王芳",
            "our_post": "客户经理",
            "status": "active",
        },
        "KH-GT": {
            "customer": CUSTOMER,
            "talked_on": "2026-02-03",
            "channel": "visit",
            "content": "洽谈年度供货",
        },
        "KH-XY": {"customer": CUSTOMER, "recorded_on": "2026-02-01", "due_amount": 5000, "overdue": "yes"},
        "HT": {"contract_no": "HX-2026-01", "party_a": CUSTOMER, "amount": 120000},
        "HD": {"activity_name": "别家的活动"},
    }
    return {
        code: fonds.records.create(
            actor, Description(title=f"{code} 一件", category=code, date=date(2026, 2, 1), fields=fields)
        ).id
        for code, fields in said.items()
    }


@pytest.mark.requirement("R-CUS-13", "R-CUS-19", "R-SRC-3")
def test_everything_of_a_customer_stands_on_one_page(
    fonds: Fonds, li: Reader, archivist: Actor, sign_in: SignIn
) -> None:
    actor = archivist
    made = lines(fonds, actor)
    dossier = fonds.dossiers.create(actor, "customer", DossierSaid(title="恒信商贸", party=CUSTOMER))
    beside = fonds.dossiers.create(actor, "contract", DossierSaid(title="恒信 2026 年合同", party=CUSTOMER))
    fonds.filing.put(actor, dossier.id, [made["KH"]])
    fonds.housekeeping.once()
    page = li.read(f"/dossiers/{dossier.id}/panorama")
    words = visible(page)
    for one in (
        "陈建国",
        "采购总监",
        "王芳",
        "积极的",
        "沟通方式：面对面沟通 · 沟通内容：洽谈年度供货",
        "合同金额：120,000.00 元",
    ):
        assert one in words, one
    assert "逾期未付 1 笔" in words
    assert "合同金额 120,000 元" in words
    assert '<line class="bond active"' in page
    assert f"/dossiers/{beside.id}/panorama" in page
    assert made["HD"] not in page
    assert (
        li.get(f"/dossiers/party?name={CUSTOMER}").headers["Location"] == f"/dossiers/{dossier.id}/panorama"
    )
    assert "/browse?" in li.get("/dossiers/party?name=没有的公司").headers["Location"]
    assert "/dossiers/party?name=" in li.read(f"/records/{made['KH-GT']}")
    line = (
        li.post(f"/dossiers/{dossier.id}/lines", {"category": "KH-GT"})
        .headers["Location"]
        .removeprefix("/records/")
    )
    written = fonds.records.get(actor, line)
    assert (written.category, written.fields, written.life) == ("KH-GT", {"customer": CUSTOMER}, "draft")
    assert line in [one.id for one in fonds.filing.page(actor, dossier.id).items]
    assert li.post(f"/dossiers/{dossier.id}/lines", {"category": "HD"}).status_code == 403
    shown = fonds.gathering.panoramas.of(actor, dossier.id)
    assert (shown.total, shown.more, shown.away) == (6, False, False)
    stranger = sign_in("wangfang", Role.STAFF, department="生产部")
    assert stranger.get(f"/dossiers/{dossier.id}/panorama").status_code == 404
    assert "/browse?" in stranger.get(f"/dossiers/party?name={CUSTOMER}").headers["Location"]
