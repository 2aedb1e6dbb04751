"""What must never be in the repository: this or any machine's paths, package indexes' hosts, secrets, private tools."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-dev.lock")
FORBIDDEN = {
    "a path of one machine": r"(?<![\w.])/(?:work|root|home/(?!nobody)[a-z]\w*|Users/\w+)/",
    "a host of a package index": r"\b(?:pypi|pythonhosted|registry\.npmjs|npmmirror|registry\.yarnpkg|repo1?\.maven"
    r"|proxy\.golang|deb\.debian|archive\.ubuntu|snapshot\.debian|crates\.io|tuna\.tsinghua)[\w-]*(?:\.\w+)+",
    "a tool that is no part of the product": r"(?i)\b(?:chat"
    + r"gpt|copi"
    + r"lot|clau"
    + r"de|open"
    + r"ai|anthro"
    r"pic|lang" + r"uage model|ai ass" + r"istant)\b",
    "a private key": r"-----BEGIN [A-Z ]*PRIV" + r"ATE KEY-----",
    "work left undone": r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b(?!:\d)",
}
BINARY = {".png", ".jpg", ".ico", ".woff2", ".pdf", ".docx", ".xlsx", ".pptx", ".gif", ".webp"}


def tracked() -> list[Path]:
    """Every file of the repository, and what is about to be committed."""
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def texts() -> Iterator[tuple[str, str]]:
    """Name and text of every text file that people wrote; lock files are looked at by themselves."""
    for path in tracked():
        if path.suffix not in BINARY and path.name not in {*LOCKS, "package-lock.json"}:
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8", errors="replace")


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])
    found = [
        f"{name}:{text.count(chr(10), 0, hit.start()) + 1}: {hit.group()}"
        for name, text in texts()
        if name != "tests/test_repository.py"
        for hit in pattern.finditer(text)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("what", "sample"),
    [
        ("a path of one machine", "see /work/" + "main/x"),
        ("a path of one machine", "/home/" + "wang/fonds"),
        ("a host of a package index", "https://py" + "pi.org/simple"),
        ("a host of a package index", "https://files.python" + "hosted.org/x"),
        ("a tool that is no part of the product", "written with Chat" + "GPT"),
        ("work left undone", "# TO" + "DO later"),
    ],
)
def test_the_patterns_find_what_they_are_for(what: str, sample: str) -> None:
    assert re.search(FORBIDDEN[what], sample)


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_exact_versions_and_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    entries = re.split(r"\n(?=\S)", text.strip())
    assert len(entries) > 40
    for entry in entries:
        assert re.match(r"[A-Za-z0-9._-]+(\[[\w,-]+\])?==\S+", entry), entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry
    assert "://" not in text
    assert not re.search(r"^-", text, re.MULTILINE)


def test_what_runs_is_tested_in_the_same_version() -> None:
    run, dev = (
        set(re.findall(r"^([A-Za-z0-9._-]+==[^\s;]+)", (ROOT / name).read_text(), re.M)) for name in LOCKS
    )
    assert run - dev == set()


def test_the_lock_of_the_front_end_holds_integrity_and_no_host() -> None:
    text = (ROOT / "frontend/package-lock.json").read_text()
    packages = {name: body for name, body in json.loads(text)["packages"].items() if name}
    assert [name for name, body in packages.items() if "integrity" not in body] == []
    assert [name for name, body in packages.items() if "resolved" in body] == []


def test_requirements_of_the_build_are_pinned() -> None:
    requires = re.search(r"^requires = \[(.*)\]$", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert requires is not None
    assert all(re.fullmatch(r'"[\w-]+==[\w.]+"', one.strip()) for one in requires[1].split(","))


def test_no_secret_file_is_tracked() -> None:
    names = {path.name for path in tracked()}
    assert names & {".env", "server.json", "id_rsa", ".npmrc.local", ".pypirc"} == set()
