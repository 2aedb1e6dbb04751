"""Finding through the whole program: what was put in is found, by those who may know of it."""

import io
import shutil
from collections.abc import Callable
from datetime import date

import pytest

from ingest.port import Offer
from service.domain.dossiers import DossierSaid
from service.domain.holdings import Description, Findings, Question
from service.domain.permissions import Actor, Role
from service.errors import MalformedRequest
from service.models import AuditEvent, Record
from service.wiring import Addresses, Fonds, Outside, wire
from tests.conftest import Clock, an_actor

MINUTES = "三月渠道例会纪要\n\n第一项：华东区发现渠道窜货，罚款 12.5 万元。\n第二项：返利政策调整。"

Settle = Callable[[], None]


def file_up(fonds: Fonds, actor: Actor, text: str = MINUTES, **described: object) -> str:
    record = fonds.records.create(actor, Description(title="三月例会", **described)).id  # type: ignore[arg-type]
    fonds.files.add(actor, record, io.BytesIO(text.encode()), name="纪要.txt")
    return record


def ask(fonds: Fonds, actor: Actor, text: str, **more: object) -> Findings:
    return fonds.finding.search(actor, Question(text=text, **more), today=date(2026, 4, 2))  # type: ignore[arg-type]


def ids(found: Findings) -> list[str]:
    return [hit.id for hit in found.hits]


@pytest.mark.requirement("R-SRC-1")
def test_a_phrase_is_found_with_its_place_and_marks(fonds: Fonds, archivist: Actor, settle: Settle) -> None:
    record = file_up(fonds, archivist, category="WD", date=date(2026, 3, 1))
    settle()
    found = ask(fonds, archivist, "“渠道窜货”")
    assert (found.total, ids(found)) == (1, [record])
    hit = found.hits[0]
    place = hit.places[0]
    assert (hit.file, place.kind, place.file_id) == ("纪要.txt", "line", hit.file_id)
    assert [place.snippet[start:end] for start, end in place.marks] == ["渠道窜货"]
    assert [(line.value, line.label) for line in found.facets["category"]] == [("WD", "营销文档")]
    assert [(line.value, line.count) for line in found.facets["year"]] == [("2026", 1)]


def test_what_is_not_there_is_not_found(fonds: Fonds, archivist: Actor, settle: Settle) -> None:
    file_up(fonds, archivist)
    settle()
    assert ask(fonds, archivist, "“货渠道窜”").total == 0


@pytest.mark.requirement("R-CAT-2")
def test_archival_classes_narrow_across_categories_and_are_counted(
    fonds: Fonds, archivist: Actor, settle: Settle
) -> None:
    minutes, talk = (file_up(fonds, archivist, category=code) for code in ("WD-HY", "KH-GT"))
    contract = file_up(fonds, archivist, category="HT")
    settle()

    def found(facet: str, **chosen: object) -> tuple[set[str], dict[str, int]]:
        answer = ask(fonds, archivist, "例会", facets=(facet,), **chosen)
        assert set(answer.facets) == {facet}
        return set(ids(answer)), {line.value: line.count for line in answer.facets[facet]}

    of = {one.code: one.archival_class for one in fonds.categories.all()}
    assert (of["WD-HY"], of["KH-GT"], of["HT"]) == ("administrative", "business", "contract")
    counts = {"administrative": 1, "business": 1, "contract": 1}
    assert found("archival_class") == ({minutes, talk, contract}, counts)
    assert found("archival_class", archival_class=("contract",)) == ({contract}, counts)
    assert found("archival_class", category=("KH",)) == ({talk}, {"business": 1})
    assert found("category", archival_class=("contract", "business")) == (
        {contract, talk},
        {"HT": 1, "KH-GT": 1},
    )
    assert found("category", archival_class=("accounting",)) == (set(), {})


@pytest.mark.requirement("R-SRC-2")
def test_traditional_text_is_found_by_simplified_words(
    fonds: Fonds, archivist: Actor, settle: Settle
) -> None:
    record = file_up(fonds, archivist, "關於渠道竄貨的處理意見")
    settle()
    found = ask(fonds, archivist, "“渠道窜货”")
    assert ids(found) == [record]
    place = found.hits[0].places[0]
    assert [place.snippet[start:end] for start, end in place.marks] == ["渠道竄貨"]


@pytest.mark.requirement("R-SEC-7")
def test_what_one_may_not_know_leaves_no_trace(
    fonds: Fonds, marketer: Actor, salesperson: Actor, archivist: Actor, settle: Settle
) -> None:
    """B45: the answer is the same with and without the hidden record."""
    mine = file_up(fonds, salesperson)
    settle()
    before = ask(fonds, salesperson, "窜货")
    file_up(fonds, marketer)
    file_up(fonds, archivist, category="KH", secrecy="L1")
    settle()
    after = ask(fonds, salesperson, "窜货")
    assert ids(after) == [mine]
    assert (before.total, before.facets) == (after.total, after.facets)
    assert ask(fonds, archivist, "窜货").total == 3


