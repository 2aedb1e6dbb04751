"""The connection: replica sets only, every declared index there, transactions that hold against rivals."""

import os
import signal
import threading
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mongoengine.errors import NotUniqueError
from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.errors import AutoReconnect, BulkWriteError, DuplicateKeyError, OperationFailure

from service.embedded.database import Database
from service.models import Arriving, Counter, File, Record, transactions
from service.models.connection import (
    NotReplicated,
    against_rivals,
    end_abandoned,
    in_transaction,
    prepare_indexes,
    require_replica_set,
)
from service.models.transactions import _commit, delete_rows, insert_row, update_rows
from tests.losing import LostAnswers


def answering(hello: dict[str, Any]) -> Any:
    return SimpleNamespace(admin=SimpleNamespace(command=lambda _: hello))


def test_a_standalone_is_refused() -> None:
    require_replica_set(answering({"setName": "rs0"}))
    with pytest.raises(NotReplicated, match="replica set"):
        require_replica_set(answering({}))


def test_every_declared_index_is_there_and_a_missing_one_is_made(database: None) -> None:
    File._get_collection().drop_index("record_id_1")
    Record._get_collection().create_index("note", name="by_hand")
    try:
        assert prepare_indexes() == ["records: [('note', 1)]"]
        assert "record_id_1" in File._get_collection().index_information()
    finally:
        Record._get_collection().drop_index("by_hand")


