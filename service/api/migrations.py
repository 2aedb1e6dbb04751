"""Migrations: places that many files come from, their mapping, their runs, and what of them is new."""

from typing import Annotated, Literal

from flask import Response
from pydantic import Field

from service.api import cursors
from service.api.inputs import Found, IdPath, Input, Line, PageQuery, ShortLine, Switch, moment_of
from service.api.resource import Listed, Resource, Shown, answer
from service.api.uploads import RawPath, from_base64url
from service.domain.holdings import ImportView
from service.identity import actor, fonds
from service.usecases.moving_in.migrating import MigrationSaid, MigrationView, Orders, Pulse, Seen

migrations = Resource("migrations", __name__, "迁移 / bulk migration")

Size = Annotated[int, Field(ge=0, lt=1 << 63)]
Mapping = Annotated[str, Field(max_length=256 << 10)]


class MigrationBody(Input):
    """A migration: entered once for an origin, changed by sending it again."""

    origin: Found
    mapping: Mapping = Field("", description="The mapping file, YAML")
    rate: Size = Field(0, description="Bytes a second at most, 0 = no limit")
    parallel: int = 4
    every: int = Field(0, description="Minutes between two runs, 0 = only when asked")
    hosted: Switch = Field(False, description="Carried out by the server itself")


class FoldersBody(Input):
    """Names of folders, paths below the origin."""

    folders: Annotated[list[Found], Field(max_length=2000)]


class Proposal(Input):
    """A mapping file."""

    mapping: str


class RunBody(Input):
    """A run to be; a dry one only says where each file would go."""

    dry: Switch = False


class ControlBody(Input):
    """What an open run is to do."""

    act: Literal["pause", "resume", "stop"]


class SeenBody(Input):
    """An entry that was found."""

    path: Found
    size: Size = 0
    stamp: ShortLine = ""
    kind: Literal["file", "set_aside", "failed"] = "file"
    reason: ShortLine = ""
    raw_path: RawPath = ""
    modified: ShortLine = ""


class SeenBodies(Input):
    """Up to 200 entries; `again`: the run goes on after a cut."""

    entries: Annotated[list[SeenBody], Field(max_length=200)]
    again: Switch = False

    def seen(self) -> list[Seen]:
        """As the use cases take them."""
        return [
            Seen(
                path=one.path,
                size=one.size,
                stamp=one.stamp,
                kind=one.kind,
                reason=one.reason,
                raw_path=from_base64url(one.raw_path, f"entries.{n}.raw_path"),
                modified=moment_of(one.modified),
            )
            for n, one in enumerate(self.entries)
        ]


class Verdicts(Input):
    """What is to be done with each entry, in their order."""

    verdicts: list[Literal["take", "here", "unchanged", "skip"]]


class PulseBody(Input):
    """How far the run is."""

    expected_files: Size = 0
    expected_bytes: Size = 0
    unchanged: Size = 0
    fault: Line = Field(
        "",
        description="Why the run cannot be carried out at all; it ends, and goes if it has brought nothing",
    )
    fault_english: Line = Field("", description="The same in English")


@migrations.post("/migrations", responses={"200": Shown[MigrationView]})
def save_migration(body: MigrationBody) -> Response:
    """Enter a migration, or change the one of the same origin."""
    said = MigrationSaid(**body.model_dump())
    return answer(fonds().migrations.save(actor(), said))


@migrations.get("/migrations", responses={"200": Listed[MigrationView]})
def list_migrations(query: PageQuery) -> Response:
    """Migrations, newest first."""
    page = fonds().migrations.list(actor(), below=cursors.place(query.cursor), limit=query.limit)
    return answer({"items": page.items, "next_cursor": cursors.seal(page.next_cursor), "total": page.total})


@migrations.post("/migrations/proposal", responses={"200": Shown[Proposal]})
def propose_mapping(body: FoldersBody) -> Response:
    """A first mapping file, from names of folders."""
    return answer({"mapping": fonds().migrations.propose(actor(), body.folders)})


@migrations.get("/migrations/<id>", responses={"200": Shown[MigrationView]})
def get_migration(path: IdPath) -> Response:
    """A migration and its last run."""
    return answer(fonds().migrations.get(actor(), path.id))


@migrations.get("/migrations/<id>/runs", responses={"200": Shown[list[ImportView]]})
def list_runs(path: IdPath) -> Response:
    """Its last 20 runs, newest first."""
    return answer(list(fonds().migrations.runs(actor(), path.id)))


@migrations.post("/migrations/<id>/runs", responses={"201": Shown[ImportView]})
def start_run(path: IdPath, body: RunBody) -> Response:
    """Begin a run, or go on with the one that is open."""
    return answer(fonds().migrations.start(actor(), path.id, dry=body.dry), 201)


@migrations.post("/migrations/<id>/control", responses={"200": Shown[MigrationView]})
def control_run(path: IdPath, body: ControlBody) -> Response:
    """Pause, resume or stop the open run."""
    return answer(fonds().migrations.control(actor(), path.id, body.act))


@migrations.post("/imports/<id>/sift", responses={"200": Shown[Verdicts]})
def sift_entries(path: IdPath, body: SeenBodies) -> Response:
    """Which of these entries are new."""
    verdicts = fonds().migrations.sift(actor(), path.id, body.seen(), again=body.again)
    return answer({"verdicts": list(verdicts)})


@migrations.post("/imports/<id>/plan", responses={"200": Shown[Verdicts]})
def plan_entries(path: IdPath, body: SeenBodies) -> Response:
    """In a dry run: write down where these entries would go."""
    verdicts = fonds().migrations.plan(actor(), path.id, body.seen(), again=body.again)
    return answer({"verdicts": list(verdicts)})


@migrations.post("/imports/<id>/pulse", responses={"200": Shown[Orders]})
def pulse(path: IdPath, body: PulseBody) -> Response:
    """Say that a run is carried out, and hear what to do."""
    return answer(fonds().migrations.pulse(actor(), path.id, Pulse(**body.model_dump())))
