"""What a person says of a record, checked and turned into a row or into changes of one."""

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from service.domain.custody import custody, newly_kept
from service.domain.dates import stored_day
from service.domain.describing import check, check_core, missing
from service.domain.holdings import CategoryView, Description
from service.domain.lifecycle import turn_of
from service.domain.matching import keys_of
from service.domain.permissions import SECRECY, Actor, audience, compartment
from service.domain.screening import is_lead
from service.errors import Fault, InvalidInput
from service.models import Record
from service.models.archive import SLOTS
from service.usecases.describing.showing import guarded
from service.usecases.scheme.categories import Categories

CORE = tuple(
    field.name
    for field in fields(Description)
    if field.name not in ("category", "fields", "date", "clear_date")
)


class Drafting:
    """Rules of description over the scheme in force."""

    def __init__(self, categories: Categories) -> None:
        self._categories = categories

    def draft(self, actor: Actor, described: Description, *, seq: int, now: datetime) -> Any:
        """A new record row in state 草稿, with its category's defaults. Raises `InvalidInput` with all faults."""
        category = self._checked(described, None)
        if not described.title:
            raise InvalidInput([Fault("title", "required", "题名必填")])
        row = Record(
            id=uuid.uuid4().hex,
            seq=seq,
            title=described.title,
            owner=actor.id,
            department=min(actor.departments, default=""),
            circles=[actor.circle] if actor.circle else [],
            secrecy="L0",
            created_at=now,
            updated_at=now,
            index_slot=secrets.randbelow(SLOTS),
        )
        if category:
            row.secrecy, row.retention = category.secrecy, category.retention
        for name, value in self._values(described, category, row).items():
            setattr(row, name, value)
        row.turn = turn_of(row.life, row.owner, row.seq)
        row.indexed_in = [compartment(row.secrecy, core_secret=row.core_secret)]
        row.lead = lead(row)
        put_in_inbox(row)
        return row

    def require(self, described: Description) -> None:
        """Return if a draft could say this, else `InvalidInput` with all faults."""
        self._checked(described, None)

    def changes(self, row: Any, described: Description) -> dict[str, Any]:
        """Field → new value, of those that differ from `row`. Raises `InvalidInput` with all faults."""
        category = self._checked(described, row)
        _require_undecided(row, described)
        values = self._values(described, category, row)
        if category and described.category != row.category and described.secrecy in (None, row.secrecy):
            # Nobody said another level: moving a record never lowers the one that it has (R-SEC-3).
            values["secrecy"] = max(row.secrecy, category.secrecy, key=SECRECY.index)
        if row.inbox and category and not missing(values.get("fields", row.fields), category.schema):
            values.setdefault("inbox", False)
        return {name: value for name, value in values.items() if _plain(getattr(row, name)) != _plain(value)}

    def _checked(self, described: Description, row: Any) -> CategoryView | None:
        """The category by which the record `row`, None for a new one, is described then."""
        faults = check_core(described)
        before = row.category if row is not None else ""
        code = before if described.category is None else described.category
        category = self._categories.of(row) if row is not None and code == before else None
        if code and category is None:
            category = self._categories.find(code)
            if category is None:
                unknown = Fault("category", "unknown_category", "没有类别 %(code)s", {"code": code})
                raise InvalidInput([*faults, unknown])
        said = described.fields
        if said is None:
            said = row.fields if row is not None else {}
        if category is not None:
            faults += check(said, category.schema, complete=False)
        elif said:
            faults += [
                Fault(f"fields.{name}", "unknown_field", "先选类别，才能填写“%(name)s”", {"name": name})
                for name in said
            ]
        if faults:
            raise InvalidInput(faults)
        return category

    def _values(self, described: Description, category: CategoryView | None, row: Any) -> dict[str, Any]:
        values = {name: getattr(described, name) for name in CORE if getattr(described, name) is not None}
        if described.category is not None:
            values["category"] = described.category
            values["category_version"] = category.version if category else 0
            values["core_secret"] = bool(category and category.core_secret)
            if category and described.secrecy is None and category.secrecy != "L0":
                values["secrecy"] = category.secrecy
            if category and described.retention is None:
                values["retention"] = category.retention
        if described.fields is not None:
            values["fields"] = dict(described.fields)
            values["matches"] = keys_of(category.code, values["fields"], category.schema) if category else []
            values |= _kept(row, category.schema if category else {}, values["fields"], described)
        if described.date is not None or described.clear_date:
            values["date"] = described.date
            values["year"] = described.date.year if described.date else None
        if "keywords" in values:
            values["keywords"] = list(values["keywords"])
        return values


def _kept(
    row: Any, schema: Mapping[str, Any], new: Mapping[str, Any], described: Description
) -> dict[str, str]:
    """Retention and zone by the class of the record, where its class is new and nobody says another (R-ACT-6)."""
    kept = newly_kept(custody(row.fields, schema), custody(new, schema), {"room": row.room})
    return {name: value for name, value in kept.items() if getattr(described, name) is None}


def _require_undecided(row: Any, described: Description) -> None:
    if row.secrecy_until is not None and described.secrecy not in (None, row.secrecy):
        text = "密级是审批定的；变更在“密级与知悉”中提请审批"
        raise InvalidInput([Fault("secrecy", "decided", text)])


def inbox_of(row: Any) -> dict[str, Any]:
    """What a record carries while it is to be described: its number, and for whom it waits; {} once it is described."""
    if row.category and not row.inbox:
        return {}
    return {"waits": int(row.seq), "waits_for": audience(guarded(row))}


def hold_if_lacking(row: Any, category: CategoryView | None) -> None:
    """Keep a row that is about to be entered in the inbox although it has a category, while it lacks what that
    requires."""
    row.inbox = category is not None and bool(missing(row.fields, category.schema))
    put_in_inbox(row)


def put_in_inbox(row: Any) -> None:
    """Note in a row that is about to be entered where it stands in whose inbox."""
    found = inbox_of(row)
    row.waits, row.waits_for = found.get("waits"), found.get("waits_for")


def lead(row: Any) -> int | None:
    """The record's number while it is a lead that waits for its first screening (R-VAL-10)."""
    waiting = row.deleted_at is None and is_lead(row.category, row.life, row.fields, row.screened)
    return int(row.seq) if waiting else None


def stored(value: Any) -> Any:
    """A value of a description as MongoDB keeps it: dates as midnight."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return stored_day(value)
    return value


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else list(value) if isinstance(value, list) else value
