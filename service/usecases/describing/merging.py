"""Duplicates 查重 and merging 合并: two records of the same customer become one, and both histories stay (R-VAL-11)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pymongo import UpdateOne
from pymongo.client_session import ClientSession

from service.domain.describing import is_blank
from service.domain.holdings import Description, RecordView
from service.domain.permissions import SECRECY, Act, Actor, knows
from service.errors import Conflict, StaleRevision
from service.models import File, Filing, Record
from service.models.connection import in_transaction
from service.usecases.describing.records import Records
from service.usecases.describing.saving import Save, save_within
from service.usecases.describing.showing import LASTING, guarded, known_record, require_editable
from service.usecases.ground import Ground

MOST = 20
"""Duplicates of one record that are looked at."""
GONE = ("superseded", "weeded", "destroyed")
FILLED = ("responsible", "doc_no", "original_place", "note")
"""What of the core the record that goes may fill in."""


class Merging:
    """Who is the same, and how two become one."""

    def __init__(self, records: Records, ground: Ground) -> None:
        self._records, self._audit, self._categories = records, ground.audit, ground.categories
        self._clock, self._nudge = ground.clock, ground.nudge

    def twins(self, actor: Actor, record_id: str) -> Sequence[RecordView]:
        """Other records with a name and a contact of this one, of those that the actor may know of."""
        row = known_record(actor, record_id)
        return self._records.some(actor, _twins(actor, row.matches, {row.id, row.supersedes, row.correcting}))

    def twins_of(self, actor: Actor, matches: Sequence[str]) -> Sequence[RecordView]:
        """The same for what is not entered yet."""
        return self._records.some(actor, _twins(actor, matches, set()))

    def merged(self, actor: Actor, record_id: str) -> Sequence[RecordView]:
        """The records that were merged into this one, as far as the actor may know of them."""
        return self._records.some(actor, list(known_record(actor, record_id).merged))

    def merge(
        self, actor: Actor, kept: tuple[str, int], gone: tuple[str, int], take: Collection[str] = ()
    ) -> RecordView:
        """Merge the record `gone` (id, revision) into `kept`: what that one lacks is filled in, the fields named in
        `take` are replaced, files and dossiers go over. `gone` stays, superseded, with its history.

        Raises `NotFound`, `Forbidden`, `Conflict`, `StaleRevision`, `InvalidInput`.
        """
        stays, goes = _drafts(actor, kept, gone)
        self.require_same(stays, goes)
        first = self._first(actor, stays, goes, frozenset(take))
        second = self._second(actor, goes, stays.id)

        def write(session: ClientSession) -> None:
            dossiers = _carry(session, goes.id, stays.id)
            values = {**first.values, "dossiers": list(dict.fromkeys([*stays.dossiers, *dossiers]))}
            saves = (replace(first, values=values), second)
            if not all(save_within(session, save, self._clock()) for save in saves):
                raise Conflict("两件中有一件刚被改过，重新载入后再合并")

        in_transaction(write)
        self._nudge()
        return self._records.some(actor, [stays.id])[0]

    def require_same(self, stays: Any, goes: Any) -> None:
        """Return if two records can be one, else `Conflict`: values of versions that do not fit are not put together."""
        if stays.id == goes.id:
            raise Conflict("同一件档案不能与自己合并")
        if stays.category != goes.category:
            raise Conflict("两件类别不同，先改成同一类别再合并")
        versions = {one.version for row in (stays, goes) if (one := self._categories.of(row))}
        if len(versions) > 1:
            raise Conflict("两件按类别的不同版本著录，先把旧的一件换到新版再合并")

    def _first(self, actor: Actor, stays: Any, goes: Any, take: frozenset[str]) -> Save:
        """The write of the one that stays."""
        rev = stays.rev
        save = self._records.prepared(actor, stays, _joined(stays, goes, take), merged=goes.id)
        merged = [*stays.merged, goes.id, *goes.merged]
        event = self._audit.entry(actor, "merge", "record", stays.id, other=goes.id, rev=rev + 1)
        if save is None:
            revision = self._audit.revision(stays.id, rev + 1, actor, {"merged": ["", goes.title]})
            return Save.of(stays, rev, {"merged": merged}, [event, revision])
        return replace(save, values={**save.values, "merged": merged}, entries=[*save.entries, event])

    def _second(self, actor: Actor, goes: Any, into: str) -> Save:
        """The write of the one that is superseded."""
        values: dict[str, Any] = {
            "life": "superseded",
            "superseded_by": into,
            "turn": None,
            "inbox": False,
            "dossiers": [],
        }
        told = {"life": [goes.life, "superseded"]}
        for name, value in values.items():
            setattr(goes, name, value)
        entries = [
            self._audit.entry(actor, "merge", "record", goes.id, into=into, rev=goes.rev + 1),
            self._audit.revision(goes.id, goes.rev + 1, actor, told),
        ]
        return Save.of(goes, goes.rev, values, entries)


def _drafts(actor: Actor, kept: tuple[str, int], gone: tuple[str, int]) -> tuple[Any, Any]:
    stays, goes = known_record(actor, kept[0]), known_record(actor, gone[0])
    _require_none_archived(stays, goes)
    for row, rev in ((stays, kept[1]), (goes, gone[1])):
        known_record(actor, row.id, Act.CHANGE)
        require_editable(row)
        if row.rev != rev:
            raise StaleRevision(row.rev)
    return stays, goes


def _require_none_archived(stays: Any, goes: Any) -> None:
    """What is archived keeps its code and its content (R-VAL-12): it is told what can be done instead."""
    archived = (stays.life in LASTING, goes.life in LASTING)
    if all(archived):
        raise Conflict("两件都已归档，各有档号，不能合并；给两件建立关系")
    if archived[0]:
        raise Conflict("留下的一件已归档，内容不改；写明更正理由，并入它的新版")
    if archived[1]:
        raise Conflict("并入的一件已归档，不能撤走；改留已归档的这件")


def _joined(stays: Any, goes: Any, take: frozenset[str]) -> Description:
    """The description of both together."""
    fields: dict[str, Any] = dict(stays.fields)
    for name, value in dict(goes.fields).items():
        if is_blank(fields.get(name)) or f"fields.{name}" in take:
            fields[name] = value
    filled: Mapping[str, Any] = {
        name: getattr(goes, name)
        for name in FILLED
        if is_blank(getattr(stays, name)) and not is_blank(getattr(goes, name))
    }
    level = max(stays.secrecy, goes.secrecy, key=SECRECY.index)
    return Description(
        fields=fields,
        keywords=tuple(dict.fromkeys([*stays.keywords, *goes.keywords])),
        secrecy=level if level != stays.secrecy else None,
        **filled,
    )


def _twins(actor: Actor, matches: Sequence[str], but: Collection[str | None]) -> list[str]:
    """Those that meet, without the record itself and its other versions (`but`)."""
    if not matches:
        return []
    rows = Record.objects(matches__in=list(matches), deleted_at=None, life__nin=GONE).limit(MOST)
    return [row.id for row in rows if row.id not in but and knows(actor, guarded(row))]


def _carry(session: ClientSession, source: str, target: str) -> list[str]:
    """Files and places in dossiers go over; where both were in a dossier of one kind the other's place is kept."""
    files = File._get_collection()
    found = list(files.find({"record_id": source}, {"_id": 1}, session=session))
    if found:
        moved = [UpdateOne({"_id": one["_id"]}, {"$set": {"record_id": target}}) for one in found]
        files.bulk_write(moved, session=session)
    filings = Filing._get_collection()
    held = {row["kind"] for row in filings.find({"record_id": target}, {"kind": 1}, session=session)}
    dossiers = []
    for row in list(filings.find({"record_id": source}, session=session)):
        filings.delete_one({"_id": row["_id"]}, session=session)
        if row["kind"] not in held:
            place = row | {"_id": f"{target}:{row['kind']}", "record_id": target}
            filings.insert_one(place, session=session)
            dossiers.append(str(row["dossier_id"]))
    return dossiers
