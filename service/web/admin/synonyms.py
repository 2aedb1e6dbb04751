"""The synonyms of the archive on a page, for those who look after it."""

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.errors import Conflict, InvalidInput
from service.usecases.searching.synonyms import groups_of, text_of
from service.web import form, frame
from service.web.admin import rooms as admin
from service.web.language import translated as _
from service.wiring import Fonds


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/admin/synonyms."""

    @web.get("/admin/synonyms")
    @frame.signed_in
    def synonyms() -> Response:
        return _page(fonds)

    @web.post("/admin/synonyms")
    @frame.signed_in
    def save_synonyms() -> Answer:
        text, rev = request.form.get("groups", ""), form.whole(request.form.get("rev", ""))
        try:
            fonds.finding.synonyms.change(identity.actor(), rev, groups_of(text))
        except InvalidInput as fault:
            return _page(fonds, text, "；".join(form.sentence(one) for one in fault.faults), fault.status)
        except Conflict as fault:
            said = _("同义词刚被别人改过。这里仍是您写的；核对后再保存，以您的为准")
            return _page(fonds, text, said, fault.status)
        frame.say(_("已保存，下一次检索起生效"))
        return frame.leave_within("/admin/synonyms")


def _page(fonds: Fonds, typed: str | None = None, error: str = "", status: int = 200) -> Response:
    found = fonds.finding.synonyms.view(identity.actor())
    text = text_of(found.groups) if typed is None else typed
    return admin.page("admin_synonyms.html", status, found=found, text=text, error=error)
