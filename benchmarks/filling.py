"""An archive filled in bulk: rows and index entries made directly, as many as are asked for, the same each time."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

from search.port import FileText, IndexDocument, Passage, Place
from service.domain.dossiers import KINDS
from service.domain.holdings import CategoryView
from service.domain.lifecycle import turn_of
from service.domain.permissions import Guarded, audience
from service.models import Dossier, File, Filing, Record
from service.models.reading import raise_counter
from service.scheme import expected_documents
from service.usecases.describing.records import SEQ as RECORDS
from service.usecases.dossiers.dossiers import SEQ as DOSSIERS
from service.wiring import Fonds

AT_ONCE = 100
"""Rows of one insert: the embedded database answers each within the patience of its client, also beside other work."""
LOT = 1000
DEPARTMENTS = ("市场部", "销售部", "产品部", "财务部", "法务部", "综合管理部", "电商部", "客服部")
WORDS = (
    "渠道",
    "新品",
    "经销商",
    "促销",
    "华东区",
    "门店",
    "巡查",
    "年度",
    "推广",
    "价格",
    "包装",
    "回款",
    "样品",
    "调研",
)
WHAT = ("合同", "方案", "会议纪要", "报告", "照片", "清单", "预算", "通知", "评审意见", "验收单")
FAMILIES = ("pdf", "pdf", "pdf", "word", "sheet", "slides", "image", "mail")
IN_A_DOSSIER = 5
OWNERS = 40
LIVES = {1: "submitted", 2: "reviewed", 4: "accepted", 5: "returned"}
"""One of 40 that are not archived is in each of these states, the others are drafts."""


@dataclass(frozen=True, slots=True)
class Held:
    """A record made up, with its file."""

    record: Any
    file: Any
    text: str


class Filling:
    """Makes up `count` records, a file each, and a dossier to every five records, and enters them."""

    def __init__(self, fonds: Fonds, count: int, today: date, owners: Sequence[str] = ()) -> None:
        """`owners` are people of whom each has one draft of `OWNERS`."""
        self._fonds, self._count, self._today = fonds, count, today
        self._owners = (*owners, *(f"bench{number}" for number in range(OWNERS - len(owners))))
        self._chance = random.Random(2026)
        self._categories = [one for one in fonds.categories.all() if not one.living]
        self._now = datetime(today.year, today.month, today.day, 8, tzinfo=UTC)

    def enter(self) -> None:
        """Write all rows, then make the index of them."""
        raise_counter(RECORDS, self._count)
        raise_counter(DOSSIERS, self._count // IN_A_DOSSIER)
        self._fonds.engine.rebuild(self._documents())

    def _documents(self) -> Iterator[IndexDocument]:
        numbers = iter(range(1, self._count + 1))
        while lot := list(islice(numbers, LOT)):
            dossiers = [self._dossier(n // IN_A_DOSSIER) for n in lot if n % IN_A_DOSSIER == 0]
            held = [self._held(number) for number in lot]
            _insert(Dossier, dossiers)
            _insert(Record, [one.record for one in held])
            _insert(File, [one.file for one in held])
            _insert(Filing, [_filing(one.record, self._now) for one in held if one.record.dossiers])
            yield from map(self._document, held)

    def _document(self, held: Held) -> IndexDocument:
        place = Place("page", 1)
        text = FileText(held.file.id, held.file.name, held.file.family, (Passage(place, held.text),))
        return replace(self._fonds.indexing.document(held.record, [held.file]), files=(text,))

    def _held(self, number: int) -> Held:
        pick = self._chance.choice
        category: CategoryView | None = pick(self._categories) if number % 20 else None
        title = f"{pick(WORDS)}{pick(WORDS)}{pick(WHAT)} {number}"
        day = self._today - timedelta(days=self._chance.randrange(12 * 365))
        dossier = (number - 1) // IN_A_DOSSIER + 1
        life = LIVES.get(number % 40, "draft") if number % 3 else "archived"
        owner = self._owners[number // 7 % OWNERS]
        record = Record(
            id=f"{number:032x}",
            seq=number,
            title=title,
            category=category.code if category else "",
            category_version=category.version if category else 0,
            date=day,
            year=day.year,
            department=pick(DEPARTMENTS),
            responsible=f"客户{self._chance.randrange(800):03}有限公司",
            secrecy=category.secrecy if category else "L0",
            core_secret=bool(category and category.core_secret),
            retention=category.retention if category else "",
            keywords=[f"标签{self._chance.randrange(150)}"],
            life=life,
            turn=turn_of(life, owner, number),
            passed={"submit": {"by": owner, "name": "", "at": self._now}} if life in LIVES.values() else {},
            dossiers=[f"{dossier:032x}"] if dossier <= self._count // IN_A_DOSSIER else [],
            owner=owner,
            waits=None if category else number,
            index_seq=1,
            indexed_seq=1,
            created_at=self._now - timedelta(minutes=20 * (self._count - number) % (60 * 24 * 365)),
            updated_at=self._now,
        )
        record.waits_for = audience(Guarded(department=record.department)) if record.waits else None
        record.indexed_in = [record.secrecy + ("C" if record.core_secret else "")]
        return Held(record, self._file(record), "".join(pick(WORDS) for _ in range(80)) + title)

    def _file(self, record: Any) -> Any:
        state = {0: "failed", 1: "quarantined", 2: "pending"}.get(record.seq % 300, "done")
        family = self._chance.choice(FAMILIES)
        return File(
            id=f"f{record.seq:031x}",
            record_id=record.id,
            name=f"{record.title}.{family}",
            compartment=record.indexed_in[0],
            size=self._chance.randrange(10_000, 5_000_000),
            sha256=f"{record.seq:064x}",
            object_key=f"made/up/{record.seq}",
            state=state,
            slot=self._chance.randrange(1 << 16) if state == "pending" else None,
            reason="damaged" if state in ("failed", "quarantined") else "",
            family=family,
            pages=3,
            created_at=record.created_at,
            finished_at=record.created_at,
        )

    def _dossier(self, number: int) -> Any:
        kind = KINDS[number % len(KINDS)]
        return Dossier(
            id=f"{number:032x}",
            seq=number,
            kind=kind,
            title=f"{self._chance.choice(WORDS)}案卷 {number}",
            party=f"客户{number % 800:03}有限公司",
            department=DEPARTMENTS[number % len(DEPARTMENTS)],
            expected=[dict(line) | {"waived": False} for line in expected_documents(kind)],
            created_at=self._now,
            updated_at=self._now,
        )


def _filing(record: Any, now: datetime) -> Any:
    dossier = record.dossiers[0]
    kind = KINDS[int(dossier, 16) % len(KINDS)]
    return Filing(
        id=f"{record.id}:{kind}",
        dossier_id=dossier,
        record_id=record.id,
        kind=kind,
        place=float(record.seq),
        at=now,
        by="bench",
    )


def _insert(document: Any, rows: Sequence[Any]) -> None:
    collection = document._get_collection()  # noqa: SLF001
    for start in range(0, len(rows), AT_ONCE):
        collection.insert_many([row.to_mongo() for row in rows[start : start + AT_ONCE]], ordered=False)
