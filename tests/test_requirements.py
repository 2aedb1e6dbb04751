"""docs/requirements.md is true: what it names exists, its tests bear the ids, and no id of the archive's core lacks."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "requirements.md"
ID = re.compile(r"\b[RS](?:-[A-Z0-9]+)+\b")
PLACES = (
    "service/",
    "search/",
    "storage/",
    "ingest/",
    "frontend/",
    "deploy/",
    "docs/",
    "tests/",
    "benchmarks/",
)

GROUPS = (
    f"{group}-{number}"
    for group, numbers in {
        "R-ORG": (1, 3),
        "R-SEC": (1, 2, 4, 5, 6, 7, 8),
        "R-CAT": (1, 2, 3),
        "R-CUS": (*range(1, 15), 19),
        "R-MKT": range(1, 6),
        "R-ACT": range(1, 7),
        "R-CHN": range(1, 6),
        "R-HR": (1, 2),
        "R-CON": range(1, 8),
        "R-DOC": (1, 2, 3),
        "R-PRD": (1,),
        "R-PTN": (1,),
        "R-PRJ": (1,),
        "R-INT": (1,),
        "R-COR": (1,),
        "R-PUB": (1,),
        "R-MED": (1,),
        "R-NUM": (1, 2, 4, 5),
        "R-VAL": range(1, 13),
        "R-ARC": (4, 5),
        "R-CAP": (4, 6),
        "R-AUD": (1, 3),
        "R-SRC": (3,),
        "S-RT": (5,),
        "S-ID": (1, 2, 3, 4),
        "S-ER": (2, 4),
    }.items()
    for number in numbers
)
NEEDED = (*GROUPS, "S-4A", "S-4B", "S-4C", "S-4D")
"""What the archive itself owes (requirements §1.1, §1.2, issue F): each id has a line."""


def lines() -> Iterator[tuple[str, str, str]]:
    """(ids, where, tests) of every line of the table."""
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 3 and ID.search(cells[0]):
            yield cells[0], cells[1], cells[2]


LINES = [pytest.param(*line, id=line[0][:40]) for line in lines()]


def named(cell: str) -> list[str]:
    """The files and folders that a cell names."""
    return [one for one in re.findall(r"`([^`]+)`", cell) if one.startswith(PLACES)]


def ids(cell: str) -> set[str]:
    """The ids of a line, without what brackets say of them."""
    return set(ID.findall(re.sub(r"\([^)]*\)", "", cell)))


@cache
def marked(path: Path) -> frozenset[str]:
    """The ids that tests of a file are marked with, by the mark itself or by a function that gives its `requirement`
    to the mark."""
    tree = ast.parse(path.read_text("utf-8"))
    givers = {"requirement"} | {
        one.name
        for one in ast.walk(tree)
        if isinstance(one, ast.FunctionDef) and one.args.args and one.args.args[0].arg == "requirement"
    }
    calls = [one for one in ast.walk(tree) if isinstance(one, ast.Call) and called(one) in givers]
    return frozenset(
        word.value
        for call in calls
        for word in call.args
        if isinstance(word, ast.Constant) and isinstance(word.value, str) and ID.fullmatch(word.value)
    )


def called(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


@pytest.mark.parametrize(("told", "where", "tests"), LINES)
def test_a_line_names_what_exists_and_tests_that_bear_its_ids(told: str, where: str, tests: str) -> None:
    files = named(tests)
    assert files, "no test is named"
    assert [one for one in (*named(where), *files) if not (ROOT / one).exists()] == []
    borne: set[str] = set()
    for file in files:
        found = marked(ROOT / file)
        assert found & ids(told), f"{file} bears none of {ids(told)}"
        borne |= found
    assert ids(told) - borne == set()


def test_no_requirement_of_the_archive_lacks_its_line() -> None:
    told = {one for cell, _where, _tests in lines() for one in ids(cell)}
    assert [one for one in NEEDED if one not in told] == []
