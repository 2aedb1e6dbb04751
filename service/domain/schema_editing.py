"""Editing the fields of a category: between the schema and what people say of a field, and what a version changes.

What was published may change too: fields and choices go, kinds and units become others. What was described before
keeps the version it was described by, and is moved by a mapping (`service.domain.mapping`; R-CAT-1, R-AUD-3).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from service.errors import Fault

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
VALUE = re.compile(r"[A-Za-z0-9_.-]{1,40}", re.ASCII)
MAX_FIELDS = 120
MAX_CHOICES = 200
LARGEST = 9_999_999_999_999.99

KINDS: Mapping[str, Mapping[str, Any]] = {
    "text": {"type": "string", "maxLength": 200, "x-widget": "text"},
    "textarea": {"type": "string", "maxLength": 5000, "x-widget": "textarea"},
    "date": {"type": "string", "format": "date", "x-widget": "date"},
    "number": {
        "type": "number",
        "minimum": -LARGEST,
        "maximum": LARGEST,
        "x-decimals": 4,
        "x-widget": "number",
    },
    "integer": {"type": "integer", "minimum": 0, "maximum": 1_000_000_000, "x-widget": "number"},
    "money": {
        "type": "number",
        "minimum": 0,
        "maximum": LARGEST,
        "x-decimals": 2,
        "x-widget": "money",
        "x-unit": "元",
    },
    "select": {"type": "string", "x-widget": "select"},
    "several": {"type": "array", "uniqueItems": True, "x-widget": "select"},
    "list": {
        "type": "array",
        "items": {"type": "string", "maxLength": 200, "minLength": 1},
        "uniqueItems": True,
        "maxItems": 100,
        "x-widget": "text",
    },
    "boolean": {"type": "boolean", "x-widget": "select"},
    "phone": {"type": "string", "format": "phone", "maxLength": 40, "x-widget": "phone"},
    "person": {"type": "string", "maxLength": 100, "x-widget": "person"},
    "party": {"type": "string", "maxLength": 200, "x-widget": "party"},
    "record": {"type": "string", "maxLength": 64, "x-widget": "record"},
}
"""Kind of a field as people choose it → what its schema begins with."""

CHOOSING = ("select", "several")
KEPT = ("x-group", "x-identity", "x-requirement")
"""Hints that a field keeps when it becomes one of another kind."""


@dataclass(frozen=True, slots=True)
class FieldDraft:
    """A field as it is edited. `choices` is one a line: value=中文=English."""

    key: str
    label: str = ""
    label_en: str = ""
    kind: str = "text"
    unit: str = ""
    choices: str = ""
    required: bool = False
    personal: bool = False
    searchable: bool = True
    help: str = ""
    help_en: str = ""
    fixed: bool = False
    """Whether it was published, so that its key stays."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a version does to a field, or ("set") to a part `key` of what it says beside them."""

    what: str
    key: str = ""
    label: str = ""
    label_en: str = ""

    @property
    def told(self) -> list[str]:
        """As the audit trail keeps it: what was done, to what."""
        return [self.what, self.label or self.key]


def drafts_of(schema: Mapping[str, Any], published: Mapping[str, Any]) -> list[FieldDraft]:
    """The fields of a schema in their order, as they are edited."""
    properties: Mapping[str, Any] = schema.get("properties", {})
    ordered = sorted(properties.items(), key=lambda item: item[1].get("x-order", 1000))
    required, known = schema.get("required", ()), published.get("properties", {})
    return [
        FieldDraft(
            key=key,
            label=hints.get("title", key),
            label_en=hints.get("x-title-en", ""),
            kind=kind_of(hints),
            unit=hints.get("x-unit", ""),
            choices=_lines(hints),
            required=key in required,
            personal=bool(hints.get("x-personal")),
            searchable=bool(hints.get("x-searchable")),
            help=hints.get("description", ""),
            help_en=hints.get("x-description-en", ""),
            fixed=key in known,
        )
        for key, hints in ordered
    ]


def kind_of(hints: Mapping[str, Any]) -> str:
    """The kind of a field by its schema."""
    if hints.get("type") == "array":
        return "several" if "enum" in hints.get("items", {}) else "list"
    if hints.get("type") == "boolean":
        return "boolean"
    if "enum" in hints:
        return "select"
    if hints.get("type") == "integer":
        return "integer"
    widget = hints.get("x-widget", "text")
    return widget if widget in KINDS and widget != "select" else "text"


def schema_of(drafts: Sequence[FieldDraft], published: Mapping[str, Any]) -> dict[str, Any]:
    """The schema that the drafts say, over what was published: hints that are not edited here stay."""
    known: Mapping[str, Any] = published.get("properties", {})
    groups = dict(published.get("x-groups", {})) or {"basic": {"zh": "基本信息", "en": "Basics"}}
    group = next(iter(groups))
    properties = {}
    for place, draft in enumerate(drafts, start=1):
        base = known.get(draft.key, {"x-group": group, **KINDS[draft.kind]})
        if kind_of(base) != draft.kind:
            base = {name: base[name] for name in KEPT if name in base} | dict(KINDS[draft.kind])
        properties[draft.key] = _hints(base, draft) | {"x-order": place}
    return {
        **published,
        "type": "object",
        "additionalProperties": False,
        "x-groups": groups,
        "required": [draft.key for draft in drafts if draft.required],
        "properties": properties,
    }


