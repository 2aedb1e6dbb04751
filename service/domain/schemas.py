"""The dialect of JSON Schema 2020-12 in which categories describe their fields, and its faults in words.

Hints of ours, beside the standard's own keywords:

x-title-en, x-description-en  label and help text in English; `title` is unique in a schema: search shows it
x-group                      key of a section; the schema's `x-groups` names the sections, in order
x-order                      place in the form
x-widget                     text, textarea, date, money, number, select, person, party, record, phone
x-unit                       unit shown inside the field
x-enum-labels                value → {"zh", "en"}
x-personal                   personal data (R-PRV-4)
x-searchable                 whether search finds it
x-decimals                   decimal places allowed
x-not-before                 the date field that this date must not precede (R-VAL-8)
x-identity                   "name" or "contact": two records that share both are likely the same (R-VAL-11)
x-requirement                ids of the requirements that ask for it

Of the schema as a whole: `x-groups`, and `x-verify` with what is doubtful (see `service.domain.verifying`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError, validators

from service.domain.dates import read_date
from service.domain.wording import expected, fault, quoted
from service.errors import Fault

PHONE = re.compile(
    r"1[3-9]\d{9}|0\d{2,3}-\d{7,8}(-\d{1,6})?|[48]00-?\d{3}-?\d{4}|9[56]\d{3,6}|\+\d{1,3}-\d[\d-]{4,16}",
    re.ASCII,
)
"""Mobile of 11 digits, landline with area code (R-VAL-2), service numbers, and other countries as +CC-number."""

EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")

FORMAT_CODES = {"date": "bad_date", "phone": "bad_phone", "email": "bad_email"}

MAX_CHOICES = 12

CODES = {
    "type": "wrong_type",
    "enum": "not_in_list",
    "pattern": "bad_pattern",
    "minLength": "too_short",
    "minimum": "too_small",
    "maximum": "too_large",
    "maxItems": "too_many",
    "uniqueItems": "repeated",
    "x-decimals": "too_many_decimals",
}
"""Keyword of a schema → code of the fault; formats have their own."""


def schema_faults(given: Mapping[str, Any], schema: Mapping[str, Any]) -> list[Fault]:
    """What the schema says against the given values; required and unknown fields are judged elsewhere."""
    relaxed = {key: value for key, value in schema.items() if key not in ("required", "additionalProperties")}
    errors = FieldValidator(relaxed, format_checker=FORMATS).iter_errors(given)
    faults = [_fault_of(error, schema.get("properties", {})) for error in errors]
    wrong = {one.path for one in faults}
    return faults + [one for one in _order_faults(given, schema) if one.path not in wrong]


def shown(value: Any, hints: Mapping[str, Any], language: str = "zh") -> str:
    """A value as readers of "zh" or "en" see it: amounts as digits, labels of choices, several joined."""
    if isinstance(value, bool):
        no, yes = ("否", "是") if language == "zh" else ("No", "Yes")
        return yes if value else no
    if isinstance(value, list):
        return joined([shown(entry, hints.get("items", {}), language) for entry in value], language)
    if isinstance(value, int | float):
        return f"{Decimal(repr(value)).normalize():f}"
    labels = hints.get("x-enum-labels", {}).get(value, {}) if isinstance(value, str) else {}
    return str(labels.get(language, value))


def joined(words: Sequence[str], language: str) -> str:
    """A list of words as readers of the language write it."""
    return ("、" if language == "zh" else ", ").join(words)


def _order_faults(given: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Fault]:
    properties = schema.get("properties", {})
    for name, value in given.items():
        start = properties[name].get("x-not-before")
        first, last = _date_in(given.get(start)), _date_in(value)
        if first and last and last < first:
            other = properties[start]
            labels = {"other": other.get("title", start), "other_en": other.get("x-title-en", start)}
            yield fault(f"fields.{name}", "before_start", properties[name], **labels)


def _date_in(value: Any) -> Any:
    return read_date(value) if isinstance(value, str) else None


def _fault_of(error: ValidationError, properties: Mapping[str, Any]) -> Fault:
    place = [str(step) for step in error.absolute_path]
    hints = properties.get(place[0], {}) if place else {}
    code, params = _explained(str(error.validator), error.validator_value, error.instance, hints)
    return fault(".".join(["fields", *place]), code, hints, **params)


def _explained(
    keyword: str, rule: Any, value: Any, hints: Mapping[str, Any]
) -> tuple[str, Mapping[str, Any]]:
    if keyword == "format":
        return FORMAT_CODES[rule], {"value": quoted(value)}
    params: Mapping[str, Any] = {"limit": rule}
    if keyword == "type":
        params = expected(rule)
    elif keyword == "pattern":
        hint = hints.get("description", "")
        params = {"hint": hint, "hint_en": hints.get("x-description-en", hint)}
    elif keyword == "enum":
        params = {"value": quoted(value), **_choices(rule, hints.get("items", hints))}
    elif keyword in ("maxItems", "minLength"):
        params = {"limit": rule, "length": len(value)}
    return CODES.get(keyword, "breaks_schema"), params


def _choices(values: Sequence[Any], hints: Mapping[str, Any]) -> dict[str, str]:
    """The first choices of a list, in both languages; long lists are for the form to show."""
    first, more = values[:MAX_CHOICES], len(values) > MAX_CHOICES
    told = {
        language: joined([shown(one, hints, language) for one in first], language)
        for language in ("zh", "en")
    }
    return {
        "allowed": told["zh"] + ("等" if more else ""),
        "allowed_en": told["en"] + (", …" if more else ""),
    }


def _is_date(value: object) -> bool:
    return not isinstance(value, str) or read_date(value) is not None


def _is_phone(value: object) -> bool:
    return not isinstance(value, str) or PHONE.fullmatch(value) is not None


def _is_email(value: object) -> bool:
    return not isinstance(value, str) or EMAIL.fullmatch(value) is not None


def _decimals(_: Any, limit: int, value: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        exponent = Decimal(repr(value)).normalize().as_tuple().exponent
        if isinstance(exponent, int) and -exponent > limit:
            yield ValidationError("too many decimals")


FORMATS = FormatChecker(formats=())
FORMATS.checks("date")(_is_date)
FORMATS.checks("phone")(_is_phone)
FORMATS.checks("email")(_is_email)

FieldValidator: Any = validators.extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, validators={"x-decimals": _decimals}
)
