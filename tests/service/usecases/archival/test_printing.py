"""Printed forms: each is a PDF that says what it should, of nothing that one may not know of."""

from dataclasses import replace

import pypdfium2
import pytest

from service.domain.dossiers import DossierSaid
from service.domain.permissions import Actor
from service.errors import Conflict, NotFound
from service.models import AuditEvent, Record
from service.wiring import Fonds
from tests.service.usecases.archival.test_lifecycle import COMPLETE

COUNTED = {"by": "id-li", "name": "李档案", "copies": 2, "sheets": 12, "form": "A4"}


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    text = "\n".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return text.replace("\r", "")


@pytest.fixture
def archived(fonds: Fonds, marketer: Actor, archivist: Actor) -> list[str]:
    """Two archived records, counted."""
    ids = [fonds.records.create(marketer, replace(COMPLETE, title=f"纪要{n}")).id for n in (1, 2)]
    accept = COUNTED | {"at": fonds.clock()}
    Record.objects(id__in=ids).update(
        set__life="accepted", set__original_place="档案室", set__passed={"accept": accept}
    )
    fonds.archival.archiving.archive_many(archivist, ids)
    return ids


@pytest.mark.requirement("R-ARC-5")
def test_the_handover_sheet_has_what_was_counted(fonds: Fonds, archivist: Actor, archived: list[str]) -> None:
    text = text_of(fonds.printing.handover(archivist, archived))
    for said in ("档案移交清单", "纪要1", "纪要2", "合计：4 份，24 张", "移交人（签字）", "A4"):
        assert said in text
    assert [event.facts["form"] for event in AuditEvent.objects(act="print")] == ["handover"]


def test_nothing_is_handed_over_before_it_is_accepted(
    fonds: Fonds, archivist: Actor, marketer: Actor, salesperson: Actor, archived: list[str]
) -> None:
    draft = fonds.records.create(marketer, COMPLETE)
    for actor, ids in ((archivist, [draft.id]), (salesperson, archived)):
        with pytest.raises(Conflict):
            fonds.printing.handover(actor, ids)


@pytest.mark.requirement("S-4A", "S-4B", "S-4C", "S-4D")
def test_the_report_of_a_check_says_what_was_found(
    fonds: Fonds, archivist: Actor, salesperson: Actor, archived: list[str]
) -> None:
    Record.objects(id=archived[0]).update(set__note="坏\x01字")
    report = fonds.archival.checks.run(archivist, archived[0], "periodic")
    text = text_of(fonds.printing.check_report(archivist, report))
    for said in ("四性检测报告", "检测环节：定期", "真实性", "完整性", "可用性", "安全性", "结论：", "纪要1"):
        assert said in text
    assert all(one.id in text for one in report.results)
    with pytest.raises(NotFound):
        fonds.printing.check_report(salesperson, report)


@pytest.mark.requirement("R-NUM-4", "S-ID-4")
def test_the_filing_stamp_has_its_six_fields(fonds: Fonds, archivist: Actor, archived: list[str]) -> None:
    text = text_of(fonds.printing.stamp(archivist, archived[0]))
    for said in (
        "全宗号",
        "Q001",
        "年度",
        "2026",
        "件号",
        "0001",
        "机构",
        "市场部",
        "保管期限",
        "10年",
        "页数",
    ):
        assert said in text
    draft = fonds.records.create(archivist, COMPLETE)
    with pytest.raises(Conflict):
        fonds.printing.stamp(archivist, draft.id)


@pytest.mark.requirement("R-NUM-5", "S-ID-4")
def test_catalogue_note_and_spine_of_a_box(
    fonds: Fonds, archivist: Actor, marketer: Actor, archived: list[str]
) -> None:
    dossier = fonds.dossiers.create(archivist, "activity", DossierSaid(title="春季渠道会", code="HD-7"))
    fonds.filing.put(archivist, dossier.id, archived)
    catalogue = text_of(fonds.printing.catalogue(archivist, dossier.id))
    for said in ("归档文件目录", "纪要1", "纪要2", "20260301", "HD-7"):
        assert said in catalogue
    assert "本盒共有文件 2 件" in text_of(fonds.printing.note(archivist, dossier.id))
    spine = text_of(fonds.printing.spine(archivist, dossier.id))
    assert "HD-7" in spine
    assert "春" in spine
    with pytest.raises(NotFound):
        fonds.printing.catalogue(marketer, dossier.id)
