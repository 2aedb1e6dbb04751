"""Page thumbnails on the record page: where they stand, and that they stay as they were left."""

import re
from dataclasses import replace
from io import BytesIO

from flask import Flask
from reportlab.pdfgen.canvas import Canvas

from service.domain.permissions import Actor
from service.web.record import beside
from service.wiring import Fonds
from tests.service.web.conftest import Bring, Reader


def pdf(pages: int) -> bytes:
    out = BytesIO()
    canvas = Canvas(out)
    for page in range(pages):
        canvas.drawString(72, 700, f"clause {page}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def column(li: Reader, record: str, query: str = "") -> str:
    found = re.search(r'<nav class="thumbs[^>]*>', li.read(f"/records/{record}{query}"))
    return found[0] if found else ""


def test_thumbnails_stand_open_until_somebody_closes_them(li: Reader, bring: Bring) -> None:
    record = bring("manual.pdf", pdf(3))
    assert 'data-open="open"' in column(li, record)
    assert " hidden" not in column(li, record)
    li.post("/preferences", {"thumbs": "closed"})
    assert 'data-open="closed"' in column(li, record)
    assert column(li, record).endswith(" hidden>")
    li.post("/preferences", {"thumbs": "ajar"})
    assert 'data-open="closed"' in column(li, record)
    li.post("/preferences", {"thumbs": "open"})
    assert 'data-open="open"' in column(li, record)


def test_one_page_has_no_thumbnails_and_text_has_no_column(li: Reader, bring: Bring) -> None:
    assert column(li, bring("notice.pdf", pdf(1))).endswith(" hidden>")
    assert column(li, bring("manual.pdf", pdf(2)), "?view=text") == ""
    assert column(li, bring("memo.txt", "one")) == ""


def test_they_give_way_to_several_files_until_somebody_wants_them(
    fonds: Fonds, archivist: Actor, served: Flask, bring: Bring
) -> None:
    record = fonds.records.get(archivist, bring("manual.pdf", pdf(2)))
    several = replace(record, files=(*record.files, *record.files))
    with served.test_request_context():
        assert (beside.thumbs(record), beside.thumbs(several)) == ("open", "closed")
    with served.test_request_context(headers={"Cookie": f"{beside.THUMBS}=open"}):
        assert beside.thumbs(several) == "open"
