"""Language and theme of pages: the user's choice in a cookie, else what the browser asks for."""

from pathlib import Path

from flask import Flask, request
from flask_babel import Babel, gettext

from service.problems import language

TRANSLATIONS = Path(__file__).parent / "translations"
LOCALES = {"zh": "zh_Hans_CN", "en": "en"}
THEME = "fonds_theme"
LANGUAGE = "fonds_language"
THEMES = ("system", "light", "dark")


def install(app: Flask) -> None:
    """Give the application its catalogues; message ids are the Chinese texts themselves."""
    Babel(
        app,
        default_locale=LOCALES["zh"],
        default_translation_directories=str(TRANSLATIONS),
        locale_selector=lambda: LOCALES[language()],
    )


def translated(text: str, /, **values: object) -> str:
    """A Chinese text in the page's language, with its placeholders filled. Imported as `_`, by which it is found."""
    return str(gettext(text) % values if values else gettext(text))


def tag() -> str:
    """The language tag of the page."""
    return {"zh": "zh-CN", "en": "en"}[language()]


def theme() -> str:
    """light, dark, or system until the user chooses."""
    chosen = request.cookies.get(THEME, "")
    return chosen if chosen in THEMES else "system"
