"""The bench of ingest over the database: what waits to be made, who is at it, and what a file then has more."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from pymongo.client_session import ClientSession

from ingest.port import MAX_ATTEMPTS, Product, Task
from service.models import File, Making, Record
from service.models.archive import SLOTS
from service.models.connection import in_transaction
from service.models.reading import Slots, by_key
from service.models.transactions import delete_rows

LEASE = timedelta(seconds=90)


def put(session: ClientSession, wants: Mapping[str, str]) -> None:
    """Within the end of jobs: what is to be made of these files now, in place of what waited before."""
    if not wants:
        return
    rows = Making._get_collection()
    rows.delete_many({"_id": {"$in": list(wants)}}, session=session)
    new = [
        {"_id": file_id, "want": want, "token": secrets.token_hex(8), "slot": secrets.randbelow(SLOTS)}
        | {"attempts": 0, "owner": "", "lease_until": None}
        for file_id, want in wants.items()
    ]
    rows.insert_many(new, session=session)


class MongoBench:
    """`ingest.port.Bench`. A task whose maker died is free again when its lease has run out."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._waiting = Slots(Making, "slot", want=20)

    def take(self, owner: str) -> Task | None:
        """See the port."""
        for row in self._waiting.read():
            if row.lease_until and row.lease_until > self._clock():
                continue
            file = by_key(File, id=row.id)
            if file is None or file.deleted_at or row.attempts >= MAX_ATTEMPTS:
                delete_rows(Making.objects(id=row.id, token=row.token))
            elif file.state == "done" and self._taken(row, owner):
                return _task(row, file, owner)
        return None

    def _taken(self, row: Any, owner: str) -> bool:
        mine = Making.objects(id=row.id, token=row.token, attempts=row.attempts)
        return bool(
            mine.update_one(set__owner=owner, set__lease_until=self._clock() + LEASE, inc__attempts=1)
        )

    def renew(self, task: Task) -> bool:
        """See the port."""
        held = Making.objects(id=task.file_id, token=task.token, owner=task.owner)
        return bool(held.update_one(set__lease_until=self._clock() + LEASE))

    def deliver(self, task: Task, product: Product) -> Sequence[str] | None:
        """See the port. The end of the task and what the file has more are one transaction."""
        return in_transaction(lambda session: _delivered(session, task, product))

    def give_up(self, task: Task) -> None:
        """See the port. The reason stands in the log of who tried; the file is as good as before."""
        delete_rows(Making.objects(id=task.file_id, token=task.token, owner=task.owner))


def _delivered(session: ClientSession, task: Task, product: Product) -> Sequence[str] | None:
    held = {"_id": task.file_id, "token": task.token, "owner": task.owner}
    if not Making._get_collection().delete_one(held, session=session).deleted_count:
        return None
    files = File._get_collection()
    file = files.find_one({"_id": task.file_id, "state": "done", "deleted_at": None}, session=session)
    if file is None:
        return None
    before: dict[str, Any] = file.get("renditions") or {}
    values: dict[str, Any] = {f"renditions.{name}": asdict(one) for name, one in product.renditions.items()}
    gone = [before[name]["key"] for name in product.renditions if name in before]
    if product.preview_key:
        values |= {"preview_key": product.preview_key, "preview_type": product.preview_type}
        gone += [file["preview_key"]] if file.get("preview_key") else []
    files.update_one({"_id": task.file_id}, {"$set": values}, session=session)
    # who serves people looks at the file again when its record is indexed
    indexing = {"$inc": {"index_seq": 1}, "$set": {"index_slot": secrets.randbelow(SLOTS)}}
    Record._get_collection().update_one({"_id": file["record_id"]}, indexing, session=session)
    return gone


def _task(row: Any, file: Any, owner: str) -> Task:
    return Task(
        file_id=file.id,
        record_id=file.record_id,
        want=row.want,
        key=file.object_key,
        sha256=file.sha256,
        size=file.size,
        name=file.name,
        media_type=file.media_type,
        owner=owner,
        token=row.token,
        text_key=file.text_key,
    )
