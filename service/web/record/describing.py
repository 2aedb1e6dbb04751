"""Saving a description from a page: what is wrong is said beside each field, and two who met are both heard."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from service import identity
from service.domain.describing import check, check_core
from service.domain.holdings import CategoryView, Description, RecordView
from service.domain.permissions import Actor
from service.errors import Fault, InvalidInput, StaleRevision
from service.web import form, form_reading
from service.web.record import offers
from service.web.record.peek import category_of
from service.wiring import Fonds

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    Typed = MultiDict[str, str]

PICK = "pick."
MINE, NOW = "mine", "now"
CATEGORY = {"label": "类别", "label_en": "Category"}


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that two people changed or that differs: what this person typed, what stands now, what stood before."""

    path: str
    label: str
    mine: str
    now: str
    before: str
    chosen: str
    """mine or now where only one of the two changed it; "" where both did: then nothing is preselected."""


@dataclass(frozen=True, slots=True)
class Saving:
    """How a save ended: `record` if it is written, else the form as it was typed, with faults or differences."""

    sheet: form.Sheet
    rev: int
    record: RecordView | None = None
    differences: Sequence[Difference] = ()
    by: str = ""
    status: int = 200


def sheet_of(fonds: Fonds, record: RecordView, *, full: bool) -> form.Sheet:
    """The form as the record stands; a draft's with what is suggested for it."""
    category = fonds.categories.of(record)
    sheet = form.Sheet(form.values_of(record), category, fonds.categories.all(), full=full)
    if record.life != "draft" or "change" not in record.may:
        return sheet
    found = offers.offered(fonds, identity.actor(), record.id, record.category)
    return offers.of_sheet(found, sheet, fresh=True)


def typed_sheet(
    fonds: Fonds, typed: "Typed", *, full: bool, faults: Sequence[Fault] = (), record_id: str = ""
) -> form.Sheet:
    """The form as a person left it; `record` among what was typed asks for what is suggested for that draft."""
    values = {name: typed.getlist(name) for name in typed}
    category = _chosen_category(fonds, record_id or typed.get("record", ""), typed.get("category", ""))
    fresh = typed.get("fresh") == "yes"
    sheet = form.Sheet(values, category, fonds.categories.all(), faults, full=full, fresh=fresh)
    if not typed.get("record"):
        return sheet
    found = offers.offered(fonds, identity.actor(), typed["record"], category.code if category else "")
    return offers.of_sheet(found, sheet, fresh=False)


APART = ("csrf_token", "rev", "full", "record", "chosen", "fresh", "key")
"""What a form sends beside the description."""


def keep(fonds: Fonds, actor: Actor, record_id: str, typed: "Typed") -> None:
    """Keep what stands in a form that is not saved yet; a record that is not there yet goes by its form's name."""
    rev = int(typed["rev"]) if typed.get("rev", "").isdigit() else 0
    said = {name: typed.getlist(name) for name in typed if name not in APART and not name.startswith(PICK)}
    fonds.unsaved.keep(actor, record_id, rev, said if typed.get("rev") else {})


def kept(fonds: Fonds, actor: Actor, record: RecordView) -> str:
    """What was typed at this revision and not saved, for the script of the form; "" if nothing was."""
    return kept_at(fonds, actor, record.id, record.rev) if "change" in record.may else ""


def kept_at(fonds: Fonds, actor: Actor, record_id: str, rev: int) -> str:
    """The same of a form by its name."""
    found = fonds.unsaved.of(actor, record_id)
    if found is None or found.rev != rev:
        return ""
    return json.dumps({"at": found.at.timestamp() * 1000, "values": found.values}, ensure_ascii=False)


