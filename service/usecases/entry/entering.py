"""Entry from workbooks (R-CAP-4): a template of a category, findings line by line, and what is right is entered."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo import UpdateOne
from pymongo.client_session import ClientSession

from service.domain.describing import check, check_core
from service.domain.entry import (
    MOST_ROWS,
    RESULT,
    Column,
    Said,
    columns_of,
    digest_of,
    is_entered,
    placed,
    said_by,
)
from service.domain.holdings import CategoryView, Description, Page, RecordView
from service.domain.matching import keys_of
from service.domain.permissions import Act, Actor, knows, may
from service.errors import Conflict, Fault, Forbidden, InvalidInput, NotFound
from service.models import EntryLine, EntrySheet, Record
from service.models.connection import in_transaction
from service.models.reading import by_key
from service.usecases.archival.verifying import said_doubts
from service.usecases.describing.merging import Merging
from service.usecases.describing.records import Records
from service.usecases.describing.showing import guarded
from service.usecases.entry.lines import TWIN, show_lines
from service.usecases.entry.workbooks import ReadBook, ReadLine, Workbooks
from service.usecases.ground import Ground

KEPT = timedelta(days=30)
"""How long a workbook that was brought is kept."""
LOT = 50
"""Records that one transaction enters."""
SHEETS = 50
"""Workbooks of one person that are listed."""


@dataclass(frozen=True, slots=True)
class EntryView:
    """A workbook that was brought: how many lines wait, were entered, were there already, have faults."""

    id: str
    category: str
    name: str
    created_at: datetime
    lines: int
    waiting: int
    entered: int
    already: int
    bad: int
    unknown: Sequence[str]
    """Heads of columns that mean nothing here; they are left out."""


OLD_TEMPLATE = "类别出了新版，字段与这份录入表的不同；下载新模板填写再传"


class Entering:
    """Records from workbooks, always one's own: a workbook of somebody else is `NotFound`.

    A line is entered whole or not at all, fifty in a transaction; the same line of the same person makes one record
    however often it is brought, because the record itself keeps the key of its line.
    """

    def __init__(self, records: Records, ground: Ground, workbooks: Workbooks, merging: Merging) -> None:
        self._records, self._categories, self._audit = records, ground.categories, ground.audit
        self._clock, self._nudge, self._workbooks = ground.clock, ground.nudge, workbooks
        self._merging = merging

    def check(self, actor: Actor, code: str, name: str, data: bytes) -> EntryView:
        """Read a workbook of a category and say what is wrong with each line; nothing is entered yet.

        `code` "" takes the category that the template names. Raises `Forbidden`, `InvalidInput`, `TooLarge`.
        """
        if not may(actor, Act.CREATE):
            raise Forbidden
        book = self._workbooks.read(data)
        category = self._category(code or book.facts.get("category", ""))
        if code and book.facts.get("category", code) != code:
            text = "这是“%(other)s”的模板，选的是“%(category)s”；换一类或换模板"
            told = {"other": book.facts["category"][:20], "category": code}
            raise InvalidInput([Fault("category", "other_category", text, told)])
        made_for = book.facts.get("version", "")
        version = int(made_for) if made_for.isdecimal() and len(made_for) < 7 else 0
        if self._categories.read_by(category.code, version) != category:
            raise InvalidInput([Fault("file", "old_template", OLD_TEMPLATE)])
        columns = columns_of(category.schema)
        places, faults = placed(columns, book.heads)
        if faults:
            raise InvalidInput(faults)
        if not book.lines:
            raise InvalidInput([Fault("file", "empty", "表头下面还没有内容，先填写再传")])
        return self._kept(actor, category, name, book, places)

    def sheets(self, actor: Actor) -> Sequence[EntryView]:
        """The workbooks that this person brought, newest first."""
        rows = EntrySheet.objects(by=actor.id).limit(10 * SHEETS)
        newest = sorted(rows, key=lambda row: row.created_at, reverse=True)[:SHEETS]
        return [self._view(row) for row in newest]

    def get(self, actor: Actor, sheet_id: str) -> EntryView:
        """A workbook of one's own."""
        return self._view(own_sheet(actor, sheet_id))

    def lines(self, actor: Actor, sheet_id: str, *, above: int = 0, limit: int = 100, fate: str = "") -> Page:
        """The lines of a workbook behind line `above`; `next_cursor` is the last one's number."""
        row = own_sheet(actor, sheet_id)
        kept = {"waiting": ""}.get(fate, fate)
        wanted = {"fate": kept} if fate else {}
        found = EntryLine.objects(sheet_id=row.id, n__gt=above, **wanted)
        lines = sorted(found, key=lambda one: one.n)
        shown = show_lines(actor, lines[:limit])
        return Page(shown, str(shown[-1].n) if len(lines) > limit else "", len(lines))

    def enter(self, actor: Actor, sheet_id: str) -> EntryView:
        """Enter every line without faults that waits, as drafts. May be repeated, and goes on where it was cut off.

        Raises `NotFound`, `Conflict` where the category has a version since whose fields are others.
        """
        row = own_sheet(actor, sheet_id)
        if self._categories.of(row) != self._category(row.category):
            raise Conflict(OLD_TEMPLATE)
        waiting = sorted(EntryLine.objects(sheet_id=row.id, fate=""), key=lambda one: one.n)
        places = self._places(row)
        for start in range(0, len(waiting), LOT):
            self._enter(actor, row, waiting[start : start + LOT], places)
        if waiting:
            self._audit.insert(actor, "enter_sheet", "category", row.category, lines=len(waiting))
            self._nudge()
        return self._view(row)

    def discard(self, actor: Actor, sheet_id: str) -> None:
        """Forget a workbook; what was entered from it stays."""
        row = own_sheet(actor, sheet_id)
        in_transaction(lambda session: _forget(row.id, session))

    def close(self) -> None:
        """Let go of the reader of workbooks."""
        self._workbooks.close()

    def _category(self, code: str) -> CategoryView:
        try:
            return self._categories.get(code)
        except NotFound:
            unknown = Fault("category", "unknown_category", "没有类别 %(code)s", {"code": code[:40]})
            raise InvalidInput([unknown]) from None

    def _places(self, row: Any) -> list[Column | str]:
        """The columns as the workbook has them, of the category as it is now."""
        columns = {one.path: one for one in columns_of(self._category(row.category).schema)}
        return [columns.get(path, path if path == RESULT[0] else "") for path in row.paths]

    def _kept(
        self,
        actor: Actor,
        category: CategoryView,
        name: str,
        book: ReadBook,
        places: Sequence[Column | str],
    ) -> EntryView:
        now = self._clock()
        row = EntrySheet(
            id=secrets.token_hex(16),
            by=actor.id,
            category=category.code,
            category_version=category.version,
            name=name[:200],
            paths=[one if isinstance(one, str) else one.path for one in places],
            unknown=_unknown(book, places),
            created_at=now,
            expires_at=now + KEPT,
        )
        looked = _Look(actor, category, places)
        lines = [self._line(row, looked, one) for one in book.lines]
        self._note_known(lines)
        self._audit.insert(actor, "upload_sheet", "category", category.code, lines=len(lines))

        def write(session: ClientSession) -> None:
            EntryLine._get_collection().insert_many([one.to_mongo() for one in lines], session=session)
            EntrySheet._get_collection().insert_one(row.to_mongo(), session=session)

        in_transaction(write)
        return self._view(row)

    def _line(self, row: Any, looked: "_Look", line: ReadLine) -> Any:
        said, faults = looked.at(line)
        key = digest_of(looked.actor.id, row.category, said.values)
        return EntryLine(
            id=f"{row.id}:{line.n}",
            sheet_id=row.id,
            n=line.n,
            title=str(said.values.get("title", ""))[:200],
            cells=[list(one) for one in line.cells],
            key=key,
            faults=[_stored(one) for one in faults],
            notes=[] if faults else [_stored(one) for one in self._notes(looked, said)],
            fate="bad" if faults else "",
            expires_at=row.expires_at,
        )

    def _notes(self, looked: "_Look", said: Said) -> list[Fault]:
        """What is to be looked at: doubts to be answered before submitting, and who may be there already."""
        category = looked.category
        found = said_doubts(said.fields, said.values.get("date"), category, self._clock())
        told = [
            Fault(one.path, "doubt", "%(what)s", {"what": one.what, "what_en": one.what_en}) for one in found
        ]
        matches = keys_of(category.code, said.fields, category.schema)
        twins = self._merging.twins_of(looked.actor, matches)
        return told + [_twin(one) for one in twins[:3]]

    def _note_known(self, lines: Sequence[Any]) -> None:
        """Tell the lines that this person has entered already: their keys are his alone."""
        keys = [one.key for one in lines]
        held = {
            row["entry_key"]: row["_id"]
            for row in Record._get_collection().find(
                {"entry_key": {"$in": keys}, "deleted_at": None}, {"entry_key": 1}
            )
        }
        for line in lines:
            if line.key in held:
                line.fate, line.record_id, line.faults = "already", held[line.key], []

    def _enter(self, actor: Actor, row: Any, lines: Sequence[Any], places: Sequence[Column | str]) -> None:
        looked = _Look(actor, self._category(row.category), places)
        drafts: dict[str, Any] = {}
        changes: list[UpdateOne] = []
        for line in lines:
            said, faults = looked.at(ReadLine(line.n, [(str(kind), value) for kind, value in line.cells]))
            if not faults:
                draft = self._records.draft(actor, described(row.category, said))
                draft.entry_key = line.key
                faults = [] if knows(actor, guarded(draft)) else [OUT_OF_REACH]
                drafts |= {} if faults else {line.key: draft}
            if faults:
                told = {"faults": [_stored(one) for one in faults], "fate": "bad"}
                changes.append(UpdateOne({"_id": line.id, "fate": ""}, {"$set": told}))
        by_line = {line.id: line.key for line in lines if line.key in drafts}
        in_transaction(lambda session: _write(session, drafts, by_line, changes))

    def _view(self, row: Any) -> EntryView:
        found = EntryLine._get_collection().find({"sheet_id": row.id}, {"fate": 1}).batch_size(MOST_ROWS)
        fates = [str(one["fate"]) for one in found]
        return EntryView(
            id=row.id,
            category=row.category,
            name=row.name,
            created_at=row.created_at,
            lines=len(fates),
            waiting=fates.count(""),
            entered=fates.count("entered"),
            already=fates.count("already"),
            bad=fates.count("bad"),
            unknown=tuple(row.unknown),
        )


