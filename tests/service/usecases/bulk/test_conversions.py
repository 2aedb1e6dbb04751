"""Conversions: old records keep their version, and come to a new one by a mapping that somebody else approved."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from service.domain.holdings import Description
from service.domain.permissions import Actor, Role
from service.domain.schema_editing import FieldDraft
from service.errors import Conflict, Forbidden, InvalidInput, NotFound
from service.models import AuditEvent, Category, Conversion, ConversionLine, Record, User
from service.usecases.people.users import NewUser
from service.wiring import Fonds
from tests.conftest import an_actor

FIELDS = [
    FieldDraft("budget", "预算", "Budget", "text"),
    FieldDraft("stand", "展位类型", "Stand", "select", choices="a=标摊=Shell\nb=特装=Raw"),
    FieldDraft("spare", "备用说明", "Spare", "textarea"),
]
NEW = [
    FieldDraft("budget", "预算", "Budget", "money", unit="元"),
    FieldDraft("stand", "展位类型", "Stand", "select", choices="shell=标摊（九平米）=Shell\nb=特装=Raw"),
    FieldDraft("hall", "展馆", "Hall", required=True),
]


@pytest.fixture
def people(fonds: Fonds, administrator: Actor) -> dict[str, Actor]:
    """An archivist and a director who are users of the house."""
    for name, role in (("li", Role.ARCHIVIST), ("zhu", Role.ARCHIVIST), ("wang", Role.OFFICE_DIRECTOR)):
        fonds.people.add(
            administrator, NewUser(name, name, (role,), ("市场部",), "渠道建设与回款-2026", "L2")
        )
    actors = fonds.knowing.actors
    found = {row.name: actors.named(row.id) for row in User.objects}
    return {name: actor for name, actor in found.items() if actor}


@pytest.fixture
def house(fonds: Fonds, archivist: Actor, people: dict[str, Actor]) -> dict[str, str]:
    """展会 in version 2 with records, then published anew as version 3; title → record."""
    named = replace(fonds.scheming.draft(archivist, "NB").said, name="展会")
    fonds.scheming.create(archivist, "NB-ZH", "NB", named)
    publish_directly(fonds, FIELDS)
    described: dict[str, dict[str, Any]] = {
        "春季": {"budget": "48 万元", "stand": "a", "spare": "靠门"},
        "秋季": {"budget": "1,200", "stand": "b"},
        "面议": {"budget": "面议"},
        "机密": {"budget": "7"},
    }
    made = {
        title: fonds.records.create(
            archivist, Description(title=title, category="NB-ZH", department="市场部", fields=fields)
        ).id
        for title, fields in described.items()
    }
    Record.objects(id=made["机密"]).update_one(set__secrecy="L3")
    frozen = fonds.records.create(
        archivist, Description(title="已归", category="NB-ZH", department="市场部", fields={"spare": "x"})
    )
    Record.objects(id=frozen.id).update_one(set__life="archived")
    publish_directly(fonds, NEW)
    return made | {"已归": frozen.id}


def publish_directly(fonds: Fonds, fields: list[FieldDraft]) -> None:
    """By somebody, and approved by somebody else."""
    author = an_actor("author", Role.SYSADMIN)
    rev = fonds.scheming.save(author, "NB-ZH", fields, rev=0).rev
    fonds.scheming.publish(author, "NB-ZH", rev=rev, reason="改版")
    fonds.scheming.decide(an_actor("chief", Role.OFFICE_DIRECTOR), "NB-ZH", rev=rev, approve=True)


ID = "NB-ZH.2.3"


@pytest.mark.requirement("R-CAT-1", "R-AUD-3")
def test_a_record_is_read_changed_and_checked_by_the_version_it_was_described_by(
    fonds: Fonds, archivist: Actor, house: dict[str, str]
) -> None:
    record = fonds.records.get(archivist, house["春季"])
    assert (record.category_version, record.missing) == (2, ())
    category = fonds.categories.of(record)
    assert category is not None
    assert set(category.schema["properties"]) == {"budget", "stand", "spare"}
    changed = fonds.records.change(
        archivist,
        record.id,
        record.rev,
        Description(category="NB-ZH", fields={**record.fields, "spare": "靠窗"}),
    )
    assert (changed.category_version, changed.fields["spare"]) == (2, "靠窗")
    with pytest.raises(InvalidInput):
        fonds.records.change(archivist, record.id, changed.rev, Description(fields={"hall": "N1"}))
    fresh = fonds.records.create(archivist, Description(title="新", category="NB-ZH", fields={"hall": "N1"}))
    assert fresh.category_version == 3


@pytest.mark.requirement("R-CAT-1", "R-AUD-3", "R-VAL-12")
def test_records_come_to_the_new_version_by_a_mapping_that_somebody_else_approved(
    fonds: Fonds, people: dict[str, Actor], house: dict[str, str], settle: Callable[[], None]
) -> None:
    li, wang = people["li"], people["wang"]
    assert [
        (one.version, one.count, one.frozen, one.fits) for one in fonds.conversions.older(li, "NB-ZH")
    ] == [(2, 4, 1, False)]
    view = fonds.conversions.get(li, ID)
    preview = fonds.conversions.preview(li, ID)
    assert (preview.count, preview.moves, preview.stays, preview.frozen, preview.open) == (4, 2, 1, 1, 2)
    assert [one.title for one in preview.staying] == ["面议"]
    assert [one.title for one in fonds.conversions.staying(li, ID).items] == ["面议"]
    saved = fonds.conversions.save(li, ID, view.mapping, rev=0)
    submitted = fonds.conversions.submit(li, ID, rev=saved.rev, reason="预算按数字统计")
    assert submitted.state == "submitted"
    with pytest.raises(Forbidden):
        fonds.conversions.decide(li, ID, rev=1, approve=True)
    with pytest.raises(Conflict):
        fonds.conversions.start(li, ID)
    assert fonds.conversions.preview(wang, ID).moves == 2
    fonds.conversions.decide(wang, ID, rev=1, approve=True)
    settle()
    done = fonds.conversions.get(li, ID)
    assert (done.state, done.counts, done.approved_by) == (
        "done",
        {"done": 2, "stayed": 1, "skipped": 1},
        "wang",
    )
    assert fonds.conversions.get(wang, ID).counts is None
    spring = fonds.records.get(li, house["春季"])
    assert (spring.category_version, dict(spring.fields)) == (3, {"budget": 480_000, "stand": "shell"})
    assert (spring.note, spring.missing) == ("备用说明：靠门", ("fields.hall",))
    line = fonds.records.history(li, spring.id)[0]
    assert line.changes["fields"][0] == {"budget": "48 万元", "stand": "a", "spare": "靠门"}
    assert line.changes["category_version"] == (2, 3)
    assert fonds.records.get(li, house["已归"]).category_version == 2
    fates = {one.title: (one.fate, one.reason) for one in fonds.conversions.lines(li, ID).items}
    assert set(fates) == {"春季", "秋季", "面议", "已归"}
    assert fates["面议"][0] == "stayed"
    assert "更正" in fates["已归"][1]
    events = AuditEvent.objects(act="convert")
    assert {event.object_id for event in events} == {house["春季"], house["秋季"]}
    assert {event.actor_id for event in events} == {li.id}
    assert Record.objects.get(id=house["机密"]).category_version == 2


@pytest.mark.requirement("R-CAT-1")
def test_a_run_is_taken_back_where_nobody_changed_anything_since(
    fonds: Fonds, people: dict[str, Actor], house: dict[str, str], settle: Callable[[], None]
) -> None:
    li, wang = people["li"], people["wang"]
    approved(fonds, li, wang)
    settle()
    autumn = fonds.records.get(li, house["秋季"])
    fonds.records.change(li, autumn.id, autumn.rev, Description(fields={**autumn.fields, "hall": "N2"}))
    with pytest.raises(Conflict):
        fonds.conversions.undo(people["zhu"], ID)
    fonds.conversions.undo(li, ID)
    settle()
    undone = fonds.conversions.get(li, ID)
    assert (undone.state, undone.counts) == ("undone", {"undone": 1, "kept": 1})
    spring = fonds.records.get(li, house["春季"])
    assert (spring.category_version, spring.fields["budget"], spring.note) == (2, "48 万元", "")
    assert fonds.records.get(li, autumn.id).category_version == 3
    assert fonds.conversions.start(people["zhu"], ID).state == "running"
    settle()
    assert fonds.records.get(li, spring.id).category_version == 3


def approved(fonds: Fonds, author: Actor, chief: Actor) -> None:
    rev = fonds.conversions.save(author, ID, fonds.conversions.get(author, ID).mapping, rev=0).rev
    fonds.conversions.submit(author, ID, rev=rev, reason="按数字统计")
    fonds.conversions.decide(chief, ID, rev=rev, approve=True)


@pytest.mark.requirement("R-CAT-1")
def test_a_run_that_is_cut_goes_on_and_moves_nothing_twice(
    fonds: Fonds, people: dict[str, Actor], house: dict[str, str], archivist: Actor
) -> None:
    for n in range(60):
        described = Description(title=f"展 {n}", category="NB", department="市场部")
        record = fonds.records.create(archivist, described)
        Record.objects(id=record.id).update_one(
            set__category="NB-ZH", set__category_version=2, set__fields={"budget": str(n)}
        )
    approved(fonds, people["li"], people["wang"])
    converting = fonds.conversions.converting
    assert converting.go_on() > 0
    cut = Conversion.objects.get(id=ID)
    assert 0 < cut.position < cut.highest
    moved = Record.objects(category="NB-ZH", category_version=3).count()
    assert 0 < moved == ConversionLine.objects(fate="done").count() < 62
    while converting.go_on():
        pass
    assert Conversion.objects.get(id=ID).counts == {"done": 62, "stayed": 1, "skipped": 1}
    assert ConversionLine.objects.count() == 64
    assert Record.objects(category="NB-ZH", category_version=3).count() == 62


@pytest.mark.requirement("R-CAT-1", "R-SEC-7")
def test_what_one_may_not_know_of_is_neither_counted_nor_told(
    fonds: Fonds, people: dict[str, Actor], house: dict[str, str], settle: Callable[[], None]
) -> None:
    li, wang, chen = people["li"], people["wang"], an_actor("chen", Role.SYSADMIN)
    assert fonds.conversions.preview(chen, ID).count == 0
    assert fonds.conversions.older(chen, "NB-ZH") == []
    approved(fonds, li, wang)
    settle()
    assert fonds.conversions.lines(chen, ID).items == []
    assert fonds.conversions.get(chen, ID).counts is None
    for attempt in (
        lambda: fonds.conversions.get(an_actor("x", Role.STAFF), ID),
        lambda: fonds.conversions.save(wang, ID, fonds.conversions.get(wang, ID).mapping, rev=1),
        lambda: fonds.conversions.start(wang, ID),
    ):
        with pytest.raises(Forbidden):
            attempt()
    for unknown in ("NB-ZH.3.2", "NB-ZH.9.10", "nix", "NIX.1.2"):
        with pytest.raises(NotFound):
            fonds.conversions.get(li, unknown)


def test_a_mapping_is_kept_over_its_revision_and_returned_with_a_note(
    fonds: Fonds, people: dict[str, Actor], house: dict[str, str]
) -> None:
    li, wang = people["li"], people["wang"]
    mapping = fonds.conversions.get(li, ID).mapping
    fonds.conversions.save(li, ID, mapping, rev=0)
    with pytest.raises(Conflict):
        fonds.conversions.save(people["zhu"], ID, mapping, rev=0)
    with pytest.raises(InvalidInput):
        fonds.conversions.submit(li, ID, rev=1, reason=" ")
    fonds.conversions.submit(li, ID, rev=1, reason="统计")
    with pytest.raises(InvalidInput):
        fonds.conversions.decide(wang, ID, rev=1, approve=False)
    returned = fonds.conversions.decide(wang, ID, rev=1, approve=False, note="预算先核对")
    assert (returned.state, returned.note) == ("", "预算先核对")
    assert fonds.conversions.save(li, ID, mapping, rev=1).rev == 2
    fonds.conversions.submit(li, ID, rev=2, reason="已核对")
    publish_directly(fonds, [*NEW, FieldDraft("more", "再加")])
    assert fonds.conversions.get(li, ID).outdated
    with pytest.raises(Conflict, match="新版"):
        fonds.conversions.decide(wang, ID, rev=2, approve=True)


@pytest.mark.requirement("R-CAT-1", "R-VAL-11")
def test_values_of_versions_that_do_not_fit_are_not_put_together(
    fonds: Fonds, archivist: Actor, house: dict[str, str]
) -> None:
    said = Description(title="新", category="NB-ZH", department="市场部", fields={"budget": 48})
    fresh = fonds.records.create(archivist, said)
    with pytest.raises(Conflict, match="版本"):
        fonds.archival.merging.merge(archivist, (fresh.id, 1), (house["春季"], 1))
    same = fonds.archival.merging.merge(archivist, (house["春季"], 1), (house["秋季"], 1))
    assert same.fields["budget"] == "48 万元"


@pytest.mark.requirement("R-CAT-1", "G11")
def test_a_snapshot_of_an_old_version_is_in_its_words(
    fonds: Fonds, archivist: Actor, house: dict[str, str]
) -> None:
    Category.objects(code="NB-ZH").update_one(set__living=True)
    fonds.categories.forget()
    assert fonds.archival.snapshots.run(archivist, 2026).failed == 0
    made = Record.objects.get(snapshot_of=house["春季"])
    assert (made.category_version, made.fields["budget"]) == (2, "48 万元")
