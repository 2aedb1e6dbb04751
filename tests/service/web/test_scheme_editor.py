"""The editor of a category: rows in, form out, published with a reason, and described by at once."""

import re

from service.domain.permissions import Role
from service.wiring import Fonds
from tests.service.web.conftest import Bring, Reader, SignIn, visible


def form_of(page: str) -> dict[str, object]:
    """What the editor's form would send."""
    part = page[page.index('id="schema"') : page.index("</form>", page.index('id="schema"'))]
    found: dict[str, object] = {"row": re.findall(r'name="row" value="([^"]+)"', part)}
    found |= dict(re.findall(r'name="(r\d+\.[a-z_]+|rev)" value="([^"]*)"', part))
    switched = re.findall(r'type="checkbox" name="([^"]+)" value="yes"( checked)?', part)
    found |= {name: "yes" if on else "" for name, on in switched}
    found |= dict(re.findall(r'<textarea[^>]* name="(r\d+\.choices)"[^>]*>([^<]*)<', part))
    return found


def test_a_field_is_added_looked_at_published_and_described_by(
    li: Reader, bring: Bring, fonds: Fonds
) -> None:
    record = bring("纪要.txt", "一")
    page = li.read("/admin/categories/NB")
    typed = form_of(page)
    added = li.post("/admin/categories/NB", typed | {"act": "add"}).text
    assert "新字段" in added
    row = f"r{len(typed['row'])}"  # type: ignore[arg-type]
    typed = form_of(added) | {f"{row}.key": "box", f"{row}.label": "柜号", f"{row}.kind": "text"}
    preview = li.post("/admin/categories/NB/preview", typed).text
    assert 'id="f-fields-box"' in preview
    refused = li.post("/admin/categories/NB", typed | {"act": "publish", "reason": ""})
    assert refused.status_code == 422
    assert "发布理由必填" in visible(refused.text)
    again = form_of(refused.text) | {f"{row}.key": "box", f"{row}.label": "柜号", f"{row}.kind": "text"}
    done = li.post("/admin/categories/NB", again | {"act": "publish", "reason": "实物要找得到"})
    assert done.status_code == 303, visible(done.text)
    assert fonds.categories.get("NB").schema["properties"]["box"]["title"] == "柜号"
    fields = li.post("/describe/fields", {"category": "NB", "record": record}).text
    assert "柜号" in visible("<body>" + fields)
    assert "实物要找得到" in visible(li.read("/admin/categories/NB"))


def test_the_scheme_is_for_who_manages_it(sign_in: SignIn) -> None:
    assert "合同" in visible(sign_in("chen", Role.SYSADMIN).read("/admin/categories"))
    wang = sign_in("wangfang", Role.STAFF)
    assert wang.get("/admin/categories").status_code == 403
    assert wang.get("/admin/categories/HT").status_code == 403
