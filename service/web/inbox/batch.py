"""What the same drop shares: category, department and parties of one record, for the others that came with it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from service.domain.describing import is_blank, missing
from service.domain.holdings import CategoryView, Description, RecordView
from service.domain.permissions import Actor
from service.errors import InvalidInput, ServiceError
from service.usecases.describing.waiting import Waiting
from service.web import form, form_reading
from service.web.language import translated as _
from service.web.record.peek import category_of
from service.wiring import Fonds

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    Typed = MultiDict[str, str]

MOST = 50
"""Records that one go changes; more of the same drop take another go."""


@dataclass(frozen=True, slots=True)
class Change:
    """A field that would change: what stands, what would."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    """One record of the drop: what would change in it, what it still lacks then, or why it is skipped."""

    record: RecordView
    changes: Sequence[Change] = ()
    lacks: Sequence[str] = ()
    skipped: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What applying the shared values would do."""

    shared: Sequence[tuple[str, str, str]]
    """(path, label, value as shown)"""
    values: Sequence[tuple[str, str]]
    """(path, value) as typed, for the form that confirms"""
    lines: Sequence[Line]

    @property
    def ready(self) -> int:
        """How many change and then lack nothing."""
        return sum(bool(line.changes) and not line.lacks for line in self.lines)

    @property
    def changed(self) -> int:
        """How many change at all."""
        return sum(bool(line.changes) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Shared:
    """What is to be carried over; fields only together with their category."""

    category: CategoryView | None
    department: str
    parties: Mapping[str, Any]


def others(waiting: Sequence[Waiting], record_id: str) -> list[str]:
    """The ids of what came with a record and waits as it does."""
    drop = next((one.drop for one in waiting if one.id == record_id), "")
    return [one.id for one in waiting if drop and one.drop == drop and one.id != record_id]


def meant(waiting: Sequence[Waiting], record_id: str, chosen: Sequence[str]) -> list[str]:
    """The ids that a go is about: what somebody chose in the list, of what waits; else the rest of the drop."""
    wanted = set(chosen)
    if not wanted:
        return others(waiting, record_id)
    return [one.id for one in waiting if one.id in wanted and one.id != record_id]


def plan(fonds: Fonds, actor: Actor, ids: Sequence[str], typed: "Typed") -> Plan:
    """What would change. Nothing is written. Raises `InvalidInput` for what cannot be read."""
    shared = _shared(fonds, typed)
    told = list(_told(shared))
    lines = [_line(record, shared) for record in fonds.records.some(actor, ids[:MOST])] if told else []
    values = [
        (path, value) for path, _label, _shown in told for value in typed.getlist(path) if value.strip()
    ]
    return Plan(told, values, lines)


def apply(
    fonds: Fonds, actor: Actor, ids: Sequence[str], typed: "Typed", *, incomplete: bool
) -> tuple[list[RecordView], int]:
    """Write the shared values; `incomplete`: also where required fields then lack. (what changed, how many failed)"""
    shared, done, failed = _shared(fonds, typed), [], 0
    for record in fonds.records.some(actor, ids[:MOST]):
        line = _line(record, shared)
        if not line.changes or (line.lacks and not incomplete):
            continue
        try:
            done.append(fonds.records.change(actor, record.id, record.rev, _description(record, shared)))
        except ServiceError:
            failed += 1
    return done, failed


def _shared(fonds: Fonds, typed: "Typed") -> Shared:
    category = category_of(fonds, typed.get("category", ""))
    schema = category.schema if category else {}
    party = {name for name, hints in schema.get("properties", {}).items() if hints.get("x-widget") == "party"}
    only = typed.copy()
    for name in list(only):
        if name.removeprefix("fields.") not in party:
            only.poplist(name)
    try:
        parties = form_reading.described(only, category).fields or {}
    except InvalidInput:
        parties = {}
    return Shared(category, typed.get("department", "").strip(), parties)


def _told(shared: Shared) -> Iterator[tuple[str, str, str]]:
    if shared.category:
        yield "category", _("类别"), form.category_name(shared.category)
    if shared.department:
        yield "department", _("部门"), shared.department
    for name, value in shared.parties.items():
        hints = _hints(shared, name)
        yield f"fields.{name}", form.in_language(hints, "title", name), form.words_of(value, hints)


def _hints(shared: Shared, name: str) -> Mapping[str, Any]:
    hints: Mapping[str, Any] = shared.category.schema["properties"][name] if shared.category else {}
    return hints


def _line(record: RecordView, shared: Shared) -> Line:
    if "change" not in record.may:
        return Line(record, skipped=_("无权修改"))
    changes = list(_changes(record, shared))
    if not changes:
        return Line(record, skipped=_("各项已相同"))
    schema = shared.category.schema if shared.category else {}
    lacking = missing(_fields(record, shared), schema) if shared.category else []
    return Line(record, changes, [form.in_language(_hints(shared, name), "title", name) for name in lacking])


def _changes(record: RecordView, shared: Shared) -> Iterator[Change]:
    if shared.category and shared.category.code != record.category:
        yield Change(_("类别"), record.category, form.category_name(shared.category))
    if shared.department and shared.department != record.department:
        yield Change(_("部门"), record.department, shared.department)
    for name, value in shared.parties.items():
        hints, now = _hints(shared, name), record.fields.get(name)
        if now != value:
            old = "" if is_blank(now) else form.words_of(now, hints)
            yield Change(form.in_language(hints, "title", name), old, form.words_of(value, hints))


def _fields(record: RecordView, shared: Shared) -> dict[str, Any]:
    return dict(record.fields) | dict(shared.parties)


def _description(record: RecordView, shared: Shared) -> Description:
    return Description(
        category=shared.category.code if shared.category else None,
        department=shared.department or None,
        fields=_fields(record, shared) if shared.parties else None,
    )
