"""The editor of a category: rows in, form out, published with a reason, and described by at once."""

import re
from dataclasses import replace
from io import BytesIO

import pytest

from service.domain.holdings import Description
from service.domain.permissions import Actor, Role
from service.domain.schema_editing import FieldDraft
from service.wiring import Fonds
from tests.service.web.conftest import Bring, Reader, SignIn, visible


def form_of(page: str) -> dict[str, object]:
    """What the editor's form would send."""
    part = page[page.index('id="schema"') : page.index("</form>", page.index('id="schema"'))]
    found: dict[str, object] = {"row": re.findall(r'name="row" value="([^"]+)"', part)}
    found |= dict(re.findall(r'name="(r\d+\.[a-z_]+|rev)" value="([^"]*)"', part))
    kinds = r'<select[^>]* name="(r\d+\.kind)">.*?value="([^"]*)" selected'
    found |= dict(re.findall(kinds, part, re.DOTALL))
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


@pytest.mark.requirement("R-CAT-1", "R-AUD-3")
def test_a_record_shows_on_as_it_was_described_after_its_category_changed(
    li: Reader, bring: Bring, fonds: Fonds, archivist: Actor
) -> None:
    record = bring("纪要.txt", "一", "NB")
    draft = fonds.scheming.draft(archivist, "NB")
    plain = next(one for one in draft.fields if one.kind in ("text", "textarea", "person"))
    rev = fonds.records.get(archivist, record).rev
    fonds.records.change(archivist, record, rev, Description(fields={plain.key: "旧值甲"}))
    before = fonds.records.get(archivist, record)
    fields = [replace(one, label=f"新{one.label}") if one == plain else one for one in draft.fields]
    must = FieldDraft("hall", "展馆", required=True)
    fonds.scheming.save(archivist, "NB", [*fields, must], rev=0, said=replace(draft.said, name="内部文书"))
    fonds.scheming.publish(archivist, "NB", rev=1, reason="改名")
    page = visible(li.read(f"/records/{record}"))
    assert "旧值甲" in page
    after = fonds.records.get(archivist, record)
    assert (after.category_version, after.fields, after.secrecy) == (
        before.category_version,
        before.fields,
        before.secrecy,
    )
    assert "内部文书" in page


@pytest.mark.requirement("R-CAT-1")
def test_a_category_is_made_and_renamed_on_pages(li: Reader, fonds: Fonds) -> None:
    typed = {"code": "nb x", "parent": "NB", "name": "展会", "retention": "D30", "filing_scope": "展位图"}
    refused = li.post("/admin/categories", typed)
    assert refused.status_code == 422
    assert "代码用大写字母和数字" in visible(refused.text)
    assert all(f'value="{one}"' in refused.text for one in ("nb x", "展会"))
    assert ">展位图</textarea>" in refused.text
    made = li.post("/admin/categories", typed | {"code": "NB-ZH"})
    assert made.headers["Location"] == "/admin/categories/NB-ZH"
    assert fonds.categories.get("NB-ZH").retention == "D30"
    wrong = li.post("/admin/categories/NB-ZH", {"rev": "0", "name": " ", "filing_scope": "照片"})
    assert wrong.status_code == 422
    assert "类别名称必填" in visible(wrong.text)
    assert ">照片</textarea>" in wrong.text
    li.post("/admin/categories/NB-ZH", {"rev": "0", "name": "展览会"})
    assert "修改 类别名称" in visible(li.read("/admin/categories/NB-ZH"))
    assert "展会 有草稿" in visible(li.read("/admin/categories"))
    li.post("/admin/categories/NB-ZH", {"rev": "1", "act": "publish", "reason": "统一"})
    assert fonds.categories.get("NB-ZH").name == "展览会"


def test_the_scheme_is_taken_away_and_brought_on_pages(li: Reader, sign_in: SignIn, fonds: Fonds) -> None:
    answer = li.get("/admin/scheme.yaml")
    assert answer.content_type.startswith("application/yaml")
    assert "attachment" in answer.headers["Content-Disposition"]

    def brought(content: bytes) -> tuple[int, str]:
        done = li.post("/admin/categories/import", {"file": (BytesIO(content), "s.yaml")})
        return done.status_code, visible(
            done.text if done.status_code != 303 else li.read("/admin/categories")
        )

    text = answer.text.replace("name: 合同\n", "name: 合同协议\n")
    status, page = brought(text.replace("retention: ", "retention: X").encode())
    assert status == 422
    assert "HT.retention" in page
    assert "什么都没有导入" in page
    assert brought("格式".encode("gb18030"))[0] == brought(b"")[0] == 422
    status, page = brought(text.encode())
    assert (status, "合同 有草稿" in page) == (303, True)
    assert "1 个有改动的立为草稿" in page
    assert fonds.categories.get("HT").name == "合同"
    wang = sign_in("wangfang", Role.STAFF)
    assert wang.get("/admin/scheme.yaml").status_code == 403
    assert wang.post("/admin/categories/import", {"file": (BytesIO(b"x"), "s")}).status_code == 403
    assert wang.post("/admin/categories", {"code": "X"}).status_code == 403


@pytest.mark.requirement("R-CAT-1", "R-AUD-3")
def test_what_reads_a_field_that_a_version_removes_is_said_before_it_is_approved(
    li: Reader, sign_in: SignIn, fonds: Fonds, archivist: Actor
) -> None:
    missed = "删去后，客户全景、线索初筛、填写内容的核实不再显示或用到它"
    assert missed in visible(li.read("/admin/categories/KH"))
    fields = [
        one for one in fonds.scheming.draft(archivist, "KH").fields if one.key not in ("stage", "email")
    ]
    rev = fonds.scheming.save(archivist, "KH", [*fields, FieldDraft("tier", "层级", "Tier")], rev=0).rev
    assert f"删去 客户阶段 · {missed}" in visible(li.read("/admin/categories/KH"))
    wang = sign_in("wang", Role.OFFICE_DIRECTOR)
    fonds.scheming.publish(archivist, "KH", rev=rev, reason="改版")
    waiting = visible(wang.read("/admin/approvals"))
    assert f"删去 客户阶段 · {missed}" in waiting
    assert "删去 电子邮箱 删去 客户阶段" in waiting  # nothing of the program reads the first
    english = visible(wang.read("/admin/approvals", **{"Accept-Language": "en"}))
    assert "it is missing from: the customer panorama, Screening of leads, the verification" in english
    assert "Tier" in english
    assert "层级" not in english
