"""The description form: fields drawn from a category's schema, and what comes back from it."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from service.domain.describing import (
    LOCATION,
    MAX_LENGTHS,
    check,
    check_core,
)
from service.domain.holdings import CategoryView, Description, RecordView
from service.errors import Fault, InvalidInput
from service.problems import language, said
from service.usecases.describing.suggesting import ShownEvidence
from service.web import dates, shown
from service.web.language import translated as _
from service.web.record import keeping

FEW = 4
"""Up to so many choices stand side by side; more fold into a list."""

WIDE = ("textarea", "party", "record")
DRAWN = ("textarea", "record", "date")
"""Hints that are drawn in a way of their own; the others are lines of text."""
CORE = ("title", "department", "responsible", "doc_no", "original_place", "note", *LOCATION)
CHOSEN = ("category", "secrecy", "grade", "openness", "retention", "copy_status")


@dataclass(frozen=True, slots=True)
class Offer:
    """What is suggested for a field: the value as typed, as said, and in words where it was read."""

    values: tuple[str, ...]
    shown: str
    source: str
    told: ShownEvidence
    rest: bool = True
    """Whether 「采纳其余」 takes it along; not where somebody has typed something else."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field as the page draws it. `value` is what stands in it; `values` where there may be several."""

    path: str
    label: str
    widget: str = "text"
    value: str = ""
    values: tuple[str, ...] = ()
    choices: Sequence[tuple[str, str]] = ()
    required: bool = False
    unit: str = ""
    hint: str = ""
    limit: int = 0
    wide: bool = False
    error: str = ""
    offer: Offer | None = None
    digit: str = ""
    """The key that accepts the suggestion or opens the field, "" for none."""

    @property
    def id(self) -> str:
        """Its id on the page."""
        return "f-" + self.path.replace(".", "-")

    @property
    def shown(self) -> str:
        """What it says, for reading."""
        names = dict(self.choices)
        if self.values:
            return "、".join(names.get(one, one) for one in self.values)
        text = names.get(self.value, self.value)
        return f"{text} {self.unit}".strip() if text else ""


@dataclass(frozen=True, slots=True)
class Section:
    """Fields under a heading, "" for the first."""

    title: str
    fields: Sequence[Field]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole form: what it is about, what stands in it, and what is wrong with it."""

    values: Mapping[str, Sequence[str]]
    category: CategoryView | None
    categories: Sequence[CategoryView]
    faults: Sequence[Fault] = ()
    full: bool = True
    """Whether the archive's own fields (secrecy, retention, place) are asked for too."""
    leaning: CategoryView | None = None
    """The suggested category, whose fields are drawn until one is chosen."""
    offers: Mapping[str, Offer] = field(default_factory=dict)
    digits: Mapping[str, str] = field(default_factory=dict)

    @property
    def sections(self) -> list[Section]:
        """Everything in order: the core, the category's groups, the keeping."""
        parts = [Section("", self._core()), *self.category_sections()]
        return (
            [
                *parts,
                Section(
                    _("保管"), [self._plain(name, label, **rest) for name, label, rest in keeping.fields()]
                ),
            ]
            if self.full
            else parts
        )

    def category_sections(self) -> list[Section]:
        """The groups of the category's schema."""
        category = self.category or self.leaning
        if category is None:
            return []
        schema = category.schema
        groups: dict[str, list[Field]] = {}
        for name, hints in in_order(schema):
            groups.setdefault(str(hints.get("x-group", "")), []).append(
                self._from_schema(name, hints, schema)
            )
        titles = group_titles(schema)
        own = category_name(category)
        return [Section(titles.get(key, own), fields) for key, fields in groups.items()]

    @property
    def errors(self) -> list[tuple[str, str]]:
        """(id of the field, sentence) of everything that is wrong."""
        return [("f-" + fault.path.replace(".", "-"), sentence(fault)) for fault in self.faults]

    def _error(self, path: str) -> str:
        found = [
            sentence(fault)
            for fault in self.faults
            if fault.path == path or fault.path.startswith(path + ".")
        ]
        return "；".join(found)

    def _value(self, path: str) -> str:
        given = self.values.get(path) or ("",)
        return given[0]

    def _core(self) -> list[Field]:
        return [
            self._plain("title", _("题名"), required=True, wide=True),
            self._plain("category", _("类别"), widget="select", choices=category_choices(self.categories)),
            self._plain("date", _("日期"), widget="date"),
            self._plain("department", _("部门")),
            self._plain("responsible", _("责任者")),
            self._plain("doc_no", _("文号")),
        ]

    def _plain(self, name: str, label: str, **rest: Any) -> Field:
        return Field(
            name,
            label,
            value=self._value(name),
            limit=MAX_LENGTHS.get(name, 0),
            error=self._error(name),
            offer=self.offers.get(name),
            digit=self.digits.get(name, ""),
            **rest,
        )

    def _from_schema(self, name: str, hints: Mapping[str, Any], schema: Mapping[str, Any]) -> Field:
        path = f"fields.{name}"
        choices = choices_of(hints)
        widget = widget_of(hints, choices)
        given = self.values.get(path, ())
        return Field(
            path=path,
            label=in_language(hints, "title", name),
            widget=widget,
            value="、".join(given) if widget == "list" else self._value(path),
            values=tuple(given) if widget == "several" else (),
            choices=choices
            if widget in ("choice", "several")
            else [("", _("未填")), *choices]
            if choices
            else [],
            required=name in schema.get("required", ()),
            unit=str(hints.get("x-unit", "")),
            hint=in_language(hints, "description", ""),
            limit=int(hints.get("maxLength", 0)),
            wide=widget in (*WIDE, "several") or hints.get("x-widget") in WIDE or widget == "choice",
            error=self._error(path),
            offer=self.offers.get(path),
            digit=self.digits.get(path, ""),
        )


