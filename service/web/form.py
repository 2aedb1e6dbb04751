"""The description form: fields drawn from a category's schema, and what comes back from it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from service.domain.describing import (
    LOCATION,
    MAX_LENGTHS,
    is_blank,
)
from service.domain.holdings import CategoryView, RecordView
from service.errors import Fault
from service.problems import language, said
from service.usecases.describing.suggesting import ShownEvidence
from service.web import shown
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
    figure: str = ""
    """A number as it is read, with its unit, "" of what is none."""

    @property
    def id(self) -> str:
        """Its id on the page."""
        return "f-" + self.path.replace(".", "-")

    @property
    def shown(self) -> str:
        """What it says, for reading."""
        if self.figure:
            return self.figure
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
    fresh: bool = False
    """Whether the record is not there yet: what nobody says goes by its category."""
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
                    _("保管"),
                    [
                        self._plain(name, label, **rest)
                        for name, label, rest in keeping.fields(fresh=self.fresh)
                    ],
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
            figure=_figure(self._value(path), hints),
        )


def _figure(typed: str, hints: Mapping[str, Any]) -> str:
    """A number that was typed, its thousands apart, "" of what cannot be read as one."""
    if hints.get("type") not in ("number", "integer"):
        return ""
    with suppress(ValueError):
        return words_of(number_in(typed), hints)
    return ""


def number_in(text: str) -> int | float:
    """The number that a field holds, its thousands apart or not. Raises `ValueError`."""
    plain = text.replace(",", "").replace("，", "")
    value = float(plain)
    return int(plain) if plain.lstrip("-").isdigit() else value


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


def words_if_said(value: Any, hints: Mapping[str, Any]) -> str:
    """The same of what may be missing: "" then."""
    return "" if is_blank(value) else words_of(value, hints)


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
