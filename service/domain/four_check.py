"""The four-property check 四性检测: a registry of checks by stage and severity (S-4A…D, DA/T 70)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from service.errors import Fault

Property = Literal["authenticity", "completeness", "usability", "security"]
Stage = Literal["submission", "acceptance", "transfer", "periodic"]
Severity = Literal["block", "warn"]
STAGES: tuple[Stage, ...] = ("submission", "acceptance", "transfer", "periodic")
LATER: tuple[Stage, ...] = ("acceptance", "transfer", "periodic")
"""Stages that somebody may ask for at any time; submission comes with the step."""
KEEPING: tuple[Stage, ...] = ("transfer", "periodic")

PROPERTIES: Mapping[str, tuple[str, str]] = {
    "authenticity": ("真实性", "Authenticity"),
    "completeness": ("完整性", "Completeness"),
    "usability": ("可用性", "Usability"),
    "security": ("安全性", "Security"),
}
STAGE_NAMES: Mapping[str, tuple[str, str]] = {
    "submission": ("提交", "Submission"),
    "acceptance": ("验收", "Acceptance"),
    "transfer": ("移交", "Transfer"),
    "periodic": ("定期", "Periodic"),
}


@dataclass(frozen=True, slots=True)
class FileEvidence:
    """A file as it was found. `intact` is what reading all of it again said, None where it was not read."""

    name: str
    state: str
    reason: str
    warning: str
    media_type: str
    family: str
    pages: int
    characters: int
    in_place: bool
    """Whether it lies in the compartment of its record."""
    stored: bool
    """Whether the store has an object of the size that was noted."""
    intact: bool | None = None
    scanned_in_part: bool = False
    """Whether a limit kept the virus scanner from looking at all of it."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A record as it was found at a stage."""

    files: Sequence[FileEvidence]
    lacking: Sequence[Fault]
    invalid: Sequence[Fault]
    """What in the description breaks a rule of the core or of the category."""
    passed: frozenset[str]
    """Steps of its life that were taken."""
    sheets: int = 0
    """As counted at acceptance, 0 before."""
    code_registered: bool | None = None
    """Whether its reference code is registered for it and nothing else; None without a code."""
    twins: Sequence[str] = ()
    """Titles of other records that the asker may know of and that hold the same content."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a check says: nothing wrong, or what and where."""

    good: bool
    what: str = ""
    params: Mapping[str, object] = field(default_factory=dict)


GOOD = Found(True)


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `block`: a record that fails it is not accepted."""

    id: str
    of: Property
    name: str
    name_en: str
    severity: Severity
    stages: tuple[Stage, ...]
    look: Callable[[Evidence], Found]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one check."""

    id: str
    of: Property
    severity: Severity
    good: bool
    what: str = ""
    params: Mapping[str, object] = field(default_factory=dict)


ARCHIVAL_TYPES = (
    "application/pdf",
    "text/",
    "image/tiff",
    "image/jpeg",
    "image/png",
    "audio/mpeg",
    "audio/wav",
    "video/mp4",
    "message/rfc822",
    "application/vnd.openxmlformats",
    "application/ofd",
    "application/xml",
    "application/json",
)
"""Beginnings of media types that are kept for long (S-4C, S-ER-3)."""


def _files(bad: Callable[[FileEvidence], bool], what: str) -> Callable[[Evidence], Found]:
    """A check that no file is `bad`; `what` has the place %(names)s."""

    def look(evidence: Evidence) -> Found:
        names = [one.name for one in evidence.files if bad(one)]
        return GOOD if not names else Found(False, what, {"names": "、".join(names[:3]), "count": len(names)})

    return look


def _faults(of: Callable[[Evidence], Sequence[Fault]], what: str) -> Callable[[Evidence], Found]:
    def look(evidence: Evidence) -> Found:
        faults = of(evidence)
        if not faults:
            return GOOD
        labels = [str(one.params.get("label", one.path)) for one in faults]
        return Found(False, what, {"names": "、".join(labels[:5]), "count": len(faults)})

    return look


def _code(evidence: Evidence) -> Found:
    return GOOD if evidence.code_registered is not False else Found(False, "档号没有登记，或登记给了别的档案")


def _process(evidence: Evidence) -> Found:
    lost = {"submit", "review", "accept"} - evidence.passed
    return GOOD if not lost else Found(False, "缺少流转记录（提交、复核或验收）")


def _sheets(evidence: Evidence) -> Found:
    pages = sum(one.pages for one in evidence.files)
    counted = not evidence.sheets or not pages or evidence.sheets <= pages <= 2 * evidence.sheets
    told = {"sheets": evidence.sheets, "pages": pages}
    return GOOD if counted else Found(False, "清点 %(sheets)s 张，电子文件 %(pages)s 页，核对是否漏扫", told)


def _twins(evidence: Evidence) -> Found:
    return _same(evidence.twins)


def _same(twins: Sequence[str]) -> Found:
    told = {"names": "、".join(twins[:3])}
    return GOOD if not twins else Found(False, "内容与另一件相同：%(names)s", told)