def in_order(schema: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """The schema's fields as the form shows them."""
    properties = schema.get("properties", {})
    return sorted(properties.items(), key=lambda item: item[1].get("x-order", 1000))


def group_titles(schema: Mapping[str, Any]) -> dict[str, str]:
    """Key of a section → its name."""
    groups = schema.get("x-groups", {})
    if isinstance(groups, Mapping):
        return {str(key): str(_named(name)) for key, name in groups.items()}
    return {str(group.get("key", "")): in_language(group, "title", "") for group in groups}


def _named(name: Any) -> Any:
    if isinstance(name, Mapping):
        return name.get(language()) or name.get("zh") or name.get("title", "")
    return name


def in_language(hints: Mapping[str, Any], key: str, default: str) -> str:
    """`key` of a schema in the page's language: the English stands beside it as `x-key-en`."""
    english = hints.get(f"x-{key}-en") if language() == "en" else None
    return str(english or hints.get(key, default))


def choices_of(hints: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Allowed values with their labels."""
    listed = hints.get("items", hints) if hints.get("type") == "array" else hints
    labels = listed.get("x-enum-labels", hints.get("x-enum-labels", {}))
    return [(str(value), str(_named(labels.get(value, value)))) for value in listed.get("enum", ())]


def whole(text: str) -> int:
    """A number that a form carries (a revision, say), 0 for what is none of at most nine digits."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def words_of(value: Any, hints: Mapping[str, Any]) -> str:
    """A stored value as people read it, in the page's language, with its unit."""
    if isinstance(value, list | tuple):
        return "、".join(words_of(one, hints) for one in value)
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, int | float):
        text = f"{value:,.2f}" if hints.get("x-widget") == "money" else f"{value:,}"
        return f"{text} {hints.get('x-unit', '')}".strip()
    return dict(choices_of(hints)).get(value, str(value))


def widget_of(hints: Mapping[str, Any], choices: Sequence[tuple[str, str]]) -> str:
    """How a field is drawn: its hint, else its type and the number of its choices."""
    if hints.get("type") == "array":
        return "several" if choices else "list"
    if hints.get("type") == "boolean":
        return "yes-no"
    if choices:
        short = len(choices) <= FEW and all(len(label) <= 8 for _value, label in choices)
        return "choice" if short else "select"
    if hints.get("type") in ("number", "integer"):
        return "number"
    widget = str(hints.get("x-widget", ""))
    if widget not in DRAWN and hints.get("format") == "date":
        return "date"
    return widget if widget in DRAWN else "text"


def category_name(category: CategoryView) -> str:
    """Its name in the page's language."""
    return category.name_en if language() == "en" and category.name_en else category.name


def category_choices(categories: Sequence[CategoryView]) -> list[tuple[str, str]]:
    """The scheme as a flat list, children moved in under their parents."""
    ordered = sorted(categories, key=lambda one: one.path)
    lines = [(one.code, "　" * (len(one.path) - 1) + category_name(one)) for one in ordered]
    return [("", _("未选择")), *lines]


def sentence(fault: Fault) -> str:
    """A fault in the page's language."""
    return said(fault.message, fault.params)


def values_of(record: RecordView) -> dict[str, list[str]]:
    """What stands in the form of a record."""
    values = {name: [str(getattr(record, name))] for name in CORE}
    for name in CHOSEN:
        values[name] = [str(getattr(record, name))]
    values["date"] = [shown.day(record.date)]
    values["keywords"] = ["、".join(record.keywords)]
    return values | {f"fields.{name}": as_typed(value) for name, value in record.fields.items()}


def as_typed(value: Any) -> list[str]:
    """A stored value as it stands in a field."""
    if isinstance(value, list | tuple):
        return [str(one) for one in value]
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    if isinstance(value, float) and value.is_integer():
        return [str(int(value))]
    return [] if value is None else [str(value)]


@dataclass(slots=True)
class _Reading:
    form: "MultiDict[str, str]"
    faults: list[Fault] = field(default_factory=list)

    def text(self, name: str) -> str | None:
        return self.form[name].strip().replace("\r\n", "\n") if name in self.form else None

    def date(self, name: str) -> datetime.date | None:
        typed = self.text(name)
        if not typed:
            return None
        found = dates.day(typed)
        if found is None:
            params = {"value": typed[:40]}
            self.faults.append(Fault(name, "bad_date", "“%(value)s”不是日期，应写成 2026-03-12", params))
        return found


def described(form: "MultiDict[str, str]", category: CategoryView | None) -> Description:
    """What a person said of a record. Raises `InvalidInput` for what cannot even be read; the rules come later."""
    reading = _Reading(form)
    day = reading.date("date")
    fields = dict(_fields(reading, category)) if category else {}
    keywords = reading.text("keywords")
    texts: dict[str, Any] = {name: reading.text(name) for name in (*CORE, *CHOSEN)}
    said_now = Description(
        **texts,
        date=day,
        clear_date=day is None and "date" in form,
        keywords=None if keywords is None else tuple(_split(keywords)),
        fields=fields,
    )
    if reading.faults:
        # The rules are the use case's, but whoever mistyped a date is told the rest in the same breath.
        ruled = check_core(said_now) + (check(fields, category.schema, complete=False) if category else [])
        raise InvalidInput([*reading.faults, *ruled])
    return said_now


def _fields(reading: _Reading, category: CategoryView) -> Iterator[tuple[str, Any]]:
    for name, hints in category.schema.get("properties", {}).items():
        path = f"fields.{name}"
        typed = [one.strip() for one in reading.form.getlist(path)]
        value = _value(reading, path, typed, hints)
        if value is not None and value not in ("", []):
            yield name, value


def _value(reading: _Reading, path: str, typed: Sequence[str], hints: Mapping[str, Any]) -> Any:
    text = (typed[0] if typed else "").replace("\r\n", "\n")
    kind = hints.get("type")
    if kind == "array":
        return [one for one in typed if one] if choices_of(hints) else list(_split(text))
    if not text:
        return None
    if kind == "boolean":
        return text == "yes"
    if kind in ("number", "integer"):
        return _number(reading, path, text, hints)
    if hints.get("format") == "date" and (day := dates.day(text)):
        return day.isoformat()
    return text


def _number(reading: _Reading, path: str, text: str, hints: Mapping[str, Any]) -> int | float | None:
    plain = text.replace(",", "").replace("，", "")
    try:
        value = float(plain)
        return int(plain) if plain.lstrip("-").isdigit() else value
    except ValueError:
        params = {
            "label": hints.get("title", path),
            "label_en": hints.get("x-title-en", path),
            "expected": "数字",
        }
        reading.faults.append(Fault(path, "wrong_type", "“%(label)s”应为%(expected)s", params))
        return None


def _split(text: str) -> Iterator[str]:
    for separator in "，,；;\n":
        text = text.replace(separator, "、")
    return (word.strip() for word in text.split("、") if word.strip())
