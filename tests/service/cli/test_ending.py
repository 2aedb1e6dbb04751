"""How a command ends that could not do its work: in the one language of the terminal, and nothing of the other."""

import io
import re
import socket
from pathlib import Path

import pytest
from rich.console import Console

from service.cli.drilling import drill
from service.cli.ending import report
from service.cli.terminal import UNREACHABLE, USAGE, Failure, Terminal, reading
from service.embedded.deployment import served_by
from service.embedded.home import CannotStart, Home
from service.serving import Server
from service.settings import Settings, SettingsError

CHINESE = re.compile("[\u4e00-\u9fff]")


def told(fault: BaseException, code: int) -> tuple[str, str]:
    """What is said of it in Chinese and in English."""
    said = []
    for english in (False, True):
        stream = io.StringIO()
        console = Console(file=stream, highlight=False, soft_wrap=True)
        assert report(Terminal(english, console, console), fault) == code
        said.append(stream.getvalue())
    assert not CHINESE.search(said[1]), said[1]
    return said[0], said[1]


def test_wrong_settings_are_told_in_the_language_of_the_terminal() -> None:
    with pytest.raises(SettingsError) as wrong:
        Settings.from_env({"FONDS_LISTEN": "nowhere", "FONDS_PORT": "80"})
    chinese, english = told(wrong.value, USAGE)
    assert "FONDS_LISTEN：应为“地址:端口”" in chinese
    assert "FONDS_PORT：没有这项设置" in chinese
    assert not re.search("expected|unknown|wrong", chinese)
    assert "FONDS_PORT: unknown setting" in english


def test_a_taken_port_is_told_in_the_language_of_the_terminal(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = Settings.from_env({"FONDS_HOME": str(tmp_path), "FONDS_LISTEN": f"127.0.0.1:{port}"})
        with pytest.raises(CannotStart) as refused:
            served_by(Server(lambda _environ, _start: [], settings), settings)
    chinese, english = told(refused.value, UNREACHABLE)
    assert f"无法在 http://127.0.0.1:{port} 提供服务：端口已被别的程序占用。用 FONDS_LISTEN 换" in chinese
    assert "in use" not in chinese
    assert "Address already in use. Choose another" in english


def test_a_folder_and_a_file_that_cannot_be_had_are_told_in_the_language_of_the_terminal(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotStart) as refused:
        Home(tmp_path / "file" / "home").prepare()
    chinese, english = told(refused.value, UNREACHABLE)
    assert "：路径中有一段不是文件夹。用 FONDS_HOME" in chinese
    assert "Not a directory. Name" in english
    with pytest.raises(Failure) as unread, reading(tmp_path / "gone"):
        (tmp_path / "gone").read_bytes()
    chinese, english = told(unread.value, USAGE)
    assert chinese.rstrip().endswith("：没有这个文件或文件夹")
    assert english.rstrip().endswith(": No such file or directory")


def test_a_drill_of_a_place_that_is_not_there_is_none(tmp_path: Path) -> None:
    """The page would say of the last drill that it failed, though no set was looked at."""
    noted: list[object] = []
    with pytest.raises(Failure) as refused:
        drill(Terminal(), [(tmp_path / "gone").as_uri()], noted.append, as_json=False)
    assert (refused.value.code, noted) == (USAGE, [])
