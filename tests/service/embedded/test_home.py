"""The home: one holder, private files, an address that is believed only while its server lives."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from service.embedded.home import CannotStart, Home, HomeInUse, ServerAddress, kept_secret, write_private

HOLD = """
import sys
from pathlib import Path
from service.embedded.home import Home
home = Home(Path(sys.argv[1]))
home.prepare()
with home.hold():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.prepare()
    return made


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_folders_and_secrets_are_closed_to_others(home: Home) -> None:
    home.secret()
    home.publish(ServerAddress("http://127.0.0.1:1", "token", 1))
    assert mode(home.path) == mode(home.log) == 0o700
    assert mode(home.path / "secret") == mode(home.path / "server.json") == 0o600


def test_an_open_folder_is_closed(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o755)
    Home(tmp_path / "home").prepare()
    assert mode(tmp_path / "home") == 0o700


def test_a_home_that_is_a_file_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("x")
    with pytest.raises(CannotStart) as raised:
        Home(tmp_path / "home").prepare()
    assert "FONDS_HOME" in raised.value.chinese
    assert "FONDS_HOME" in raised.value.english


def test_a_held_home_names_its_holder(home: Home) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(HomeInUse) as raised, home.hold():
            pass
        assert str(holder.pid) in raised.value.chinese
        assert str(holder.pid) in raised.value.english
        assert raised.value.holder.since.startswith("20")
        found = home.held()
        assert found is not None
        assert found.pid == holder.pid
        holder.kill()
    with home.hold():
        pass
    assert home.held() is None


def test_the_address_of_a_dead_server_is_not_believed(home: Home) -> None:
    address = ServerAddress("http://127.0.0.1:1", "token", os.getpid())
    with home.hold():
        home.publish(address)
        assert home.published() == address
    assert (home.path / "server.json").exists()
    assert home.published() is None


def test_a_broken_address_file_is_no_address(home: Home) -> None:
    with home.hold():
        (home.path / "server.json").write_text(json.dumps({"nothing": 1}))
        assert home.published() is None


def test_the_secret_is_made_once(home: Home) -> None:
    assert home.secret() == home.secret()
    assert len(home.secret()) >= 48


def test_an_empty_secret_file_is_filled(tmp_path: Path) -> None:
    (tmp_path / "key").touch()
    assert kept_secret(tmp_path / "key") == (tmp_path / "key").read_text()


def test_a_private_file_is_never_half_written(tmp_path: Path) -> None:
    write_private(tmp_path / "file", "one")
    write_private(tmp_path / "file", "two")
    assert (tmp_path / "file").read_text() == "two"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
