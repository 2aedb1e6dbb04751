"""Scheming: the fields of categories as versions: drafted, approved by somebody else, put into force on a day, never
taken back (R-AUD-3)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from mongoengine.errors import NotUniqueError
from pymongo.client_session import ClientSession

from service.audit import Audit
from service.domain.dates import day_of, stored_day
from service.domain.holdings import CategoryView
from service.domain.permissions import CLOCKWORK, Actor, compartment
from service.domain.schema_editing import Change, FieldDraft, differences, drafts_of, faults_of, schema_of
from service.domain.scheme_editing import CategorySaid, faults_of_code, faults_of_said, said_differences
from service.errors import Conflict, Fault, InvalidInput
from service.models import Category, CategoryVersion
from service.models.connection import in_transaction
from service.models.reading import by_key
from service.models.transactions import delete_rows, insert_row
from service.usecases.scheme.approving import (
    check_decision,
    require_approver,
    require_manager,
    require_part,
)
from service.usecases.scheme.categories import Categories

BESIDE = 500
"""Categories below one parent, at most."""
MOST = 100
"""Versions of one category that are shown."""
MOST_AWAITING = 400
UNSUBMITTED: Mapping[str, Any] = {
    "stage": "",
    "approved_by": "",
    "note": "",
    "reason": "",
    "effective_on": None,
}
"""What a change of a draft takes back: it is to be approved anew."""


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version that was published: when, by whom, why, and its schema."""

    version: int
    at: datetime
    by: str
    reason: str
    schema: Mapping[str, Any]
    effective_on: date | None = None
    approved_by: str = ""
    """"" where nobody but its author could approve it."""


@dataclass(frozen=True, slots=True)
class DraftView:
    """The next version of a category as it stands. `rev` 0: nothing is drafted yet, it is what is in force."""

    category: CategoryView
    fields: Sequence[FieldDraft]
    rev: int
    said: CategorySaid
    by: str = ""
    at: datetime | None = None
    changes: Sequence[Change] = ()
    stage: str = ""
    """"" while it is drafted, "submitted" while it waits for approval, "approved" until its day has come."""
    reason: str = ""
    effective_on: date | None = None
    approved_by: str = ""
    note: str = ""
    """Why it was returned."""
    by_id: str = ""