TWIN_TOLD = "与“%(title)s”的名称和联系方式相同，可能是同一客户；录入后可以合并"
OUT_OF_REACH = Fault("secrecy", "out_of_reach", "录入后本人将无权查看这件档案；请档案管理员来录")
CHANGED = Fault("", "changed_since", "这一行标着“已录入”，内容却改过；已录入的在档案页面上改")


class _Look:
    """Looks at the lines of one workbook, one after the other: the same content twice is told at the second."""

    def __init__(self, actor: Actor, category: CategoryView, places: Sequence[Column | str]) -> None:
        self.actor, self.category, self._places = actor, category, places
        self._seen: dict[str, int] = {}

    def at(self, line: ReadLine) -> tuple[Said, list[Fault]]:
        """What a line says and everything that is wrong with it."""
        said = said_by(self._places, line.cells)
        broken = {one.path for one in said.faults}
        whole = described(self.category.code, said)
        found = [*said.faults, *check_core(whole)]
        if not said.values.get("title") and "title" not in broken:
            found.append(Fault("title", "required", "题名必填"))
        own = check(said.fields, self.category.schema, complete=True)
        faults = found + [one for one in own if one.path not in broken]
        key = digest_of(self.actor.id, self.category.code, said.values)
        if key in self._seen:
            faults.append(Fault("", "repeated", "与第 %(n)s 行内容相同，只录一次", {"n": self._seen[key]}))
        self._seen.setdefault(key, line.n)
        if not faults and is_entered(self._places, line.cells):
            faults.append(CHANGED)
        return said, faults


