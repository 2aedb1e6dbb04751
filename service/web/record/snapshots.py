"""Yearly snapshots 年度快照 on a page: one button that goes on until every living dossier has its own."""

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.domain.dates import day_of
from service.domain.permissions import Act, rights_of
from service.errors import Forbidden, InvalidInput
from service.usecases.archival.snapshots import SnapshotRun
from service.web import form, frame
from service.web.language import translated as _
from service.web.record import stepping
from service.wiring import Fonds

HERE = "/snapshots"


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/snapshots."""

    @web.get(HERE)
    @frame.signed_in
    def snapshots() -> Response:
        if Act.ARCHIVE not in rights_of(identity.actor()):
            raise Forbidden
        return _page(fonds)

    @web.post(HERE)
    @frame.signed_in
    def run_snapshots() -> Answer:
        typed = request.form
        try:
            ran = fonds.archival.snapshots.run(
                identity.actor(), form.whole(typed.get("year", "")), form.whole(typed.get("after", ""))
            )
        except InvalidInput as fault:
            frame.say(stepping.sentence(fault))
            return frame.leave_within(HERE)
        return _page(fonds, ran)


def _page(fonds: Fonds, ran: SnapshotRun | None = None) -> Response:
    year = day_of(fonds.clock()).year
    return frame.page(
        "snapshots.html",
        year=form.whole(request.form.get("year", "")) or year,
        last=year,
        ran=ran,
        living=[form.category_name(one) for one in fonds.categories.all() if one.living],
        told=_told(ran) if ran else "",
    )


def _told(ran: SnapshotRun) -> str:
    parts = [_("生成 %(n)s 件，等待复核", n=ran.made)]
    if ran.open:
        parts.append(_("%(n)s 件还缺内容，留在草稿", n=ran.open))
    if ran.failed:
        parts.append(_("%(n)s 件与现行类别不符，没有生成", n=ran.failed))
    return "；".join(parts)