def test_rivals_in_transactions_all_get_through(database: None) -> None:
    def add_one(session: ClientSession) -> None:
        held = Counter._get_collection()
        row = held.find_one({"_id": "sum"}, session=session)
        value = (row["value"] if row else 0) + 1
        if row:
            held.update_one({"_id": "sum"}, {"$set": {"value": value}}, session=session)
        else:
            held.insert_one({"_id": "sum", "value": value}, session=session)

    threads = [threading.Thread(target=in_transaction, args=(add_one,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter.objects.get(id="sum").value == 8


def test_many_rows_are_written_beside_an_open_transaction_and_neither_waits_for_ever(database: None) -> None:
    rows = Counter._get_collection()
    rows.insert_many([{"_id": "one", "value": 1}, {"_id": "two", "value": 1}])
    rival = threading.Thread(target=update_rows, args=(Counter.objects,), kwargs={"set__value": 9})

    def both(session: ClientSession) -> None:
        rows.update_one({"_id": "one"}, {"$set": {"value": 5}}, session=session)
        if not rival.ident:
            rival.start()
            rival.join(0.3)  # it meets the row that is changed here, and cannot end before this does
            assert rival.is_alive()
        rows.update_one({"_id": "two"}, {"$set": {"value": 5}}, session=session)

    in_transaction(both)
    rival.join(180)
    assert {row.id: row.value for row in Counter.objects} == {"one": 9, "two": 9}


def test_rows_that_are_deleted_are_counted(database: None) -> None:
    Counter._get_collection().insert_many([{"_id": "one", "value": 1}, {"_id": "two", "value": 2}])
    assert delete_rows(Counter.objects(value__gt=1)) == 1
    assert [row.id for row in Counter.objects] == ["one"]


def test_what_fails_in_a_transaction_leaves_nothing(database: None) -> None:
    def half(session: ClientSession) -> None:
        Counter._get_collection().insert_one({"_id": "half", "value": 1}, session=session)
        raise KeyError("half")

    with pytest.raises(KeyError):
        in_transaction(half)
    assert not list(Counter.objects)


def test_a_fault_that_does_not_pass_is_raised_at_once(database: None) -> None:
    calls = []

    def wrong(session: ClientSession) -> None:
        calls.append(1)
        Counter._get_collection().update_one({"_id": "x"}, {"$nonsense": 1}, session=session)

    with pytest.raises((OperationFailure, ValueError)):
        in_transaction(wrong)
    assert len(calls) == 1


def test_a_key_that_is_taken_in_a_lot_is_a_rival_too(database: None) -> None:
    taken = BulkWriteError({"writeErrors": [{"code": 11000}]})
    tries = iter([taken, None])

    def work() -> str:
        if (fault := next(tries)) is not None:
            raise fault
        return "done"

    assert against_rivals(work) == "done"
    with pytest.raises(BulkWriteError):
        against_rivals(lambda: _raise(BulkWriteError({"writeErrors": [{"code": 2}]})))


def _raise(fault: Exception) -> None:
    raise fault


def test_a_row_that_stands_as_it_was_to_be_written_is_one_whose_answer_was_lost(database: None) -> None:
    at = datetime(2026, 11, 23, 8, 0, 0, 123456, tzinfo=UTC)
    insert_row(Arriving(id="note", keys=["a", "b"], at=at))
    again = insert_row(Arriving(id="note", keys=["a", "b"], at=at))
    again.keys = ["a"]
    again.save()
    assert [(row.id, row.keys) for row in Arriving.objects] == [("note", ["a"])]


@pytest.mark.parametrize("other", [{"keys": ["b"]}, {"keys": ["a"], "id": "other"}])
def test_another_row_in_the_way_of_a_new_one_is_told(database: None, other: dict[str, Any]) -> None:
    Arriving._get_collection().create_index("keys", name="one", unique=True)
    try:
        insert_row(Arriving(id="note", keys=["a"], at=datetime.now(UTC)))
        with pytest.raises(NotUniqueError):
            insert_row(Arriving(**{"id": "note", "at": datetime.now(UTC)} | other))
        assert [row.keys for row in Arriving.objects] == [["a"]]
    finally:
        Arriving._get_collection().drop_index("one")


@pytest.mark.parametrize(("repeatable", "tries"), [(False, 1), (True, 2)])
def test_a_commit_that_may_have_been_done_is_an_unknown_outcome_and_no_taken_key(
    database: None, lost: LostAnswers, repeatable: bool, tries: int
) -> None:
    attempts = []

    def add(session: ClientSession) -> None:
        attempts.append(1)
        Counter._get_collection().insert_one({"_id": "one", "value": 1}, session=session)

    lost.commit()
    with pytest.raises(AutoReconnect, match="may have been done"):
        in_transaction(add, repeatable=repeatable)
    assert len(attempts) == tries  # and nobody waits for a rival who is himself
    assert Counter.objects.get(id="one").value == 1


def test_what_knows_its_own_runs_again_after_such_a_commit(database: None, lost: LostAnswers) -> None:
    def put(session: ClientSession) -> int:
        rows = Counter._get_collection()
        changed = rows.update_one({"_id": "one"}, {"$set": {"value": 7}}, upsert=True, session=session)
        return changed.matched_count

    lost.commit()
    assert in_transaction(put, repeatable=True) == 1


def test_a_transaction_that_was_ended_with_those_of_the_dead_runs_again(database: None) -> None:
    attempts = []

    def add(session: ClientSession) -> None:
        attempts.append(1)
        Counter._get_collection().insert_one({"_id": "one", "value": 1}, session=session)
        if len(attempts) == 1:
            end_abandoned()

    in_transaction(add)
    assert len(attempts) == 2
    assert Counter.objects.get(id="one").value == 1


def test_a_commit_to_the_successor_of_a_killed_database_is_an_unknown_outcome(tmp_path: Path) -> None:
    killed = Database(tmp_path / "database", tmp_path / "log")
    client: MongoClient[dict[str, Any]] = MongoClient(killed.start())
    try:
        with client.start_session() as session:
            session.start_transaction()
            client["fonds"]["rows"].insert_one({"_id": 1}, session=session)
            os.kill(killed.pid, signal.SIGSTOP)  # it is sent to one who will not answer
            death = threading.Timer(0.5, os.kill, (killed.pid, signal.SIGKILL))
            death.start()
            unknown: list[OperationFailure] = []
            with pytest.raises(OperationFailure):
                _commit(session, unknown)
            assert [fault.code for fault in unknown] == [251]
    finally:
        client.close()
        killed.stop()


def test_a_key_that_another_has_is_taken(database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "PATIENCE", 0.0)
    Counter(id="one", value=1).save()
    with pytest.raises(DuplicateKeyError):
        in_transaction(lambda session: Counter._get_collection().insert_one({"_id": "one"}, session=session))