def test_a_category_can_be_named_in_the_query(fonds: Fonds, archivist: Actor, settle: Settle) -> None:
    filed = file_up(fonds, archivist, category="WD")
    file_up(fonds, archivist)
    settle()
    for query in ("窜货 类别:营销文档", "窜货 类别：WD", "窜货 category:WD"):
        assert ids(ask(fonds, archivist, query)) == [filed], query
    assert ask(fonds, archivist, "窜货 类别:没有这一类").total == 0


def test_dates_and_departments_filter(fonds: Fonds, archivist: Actor, settle: Settle) -> None:
    march = file_up(fonds, archivist, date=date(2026, 3, 31), department="市场部")
    april = file_up(fonds, archivist, date=date(2026, 4, 1), department="销售部")
    settle()
    assert ids(ask(fonds, archivist, "窜货 日期:上季度")) == [march]
    assert ids(ask(fonds, archivist, "窜货 部门:销售部")) == [april]
    assert ids(ask(fonds, archivist, "窜货", date_from=date(2026, 4, 1))) == [april]
    assert ids(ask(fonds, archivist, "窜货", family=("pdf",))) == []


def test_a_faulty_query_is_told_and_still_answered(fonds: Fonds, archivist: Actor, settle: Settle) -> None:
    record = file_up(fonds, archivist)
    settle()
    found = ask(fonds, archivist, "“渠道窜货")
    assert ids(found) == [record]
    assert [problem["code"] for problem in found.problems] == ["unclosed_quote"]


def test_an_empty_question_lists_the_newest(fonds: Fonds, archivist: Actor, settle: Settle) -> None:
    first, second = file_up(fonds, archivist), file_up(fonds, archivist, "别的")
    settle()
    assert ids(ask(fonds, archivist, "")) == [second, first]


def test_a_changed_title_is_found_and_the_old_one_is_not(
    fonds: Fonds, archivist: Actor, settle: Settle
) -> None:
    record = file_up(fonds, archivist)
    settle()
    fonds.records.change(archivist, record, 1, Description(title="经销商大会"))
    settle()
    assert ids(ask(fonds, archivist, "“经销商大会”")) == [record]
    assert ask(fonds, archivist, "题名:三月例会").total == 0
    assert fonds.records.get(archivist, record).indexed


def test_a_deleted_record_is_not_found(fonds: Fonds, archivist: Actor, settle: Settle) -> None:
    record = file_up(fonds, archivist)
    settle()
    fonds.records.delete(archivist, record)
    assert not ask(fonds, archivist, "窜货").hits
    settle()
    assert ask(fonds, archivist, "窜货").total == 0


def test_a_record_that_became_stricter_is_left_out_at_once(
    fonds: Fonds, archivist: Actor, marketer: Actor, settle: Settle
) -> None:
    record = file_up(fonds, archivist, department="市场部")
    settle()
    assert ids(ask(fonds, marketer, "窜货")) == [record]
    fonds.records.change(archivist, record, 1, Description(secrecy="L2"))
    assert not ask(fonds, marketer, "窜货").hits
    settle()
    assert ask(fonds, marketer, "窜货").total == 0
    assert ids(ask(fonds, archivist, "窜货")) == [record]
    assert Record.objects.get(id=record).indexed_in == ["L2"]


def test_the_index_can_be_made_anew(fonds: Fonds, archivist: Actor, settle: Settle) -> None:
    record = file_up(fonds, archivist)
    settle()
    fonds.engine.remove("L0", {record: 10**6})
    assert ask(fonds, archivist, "窜货").total == 0
    assert fonds.indexing.rebuild(lambda done, total: None) == 1
    assert ids(ask(fonds, archivist, "窜货")) == [record]


def test_a_record_whose_file_takes_long_is_found_by_its_title_meanwhile(
    fonds: Fonds, archivist: Actor, clock: Clock
) -> None:
    fonds.housekeeping.once()
    run = fonds.imports.start(archivist, source="x").id
    fonds.imports.offer(archivist, run, io.BytesIO(b"slow"), Offer(name="经销商大会.txt"))
    fonds.housekeeping.once()
    assert ask(fonds, archivist, "经销商大会").total == 0
    clock.advance(seconds=16)
    fonds.housekeeping.once()
    assert ask(fonds, archivist, "经销商大会").total == 1


def test_a_lost_index_is_made_anew_by_housekeeping(
    fonds: Fonds, archivist: Actor, settle: Settle, mongo_url: str
) -> None:
    record = file_up(fonds, archivist)
    settle()
    fonds.engine.close()
    shutil.rmtree(fonds.settings.home / "index")
    addresses = Addresses.of(fonds.settings, mongo_url=mongo_url, secret=fonds.secret, base_url=str)
    again = wire(fonds.settings, addresses, Outside(clock=fonds.clock, alone=True))
    assert again.engine.state == "new"
    assert ask(again, archivist, "窜货").total == 0
    again.housekeeping.once()
    assert again.engine.state == "current"
    assert ids(ask(again, archivist, "窜货")) == [record]
    again.engine.close()


def test_a_forged_place_in_the_pages_is_refused(fonds: Fonds, archivist: Actor) -> None:
    with pytest.raises(MalformedRequest):
        ask(fonds, archivist, "窜货", cursor="nonsense")


