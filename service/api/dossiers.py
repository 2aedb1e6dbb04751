"""Dossiers 案卷: open, describe with If-Match, file records in order, see what lacks."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any, Literal

from flask import Response, request
from pydantic import Field

from service.api import cursors
from service.api.inputs import Day, Id, IdPath, Input, Line, PageQuery, Path, ShortLine, Text
from service.api.records import revision
from service.api.resource import Listed, Resource, Shown, answer, listed, nothing
from service.domain.dossiers import Completion, DossierSaid, DossierView
from service.domain.holdings import RecordView
from service.identity import actor, fonds
from service.usecases.searching.panoramas import Panorama

dossiers = Resource("dossiers", __name__, "案卷 / dossiers")

Kind = Literal["customer", "project", "contract", "activity"]


class DossierBody(Input):
    """What a person says of a dossier. What is left out or null stays as it is; a null date takes the date away."""

    title: Line | None = None
    code: ShortLine | None = None
    category: ShortLine | None = None
    party: Line | None = None
    department: ShortLine | None = None
    responsible: Line | None = None
    start: Day | None = None
    end: Day | None = None
    note: Text | None = None
    secrecy: ShortLine | None = None
    waived: Annotated[list[ShortLine], Field(max_length=60)] | None = Field(
        None, description="Keys of expected documents that this dossier needs not"
    )

    def said(self) -> DossierSaid:
        """As the use cases take it."""
        given: dict[str, Any] = {
            name: getattr(self, name) for name in self.model_fields_set if name not in ("kind", "state")
        }
        if given.get("waived") is not None:
            given["waived"] = tuple(given["waived"])
        for name in ("start", "end"):
            given[f"clear_{name}"] = name in given and given[name] is None
        return DossierSaid(**given)


class NewDossierBody(DossierBody):
    """A new dossier, of a kind that stays."""

    kind: Kind


class DossierChangeBody(DossierBody):
    """A change; `state` alone closes or opens it."""

    state: Literal["open", "closed"] | None = None


class FilingBody(Input):
    """Records to file at the end, or to put before another one."""

    records: Annotated[list[Id], Field(min_length=1, max_length=50)]
    before: Id | None = Field(None, description="A record of the dossier; then only the first is moved there")


class DossiersQuery(PageQuery):
    """A page of dossiers, newest first."""

    kind: Kind | None = None
    state: Literal["open", "closed"] | None = None


class FiledPath(Path):
    """A record in a dossier."""

    id: Id
    record_id: Id


@dossiers.get("/dossiers", responses={"200": Listed[DossierView]})
def list_dossiers(query: DossiersQuery) -> Response:
    """Dossiers that the asker may know of."""
    page = fonds().dossiers.page(
        actor(),
        kind=query.kind or "",
        state=query.state or "",
        below=cursors.place(query.cursor),
        limit=query.limit,
    )
    return answer({"items": page.items, "next_cursor": cursors.seal(page.next_cursor), "total": page.total})


@dossiers.post("/dossiers", responses={"201": Shown[DossierView]})
def create_dossier(body: NewDossierBody) -> Response:
    """Open a dossier with the documents that its kind should hold."""
    made = fonds().dossiers.create(actor(), body.kind, body.said())
    return _shown(made, 201, {"Location": f"{request.path}/{made.id}"})


@dossiers.get("/dossiers/<id>", responses={"200": Shown[DossierView]})
def get_dossier(path: IdPath) -> Response:
    """One dossier. ETag is its revision."""
    return _shown(fonds().dossiers.get(actor(), path.id))


@dossiers.patch("/dossiers/<id>", responses={"200": Shown[DossierView]})
def change_dossier(path: IdPath, body: DossierChangeBody) -> Response:
    """Change, close or open it; If-Match names the revision that was read."""
    use, rev = fonds().dossiers, revision()
    if body.state is not None:
        return _shown(use.turn(actor(), path.id, rev, body.state))
    return _shown(use.change(actor(), path.id, rev, body.said()))


@dossiers.delete("/dossiers/<id>", responses={"204": None})
def delete_dossier(path: IdPath) -> Response:
    """Delete an empty dossier; If-Match names the revision that was read."""
    fonds().dossiers.delete(actor(), path.id, revision())
    return nothing()


@dossiers.get("/dossiers/<id>/expected", responses={"200": Listed[Completion]})
def get_expected(path: IdPath) -> Response:
    """What should be in it, and which records serve as it, as far as the asker may know (S-RT-5)."""
    use = fonds().dossiers
    found = use.standings(actor(), use.get(actor(), path.id))
    return listed([_standing(one) for one in found])


@dossiers.get("/dossiers/<id>/panorama", responses={"200": Shown[Panorama]})
def get_panorama(path: IdPath) -> Response:
    """All that concerns its party by what it is, the relationship map and the figures (R-CUS-13, R-CUS-19)."""
    return answer(fonds().gathering.panoramas.of(actor(), path.id))


@dossiers.get("/dossiers/<id>/records", responses={"200": Listed[RecordView]})
def list_filed(path: IdPath, query: PageQuery) -> Response:
    """Its records in order; `total` counts those that the asker may know of."""
    start = cursors.place(query.cursor) or 0
    page = fonds().filing.page(actor(), path.id, start=start, limit=query.limit)
    return answer({"items": page.items, "next_cursor": cursors.seal(page.next_cursor), "total": page.total})


@dossiers.post("/dossiers/<id>/records", responses={"204": None})
def file_records(path: IdPath, body: FilingBody) -> Response:
    """File records at the end; one that is in another dossier of this kind leaves that one."""
    use = fonds().filing
    use.put(actor(), path.id, body.records)
    if body.before:
        use.move(actor(), path.id, body.records[0], body.before)
    return nothing()


@dossiers.delete("/dossiers/<id>/records/<record_id>", responses={"204": None})
def unfile_record(path: FiledPath) -> Response:
    """Take a record out; it stays in the archive."""
    fonds().filing.take(actor(), path.id, [path.record_id])
    return nothing()


def _standing(one: Completion) -> Mapping[str, Any]:
    return asdict(one) | {"lacks": one.lacks}


def _shown(dossier: DossierView, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return answer(dossier, status, {"ETag": f'"{dossier.rev}"'} | (headers or {}))
