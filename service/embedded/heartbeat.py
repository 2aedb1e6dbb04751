"""The heartbeat of the embedded database: a transaction now and then, and the alarm when none of them ends any more."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.errors import NetworkTimeout, PyMongoError, ServerSelectionTimeoutError

log = logging.getLogger(__name__)
PLACE = ("heartbeat", "beats")
"""Database and collection, of its own: a backup of the archive does not contain it."""
LONGEST = 8
"""How many times the usual patience it has at most with a database that was stopped and has not answered since."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds between two beats, seconds until one counts as missed, and how many missed in a row raise the alarm."""

    rest: float = 15.0
    patience: float = 20.0
    missed: int = 3


class Heartbeat:
    """Feels whether a database that runs still writes.

    A process that lives may stand still for good, when its threads wait for each other; the supervision of processes
    sees nothing then. Only silence counts: a refusal is an answer.
    """

    def __init__(self, url: str, alarm: Callable[[], None], rhythm: Rhythm | None = None) -> None:
        """`alarm` is called by its own thread, and once for each standstill."""
        self._rhythm = rhythm or Rhythm()
        self._alarm = alarm
        self._url = url
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End; a beat under way is not waited for."""
        self._stopping.set()

    def _run(self) -> None:
        missed, patience = 0, self._rhythm.patience
        while not self._stopping.wait(self._rhythm.rest):
            if self._beats(patience):
                missed, patience = 0, self._rhythm.patience
                continue
            missed += 1
            if missed >= self._rhythm.missed and not self._stopping.is_set():
                log.error("the database has answered no transaction %d times: it is stopped", missed)
                self._alarm()
                # on a machine that has no time for it, stopping it again while it starts would go on for ever
                missed, patience = 0, min(2 * patience, LONGEST * self._rhythm.patience)

    def _beats(self, patience: float) -> bool:
        client: MongoClient[dict[str, object]] = MongoClient(
            self._url,
            socketTimeoutMS=int(patience * 1000),
            serverSelectionTimeoutMS=int(patience * 1000),
            retryWrites=False,
        )
        try:
            with client, client.start_session() as session:
                _beat(client, session)
        except (NetworkTimeout, ServerSelectionTimeoutError):
            return False
        except PyMongoError as fault:
            log.info("no heartbeat this time: %s", fault)
        return True


def _beat(client: MongoClient[dict[str, object]], session: ClientSession) -> None:
    beats = client[PLACE[0]][PLACE[1]]
    with session.start_transaction():
        now = {"$set": {"at": datetime.now(UTC)}}
        beats.update_one({"_id": "beat"}, now, upsert=True, session=session)