@pytest.mark.requirement("R-SEC-7")
def test_hits_are_counted_by_dossier_as_far_as_one_may_know_of_it(
    fonds: Fonds, marketer: Actor, settle: Settle
) -> None:
    make = fonds.dossiers.create
    shared, hidden, other = (
        make(marketer, kind, DossierSaid(title=kind, category=category))
        for kind, category in (("activity", "WD"), ("contract", "HT"), ("project", "WD"))
    )
    records = [file_up(fonds, marketer, category="WD", department="市场部") for _ in range(3)]
    fonds.filing.put(marketer, shared.id, records[:2])
    fonds.filing.put(marketer, hidden.id, records[:1])
    fonds.filing.put(marketer, other.id, records[2:])
    settle()
    colleague = an_actor("colleague", Role.STAFF, department="市场部")
    assert hidden.secrecy == "L1"

    def counted(actor: Actor, **more: object) -> dict[str, int]:
        found = ask(fonds, actor, "例会", facets=("dossier",), **more)
        return {line.label: line.count for line in found.facets["dossier"]}

    assert counted(marketer) == {"activity": 2, "contract": 1, "project": 1}
    assert counted(colleague) == {"activity": 2, "project": 1}
    assert counted(colleague, dossier=(shared.id,)) == {"activity": 2, "project": 1}
    assert ask(fonds, colleague, "例会", dossier=(shared.id,)).total == 2
    before = AuditEvent.objects(act="search").count()
    assert fonds.finding.filed(colleague, [shared.id, other.id]) == {shared.id: 2, other.id: 1}
    assert AuditEvent.objects(act="search").count() == before


@pytest.mark.requirement("R-SRC-1", "R-DSP-7")
def test_what_is_superseded_or_weeded_is_found_when_a_state_is_asked_for(
    fonds: Fonds, archivist: Actor, settle: Settle
) -> None:
    kept, gone = file_up(fonds, archivist), file_up(fonds, archivist)
    settle()
    fonds.archival.life.weed(archivist, gone, fonds.records.get(archivist, gone).rev, "重复")
    settle()
    question = Question(text="渠道窜货")

    found = ask(fonds, archivist, "渠道窜货")
    assert (found.total, ids(found)) == (1, [kept])
    assert fonds.finding.count(archivist, question) == len([*fonds.finding.each(archivist, question, most=9)])
    assert fonds.finding.left_out(archivist, question) == {"weeded": 1}

    assert ids(ask(fonds, archivist, "渠道窜货 状态:已剔除")) == [gone]
    assert ids(ask(fonds, archivist, "渠道窜货 -状态:草稿")) == []
    assert ids(ask(fonds, archivist, "渠道窜货", state=("weeded",))) == [gone]
    assert ask(fonds, archivist, "渠道窜货", past=True).total == 2
    assert fonds.finding.left_out(archivist, Question(text="渠道窜货 状态:草稿")) == {}


def test_copies_are_one_hit_and_versions_are_another_group(
    fonds: Fonds, archivist: Actor, settle: Settle
) -> None:
    first, second = file_up(fonds, archivist), file_up(fonds, archivist)
    other = file_up(fonds, archivist, MINUTES + "\n第三项：无。")
    settle()
    found = ask(fonds, archivist, "渠道窜货", fold=True)
    assert found.total == 3
    assert {hit.id: (hit.folded, hit.folded_as) for hit in found.hits if hit.folded} == {
        found.hits[ids(found).index(second)].id: (1, "copy")
    }
    assert set(ids(found)) == {second, other}
    assert set(ids(ask(fonds, archivist, f"副本:{second}", fold=True))) == {first, second}

    old, new = first, other
    Record.objects(id=new).update_one(set__supersedes=old, inc__index_seq=1, set__index_slot=1)
    Record.objects(id=old).update_one(set__superseded_by=new, inc__index_seq=1, set__index_slot=1)
    settle()
    found = ask(fonds, archivist, "渠道窜货", fold=True)
    assert sorted((hit.folded, hit.folded_as) for hit in found.hits) == [(0, ""), (1, "version")]
    assert len({old, new} & set(ids(found))) == 1


@pytest.mark.requirement("R-SRC-1")
def test_a_party_that_is_recorded_is_a_word_of_older_records_too(
    fonds: Fonds, archivist: Actor, settle: Settle
) -> None:
    before = file_up(fonds, archivist, "与盒马鲜生商谈橙意气泡水上架。")
    settle()
    assert ask(fonds, archivist, "橙意气泡水盒马鲜生").total == 0
    fields = {"full_name": "宁波盒马鲜生网络科技有限公司", "products": ["橙意气泡水"]}
    fonds.records.create(archivist, Description(title="客户", category="KH", fields=fields))
    settle()
    fonds.indexing.catch_up()
    settle()
    assert Record.objects(id=before).first().index_seq > 1
    found = ask(fonds, archivist, "橙意气泡水盒马鲜生")
    assert (before in ids(found), found.total, found.widened) == (True, 2, "")
