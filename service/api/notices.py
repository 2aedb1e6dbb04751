"""Notices: what others did to one's records, and what became of one's files."""

from flask import Response

from service.api import cursors
from service.api.inputs import PageQuery
from service.api.resource import Listed, Resource, answer, nothing
from service.identity import actor, fonds
from service.usecases.desk.notices import NoticeView

notices = Resource("notices", __name__, "通知 / notices to the asker")


@notices.get("/notices", responses={"200": Listed[NoticeView]})
def list_notices(query: PageQuery) -> Response:
    """The asker's notices, newest first; `total` is the number of unread ones."""
    who = actor()
    page = fonds().notices.list(who, after=cursors.unseal(query.cursor), limit=query.limit)
    unread = fonds().notices.bell(who).unread
    return answer({"items": page.items, "next_cursor": cursors.seal(page.next_cursor), "total": unread})


@notices.post("/notices/read", responses={"204": None})
def read_notices() -> Response:
    """Mark all of them as read."""
    fonds().notices.read_all(actor())
    return nothing()
