"""Uploads: announced, sent in parts, proved, and one file whatever is repeated or dies in between."""

import hashlib
import io
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from ingest.port import Offer
from service.domain.holdings import Description
from service.domain.permissions import Actor
from service.domain.uploads import NewUpload, Presets, UploadView
from service.errors import (
    Conflict,
    EmptyFile,
    Forbidden,
    InvalidInput,
    NotFound,
    PartsMissing,
    QuotaExceeded,
    TooLarge,
    TooManyUploads,
)
from service.models import AuditEvent, File, HeldObject, Record, Upload, Usage
from service.usecases.contents import uploading
from service.usecases.contents.announcing import MOST_OPEN
from service.usecases.contents.clearing import GRACE
from service.usecases.contents.intake import Arrival
from service.wiring import Addresses, Fonds, Outside, wire
from storage.parting import place
from storage.port import ComingPart, StoreFull, StoreUnavailable
from tests.conftest import Clock

MIB = 1 << 20
LARGE = random.Random(3).randbytes(2 * 8 * MIB + 5)
"""Three parts."""
Settle = Callable[[], None]


def new(data: bytes = b"text", name: str = "计划.txt", **more: object) -> NewUpload:
    return NewUpload(name=name, size=len(data), **more)  # type: ignore[arg-type]


def send(
    fonds: Fonds, actor: Actor, upload: UploadView, data: bytes, numbers: list[int] | None = None
) -> None:
    wanted = list(range(1, upload.part_count + 1)) if numbers is None else numbers
    for number in wanted:
        link = fonds.uploads.links(actor, upload.id, first=number, last=number)[0]
        parts = urlsplit(link.url)
        key = parts.path.removeprefix("/objects/")
        handle, which = fonds.store.parts.verify(key, dict(parse_qsl(parts.query)))  # type: ignore[attr-defined]
        start, length = place(len(data), number)
        coming = ComingPart(which, io.BytesIO(data[start : start + length]))
        fonds.store.parts.send(key, handle, coming)  # type: ignore[attr-defined]


def uploaded(fonds: Fonds, actor: Actor, data: bytes = b"text", **more: object) -> UploadView:
    upload = fonds.uploads.create(actor, new(data, **more))  # type: ignore[arg-type]
    send(fonds, actor, upload, data)
    return fonds.uploads.complete(actor, upload.id)


def objects(fonds: Fonds) -> list[str]:
    return [held.key for held in fonds.store.list("content/")]


@pytest.mark.requirement("R-CAP-3")
def test_parts_in_any_order_become_a_file_with_our_digest(fonds: Fonds, salesperson: Actor) -> None:
    digest = hashlib.sha256(LARGE).hexdigest()
    upload = fonds.uploads.create(salesperson, new(LARGE, "母版.mp4", path="冬季/母版.mp4"))
    assert (upload.state, upload.part_count, [link.number for link in upload.links]) == ("open", 3, [1, 2, 3])
    send(fonds, salesperson, upload, LARGE, [3, 1])
    assert [part.number for part in fonds.uploads.parts(salesperson, upload.id)] == [1, 3]
    with pytest.raises(PartsMissing) as lacking:
        fonds.uploads.complete(salesperson, upload.id)
    assert lacking.value.missing == (2,)
    send(fonds, salesperson, upload, LARGE, [2])
    stored = fonds.uploads.complete(salesperson, upload.id)
    assert (stored.state, stored.sha256, stored.inbox, stored.title) == ("stored", digest, True, "母版")
    record = fonds.records.get(salesperson, stored.record_id)
    assert [(file.sha256, file.path, file.size) for file in record.files] == [
        (digest, "冬季/母版.mp4", len(LARGE))
    ]
    assert b"".join(fonds.files.content(salesperson, stored.file_id).chunks) == LARGE


@pytest.mark.requirement("F15")
def test_completing_again_gives_the_same_file(fonds: Fonds, salesperson: Actor) -> None:
    first = uploaded(fonds, salesperson)
    with ThreadPoolExecutor(4) as threads:
        again = list(threads.map(lambda _: fonds.uploads.complete(salesperson, first.id), range(4)))
    assert {one.file_id for one in again} == {first.file_id}
    assert len(File.objects) == 1


