"""Deputies on pages: who stands in for a user or for oneself, and acting for somebody."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.errors import InvalidInput, NotFound
from service.usecases.knowing.deputies import DeputySaid, DeputyView
from service.web import dates, form, frame, shown
from service.web.admin import rooms as admin
from service.web.language import translated as _
from service.wiring import Fonds


@dataclass(frozen=True, slots=True)
class Panel:
    """Who stands in for somebody, and the form that names one more."""

    deputies: Sequence[DeputyView]
    fields: Sequence[form.Field]
    wrong: bool = False

    @staticmethod
    def last_day(one: DeputyView) -> str:
        """The last day of a deputyship."""
        return shown.moment(one.ends - timedelta(seconds=1))[:10]


Again = Callable[[str, InvalidInput], Response]
"""The page of a user by his id, with what is wrong in the form."""


def routes(web: Blueprint, fonds: Fonds, place: str, again: Again) -> None:
    """Deputies under `place`: of the user whom its path names, else one's own."""
    kind = place.strip("/").replace("/", "_").replace("<", "").replace(">", "")

    @web.post(f"{place}/deputies", endpoint=f"add_deputy_{kind}")
    @frame.signed_in
    def add_deputy(user_id: str = "") -> Answer:
        typed = request.form
        said = DeputySaid(
            user_id or identity.actor().id,
            typed.get("deputy", "")[:100],
            dates.day(typed.get("first_day", "")),
            dates.day(typed.get("last_day", "")),
            typed.get("reason", ""),
        )
        try:
            named = fonds.knowing.deputies.add(identity.actor(), said)
        except InvalidInput as fault:
            return again(said.principal, fault)
        frame.say(_("已指定代理人：%(name)s", name=shown.harmless(named.deputy)))
        return frame.leave_within(place.replace("<user_id>", user_id))

    @web.post(f"{place}/deputies/<deputy_id>/end", endpoint=f"end_deputy_{kind}")
    @frame.signed_in
    def end_deputy(deputy_id: str, user_id: str = "") -> Answer:
        try:
            fonds.knowing.deputies.end(identity.actor(), deputy_id)
            frame.say(_("代理已结束"))
        except NotFound:
            frame.say(_("这项代理已不在"))
        return frame.leave_within(place.replace("<user_id>", user_id))

    here = place.replace("<", "{").replace(">", "}")
    admin.back_to(web, f"{place}/deputies", f"back_deputies_{kind}", here)


def acting(web: Blueprint, fonds: Fonds) -> None:
    """/me/acting: on whose behalf one acts in this session."""

    @web.post("/me/acting")
    @frame.signed_in
    def act_for() -> Answer:
        chosen = request.form.get("acting_for", "")
        fonds.knowing.deputies.begin(identity.actor(), identity.session_token(), chosen)
        frame.say(_("现在代理他人行事，日志记下两人") if chosen else _("现在以本人身份行事"))
        return frame.leave_to("/")


def panel(fonds: Fonds, user_id: str, fault: Exception | None = None) -> Panel:
    """The panel of somebody's deputies; what was typed wrong stands in it again."""
    labels = {
        "deputy": _("代理人的用户名"),
        "first_day": _("自"),
        "last_day": _("至"),
        "reason": _("事由"),
    }
    faults = fault.faults if isinstance(fault, InvalidInput) else ()
    errors = {one.path: form.sentence(one) for one in faults if one.path in labels}
    typed = request.form if errors else {}
    fields = [
        form.Field(
            name,
            label,
            "date" if name.endswith("day") else "text",
            value=typed.get(name, ""),
            required=True,
            limit=200,
            error=errors.get(name, ""),
            wide=name in ("deputy", "reason"),
        )
        for name, label in labels.items()
    ]
    return Panel(fonds.knowing.deputies.of(identity.actor(), user_id), fields, wrong=bool(errors))
