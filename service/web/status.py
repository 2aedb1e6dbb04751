"""The status page of administrators: is every part there, what waits, what went wrong."""

from typing import Any

from flask import Blueprint, Response

from service import identity
from service.domain.holdings import FileView
from service.domain.permissions import Act, may
from service.errors import Forbidden
from service.web import frame
from service.web.language import translated as _
from service.wiring import Fonds

LIMIT = 50


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/status."""

    @web.get("/status")
    @frame.signed_in
    def status() -> Response:
        actor = identity.actor()
        if not may(actor, Act.OPERATE):
            raise Forbidden
        state = fonds.upkeep.status(actor)
        troubles: list[FileView] = []
        total = 0
        for kind in ("failed", "quarantined"):
            found = fonds.upkeep.troubles(actor, state=kind, limit=LIMIT)
            troubles += found.items
            total += found.total or 0
        retriable = may(actor, Act.CREATE) or may(actor, Act.OPERATE)
        shown: dict[str, Any] = {"troubles": troubles, "total": total, "retriable": retriable}
        return frame.page("status.html", state=state, parts=parts(state), **shown)


def parts(state: Any) -> list[tuple[str, str]]:
    """(name, why it is not ready) of every part."""
    names = {
        "database": _("数据库"),
        "objects": _("原文存储"),
        "search": _("检索"),
        "queue": _("处理队列"),
        "workers": _("处理进程"),
    }
    return [(names.get(part, part), why) for part, why in state["parts"].items()]