@pytest.mark.requirement("F15")
def test_many_that_complete_at_once_make_one_file(fonds: Fonds, salesperson: Actor) -> None:
    upload = fonds.uploads.create(salesperson, new())
    send(fonds, salesperson, upload, b"text")
    with ThreadPoolExecutor(8) as threads:
        states = {
            one.state
            for one in threads.map(lambda _: fonds.uploads.complete(salesperson, upload.id), range(8))
        }
    assert states <= {"stored", "verifying"}
    assert fonds.uploads.get(salesperson, upload.id).state == "stored"
    assert len(File.objects) == 1
    assert len(Record.objects) == 1


@pytest.mark.requirement("F15")
def test_a_crash_after_the_row_is_no_second_file(fonds: Fonds, salesperson: Actor, clock: Clock) -> None:
    stored = uploaded(fonds, salesperson)
    Upload.objects(id=stored.id).update(set__state="verifying", set__record_id="", set__due_at=clock())
    fonds.uploads.tend()
    again = fonds.uploads.get(salesperson, stored.id)
    assert (again.state, again.file_id, again.duplicate) == ("stored", stored.file_id, False)
    assert len(File.objects) == 1


@pytest.mark.requirement("F05")
def test_a_proof_that_a_crash_cut_is_taken_up_again(fonds: Fonds, salesperson: Actor, clock: Clock) -> None:
    upload = fonds.uploads.create(salesperson, new())
    send(fonds, salesperson, upload, b"text")
    Upload.objects(id=upload.id).update(set__state="verifying", set__due_at=clock() + timedelta(minutes=2))
    assert fonds.uploads.complete(salesperson, upload.id).state == "verifying"
    assert fonds.uploads.tend() == 0
    clock.advance(minutes=3)
    assert fonds.uploads.tend() == 1
    assert fonds.uploads.get(salesperson, upload.id).state == "stored"


def test_a_large_one_is_proved_meanwhile(
    fonds: Fonds, salesperson: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploading, "INLINE", 1)
    upload = fonds.uploads.create(salesperson, new())
    send(fonds, salesperson, upload, b"text")
    assert fonds.uploads.complete(salesperson, upload.id).state in ("verifying", "stored")
    fonds.uploads.close()
    assert fonds.uploads.get(salesperson, upload.id).state == "stored"


@pytest.mark.requirement("S-ER-4")
def test_other_bytes_than_promised_are_refused_and_leave_nothing(fonds: Fonds, salesperson: Actor) -> None:
    upload = fonds.uploads.create(salesperson, new(sha256="0" * 64))
    send(fonds, salesperson, upload, b"text")
    for _ in range(2):
        with pytest.raises(InvalidInput) as refused:
            fonds.uploads.complete(salesperson, upload.id)
        assert refused.value.faults[0].code == "checksum_mismatch"
    assert fonds.uploads.get(salesperson, upload.id).reason == "checksum_mismatch"
    assert (objects(fonds), len(File.objects), len(Record.objects)) == ([], 0, 0)
    assert [event.facts["reason"] for event in AuditEvent.objects(act="upload")] == ["checksum_mismatch"]


def test_a_promise_that_is_kept_is_accepted(fonds: Fonds, salesperson: Actor) -> None:
    assert uploaded(fonds, salesperson, sha256=hashlib.sha256(b"text").hexdigest()).state == "stored"


@pytest.mark.requirement("R-CAP-2")
def test_known_content_is_told_where_it_may_be_known_and_else_is_a_silent_reference(
    fonds: Fonds, salesperson: Actor, marketer: Actor
) -> None:
    first = uploaded(fonds, salesperson)
    twice = uploaded(fonds, salesperson, name="副本.txt")
    assert (twice.duplicate, twice.record_id, twice.title) == (True, first.record_id, "计划")
    other = uploaded(fonds, marketer, name="别部门的.txt")
    assert (other.duplicate, other.title) == (False, "别部门的")
    assert other.record_id != first.record_id
    assert [held.refs for held in HeldObject.objects] == [2]
    assert len(objects(fonds)) == 1


