"""Entry from workbooks on pages: what a reader sees of a workbook, and that it is his alone."""

from io import BytesIO

import pytest

from service.domain.permissions import Role
from service.models import Record
from tests.service.usecases.entry.test_entering import ROWS, filled
from tests.service.web.conftest import Reader, SignIn, visible


@pytest.mark.requirement("R-CAP-4")
def test_a_workbook_is_brought_looked_through_and_entered(sign_in: SignIn) -> None:
    wang, zhao = sign_in("wang", Role.STAFF), sign_in("zhao", Role.STAFF)
    assert "客户档案" in wang.read("/entry")
    template = wang.get("/entry/template/KH")
    assert template.headers["Content-Disposition"].endswith(".xlsx")
    assert "先选填好的工作簿" in wang.post("/entry", {"category": "KH"}).text
    assert "不是 .xlsx 工作簿" in wang.post("/entry", {"file": (BytesIO(b"x"), "x.xlsx")}).text
    book = filled(template.data, ROWS)
    answer = wang.post("/entry", {"category": "", "file": (BytesIO(book), "客户.xlsx")})
    assert answer.status_code == 303, answer.text
    here = answer.headers["Location"]
    page = visible(wang.read(here))
    assert "1 行有误" in page
    assert "“客户全称”是公式" in page
    assert "嘉禾贸易客户档案" not in visible(wang.read(f"{here}?fate=bad"))
    assert zhao.get(here).status_code == 404
    assert zhao.post(f"{here}/enter", {}).status_code == 404
    entered = wang.post(f"{here}/enter", {})
    assert "已录入 2 件" in wang.read(entered.headers["Location"])
    assert Record.objects().count() == 2
    assert wang.get(f"{here}/workbook").mimetype.endswith("sheet")
    assert "2 行已录入" in visible(wang.read("/entry"))
    wang.post(f"{here}/discard", {})
    assert wang.get(here).status_code == 404
    assert Record.objects().count() == 2


def test_who_enters_nothing_has_no_such_page(sign_in: SignIn) -> None:
    auditor: Reader = sign_in("watch", Role.AUDITOR)
    assert auditor.get("/entry").status_code == 403
    assert auditor.get("/entry/template/KH").status_code == 403
