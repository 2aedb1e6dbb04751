"""Entry from a workbook (R-CAP-4): the columns of a category, and what a line of cells says of a record."""

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from service.domain.dates import read_date
from service.domain.describing import is_blank
from service.domain.wording import CORE_LABELS, fault
from service.errors import Fault

MOST_ROWS = 1000
"""Records of one workbook."""

CORE = (
    "title",
    "date",
    "department",
    "responsible",
    "doc_no",
    "secrecy",
    "retention",
    "copy_status",
    "original_place",
    "room",
    "cabinet",
    "shelf",
    "box",
    "keywords",
    "note",
)
"""What of the fixed core a workbook asks for, the title first; the fields of the category follow behind the dates."""

BEFORE_FIELDS = 5
"""So many columns of the core stand before those of the category."""

RESULT = ("录入结果", "Result")
ENTERED = ("已录入", "Entered")
"""What stands in the column of results of a line that is in the archive."""

CHOICES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "secrecy": {
        "L0": ("非密级", "Unclassified"),
        "L1": ("秘密", "Confidential"),
        "L2": ("机密", "Secret"),
    },
    "retention": {
        "PERMANENT": ("永久", "Permanent"),
        "D30": ("30 年", "30 years"),
        "D10": ("10 年", "10 years"),
    },
    "copy_status": {"original": ("原件", "Original"), "copy": ("复印件", "Copy")},
}
"""Field of the core → its choices, in Chinese and English."""

SEPARATORS = "，,；;、\n"
YES = {"是": True, "否": False, "yes": True, "no": False, "true": True, "false": False}

Cell = tuple[str, Any]
"""What a cell holds, as `ingest.tasks.workbook` tells it: s text, n number, d date, b truth, f formula, e error, ""
nothing."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the workbook: one field of a record."""

    path: str
    label: str
    label_en: str
    kind: str
    """text, date, number, integer, boolean, choice."""
    required: bool = False
    several: bool = False
    choices: Mapping[str, tuple[str, str]] | None = None
    unit: str = ""
    note: str = ""
    note_en: str = ""

    @property
    def hints(self) -> Mapping[str, str]:
        """Its labels in the form in which schemas give them."""
        return {"title": self.label, "x-title-en": self.label_en}

    def head(self, language: str) -> str:
        """What stands above it: the label, the unit, a star where it is required (R-VAL-6)."""
        unit = (
            f"（{self.unit}）" if self.unit and language == "zh" else f" ({self.unit})" if self.unit else ""
        )
        return (self.label if language == "zh" else self.label_en) + unit + ("*" if self.required else "")


@dataclass(frozen=True, slots=True)
class Said:
    """What a line says: values by path, and what is wrong with its cells."""

    values: Mapping[str, Any]
    faults: Sequence[Fault]

    @property
    def core(self) -> dict[str, Any]:
        """The fixed core, by name."""
        return {path: value for path, value in self.values.items() if not path.startswith("fields.")}

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of the category, by name."""
        return {
            path.removeprefix("fields."): value
            for path, value in self.values.items()
            if path.startswith("fields.")
        }


def columns_of(schema: Mapping[str, Any]) -> list[Column]:
    """The columns of a category's workbook in their order; every label is there once."""
    core = [_core_column(name) for name in CORE]
    properties = sorted(schema.get("properties", {}).items(), key=lambda item: item[1].get("x-order", 1000))
    required = schema.get("required", ())
    own = [_field_column(name, hints, required=name in required) for name, hints in properties]
    columns = [*core[:BEFORE_FIELDS], *own, *core[BEFORE_FIELDS:]]
    taken = {label for name in CORE for label in CORE_LABELS[name]}
    return [_apart(column, taken) for column in columns]


def _core_column(name: str) -> Column:
    label, english = CORE_LABELS[name]
    choices = CHOICES.get(name)
    kind = "date" if name == "date" else "choice" if choices else "text"
    return Column(
        name,
        label,
        english,
        kind,
        required=name == "title",
        several=name == "keywords",
        choices=choices,
        note="多个之间用顿号隔开" if name == "keywords" else "",
        note_en="Several, separated by commas" if name == "keywords" else "",
    )


def _field_column(name: str, hints: Mapping[str, Any], *, required: bool) -> Column:
    several = hints.get("type") == "array"
    inner = hints.get("items", {}) if several else hints
    label, help_text = str(hints.get("title", name)), str(hints.get("description", ""))
    return Column(
        f"fields.{name}",
        label,
        str(hints.get("x-title-en", label)),
        _kind(inner),
        required=required,
        several=several,
        choices=_choices(inner),
        unit=str(hints.get("x-unit", "")),
        note=help_text,
        note_en=str(hints.get("x-description-en", help_text)),
    )


def _kind(hints: Mapping[str, Any]) -> str:
    if "enum" in hints:
        return "choice"
    if hints.get("format") == "date":
        return "date"
    kind = hints.get("type", "string")
    return kind if kind in ("number", "integer", "boolean") else "text"


def _choices(hints: Mapping[str, Any]) -> dict[str, tuple[str, str]] | None:
    if "enum" not in hints:
        return {"true": ("是", "Yes"), "false": ("否", "No")} if hints.get("type") == "boolean" else None
    labels = hints.get("x-enum-labels", {})
    told = {value: labels.get(value, {}) for value in hints["enum"]}
    return {
        str(value): (str(said.get("zh", value)), str(said.get("en", value))) for value, said in told.items()
    }


