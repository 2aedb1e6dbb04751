"""First screening 初筛 of leads: within a day they are kept, or dropped with a reason (R-VAL-10, 004:56)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from service.domain.permissions import EDITABLE
from service.errors import Fault

LEADS = "KH"
"""The category whose drafts are leads while their stage is `POTENTIAL`."""
POTENTIAL = "potential"
SHOWN = ("contact_name", "mobile", "phone", "industry", "province", "need_type", "source", "intent")
"""Fields that one looks at to screen a lead."""
READS = ("stage", *SHOWN)
WITHIN = timedelta(hours=24)
MAX_NOTE = 200

REASONS: Mapping[str, tuple[str, str]] = {
    "wrong_contact": ("联系方式有误", "Wrong contact"),
    "other_industry": ("非目标行业", "Not a target industry"),
    "duplicate": ("与已有客户重复", "A customer that is there already"),
    "no_need": ("没有需求", "No need"),
    "other": ("其他", "Other"),
}
"""Why a lead is dropped: code → its words."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided of a lead: `keep`, or dropped for a reason of `REASONS`."""

    keep: bool
    reason: str = ""
    note: str = ""

    @property
    def said(self) -> str:
        """The reason in words, as the record keeps it."""
        return "：".join(filter(None, (REASONS[self.reason][0] if self.reason else "", self.note.strip())))


def is_lead(category: str, life: str, fields: Mapping[str, Any], screened: Mapping[str, Any]) -> bool:
    """Whether a record waits for its first screening."""
    return (
        category == LEADS and life in EDITABLE and fields.get("stage") == POTENTIAL and not screened.get("at")
    )


def due(created: datetime) -> datetime:
    """Until when a lead is to be screened."""
    return created + WITHIN


def check_verdict(verdict: Verdict) -> list[Fault]:
    """Faults of a decision."""
    faults = []
    if not verdict.keep and verdict.reason not in REASONS:
        faults.append(Fault("reason", "required", "剔除线索要选理由"))
    if not verdict.keep and verdict.reason == "other" and not verdict.note.strip():
        faults.append(Fault("note", "required", "理由是其他，写明情况"))
    if len(verdict.note) > MAX_NOTE:
        faults.append(Fault("note", "too_long", "最多 %(limit)s 个字", {"limit": MAX_NOTE}))
    return faults
