"""The README is held to the program: every setting, every command of make, every link."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from service.settings import Settings, variable

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(FONDS_\w+)` \| (.*?) \|", README, re.MULTILINE)
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_every_setting_has_its_row_and_no_other_is_named() -> None:
    assert sorted(name for name, _ in ROWS) == sorted(variable(field.name) for field in fields(Settings))


def test_defaults_in_the_table_are_the_program_s() -> None:
    settings = Settings.from_env({})
    told = {name: default.strip("`") for name, default in ROWS}
    for field in fields(Settings):
        value = getattr(settings, field.name)
        if isinstance(value, int):
            assert told[variable(field.name)] == str(value)
    assert told["FONDS_LISTEN"] == ":".join(map(str, settings.listen))
    assert told["FONDS_LOG_FORMAT"] == settings.log_format


def test_no_document_names_a_setting_that_does_not_exist() -> None:
    known = {variable(field.name) for field in fields(Settings)}
    ours = re.compile(r"FONDS_(?!TEST_|BENCH_|TORTURE_|SERVICES_)[A-Z_]*[A-Z]")
    named = {name for document in DOCUMENTS for name in ours.findall(document.read_text(encoding="utf-8"))}
    assert named - known == set()


def test_every_target_of_make_is_explained_and_every_one_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        name
        for document in DOCUMENTS
        for name in re.findall(r"`?\bmake ([a-z]+)\b(?=[`\s])", code_of(document))
    }
    assert targets - set(re.findall(r"make ([a-z]+)", README)) == set()
    assert named - targets == set()


def code_of(document: Path) -> str:
    """What stands between backquotes, in lines and in blocks."""
    text = document.read_text(encoding="utf-8")
    return "\n".join(f"{piece} " for piece in re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8"))
    assert [target for target in targets if not (document.parent / target).exists()] == []