@pytest.mark.requirement("B30")
def test_another_s_upload_does_not_exist(fonds: Fonds, salesperson: Actor, archivist: Actor) -> None:
    upload = fonds.uploads.create(salesperson, new())
    for operation in (
        lambda: fonds.uploads.get(archivist, upload.id),
        lambda: fonds.uploads.links(archivist, upload.id, first=1, last=1),
        lambda: fonds.uploads.parts(archivist, upload.id),
        lambda: fonds.uploads.complete(archivist, upload.id),
        lambda: fonds.uploads.abort(archivist, upload.id),
    ):
        with pytest.raises(NotFound):
            operation()
    assert fonds.uploads.list(archivist).items == []
    assert [one.id for one in fonds.uploads.list(salesperson).items] == [upload.id]


def test_a_key_gives_the_same_upload_and_only_for_the_same_file(fonds: Fonds, salesperson: Actor) -> None:
    first = fonds.uploads.create(salesperson, new(), "k-1")
    assert fonds.uploads.create(salesperson, new(), "k-1").id == first.id
    assert fonds.uploads.create(salesperson, new(), "k-2").id != first.id
    with pytest.raises(Conflict):
        fonds.uploads.create(salesperson, new(b"longer text"), "k-1")
    with pytest.raises(Conflict):
        fonds.uploads.create(salesperson, new(name="另一份.txt"), "k-1")


@pytest.mark.requirement("B20")
def test_what_cannot_be_taken_is_refused_before_bytes_come(
    fonds: Fonds, salesperson: Actor, administrator: Actor
) -> None:
    limit = fonds.settings.max_file_bytes
    with pytest.raises(EmptyFile):
        fonds.uploads.create(salesperson, new(b""))
    with pytest.raises(TooLarge):
        fonds.uploads.create(salesperson, NewUpload("a.bin", limit + 1))
    for bad in (new(name="a\x00b"), new(presets=Presets(category="XX"))):
        with pytest.raises(InvalidInput):
            fonds.uploads.create(salesperson, bad)
    with pytest.raises(Forbidden):
        fonds.uploads.create(administrator, new())
    with pytest.raises(NotFound):
        fonds.uploads.create(salesperson, new(presets=Presets(record_id="nowhere")))
    assert len(Upload.objects) == 0


def test_presets_describe_the_record(fonds: Fonds, salesperson: Actor) -> None:
    said = Presets(category="XM", department="市场部", customer="嘉禾连锁", keywords=("冬季新品", "华东"))
    last_moment_of_a_day_in_greenwich = datetime(2026, 1, 4, 23, 30, tzinfo=UTC)
    stored = uploaded(fonds, salesperson, presets=said, modified=last_moment_of_a_day_in_greenwich)
    record = fonds.records.get(salesperson, stored.record_id)
    assert (record.category, record.department, record.keywords) == ("XM", "市场部", ("冬季新品", "华东"))
    assert record.fields == {"customer": "嘉禾连锁"}
    assert record.date is not None
    assert record.date.isoformat() == "2026-01-05"


def test_a_preset_category_without_what_it_requires_waits_in_the_inbox(
    fonds: Fonds, salesperson: Actor
) -> None:
    stored = uploaded(fonds, salesperson, presets=Presets(category="XM", customer="嘉禾连锁"))
    assert (stored.inbox, stored.missing) == (True, ("fields.project_name",))
    waiting = fonds.records.list(salesperson, category="").items
    assert [(one.id, one.category, one.inbox) for one in waiting] == [(stored.record_id, "XM", True)]
    record = waiting[0]
    whole = Description(fields=dict(record.fields) | {"project_name": "冬季新品上市"})
    changed = fonds.records.change(salesperson, record.id, record.rev, whole)
    assert (changed.inbox, changed.missing) == (False, ())
    assert fonds.records.list(salesperson, category="").items == []


def test_a_category_that_has_all_it_requires_is_described(fonds: Fonds, salesperson: Actor) -> None:
    stored = uploaded(fonds, salesperson, presets=Presets(category="HZ", customer="嘉禾连锁"))
    assert (stored.inbox, stored.missing) == (False, ())
    assert fonds.records.list(salesperson, category="").items == []


