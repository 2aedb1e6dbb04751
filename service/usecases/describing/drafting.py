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
from service.domain.permissions import SECRECY, Actor, compartment
from service.domain.screening import is_lead
from service.errors import Fault, InvalidInput, NotFound
from service.models import Record
from service.models.archive import SLOTS
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
        category = self._checked(described, {}, "")
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
        row.waits, row.lead = waits(row), lead(row)
        return row

    def require(self, described: Description) -> None:
        """Return if a draft could say this, else `InvalidInput` with all faults."""
        self._checked(described, {}, "")

    def changes(self, row: Any, described: Description) -> dict[str, Any]:
        """Field → new value, of those that differ from `row`. Raises `InvalidInput` with all faults."""
        category = self._checked(described, row.fields, row.category)
        _require_undecided(row, described)
        values = self._values(described, category, row)
        if category and described.category != row.category and described.secrecy in (None, row.secrecy):
            # Nobody said another level: moving a record never lowers the one that it has (R-SEC-3).
            values["secrecy"] = max(row.secrecy, category.secrecy, key=SECRECY.index)
        if row.inbox and category and not missing(values.get("fields", row.fields), category.schema):
            values.setdefault("inbox", False)
        return {name: value for name, value in values.items() if _plain(getattr(row, name)) != _plain(value)}

    def _checked(
        self, described: Description, old_fields: Mapping[str, Any], old_category: str
    ) -> CategoryView | None:
        faults = check_core(described)
        code = old_category if described.category is None else described.category
        category = None
        if code:
            try:
                category = self._categories.get(code)
            except NotFound:
                unknown = Fault("category", "unknown_category", "没有类别 %(code)s", {"code": code})
                raise InvalidInput([*faults, unknown]) from None
        said = old_fields if described.fields is None else described.fields
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


def waits(row: Any) -> int | None:
    """The record's number while it is to be described, None once it is, or is gone."""
    return int(row.seq) if (not row.category or row.inbox) and row.deleted_at is None else None


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
