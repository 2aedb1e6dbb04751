"""Bulk download: a zip that is whole, with names that are unique and a list of what was left out."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import bagit
import pytest

from service.domain.bulk import BulkView, Parcel
from service.domain.holdings import Description, RecordView
from service.domain.permissions import Actor
from service.errors import Conflict, ContentDamaged, NotFound
from service.models import AuditEvent, BulkRun, File
from service.models.reading import by_key
from service.wiring import Fonds

Settle = Callable[[], None]


def a_record(fonds: Fonds, actor: Actor, title: str, *files: tuple[str, bytes]) -> RecordView:
    said = Description(title=title, category="WD", department="市场部")
    record = fonds.records.create(actor, said)
    for name, data in files:
        fonds.files.add(actor, record.id, io.BytesIO(data), name=name)
    return record


def chosen(fonds: Fonds, actor: Actor, *records: RecordView) -> BulkView:
    return fonds.bulk.choose(actor, "download", ids=[one.id for one in records])


def opened(fonds: Fonds, actor: Actor, run: BulkView) -> tuple[zipfile.ZipFile, list[dict[str, str]]]:
    data = b"".join(fonds.bulk_download.archive(actor, run.id))
    zipped = zipfile.ZipFile(io.BytesIO(data))
    assert zipped.testzip() is None
    text = zipped.read("目录.csv").decode("utf-8-sig")
    return zipped, list(csv.DictReader(io.StringIO(text)))


def test_originals_come_whole_under_their_own_names(fonds: Fonds, archivist: Actor) -> None:
    big = bytes(range(256)) * 9000
    first = a_record(fonds, archivist, "华东/合同", ("合同.pdf", big), ("合同.PDF", b"2"))
    second = a_record(fonds, archivist, "华东/合同", ("目录.csv", b"3"))
    empty = a_record(fonds, archivist, "没有文件的")
    run = chosen(fonds, archivist, first, second, empty)
    assert fonds.bulk_download.parcel(archivist, run.id) == Parcel(3, len(big) + 2, 0)
    zipped, lines = opened(fonds, archivist, run)
    assert zipped.namelist() == [
        "0001 华东_合同/合同.pdf",
        "0001 华东_合同/合同 (2).PDF",
        "0002 华东_合同/目录.csv",
        "目录.csv",
    ]
    assert all(one.flag_bits & 0x800 for one in zipped.infolist())
    assert zipped.read("0001 华东_合同/合同.pdf") == big
    assert lines[0]["SHA-256"] == hashlib.sha256(big).hexdigest()
    assert [line["在压缩包中"] for line in lines] == [*zipped.namelist()[:3], ""]
    assert lines[3]["说明"] == "没有文件"
    assert by_key(BulkRun, id=run.id).state == "done"


@pytest.mark.requirement("R-AUD-1")
def test_every_file_is_audited_before_it_goes(fonds: Fonds, archivist: Actor) -> None:
    record = a_record(fonds, archivist, "x", ("a.txt", b"1"), ("b.txt", b"2"))
    run = chosen(fonds, archivist, record)
    opened(fonds, archivist, run)
    files = {file.id for file in File.objects}
    assert {event.object_id for event in AuditEvent.objects(act="download")} == files
    (whole,) = AuditEvent.objects(act="bulk_download")
    assert (whole.object_id, whole.facts) == (run.id, {"count": 1})


def test_what_may_not_be_given_out_is_left_out_and_listed(fonds: Fonds, archivist: Actor) -> None:
    record = a_record(fonds, archivist, "x", ("good.txt", b"1"), ("bad.exe", b"2"))
    File.objects(name="bad.exe").update_one(set__state="quarantined", set__reason="infected")
    run = chosen(fonds, archivist, record)
    assert fonds.bulk_download.parcel(archivist, run.id) == Parcel(1, 1, 1)
    zipped, lines = opened(fonds, archivist, run)
    assert len(zipped.namelist()) == 2
    (left,) = [line for line in lines if line["文件"] == "bad.exe"]
    assert (left["在压缩包中"], left["说明"]) == ("", "文件已隔离，不提供原文")


@pytest.mark.requirement("R-SEC-7")
def test_what_one_no_longer_knows_is_not_even_named(fonds: Fonds, archivist: Actor, marketer: Actor) -> None:
    shared = a_record(fonds, archivist, "公开的", ("a.txt", b"1"))
    other = a_record(fonds, archivist, "要收紧的", ("b.txt", b"2"))
    run = chosen(fonds, marketer, shared, other)
    assert run.count == 2
    fonds.records.change(archivist, other.id, 1, Description(secrecy="L2"))
    assert fonds.bulk_download.parcel(marketer, run.id).files == 1
    zipped, lines = opened(fonds, marketer, run)
    assert [line["题名"] for line in lines] == ["公开的"]
    assert len(zipped.namelist()) == 2


def test_hostile_names_stay_in_their_folder_and_no_cell_is_a_formula(fonds: Fonds, archivist: Actor) -> None:
    record = a_record(
        fonds, archivist, "=cmd|' /C calc'!A0\u202e", ("../../etc/passwd", b"1"), ("＝1+1", b"2")
    )
    zipped, lines = opened(fonds, archivist, chosen(fonds, archivist, record))
    for name in zipped.namelist()[:-1]:
        assert name.count("/") == 1
        assert not name.startswith(("/", ".."))
        assert "\u202e" not in name
    assert all(line["题名"].startswith("'=") for line in lines)
    assert lines[1]["文件"] == "'＝1+1"  # full-width signs count in some spreadsheets


def test_damaged_bytes_break_the_zip_off(fonds: Fonds, archivist: Actor) -> None:
    record = a_record(fonds, archivist, "x", ("a.txt", b"1234"))
    File.objects.update(set__sha256="0" * 64)
    run = chosen(fonds, archivist, record)
    with pytest.raises(ContentDamaged):
        opened(fonds, archivist, run)


def test_only_a_download_of_ones_own_is_one(fonds: Fonds, archivist: Actor, marketer: Actor) -> None:
    record = a_record(fonds, archivist, "x")
    edit = fonds.bulk.choose(archivist, "edit", ids=[record.id])
    with pytest.raises(Conflict, match="不是下载"):
        fonds.bulk_download.archive(archivist, edit.id)
    run = chosen(fonds, archivist, record)
    with pytest.raises(NotFound):
        fonds.bulk_download.archive(marketer, run.id)
    with pytest.raises(NotFound):
        fonds.bulk_download.parcel(marketer, run.id)


@pytest.mark.requirement("R-TRF-3")
def test_a_bag_is_one_to_others_and_names_what_was_left_out(
    fonds: Fonds, archivist: Actor, tmp_path: Path
) -> None:
    first = a_record(fonds, archivist, "合同", ("渠道%41/合同.pdf", b"original" * 9000), ("b.txt", b"2"))
    second = a_record(fonds, archivist, "没有文件的")
    File.objects(record_id=first.id, name="b.txt").update_one(set__state="quarantined")
    run = chosen(fonds, archivist, first, second)
    zipfile.ZipFile(io.BytesIO(b"".join(fonds.bulk_download.bag(archivist, run.id)))).extractall(
        tmp_path / "out"
    )
    (folder,) = (tmp_path / "out").iterdir()
    bag = bagit.Bag(str(folder))
    bag.validate()
    told = json.loads((folder / f"data/{first.id}/record.json").read_text("utf-8"))
    assert (told["title"], told["category"]) == ("合同", "WD")
    kept, left_out = sorted(told["files"], key=lambda file: file["name"], reverse=True)
    assert (folder / kept["bag_path"]).read_bytes() == b"original" * 9000
    assert "bag_path" not in left_out
    assert json.loads((folder / f"data/{second.id}/history.json").read_text("utf-8")) == []
    (whole,) = AuditEvent.objects(act="bulk_download")
    assert whole.object_id == run.id


def test_a_damaged_original_breaks_a_bag_off(fonds: Fonds, archivist: Actor) -> None:
    record = a_record(fonds, archivist, "x", ("a.txt", b"1"))
    run = chosen(fonds, archivist, record)
    key = File.objects.get(record_id=record.id).object_key
    fonds.store.delete(key)
    fonds.store.put(key, io.BytesIO(b"2"))
    with pytest.raises(ContentDamaged):
        list(fonds.bulk_download.bag(archivist, run.id))