@pytest.mark.parametrize("category", ["", "SC"])
def test_a_customer_without_a_field_is_a_keyword(fonds: Fonds, salesperson: Actor, category: str) -> None:
    stored = uploaded(fonds, salesperson, presets=Presets(category=category, customer="嘉禾连锁"))
    assert fonds.records.get(salesperson, stored.record_id).keywords == ("嘉禾连锁",)


def test_a_file_joins_a_record(fonds: Fonds, salesperson: Actor) -> None:
    record = fonds.records.create(salesperson, Description(title="冬季新品"))
    stored = uploaded(fonds, salesperson, presets=Presets(record_id=record.id))
    assert (stored.record_id, stored.duplicate) == (record.id, False)
    assert [file.name for file in fonds.records.get(salesperson, record.id).files] == ["计划.txt"]


def test_a_record_that_went_meanwhile_takes_no_file(fonds: Fonds, salesperson: Actor) -> None:
    record = fonds.records.create(salesperson, Description(title="冬季新品"))
    upload = fonds.uploads.create(salesperson, new(presets=Presets(record_id=record.id)))
    send(fonds, salesperson, upload, b"text")
    fonds.records.delete(salesperson, record.id)
    with pytest.raises(InvalidInput) as refused:
        fonds.uploads.complete(salesperson, upload.id)
    assert refused.value.faults[0].code == "record_gone"
    assert objects(fonds) == []


def test_what_came_in_one_drop_is_one_batch_of_the_inbox(
    fonds: Fonds, salesperson: Actor, marketer: Actor
) -> None:
    mine = [uploaded(fonds, salesperson, data, drop="d1") for data in (b"a", b"b")]
    other = uploaded(fonds, marketer, b"c", drop="d1")
    drops = [Record.objects.get(id=one.record_id).source.import_id for one in (*mine, other)]
    assert drops[0] == drops[1] != drops[2]


def test_an_abandoned_upload_expires_and_an_ended_one_is_forgotten(
    fonds: Fonds, salesperson: Actor, clock: Clock
) -> None:
    stored = uploaded(fonds, salesperson, b"kept")
    upload = fonds.uploads.create(salesperson, new())
    send(fonds, salesperson, upload, b"text")
    clock.advance(days=6)
    fonds.uploads.links(salesperson, upload.id, first=1, last=1)
    clock.advance(days=2)
    fonds.uploads.tend()
    assert fonds.uploads.get(salesperson, upload.id).state == "open"
    clock.advance(days=8)
    fonds.uploads.tend()
    assert fonds.uploads.get(salesperson, upload.id).state == "expired"
    with pytest.raises(Conflict):
        fonds.uploads.complete(salesperson, upload.id)
    with pytest.raises(NotFound):
        fonds.uploads.get(salesperson, stored.id)
    assert len(objects(fonds)) == 1
    clock.advance(days=8)
    fonds.uploads.tend()
    assert len(Upload.objects) == 0


def test_an_aborted_upload_takes_nothing_more(fonds: Fonds, salesperson: Actor) -> None:
    upload = fonds.uploads.create(salesperson, new())
    send(fonds, salesperson, upload, b"text")
    fonds.uploads.abort(salesperson, upload.id)
    fonds.uploads.abort(salesperson, upload.id)
    for operation in (fonds.uploads.complete, fonds.uploads.parts):
        with pytest.raises(Conflict):
            operation(salesperson, upload.id)
    stored = uploaded(fonds, salesperson)
    with pytest.raises(Conflict):
        fonds.uploads.abort(salesperson, stored.id)


@pytest.mark.requirement("B31")
def test_unfinished_uploads_of_one_person_have_an_end(
    fonds: Fonds, salesperson: Actor, marketer: Actor, clock: Clock
) -> None:
    row = Upload.objects.get(id=fonds.uploads.create(salesperson, new()).id).to_mongo()
    more = [row | {"_id": f"u{n}", "seq": 10_000 + n} for n in range(MOST_OPEN)]
    Upload._get_collection().insert_many(more)
    with pytest.raises(TooManyUploads):
        fonds.uploads.create(salesperson, new())
    assert fonds.uploads.create(marketer, new()).state == "open"


def limited(fonds: Fonds, mongo_url: str, **limits: int) -> Fonds:
    settings = replace(fonds.settings, home=fonds.settings.home / "limited", **limits)
    addresses = Addresses.of(
        settings, mongo_url=mongo_url, secret="test-secret-" * 4, base_url=lambda: "http://127.0.0.1:1"
    )
    return wire(settings, addresses, Outside(clock=fonds.clock, alone=True))


