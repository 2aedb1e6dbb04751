"""What is remembered is forgotten with any write of this process, and never kept from a read that a write overtook."""

import contextlib

import pytest
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from service.models.changes import UNCERTAIN_SECONDS, Changes, Remembered


@pytest.fixture
def changes() -> Changes:
    return Changes()


@pytest.fixture
def rows(mongo_url: str, changes: Changes):
    client = MongoClient(mongo_url, event_listeners=[changes])
    yield client.get_database("fonds_changes").rows
    client.drop_database("fonds_changes")
    client.close()


def test_reading_changes_nothing_and_every_kind_of_write_does(rows, changes: Changes) -> None:
    writes = [
        lambda: rows.insert_one({"_id": 1}),
        lambda: rows.update_one({"_id": 1}, {"$set": {"a": 1}}),
        lambda: rows.find_one_and_update({"_id": 1}, {"$set": {"a": 2}}),
        lambda: rows.delete_one({"_id": 1}),
    ]
    for write in writes:
        before = changes.stamp(["rows"])
        rows.find_one({"_id": 1})
        assert changes.stamp(["rows"]) == before
        elsewhere = changes.stamp(["others"])
        write()
        assert changes.stamp(["rows"]) != before
        assert changes.stamp(["others"]) == elsewhere


def test_the_end_of_a_transaction_changes_what_was_written_in_it(rows, changes: Changes) -> None:
    with rows.database.client.start_session() as session, session.start_transaction():
        rows.insert_one({"_id": 2}, session=session)
        before, elsewhere = changes.stamp(["rows"]), changes.stamp(["others"])
    assert changes.stamp(["rows"]) != before
    assert changes.stamp(["others"]) == elsewhere


def test_the_end_of_a_transaction_that_was_forgotten_changes_everything(mongo_url: str) -> None:
    changes = Changes(most_open=1)
    client = MongoClient(mongo_url, event_listeners=[changes])
    rows = client.get_database("fonds_changes").rows
    rows.insert_one({"_id": 1})
    with client.start_session() as session, session.start_transaction():
        rows.insert_one({"_id": 3}, session=session)
        with client.start_session() as second, second.start_transaction():
            rows.insert_one({"_id": 4}, session=second)
        elsewhere = changes.stamp(["others"])
    assert changes.stamp(["others"]) != elsewhere
    client.drop_database("fonds_changes")
    client.close()


def test_what_was_given_up_is_kept_in_mind_no_longer(rows, changes: Changes) -> None:
    with rows.database.client.start_session() as session:
        session.start_transaction()
        rows.insert_one({"_id": 5}, session=session)
        session.abort_transaction()
    assert changes.waiting == 0


def test_what_was_read_is_kept_until_a_write(rows, changes: Changes) -> None:
    asked: list[int] = []

    def read(keys):
        asked.extend(keys)
        return {row["_id"]: row for row in rows.find({"_id": {"$in": list(keys)}})}

    known: Remembered[int, dict[str, int]] = Remembered(changes, "rows")
    rows.insert_many([{"_id": 1, "a": 1}, {"_id": 2, "a": 1}])
    assert known.get([1, 3], read) == {1: {"_id": 1, "a": 1}}
    assert known.get([1, 2], read)[2]["a"] == 1
    assert asked == [1, 3, 2]
    rows.update_one({"_id": 1}, {"$set": {"a": 2}})
    assert known.get([1], read)[1]["a"] == 2


def test_a_read_that_a_write_overtook_is_not_kept(rows, changes: Changes) -> None:
    rows.insert_one({"_id": 1, "a": 1})

    def overtaken(keys):
        old = {row["_id"]: row for row in rows.find({"_id": {"$in": list(keys)}})}
        rows.update_one({"_id": 1}, {"$set": {"a": 2}})
        return old

    known: Remembered[int, dict[str, int]] = Remembered(changes, "rows")
    known.get([1], overtaken)
    assert known.get([1], lambda keys: {1: rows.find_one({"_id": 1})})[1]["a"] == 2


def test_after_a_write_without_an_answer_nothing_is_believed_for_a_while(mongo_url: str) -> None:
    now = [0.0]
    changes = Changes(lambda: now[0])
    client = MongoClient(
        "mongodb://127.0.0.1:9/?directConnection=true",
        event_listeners=[changes],
        serverSelectionTimeoutMS=50,
        retryWrites=False,
    )
    with contextlib.suppress(PyMongoError):
        client.fonds.rows.insert_one({})
    client.close()
    assert changes.stamp(["rows"]) == changes.stamp(["rows"])  # it never left this machine

    class Lost:
        command_name, request_id, failure = "update", 1, {"errmsg": "", "errtype": "AutoReconnect"}

    changes.failed(Lost())
    assert changes.stamp(["rows"]) != changes.stamp(["rows"])
    now[0] += UNCERTAIN_SECONDS + 1
    assert changes.stamp(["rows"]) == changes.stamp(["rows"])
