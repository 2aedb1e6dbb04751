"""The scheme as a text: away and back unchanged, faults with their place, and nothing taken of a hostile one."""

import time
from collections.abc import Callable

import pytest
import yaml

from service.domain import schema_editing
from service.domain.permissions import Actor, Role
from service.domain.schema_editing import MAX_FIELDS, FieldDraft
from service.domain.scheme_editing import CategorySaid
from service.errors import Fault, Forbidden, InvalidInput, NotFound
from service.models import AuditEvent, Category
from service.usecases.scheme.scheme_texts import FORMAT, MOST_CHARACTERS
from service.wiring import Fonds
from tests.conftest import an_actor

NEW = CategorySaid("展会", "Trade fairs", "L1", "D30", "展位图、参展合同")
Change = Callable[[dict[str, dict[str, object]]], object]


def faults_of(fonds: Fonds, actor: Actor, text: str) -> list[Fault]:
    """What is wrong with a text, of which nothing may have been taken."""
    before = [one.to_mongo() for one in Category.objects().order_by("code")]
    with pytest.raises(InvalidInput) as caught:
        fonds.scheme_texts.bring(actor, text)
    assert [one.to_mongo() for one in Category.objects().order_by("code")] == before
    assert fonds.scheming.drafted(actor) == set()
    return list(caught.value.faults)


def changed(text: str, change: Change) -> str:
    """A text after something was changed in it; entries by code."""
    scheme = yaml.safe_load(text)
    change({one["code"]: one for one in scheme["categories"]})
    return yaml.safe_dump(scheme, allow_unicode=True)


def scheme_of(*entries: object) -> str:
    return yaml.safe_dump({"format": FORMAT, "categories": list(entries)}, allow_unicode=True)


@pytest.mark.requirement("R-CAT-1")
def test_what_is_taken_away_comes_back_as_no_change(fonds: Fonds, archivist: Actor) -> None:
    text = fonds.scheme_texts.export(archivist)
    brought = fonds.scheme_texts.bring(archivist, text)
    assert (brought.created, brought.changed, brought.same) == ((), (), len(fonds.categories.all()))
    assert fonds.scheme_texts.export(archivist) == text
    assert len(text) * 3 < MOST_CHARACTERS


def test_another_archive_gets_new_categories_whole_and_changes_as_drafts(
    fonds: Fonds, archivist: Actor
) -> None:
    text = fonds.scheme_texts.export(archivist)
    child = {"code": "ZL-GN", "parent": "ZL", "name": "国内展", "fields": [{"key": "hall", "label": "展馆"}]}
    scheme = yaml.safe_load(changed(text, lambda by: by["HT"].update(name="合同协议")))
    scheme["categories"] = [child, *scheme["categories"], {"code": "ZL", **NEW.stored()}]
    text = yaml.safe_dump(scheme, allow_unicode=True)
    brought = fonds.scheme_texts.bring(archivist, text)
    assert (brought.created, brought.changed, brought.published) == (("ZL", "ZL-GN"), ("HT",), False)
    assert CategorySaid.of(fonds.categories.get("ZL")) == NEW
    assert fonds.categories.get("ZL-GN").path == ("ZL", "ZL-GN")
    assert list(fonds.categories.get("ZL-GN").schema["properties"]) == ["hall"]
    assert fonds.categories.get("HT").name == "合同"
    assert fonds.scheming.drafted(archivist) == {"HT"}
    assert fonds.scheming.draft(archivist, "HT").changes == [schema_editing.Change("set", "name")]
    in_force = fonds.scheme_texts.export(archivist)
    assert fonds.scheme_texts.bring(archivist, in_force).changed == ()
    assert fonds.scheming.drafted(archivist) == {"HT"}
    assert fonds.scheme_texts.bring(archivist, text).changed == ("HT",)
    assert fonds.scheme_texts.bring(archivist, text, reason="统一名称").published
    assert fonds.categories.get("HT").name == "合同协议"
    assert fonds.scheming.versions(archivist, "HT")[0].reason == "统一名称"


WRONG: list[tuple[Change, str, str]] = [
    (lambda by: by["HT"].update(secrecy="L3"), "HT.secrecy", "not_in_list"),
    (lambda by: by["HT"].update(retention="D7"), "HT.retention", "not_in_list"),
    (lambda by: by["HT"].update(name=" "), "HT.name", "required"),
    (lambda by: by["HT"].update(parent="FP"), "HT.parent", "published"),
    (lambda by: by["HT"].update(code="ht 1"), "ht 1.code", "bad_code"),
    (lambda by: by["HT"].update(code="NEU", parent="NIX"), "NEU.parent", "unknown_category"),
    (lambda by: by["HT"].update(code="NEU", parent="NEU"), "NEU.parent", "circle"),
    (lambda by: by["HT"].update(code="NB"), "{n}", "bad_entry"),
]


def test_each_fault_names_its_category_and_field(fonds: Fonds, archivist: Actor) -> None:
    text = fonds.scheme_texts.export(archivist)
    listed = [one["code"] for one in yaml.safe_load(text)["categories"]]
    second = max(listed.index("HT"), listed.index("NB")) + 1
    key = fonds.scheming.draft(archivist, "HT").fields[0].key
    for change, path, code in WRONG:
        found = faults_of(fonds, archivist, changed(text, change))
        assert (path.format(key=key, n=second), code) in [(one.path, one.code) for one in found]


