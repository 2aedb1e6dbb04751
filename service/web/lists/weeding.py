"""Weeding lists 剔除清单 on pages: what is proposed, what waits for a decision, the list on paper."""

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.domain.permissions import Act, rights_of
from service.errors import Conflict, Forbidden, InvalidInput, NotFound
from service.problems import said
from service.usecases.archival.lifecycle import queues
from service.web import frame
from service.web.language import translated as _
from service.web.record import stepping
from service.wiring import Fonds

HERE = "/weeding"


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/weeding, deciding, withdrawing, printing."""

    @web.get(HERE)
    @frame.signed_in
    def weeding_lists() -> Response:
        actor = identity.actor()
        if not queues(actor):
            raise Forbidden
        return frame.page(
            "weeding.html",
            lists=fonds.archival.weeding.lists(actor),
            words=state_words(),
            may_propose=Act.WEED in rights_of(actor),
        )

    @web.post(HERE)
    @frame.signed_in
    def list_for_weeding() -> Answer:
        picked, reason = request.form.getlist("pick"), request.form.get("reason", "")
        try:
            made = fonds.archival.weeding.propose(identity.actor(), picked, reason)
        except (InvalidInput, Conflict, Forbidden) as fault:
            frame.say(stepping.sentence(fault))
            return frame.leave_within("/tasks")
        except NotFound as fault:
            frame.say(said(fault.detail or fault.title))
            return frame.leave_within("/tasks")
        frame.say(_("已列入剔除清单，等待部门批示（%(n)s 份）", n=len(made)))
        return frame.leave_within(HERE)

    _list_routes(web, fonds)


def _list_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.post(f"{HERE}/<list_id>")
    @frame.signed_in
    def decide_on_list(list_id: str) -> Answer:
        actor, weeding, typed = identity.actor(), fonds.archival.weeding, request.form
        try:
            if typed.get("act") == "withdraw":
                weeding.withdraw(actor, list_id)
                frame.say(_("已撤回剔除清单"))
            else:
                view = weeding.get(actor, list_id)
                keep = {one.record_id for one in view.lines} - set(typed.getlist("pick"))
                approve, note = typed.get("act") == "approve", typed.get("note", "")
                weeding.decide(actor, list_id, approve=approve, note=note, keep=keep if approve else ())
                frame.say(_("已批准剔除") if approve else _("已退回剔除清单"))
        except (InvalidInput, Conflict, Forbidden) as fault:
            frame.say(stepping.sentence(fault))
        return frame.leave_within(HERE)

    @web.get(f"{HERE}/<list_id>/list.pdf")
    @frame.signed_in
    def print_weeding_list(list_id: str) -> Response:
        actor = identity.actor()
        made = fonds.printing.weeding(actor, fonds.archival.weeding.get(actor, list_id))
        response = Response(made, mimetype="application/pdf")
        response.headers["Content-Disposition"] = 'inline; filename="weeding.pdf"'
        return response


def state_words() -> dict[str, str]:
    """State of a list → word, tone and shape."""
    return {
        "open": _("待批示"),
        "approved": _("已批准"),
        "refused": _("已退回"),
        "withdrawn": _("已撤回"),
    }
