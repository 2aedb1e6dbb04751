"""Printed forms as PDF: of a record, of a dossier, of the records that are handed over."""

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.api import cursors
from service.errors import Conflict, NotFound
from service.web import frame
from service.web.record import stepping
from service.wiring import Fonds

MOST = 50


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/records/…/print/…, /dossiers/…/print/…, /tasks/handover."""

    @web.get("/records/<record_id>/print/<form>")
    @frame.signed_in
    def print_record(record_id: str, form: str) -> Answer:
        actor, printing = identity.actor(), fonds.printing
        forms = {
            "stamp": lambda: printing.stamp(actor, record_id),
            "handover": lambda: printing.handover(actor, [record_id]),
        }
        if form not in forms:
            raise NotFound
        try:
            return _pdf(forms[form](), f"{form}.pdf")
        except Conflict as fault:
            frame.say(stepping.sentence(fault))
            return frame.leave_within(f"/records/{record_id}")

    @web.get("/dossiers/<dossier_id>/print/<form>")
    @frame.signed_in
    def print_dossier(dossier_id: str, form: str) -> Answer:
        printing = fonds.printing
        forms = {"catalogue": printing.catalogue, "note": printing.note, "spine": printing.spine}
        if form not in forms:
            raise NotFound
        return _pdf(forms[form](identity.actor(), dossier_id), f"{form}.pdf")

    @web.get("/tasks/handover")
    @frame.signed_in
    def print_handover() -> Answer:
        """The sheet of what waits to be archived, a page of it."""
        actor, start = identity.actor(), cursors.page_place(request.args.get("below", ""), "tasks accepted")
        page = fonds.archival.life.tasks(actor, "accepted", below=start, limit=MOST)
        try:
            return _pdf(fonds.printing.handover(actor, [one.id for one in page.items]), "handover.pdf")
        except Conflict as fault:
            frame.say(stepping.sentence(fault))
            return frame.leave_within("/tasks?queue=accepted")


def _pdf(content: bytes, name: str) -> Response:
    response = Response(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response
