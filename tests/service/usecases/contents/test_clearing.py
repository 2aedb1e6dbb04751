"""Deleted records keep their bytes for the grace period, then lose them for good."""

import io
from collections.abc import Callable
from datetime import timedelta

import pytest

from service.domain.holdings import Description
from service.domain.permissions import Actor
from service.models import DOCUMENTS, ConversionLine, EntryLine, File, HeldObject, RecognisedPages, Record
from service.models.migrations import forget_the_deleted
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


@pytest.mark.requirement("R-PRV-3")
def test_what_a_deleted_record_said_goes_with_its_bytes(
    fonds: Fonds, salesperson: Actor, clock: Clock, settle: Settle
) -> None:
    fields = {"customer_kind": "person", "full_name": "吴小棠", "mobile": "13800138000", "credit_limit": 1000}
    fields["credit_grade"] = "D"
    said = Description(
        title="吴小棠客户档案", category="KH", department="销售部", fields=fields, note="左撇子"
    )
    first, stays = (fonds.records.create(salesperson, said).id for _ in range(2))
    fonds.archival.verifying.answer(salesperson, first, 1, {"credit_low": "吴小棠本人所说"})
    sheet = {"sheet_id": "s1", "n": 1, "title": "吴小棠客户档案", "cells": [["text", "吴小棠"]]}
    EntryLine(id="l1", record_id=first, expires_at=clock() + timedelta(days=90), **sheet).save()
    told_why = {"reason": "%(value)s", "params": {"value": "吴小棠"}}
    ConversionLine(id="c1", at="c1", record_id=first, seq=1, fate="stayed", **told_why).save()
    settle()
    fonds.records.delete(salesperson, first, fonds.records.get(salesperson, first).rev)
    settle()
    clock.advance(days=31)
    settle()
    told = ("吴小棠", "13800138000", "左撇子")
    for document in DOCUMENTS:
        for row in document._get_collection().find({}):
            if row.get("record_id") == first or row["_id"] == first:
                assert not [word for word in told if word in str(row)], (document.__name__, row)
    row = Record._get_collection().find_one({"_id": first})
    assert (row["category"], row["matches"], row["answers"], "clears_at" in row) == ("KH", [], {}, False)
    assert Record.objects.get(id=stays).matches
    fonds.safekeeping.forgetting.forget()
    Record.objects(id=first).update_one(set__note="x")
    forget_the_deleted()
    assert fonds.safekeeping.forgetting.forget() == 1
