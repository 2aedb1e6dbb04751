"""Near copies: another scan of the same, told only to who may know of it, and gone with its file."""

import io
from collections.abc import Callable

import pytest

from service.domain.holdings import Description
from service.domain.permissions import Actor
from service.errors import NotFound
from service.models import File, NearSketch, Record
from service.usecases.contents.clearing import GRACE
from service.wiring import Fonds
from tests.conftest import Clock
from tests.ingest import scans
from tests.ingest.test_sketching import misread

CONTRACT = "\n".join(scans.CONTRACT)


@pytest.fixture
def kept(fonds: Fonds, archivist: Actor, settle: Callable[[], None]) -> Callable[..., tuple[str, str]]:
    def keeping(title: str, text: str, **said: str) -> tuple[str, str]:
        record = fonds.records.create(archivist, Description(title=title, **said))  # type: ignore[arg-type]
        file = fonds.files.add(archivist, record.id, io.BytesIO(text.encode()), name=f"{title}.txt")
        settle()
        return record.id, file.id

    return keeping


Kept = Callable[..., tuple[str, str]]


def test_the_other_scan_is_proposed_from_both_sides(fonds: Fonds, archivist: Actor, kept: Kept) -> None:
    one, file = kept("合同", misread(CONTRACT, 0.01, 1))
    other, other_file = kept("合同二扫", misread(CONTRACT, 0.01, 2))
    kept("巡查备忘", "各门店窜货情况与整改期限，由区域经理逐条核对后报总部。" * 6)
    (found,) = fonds.suggesting.copies.of(archivist, one)
    assert (found.record_id, found.title, found.kind) == (other, "合同二扫", "text")
    assert (found.file_id, found.other_file_id) == (file, other_file)
    assert 75 <= found.share <= 100
    File.objects(id=other_file).update_one(set__facts={"recognised": "1"})
    (back,) = fonds.suggesting.copies.of(archivist, other)
    assert (back.record_id, back.kind) == (one, "scan")


@pytest.mark.requirement("R-SEC-4")
def test_who_may_not_know_of_the_other_is_told_nothing(
    fonds: Fonds, archivist: Actor, administrator: Actor, kept: Kept
) -> None:
    one, _ = kept("合同", CONTRACT)
    hidden, _ = kept("合同密件", CONTRACT)
    assert len(fonds.suggesting.copies.of(archivist, one)) == 1
    Record.objects(id=hidden).update_one(set__secrecy="L4")
    assert fonds.suggesting.copies.of(archivist, one) == []
    with pytest.raises(NotFound):
        fonds.suggesting.copies.of(archivist, hidden)


def test_a_copy_that_is_deleted_or_has_a_newer_version_is_none(
    fonds: Fonds, archivist: Actor, kept: Kept, clock: Clock, settle: Callable[[], None]
) -> None:
    one, _ = kept("合同", CONTRACT)
    other, file = kept("合同二扫", CONTRACT)
    File.objects(id=file).update_one(set__superseded_by="newer")
    assert fonds.suggesting.copies.of(archivist, one) == []
    File.objects(id=file).update_one(unset__superseded_by=1)
    assert len(fonds.suggesting.copies.of(archivist, one)) == 1
    fonds.records.delete(archivist, other, 1)
    assert fonds.suggesting.copies.of(archivist, one) == []
    assert NearSketch.objects(id=file).count() == 1
    clock.advance(days=GRACE.days + 1)
    settle()
    assert NearSketch.objects(id=file).count() == 0


def test_a_file_that_is_read_again_keeps_one_sketch_of_what_it_says_now(
    fonds: Fonds, archivist: Actor, kept: Kept, settle: Callable[[], None]
) -> None:
    _, file = kept("合同", CONTRACT)
    NearSketch.objects(id=file).update_one(set__words="0" * 192)
    fonds.files.retry(archivist, file)
    settle()
    (sketch,) = NearSketch.objects(id=file)
    assert sketch.words != "0" * 192
