"""Suggesting over real records: what is left out, who gets any, what of other records may show."""

import io
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest

from ingest.port import Offer
from service.domain.holdings import Description
from service.domain.permissions import Actor
from service.errors import Forbidden, InvalidInput, NotFound
from service.models import File, Record
from service.usecases.describing.suggesting import FRESH_SECONDS, Offered
from service.wiring import Fonds
from tests.conftest import Clock

Settle = Callable[[], None]

MINUTES = (
    "渠道专题会会议纪要\n时间：2026年1月8日　地点：三楼会议室　主持：周敏　记录：王芳\n出席：李建国、陈涛\n"
)
CONTRACT = (
    "永丰采购合同\n合同编号：QH-CG-2025-031\n甲方：青禾饮品有限公司\n乙方：江城永丰商贸有限公司\n签订日期：2025年3月5日\n"
    "合同总价：48 万元\n"
)


def arrived(fonds: Fonds, actor: Actor, text: str, name: str = "纪要.txt", path: str = "") -> str:
    """The id of a record that came in with a folder."""
    run = fonds.imports.start(actor, source="folder")
    offer = Offer(name=name, path=path or name, modified=datetime(2026, 2, 1, tzinfo=UTC))
    return fonds.imports.offer(actor, run.id, io.BytesIO(text.encode()), offer).record_id


def offered(fonds: Fonds, actor: Actor, record: str, **more: str) -> Mapping[str, Offered]:
    return {one.field: one for one in fonds.suggesting.for_record(actor, record, **more)}


def test_what_arrived_is_described_from_its_text(fonds: Fonds, marketer: Actor, settle: Settle) -> None:
    record = arrived(fonds, marketer, MINUTES, path="会议/2026/纪要.txt")
    settle()
    found = offered(fonds, marketer, record)
    assert {name: one.value for name, one in found.items()} == {
        "title": "渠道专题会会议纪要",
        "category": "WD-HY",
        "date": "2026-01-08",
        "fields.meeting_name": "渠道专题会",
        "fields.meeting_kind": "topic",
        "fields.held_on": "2026-01-08",
        "fields.place": "三楼会议室",
        "fields.chair": "周敏",
        "fields.recorder": "王芳",
        "fields.attendees": ("李建国", "陈涛"),
    }
    (file,) = File.objects(record_id=record)
    date = found["date"].evidence
    assert (date.file_id, date.file, date.quote) == (file.id, "纪要.txt", "时间：2026年1月8日")
    (passage,) = fonds.files.text(marketer, file.id)
    assert passage.text[date.start : date.end] == date.quote
    line = passage.text[: date.start].count("\n") + 1
    assert (date.place.kind, date.place.number) == ("line", line)  # type: ignore[union-attr]


def test_labels_and_values_are_told_as_people_read_them(
    fonds: Fonds, marketer: Actor, settle: Settle
) -> None:
    record = arrived(fonds, marketer, MINUTES)
    settle()
    found = offered(fonds, marketer, record)
    assert (found["category"].label, found["category"].shown, found["category"].shown_en) == (
        "类别",
        "会议纪要",
        "Minutes",
    )
    assert (found["title"].label, found["title"].label_en) == ("题名", "Title")
    kind = found["fields.meeting_kind"]
    assert (kind.label, kind.value, kind.shown) == ("会议类型", "topic", "专题会")
    assert found["fields.attendees"].shown == "李建国、陈涛"


def test_before_the_text_is_there_the_name_and_the_folder_speak(fonds: Fonds, marketer: Actor) -> None:
    record = arrived(
        fonds, marketer, MINUTES, "会议纪要20260108_副本.txt", "销售部/会议纪要20260108_副本.txt"
    )
    found = {name: (one.value, one.evidence.where) for name, one in offered(fonds, marketer, record).items()}
    assert found["title"] == ("会议纪要", "name")
    assert found["date"] == ("2026-01-08", "name")
    assert found["category"] == ("WD-HY", "name")
    assert found["department"] == ("销售部", "path")


def test_what_the_record_says_already_is_left_out(fonds: Fonds, marketer: Actor, settle: Settle) -> None:
    record = arrived(fonds, marketer, CONTRACT, "合同.txt")
    settle()
    said = Description(
        title="永丰商贸纸箱",
        category="HT",
        date=datetime(2025, 3, 6, tzinfo=UTC).date(),
        doc_no="其他号",
        fields={"party_a": "别的公司", "amount": 480000},
    )
    fonds.records.change(marketer, record, 1, said)
    assert set(offered(fonds, marketer, record)) == {
        "fields.contract_no",
        "fields.contract_kind",
        "fields.party_b",
        "fields.signed_on",
        "fields.currency",
    }


def test_what_intake_entered_counts_as_unsaid_until_a_person_says_it(
    fonds: Fonds, marketer: Actor, settle: Settle
) -> None:
    record = arrived(fonds, marketer, CONTRACT, "扫描合同.txt", "销售部/扫描合同.txt")
    settle()
    view = fonds.records.get(marketer, record)
    assert (view.title, str(view.date), view.department) == ("扫描合同", "2026-02-01", "市场部")
    assert {"title", "date", "department"} <= set(offered(fonds, marketer, record))
    fonds.records.change(marketer, record, 1, Description(department="市场部", title="扫描合同", note="看过"))
    assert "department" not in offered(fonds, marketer, record)


def test_the_date_of_change_is_not_suggested_over_itself(fonds: Fonds, marketer: Actor) -> None:
    record = arrived(fonds, marketer, "随便写写", "说明.txt")
    assert "date" not in offered(fonds, marketer, record)


