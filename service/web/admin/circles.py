"""Need-to-know circles: the list, a new one, closing and opening again."""

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.errors import InvalidInput
from service.web import form, frame, shown
from service.web.admin import rooms as admin
from service.web.language import translated as _
from service.wiring import Fonds


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/admin/circles."""

    @web.get("/admin/circles")
    @frame.signed_in
    def circles() -> Response:
        return _page(fonds)

    @web.post("/admin/circles")
    @frame.signed_in
    def add_circle() -> Answer:
        name = request.form.get("name", "")
        try:
            fonds.knowing.circles.add(identity.actor(), name)
        except InvalidInput as fault:
            return _page(fonds, fault, name=name)
        frame.say(_("已添加知悉范围：%(name)s，在用户页选定人员", name=shown.harmless(name.strip())))
        return frame.leave_within("/admin/circles")

    @web.post("/admin/circles/<circle_id>/close")
    @frame.signed_in
    def close_circle(circle_id: str) -> Answer:
        closed = request.form.get("closed") == "yes"
        fonds.knowing.circles.close(identity.actor(), circle_id, closed=closed)
        frame.say(_("已停用，下一次请求起不再开放") if closed else _("已恢复"))
        return frame.leave_within("/admin/circles")

    admin.back_to(web, "/admin/circles/<circle_id>/close", "back_circles", "/admin/circles")


def _page(fonds: Fonds, fault: InvalidInput | None = None, *, name: str = "") -> Response:
    errors = {one.path: form.sentence(one) for one in fault.faults} if fault else {}
    field = form.Field("name", _("名称"), value=name, required=True, limit=100, error=errors.get("name", ""))
    return admin.page(
        "admin_circles.html",
        fault.status if fault else 200,
        circles=fonds.knowing.circles.all(identity.actor()),
        fields=[field],
    )
