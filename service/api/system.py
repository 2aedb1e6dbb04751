"""System: state, check and reindex, for those who run the machine; long work tells its progress line by line."""

import itertools
import logging
from collections.abc import Iterator
from typing import Annotated, Any

from flask import Response, json, stream_with_context
from pydantic import Field, StringConstraints

from ingest.port import EXTRACTOR
from service import logs
from service.api.inputs import Input, Query, Switch
from service.api.resource import ENCODER, Resource, Shown, answer, ndjson, nothing
from service.identity import actor, fonds
from service.problems import problem
from service.usecases.contents.reprocessing import ReprocessingView
from service.usecases.safekeeping.backup.running import Drill
from service.usecases.safekeeping.checking import Progress
from service.usecases.safekeeping.mending import Copies

log = logging.getLogger("fonds.system")

system = Resource("system", __name__, "系统维护 / operation")


class CheckQuery(Query):
    """How far a check goes."""

    repair: Switch = False
    read_data: Switch = False


@system.get(
    "/system/status",
    responses={"200": {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
def get_status() -> Response:
    """Parts, counts, and what the jail can do here."""
    return answer(fonds().upkeep.status(actor()))


@system.post("/system/check", responses={"200": ndjson("progress lines, then one result")})
def check(query: CheckQuery) -> Response:
    """Compare rows, objects and index; repair differences if asked to."""
    steps = fonds().upkeep.check(actor(), repair=query.repair, read_data=query.read_data)
    return stepwise(steps)


@system.post("/system/reindex", responses={"200": ndjson("progress lines, then one result")})
def reindex() -> Response:
    """Build the index anew from the truth; the old one answers meanwhile."""
    return stepwise(fonds().upkeep.reindex(actor()))


@system.get(
    "/system/fixity",
    responses={"200": {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
def get_fixity() -> Response:
    """How far the patrol over all contents is, the state of the second store, and what was found wrong."""
    keeping = fonds().safekeeping
    found = keeping.patrol.findings(actor())
    return answer({"patrol": keeping.patrol.state(), "replica": keeping.replica.state(), "findings": found})


class BackupQuery(Query):
    """Where a backup goes."""

    target: Annotated[str, StringConstraints(max_length=2000)] = ""


@system.get(
    "/system/backup",
    responses={"200": {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
def get_backup() -> Response:
    """How the last backup ended (`last`), and the last that went well (`good`)."""
    return answer(fonds().safekeeping.backups.state(actor()))


@system.post("/system/backup", responses={"200": ndjson("progress lines, then one result")})
def take_backup(query: BackupQuery) -> Response:
    """Take a backup now: to the scheduled place, or for commands on this machine to `target`."""
    keeping = fonds().safekeeping
    steps = keeping.backups.take(actor(), url=query.target)
    return stepwise(keeping.runs.during(actor(), "backup", steps))


class MendBody(Input):
    """Where good copies are; private keys of age open sealed sets, and are kept nowhere."""

    target: Annotated[str, StringConstraints(max_length=2000)] = ""
    set: Annotated[str, StringConstraints(max_length=40)] = ""
    identities: list[Annotated[str, StringConstraints(max_length=200)]] = Field(
        default_factory=list, max_length=20
    )


@system.post("/system/backup/mend", responses={"200": ndjson("progress lines, then one result")})
def mend(body: MendBody) -> Response:
    """Fetch contents that were found changed or missing back from a backup: the scheduled one, or for commands on this
    machine that of `target`."""
    keeping = fonds().safekeeping
    steps = keeping.mending.mend(actor(), Copies(body.target, body.set, tuple(body.identities)))
    return stepwise(keeping.runs.during(actor(), "mend", steps))


class ReprocessBody(Input):
    """Which files are read again."""

    since: Annotated[int, Field(ge=1, le=1 << 20)] = EXTRACTOR
    """Those that an extractor before this version has read."""
    format: Annotated[str, StringConstraints(max_length=20)] = ""
    """One family of files: pdf, word, image …; empty = all."""


@system.get(
    "/system/reprocess", responses={"200": {"content": {"application/json": {"schema": {"type": "object"}}}}}
)
def get_reprocess() -> Response:
    """How far the run over all holdings is, `run` null if there never was one; `version` of the extractor now."""
    return answer({"run": fonds().reprocessing.state(actor()), "version": EXTRACTOR})


@system.post("/system/reprocess", responses={"202": Shown[ReprocessingView]})
def reprocess(body: ReprocessBody) -> Response:
    """Have files read again in the background, behind everything else."""
    return answer(fonds().reprocessing.start(actor(), since=body.since, family=body.format), 202)


class DrillBody(Input):
    """How a restore drill ended; `fault` is empty if it went well."""

    fault: Annotated[str, StringConstraints(max_length=500)] = ""
    records: Annotated[int, Field(ge=0)] = 0
    files: Annotated[int, Field(ge=0)] = 0
    objects: Annotated[int, Field(ge=0)] = 0


@system.post("/system/backup/drills", responses={"204": None})
def note_drill(body: DrillBody) -> Response:
    """Write down a drill that `fonds backup drill` has made."""
    fonds().safekeeping.backups.note_drill(actor(), Drill(**body.model_dump()))
    return nothing()


@system.get(
    "/system/keys",
    responses={"200": {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
def get_keys() -> Response:
    """Ids of the master keys, the current one, those that are lacking, and which compartments are encrypted."""
    return answer(fonds().safekeeping.encrypting.state(actor()))


class RotationQuery(Query):
    """What becomes of the old master keys."""

    retire: Switch = False


@system.post("/system/keys/rotate", responses={"200": ndjson("progress lines, then one result")})
def rotate_keys(query: RotationQuery) -> Response:
    """Wrap all data keys by a new master key; objects are not touched."""
    return stepwise(fonds().safekeeping.encrypting.rotate(actor(), retire=query.retire))


def stepwise(steps: Iterator[Any]) -> Response:
    """Steps on their way as lines of JSON, the last one with the result."""
    # The first step is taken before the answer begins, so that a refusal is a problem with its own status.
    begun = itertools.chain([first], steps) if (first := next(iter(steps), None)) is not None else iter(())
    return Response(stream_with_context(_lines(begun)), content_type="application/x-ndjson")


def _lines(steps: Iterator[Any]) -> Iterator[str]:
    try:
        for step in steps:
            kind = "progress" if isinstance(step, Progress) else "result"
            yield ENCODER.encode({kind: step}) + "\n"
    except Exception as fault:  # the status line is gone already: the last line tells it
        told = problem(fault)
        log.exception("upkeep_failed", extra=logs.facts(trace_id=told.trace_id))
        yield json.dumps({"problem": told.members()}, ensure_ascii=False) + "\n"
