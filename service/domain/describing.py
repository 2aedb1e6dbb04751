"""Description of a record: the fixed core (S-MD-1) and the fields of its category, checked and read."""

import math
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from service.domain.dates import FIRST_YEAR, read_date
from service.domain.holdings import Description
from service.domain.permissions import SECRECY
from service.domain.schemas import joined, schema_faults, shown
from service.domain.wording import core_hints, expected, fault, quoted
from service.errors import Fault

__all__ = [
    "COPY_STATUSES",
    "GRADES",
    "LOCATION",
    "MAX_KEYWORDS",
    "MAX_LENGTHS",
    "OPENNESS",
    "RETENTIONS",
    "check",
    "check_core",
    "is_blank",
    "kept_at",
    "missing",
    "names",
    "read_date",
    "searchable",
    "shown",
]

RETENTIONS = ("PERMANENT", "D30", "D10")
"""永久, 30 years, 10 years (glossary, S-RT-1)."""

GRADES = ("1", "2", "3")
"""档案级别: important history and experience, important, general (R-SEC-2)."""

OPENNESS = ("open", "closed")
"""公开, 非公开 (R-SEC-3)."""

LOCATION = ("room", "cabinet", "shelf", "box")
"""Where the paper is kept: 库房, 柜, 层, 盒."""

COPY_STATUSES = ("original", "copy")
"""原件, 复印件 (G7, S-RT-2)."""

MAX_LENGTHS = {
    "title": 500,
    "department": 100,
    "responsible": 200,
    "doc_no": 100,
    "original_place": 200,
    "note": 5000,
    **dict.fromkeys(LOCATION, 50),
}
"""Texts of the core, in characters."""

MAX_KEYWORDS = 50
MAX_ENTRIES = 500
"""Longest list of a field whose schema says nothing else."""

MAX_TEXT = 20_000
"""Longest text of a field whose schema says nothing else; longer texts belong into a file."""

MAX_WHOLE = 2**53
"""Beyond this, numbers lose digits on their way through JSON."""

MAX_UNKNOWN = 50
"""Unknown fields that are told at once."""

LANGUAGE_MAX = 35
"""Longest language tag that is in use (RFC 5646)."""


def check(fields: Mapping[str, Any], schema: Mapping[str, Any], *, complete: bool) -> list[Fault]:
    """Everything that is wrong with the fields of a category, by path `fields.NAME`, in the order of the form.

    Blank values ("", None, []) count as not given. Unless `complete`, required fields may be missing: a
    draft is described step by step. Schemas: see `service.domain.schemas`.
    """
    properties: Mapping[str, Any] = schema.get("properties", {})
    given = {name: fields[name] for name in properties if not is_blank(fields.get(name))}
    plain = {name: _check_plain(f"fields.{name}", value, properties[name]) for name, value in given.items()}
    faults = [one for found in plain.values() for one in found]
    faults += schema_faults({name: value for name, value in given.items() if not plain[name]}, schema)
    if complete:
        faults += [
            fault(f"fields.{name}", "required", properties.get(name)) for name in missing(fields, schema)
        ]
    unknown = [quoted(name) for name in fields if name not in properties][:MAX_UNKNOWN]
    faults += [fault(f"fields.{name}", "unknown_field", {"title": name}) for name in unknown]
    places = {f"fields.{name}": place for place, name in enumerate(properties)}
    return sorted(faults, key=lambda one: places.get(".".join(one.path.split(".")[:2]), len(places)))


def check_core(described: Description) -> list[Fault]:
    """Everything that is wrong with the fixed core; None = not said."""
    faults: list[Fault] = []
    for name, limit in MAX_LENGTHS.items():
        value = getattr(described, name)
        if value is not None:
            faults += _check_text(name, value, limit=limit, lines=name == "note", hints=core_hints(name))
    if described.title is not None and not described.title.strip():
        faults.append(fault("title", "required", core_hints("title")))
    faults += _check_choice("secrecy", described.secrecy, SECRECY)
    faults += _check_choice("retention", described.retention, ("", *RETENTIONS))
    faults += _check_choice("grade", described.grade, ("", *GRADES))
    faults += _check_choice("openness", described.openness, ("", *OPENNESS))
    faults += _check_choice("copy_status", described.copy_status, ("", *COPY_STATUSES))
    if described.date is not None and described.date.year < FIRST_YEAR:
        value = described.date.isoformat()
        faults.append(fault("date", "bad_date", core_hints("date"), value=value))
    if described.language is not None and not _is_language(described.language):
        faults.append(fault("language", "bad_language", core_hints("language")))
    return faults + _check_keywords(described.keywords or ())


