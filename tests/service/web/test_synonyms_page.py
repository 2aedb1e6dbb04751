"""The synonyms on their page."""

from service.domain.permissions import Role
from service.wiring import Fonds
from tests.conftest import an_actor
from tests.service.web.conftest import SignIn, visible


def test_an_archivist_changes_the_synonyms_and_what_he_typed_is_never_lost(
    fonds: Fonds, sign_in: SignIn
) -> None:
    li = sign_in("lidangan", Role.ARCHIVIST)
    assert "窜货 跨区销售 倒货" in li.read("/admin/synonyms")
    wrong = li.post("/admin/synonyms", data={"rev": "0", "groups": "小橙瓶 橙意气泡水\n孤词"})
    assert wrong.status_code == 422
    assert "第 2 组只有一个词" in wrong.text
    assert "小橙瓶 橙意气泡水\n孤词" in wrong.text
    assert li.post("/admin/synonyms", data={"rev": "0", "groups": "小橙瓶、橙意气泡水"}).status_code == 303
    assert "第 1 版" in visible(li.read("/admin/synonyms"))
    fonds.finding.synonyms.change(an_actor("zhao", Role.ARCHIVIST), 1, [["签约", "签署"]])
    late = li.post("/admin/synonyms", data={"rev": "1", "groups": "返利 返点"})
    assert late.status_code == 409
    assert "返利 返点" in late.text
    assert 'name="rev" value="2"' in late.text
    assert sign_in("wangfang", Role.STAFF).get("/admin/synonyms").status_code == 403
