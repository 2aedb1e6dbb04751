"""What people searched for and did not find, on a page for those who look after the archive."""

import re

from flask import Blueprint, Response, request

from service import identity
from service.web import frame
from service.web.admin import rooms as admin
from service.wiring import Fonds

MONTH = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])")


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/admin/missed."""

    @web.get("/admin/missed")
    @frame.signed_in
    def missed() -> Response:
        month = request.args.get("month", "")
        found = fonds.finding.missed.month(identity.actor(), month if MONTH.fullmatch(month) else "")
        return admin.page("admin_missed.html", found=found)
