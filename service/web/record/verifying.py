"""Doubts and duplicates on pages: answering what is doubtful, and merging two records of the same customer."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.domain.describing import is_blank
from service.domain.holdings import RecordView
from service.domain.permissions import Act, Actor, may
from service.errors import Conflict, Forbidden, InvalidInput, NotFound, StaleRevision
from service.problems import language
from service.usecases.archival.verifying import DoubtView
from service.web import form, frame
from service.web.admin import rooms as admin
from service.web.language import translated as _
from service.web.record import stepping
from service.wiring import Fonds

PREFIX = "answer."


@dataclass(frozen=True, slots=True)
class Doubtful:
    """What is doubtful in a record, for its page: what waits for an answer, and what was answered."""

    waiting: Sequence[tuple[DoubtView, str]]
    answered: Sequence[tuple[DoubtView, str]]
    twins: Sequence[RecordView]
    merged: Sequence[RecordView]


@dataclass(frozen=True, slots=True)
class Differing:
    """A field in which two records differ: the value of the one that stays and of the one that goes."""

    path: str
    label: str
    kept: str
    gone: str


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/records/…/doubts, /records/…/merge/…."""

    @web.post("/records/<record_id>/doubts")
    @frame.signed_in
    def answer_doubts(record_id: str) -> Answer:
        given = {
            name.removeprefix(PREFIX): text
            for name, text in request.form.items()
            if name.startswith(PREFIX) and text.strip()
        }
        try:
            fonds.archival.verifying.answer(
                identity.actor(), record_id, form.whole(request.form.get("rev", "")), given
            )
        except (InvalidInput, Conflict, Forbidden, StaleRevision) as fault:
            frame.say(stepping.sentence(fault))
        else:
            frame.say(_("已记下核实情况"))
        return frame.leave_within(f"/records/{record_id}")

    @web.get("/records/<record_id>/merge/<other_id>")
    @frame.signed_in
    def look_at_merge(record_id: str, other_id: str) -> Response:
        return _merge_page(fonds, record_id, other_id)

    @web.post("/records/<record_id>/merge/<other_id>")
    @frame.signed_in
    def merge_records(record_id: str, other_id: str) -> Answer:
        actor = identity.actor()
        take = [name for name in request.form if request.form[name] == "gone"]
        kept, gone, reason = (
            (record_id, form.whole(request.form.get("rev", ""))),
            (other_id, form.whole(request.form.get("other_rev", ""))),
            request.form.get("reason"),
        )
        try:
            if reason is None:
                done = fonds.archival.merging.merge(actor, kept, gone, take)
            else:
                done = fonds.archival.joining.join(actor, record_id, gone, reason, take)
        except (InvalidInput, Conflict, Forbidden, StaleRevision) as fault:
            return _merge_page(fonds, record_id, other_id, stepping.sentence(fault))
        told = _("已合并，两件的历史都保留")
        frame.say(told if reason is None else _("已并入新版，改好后提交复核；两件的历史都保留"))
        return frame.leave_within(f"/records/{done.id}")

    admin.back_to(web, "/records/<record_id>/doubts", "back_doubts", "/records/{record_id}")


def doubtful(fonds: Fonds, actor: Actor, record: RecordView, *, editable: bool) -> Doubtful:
    """What of a record is doubtful, as its page shows it."""
    english = language() == "en"
    found = [
        (one, one.what_en if english else one.what) for one in fonds.archival.verifying.of(actor, record.id)
    ]
    return Doubtful(
        waiting=[pair for pair in found if not pair[0].answer] if editable else [],
        answered=[pair for pair in found if pair[0].answer],
        twins=fonds.archival.merging.twins(actor, record.id) if editable else [],
        merged=fonds.archival.merging.merged(actor, record.id),
    )


def _merge_page(fonds: Fonds, record_id: str, other_id: str, refused: str = "") -> Response:
    """Both side by side; `refused` says why they could not be merged, and what was chosen and typed stands."""
    kept, gone = _both(fonds, identity.actor(), record_id, other_id)
    return frame.page(
        "merge.html",
        409 if refused else 200,
        kept=kept,
        gone=gone,
        lines=_differences(fonds, kept, gone),
        refused=refused,
        typed=request.form.get,
    )


def _both(fonds: Fonds, actor: Actor, record_id: str, other_id: str) -> tuple[RecordView, RecordView]:
    found = {one.id: one for one in fonds.records.some(actor, [record_id, other_id])}
    if len(found) != 2 or "change" not in found[other_id].may:
        raise NotFound
    kept = found[record_id]
    if "change" not in kept.may and not (kept.life == "archived" and may(actor, Act.CREATE)):
        raise NotFound
    return kept, found[other_id]


def _differences(fonds: Fonds, kept: RecordView, gone: RecordView) -> list[Differing]:
    category = fonds.categories.of(kept)
    properties = category.schema.get("properties", {}) if category else {}
    return [
        Differing(
            f"fields.{name}",
            form.in_language(hints, "title", name),
            *(form.words_if_said(one.fields.get(name), hints) for one in (kept, gone)),
        )
        for name, hints in properties.items()
        if kept.fields.get(name) != gone.fields.get(name)
        and not (is_blank(kept.fields.get(name)) and is_blank(gone.fields.get(name)))
    ]
