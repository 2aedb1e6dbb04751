"""Panorama 全景 of a dossier's party: its records by what they are, our relations to it, the figures of the dealing.

All of it is read from the fields of records (R-CUS-13, R-CUS-19); nothing is kept beside them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from service.domain.dates import read_date
from service.domain.holdings import RecordView
from service.domain.lifecycle import PAST

RELATION = "KH-GX"
"""The category whose records are lines of the relationship map (附件3)."""

CHAPTERS: Mapping[str, tuple[str, ...]] = {
    "profile": ("KH",),
    "people": ("KH-GJ", "KH-JS"),
    "relations": (RELATION,),
    "contracts": ("HT",),
    "projects": ("XM",),
    "talks": ("KH-GT",),
    "purchases": ("KH-GM",),
    "payments": ("KH-XY", "HT-LX"),
    "feedback": ("KH-FK",),
    "others": (),
}
"""Chapter → the categories whose records it holds, those below them included unless another chapter names them."""

GIST: Mapping[str, tuple[str, ...]] = {
    "KH": ("customer_no", "stage", "credit_grade", "owner"),
    "KH-GJ": ("person_name", "post", "capacity"),
    "KH-JS": ("person_name", "role", "concerns"),
    "KH-GT": ("channel", "content", "follow_up"),
    "KH-GM": ("products", "quantity", "amount"),
    "KH-XY": ("due_on", "due_amount", "paid_amount", "overdue"),
    "KH-FK": ("feedback_kind", "rating", "content"),
    "HT": ("contract_no", "amount", "status", "ends_on"),
    "HT-LX": ("contract_no", "progress", "paid"),
    "HT-BG": ("contract_no", "content", "reason"),
    "HT-JF": ("contract_no", "cause", "result"),
    "XM": ("stage", "expected_amount", "next_step"),
    "XM-JZ": ("event", "result", "next_step"),
}
"""Category → the fields that say in a line what one of its records is about."""

DAYS: Mapping[str, str] = {
    "KH-GT": "talked_on",
    "KH-GM": "bought_on",
    "KH-XY": "recorded_on",
    "KH-FK": "received_on",
    "HT": "signed_on",
    "HT-LX": "happened_on",
    "HT-BG": "changed_on",
    "HT-JF": "arisen_on",
    "XM-JZ": "happened_on",
}
"""Category → the field of the day on which it happened, where that is not the record's date."""

FIGURES: Mapping[str, tuple[str, ...]] = {
    "KH-GT": ("talked_on",),
    "KH-GM": ("amount",),
    "KH-XY": ("paid_amount", "overdue", "paid_on"),
    "KH-FK": ("feedback_kind", "closed_on"),
    "HT": ("amount",),
    "HT-LX": ("paid", "paid_by"),
}
"""Category → the fields from which the figures of the dealing are made."""

BOND = ("key_person", "key_post", "our_staff", "our_post", "role")
"""Fields of a relation that the map writes; its line is drawn by `status`."""

STATUSES = ("active", "neutral", "negative", "none")
"""Status of a relation: 积极的, 中立的, 消极的, 尚未建立关系 (001:249)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A record in a chapter. `gist`: field → value, of those that say what it is about."""

    id: str
    title: str
    category: str
    day: date | None
    ref_code: str
    secrecy: str
    life: str
    gist: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bond:
    """A line of the relationship map: a key person, somebody of ours, and how they stand (R-CUS-13)."""

    record_id: str
    key_person: str
    key_post: str
    our_staff: str
    our_post: str
    role: str
    status: str


@dataclass(frozen=True, slots=True)
class Dealings:
    """The figures of the dealing, in yuan where they are money."""

    contracts: int = 0
    contracted: float = 0
    purchased: float = 0
    paid: float = 0
    overdue: int = 0
    complaints: int = 0
    """Those that are not closed."""
    last_talk: date | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """All that is drawn from the records of a party."""

    chapters: Mapping[str, Sequence[Entry]]
    bonds: Sequence[Bond]
    dealings: Dealings


def drawn(records: Iterable[RecordView], paths: Mapping[str, Sequence[str]]) -> Drawn:
    """Chapters, relations and figures; `paths`: category → codes from the root down to it.

    What was superseded or weeded counts for nothing. Within a chapter the latest comes first.
    """
    present = [one for one in records if one.life not in PAST]
    chapters: dict[str, list[Entry]] = {key: [] for key in CHAPTERS}
    for one in present:
        chapters[chapter_of(paths.get(one.category, (one.category,)))].append(_entry(one))
    for entries in chapters.values():
        entries.sort(key=lambda entry: (entry.day or date.min, entry.id), reverse=True)
    bonds = sorted(
        (_bond(one) for one in present if one.category == RELATION),
        key=lambda bond: (bond.key_person, STATUSES.index(bond.status), bond.our_staff),
    )
    return Drawn(chapters, bonds, _dealings(present))


def reads(category: str) -> frozenset[str]:
    """The fields of a category that the panorama is drawn from."""
    bond = (*BOND, "status") if category == RELATION else ()
    day = DAYS.get(category)
    return frozenset((*GIST.get(category, ()), *FIGURES.get(category, ()), *bond, *((day,) if day else ())))


def chapter_of(path: Sequence[str]) -> str:
    """The chapter of a category, by itself or by the nearest above it that has one."""
    for code in reversed(path):
        for chapter, codes in CHAPTERS.items():
            if code in codes:
                return chapter
    return "others"


def _entry(record: RecordView) -> Entry:
    happened = record.fields.get(DAYS.get(record.category, ""))
    return Entry(
        id=record.id,
        title=record.title,
        category=record.category,
        day=(read_date(happened) if isinstance(happened, str) else None) or record.date,
        ref_code=record.ref_code,
        secrecy=record.secrecy,
        life=record.life,
        gist={name: record.fields[name] for name in GIST.get(record.category, ()) if record.fields.get(name)},
    )


def _bond(record: RecordView) -> Bond:
    said = {name: str(value) for name, value in record.fields.items()}
    texts = {name: said.get(name, "") for name in BOND}
    status = said.get("status", "")
    return Bond(record.id, **texts, status=status if status in STATUSES else "none")


def _dealings(records: Sequence[RecordView]) -> Dealings:
    of = {code: [one.fields for one in records if one.category == code] for code in (*DAYS, "HT")}
    talks = [read_date(str(one.get("talked_on", ""))) for one in of["KH-GT"]]
    received = [one for one in of["HT-LX"] if one.get("paid_by") != "us"]
    return Dealings(
        contracts=len(of["HT"]),
        contracted=_sum(of["HT"], "amount"),
        purchased=_sum(of["KH-GM"], "amount"),
        paid=_sum(of["KH-XY"], "paid_amount") + _sum(received, "paid"),
        overdue=sum(one.get("overdue") == "yes" and not one.get("paid_on") for one in of["KH-XY"]),
        complaints=sum(
            one.get("feedback_kind") == "complaint" and not one.get("closed_on") for one in of["KH-FK"]
        ),
        last_talk=max(filter(None, talks), default=None),
    )


def _sum(fields: Iterable[Mapping[str, Any]], name: str) -> float:
    values = [one.get(name) for one in fields]
    return round(sum(float(one) for one in values if isinstance(one, int | float)), 2)