def described(category: str, said: Said) -> Description:
    """A line as a person would say it."""
    core = dict(said.core)
    if "keywords" in core:
        core["keywords"] = tuple(core["keywords"])
    return Description(category=category, fields=said.fields, **core)


def own_sheet(actor: Actor, sheet_id: str) -> Any:
    """The row of a workbook that this person brought, else `NotFound`."""
    row = by_key(EntrySheet, id=sheet_id)
    if row is None or row.by != actor.id:
        raise NotFound("没有这份录入表")
    return row


def _twin(other: RecordView) -> Fault:
    """A note of a record that may be the same; its title is looked up anew whenever the note is read."""
    return Fault("title", TWIN, TWIN_TOLD, {"title": other.title[:60], "record": other.id})


def _unknown(book: ReadBook, places: Sequence[Column | str]) -> list[str]:
    return [
        str(cell[1])[:60]
        for cell, place in zip(book.heads, places, strict=True)
        if not place and str(cell[1] or "").strip()
    ]


def _stored(fault: Fault) -> dict[str, Any]:
    told: Mapping[str, Any] = asdict(fault)
    return dict(told)


def _write(
    session: ClientSession,
    drafts: Mapping[str, Any],
    by_line: Mapping[str, str],
    changes: Sequence[UpdateOne],
) -> None:
    """Enter the drafts whose keys are free; lines whose keys are taken were there already."""
    records = Record._get_collection()
    shown = {"entry_key": 1, "deleted_at": 1}
    held = list(records.find({"entry_key": {"$in": list(drafts)}}, shown, session=session))
    for row in held:
        if row.get("deleted_at"):  # who deleted it may enter it again
            records.update_one({"_id": row["_id"]}, {"$unset": {"entry_key": 1}}, session=session)
    known = {row["entry_key"]: row["_id"] for row in held if not row.get("deleted_at")}
    new = [draft.to_mongo() for key, draft in drafts.items() if key not in known]
    if new:
        records.insert_many(new, session=session)
    fates = [
        UpdateOne(
            {"_id": line, "fate": ""},
            {
                "$set": {
                    "fate": "already" if key in known else "entered",
                    "record_id": known.get(key, drafts[key].id),
                }
            },
        )
        for line, key in by_line.items()
    ]
    if fates or changes:
        EntryLine._get_collection().bulk_write([*fates, *changes], session=session)


def _forget(sheet_id: str, session: ClientSession) -> None:
    EntryLine._get_collection().delete_many({"sheet_id": sheet_id}, session=session)
    EntrySheet._get_collection().delete_one({"_id": sheet_id}, session=session)
