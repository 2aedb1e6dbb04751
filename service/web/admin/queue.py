"""The processing queue on a page: what waits and what failed, why, and what is done about it."""

from urllib.parse import urlencode

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from ingest.port import EXTRACTOR, FAMILIES
from service import identity
from service.domain.permissions import Act, may
from service.errors import Conflict
from service.problems import said
from service.usecases.contents.processing import FOR_GOOD, STATES, TROUBLED
from service.web import frame
from service.web.admin import rooms as admin
from service.web.language import translated as _
from service.wiring import Fonds

LIMIT = 50


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/admin/queue, and retrying or taking files as they are."""

    @web.get("/admin/queue")
    @frame.signed_in
    def queue() -> Response:
        actor = identity.actor()
        counts = fonds.processing.counts(actor)
        state, reason = request.args.get("state", ""), request.args.get("reason", "")[:100]
        if state not in STATES:
            state = next((one.state for one in reversed(counts) if one.count), "failed")
        found = fonds.processing.page(
            actor, state, reason=reason, after=request.args.get("after", "")[:64], limit=LIMIT
        )
        return admin.page(
            "admin_queue.html",
            counts=counts,
            state=state,
            reason=reason,
            found=found,
            further=address(state, reason, found.next_cursor) if found.next_cursor else "",
            address=address,
            troubled=state in TROUBLED,
            for_good=FOR_GOOD,
            now=fonds.clock(),
            running=(fonds.reprocessing.state(actor) or False) if may(actor, Act.OPERATE) else None,
            families=FAMILIES,
        )

    _act_routes(web, fonds)
    for act in ("retry", "retry-all", "take", "reprocess"):
        admin.back_to(web, f"/admin/queue/{act}", f"back_queue_{act}", "/admin/queue")


def _act_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.post("/admin/queue/retry")
    @frame.signed_in
    def retry_files() -> Answer:
        ids, setting = request.form.getlist("file")[:500], request.form.get("setting", "")
        sent = fonds.processing.retry(identity.actor(), ids, setting)
        frame.say(_("已送回处理：%(n)s 个文件", n=sent) if sent else _("没有可以重新处理的文件"))
        return _back()

    @web.post("/admin/queue/retry-all")
    @frame.signed_in
    def retry_reason() -> Answer:
        state, reason = request.form.get("state", ""), request.form.get("reason", "")
        try:
            sent, left = fonds.processing.retry_all(identity.actor(), state, reason=reason)
        except Conflict as fault:
            frame.say(said(fault.detail, fault.params))
        else:
            text = _("已送回处理：%(n)s 个文件", n=sent)
            frame.say(text + _("；还有 %(n)s 个，再按一次", n=left) if left else text)
        return _back()

    @web.post("/admin/queue/reprocess")
    @frame.signed_in
    def reprocess() -> Answer:
        since = EXTRACTOR + (request.form.get("all") == "yes")
        fonds.reprocessing.start(identity.actor(), since=since, family=request.form.get("family", ""))
        frame.say(_("已开始在后台重新处理馆藏"))
        return frame.leave_within("/admin/queue")

    @web.post("/admin/queue/take")
    @frame.signed_in
    def take_file() -> Answer:
        try:
            fonds.processing.take_as_is(identity.actor(), request.form.get("file", ""))
        except Conflict as fault:
            frame.say(said(fault.detail, fault.params))
        else:
            frame.say(_("已照原样收下：可以下载原件，没有文字"))
        return _back()


def address(state: str, reason: str = "", after: str = "") -> str:
    """The queue, narrowed."""
    given = {"state": state, "reason": reason, "after": after}
    return "/admin/queue?" + urlencode({name: value for name, value in given.items() if value})


def _back() -> Answer:
    return frame.leave_within(address(request.form.get("state", ""), request.form.get("reason_shown", "")))
