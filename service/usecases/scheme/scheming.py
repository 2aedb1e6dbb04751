"""Scheming: the fields of categories as versions, drafted, published with a reason, never taken back (R-AUD-3)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mongoengine.errors import NotUniqueError
from pymongo.client_session import ClientSession

from service.audit import Audit
from service.domain.holdings import CategoryView
from service.domain.permissions import Act, Actor, compartment, may
from service.domain.schema_editing import FieldDraft, differences, drafts_of, faults_of, schema_of
from service.domain.scheme_editing import CategorySaid, faults_of_code, faults_of_said, said_differences
from service.errors import Conflict, Fault, Forbidden, InvalidInput
from service.models import Category, CategoryVersion
from service.models.connection import in_transaction
from service.models.reading import by_key
from service.models.transactions import delete_rows
from service.usecases.scheme.categories import Categories

BESIDE = 500
"""Categories below one parent, at most."""
MOST = 100
"""Versions of one category that are shown."""


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version that was published: when, by whom, why, and its schema."""

    version: int
    at: datetime
    by: str
    reason: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DraftView:
    """The next version of a category as it stands. `rev` 0: nothing is drafted yet, it is what is in force."""

    category: CategoryView
    fields: Sequence[FieldDraft]
    rev: int
    said: CategorySaid
    by: str = ""
    at: datetime | None = None
    changes: Sequence[tuple[str, str]] = ()


class Scheming:
    """The scheme is changed by who manages it; everybody else meets what was published last."""

    def __init__(self, categories: Categories, audit: Audit, clock: Callable[[], datetime]) -> None:
        self._categories, self._audit, self._clock = categories, audit, clock

    def draft(self, actor: Actor, code: str) -> DraftView:
        """The next version of a category, or what is in force. Raises `Forbidden`, `NotFound`."""
        self.require(actor)
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
        if faults := [*faults_of_said(said), *faults_of(fields, category.category.schema)]:
            raise InvalidInput(faults)
        schema = schema_of(fields, category.category.schema)
        if category.rev != rev:
            raise Conflict("别人刚改过这份草稿，刷新后再改")
        values = {
            "code": code,
            "based_on": category.category.version,
            "content": {**said.stored(), "schema": schema},
            "by": actor.display_name or actor.name,
            "at": self._clock(),
            "rev": rev + 1,
        }
        CategoryVersion._get_collection().update_one({"_id": _draft_id(code)}, {"$set": values}, upsert=True)
        drafted = self.draft(actor, code)
        changed = [list(one) for one in drafted.changes]
        self._audit.insert(actor, "draft_category", "category", code, rev=rev + 1, changes=changed)
        return drafted

    def publish(self, actor: Actor, code: str, *, rev: int, reason: str) -> CategoryView:
        """Put the draft of revision `rev` into force for what is described from now on; the old version is kept.

        Raises `InvalidInput` without a reason, `Conflict` where the draft is not that one or changes nothing.
        """
        draft = self.draft(actor, code)
        if not 1 <= len(reason.strip()) <= 500:
            raise InvalidInput([Fault("reason", "required", "发布理由必填，最多 500 个字")])
        if not draft.rev or draft.rev != rev or not draft.changes:
            raise Conflict("没有可以发布的草稿，或别人刚改过")
        before = draft.category
        row = by_key(CategoryVersion, id=_draft_id(code))
        if row is None:
            raise Conflict("没有可以发布的草稿，或别人刚改过")
        version = before.version + 1
        said = {"at": self._clock(), "by": actor.display_name or actor.name, "reason": reason.strip()}
        content = draft.said.stored() | {"schema": row.content["schema"]}
        if not in_transaction(lambda session: _published(session, before, content, said)):
            raise Conflict("没有可以发布的草稿，或别人刚改过")
        self._categories.forget()
        self._audit.insert(
            actor,
            "publish_category",
            "category",
            code,
            version=[before.version, version],
            reason=reason.strip(),
            changes=[list(one) for one in draft.changes],
        )
        return self._categories.get(code)

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
            row.save(force_insert=True)
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
            VersionView(row.version, row.at, row.by, row.reason, row.content["schema"])
            for row in sorted(rows, key=lambda row: -row.version)
        ]

    def require(self, actor: Actor) -> None:
        """Return if this person manages the scheme, else `Forbidden`, and entered as refused."""
        if not may(actor, Act.MANAGE_SCHEME):
            self._audit.insert(actor, "manage_scheme", "category", result="refused")
            raise Forbidden("只有档案管理员和系统管理员可以改分类方案")


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