@pytest.mark.requirement("B31")
@pytest.mark.parametrize("limit", ["quota_bytes", "user_quota_bytes"])
def test_a_quota_counts_what_is_there_and_what_is_under_way(
    fonds: Fonds, mongo_url: str, salesperson: Actor, marketer: Actor, limit: str
) -> None:
    small = limited(fonds, mongo_url, **{limit: 25})
    try:
        uploaded(small, salesperson, b"x" * 10)
        waiting = small.uploads.create(salesperson, new(b"y" * 10))
        with pytest.raises(QuotaExceeded):
            small.uploads.create(salesperson, new(b"z" * 10))
        with pytest.raises(QuotaExceeded):
            small.uploads.whole(salesperson, replace(new(), size=-1), io.BytesIO(b"z" * 16))
        small.uploads.abort(salesperson, waiting.id)
        assert uploaded(small, salesperson, b"z" * 10).state == "stored"
        if limit == "user_quota_bytes":
            assert uploaded(small, marketer, b"w" * 20).state == "stored"
    finally:
        small.engine.close()


@pytest.mark.requirement("B31")
def test_a_quota_ends_files_of_one_request_and_imports_too(
    fonds: Fonds, mongo_url: str, archivist: Actor
) -> None:
    small = limited(fonds, mongo_url, user_quota_bytes=15)
    try:
        record = small.records.create(archivist, Description(title="计划"))
        small.files.add(archivist, record.id, io.BytesIO(b"x" * 10), name="a.txt")
        for promised in (None, Arrival("b.txt", size=6)):
            with pytest.raises(QuotaExceeded):
                small.files.add(archivist, record.id, io.BytesIO(b"y" * 6), name="b.txt", promised=promised)
        run = small.imports.start(archivist, source="test")
        line = small.imports.offer(archivist, run.id, io.BytesIO(b"z" * 6), Offer(name="c.txt"))
        assert (line.fate, line.reason) == ("failed", "quota_exceeded")
        assert len(list(small.store.list("content/"))) == 1
    finally:
        small.engine.close()


@pytest.mark.requirement("B31")
def test_a_quota_is_looked_at_again_when_an_upload_is_complete(
    fonds: Fonds, mongo_url: str, salesperson: Actor
) -> None:
    small = limited(fonds, mongo_url, quota_bytes=15)
    try:
        upload = small.uploads.create(salesperson, new(b"x" * 10))
        send(small, salesperson, upload, b"x" * 10)
        fonds.uploads.whole(salesperson, new(b"y" * 10), io.BytesIO(b"y" * 10))
        with pytest.raises(QuotaExceeded):
            small.uploads.complete(salesperson, upload.id)
        assert small.uploads.get(salesperson, upload.id).state == "open"
    finally:
        small.engine.close()


def used() -> dict[str, int]:
    sums: dict[str, int] = {}
    for row in Usage.objects:
        name = row.id.rpartition(":")[0]
        sums[name] = sums.get(name, 0) + row.bytes
    return sums


def test_what_is_cleared_counts_no_more(
    fonds: Fonds, salesperson: Actor, settle: Settle, clock: Clock
) -> None:
    stored = uploaded(fonds, salesperson, b"x" * 10)
    uploaded(fonds, salesperson, b"y" * 5)
    assert used() == {"all": 15, f"user:{salesperson.id}": 15}
    fonds.records.delete(salesperson, stored.record_id)
    clock.advance(days=GRACE.days + 1)
    settle()
    assert used() == {"all": 5, f"user:{salesperson.id}": 5}


@pytest.mark.requirement("F09")
def test_a_disk_that_is_nearly_full_opens_no_upload_and_goes_on_reading(
    fonds: Fonds, mongo_url: str, salesperson: Actor
) -> None:
    full = limited(fonds, mongo_url, reserve_bytes=1 << 50)
    try:
        with pytest.raises(StoreFull):
            full.uploads.create(salesperson, new())
        with pytest.raises(StoreFull):
            full.uploads.whole(salesperson, new(), io.BytesIO(b"text"))
        assert len(Upload.objects) == 0
        assert full.records.list(salesperson).items == []
    finally:
        full.engine.close()


