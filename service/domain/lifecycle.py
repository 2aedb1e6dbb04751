"""The life of a record: a table of states, who may take which step, and what each step asks for first (§3.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from service.domain.describing import is_blank, missing
from service.domain.permissions import EDITABLE, Act, Actor, Guarded, may
from service.domain.wording import CORE_LABELS, core_hints, fault
from service.errors import Conflict, Fault, Forbidden, InvalidInput

Step = Literal["submit", "withdraw", "review", "return", "accept", "archive", "weed", "restore", "supersede"]

BEFORE_ARCHIVING = ("draft", "returned", "submitted", "reviewed", "accepted")

TABLE: Mapping[tuple[str, str], str] = {
    ("draft", "submit"): "submitted",
    ("returned", "submit"): "submitted",
    ("returned", "withdraw"): "draft",
    ("submitted", "withdraw"): "draft",
    ("submitted", "review"): "reviewed",
    ("submitted", "return"): "returned",
    ("reviewed", "return"): "returned",
    ("accepted", "return"): "returned",
    ("reviewed", "accept"): "accepted",
    ("accepted", "archive"): "archived",
    **{(life, "weed"): "weeded" for life in BEFORE_ARCHIVING},
    ("weeded", "restore"): "draft",
    ("archived", "supersede"): "superseded",
}
"""(state, step) → state. What is not here cannot happen. `supersede` comes with the archiving of the new version."""

STATES = {
    "draft": "草稿",
    "submitted": "待复核",
    "reviewed": "待验收",
    "accepted": "待归档",
    "archived": "已归档",
    "returned": "退回",
    "weeded": "已剔除",
    "superseded": "已被替代",
    "disposal_pending": "待销毁",
    "destroyed": "已销毁",
}
"""State → what people call it."""

PAST = ("superseded", "weeded")
"""States that a search leaves out unless it asks for a state: what has a newer version, and what is to go."""

REQUIRED = ("title", "date", "department", "responsible", "retention")
"""What of the fixed core a record needs before it is submitted (S-MD-1), beside a category."""

MAX_REASON = 500
MAX_COUNT = 100_000
"""Copies or sheets of one record."""


@dataclass(frozen=True, slots=True)
class Count:
    """What was counted at acceptance (R-ARC-5): copies 份数, sheets 张数, and the format 规格, "A4" say."""

    copies: int
    sheets: int
    form: str = ""


@dataclass(frozen=True, slots=True)
class Passed:
    """A step that was taken: by whom, when, with which reason or count."""

    by: str
    """The id of the person."""
    name: str
    at: datetime
    reason: str = ""
    copies: int = 0
    sheets: int = 0
    form: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A record before a step, as the guards need it; `lacking` and `failing` are what stands in its way."""

    life: str
    guarded: Guarded
    owner: str
    passed: Mapping[str, Passed] = field(default_factory=dict)
    lacking: Sequence[Fault] = ()
    failing: Sequence[Fault] = ()
    """Severe findings of the four-property check (S-4A…D)."""


def after(life: str, step: str) -> str:
    """The state that a step leads to. Raises `Conflict` where the table has none."""
    found = TABLE.get((life, step))
    if found is None:
        raise Conflict("这件档案现在是“%(state)s”，不能这样办；重新载入后再看", state=STATES.get(life, life))
    return found


def permitted(actor: Actor, step: str, case: Case) -> bool:
    """Whether this actor may take the step with this record, whatever it still lacks (§3.3)."""
    if (case.life, step) not in TABLE or step == "supersede":
        return False
    if step == "withdraw":
        return actor.id in (case.owner, _by(case, "submit")) and may(actor, Act.READ, case.guarded)
    if step == "return":
        return any(may(actor, act, case.guarded) for act in _returning(case.life))
    if step == "review" and actor.id in _authors(case):
        return False
    return may(actor, ACT_OF[step], case.guarded)


ACT_OF: Mapping[str, Act] = {
    "submit": Act.CHANGE,
    "review": Act.REVIEW,
    "accept": Act.ACCEPT,
    "archive": Act.ARCHIVE,
    "weed": Act.WEED,
    "restore": Act.WEED,
}


