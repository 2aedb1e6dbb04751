"""Conversions 换版: what is told of records that come from one version of their category to another (R-AUD-3)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from service.domain.holdings import CategoryView
from service.domain.mapping import FieldMapping, Finding

NAME = re.compile(
    r"(?P<code>[A-Z][A-Z0-9-]{0,50})\.(?P<old>[1-9][0-9]{0,5})\.(?P<new>[1-9][0-9]{0,5})", re.ASCII
)

State = Literal["", "submitted", "approved", "running", "done", "undoing", "undone"]
SUBMITTED, APPROVED, RUNNING, DONE = "submitted", "approved", "running", "done"
UNDOING, UNDONE = "undoing", "undone"
AT_WORK = (RUNNING, UNDOING)
RUNNABLE = (APPROVED, DONE, UNDONE)
"""States in which an approved mapping may be carried out, again for what has come since."""

FROZEN = "已归档，保持原版；要换版，先更正另立新版"
UNDER_WAY = "已提交，暂不能换版；退回后再执行一次"
NOT_HIS = "无权修改"
CHANGED = "有人同时在改，未动"
CHANGED_SINCE = "换版之后有人改过，未撤销"


@dataclass(frozen=True, slots=True)
class ConversionView:
    """A conversion as it stands; `rev` 0: nobody has drafted it, `mapping` is what suggests itself."""

    id: str
    old: CategoryView
    new: CategoryView
    mapping: FieldMapping
    rev: int = 0
    state: State = ""
    by: str = ""
    by_id: str = ""
    at: datetime | None = None
    reason: str = ""
    note: str = ""
    """Why it was returned."""
    approved_by: str = ""
    runner: str = ""
    began_at: datetime | None = None
    ended_at: datetime | None = None
    progress: int = 0
    """How far the run is, in hundredths of the archive's records."""
    counts: Mapping[str, int] | None = None
    """Fate → records of the last run, for who has carried it out; others count by what they may know of."""
    outdated: bool = False
    """Whether the category has a newer version than the one it leads to."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A record as the mapping would leave it."""

    record_id: str
    title: str
    ref_code: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    note_before: str
    note: str
    findings: Sequence[Finding]
    open: Sequence[str]

    @property
    def stays(self) -> bool:
        """Whether the mapping would leave it where it is."""
        return any(one.stays for one in self.findings)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a mapping would do to the records that one may know of. `beyond`: there are more than were looked at."""

    moves: int = 0
    stays: int = 0
    frozen: int = 0
    under_way: int = 0
    not_his: int = 0
    open: int = 0
    """Records that it would move and that then lack a required field."""
    noted: int = 0
    """Records whose note it would add to."""
    beyond: bool = False
    examples: Sequence[Looked] = ()
    staying: Sequence[Looked] = ()
    """The first of those whose values would not convert."""

    @property
    def count(self) -> int:
        """Records that are described by the old version."""
        return self.moves + self.stays + self.frozen + self.under_way + self.not_his


@dataclass(frozen=True, slots=True)
class ConvertedLine:
    """What a run made of a record that the asker may know of."""

    seq: int
    record_id: str
    title: str
    ref_code: str
    fate: str
    reason: str
    params: Mapping[str, object] = field(default_factory=dict)
    open: int = 0


@dataclass(frozen=True, slots=True)
class Older:
    """How many records, of those that one may know of, are described by an older version of their category."""

    version: int
    count: int
    frozen: int
    """Of these archived, which keep it."""
    fits: bool
    """Whether the version in force can read them as they are."""
