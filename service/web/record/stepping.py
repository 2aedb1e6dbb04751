"""The steps of a record's life on pages: which one comes next, what it still lacks, and taking it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.domain.holdings import RecordView
from service.domain.lifecycle import Count, Passed
from service.domain.permissions import Act, Actor, may
from service.errors import Conflict, Fault, Forbidden, InvalidInput, NotFound, ServiceError, StaleRevision
from service.problems import said
from service.usecases.archival.lifecycle import Standing
from service.web import form, frame, shown
from service.web.language import translated as _
from service.wiring import Fonds

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    Typed = MultiDict[str, str]

FORWARD = ("submit", "review", "accept", "archive", "restore")
"""Steps that lead on; there is at most one of them in a state."""

OF_WEIGHT = ("weed",)
"""Steps that ask again who somebody is."""
BACK = ("withdraw", "return", "weed")


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that is missing: its sentence and, where the page has it, the field to go to."""

    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Line:
    """A step that was taken, as people read it."""

    word: str
    by: str
    at: str
    said: str


@dataclass(frozen=True, slots=True)
class Life:
    """Where a record stands, for a page."""

    forward: str
    """The one next step that this person may take, "" if none."""
    back: tuple[str, ...]
    lacking: Sequence[Lack]
    lines: Sequence[Line]
    returned: Passed | None
    """Who sent it back and why, while it is returned."""
    sheets: int
    """What the files say of the number of sheets, as a beginning of the count."""
    form: str
    words: Mapping[str, str]
    correctable: bool = False


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/records/…/step."""

    @web.post("/records/<record_id>/step")
    @frame.signed_in
    def take_step(record_id: str) -> Answer:
        actor, typed = identity.actor(), request.form
        back = frame.own_path(typed.get("next", f"/records/{record_id}"))
        if typed.get("step") in OF_WEIGHT:
            identity.require_proof()
        try:
            done = take(fonds, actor, record_id, typed)
        except NotFound:
            raise
        except (InvalidInput, Conflict, Forbidden, StaleRevision) as fault:
            frame.say(sentence(fault))
            return frame.leave_within(back)
        frame.say(told(done))
        return frame.leave_within(back)

    @web.post("/records/<record_id>/correct")
    @frame.signed_in
    def correct_record(record_id: str) -> Answer:
        """Begin the next version of an archived record."""
        return _correct(fonds, identity.actor(), record_id)


def _correct(fonds: Fonds, actor: Actor, record_id: str) -> Answer:
    try:
        new = fonds.archival.correcting.correct(actor, record_id, request.form.get("reason", ""))
    except (InvalidInput, Conflict, Forbidden) as fault:
        frame.say(sentence(fault))
        return frame.leave_within(f"/records/{record_id}")
    frame.say(_("新版已立为草稿，改好后提交复核"))
    return frame.leave_within(f"/records/{new.id}")


def take(fonds: Fonds, actor: Actor, record_id: str, typed: "Typed") -> RecordView:
    """Take the step that a form asks for. Raises as the use cases do."""
    life, rev, reason = fonds.archival.life, form.whole(typed.get("rev", "")), typed.get("reason", "")
    steps: dict[str, Callable[[], RecordView]] = {
        "submit": lambda: life.submit(actor, record_id, rev),
        "withdraw": lambda: life.withdraw(actor, record_id, rev),
        "review": lambda: life.review(actor, record_id, rev),
        "return": lambda: life.send_back(actor, record_id, rev, reason),
        "accept": lambda: life.accept(actor, record_id, rev, count_of(typed)),
        "archive": lambda: fonds.archival.archiving.archive(actor, record_id, rev),
        "weed": lambda: life.weed(actor, record_id, rev, reason),
        "restore": lambda: life.restore(actor, record_id, rev),
    }
    step = steps.get(typed.get("step", ""))
    if step is None:
        raise NotFound("没有这个地址")
    return step()


def count_of(typed: "Typed", prefix: str = "") -> Count:
    """What was counted, as it was typed."""
    return Count(
        form.whole(typed.get(f"{prefix}copies", "")),
        form.whole(typed.get(f"{prefix}sheets", "")),
        typed.get(f"{prefix}form", ""),
    )


def life_of(actor: Actor, record: RecordView, standing: Standing) -> Life:
    """Where a record stands, as its page shows it."""
    forward = next((step for step in FORWARD if step in standing.steps), "")
    passed = sorted(standing.passed.items(), key=lambda item: item[1].at)
    return Life(
        forward=forward,
        back=tuple(step for step in BACK if step in standing.steps),
        lacking=[_lack(fault) for fault in standing.lacking],
        lines=[_line(step, one) for step, one in passed],
        returned=standing.passed.get("return") if record.life == "returned" else None,
        sheets=max(1, sum(file.pages for file in record.files)),
        form="A4",
        words=step_words(),
        correctable=record.life == "archived" and may(actor, Act.CREATE),
    )


def step_words() -> dict[str, str]:
    """Step → what its button says."""
    return {
        "submit": _("提交复核"),
        "withdraw": _("撤回"),
        "review": _("复核通过"),
        "return": _("退回修改"),
        "accept": _("验收"),
        "archive": _("归档编号"),
        "weed": _("剔除"),
        "restore": _("恢复为草稿"),
    }


def told(record: RecordView) -> str:
    """What is said after a step."""
    title = shown.harmless(record.title)[:40]
    words = {
        "submitted": _("已提交，等待复核：%(title)s", title=title),
        "draft": _("已回到草稿：%(title)s", title=title),
        "reviewed": _("复核通过，等待验收：%(title)s", title=title),
        "returned": _("已退回：%(title)s", title=title),
        "accepted": _("已验收，可以归档：%(title)s", title=title),
        "archived": _("已归档，档号 %(code)s", code=record.ref_code),
        "weeded": _("已剔除：%(title)s", title=title),
    }
    return words.get(record.life, "")


def sentence(fault: ServiceError) -> str:
    """Why a step was refused."""
    faults: Sequence[Fault] = getattr(fault, "faults", ())
    if faults:
        return said("；").join(form.sentence(one) for one in faults[:4])
    return said(fault.detail or fault.title, fault.params)


def _lack(fault: Fault) -> Lack:
    anchor = "" if fault.path in ("files", "category") else "#f-" + fault.path.replace(".", "-")
    return Lack(form.sentence(fault), anchor)


def _line(step: str, passed: Passed) -> Line:
    words = {
        "submit": _("提交"),
        "review": _("复核通过"),
        "return": _("退回"),
        "accept": _("验收"),
        "archive": _("归档"),
        "weed": _("剔除"),
        "withdraw": _("撤回"),
        "restore": _("恢复"),
    }
    counted = (
        _("%(copies)s 份，%(sheets)s 张", copies=passed.copies, sheets=passed.sheets) if passed.copies else ""
    )
    text = "，".join(filter(None, [counted, passed.form])) if counted else passed.reason
    return Line(words.get(step, step), passed.name, shown.moment(passed.at), text)
