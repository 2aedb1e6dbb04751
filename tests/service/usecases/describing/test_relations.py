"""Relations between records: entered once, seen from both sides, never betraying what may not be known."""

import pytest

from service.domain import relations as rules
from service.domain.dossiers import DossierSaid
from service.domain.holdings import Description
from service.domain.permissions import Actor
from service.errors import Conflict, Forbidden, InvalidInput, NotFound
from service.models import AuditEvent, Record, Relation
from service.usecases.describing.relations import RelationView
from service.usecases.safekeeping.auditing import HISTORY
from service.wiring import Fonds
from tests.conftest import Clock


def a_record(fonds: Fonds, actor: Actor, title: str, **said: str) -> str:
    return fonds.records.create(actor, Description(title=title, **said)).id  # type: ignore[arg-type]


def told(found: list[RelationView] | object) -> list[tuple[str, str]]:
    return [(one.role, one.title) for one in found]  # type: ignore[attr-defined]


@pytest.mark.requirement("R-SRC-3")
def test_both_sides_tell_what_the_other_is(fonds: Fonds, archivist: Actor, clock: Clock) -> None:
    contract, more = a_record(fonds, archivist, "购销合同"), a_record(fonds, archivist, "补充协议")
    made = fonds.relations.add(archivist, contract, "supplement", more)
    assert (made.role, made.title, made.by, made.at) == ("supplement", "补充协议", "李档案", clock.now)
    assert told(fonds.relations.list(archivist, contract)) == [("supplement", "补充协议")]
    assert told(fonds.relations.list(archivist, more)) == [("contract", "购销合同")]


def test_the_same_from_the_other_side_changes_nothing(fonds: Fonds, archivist: Actor) -> None:
    one, other = a_record(fonds, archivist, "一"), a_record(fonds, archivist, "二")
    fonds.relations.add(archivist, one, "attachment", other)
    fonds.relations.add(archivist, other, "main", one)
    fonds.relations.add(archivist, one, "attachment", other)
    fonds.housekeeping.once()
    assert len(list(Relation.objects)) == 1
    assert [event.act for event in AuditEvent.objects(object_id=one)].count("relate") == 1


@pytest.mark.requirement("R-SEC-7")
def test_what_may_not_be_known_does_not_appear(
    fonds: Fonds, archivist: Actor, salesperson: Actor, marketer: Actor
) -> None:
    mine, secret = a_record(fonds, salesperson, "客户来函"), a_record(fonds, marketer, "市场部内部评估")
    fonds.relations.add(archivist, mine, "reply", secret)
    assert told(fonds.relations.list(archivist, mine)) == [("reply", "市场部内部评估")]
    assert fonds.relations.list(salesperson, mine) == []
    for unknown in (secret, "none"):
        with pytest.raises(NotFound):
            fonds.relations.add(salesperson, mine, "reply", unknown)
        with pytest.raises(NotFound):
            fonds.relations.list(salesperson, unknown)
    relation = fonds.relations.list(archivist, mine)[0].id
    with pytest.raises(NotFound):
        fonds.relations.remove(salesperson, mine, relation)


def test_who_may_only_read_relates_nothing(fonds: Fonds, archivist: Actor, director: Actor) -> None:
    one, other = a_record(fonds, archivist, "一"), a_record(fonds, archivist, "二")
    with pytest.raises(Forbidden):
        fonds.relations.add(director, one, "related", other)
    relation = fonds.relations.add(archivist, one, "related", other).id
    with pytest.raises(Forbidden):
        fonds.relations.remove(director, one, relation)


def test_it_is_taken_away_from_both_sides_and_told(fonds: Fonds, archivist: Actor) -> None:
    one, other = a_record(fonds, archivist, "一"), a_record(fonds, archivist, "二")
    relation = fonds.relations.add(archivist, one, "cited", other).id
    fonds.relations.remove(archivist, other, relation)
    assert fonds.relations.list(archivist, one) == []
    fonds.housekeeping.once()
    events = [event for event in AuditEvent.objects(object_id=other) if event.act == "unrelate"]
    assert [event.facts for event in events] == [{"role": "citing", "other": one}]
    with pytest.raises(NotFound):
        fonds.relations.remove(archivist, one, relation)


def test_a_deleted_record_is_related_to_nothing(fonds: Fonds, archivist: Actor) -> None:
    one, other = a_record(fonds, archivist, "一"), a_record(fonds, archivist, "二")
    fonds.relations.add(archivist, one, "related", other)
    fonds.records.delete(archivist, other)
    assert fonds.relations.list(archivist, one) == []


@pytest.mark.parametrize(("role", "path"), [("cousin", "role"), ("related", "record_id")])
def test_what_makes_no_relation_is_refused(fonds: Fonds, archivist: Actor, role: str, path: str) -> None:
    one = a_record(fonds, archivist, "一")
    other = a_record(fonds, archivist, "二") if path == "role" else one
    with pytest.raises(InvalidInput) as fault:
        fonds.relations.add(archivist, one, role, other)
    assert fault.value.faults[0].path == path


@pytest.mark.requirement("R-SEC-7")
def test_there_is_an_end_to_relations_and_those_that_one_may_not_know_of_are_not_counted(
    fonds: Fonds, archivist: Actor, clock: Clock
) -> None:
    one, other = a_record(fonds, archivist, "一"), a_record(fonds, archivist, "二")
    many = [f"x{n}" for n in range(rules.MAX_RELATIONS)]
    Relation.objects.insert(
        [Relation(id=each, role="related", first=one, second=each, at=clock.now) for each in many]
    )
    Record._get_collection().insert_many(
        [{"_id": each, "seq": 10_000 + n, "secrecy": "L3"} for n, each in enumerate(many)]
    )
    made = fonds.relations.add(archivist, one, "related", other)
    fonds.relations.remove(archivist, one, made.id)
    Record._get_collection().update_many({"_id": {"$in": many}}, {"$set": {"secrecy": "L0"}})
    with pytest.raises(Conflict):
        fonds.relations.add(archivist, one, "related", other)


@pytest.mark.requirement("R-SEC-7")
def test_what_is_hidden_takes_no_place_in_the_history_of_a_record(
    fonds: Fonds, archivist: Actor, salesperson: Actor, marketer: Actor, clock: Clock
) -> None:
    mine, secret = a_record(fonds, salesperson, "客户来函"), a_record(fonds, marketer, "市场部内部评估")
    fonds.housekeeping.once()
    many = [
        fonds.audit.entry(archivist, "relate", "record", mine, other=secret) | {"_id": f"e{n}"}
        for n in range(HISTORY + 1)
    ]
    AuditEvent._get_collection().insert_many(many)
    assert [event.act for event in fonds.auditing.history(salesperson, mine)] == ["create"]


@pytest.mark.requirement("R-SEC-7")
def test_the_history_of_a_record_does_not_name_what_may_not_be_known(
    fonds: Fonds, archivist: Actor, salesperson: Actor, marketer: Actor
) -> None:
    mine, secret = a_record(fonds, salesperson, "客户来函"), a_record(fonds, marketer, "市场部内部评估")
    folder = fonds.dossiers.create(archivist, "project", DossierSaid(title="内部评估", department="市场部"))
    fonds.relations.add(archivist, mine, "reply", secret)
    fonds.filing.put(archivist, folder.id, [mine])
    fonds.housekeeping.once()

    def history(actor: Actor) -> list[str]:
        return sorted(event.act for event in fonds.auditing.history(actor, mine))

    assert history(archivist) == ["create", "file", "relate"]
    assert history(salesperson) == ["create"]