FOREIGN: list[object] = [
    "HT",
    {"name": "x", "schema": {"$schema": "https://json-schema.org/draft/2020-12/schema"}},
    {"code": "X", "name": 3},
    {"code": "X", "name": "x", "fields": {"a": 1}},
    {"code": "X", "name": "x", "fields": [{"key": "a", "required": "yes"}]},
    {"code": "X", "name": "x", "fields": [{"label": "a"}]},
    {"code": "X", "name": "x", "fields": [{"key": "a", "choices": [1]}]},
    {"code": "X", "name": "x", "fields": [{"key": "a", "label": "a", "pattern": "(a+)+$"}]},
    {"code": "X", "name": "x", "fields": [{"key": f"f{n}"} for n in range(MAX_FIELDS + 1)]},
]


def test_an_entry_of_another_shape_is_none(fonds: Fonds, archivist: Actor) -> None:
    for entry in FOREIGN:
        [fault] = faults_of(fonds, archivist, scheme_of(entry))
        assert (fault.path, fault.code) == ("1", "bad_entry"), entry


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
)


HOSTILE: list[tuple[str, str, int | None]] = [
    (BOMB, "not_plain", 1),
    ("format: fonds-scheme-1\nx: !!python/object/apply:os.system [id]\n", "not_plain", 2),
    ("x: !!binary aGk=", "not_plain", 1),
    ("[" * 50_000, "not_plain", 1),
    ("x: " + "9" * 200_000, "not_plain", 1),
    ("x: " + ":".join(["1"] * 100_000), "not_plain", 1),
    ("a: 1\nb: [\n", "not_yaml", 3),
    ("a: 1\n? [a]\n: 1\n", "not_yaml", 2),
    ("a: 1\nb: \x00", "not_yaml", 2),
    ("x: 2026-99-99", "not_yaml", 1),
    ("x" * 10_000_000, "too_long", None),
    ("", "no_scheme", None),
    ("- 1", "no_scheme", None),
    ('{"type": "object", "properties": {"a": {"type": "string"}}}', "no_scheme", None),
    ("format: fonds-scheme-2\ncategories: []", "no_scheme", None),
    ("format: fonds-scheme-1\ncategories: {}", "no_scheme", None),
]


def test_a_hostile_or_foreign_text_is_refused_soon(fonds: Fonds, archivist: Actor) -> None:
    for text, code, line in HOSTILE:
        began = time.process_time()
        [fault] = faults_of(fonds, archivist, text)
        assert (fault.code, fault.params.get("line")) == (code, line), text[:60]
        assert time.process_time() - began < 5, text[:60]


def test_a_category_is_created_below_another_and_keeps_what_that_keeps(
    fonds: Fonds, archivist: Actor
) -> None:
    above = next(one for one in fonds.categories.all() if one.core_secret)
    made = fonds.scheming.create(archivist, f"{above.code}-X1", above.code, NEW)
    assert (made.path[-2:], made.version, made.core_secret) == ((above.code, f"{above.code}-X1"), 1, True)
    assert CategorySaid.of(made) == NEW
    assert [one.facts["parent"] for one in AuditEvent.objects(act="create_category")] == [above.code]
    for code, said, fault in (
        ("HT", NEW, (".code", "taken")),
        ("h t", NEW, (".code", "bad_code")),
        ("X2", CategorySaid("x", filing_scope="长" * 501), (".filing_scope", "too_long")),
        ("X2", CategorySaid("x", "y" * 81), (".name_en", "too_long")),
    ):
        with pytest.raises(InvalidInput) as caught:
            fonds.scheming.create(archivist, code, "", said)
        assert [(one.path, one.code) for one in caught.value.faults] == [fault]
    with pytest.raises(NotFound):
        fonds.scheming.create(archivist, "X2", "NIX", NEW)


def test_names_and_defaults_are_versions_too(fonds: Fonds, archivist: Actor) -> None:
    before = fonds.categories.get("HT")
    fields = fonds.scheming.draft(archivist, "HT").fields
    saved = fonds.scheming.save(archivist, "HT", fields, rev=0, said=NEW)
    assert {one.key for one in saved.changes} >= {"name", "filing_scope"}
    kept = fonds.scheming.save(archivist, "HT", [*fields, FieldDraft("hall", "展馆")], rev=1)
    assert kept.said == NEW
    assert fonds.categories.get("HT").name == before.name
    after = fonds.scheming.publish(archivist, "HT", rev=2, reason="改名")
    assert (CategorySaid.of(after), after.numbering, after.plain) == (NEW, before.numbering, before.plain)


@pytest.mark.requirement("R-SEC-6")
def test_nobody_else_takes_brings_or_adds(fonds: Fonds) -> None:
    others = [role for role in Role if role not in (Role.SYSADMIN, Role.ARCHIVIST)]
    actor = an_actor("somebody", *others, department="市场部")
    attempts: tuple[Callable[[], object], ...] = (
        lambda: fonds.scheme_texts.export(actor),
        lambda: fonds.scheme_texts.bring(actor, "nonsense"),
        lambda: fonds.scheming.create(actor, "X1", "", NEW),
        lambda: fonds.scheming.drafted(actor),
    )
    for attempt in attempts:
        with pytest.raises(Forbidden):
            attempt()