def _hints(base: Mapping[str, Any], draft: FieldDraft) -> dict[str, Any]:
    said: dict[str, Any] = {
        "title": draft.label.strip(),
        "x-title-en": draft.label_en.strip() or draft.label.strip(),
        "x-unit": draft.unit.strip(),
        "description": draft.help.strip(),
        "x-description-en": draft.help_en.strip() or draft.help.strip(),
        "x-personal": draft.personal,
        "x-searchable": draft.searchable,
    }
    hints = {name: value for name, value in base.items() if name not in said}
    hints |= {name: value for name, value in said.items() if value}
    if draft.kind in CHOOSING:
        labels = {value: {"zh": zh, "en": en} for value, zh, en in choices_of(draft)}
        if draft.kind == "select":
            hints |= {"enum": list(labels), "x-enum-labels": labels}
        else:
            items = {"type": "string", "enum": list(labels), "x-enum-labels": labels}
            hints |= {"items": items, "maxItems": hints.get("maxItems", MAX_CHOICES)}
    return hints


def choices_of(draft: FieldDraft) -> list[tuple[str, str, str]]:
    """(value, Chinese, English) of every line; what is left out is taken from the left."""
    found = []
    for line in draft.choices.splitlines():
        words = [word.strip() for word in line.split("=")]
        if words[0]:
            zh = words[1] if len(words) > 1 and words[1] else words[0]
            found.append((words[0], zh, words[2] if len(words) > 2 and words[2] else zh))
    return found


def choices_in(hints: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """value → (Chinese, English) of the choices that a field offers, in their order; {} where it offers none."""
    listed = hints.get("items", hints) if hints.get("type") == "array" else hints
    labels = listed.get("x-enum-labels", {})
    told = {str(one): labels.get(one, {}) for one in listed.get("enum", ())}
    return {one: (said.get("zh", one), said.get("en", one)) for one, said in told.items()}


def _lines(hints: Mapping[str, Any]) -> str:
    return "\n".join(f"{one}={zh}={en}" for one, (zh, en) in choices_in(hints).items())


def faults_of(drafts: Sequence[FieldDraft]) -> list[Fault]:
    """Everything that is wrong with the drafts; paths are `key.part`."""
    faults: list[Fault] = []
    if len(drafts) > MAX_FIELDS:
        faults.append(Fault("", "too_many", "字段最多 %(limit)s 个", {"limit": MAX_FIELDS}))
    keys, labels = [draft.key for draft in drafts], [draft.label.strip() for draft in drafts]
    for draft in drafts:
        faults += _field_faults(draft)
        if keys.count(draft.key) > 1:
            faults.append(Fault(f"{draft.key}.key", "repeated", "代号不能重复"))
        if draft.label.strip() and labels.count(draft.label.strip()) > 1:
            faults.append(Fault(f"{draft.key}.label", "repeated", "名称不能重复"))
    return faults


def _field_faults(draft: FieldDraft) -> list[Fault]:
    faults = []
    if not KEY.fullmatch(draft.key):
        message = "代号用小写英文字母开头，只含小写字母、数字和 _"
        faults.append(Fault(f"{draft.key}.key", "bad_key", message))
    if not 1 <= len(draft.label.strip()) <= 60:
        faults.append(Fault(f"{draft.key}.label", "required", "名称必填，最多 60 个字"))
    if draft.kind not in KINDS:
        faults.append(Fault(f"{draft.key}.kind", "not_in_list", "没有这种字段"))
    if draft.kind in CHOOSING:
        faults += _choice_faults(draft)
    return faults


def _choice_faults(draft: FieldDraft) -> list[Fault]:
    path, values = f"{draft.key}.choices", [value for value, _zh, _en in choices_of(draft)]
    faults = []
    if not 1 <= len(values) <= MAX_CHOICES or len(set(values)) < len(values):
        faults.append(Fault(path, "bad_choices", "选项每行一个，不重复，1–200 个"))
    if not all(VALUE.fullmatch(value) for value in values):
        faults.append(Fault(path, "bad_value", "选项写成 代码=中文=English，代码只含字母、数字和 _ . -"))
    return faults


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Every change of fields: added, removed, changed; moved where their order is another one."""
    old = {draft.key: draft for draft in drafts_of(before, {})}
    new = {draft.key: draft for draft in drafts_of(after, {})}
    found = [_change("removed", old[key]) for key in old if key not in new]
    for key, draft in new.items():
        if key not in old:
            found.append(_change("added", draft))
        elif replace(draft, fixed=False) != replace(old[key], fixed=False):
            found.append(_change("changed", draft))
    kept = [key for key in old if key in new]
    if kept != [key for key in new if key in old]:
        found.append(Change("moved"))
    return found


def _change(what: str, field: FieldDraft) -> Change:
    return Change(what, field.key, field.label, field.label_en)
