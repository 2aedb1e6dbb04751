"""Rows: processor time of the embedded database for one row, by the indexes that its collection has.

`python -m benchmarks.rows` prints the floor under everything that writes many rows: what a row takes that is inserted in
lots, read by key or changed, while nobody else writes.
"""

import argparse
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
from pymongo import MongoClient
from pymongo.client_session import ClientSession

from benchmarks.migrating import say
from service.embedded.database import Database

LOT = 200
ROUNDS = 3
INDEXES = (0, 1, 2, 4, 8, 12)
KEPT = 5
"""Of twelve indexes, those that have an entry of each row, as it is with a record."""

Row = dict[str, Any]


class Rows:
    """Measures on one database."""

    def __init__(self, database: Database, count: int) -> None:
        self._client: MongoClient[Row] = MongoClient(database.url, w="majority", journal=True)
        self._process, self._count = psutil.Process(database.pid), count
        self._rows = self._client.get_default_database()

    def close(self) -> None:
        """Leave the database."""
        self._client.close()

    def lines(self) -> Iterator[str]:
        """Each measure as it comes."""
        for indexes in INDEXES:
            name = f"inserted, {indexes} indexes, a key in each"
            yield self._inserted(name, self._collection(indexes), keys=indexes)
        few = self._collection(12)
        yield self._inserted(f"inserted, 12 indexes, a key in {KEPT}", few, keys=KEPT)
        yield self._inserted("inserted, 2 unique indexes", self._collection(2, unique=True), keys=2)
        yield self._inserted("inserted, 2 indexes, 2,000 bytes", self._collection(2), keys=2, size=2000)
        yield self._inserted("inserted, 2 indexes, lots of 50", self._collection(2), keys=2, lot=50)
        yield self._changed(f"changed, 12 indexes, a key in {KEPT}", few)
        yield self._changed("changed, 2 indexes", self._collection(2))
        for keys in (10, 40, 200):
            yield self._read(f"read, {keys} keys at once", few, keys)

    def _collection(self, indexes: int, *, unique: bool = False) -> Any:
        made = self._rows[uuid.uuid4().hex]
        for number in range(indexes):
            made.create_index(f"k{number}", sparse=True, unique=unique)
        self._put(made, [_row(KEPT) for _ in range(LOT)], LOT)
        return made

    def _inserted(self, name: str, into: Any, *, keys: int, size: int = 200, lot: int = LOT) -> str:
        rows = [_row(keys, size) for _ in range(self._count)]
        return self._told(name, [self._taken(lambda: self._put(into, rows, lot))], len(rows))

    def _put(self, into: Any, rows: Sequence[Row], lot: int) -> None:
        for start in range(0, len(rows), lot):
            some = rows[start : start + lot]
            self._together(lambda session: into.insert_many(some, session=session))  # noqa: B023

    def _changed(self, name: str, of: Any) -> str:
        ids = [row["_id"] for row in of.find({}, {"_id": 1}).limit(self._count)]

        def change(value: float) -> None:
            for start in range(0, len(ids), 40):
                match = {"_id": {"$in": ids[start : start + 40]}}
                new = {"$set": {"at": value}}
                self._together(lambda session: of.update_many(match, new, session=session))  # noqa: B023

        return self._told(name, [self._taken(lambda: change(time.time())) for _ in range(ROUNDS)], len(ids))

    def _read(self, name: str, of: Any, keys: int) -> str:
        ids = [row["_id"] for row in of.find({}, {"_id": 1}).limit(self._count)]

        def read() -> None:
            for start in range(0, len(ids), keys):
                list(of.find({"_id": {"$in": ids[start : start + keys]}}, {"k0": 1}))

        return self._told(name, [self._taken(read) for _ in range(ROUNDS)], len(ids))

    def _together(self, work: Callable[[ClientSession], object]) -> None:
        with self._client.start_session() as session, session.start_transaction():
            work(session)

    def _taken(self, work: Callable[[], None]) -> float:
        before = self._process.cpu_times()
        work()
        after = self._process.cpu_times()
        return after.user + after.system - before.user - before.system

    @staticmethod
    def _told(name: str, taken: Sequence[float], rows: int) -> str:
        return f"| {name} | {statistics.median(taken) / rows * 1000:.2f} |"


def _row(keys: int, size: int = 200) -> Row:
    named = {f"k{number}": uuid.uuid4().hex for number in range(keys)}
    return {"_id": uuid.uuid4().hex, **named, "rest": "x" * size}


def main(words: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1600)
    count = parser.parse_args(words).rows
    say("| a row | ms of processor |\n|---|---|")
    with tempfile.TemporaryDirectory(prefix="fonds-bench-") as made:
        database = Database(Path(made, "database"), Path(made, "database.log"))
        database.start()
        rows = Rows(database, count)
        try:
            for line in rows.lines():
                say(line)
        finally:
            rows.close()
            database.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
