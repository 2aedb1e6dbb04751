"""What the index is told of a record beyond its texts."""

import io
from collections.abc import Callable
from datetime import date

import pytest

from search.port import FacetName, Filters, Scope, SearchRequest, SearchUnavailable
from service.domain.dates import day_of
from service.domain.holdings import Description
from service.domain.permissions import Actor
from service.models import File, Record
from service.usecases.searching.indexing import BATCH_CHARACTERS, Indexing
from service.wiring import Fonds

FACETS: tuple[FacetName, ...] = ("customer", "tag", "month", "state")
SCOPE = Scope({"L0": None, "L0C": None, "L1": None, "L1C": None})


def test_customer_tags_and_numbers_of_a_record_reach_the_index(
    fonds: Fonds, archivist: Actor, settle: Callable[[], None]
) -> None:
    fields = {"party_a": "青禾饮品有限公司", "party_b": "华东经销商", "amount": 125000}
    described = Description(
        title="经销合同",
        category="HT",
        fields=fields,
        keywords=("重点",),
        responsible="青禾饮品有限公司",
        date=date(2026, 3, 5),
    )
    record = fonds.records.create(archivist, described).id
    fonds.files.add(archivist, record, io.BytesIO("合同正文".encode()), name="合同.txt")
    settle()

    found = fonds.engine.search(
        SearchRequest(SCOPE, filters=Filters(customer=["华东经销商"], tag=["重点"]), facets=FACETS)
    )
    assert [hit.id for hit in found.hits] == [record]
    assert {name: [value.value for value in values] for name, values in found.facets.items()} == {
        "customer": ["华东经销商"],
        "tag": ["重点"],
        "month": ["2026-03"],
        "state": ["draft"],
    }
    row = Record.objects(id=record).get()
    document = fonds.indexing.document(row, [])
    assert document.numbers == {"amount": 125000.0, "bytes": 0, "pages": 0}
    assert document.created == day_of(row.created_at)


def test_a_seal_that_was_seen_reaches_the_index(
    fonds: Fonds, archivist: Actor, settle: Callable[[], None]
) -> None:
    record = fonds.records.create(archivist, Description(title="盖章合同")).id
    file = fonds.files.add(archivist, record, io.BytesIO("正文".encode()), name="合同.txt").id
    settle()
    row = Record.objects(id=record).get()
    assert not fonds.indexing.document(row, [File.objects(id=file).get()]).files[0].sealed
    File.objects(id=file).update(set__facts__seals="1")
    assert fonds.indexing.document(row, [File.objects(id=file).get()]).files[0].sealed


def test_a_house_that_closes_leaves_the_rest_in_line(
    fonds: Fonds, archivist: Actor, settle: Callable[[], None]
) -> None:
    """Long texts go lot by lot: an administrator who stops the program waits for one of them, not for all."""
    for name in ("甲", "乙", "丙"):
        record = fonds.records.create(archivist, Description(title=name)).id
        fonds.files.add(archivist, record, io.BytesIO(name.encode()), name=f"{name}.txt")
    settle()
    Record._get_collection().update_many({}, {"$set": {"index_slot": 7}, "$inc": {"index_seq": 1}})
    File._get_collection().update_many({}, {"$set": {"characters": BATCH_CHARACTERS}})
    answers = iter([False, True])
    closing = Indexing(fonds.engine, fonds.store, fonds.categories, lambda: next(answers))
    assert closing.drain() == 1
    assert len([row for row in Record.objects() if row.index_slot is not None]) == 2
    with pytest.raises(SearchUnavailable):
        Indexing(fonds.engine, fonds.store, fonds.categories, lambda: True).rebuild(lambda *_: None)
    assert fonds.engine.search(SearchRequest(SCOPE)).total == 3
    fonds.indexing.settle(fonds.clock())
    assert all(row.index_slot is None for row in Record.objects())
