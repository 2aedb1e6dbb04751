"""Deleted records keep their bytes for the grace period, then lose them for good."""

import io
from collections.abc import Callable

from service.domain.holdings import Description
from service.domain.permissions import Actor
from service.models import File, HeldObject, RecognisedPages
from service.wiring import Fonds
from tests.conftest import Clock
from tests.ingest import scans

Settle = Callable[[], None]


def file_up(fonds: Fonds, actor: Actor) -> str:
    record = fonds.records.create(actor, Description(title="纪要")).id
    fonds.files.add(actor, record, io.BytesIO("渠道窜货".encode()), name="纪要.txt")
    return record


def test_bytes_go_after_the_grace_period(
    fonds: Fonds, archivist: Actor, clock: Clock, settle: Settle
) -> None:
    record = file_up(fonds, archivist)
    settle()
    fonds.records.delete(archivist, record)
    clock.advance(days=29)
    settle()
    assert len(list(fonds.store.list())) == 2
    clock.advance(days=2)
    settle()
    assert list(fonds.store.list()) == []
    assert not list(File.objects)
    assert not list(HeldObject.objects)


def test_bytes_that_another_record_holds_stay(
    fonds: Fonds, archivist: Actor, clock: Clock, settle: Settle
) -> None:
    first, second = file_up(fonds, archivist), file_up(fonds, archivist)
    settle()
    fonds.records.delete(archivist, first)
    clock.advance(days=31)
    settle()
    (file,) = fonds.records.get(archivist, second).files
    assert b"".join(fonds.files.content(archivist, file.id).chunks) == "渠道窜货".encode()
    assert [held.refs for held in HeldObject.objects] == [1]


def test_what_was_recognised_of_a_content_goes_with_it(
    fonds: Fonds, archivist: Actor, clock: Clock, settle: Settle
) -> None:
    record = fonds.records.create(archivist, Description(title="扫描件")).id
    fonds.files.add(
        archivist,
        record,
        io.BytesIO(scans.saved(scans.written(["渠道窜货管理办法"], (900, 300)))),
        name="扫描件.png",
    )
    settle()
    (page,) = RecognisedPages.objects
    assert page.key in {each.key for each in fonds.store.list()}
    fonds.records.delete(archivist, record)
    clock.advance(days=31)
    settle()
    assert not list(RecognisedPages.objects)
    assert list(fonds.store.list()) == []
