"""What a person typed into the form of a record, read as a description."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from service.domain.describing import check, check_core
from service.domain.holdings import CategoryView, Description
from service.errors import Fault, InvalidInput
from service.web import dates
from service.web.form import CHOSEN, CORE, choices_of, number_in


@dataclass(slots=True)
class _Reading:
    form: MultiDict[str, str]
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


def described(form: MultiDict[str, str], category: CategoryView | None) -> Description:
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
    try:
        return number_in(text)
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
