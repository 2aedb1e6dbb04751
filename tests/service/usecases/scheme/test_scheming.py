"""Scheming: drafts, versions with a reason, and that what was published stays readable."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from service.domain.describing import check
from service.domain.permissions import Actor, Role
from service.domain.schema_editing import KINDS, MAX_FIELDS, FieldDraft, drafts_of, faults_of, schema_of
from service.errors import Conflict, Forbidden, InvalidInput
from service.models import AuditEvent
from service.scheme import starting_scheme
from service.usecases.people.users import NewUser
from service.wiring import Fonds
from tests.conftest import Clock, an_actor

NEW = FieldDraft(
    "region", "大区", "Region", "select", choices="east=华东=East\nnorth=华北=North", required=True
)


@pytest.mark.parametrize("category", starting_scheme(), ids=lambda one: one.code)
def test_an_unchanged_category_comes_back_as_it_was(category: object) -> None:
    schema = category.schema  # type: ignore[attr-defined]
    again = schema_of(drafts_of(schema, schema), schema)
    assert set(again["required"]) == set(schema["required"])
    for key, hints in schema["properties"].items():
        told = again["properties"][key]
        assert {name: told.get(name) for name in hints if hints[name] is not False} == {
            name: value for name, value in hints.items() if value is not False
        }


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_field_makes_a_schema_that_forms_and_rules_read(kind: str) -> None:
    draft = FieldDraft("one", "一", "One", kind, choices="a=甲=A")
    schema = schema_of([draft], {})
    assert faults_of([draft]) == []
    assert drafts_of(schema, {})[0].kind == kind
    values = {"date": "2026-03-12", "boolean": True, "phone": "13800138000", "select": "a"}
    value = values.get(kind, ["a"] if kind in ("several", "list") else 1 if "minimum" in KINDS[kind] else "a")
    assert check({"one": value}, schema, complete=True) == []


@pytest.mark.requirement("R-CAT-1", "R-AUD-3")
def test_a_draft_counts_once_it_is_published_with_a_reason(fonds: Fonds, archivist: Actor) -> None:
    draft = fonds.scheming.draft(archivist, "HT")
    before = fonds.categories.get("HT")
    saved = fonds.scheming.save(archivist, "HT", [*draft.fields, NEW], rev=0)
    assert (saved.rev, [one.told for one in saved.changes]) == (1, [["added", "大区"]])
    assert fonds.categories.get("HT").version == before.version
    with pytest.raises(InvalidInput):
        fonds.scheming.publish(archivist, "HT", rev=1, reason=" ")
    view = fonds.scheming.publish(archivist, "HT", rev=1, reason="按大区统计")
    assert view.version == before.version + 1
    assert "region" in view.schema["required"]
    assert [(one.version, one.reason) for one in fonds.scheming.versions(archivist, "HT")] == [
        (view.version, "按大区统计"),
        (before.version, ""),
    ]
    assert fonds.scheming.versions(archivist, "HT")[1].schema == before.schema
    with pytest.raises(Conflict):
        fonds.scheming.publish(archivist, "HT", rev=1, reason="再来")
    facts = AuditEvent.objects(act="publish_category")[0].facts
    assert facts["version"] == [before.version, view.version]
    fonds.categories.seed()
    assert fonds.categories.get("HT").version == view.version


def test_two_who_draft_at_once_do_not_overwrite_each_other(fonds: Fonds, archivist: Actor) -> None:
    draft = fonds.scheming.draft(archivist, "HT")
    fonds.scheming.save(archivist, "HT", [*draft.fields, NEW], rev=0)
    with pytest.raises(Conflict):
        fonds.scheming.save(archivist, "HT", draft.fields, rev=0)
    fonds.scheming.discard(archivist, "HT")
    assert fonds.scheming.draft(archivist, "HT").rev == 0


def codes(fonds: Fonds, actor: Actor, fields: list[FieldDraft]) -> set[tuple[str, str]]:
    with pytest.raises(InvalidInput) as caught:
        fonds.scheming.save(actor, "HT", fields, rev=0)
    return {(fault.path, fault.code) for fault in caught.value.faults}


def test_each_fault_of_a_field(fonds: Fonds, archivist: Actor) -> None:
    fields = list(fonds.scheming.draft(archivist, "HT").fields)
    assert codes(fonds, archivist, [*fields, replace(NEW, key="Región")]) == {("Región.key", "bad_key")}
    assert codes(fonds, archivist, [*fields, replace(NEW, label=" ")]) == {("region.label", "required")}
    assert codes(fonds, archivist, [*fields, replace(NEW, kind="magic")]) == {("region.kind", "not_in_list")}
    assert codes(fonds, archivist, [*fields, replace(NEW, choices="")]) == {("region.choices", "bad_choices")}
    assert codes(fonds, archivist, [*fields, replace(NEW, choices="华东")]) == {
        ("region.choices", "bad_value")
    }
    assert codes(fonds, archivist, [*fields, NEW, NEW]) >= {("region.key", "repeated")}
    many = [FieldDraft(f"f{n}", f"字段 {n}") for n in range(MAX_FIELDS)]
    assert ("", "too_many") in codes(fonds, archivist, [*fields, *many])


@pytest.mark.requirement("R-CAT-1")
def test_a_published_field_goes_or_becomes_one_of_another_kind(fonds: Fonds, archivist: Actor) -> None:
    first, *rest = fonds.scheming.draft(archivist, "HT").fields
    other = next(one for one in rest if one.kind == "text")
    fields = [replace(one, kind="date") if one is other else one for one in rest]
    saved = fonds.scheming.save(archivist, "HT", fields, rev=0)
    told = [one.told for one in saved.changes]
    assert ["removed", first.label] in told
    assert ["changed", other.label] in told
    view = fonds.scheming.publish(archivist, "HT", rev=1, reason="改版")
    assert first.key not in view.schema["properties"]
    hints = view.schema["properties"][other.key]
    assert (hints["format"], hints["x-widget"], hints.get("maxLength")) == ("date", "date", None)


@pytest.mark.requirement("R-SEC-6")
@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.SYSADMIN, Role.ARCHIVIST)])
def test_nobody_else_changes_the_scheme(fonds: Fonds, role: Role) -> None:
    actor = an_actor("somebody", role, department="市场部")
    attempts: list[Callable[[], object]] = [
        lambda: fonds.scheming.draft(actor, "HT"),
        lambda: fonds.scheming.save(actor, "HT", [], rev=0),
        lambda: fonds.scheming.publish(actor, "HT", rev=1, reason="x"),
        lambda: fonds.scheming.discard(actor, "HT"),
        lambda: fonds.scheming.versions(actor, "HT"),
    ]
    for attempt in attempts:
        with pytest.raises(Forbidden):
            attempt()


@pytest.fixture
def drafted(fonds: Fonds, archivist: Actor) -> int:
    """A draft of 合同, with somebody in the house who may approve it; its revision."""
    administrator = an_actor("admin", Role.SYSADMIN)
    said = NewUser("zhuren", "王主任", (Role.OFFICE_DIRECTOR,), ("办公室",), "渠道建设与回款-2026")
    fonds.people.add(administrator, said)
    draft = fonds.scheming.draft(archivist, "HT")
    return fonds.scheming.save(archivist, "HT", [*draft.fields, NEW], rev=0).rev


@pytest.mark.requirement("R-AUD-3")
def test_a_version_is_drafted_approved_by_somebody_else_and_then_in_force(
    fonds: Fonds, archivist: Actor, director: Actor, drafted: int
) -> None:
    before = fonds.categories.get("HT").version
    assert fonds.scheming.publish(archivist, "HT", rev=drafted, reason="按大区统计").version == before
    (waiting,) = fonds.scheming.awaiting(director)
    assert (waiting.category.code, waiting.stage) == ("HT", "submitted")
    assert [one.told for one in waiting.changes] == [["added", "大区"]]
    with pytest.raises(Forbidden):
        fonds.scheming.decide(archivist, "HT", rev=drafted, approve=True)
    with pytest.raises(InvalidInput, match="退回"):
        fonds.scheming.decide(director, "HT", rev=drafted, approve=False)
    fonds.scheming.decide(director, "HT", rev=drafted, approve=False, note="先征求销售部意见")
    returned = fonds.scheming.draft(archivist, "HT")
    assert (returned.stage, returned.note) == ("", "先征求销售部意见")
    with pytest.raises(Conflict):
        fonds.scheming.decide(director, "HT", rev=drafted, approve=True)
    fonds.scheming.publish(archivist, "HT", rev=drafted, reason="已征求意见")
    view = fonds.scheming.decide(director, "HT", rev=drafted, approve=True)
    assert (view.version, "region" in view.schema["properties"]) == (before + 1, True)
    (latest, *_rest) = fonds.scheming.versions(archivist, "HT")
    assert (latest.approved_by, latest.effective_on, latest.reason) == (
        "主任",
        date(2026, 3, 2),
        "已征求意见",
    )
    assert fonds.scheming.awaiting(director) == []
    acts = [one.act for one in AuditEvent.objects(object_id="HT").order_by("at")]
    assert acts.count("submit_category") == 2
    assert {"return_category", "approve_category", "publish_category"} <= set(acts)


@pytest.mark.requirement("R-AUD-3")
def test_a_version_comes_into_force_on_its_day(
    fonds: Fonds, archivist: Actor, director: Actor, drafted: int, clock: Clock
) -> None:
    before, day = fonds.categories.get("HT").version, date(2026, 4, 1)
    with pytest.raises(InvalidInput, match="早于今天"):
        fonds.scheming.publish(archivist, "HT", rev=drafted, reason="x", effective_on=date(2026, 3, 1))
    fonds.scheming.publish(archivist, "HT", rev=drafted, reason="二季度起", effective_on=day)
    fonds.scheming.decide(director, "HT", rev=drafted, approve=True)
    assert (fonds.scheming.tend(), fonds.categories.get("HT").version) == (0, before)
    assert fonds.scheming.draft(archivist, "HT").stage == "approved"
    clock.advance(days=30)
    assert (fonds.scheming.tend(), fonds.scheming.tend()) == (1, 0)
    assert fonds.categories.get("HT").version == before + 1
    assert fonds.scheming.versions(archivist, "HT")[0].effective_on == day


@pytest.mark.requirement("R-AUD-3")
def test_a_change_after_handing_in_is_approved_anew(
    fonds: Fonds, archivist: Actor, director: Actor, drafted: int
) -> None:
    fonds.scheming.publish(archivist, "HT", rev=drafted, reason="按大区统计")
    draft = fonds.scheming.draft(archivist, "HT")
    fonds.scheming.save(archivist, "HT", draft.fields[:-1], rev=drafted)
    assert fonds.scheming.draft(archivist, "HT").stage == ""
    with pytest.raises(Conflict):
        fonds.scheming.decide(director, "HT", rev=drafted, approve=True)
    with pytest.raises(Forbidden):
        fonds.scheming.awaiting(an_actor("somebody", Role.STAFF, department="市场部"))
