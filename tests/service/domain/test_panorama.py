"""The panorama of a party: chapters, relations and figures from the fields of its records."""

from dataclasses import astuple, replace
from datetime import UTC, date, datetime
from typing import Any, ClassVar

import pytest

from service.domain.holdings import RecordView
from service.domain.panorama import CHAPTERS, DAYS, GIST, RELATION, Dealings, chapter_of, drawn, reads
from service.scheme import starting_scheme

SCHEMES = {one.code: one.schema["properties"] for one in starting_scheme()}
PATHS = {one.code: (one.parent, one.code) if one.parent else (one.code,) for one in starting_scheme()}
NOW = datetime(2026, 3, 2, tzinfo=UTC)
BLANK: dict[str, Any] = dict.fromkeys(RecordView.__dataclass_fields__, "") | {
    "category_version": 1, "date": None, "year": 2026, "keywords": (), "fields": {}, "life": "archived", "rev": 1,
    "indexed": True, "created_at": NOW, "updated_at": NOW, "files": (), "inbox": False, "missing": (),
    "may": frozenset(), "secrecy": "L0", "secrecy_until": None,
}  # fmt: skip


def record(category: str, key: str = "r", **fields: Any) -> RecordView:
    return RecordView(**BLANK | {"id": key, "title": category, "category": category, "fields": fields})


def test_what_the_panorama_reads_is_in_the_starting_scheme() -> None:
    known = {code for codes in CHAPTERS.values() for code in codes}
    assert known | set(GIST) | set(DAYS) | {RELATION} <= set(SCHEMES)
    assert [(code, name) for code, names in GIST.items() for name in names if name not in SCHEMES[code]] == []
    assert {SCHEMES[code][name]["x-widget"] for code, name in DAYS.items()} == {"date"}


@pytest.mark.parametrize(
    ("code", "chapter"),
    [
        ("KH", "profile"),
        ("KH-GT", "talks"),
        ("HT-LX", "payments"),
        ("HT-BG", "contracts"),
        ("XM-JZ", "projects"),
        ("WD-HY", "others"),
    ],
)
def test_a_record_stands_in_the_nearest_chapter_of_its_category(code: str, chapter: str) -> None:
    assert chapter_of(PATHS[code]) == chapter


def test_a_category_of_the_companys_own_stands_with_what_it_belongs_to() -> None:
    assert chapter_of(("HT", "HT-XS")) == "contracts"


@pytest.mark.requirement("R-CUS-13")
def test_relations_come_person_by_person_the_good_ones_first() -> None:
    lines = [
        record(RELATION, "1", key_person="陈总", our_staff="王芳", status="negative"),
        record(RELATION, "2", key_person="陈总", our_staff="李强", our_post="经理", status="active"),
        record(RELATION, "3", key_person="周工", status="none"),
        record(RELATION, "4", key_person="何经理", our_staff="王芳", status="unheard of"),
    ]
    found = [(one.key_person, one.our_staff, one.status) for one in drawn(lines, PATHS).bonds]
    assert found == [
        ("何经理", "王芳", "none"),
        ("周工", "", "none"),
        ("陈总", "李强", "active"),
        ("陈总", "王芳", "negative"),
    ]


@pytest.mark.requirement("R-CUS-19")
def test_figures_are_those_of_what_counts() -> None:
    records = [
        record("HT", "1", amount=120_000.5),
        replace(record("HT", "2", amount=9_000_000), life="superseded"),
        record("KH-GM", "3", amount=800),
        record("KH-XY", "4", paid_amount=500, overdue="no", paid_on="2026-02-01"),
        record("KH-XY", "5", due_amount=500, overdue="yes"),
        record("HT-LX", "6", paid=1000, paid_by="them"),
        record("HT-LX", "7", paid=77, paid_by="us"),
        record("KH-FK", "8", feedback_kind="complaint"),
        record("KH-FK", "9", feedback_kind="complaint", closed_on="2026-02-01"),
        record("KH-GT", "10", talked_on="2026-02-03"),
        record("KH-GT", "11", talked_on="2026-01-03"),
    ]
    found = drawn(records, PATHS)
    assert found.dealings == Dealings(1, 120_000.5, 800, 1500, 1, 1, date(2026, 2, 3))
    assert [one.id for one in found.chapters["talks"]] == ["10", "11"]
    assert [one.id for one in found.chapters["contracts"]] == ["1"]


class Asked(dict[str, Any]):
    """Fields that note what is asked of them, and say what leads to further questions."""

    said: ClassVar = {"overdue": "yes", "feedback_kind": "complaint"}

    def get(self, key: str, default: Any = None) -> Any:
        self[key] = self.said.get(key, default)
        return self[key]


def test_what_the_panorama_reads_is_told_of_it() -> None:
    """An editor of the scheme is warned of a field that is going by `reads`."""
    asked = {code: Asked() for code in SCHEMES if code != RELATION}
    drawn([replace(record(code), fields=fields) for code, fields in asked.items()], PATHS)
    assert {code: set(fields) - {""} for code, fields in asked.items()} == {
        code: set(reads(code)) for code in asked
    }
    told = record(RELATION, **dict.fromkeys(reads(RELATION), "active"))
    (bond,) = drawn([told], PATHS).bonds
    assert astuple(bond) == ("r", *["active"] * 6)
