"""The connection to the database: made once, checked, with indexes and schema brought up to date."""

from typing import Any

import mongoengine
from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, PyMongoError

from service.errors import Unavailable
from service.models import DOCUMENTS
from service.models.changes import Changes
from service.models.migrations import migrate
from service.models.transactions import ALIAS, DUPLICATE, PATIENCE, against_rivals, in_transaction

DATABASE = "fonds"

Client = MongoClient[dict[str, Any]]

__all__ = ["ALIAS", "DATABASE", "DUPLICATE", "PATIENCE", "against_rivals", "in_transaction"]


class NotReplicated(Exception):
    """The database is a standalone: it can lose writes that it acknowledged (SERVER-139311), so it is refused."""


def connect(url: str, *, database: str = "", changes: Changes | None = None) -> Client:
    """Connect mongoengine to `url`, with durable writes, and prepare indexes and schema; `changes` hears of writes.

    Raises `Unavailable("database")` if nothing answers within 10 s, `NotReplicated` for a standalone.
    """
    client: Client = mongoengine.connect(
        db=database or None,
        host=url,
        alias=ALIAS,
        w="majority",
        journal=True,
        tz_aware=True,
        uuidRepresentation="standard",
        serverSelectionTimeoutMS=10_000,
        connectTimeoutMS=5_000,
        socketTimeoutMS=30_000,
        maxPoolSize=64,
        event_listeners=[changes] if changes else None,
    )
    try:
        require_replica_set(client)
        prepare_indexes()
        migrate()
    except ConnectionFailure as fault:
        disconnect()
        raise Unavailable("database", str(fault)) from fault
    except BaseException:
        disconnect()
        raise
    return client


def require_replica_set(client: Client) -> None:
    """Refuse a standalone mongod."""
    if not client.admin.command("hello").get("setName"):
        raise NotReplicated(
            "FONDS_MONGO_URL names a standalone mongod, which can lose acknowledged writes;"
            " start it as a replica set (one member is enough)"
        )


def disconnect() -> None:
    """Close the connection; documents cannot be used until the next `connect`."""
    mongoengine.disconnect(ALIAS)


def prepare_indexes() -> list[str]:
    """Make what is missing of the declared indexes; return the names of those that nobody declares."""
    extra = []
    for document in DOCUMENTS:
        difference = document.compare_indexes()
        if difference["missing"]:
            document.ensure_indexes()
        extra += [f"{document._get_collection_name()}: {index}" for index in difference["extra"]]
    return extra


def end_abandoned() -> None:
    """Abort every open transaction, for whoever knows that one of them belonged to a process that was killed: its
    locks would last a minute. The living do theirs again (`in_transaction`)."""
    mongoengine.get_connection(ALIAS).admin.command("killAllSessions", [])


def ping() -> None:
    """Return if the database answers, else raise `Unavailable`."""
    try:
        mongoengine.get_connection(ALIAS).admin.command("ping")
    except (PyMongoError, mongoengine.ConnectionFailure) as fault:
        raise Unavailable("database", str(fault)) from fault


def server_version() -> str:
    """What the database calls its version, "" while it does not answer."""
    try:
        return str(mongoengine.get_connection(ALIAS).server_info().get("version", ""))
    except (PyMongoError, mongoengine.ConnectionFailure):
        return ""
