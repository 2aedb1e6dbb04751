"""Approval of the scheme: versions of categories that wait, what each changes, and the decision (R-AUD-3)."""

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.domain.permissions import Act, may
from service.errors import Conflict, Forbidden, InvalidInput
from service.web import form, frame
from service.web.admin import categories as editor
from service.web.admin import rooms as admin
from service.web.language import translated as _
from service.web.record import stepping
from service.wiring import Fonds

HERE = "/admin/approvals"


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/admin/approvals and the decision on one."""

    @web.get(HERE)
    @frame.signed_in
    def scheme_approvals() -> Response:
        waiting = fonds.scheming.awaiting(identity.actor())
        return admin.page(
            "admin_approvals.html",
            waiting=waiting,
            converting=fonds.conversions.awaiting(identity.actor()),
            changed=editor.change_words,
            names={one.category.code: form.category_name(one.category) for one in waiting},
            me=identity.actor().id,
            decides=may(identity.actor(), Act.APPROVE_SCHEME),
        )

    @web.post(f"{HERE}/<code>")
    @frame.signed_in
    def decide_on_version(code: str) -> Answer:
        typed, actor = request.form, identity.actor()
        rev = form.whole(typed.get("rev", ""))
        approve = typed.get("act") == "approve"
        try:
            fonds.scheming.decide(actor, code, rev=rev, approve=approve, note=typed.get("note", ""))
        except (InvalidInput, Conflict, Forbidden) as fault:
            frame.say(stepping.sentence(fault))
        else:
            frame.say(_("已批准，到生效日期起执行") if approve else _("已退回起草人"))
        return frame.leave_within(HERE)
