"""No text without its English: what is extracted from code, templates and scripts stands in the catalogue."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from service import web

WEB = Path(web.__file__).parent
SCRIPTS = WEB.parent.parent / "frontend/scripts"
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
KEYWORDS = {"_": None, "ngettext": (1, 2)}


def extracted() -> dict[str, str]:
    found = {}
    for name, _line, message, _comments, _context in extract_from_dir(WEB, METHODS, keywords=KEYWORDS):
        found[message[0] if isinstance(message, tuple) else message] = name
    return found


@pytest.fixture(scope="module")
def english() -> dict[str, tuple[str, ...]]:
    with (WEB / "translations/en/LC_MESSAGES/messages.po").open("rb") as lines:
        catalogue = read_po(lines, locale="en", abort_invalid=True)
    return {
        (one.id[0] if isinstance(one.id, tuple) else one.id): (
            tuple(one.string) if isinstance(one.string, tuple | list) else (one.string,)
        )
        for one in catalogue
        if one.id and not one.fuzzy
    }


def test_every_text_is_translated_and_no_translation_is_left_over(
    english: dict[str, tuple[str, ...]],
) -> None:
    texts = extracted()
    assert len(texts) > 250
    assert sorted(set(texts) - set(english)) == []
    assert sorted(set(english) - set(texts)) == []
    assert [text for text, said in english.items() if not all(said)] == []


def test_placeholders_survive_translation(english: dict[str, tuple[str, ...]]) -> None:
    for text, said in english.items():
        for one in said:
            assert set(PLACEHOLDER.findall(one)) == set(PLACEHOLDER.findall(text)), text


def test_english_has_no_chinese(english: dict[str, tuple[str, ...]]) -> None:
    assert [
        text for text, said in english.items() if any(re.search("[\u4e00-\u9fff]", one) for one in said)
    ] == []


def test_templates_hold_no_text_outside_translation() -> None:
    for template in WEB.glob("templates/*.html"):
        rest = re.sub(r"\{[{%#].*?[}%#]\}", "", template.read_text("utf-8"), flags=re.S)
        found = re.findall("[\u4e00-\u9fff]+", rest)
        assert [text for text in found if text != "中文"] == [], template.name


def test_scripts_ask_only_for_texts_that_pages_send() -> None:
    sent = set(re.findall(r'^        "(.+)": _\(', (WEB / "texts.py").read_text("utf-8"), re.M))
    for script in SCRIPTS.rglob("*.js"):
        code = re.sub(r"//.*", "", script.read_text("utf-8"))
        used = set(re.findall(r'"([^"\n]*[\u4e00-\u9fff][^"\n]*)"', code))
        assert sorted(used - sent) == [], script.name
