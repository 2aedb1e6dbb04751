"""How the record page shows a file: as the original, as tables, as a mail, as text."""

from email.message import EmailMessage
from io import BytesIO

import pytest
from openpyxl import Workbook
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from search.port import Passage, Place
from service.domain.permissions import Role
from service.web.assets import PDF_WORKER, address
from service.web.record import grids, letters
from tests.service.web.conftest import Bring, Reader, SignIn, visible


def pdf(*pages: str) -> bytes:
    out = BytesIO()
    canvas = Canvas(out)
    for text in pages:
        canvas.drawString(72, 700, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def workbook(rows: int = 2) -> bytes:
    book = Workbook()
    for name in ("Budget", "Detail"):
        sheet = book.create_sheet(name)
        for n in range(rows):
            sheet.append([f"{name} {n}", n, "<script>"])
    book.remove(book.worksheets[0])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def file_of(li: Reader, record: str) -> str:
    answer = li.get(f"/api/v1/records/{record}").get_json()
    return str(answer["files"][0]["id"])


def test_a_pdf_is_shown_as_itself_and_as_text(li: Reader, bring: Bring) -> None:
    record = bring("manual.pdf", pdf("one", "channel stuffing"))
    page = li.read(f"/records/{record}?q=channel&at=page-2")
    assert '<div class="pdf"' in page
    assert 'data-at="page-2"' in page
    assert 'class="passage at" id="page-2"' in li.read(f"/records/{record}?q=channel&at=page-2&view=text")


def test_the_viewer_is_told_on_which_pages_the_words_stand(li: Reader, bring: Bring) -> None:
    record = bring("manual.pdf", pdf("one", "Channel and channel", "three", "CHANNEL"))
    answer = li.get(f"/files/{file_of(li, record)}/hits?q=channel")
    assert answer.get_json() == {"hits": [[2, 2, ["Channel", "channel"], []], [4, 1, ["CHANNEL"], []]]}
    assert li.get(f"/files/{file_of(li, record)}/hits?q=").get_json() == {"hits": []}


def test_hits_are_nobody_elses_business(li: Reader, bring: Bring, nobody: Reader, sign_in: SignIn) -> None:
    record = bring("manual.pdf", pdf("channel"))
    address_of_hits = f"/files/{file_of(li, record)}/hits?q=channel"
    assert nobody.get(address_of_hits).status_code == 303
    assert sign_in("zhanghua", Role.STAFF, department="财务部").get(address_of_hits).status_code in (403, 404)


def test_a_damaged_pdf_is_not_given_to_the_viewer(li: Reader, bring: Bring) -> None:
    record = bring("manual.pdf", b"%PDF-1.7\n" + b"\x01" * 500)
    page = li.read(f"/records/{record}")
    assert '<div class="pdf"' not in page
    assert "文件已损坏" in visible(page)


def test_only_the_worker_of_pdfs_may_run_webassembly(li: Reader) -> None:
    with li.get(address(PDF_WORKER)) as worker, li.get(address("main.js")) as script:
        assert "'wasm-unsafe-eval'" in worker.headers["Content-Security-Policy"]
        assert "unsafe" not in script.headers["Content-Security-Policy"]
    assert "unsafe" not in li.get("/search").headers["Content-Security-Policy"]


def test_a_sheet_is_a_table_and_the_others_are_tabs(li: Reader, bring: Bring) -> None:
    record = bring("cost.xlsx", workbook())
    page = li.read(f"/records/{record}")
    assert page.count("<tr>") == 2
    assert "Budget 1" in page
    assert "Detail 1" not in page
    assert "&lt;script&gt;" in page
    assert '<td class="r"><bdi class="said">1</bdi>' in page
    other = li.read(f"/records/{record}?view=text&at=sheet-2")
    assert "Detail 1" in other


def test_a_long_sheet_opens_where_the_hit_is(li: Reader, bring: Bring) -> None:
    record = bring("cost.xlsx", workbook(700))
    page = li.read(f"/records/{record}?q=“Budget 650”&at=sheet-1")
    assert "650</mark>" in page
    assert page.count("<tr>") == 100
    assert "row=300" in page
    assert "后面还有行" in li.read(f"/records/{record}?view=text&at=sheet-1&row=0")


@pytest.mark.parametrize("row", ["-1", "x", "999999999", "９", "99999999999999999999"])
def test_no_row_is_too_odd(row: str) -> None:
    found = grids.grid([Passage(Place("sheet", 1, "A"), "a\tb\nc")], "", [], row)
    assert found.rows


def test_a_hit_over_two_cells_is_marked_in_both() -> None:
    found = grids.grid([Passage(Place("sheet", 1, "A"), "渠道\t窜货")], "", ["渠道窜货"], "")
    assert [str(cell.text).count("<mark>") for cell in found.rows[0]] == [1, 1]


def test_a_wide_sheet_says_that_it_is_cut() -> None:
    found = grids.grid([Passage(Place("sheet", 1, "A"), "\t".join("x" * 100))], "", [], "")
    assert (len(found.rows[0]), found.cut) == (grids.COLUMNS, True)


def test_a_mail_has_its_head_its_attachments_and_its_body(li: Reader, bring: Bring) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.com", "b@example.com", "回复"
    mail.set_content("见附件。")
    mail.add_attachment(b"x", maintype="application", subtype="octet-stream", filename="表.bin")
    page = visible(li.read(f"/records/{bring('回复.eml', mail.as_bytes())}"))
    assert "发件人 a@example.com 收件人 b@example.com 主题 回复" in page
    assert "附件 1 表.bin 邮件正文 见附件。" in page


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ("2009-04-22T14:36:33.734375+00:00", "2009-04-22 22:36"),
        ("Thu, 12 Mar 2026 16:20:05 +0800", "2026-03-12 16:20"),
        ("昨天下午", "昨天下午"),
    ],
)
def test_the_moment_of_a_mail_is_told_by_the_clock_on_the_wall(stated: str, said: str) -> None:
    head = Passage(Place("part", 1), f"From: 王芳\nDate: {stated}")
    found = letters.letter([head], "", [])
    assert found
    assert found.headers[1][1].striptags() == said


def test_a_picture_of_a_type_that_browsers_know_is_the_original(li: Reader, bring: Bring) -> None:
    out = BytesIO()
    Image.new("1", (2, 2)).save(out, "GIF")
    record = bring("dot.gif", out.getvalue())
    assert f'<img src="/api/v1/files/{file_of(li, record)}/content"' in li.read(f"/records/{record}")


def test_a_picture_in_inks_is_shown_by_its_preview(li: Reader, bring: Bring) -> None:
    out = BytesIO()
    Image.new("CMYK", (200, 200), (255, 60, 0, 20)).save(out, "JPEG")
    record = bring("海报.jpg", out.getvalue())
    assert f'<img src="/api/v1/files/{file_of(li, record)}/preview"' in li.read(f"/records/{record}")
