"""Sketches over the database: kept with the end of a job, so that near copies are found from then on."""

from collections.abc import Sequence
from dataclasses import asdict

from pymongo import DeleteOne, ReplaceOne
from pymongo.client_session import ClientSession

from ingest.port import Job, Sketch
from service.models import NearSketch


def put(session: ClientSession, ended: Sequence[tuple[Job, Sketch | None]]) -> None:
    """Within the end of jobs: keep their files' sketches, in place of those of an earlier reading."""
    writes = [_write(job, found) for job, found in ended if found or job.again or job.known.media_type]
    if writes:
        NearSketch._get_collection().bulk_write(writes, session=session)


def _write(job: Job, found: Sketch | None) -> "ReplaceOne[dict[str, object]] | DeleteOne":
    if found is None:
        return DeleteOne({"_id": job.file_id})
    row = {**asdict(found), "keys": list(found.keys), "_id": job.file_id, "record_id": job.record_id}
    return ReplaceOne({"_id": job.file_id}, row, upsert=True)