def _content(evidence: Evidence) -> Found:
    none = any(one.path == "files" for one in evidence.lacking)
    return Found(False, "没有文件，也没有写明原件存放处") if none else GOOD


def _unread(one: FileEvidence) -> bool:
    return (
        one.state == "done"
        and not one.pages
        and not one.characters
        and one.family in ("text", "office", "pdf")
    )


SAME_CONTENT = "A4"
"""The one check that tells of other records."""

CHECKS: tuple[Check, ...] = (
    Check(
        "A1",
        "authenticity",
        "原文摘要与入库时一致",
        "Content has the digest it came with",
        "block",
        LATER,
        _files(lambda one: one.intact is False, "原文与入库时不一致：%(names)s"),
    ),
    Check(
        "A2",
        "authenticity",
        "著录值合乎规定",
        "Values of the description keep the rules",
        "block",
        STAGES,
        _faults(lambda one: one.invalid, "著录有误：%(names)s"),
    ),
    Check("A3", "authenticity", "档号登记唯一", "Reference code is registered once", "block", KEEPING, _code),
    Check(SAME_CONTENT, "authenticity", "内容不重复", "Content is not held twice", "warn", STAGES, _twins),
    Check(
        "B1",
        "completeness",
        "必填项齐全",
        "Required values are there",
        "block",
        STAGES,
        _faults(lambda one: [each for each in one.lacking if each.path != "files"], "还缺：%(names)s"),
    ),
    Check("B2", "completeness", "有原文或实体", "There is a file or paper", "block", STAGES, _content),
    Check(
        "B3",
        "completeness",
        "原文都在库中",
        "Every file is in the store",
        "block",
        STAGES,
        _files(lambda one: not one.stored, "库中没有原文，或长度不符：%(names)s"),
    ),
    Check("B4", "completeness", "流转记录齐全", "Steps taken are on record", "block", KEEPING, _process),
    Check("B5", "completeness", "张数与页数相符", "Sheets fit pages", "warn", KEEPING, _sheets),
    Check(
        "C1",
        "usability",
        "文件能打开",
        "Files open",
        "block",
        STAGES,
        _files(
            lambda one: one.state in ("failed", "quarantined") or one.warning in ("damaged", "bad_archive"),
            "文件打不开或已损坏：%(names)s",
        ),
    ),
    Check(
        "C2",
        "usability",
        "没有加密",
        "Nothing is encrypted",
        "block",
        STAGES,
        _files(lambda one: one.warning == "encrypted", "文件加了密，去掉密码后换新版：%(names)s"),
    ),
    Check(
        "C3",
        "usability",
        "属长期保存格式",
        "Formats are fit for keeping",
        "warn",
        STAGES,
        _files(
            lambda one: one.state == "done" and not one.media_type.startswith(ARCHIVAL_TYPES),
            "不是长期保存格式，宜另存 PDF：%(names)s",
        ),
    ),
    Check(
        "C4",
        "usability",
        "有页数或文字",
        "There are pages or text",
        "warn",
        STAGES,
        _files(_unread, "读不出页数和文字：%(names)s"),
    ),
    Check(
        "D1",
        "security",
        "没有病毒",
        "No virus",
        "block",
        STAGES,
        _files(lambda one: one.reason == "infected", "发现病毒：%(names)s"),
    ),
    Check(
        "D2",
        "security",
        "已查毒并处理完",
        "Scanned and processed",
        "block",
        LATER,
        _files(lambda one: one.state in ("pending", "running"), "还在查毒和处理，稍后再办：%(names)s"),
    ),
    Check(
        "D3",
        "security",
        "存放在本密级分区",
        "Lies in its compartment",
        "block",
        STAGES,
        _files(lambda one: not one.in_place, "存放分区与密级不符：%(names)s"),
    ),
    Check(
        "D4",
        "security",
        "查毒查全了",
        "Scanned in full",
        "warn",
        STAGES,
        _files(lambda one: one.scanned_in_part, "超出查毒程序的限制，没有查全：%(names)s"),
    ),
)
"""Every check, in the order of a report."""

BY_ID: Mapping[str, Check] = {one.id: one for one in CHECKS}


def examined(evidence: Evidence, stage: str) -> list[Result]:
    """All checks of a stage on what was found."""
    results = []
    for check in CHECKS:
        if stage in check.stages:
            found = check.look(evidence)
            results.append(Result(check.id, check.of, check.severity, found.good, found.what, found.params))
    return results


def same_content(result: Result, twins: Sequence[str]) -> Result:
    """What the check of that name says of these titles."""
    found = _same(twins)
    return replace(result, good=found.good, what=found.what, params=found.params)


def failing(results: Sequence[Result]) -> list[Fault]:
    """What of a report stands in the way of acceptance."""
    return [
        Fault(f"check.{one.id}", "four_check", one.what, one.params)
        for one in results
        if not one.good and one.severity == "block"
    ]


def as_stored(result: Result) -> dict[str, Any]:
    """A result as the database keeps it."""
    return {
        "id": result.id,
        "of": result.of,
        "severity": result.severity,
        "good": result.good,
        "what": result.what,
        "params": dict(result.params),
    }
