"""A record at a glance: its first page and the facts that tell it from others, without leaving the list."""

from dataclasses import dataclass
from typing import Any

from flask import request

from service.domain.holdings import CategoryView, FileView, RecordView
from service.domain.permissions import Actor
from service.errors import NotFound
from service.web import form
from service.web.record.reading import Part, excerpt
from service.wiring import Fonds

MAX_FACTS = 6


@dataclass(frozen=True, slots=True)
class Peek:
    """What the pane shows."""

    record: RecordView
    file: FileView | None
    category: str
    facts: list[tuple[str, str]]
    question: str
    excerpt: Part | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the record the list is about: the question, and its best file and place."""

    question: str = ""
    file_id: str = ""
    at: str = ""

    @classmethod
    def from_request(cls) -> "Wanted":
        """As the row's address says."""
        args = request.args
        return cls(args.get("q", "").strip()[:1000], args.get("file", ""), args.get("at", ""))


def peek(fonds: Fonds, actor: Actor, record_id: str, wanted: Wanted) -> Peek | None:
    """The pane for a record, None if it has gone meanwhile."""
    try:
        record = fonds.records.get(actor, record_id)
    except NotFound:
        return None
    category = fonds.categories.of(record)
    file = next((one for one in record.files if one.id == wanted.file_id), None) or best_file(record)
    name = form.category_name(category) if category else ""
    text = excerpt(fonds, actor, file, wanted.at, wanted.question)
    return Peek(record, file, name, facts(record, category), wanted.question, text)


def best_file(record: RecordView) -> FileView | None:
    """The file that shows most: the first with a preview, else the first."""
    return next((one for one in record.files if one.has_preview), next(iter(record.files), None))


def category_of(fonds: Fonds, code: str) -> CategoryView | None:
    """The category, None in the inbox or when the code is no longer known."""
    try:
        return fonds.categories.get(code) if code else None
    except NotFound:
        return None


def facts(record: RecordView, category: CategoryView | None) -> list[tuple[str, str]]:
    """The category's fields that say something, in the order of the form."""
    if category is None:
        return []
    lines = []
    for name, hints in form.in_order(category.schema):
        value: Any = record.fields.get(name)
        if value not in (None, "", []):
            lines.append((form.in_language(hints, "title", name), form.words_of(value, hints)))
    return lines[:MAX_FACTS]
