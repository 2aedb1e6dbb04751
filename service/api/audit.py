"""The audit trail over HTTP, for the auditor: events, the export, and the verification of the chain."""

from dataclasses import asdict
from typing import Annotated

from flask import Response, stream_with_context
from pydantic import AwareDatetime, Field, StringConstraints

from service.api import cursors
from service.api.inputs import PageQuery, Query
from service.api.resource import Listed, Resource, Shown, answer, ndjson
from service.api.system import stepwise
from service.identity import actor, fonds
from service.usecases.safekeeping.auditing import AskedEvents, ChainState, EventView

audit = Resource("audit", __name__, "审计 / audit trail")

Word = Annotated[str, StringConstraints(max_length=200)]


class EventsQuery(PageQuery):
    """Which events: by person (id), act, kind and id of the object, result, and time."""

    person: Word = ""
    act: Word = ""
    kind: Word = ""
    object_id: Word = ""
    result: Word = ""
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class ExportQuery(Query):
    """From where on."""

    after: Annotated[int, Field(ge=0)] = 0


@audit.get("/audit/events", responses={"200": Listed[EventView]})
def list_events(query: EventsQuery) -> Response:
    """Events, newest first. A page may be short and yet have a next one: `next_cursor` "" is the end."""
    asked = AskedEvents(
        query.person, query.act, query.kind, query.object_id, query.result, query.since, query.until
    )
    page = fonds().auditing.page(actor(), asked, below=cursors.place(query.cursor), limit=query.limit)
    return answer({"items": page.items, "next_cursor": cursors.seal(page.next_cursor), "total": None})


@audit.get("/audit", responses={"200": Shown[ChainState]})
def get_chain() -> Response:
    """The end of the chain, and how its last verification by the clock ended."""
    return answer(asdict(fonds().auditing.state(actor())))


@audit.get("/audit/export", responses={"200": ndjson("where it begins, every event, where it ends")})
def export_events(query: ExportQuery) -> Response:
    """The trail as lines of JSON, which `fonds audit verify FILE` verifies without a server."""
    lines = fonds().auditing.export(actor(), after=query.after)
    response = Response(stream_with_context(lines), content_type="application/x-ndjson")
    response.headers["Content-Disposition"] = "attachment; filename=fonds-audit.jsonl"
    return response


@audit.post("/audit/verify", responses={"200": ndjson("progress lines, then one result")})
def verify_chain() -> Response:
    """Read the whole chain and name every place where it was touched."""
    return stepwise(fonds().auditing.verify(actor()))
