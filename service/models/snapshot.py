"""The whole database at one moment, row by row, and back again: what backups are made of."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import mongoengine
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo.read_concern import ReadConcern

from service.models import (
    DOCUMENTS,
    Arriving,
    BackupState,
    KeepingRun,
    Lease,
    Record,
    SchemaVersion,
    Session,
    SignInAttempts,
    SignInStep,
)
from service.models.archive import SLOTS
from service.models.connection import ALIAS, prepare_indexes
from service.models.migrations import migrate
from service.models.reading import by_key
from service.models.transactions import update_rows

LEFT_OUT = (Arriving, BackupState, KeepingRun, Lease, Session, SignInAttempts, SignInStep)
"""They tell of running processes and requests, open browsers and earlier backups: what comes back begins without them."""
KEPT = tuple(document for document in DOCUMENTS if document not in LEFT_OUT)
LOT = 500

RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument, tz_aware=True)


def collections() -> list[str]:
    """Names of the collections that a backup holds."""
    return [document._get_collection_name() for document in KEPT]


@contextmanager
def snapshot() -> Iterator[Callable[[str], Iterator[bytes]]]:
    """A function from a collection's name to its rows as BSON, all of them of the moment of the first reading."""
    client = mongoengine.get_connection(ALIAS)
    database = mongoengine.get_db(ALIAS)
    with client.start_session() as session:
        session.start_transaction(read_concern=ReadConcern("snapshot"))
        try:

            def rows(name: str) -> Iterator[bytes]:
                collection = database.get_collection(name, codec_options=RAW)
                for row in collection.find({}, session=session, batch_size=LOT):
                    yield bytes(row.raw)

            yield rows
        finally:
            session.abort_transaction()


def is_empty() -> bool:
    """Whether nobody has put anything into this archive: no record, no user, no file."""
    names = ("records", "files", "users")
    return not any(mongoengine.get_db(ALIAS)[name].find_one({}, {"_id": 1}) for name in names)


def put_back(name: str, rows: Iterator[bytes]) -> int:
    """Replace what a collection holds by these rows; how many."""
    if name not in collections():
        raise ValueError(f"no collection of this program: {name}")
    collection = mongoengine.get_db(ALIAS)[name]
    collection.delete_many({})
    count, lot = 0, []
    for row in rows:
        lot.append(RawBSONDocument(row))
        if len(lot) == LOT:
            count += _insert(name, lot)
            lot = []
    return count + _insert(name, lot)


def _insert(name: str, lot: Sequence[RawBSONDocument]) -> int:
    if lot:
        mongoengine.get_db(ALIAS)[name].insert_many(lot, ordered=False)
    return len(lot)


def settle_restored() -> None:
    """After the rows are back: indexes, forward migrations, and every record waits for the search index anew."""
    prepare_indexes()
    migrate()
    highest = Record._get_collection().find_one({}, {"seq": 1}, sort=[("seq", -1)])
    for low in range(0, (highest["seq"] if highest else 0) + 1, LOT):
        window = Record.objects(seq__gte=low, seq__lt=low + LOT, deleted_at=None)
        # One slot per window spreads them, so that the indexer reads slices that are neither empty nor huge.
        slot = (low // LOT * 7919) % SLOTS
        update_rows(window, set__indexed_seq=0, set__indexed_in=[], set__index_slot=slot)


def schema_version() -> int:
    """Which migrations have run on these data."""
    row = by_key(SchemaVersion, id="schema")
    return row.version if row else 0
