"""Suggestions for describing what arrived, each with its evidence; where nothing is sure, nothing is said (issue B)."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from service.domain.describing import check, check_core, read_date
from service.domain.holdings import Description
from service.domain.suggesting.category import category_of
from service.domain.suggesting.core import read_core
from service.domain.suggesting.fields import read_fields
from service.domain.suggesting.kinds import FEATURE_LABELS
from service.domain.suggesting.lines import Lines
from service.domain.suggesting.locating import locate
from service.domain.suggesting.reading import Reading
from service.domain.suggesting.source import (
    Evidence,
    Found,
    Party,
    Passage,
    Source,
    SourceFile,
    Suggestion,
    Value,
)
from service.domain.suggesting.titles import titles_of
from service.domain.suggesting.vocabulary import vocabulary

__all__ = ["Evidence", "Party", "Passage", "Source", "SourceFile", "Suggestion", "Value", "locate", "suggest"]


def suggest(source: Source, today: date) -> list[Suggestion]:
    """At most one suggestion a field: title, category, core, then the category's fields in the order of its form.

    The fields are those of the decided category, else of the suggested one. Every value is one that the record
    would take. The work is bounded: about the first 60 000 characters of the texts are read.
    """
    if not source.files:
        return []
    main = source.files[0]
    words = vocabulary((category.code, category.schema) for category in source.categories) | FEATURE_LABELS
    lines = Lines(source.files, words)
    titles = titles_of(main, lines)
    reading = Reading(lines, titles, main, today, source.parties, source.departments)
    found: list[Suggestion] = []
    if titles.best:
        found.append(titles.best.suggestion("title"))
    category: Found | None = None
    if not source.category and (category := category_of(reading, source.categories)):
        found.append(category.suggestion("category"))
    code = source.category or (str(category.value) if category else "")
    found += read_core(reading, code)
    return [*_sound_core(found), *_sound_fields(source, code, reading)]


def _sound_core(found: Sequence[Suggestion]) -> Iterator[Suggestion]:
    for one in found:
        value: Any = read_date(str(one.value)) if one.field == "date" else one.value
        if value and not check_core(Description(**{one.field: value})):
            yield one


def _sound_fields(source: Source, code: str, reading: Reading) -> list[Suggestion]:
    schema = next((category.schema for category in source.categories if category.code == code), None)
    if schema is None:
        return []
    found = dict(read_fields(reading, code, schema))
    values = {name: _as_stored(one.value) for name, one in found.items()}
    wrong = {fault.path.split(".")[1] for fault in check(values, schema, complete=False)}
    return [one.suggestion(f"fields.{name}") for name, one in found.items() if name not in wrong]


def _as_stored(value: Value) -> Any:
    return list(value) if isinstance(value, tuple) else value