class Scheming:
    """The scheme is changed by who manages it; everybody else meets what was published last."""

    def __init__(
        self,
        categories: Categories,
        audit: Audit,
        clock: Callable[[], datetime],
        somebody_else: Callable[[Actor], bool] = lambda _actor: False,
    ) -> None:
        """`somebody_else`: whether anybody but this person could approve; where nobody could, nobody needs to."""
        self._categories, self._audit, self._clock = categories, audit, clock
        self._somebody_else = somebody_else

    def draft(self, actor: Actor, code: str) -> DraftView:
        """The next version of a category, or what is in force. Raises `Forbidden`, `NotFound`."""
        self.require(actor)
        return self._draft(code)

    def _draft(self, code: str) -> DraftView:
        category = self._categories.get(code)
        row = by_key(CategoryVersion, id=_draft_id(code))
        if row is None or row.based_on != category.version:
            as_it_is = CategorySaid.of(category)
            return DraftView(category, drafts_of(category.schema, category.schema), 0, as_it_is)
        schema, said = row.content["schema"], CategorySaid.of(category, row.content)
        return DraftView(
            category,
            drafts_of(schema, category.schema),
            row.rev,
            said,
            row.by,
            row.at,
            [*said_differences(CategorySaid.of(category), said), *differences(category.schema, schema)],
            row.stage,
            row.reason,
            row.effective_on,
            row.approved_by,
            row.note,
            row.by_id,
        )

    def save(
        self,
        actor: Actor,
        code: str,
        fields: Sequence[FieldDraft],
        *,
        rev: int,
        said: CategorySaid | None = None,
    ) -> DraftView:
        """Keep a draft over its revision `rev`; without `said` names and defaults stay as they are drafted.

        Raises `InvalidInput`, `Conflict` if somebody else drafted meanwhile.
        """
        category = self.draft(actor, code)
        said = said or category.said
        if faults := [*faults_of_said(said), *faults_of(fields)]:
            raise InvalidInput(faults)
        schema = schema_of(fields, category.category.schema)
        if category.rev != rev:
            raise Conflict("别人刚改过这份草稿，刷新后再改")
        values = {
            "code": code,
            "based_on": category.category.version,
            "content": {**said.stored(), "schema": schema},
            "by": actor.display_name or actor.name,
            "by_id": actor.id,
            "at": self._clock(),
            "rev": rev + 1,
            **UNSUBMITTED,
        }
        CategoryVersion._get_collection().update_one({"_id": _draft_id(code)}, {"$set": values}, upsert=True)
        drafted = self.draft(actor, code)
        changed = [one.told for one in drafted.changes]
        self._audit.insert(actor, "draft_category", "category", code, rev=rev + 1, changes=changed)
        return drafted

    def publish(
        self, actor: Actor, code: str, *, rev: int, reason: str, effective_on: date | None = None
    ) -> CategoryView:
        """Hand in the draft of revision `rev` for approval, to be in force from a day on, at once without one.

        Where nobody else could approve it, it needs no approval. What was described before keeps the old version.
        Raises `InvalidInput` without a reason or for a day that is past, `Conflict` where the draft is not that one or
        changes nothing.
        """
        draft = self.draft(actor, code)
        faults = []
        if not 1 <= len(reason.strip()) <= 500:
            faults.append(Fault("reason", "required", "发布理由必填，最多 500 个字"))
        if effective_on is not None and effective_on < self._today():
            faults.append(Fault("effective_on", "past", "生效日期不能早于今天"))
        if faults:
            raise InvalidInput(faults)
        if not draft.rev or draft.rev != rev or not draft.changes:
            raise Conflict("没有可以发布的草稿，或别人刚改过")
        needed = self._somebody_else(actor)
        stage = "submitted" if needed else "approved"
        values = {
            "stage": stage,
            "reason": reason.strip(),
            "effective_on": stored_day(effective_on) if effective_on else None,
            "note": "",
        }
        self._mark(code, rev, values)
        self._audit.insert(actor, "submit_category", "category", code, rev=rev, reason=reason.strip())
        if not needed:
            self._put_into_force(actor, code)
        return self._categories.get(code)

    def awaiting(self, actor: Actor) -> list[DraftView]:
        """The versions that wait for approval or for their day. Raises `Forbidden`."""
        require_part(actor)
        rows = CategoryVersion.objects(stage__in=["submitted", "approved"]).only("code").limit(MOST_AWAITING)
        drafts = [self._draft(row.code) for row in rows if row.id.endswith(":draft")]
        return [one for one in drafts if one.stage]

    def decide(self, actor: Actor, code: str, *, rev: int, approve: bool, note: str = "") -> CategoryView:
        """Approve a version, or return it with a note, by somebody else than its author.

        Raises `Forbidden`, `InvalidInput` for a return without a note, `Conflict` where it no longer waits.
        """
        require_approver(actor)
        draft = self._draft(code)
        if draft.stage != "submitted" or draft.rev != rev:
            raise Conflict("这一版不在待审批，重新载入后再看")
        check_decision(actor, draft.by_id, note, approve=approve)
        name = actor.display_name or actor.name
        values = {
            "stage": "approved" if approve else "",
            "approved_by": name if approve else "",
            "note": note.strip(),
        }
        self._mark(code, rev, values)
        act = "approve_category" if approve else "return_category"
        self._audit.insert(actor, act, "category", code, rev=rev, reason=note.strip())
        if approve:
            self._put_into_force(actor, code)
        return self._categories.get(code)

    def tend(self) -> int:
        """Put into force what is approved and whose day has come; how many."""
        rows = list(CategoryVersion.objects(stage="approved").only("code").limit(MOST_AWAITING))
        return sum(self._put_into_force(CLOCKWORK, row.code) for row in rows if row.id.endswith(":draft"))

    def _mark(self, code: str, rev: int, values: Mapping[str, Any]) -> None:
        match = {"_id": _draft_id(code), "rev": rev}
        if not CategoryVersion._get_collection().update_one(match, {"$set": values}).matched_count:
            raise Conflict("没有可以发布的草稿，或别人刚改过")

    def _put_into_force(self, actor: Actor, code: str) -> bool:
        """Whether the approved draft of a category is in force now: its day may still be to come."""
        draft = self._draft(code)
        if draft.stage != "approved" or (draft.effective_on and draft.effective_on > self._today()):
            return False
        before = draft.category
        row = by_key(CategoryVersion, id=_draft_id(code))
        if row is None:
            return False
        version = before.version + 1
        said = {"at": self._clock(), "by": draft.by, "reason": draft.reason, "approved_by": draft.approved_by}
        said["effective_on"] = stored_day(draft.effective_on or self._today())
        content = draft.said.stored() | {"schema": row.content["schema"]}
        if not in_transaction(lambda session: _published(session, before, content, said)):
            return False
        self._categories.forget()
        self._audit.insert(
            actor,
            "publish_category",
            "category",
            code,
            version=[before.version, version],
            reason=draft.reason,
            changes=[one.told for one in draft.changes],
        )
        return True

    def _today(self) -> date:
        return day_of(self._clock())

    def create(self, actor: Actor, code: str, parent: str, said: CategorySaid) -> CategoryView:
        """Add a category below `parent`, "" for none, in version 1 and without fields of its own yet.

        What its parent keeps from others it keeps too. Raises `Forbidden`, `InvalidInput`, `NotFound` for the parent.
        """
        self.require(actor)
        above = self._categories.get(parent) if parent else None
        faults = [*faults_of_code(code), *faults_of_said(said)]
        if by_key(Category, code=code):
            faults.append(Fault(".code", "taken", "已有类别 %(code)s，换一个代码", {"code": code}))
        if faults:
            raise InvalidInput(faults)
        beside = [row.order for row in Category.objects(parent=parent).limit(BESIDE)]
        row = Category(
            code=code,
            parent=parent,
            order=max(beside, default=0) + 1,
            schema=schema_of([], {}),
            plain=compartment(said.secrecy, core_secret=bool(above and above.core_secret)),
            core_secret=bool(above and above.core_secret),
            living=bool(above and above.living),
            **said.stored(),
        )
        try:
            insert_row(row)
        except NotUniqueError as fault:
            taken = Fault(".code", "taken", "已有类别 %(code)s，换一个代码", {"code": code})
            raise InvalidInput([taken]) from fault
        self._categories.forget()
        self._audit.insert(actor, "create_category", "category", code, parent=parent)
        return self._categories.get(code)

    def discard(self, actor: Actor, code: str) -> None:
        """Throw the draft of a category away. May be repeated."""
        self.require(actor)
        if delete_rows(CategoryVersion.objects(id=_draft_id(code))):
            self._audit.insert(actor, "discard_category", "category", code)

    def drafted(self, actor: Actor) -> set[str]:
        """Codes of the categories that have a draft over what is in force. Raises `Forbidden`."""
        self.require(actor)
        known = {_draft_id(one.code): one.version for one in self._categories.all()}
        rows = CategoryVersion.objects(id__in=list(known)).only("id", "code", "based_on")
        return {row.code for row in rows if row.based_on == known[row.id]}

    def versions(self, actor: Actor, code: str) -> list[VersionView]:
        """What was published, the latest first. Raises `Forbidden`."""
        self.require(actor)
        rows = [row for row in CategoryVersion.objects(code=code).limit(MOST) if row.version]
        return [
            VersionView(
                row.version,
                row.at,
                row.by,
                row.reason,
                row.content["schema"],
                row.effective_on,
                row.approved_by,
            )
            for row in sorted(rows, key=lambda row: -row.version)
        ]

    def require(self, actor: Actor) -> None:
        """Return if this person manages the scheme, else `Forbidden`, and entered as refused."""
        require_manager(actor, self._audit, "category")


def _published(
    session: ClientSession, before: CategoryView, content: Mapping[str, Any], said: Mapping[str, Any]
) -> bool:
    """Put a version into force in place of `before`, which is kept; False if that is no longer in force."""
    code, version = before.code, before.version + 1
    match = {"_id": code, "version": before.version}
    update = {"$set": {**content, "version": version}}
    if not Category._get_collection().update_one(match, update, session=session).modified_count:
        return False
    versions = CategoryVersion._get_collection()
    versions.delete_one({"_id": _draft_id(code)}, session=session)
    former = {
        "code": code,
        "version": before.version,
        "content": {**CategorySaid.of(before).stored(), "schema": before.schema},
        "at": said["at"],
    }
    versions.update_one(
        {"_id": f"{code}:{before.version}"}, {"$setOnInsert": former}, upsert=True, session=session
    )
    latest = {**said, "code": code, "version": version, "content": content}
    versions.update_one({"_id": f"{code}:{version}"}, {"$set": latest}, upsert=True, session=session)
    return True


def _draft_id(code: str) -> str:
    return f"{code}:draft"