def _apart(column: Column, taken: set[str]) -> Column:
    """A column of the category whose label is one of the core's already says so."""
    if not column.path.startswith("fields.") or not {column.label, column.label_en} & taken:
        return column
    return Column(
        **{name: getattr(column, name) for name in column.__slots__}
        | {"label": f"{column.label}·本类别", "label_en": f"{column.label_en} of the category"}
    )


def placed(columns: Sequence[Column], heads: Sequence[Cell]) -> tuple[list[Column | str], list[Fault]]:
    """What stands below each head: a column, `RESULT[0]` or "" for what is not known; and what is wrong with them."""
    known = {_bare(label): one for one in columns for label in (one.label, one.label_en)}
    results = {_bare(word) for word in RESULT}
    found: list[Column | str] = []
    faults = []
    for _, value in heads:
        text = str(value or "")
        column = known.get(_bare(text)) or known.get(_bare(text.partition("（")[0].partition(" (")[0]))
        if column in found:
            params = {"label": text[:40], "label_en": text[:40]}
            faults.append(Fault("heads", "repeated_head", "“%(label)s”这一列有两次，留一列", params))
        found.append(column or (RESULT[0] if _bare(text) in results else ""))
    for column in columns:
        if column.required and column not in found:
            params = {"label": column.label, "label_en": column.label_en}
            faults.append(Fault("heads", "missing_head", "缺少“%(label)s”这一列，用本类别的模板录入", params))
    return found, faults


def said_by(places: Sequence[Column | str], cells: Sequence[Cell]) -> Said:
    """What a line says of a record; blank cells say nothing."""
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for column, cell in zip(places, cells, strict=False):
        if isinstance(column, str) or not cell[0]:
            continue
        if cell[0] in ("f", "e"):
            code = "formula" if cell[0] == "f" else "cell_error"
            faults.append(fault(column.path, code, column.hints))
            continue
        value = _value(column, cell)
        if column.path == "date" and not isinstance(value, date):
            faults.append(fault("date", "bad_date", column.hints, value=str(value)[:40]))
        elif not is_blank(value):
            values[column.path] = value
    return Said(values, faults)


def read_as(hints: Mapping[str, Any], text: str) -> Any:
    """What a text means in a field with these hints; where it means nothing there, the text itself."""
    return _value(_field_column("", hints, required=False), ("s", text))


def is_entered(places: Sequence[Column | str], cells: Sequence[Cell]) -> bool:
    """Whether the line bears the mark of one that was entered already."""
    marks = {str(cell[1] or "").strip() for one, cell in zip(places, cells, strict=False) if one == RESULT[0]}
    return bool(marks & set(ENTERED))


def digest_of(actor_id: str, category: str, values: Mapping[str, Any]) -> str:
    """By what a line is known again: the same content of the same person in the same category."""
    told = [actor_id, category, sorted((path, _canonical(value)) for path, value in values.items())]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")).hexdigest()


def _canonical(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


def _value(column: Column, cell: Cell) -> Any:
    """The value that is meant, or what was typed where it means none: the rules of the schema then say so."""
    kind, value = cell
    if column.several:
        return _several(column, _text(kind, value))
    if column.kind == "date":
        return _day(column, kind, value)
    if column.kind == "choice":
        return _chosen(column, _text(kind, value))
    if column.kind == "boolean":
        return value if kind == "b" else YES.get(_text(kind, value).casefold(), _text(kind, value))
    if column.kind in ("number", "integer"):
        return _number(value) if kind == "n" else _read_number(_text(kind, value))
    return _text(kind, value)


def _several(column: Column, text: str) -> list[str]:
    for sign in SEPARATORS[1:]:
        text = text.replace(sign, SEPARATORS[0])
    words = [word.strip() for word in text.split(SEPARATORS[0]) if word.strip()]
    return [_chosen(column, word) for word in words] if column.choices else words


def _chosen(column: Column, text: str) -> str:
    wanted = _bare(text)
    for value, labels in (column.choices or {}).items():
        if wanted in (_bare(value), *map(_bare, labels)):
            return value
    return text


def _day(column: Column, kind: str, value: Any) -> Any:
    text = unicodedata.normalize("NFKC", _text(kind, value))
    for sign in "年月/.":
        text = text.replace(sign, "-")
    parts = text.replace("日", "").split("-")
    if len(parts) == 1 and len(text) == 8 and text.isdecimal():
        parts = [text[:4], text[4:6], text[6:]]
    if len(parts) == 3 and all(part.strip().isdecimal() for part in parts):
        text = "-".join(part.strip().zfill(size) for part, size in zip(parts, (4, 2, 2), strict=True))
    found = read_date(text)
    if found is None:
        return _text(kind, value)
    return found if column.path == "date" else text


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _read_number(text: str) -> Any:
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", "")
    try:
        return _number(float(plain)) if plain.isascii() else text
    except ValueError:
        return text


def _text(kind: str, value: Any) -> str:
    if kind == "n":
        return str(_number(value))
    if kind == "b":
        return "是" if value else "否"
    return str(value).strip()


def _bare(text: str) -> str:
    """A head or choice as it is compared: folded, without stars, blanks and what marks a unit."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in folded if sign not in "* \t\n()")
