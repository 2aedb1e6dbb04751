"""Transcripts of ingest: pages of a content that were recognised, each lot a row that names its text object."""

from collections.abc import Sequence

from mongoengine.errors import NotUniqueError

from ingest.port import Job, Transcript
from service.models import File, RecognisedPages
from service.models.reading import by_key
from service.models.transactions import insert_row
from service.usecases.holding import held_id


class MongoTranscripts:
    """`ingest.port.Transcripts` over rows inside the compartment of the job's file."""

    def known(self, job: Job, version: str) -> Sequence[Transcript]:
        """See the port."""
        held = _held(job)
        rows = RecognisedPages.objects(held=held) if held else ()
        return [
            Transcript(tuple(row.pages), tuple(row.seals), tuple(row.lost), row.key)
            for row in rows
            if row.version == version and not row.forsaken
        ]

    def note(self, job: Job, version: str, transcript: Transcript, done: int) -> bool:
        """See the port. Of the same pages of two files with one content the later transcript counts."""
        held = _held(job)
        if held:
            values = {
                "held": held,
                "version": version,
                "pages": list(transcript.pages),
                "seals": list(transcript.seals),
                "lost": list(transcript.lost),
                "key": transcript.key,
            }
            row = RecognisedPages(id=f"{held}:{version}:{transcript.pages[0]}", **values)
            try:
                insert_row(row)
            except NotUniqueError:
                anew = {f"set__{name}": value for name, value in values.items()}
                RecognisedPages.objects(id=row.id).update_one(**anew, unset__forsaken=1)
        mine = File.objects(id=job.file_id, state="running", lease_owner=job.owner, attempts=job.attempt)
        return bool(mine.update_one(set__recognised=done))


def _held(job: Job) -> str:
    """The content's id where the file is now: a job may outlive a move; "" if the file has gone."""
    row = by_key(File, id=job.file_id)
    return held_id(row.compartment, job.sha256) if row else ""