def test_a_title_that_a_person_gave_stays(fonds: Fonds, marketer: Actor, settle: Settle) -> None:
    record = fonds.records.create(marketer, Description(title="窜货专题会")).id
    fonds.files.add(marketer, record, io.BytesIO(MINUTES.encode()), name="纪要.txt")
    settle()
    assert "title" not in offered(fonds, marketer, record)


def test_the_fields_of_another_category_can_be_asked_for(
    fonds: Fonds, marketer: Actor, settle: Settle
) -> None:
    record = arrived(fonds, marketer, MINUTES)
    settle()
    found = offered(fonds, marketer, record, category="HD")
    assert "category" not in found
    assert found["fields.place"].label == "活动地点"
    assert "fields.chair" not in found


def test_an_unknown_category_is_refused(fonds: Fonds, marketer: Actor) -> None:
    record = arrived(fonds, marketer, MINUTES)
    with pytest.raises(InvalidInput) as fault:
        fonds.suggesting.for_record(marketer, record, category="ZZ")
    assert fault.value.faults[0].code == "unknown_category"


def test_a_record_without_files_has_none(fonds: Fonds, marketer: Actor) -> None:
    record = fonds.records.create(marketer, Description(title="会议纪要")).id
    assert list(fonds.suggesting.for_record(marketer, record)) == []


def test_an_attachment_with_text_speaks_for_a_picture_without(
    fonds: Fonds, marketer: Actor, settle: Settle
) -> None:
    record = arrived(fonds, marketer, "\0\1\2", "IMG_0001.bin")
    fonds.files.add(marketer, record, io.BytesIO(MINUTES.encode()), name="纪要.txt")
    settle()
    assert offered(fonds, marketer, record)["title"].evidence.file == "纪要.txt"


@pytest.mark.parametrize("damage", ["lost", "broken"])
def test_a_text_that_is_damaged_says_nothing_and_the_name_still_does(
    fonds: Fonds, marketer: Actor, settle: Settle, damage: str
) -> None:
    record = arrived(fonds, marketer, MINUTES, "会议纪要2026-01-08.txt")
    settle()
    (file,) = File.objects(record_id=record)
    path = fonds.settings.home / "objects" / file.text_key
    path.chmod(0o600)
    if damage == "lost":
        path.unlink()
    else:
        path.write_bytes(b"not compressed")
    found = offered(fonds, marketer, record)
    assert found["date"].evidence.where == "name"
    assert "fields.chair" not in found


@pytest.mark.requirement("R-SEC-7", "B44")
def test_others_get_nothing_and_learn_nothing(fonds: Fonds, marketer: Actor, salesperson: Actor) -> None:
    record = arrived(fonds, marketer, MINUTES)
    with pytest.raises(NotFound):
        fonds.suggesting.for_record(salesperson, record)
    with pytest.raises(NotFound):
        fonds.suggesting.for_record(marketer, "none")


def test_who_may_only_read_gets_none(fonds: Fonds, marketer: Actor) -> None:
    record = arrived(fonds, marketer, MINUTES)
    Record.objects(id=record).update_one(set__life="archived")
    with pytest.raises(Forbidden):
        fonds.suggesting.for_record(marketer, record)


def dossier(fonds: Fonds, actor: Actor) -> None:
    fields = {"full_name": "江城永丰商贸有限公司", "short_name": "永丰商贸", "customer_kind": "organisation"}
    fonds.records.create(actor, Description(title="永丰商贸客户档案", category="KH", fields=fields))


def test_a_known_customer_is_named_in_full(fonds: Fonds, salesperson: Actor, settle: Settle) -> None:
    dossier(fonds, salesperson)
    record = arrived(fonds, salesperson, "采购合同\n甲方：青禾饮品有限公司\n乙方：永丰商贸\n", "合同.txt")
    settle()
    found = offered(fonds, salesperson, record)
    assert found["fields.party_b"].value == "江城永丰商贸有限公司"
    assert found["fields.party_b"].evidence.quote == "乙方：永丰商贸"


@pytest.mark.requirement("R-SEC-7")
def test_the_customers_of_others_stay_unknown(
    fonds: Fonds, salesperson: Actor, marketer: Actor, settle: Settle
) -> None:
    dossier(fonds, salesperson)
    record = arrived(
        fonds, marketer, "采购合同\n甲方：青禾饮品有限公司\n乙方：永丰商贸\n", "永丰商贸合同.txt"
    )
    settle()
    found = offered(fonds, marketer, record)
    assert "江城永丰商贸有限公司" not in {one.value for one in found.values()}


def test_a_new_customer_is_known_a_minute_later(
    fonds: Fonds, salesperson: Actor, settle: Settle, clock: Clock
) -> None:
    record = arrived(fonds, salesperson, "客户回访", "永丰商贸客户拜访.txt")
    assert "fields.full_name" not in offered(fonds, salesperson, record)
    dossier(fonds, salesperson)
    clock.advance(seconds=FRESH_SECONDS + 1)
    assert offered(fonds, salesperson, record)["fields.full_name"].value == "江城永丰商贸有限公司"


def test_suggesting_writes_nothing(fonds: Fonds, marketer: Actor, settle: Settle) -> None:
    record = arrived(fonds, marketer, MINUTES)
    settle()
    before = Record._get_collection().find_one({"_id": record})
    fonds.suggesting.for_record(marketer, record)
    assert Record._get_collection().find_one({"_id": record}) == before