def test_a_small_file_comes_whole_with_the_same_guarantees(fonds: Fonds, salesperson: Actor) -> None:
    said = new(b"text", path="a/计划.txt", presets=Presets(keywords=("春",)))
    first = fonds.uploads.whole(salesperson, said, io.BytesIO(b"text"), "k")
    assert (first.state, first.sha256) == ("stored", hashlib.sha256(b"text").hexdigest())
    assert fonds.records.get(salesperson, first.record_id).keywords == ("春",)
    again = fonds.uploads.whole(salesperson, said, io.BytesIO(b"text"), "k")
    assert again.file_id == first.file_id
    assert fonds.uploads.whole(salesperson, said, io.BytesIO(b"text")).duplicate
    for wrong in (replace(said, sha256="0" * 64), replace(said, size=3)):
        with pytest.raises(InvalidInput):
            fonds.uploads.whole(salesperson, wrong, io.BytesIO(b"text"))
    assert len(objects(fonds)) == 1


def test_a_store_that_is_away_leaves_the_proof_for_later(fonds: Fonds, salesperson: Actor) -> None:
    upload = fonds.uploads.create(salesperson, new())
    send(fonds, salesperson, upload, b"text")
    root = fonds.settings.home / "objects"
    away = root.with_name("away")
    parts = root / "parts"
    parts.rename(away)
    with pytest.raises(StoreUnavailable):
        fonds.uploads.complete(salesperson, upload.id)
    away.rename(parts)
    assert fonds.uploads.complete(salesperson, upload.id).state == "stored"


def test_parts_that_are_gone_are_said_to_be(fonds: Fonds, salesperson: Actor) -> None:
    upload = fonds.uploads.create(salesperson, new())
    row = Upload.objects.get(id=upload.id)
    fonds.store.parts.abort(row.object_key, row.handle)  # type: ignore[attr-defined]
    with pytest.raises(Conflict):
        fonds.uploads.parts(salesperson, upload.id)
    with pytest.raises(InvalidInput) as lost:
        fonds.uploads.complete(salesperson, upload.id)
    assert lost.value.faults[0].code == "lost"


def test_the_list_says_how_far_processing_is(fonds: Fonds, salesperson: Actor, settle: Settle) -> None:
    stored = uploaded(fonds, salesperson)
    assert fonds.uploads.list(salesperson).items[0].file_state == "pending"
    settle()
    assert fonds.uploads.get(salesperson, stored.id).file_state == "done"


def test_presets_may_be_said_again_before_and_after(fonds: Fonds, salesperson: Actor) -> None:
    upload = fonds.uploads.create(salesperson, new())
    fonds.uploads.preset(salesperson, upload.id, Presets(category="XM", keywords=("春",)))
    send(fonds, salesperson, upload, b"text")
    stored = fonds.uploads.complete(salesperson, upload.id)
    assert (stored.category, stored.inbox) == ("XM", True)
    again = fonds.uploads.preset(
        salesperson, upload.id, Presets(category="HZ", customer="嘉禾连锁", keywords=("夏",))
    )
    record = fonds.records.get(salesperson, again.record_id)
    assert (again.inbox, record.category, record.fields, record.keywords) == (
        False,
        "HZ",
        {"partner_name": "嘉禾连锁"},
        ("夏",),
    )
    assert {file.compartment for file in File.objects} == {"L0"}
    back = fonds.uploads.preset(salesperson, upload.id, Presets())
    assert (back.inbox, fonds.records.get(salesperson, record.id).category) == (True, "")


def test_presets_are_said_of_one_s_own_record_only(fonds: Fonds, salesperson: Actor, marketer: Actor) -> None:
    uploaded(fonds, salesperson)
    twice = uploaded(fonds, salesperson)
    with pytest.raises(Conflict):
        fonds.uploads.preset(salesperson, twice.id, Presets(category="HZ"))
    with pytest.raises(NotFound):
        fonds.uploads.preset(marketer, twice.id, Presets(category="HZ"))
    with pytest.raises(InvalidInput):
        fonds.uploads.preset(salesperson, twice.id, Presets(category="XX"))