def missing(fields: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """Names of the required fields that are still blank (R-VAL-6), in the order of the schema."""
    return [name for name in schema.get("required", ()) if is_blank(fields.get(name))]


def searchable(fields: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, str]:
    """Label → text of the fields that search finds: amounts as digits, dates ISO, values of lists in Chinese."""
    return {
        str(hints.get("title", name)): shown(fields[name], hints)
        for name, hints in schema.get("properties", {}).items()
        if hints.get("x-searchable") and not is_blank(fields.get(name))
    }


def kept_at(row: Any) -> str:
    """Where the paper is kept, in words that people type: 库房 A 3 柜 2 层 07 盒; "" where nobody said it."""
    words = {"room": "库房 {}", "cabinet": "{} 柜", "shelf": "{} 层", "box": "{} 盒"}
    return " ".join(words[name].format(value) for name in LOCATION if (value := getattr(row, name)))


def names(fields: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """Names of persons and parties in the fields, each once, in the order of the schema."""
    found: dict[str, None] = {}
    for name, hints in schema.get("properties", {}).items():
        if hints.get("x-widget") in ("person", "party"):
            value = fields.get(name)
            entries = value if isinstance(value, list) else [value]
            found |= {entry.strip(): None for entry in entries if isinstance(entry, str) and entry.strip()}
    return list(found)


def is_blank(value: Any) -> bool:
    """Whether a field says nothing."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _check_plain(path: str, value: Any, hints: Mapping[str, Any]) -> list[Fault]:
    """What no schema can allow, because it could not be stored, or not be read back as it was."""
    if isinstance(value, str):
        limit = hints.get("maxLength", MAX_TEXT)
        return _check_text(path, value, limit=limit, lines=hints.get("x-widget") == "textarea", hints=hints)
    if isinstance(value, int | float):
        return _check_number(path, value, hints)
    if isinstance(value, list):
        return _check_list(path, value, hints)
    return [fault(path, "wrong_type", hints, **expected(hints.get("type", "string")))]


def _check_number(path: str, value: int | float, hints: Mapping[str, Any]) -> list[Fault]:
    if isinstance(value, float) and not math.isfinite(value):
        return [fault(path, "not_finite", hints)]
    if abs(value) > MAX_WHOLE:
        code, limit = ("too_large", MAX_WHOLE) if value > 0 else ("too_small", -MAX_WHOLE)
        return [fault(path, code, hints, limit=limit)]
    return []


def _check_list(path: str, values: Sequence[Any], hints: Mapping[str, Any]) -> list[Fault]:
    limit = hints.get("maxItems", MAX_ENTRIES)
    if len(values) > limit:
        return [fault(path, "too_many", hints, limit=limit, length=len(values))]
    labels = {key: hints[key] for key in ("title", "x-title-en") if key in hints}
    items = {**hints.get("items", {}), **labels}
    return [
        one
        for place, entry in enumerate(values)
        for one in (
            [fault(f"{path}.{place}", "wrong_type", items, **expected(items.get("type", "string")))]
            if isinstance(entry, list)
            else _check_plain(f"{path}.{place}", entry, items)
        )
    ]


def _check_text(path: str, text: str, *, limit: int, lines: bool, hints: Mapping[str, Any]) -> list[Fault]:
    if len(text) > limit:
        return [fault(path, "too_long", hints, limit=limit, length=len(text))]
    kinds = {unicodedata.category(sign) for sign in text if not (lines and sign in "\n\r\t")}
    if "Cs" in kinds:
        return [fault(path, "not_unicode", hints)]
    if "Cc" in kinds:
        return [fault(path, "control_character", hints)]
    return []


def _check_choice(name: str, value: str | None, allowed: Sequence[str]) -> list[Fault]:
    if value is None or value in allowed:
        return []
    choices = list(filter(None, allowed))
    told = {"allowed": joined(choices, "zh"), "allowed_en": joined(choices, "en")}
    return [fault(name, "not_in_list", core_hints(name), value=quoted(value), **told)]


def _check_keywords(keywords: Sequence[str]) -> list[Fault]:
    hints = core_hints("keywords")
    if len(keywords) > MAX_KEYWORDS:
        return [fault("keywords", "too_many", hints, limit=MAX_KEYWORDS, length=len(keywords))]
    faults = [
        one
        for place, word in enumerate(keywords)
        for one in _check_text(f"keywords.{place}", word, limit=50, lines=False, hints=hints)
    ]
    blank = [place for place, word in enumerate(keywords) if not word.strip()]
    return faults + [fault(f"keywords.{place}", "required", hints) for place in blank]


def _is_language(tag: str) -> bool:
    first, *rest = tag.split("-")
    parts = [
        len(first) in (2, 3) and first.islower(),
        *(2 <= len(part) <= 8 and part.isalnum() for part in rest),
    ]
    return tag.isascii() and len(tag) <= LANGUAGE_MAX and all(parts)
