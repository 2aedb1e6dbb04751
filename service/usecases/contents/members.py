"""Files inside files: members of archives and attachments of mails as files of the same record."""

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from typing import Any

from pymongo.client_session import ClientSession

from ingest.port import Job, Member
from service.ledger import LEASE, holds
from service.models import File
from service.models.archive import SLOTS
from service.models.connection import in_transaction
from service.usecases.contents.arriving import noted
from service.usecases.contents.quotas import use
from service.usecases.holding import Holding, held_id

LOT = 100
"""Files that are entered in one transaction."""


class MongoMembers:
    """`ingest.port.Members` over the rows of files. Rights, compartment and end of a child are its record's."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def expecting(self, keys: Sequence[str]) -> AbstractContextManager[None]:
        """See the port."""
        return noted(keys, self._clock())

    def adopt(self, job: Job, members: Sequence[Member]) -> Sequence[str] | None:
        """See the port. The same content at the same place keeps its id, so reading the outer file again adds
        nothing."""
        needless: list[str] = []
        for start in range(0, len(members), LOT):
            entered = in_transaction(partial(self._enter, job, members[start : start + LOT]))
            if entered is None:
                return None
            needless += entered
        return needless

    def _enter(self, job: Job, lot: Sequence[Member], session: ClientSession) -> list[str] | None:
        files = File._get_collection()
        parent = files.find_one({"_id": job.file_id}, session=session)
        if parent is None or parent.get("deleted_at") or not holds(job, parent):
            return None
        # written, not only read: then a record that moves to another compartment at this moment waits, or we do
        reached = {"$max": {"members": lot[-1].serial}, "$set": {"lease_until": self._clock() + LEASE}}
        files.update_one({"_id": job.file_id}, reached, session=session)
        ids = {_child(job.file_id, each): each for each in lot}
        known = {row["_id"] for row in files.find({"_id": {"$in": list(ids)}}, {"_id": 1}, session=session)}
        place = parent["compartment"]
        holding = Holding(session, [held_id(place, each.sha256) for each in lot])
        needless, rows = [each.key for name, each in ids.items() if name in known], []
        for name, each in ids.items():
            if name in known:
                continue
            key = holding.hold(held_id(place, each.sha256), key=each.key, size=each.size)
            if key != each.key:
                needless.append(each.key)
            rows.append(self._row(name, each, parent, key))
        if rows:
            files.insert_many([row.to_mongo() for row in rows], session=session)
            holding.write()
            use(session, rows)
        return needless

    def _row(self, name: str, member: Member, parent: Mapping[str, Any], key: str) -> Any:
        return File(
            id=name,
            record_id=parent["record_id"],
            parent=parent["_id"],
            number=member.number,
            depth=int(parent.get("depth", 0)) + 1,
            order=int(parent.get("order", 0)),
            name=member.path.replace("\\", "/").rpartition("/")[2] or member.path,
            path=member.path,
            upload_key=name,
            by=parent.get("by", ""),
            sender=parent.get("sender", ""),
            compartment=parent["compartment"],
            size=member.size,
            sha256=member.sha256,
            object_key=key,
            slot=secrets.randbelow(SLOTS),
            created_at=self._clock(),
        )


def _child(parent: str, member: Member) -> str:
    """The id of the file at one place inside another: the same whenever that is unpacked."""
    return hashlib.sha256(f"{parent}:{member.serial}:{member.sha256}".encode()).hexdigest()[:32]


def standing(rows: Sequence[Any]) -> list[Any]:
    """Of the files of one record those that stand: not deleted, not superseded, inside none that is."""
    left = {row.id: row for row in rows if not row.deleted_at and not row.superseded_by}

    def stands(row: Any | None) -> bool:
        while row is not None and row.parent:
            row = left.get(row.parent)
        return row is not None

    return [row for row in left.values() if stands(row)]


def way(row: Any, rows: Mapping[str, Any]) -> str:
    """The name of a file behind those that it lies in: 材料.zip › 合同/正本.pdf."""
    names = []
    at: Any | None = row
    while at is not None:
        names.append(at.path if at.parent and at.path else at.name)
        at = rows.get(at.parent) if at.parent else None
    return " › ".join(reversed(names))


def with_busy_members(ids: Sequence[str]) -> set[str]:
    """Those of the files inside which some are still worked on: an import waits for them, too."""
    level, root = list(ids), {one: one for one in ids}
    busy: set[str] = set()
    while level:
        rows = list(File.objects(parent__in=level, deleted_at=None).only("parent", "state", "members"))
        root |= {row.id: root[row.parent] for row in rows}
        busy |= {root[row.id] for row in rows if row.state in ("pending", "running")}
        level = [row.id for row in rows if row.members and root[row.id] not in busy]
    return busy