def save(
    fonds: Fonds, actor: Actor, record_id: str, typed: "Typed", *, full: bool, complete: bool = False
) -> Saving:
    """Write what was typed over the revision it was read at; if `complete`, only with all that is required.

    The inbox's form (not `full`) takes what has a category out of the inbox, whole or not: a person decided so.
    """
    inbox = False if not full and typed.get("category") else None
    rev = int(typed["rev"]) if typed.get("rev", "").isdigit() else 0
    typed = _picked(fonds, actor, record_id, typed)
    category = _chosen_category(fonds, record_id, typed.get("category", ""))
    try:
        described = replace(form_reading.described(typed, category), inbox=inbox)
        if complete:
            _require_all(described, category)
        record = fonds.records.change(actor, record_id, rev, described)
    except InvalidInput as fault:
        sheet = typed_sheet(fonds, typed, full=full, faults=fault.faults, record_id=record_id)
        return Saving(sheet, rev, status=422)
    except StaleRevision as fault:
        return _conflict(
            fonds,
            actor,
            record_id,
            typed,
            replace(_nothing(fonds, typed, full, record_id), rev=fault.current),
            rev,
        )
    fonds.unsaved.drop(actor, record_id)
    return Saving(sheet_of(fonds, record, full=full), record.rev, record)


def _require_all(described: Description, category: CategoryView | None) -> None:
    """Raise `InvalidInput` with everything that keeps a draft in the inbox."""
    if category is None:
        raise InvalidInput([Fault("category", "required", "“%(label)s”必填", CATEGORY)])
    faults = [*check_core(described), *check(described.fields or {}, category.schema, complete=True)]
    if faults:
        raise InvalidInput(faults)


def _nothing(fonds: Fonds, typed: "Typed", full: bool, record_id: str) -> Saving:
    return Saving(typed_sheet(fonds, typed, full=full, record_id=record_id), 0, status=409)


def _chosen_category(fonds: Fonds, record_id: str, code: str) -> CategoryView | None:
    """The category that a form names: of the record's own the version that its description is in."""
    found = fonds.records.some(identity.actor(), [record_id]) if record_id and code else ()
    own = next((one for one in found if one.category == code), None)
    return fonds.categories.of(own) if own is not None else category_of(fonds, code)


def _picked(fonds: Fonds, actor: Actor, record_id: str, typed: "Typed") -> "Typed":
    """What was typed, with the fields for which the other's version was chosen."""
    chosen = [name.removeprefix(PICK) for name in typed if name.startswith(PICK) and typed[name] == NOW]
    if not chosen:
        return typed
    now = form.values_of(fonds.records.get(actor, record_id))
    typed = typed.copy()
    for path in chosen:
        typed.setlist(path, list(now.get(path, [])))
    return typed


def _conflict(fonds: Fonds, actor: Actor, record_id: str, typed: "Typed", saving: Saving, rev: int) -> Saving:
    now_record = fonds.records.get(actor, record_id)
    now, before = form.values_of(now_record), dict(form.values_of(now_record))
    lines = [line for line in fonds.records.history(actor, record_id) if line.rev > rev]
    for line in lines:  # newest first: the oldest change behind `rev` has the last word
        before |= _values_before(line.changes)
    fields = {one.path: one for section in saving.sheet.sections for one in section.fields}
    differences = [
        Difference(
            path=path,
            label=one.label,
            mine=one.shown,
            now=_said(one, now.get(path, [])),
            before=_said(one, before.get(path, [])),
            chosen=_chosen(typed.getlist(path), now.get(path, []), before.get(path, [])),
        )
        for path, one in fields.items()
        if path in typed and _plain(typed.getlist(path)) != _plain(now.get(path, []))
    ]
    return replace(saving, differences=differences, by=lines[0].by if lines else "")


def _chosen(mine: Sequence[str], now: Sequence[str], before: Sequence[str]) -> str:
    if _plain(now) == _plain(before):
        return MINE
    return NOW if _plain(mine) == _plain(before) else ""


def _values_before(changes: Mapping[str, tuple[object, object]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, (before, _after) in changes.items():
        if name == "fields" and isinstance(before, Mapping):
            found |= {f"fields.{key}": form.as_typed(value) for key, value in before.items()}
        elif name == "keywords" and isinstance(before, list):
            found[name] = ["、".join(map(str, before))]
        elif name == "date":
            found[name] = [str(before)[:10] if before else ""]
        else:
            found[name] = ["" if before is None else str(before)]
    return found


def _plain(values: Sequence[str]) -> list[str]:
    return [value.strip() for value in values if value.strip()]


def _said(field: form.Field, values: Sequence[str]) -> str:
    return replace(
        field,
        value="、".join(values) if field.widget == "list" else next(iter(values), ""),
        values=tuple(values) if field.widget == "several" else (),
    ).shown
