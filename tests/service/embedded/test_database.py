"""The embedded database: closed from its first moment on, and what it acknowledged survives kill -9."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from service.embedded.database import Database, running_url
from service.embedded.heartbeat import Rhythm
from tests.service.embedded.processes import alive, until


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "database", tmp_path / "database.log")
    yield made
    made.stop()


def client(url: str) -> MongoClient[dict[str, object]]:
    return MongoClient(url, serverSelectionTimeoutMS=10_000, w="majority", journal=True)


def found(inside: MongoClient[dict[str, object]]) -> int:
    try:
        return len(list(inside.fonds.things.find()))
    except PyMongoError:
        return 0


def test_the_first_start_makes_the_one_user_and_closes_the_door(database: Database, tmp_path: Path) -> None:
    url = database.start()
    with client(url) as inside:
        assert [user["user"] for user in inside.admin.command("usersInfo", 1)["users"]] == ["fonds"]
    port = url.split("@")[1].split("/")[0]
    with client(f"mongodb://{port}/") as outside, pytest.raises(OperationFailure):
        outside.fonds.things.insert_one({"_id": 1})
    assert (tmp_path / "database/password").stat().st_mode & 0o777 == 0o600
    assert running_url(tmp_path / "database") == url


def test_it_listens_on_loopback_only(database: Database) -> None:
    database.start()
    listening = [
        each.laddr.ip
        for each in psutil.Process(database.pid).net_connections("tcp")
        if each.status == "LISTEN"
    ]
    assert listening == ["127.0.0.1"]


def test_its_password_is_on_no_command_line(database: Database, tmp_path: Path) -> None:
    database.start()
    password = (tmp_path / "database/password").read_text()
    assert password not in " ".join(psutil.Process(database.pid).cmdline())


def test_killed_it_comes_back_at_the_same_address_with_everything(database: Database) -> None:
    url = database.start()
    with client(url) as inside:
        inside.fonds.things.insert_many([{"_id": number} for number in range(100)])
        os.kill(database.pid, signal.SIGKILL)

        assert until(lambda: found(inside)) == 100
    assert database.restarts == 1
    assert database.url == url


def test_standing_still_it_is_started_again(tmp_path: Path) -> None:
    database = Database(
        tmp_path / "database", tmp_path / "database.log", rhythm=Rhythm(rest=0.1, patience=2.0, missed=2)
    )
    url = database.start()
    try:
        with client(url) as inside:
            inside.fonds.things.insert_one({"_id": 1})
            os.kill(database.pid, signal.SIGSTOP)
            assert until(lambda: database.restarts) == 1
            assert until(lambda: found(inside)) == 1
    finally:
        database.stop()


def test_a_first_start_that_was_cut_off_is_repeated(database: Database, tmp_path: Path) -> None:
    database.start()
    database.stop()
    (tmp_path / "database/user-made").unlink()
    again = Database(tmp_path / "database", tmp_path / "database.log")
    try:
        with client(again.start()) as inside:
            inside.fonds.things.insert_one({"_id": 1})
    finally:
        again.stop()


def test_stopped_it_is_gone_and_says_no_address(database: Database, tmp_path: Path) -> None:
    database.start()
    pid = database.pid
    database.stop()
    assert not alive(pid)
    assert running_url(tmp_path / "database") == ""
    with client(database.start()) as inside:
        assert inside.admin.command("ping")["ok"] == 1
