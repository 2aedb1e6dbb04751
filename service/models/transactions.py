"""Transactions: writes that become visible together or not at all, tried again when a rival was first."""

import contextlib
import itertools
import random
import time
from collections.abc import Callable
from typing import Any, TypeVar

import bson
import mongoengine
from mongoengine.errors import NotUniqueError
from mongoengine.queryset import transform
from pymongo.client_session import ClientSession
from pymongo.errors import AutoReconnect, BulkWriteError, DuplicateKeyError, OperationFailure, PyMongoError

ALIAS = "default"

DUPLICATE = 11000
"""The database's code of a key that is taken."""

NO_SUCH_TRANSACTION = 251
"""The database's code of a transaction that it does not know. SecantusDB forgets with its death also those that it had
committed and not yet acknowledged; a MongoDB remembers them."""

PATIENCE = 10.0
"""Seconds for which a transaction that lost against another one is tried again."""

Result = TypeVar("Result")


def in_transaction(work: Callable[[ClientSession], Result], *, repeatable: bool = False) -> Result:
    """Run `work` with a session in which all its writes become visible and durable together, or none.

    It may run several times, see `against_rivals`. A commit of which nobody knows whether it was done raises
    `AutoReconnect`, as any write whose answer was lost: work that ran once more would meet what it did itself, take it
    for another's, and clear away what stands in the rows. Work that is `repeatable` knows its own and runs again.
    """
    client = mongoengine.get_connection(ALIAS)
    unknown: list[OperationFailure] = []

    def attempt() -> Result:
        with client.start_session() as session:
            session.start_transaction()
            try:
                result = work(session)
                _commit(session, unknown)
            except OperationFailure as fault:
                with contextlib.suppress(PyMongoError):
                    session.abort_transaction()
                if unknown and (not repeatable or _is_duplicate(fault)):
                    raise AutoReconnect(f"a commit may have been done: {unknown[0]}") from fault
                raise
            return result

    return against_rivals(attempt)


def _commit(session: ClientSession, unknown: list[OperationFailure]) -> None:
    """Commit; a fault after which nobody knows whether that was done is noted: one that the driver's second attempt
    met. What is told so at the first was aborted, as by `end_abandoned`."""
    try:
        session.commit_transaction()
    except OperationFailure as fault:
        if fault.code == NO_SUCH_TRANSACTION and session._transaction.attempt > 1:
            unknown.append(fault)
        raise


def insert_row(row: Any) -> Any:
    """Write a new row, which has its key already, and return it. Raises `NotUniqueError` if another is in the way.

    One that stands there exactly as this was to be written is this one: the driver repeats an insert whose answer was
    lost, and SecantusDB, if it was killed meanwhile, has forgotten that it did it.
    """
    try:
        return row.save(force_insert=True)
    except NotUniqueError:
        standing = row._get_collection().find_one({"_id": row.pk})
        if standing is None or bson.encode(standing) != bson.encode(row.to_mongo()):
            raise
        return row.reload()


def update_rows(rows: Any, **change: Any) -> int:
    """Change every row of a query set, in mongoengine's words (`set__state="open"`); how many matched.

    A plain `update` of many rows would do on a MongoDB. SecantusDB keeps the collection locked while such a write
    waits for a row that an open transaction has changed, and the transaction may need the collection for its next
    statement: nobody gets further. A write within a transaction gives way instead and is tried again.
    """
    update = transform.update(rows._document, **change)
    return in_transaction(
        lambda session: rows._collection.update_many(rows._query, update, session=session).matched_count
    )


def delete_rows(rows: Any) -> int:
    """Delete every row of a query set; how many. In a transaction for the same reason as `update_rows`."""
    return in_transaction(
        lambda session: rows._collection.delete_many(rows._query, session=session).deleted_count
    )


def against_rivals(work: Callable[[], Result]) -> Result:
    """Do `work` again after a conflict with another writer, and after a duplicate key, because the row that was
    in the way can then be seen. After `PATIENCE` the fault is raised."""
    deadline = time.monotonic() + PATIENCE
    for attempt in itertools.count():
        try:
            return work()
        except OperationFailure as fault:
            if time.monotonic() > deadline or not _passing(fault):
                raise
        time.sleep(random.uniform(0, min(0.2, 0.004 * 2**attempt)))  # noqa: S311  spreads rivals, no secret
    raise AssertionError("unreachable")


def _passing(fault: OperationFailure) -> bool:
    if isinstance(fault, BulkWriteError):
        return _is_duplicate(fault)
    return _is_duplicate(fault) or fault.has_error_label("TransientTransactionError") or fault.code == 112


def _is_duplicate(fault: OperationFailure) -> bool:
    if isinstance(fault, BulkWriteError):
        return any(error["code"] == DUPLICATE for error in fault.details.get("writeErrors", ()))
    return isinstance(fault, DuplicateKeyError)