def require_permitted(actor: Actor, step: str, case: Case) -> str:
    """The state that the step leads to, for this actor. Raises `Conflict`, `Forbidden`."""
    life = after(case.life, step)
    if step == "review" and actor.id in _authors(case) and may(actor, Act.REVIEW, case.guarded):
        raise Forbidden("复核人不能是著录人或提交人（二次审核），请另一位复核")
    if not permitted(actor, step, case):
        raise Forbidden
    return life


def require_ready(step: str, case: Case) -> None:
    """Raise `InvalidInput` with everything that stands in the way of submitting, accepting or archiving."""
    if step in ("submit", "accept", "archive") and case.lacking:
        raise InvalidInput(case.lacking)
    if step == "accept" and case.failing:
        raise InvalidInput(case.failing)


def check_reason(reason: str) -> str:
    """A reason as it is kept. Raises `InvalidInput` if it says nothing or too much."""
    said = reason.strip()
    if not said:
        raise InvalidInput([Fault("reason", "required", "写明理由，让提交人知道改什么")])
    if len(said) > MAX_REASON:
        raise InvalidInput([Fault("reason", "too_long", "最多 %(limit)s 个字", {"limit": MAX_REASON})])
    return said


def check_count(count: Count) -> Count:
    """A count as it is kept (R-ARC-5). Raises `InvalidInput`."""
    faults = [
        Fault(name, "out_of_range", "份数、张数应为 1–%(limit)s 的整数", {"limit": MAX_COUNT})
        for name, value in (("copies", count.copies), ("sheets", count.sheets))
        if not 1 <= value <= MAX_COUNT
    ]
    if len(count.form) > 40:
        faults.append(Fault("form", "too_long", "最多 %(limit)s 个字", {"limit": 40}))
    if faults:
        raise InvalidInput(faults)
    return count


def lacking(row: Any, schema: Mapping[str, Any] | None, *, files: int) -> list[Fault]:
    """What a record still needs before it can be submitted (R-VAL-6, S-MD-1, S-RT-2); `schema` None: no category.

    `row` has the names of a description; `files` is how many files it has: paper without any needs a place.
    """
    faults = []
    if schema is None:
        faults.append(Fault("category", "required", "还没有选类别"))
    faults += [fault(name, "required", core_hints(name)) for name in REQUIRED if _blank(row, name)]
    if row.copy_status == "copy" and _blank(row, "original_place"):
        faults.append(fault("original_place", "required", core_hints("original_place")))
    if schema is not None:
        properties = schema.get("properties", {})
        faults += [
            fault(f"fields.{name}", "required", properties.get(name)) for name in missing(row.fields, schema)
        ]
    if not files and _blank(row, "original_place"):
        faults.append(Fault("files", "no_content", "还没有文件；只有纸质的，写明原件存放处"))
    return faults


def label(path: str) -> tuple[str, str]:
    """What people call a place of the description, in Chinese and English."""
    return CORE_LABELS.get(path, (path, path))


def turn_of(life: str, owner: str, seq: int) -> str | None:
    """The place of a record in the list of tasks of whose turn it is, see `place_in`. None: nobody's turn."""
    if life in EDITABLE:
        return place_in(f"{life}:{owner}", seq)
    return place_in(life, seq) if life in ("submitted", "reviewed", "accepted") else None


def place_in(queue: str, seq: int) -> str:
    """The list and the record's number in one text, so that a stretch of a list is one range of an index."""
    return f"{queue}#{seq:010d}"


def _authors(case: Case) -> tuple[str, ...]:
    """Those who must not review: second review is by somebody else (R-VAL-9)."""
    return tuple(filter(None, (case.owner, _by(case, "submit"))))


def _by(case: Case, step: str) -> str:
    return case.passed[step].by if step in case.passed else ""


def _returning(life: str) -> tuple[Act, ...]:
    return (Act.REVIEW,) if life == "submitted" else (Act.ACCEPT,)


def _blank(row: Any, name: str) -> bool:
    return is_blank(getattr(row, name))
