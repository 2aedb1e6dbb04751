"""Departments: the list, a new one, closing and opening again."""

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.errors import InvalidInput
from service.web import form, frame, shown
from service.web.admin import rooms as admin
from service.web.language import translated as _
from service.wiring import Fonds


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/admin/departments."""

    @web.get("/admin/departments")
    @frame.signed_in
    def departments() -> Response:
        return _page(fonds)

    @web.post("/admin/departments")
    @frame.signed_in
    def add_department() -> Answer:
        name, order = request.form.get("name", ""), request.form.get("order", "").strip() or "100"
        try:
            place = int(order) if order.isdecimal() and len(order) < 8 else -1
            fonds.departments.add(identity.actor(), name, order=place)
        except InvalidInput as fault:
            return _page(fonds, fault, name=name, order=order)
        frame.say(_("已添加部门：%(name)s", name=shown.harmless(name.strip())))
        return frame.leave_within("/admin/departments")

    @web.post("/admin/departments/close")
    @frame.signed_in
    def close_department() -> Answer:
        name, closed = request.form.get("name", ""), request.form.get("closed") == "yes"
        fonds.departments.close(identity.actor(), name, closed=closed)
        text = _("已撤销部门：%(name)s，原有档案不变") if closed else _("已恢复部门：%(name)s")
        frame.say(text % {"name": shown.harmless(name)})
        return frame.leave_within("/admin/departments")

    admin.back_to(web, "/admin/departments/close", "back_departments", "/admin/departments")


def _page(fonds: Fonds, fault: InvalidInput | None = None, *, name: str = "", order: str = "") -> Response:
    errors = {one.path: form.sentence(one) for one in fault.faults} if fault else {}
    fields = [
        form.Field("name", _("名称"), value=name, required=True, limit=100, error=errors.get("name", "")),
        form.Field("order", _("次序"), "number", value=order, error=errors.get("order", "")),
    ]
    listed = fonds.departments.all(identity.actor())
    return admin.page(
        "admin_departments.html", fault.status if fault else 200, departments=listed, fields=fields
    )
