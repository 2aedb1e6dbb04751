"""The workbooks of entry: templates of categories, and what was brought with its findings beside it (R-CAP-4)."""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from service.domain.entry import ENTERED, RESULT, Column, columns_of
from service.domain.holdings import CategoryView
from service.domain.permissions import Act, Actor, may
from service.errors import Fault, Forbidden
from service.models import EntryLine
from service.usecases.entry.entering import own_sheet
from service.usecases.entry.lines import notes_of
from service.usecases.entry.workbooks import ABOUT, Workbooks
from service.usecases.scheme.categories import Categories

KEPT = 32
"""Templates that are kept, each some kilobytes: everybody asks for the same ones."""
TOLD = 5
"""Findings that one cell's comment tells."""

WORDS: Mapping[str, tuple[str, str]] = {
    "lists": ("选项", "Lists"),
    "required": ("必填", "Required"),
    "choose": ("从列表中选一项", "Choose one from the list"),
    "several": ("可填多项，用顿号“、”隔开：", "Several are possible, separated by commas: "),
    "several_texts": ("可填多项，用顿号“、”隔开", "Several are possible, separated by commas"),
    "date": ("日期，例如 2026-03-12", "A date, 2026-03-12 say"),
    "number": ("数字", "A number"),
    "bad": ("有误", "Faults"),
}


class EntryTemplates:
    """Workbooks to fill in, and workbooks that come back."""

    def __init__(self, categories: Categories, workbooks: Workbooks) -> None:
        self._categories, self._workbooks = categories, workbooks
        self._drawn: dict[tuple[str, int, str], bytes] = {}
        self._lock = threading.Lock()

    def template(self, actor: Actor, code: str, language: str) -> bytes:
        """The template of a category. Raises `Forbidden`, `NotFound`, `Unavailable`."""
        if not may(actor, Act.CREATE):
            raise Forbidden
        category = self._categories.get(code)
        key = (category.code, category.version, language)
        with self._lock:
            known = self._drawn.get(key)
        if known is None:
            known = self._workbooks.draw(described(category, columns_of(category.schema), language))
            with self._lock:
                if len(self._drawn) >= KEPT:
                    self._drawn.pop(next(iter(self._drawn)))
                self._drawn[key] = known
        return known

    def returned(self, actor: Actor, sheet_id: str, language: str, say: Callable[[Fault], str]) -> bytes:
        """One's own workbook with what is wrong beside each cell, as comments, and what was entered marked.

        `say` puts a finding into the asker's words. Raises `NotFound`, `Unavailable`.
        """
        row = own_sheet(actor, sheet_id)
        category = self._categories.get(row.category)
        columns = columns_of(category.schema)
        lines = sorted(EntryLine.objects(sheet_id=row.id), key=lambda one: one.n)
        shown = zip(lines, notes_of(actor, lines), strict=True)
        rows = [_row((line, notes), row.paths, columns, language, say) for line, notes in shown]
        return self._workbooks.draw(described(category, columns, language) | {"rows": rows})


def described(category: CategoryView, columns: Sequence[Column], language: str) -> dict[str, Any]:
    """An empty workbook of a category as `service.printing.workbook` draws it, the column of results first."""
    name = category.name if language == "zh" else category.name_en or category.name
    result = {"head": _in(RESULT, language), "width": 10, "note": "", "kind": "text", "required": False}
    return {
        "sheet": _sheet_name(f"{category.code} {name}"),
        "lists": _word("lists", language),
        "about": ABOUT,
        "facts": {"category": category.code, "version": str(category.version)},
        "choices": {one.path: _labels(one, language) for one in columns if one.choices},
        "columns": [result, *(_column(one, language) for one in columns)],
        "rows": [],
    }


def _column(column: Column, language: str) -> dict[str, Any]:
    note = "\n".join(_notes(column, language))
    kind = "list" if column.choices else "number" if column.kind == "integer" else column.kind
    return {
        "head": column.head(language),
        "width": _width(column, language),
        "note": note,
        "kind": "text" if column.several and not column.choices else kind,
        "required": column.required,
        "several": column.several,
        "choices": column.path if column.choices else "",
        "wrong": note or column.label,
    }


def _notes(column: Column, language: str) -> list[str]:
    """What the comment of a head says."""
    told = [_word("required", language)] if column.required else []
    help_text = column.note if language == "zh" else column.note_en
    told += [help_text] if help_text else []
    if column.several and column.choices:
        told.append(_word("several", language) + "、".join(_labels(column, language)[:12]))
    elif column.several and column.path != "keywords":
        told.append(_word("several_texts", language))
    elif column.choices:
        told.append(_word("choose", language))
    elif column.kind == "date":
        told.append(_word("date", language))
    elif column.kind in ("number", "integer"):
        told.append(_word("number", language) + (f"（{column.unit}）" if column.unit else ""))
    return told


def _row(
    shown: tuple[Any, Sequence[Fault]],
    paths: Sequence[str],
    columns: Sequence[Column],
    language: str,
    say: Callable[[Fault], str],
) -> dict[str, Any]:
    """A line as it was typed, in the order of the template, with findings and its notes at their cells."""
    line, noted = shown
    places = {one.path: place for place, one in enumerate(columns, 1)}
    cells: list[tuple[str, Any]] = [("", None)] * (len(columns) + 1)
    for path, cell in zip(paths, line.cells, strict=False):
        if path in places:
            cells[places[path]] = ("s", "") if cell[0] in ("f", "e") else (str(cell[0]), cell[1])
    state = {"entered": "good", "already": "good", "bad": "bad"}.get(line.fate, "")
    if state:
        word = _word("bad", language) if state == "bad" else _in(ENTERED, language)
        cells[0] = ("s", word)
    notes: dict[int, tuple[str, list[str]]] = {}
    for tone, found in (("bad", [Fault(**dict(one)) for one in line.faults]), ("warn", noted)):
        for fault in found:
            place = places.get(".".join(fault.path.split(".")[:2]), places.get(fault.path.split(".")[0], 0))
            notes.setdefault(place, (tone, []))[1].append(say(fault))
    return {
        "cells": cells,
        "notes": {place: (tone, "\n".join(texts[:TOLD])) for place, (tone, texts) in notes.items()},
        "state": state,
    }


def _labels(column: Column, language: str) -> list[str]:
    return [_in(labels, language) for labels in (column.choices or {}).values()]


def _width(column: Column, language: str) -> int:
    head = column.head(language)
    signs = sum(2 if ord(sign) > 0x2E80 else 1 for sign in head)
    return max(40 if column.path == "title" else 14, min(40, signs + 4))


def _in(words: tuple[str, str], language: str) -> str:
    return words[language == "en"]


def _word(name: str, language: str) -> str:
    return _in(WORDS[name], language)


def _sheet_name(name: str) -> str:
    """Spreadsheets allow 31 signs, and not these."""
    return "".join(sign for sign in name if sign not in "[]:*?/\\'")[:31]
