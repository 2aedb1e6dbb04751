"""What was searched for and not found, on its page."""

from service.domain.holdings import Question
from service.domain.permissions import Role
from service.wiring import Fonds
from tests.conftest import an_actor
from tests.service.web.conftest import SignIn, visible


def test_an_archivist_sees_what_two_people_did_not_find_and_nobody_else(
    fonds: Fonds, sign_in: SignIn
) -> None:
    li = sign_in("lidangan", Role.ARCHIVIST)
    assert "没有两人以上" in visible(li.read("/admin/missed"))
    for name in ("甲", "乙"):
        fonds.finding.search(an_actor(name, Role.STAFF, department="市场部"), Question(text="独角兽<b>促销"))
    page = li.read("/admin/missed")
    assert "独角兽<b>促销" in visible(page)
    assert "<b>促销" not in page
    assert li.get("/admin/missed?month=nonsense").status_code == 200
    found = li.get("/api/v1/search/missed").get_json()
    assert [(one["text"], one["count"]) for one in found["items"]] == [("独角兽<b>促销", 2)]
    assert sign_in("wangfang", Role.STAFF).get("/admin/missed").status_code == 403
