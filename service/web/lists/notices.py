"""The bell and the list of notices behind it."""

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.api import cursors
from service.domain.duties import period_of
from service.usecases.desk.notices import Notice, NoticeView
from service.web import frame, shown
from service.web.language import translated as _
from service.web.lists.gathering import period_word
from service.wiring import Fonds

PAGE = 30


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/notices and the bell's own question."""

    @web.get("/notices")
    @frame.signed_in
    def notices() -> Response:
        page = fonds.notices.list(
            identity.actor(), after=cursors.unseal(request.args.get("cursor", "")), limit=PAGE
        )
        further = cursors.seal(page.next_cursor)
        return frame.page("notices.html", notices=page.items, sentence=sentence, title=title, further=further)

    @web.get("/notices/bell")
    def bell() -> Response:
        """The bell; 204 while nothing has changed since the number that the page knows, and for who is signed out."""
        known = identity.asking()
        if known is None:
            return Response(status=204)
        now = fonds.notices.bell(known.actor)
        if request.args.get("rev") == str(now.rev):
            return Response(status=204)
        return frame.part("bell.html")

    @web.post("/notices/read")
    @frame.signed_in
    def read_all() -> Answer:
        fonds.notices.read_all(identity.actor())
        return frame.leave_within("/notices")

    @web.post("/notices/<notice_id>")
    @frame.signed_in
    def read(notice_id: str) -> Answer:
        told = fonds.notices.read(identity.actor(), notice_id)
        return frame.leave_within(_place(told))


def _place(told: Notice) -> str:
    """Where what was told of stands."""
    if told.search_id:
        return f"/saved-searches/{told.search_id}/open"
    if told.period:
        year, _dash, quarter = told.period.partition("-")
        return f"/duties?year={year}&quarter={quarter}"
    return f"/records/{told.record_id}" + ("/check" if told.kind == "four_check" else "")


def title(notice: NoticeView) -> str:
    """What a notice is about: a record, a saved search, or a period in which something is to be handed in."""
    if not notice.period:
        return notice.title
    year, _dash, quarter = notice.period.partition("-")
    return period_word(period_of(int(year), int(quarter)))


def sentence(notice: NoticeView) -> str:
    """What happened, without the record's title; who did it stands first."""
    by, file = shown.harmless(notice.by) or _("有人"), shown.harmless(notice.file)
    words = {
        "change": _("%(by)s 修改了著录", by=by),
        "add_file": _("%(by)s 加了文件", by=by),
        "add_version": _("%(by)s 换了新版本：%(file)s", by=by, file=file),
        "delete": _("%(by)s 删除了这件档案", by=by),
        "relate": _("%(by)s 建立了关系", by=by),
        "return": _("%(by)s 退回了这件档案", by=by),
        "found": _("收藏的检索有 %(n)s 件新的档案", n=notice.count),
        "duties_due": _("有 %(n)s 项收集职责该报送了", n=notice.count),
        "duties_late": _("有 %(n)s 项收集职责过了期限还没有报送", n=notice.count),
        "four_check": _("定期检测不合格，看四性检测报告"),
        "quarantine": _("文件已隔离，没有文字和预览：%(file)s", file=file),
    }
    return words.get(notice.kind) or _("%(by)s 处理过这件档案", by=by)
