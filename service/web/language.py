"""Language, theme and density of pages: the user's choice in a cookie, else what the browser asks for."""

from collections.abc import Container
from pathlib import Path

from babel.support import NullTranslations
from flask import Flask, g, has_app_context, request
from flask_babel import Babel, get_translations

from service.problems import language

TRANSLATIONS = Path(__file__).parent / "translations"
LOCALES = {"zh": "zh_Hans_CN", "en": "en"}
THEME = "fonds_theme"
LANGUAGE = "fonds_language"
THEMES = ("system", "light", "dark")
DENSITY = "fonds_density"
DENSITIES = ("comfortable", "compact")
"""How much room a row takes; a finger always gets the room of the first."""


def install(app: Flask) -> None:
    """Give the application its catalogues; message ids are the Chinese texts themselves."""
    Babel(
        app,
        default_locale=LOCALES["zh"],
        default_translation_directories=str(TRANSLATIONS),
        locale_selector=lambda: LOCALES[language()],
    )
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda text: _catalogue().ugettext(text),
        ngettext=lambda one, many, number: _catalogue().ungettext(one, many, number),
        newstyle=True,
    )


def translated(text: str, /, **values: object) -> str:
    """A Chinese text in the page's language, with its placeholders filled. Imported as `_`, by which it is found."""
    found = str(_catalogue().ugettext(text))
    return found % values if values else found


def _catalogue() -> NullTranslations:
    """The catalogue of this request, looked up once: a page says two thousand texts, and the way to the catalogue is
    three quarters of the cost of each."""
    if not has_app_context():
        return NullTranslations()
    if "catalogue" not in g:
        g.catalogue = get_translations()
    found: NullTranslations = g.catalogue
    return found


def tag() -> str:
    """The language tag of the page."""
    return {"zh": "zh-CN", "en": "en"}[language()]


def chosen(cookie: str, allowed: Container[str]) -> str:
    """What somebody has chosen before and may choose; "" until then."""
    kept = request.cookies.get(cookie, "")
    return kept if kept in allowed else ""


def theme() -> str:
    """light, dark, or system until the user chooses."""
    return chosen(THEME, THEMES) or THEMES[0]


def density() -> str:
    """comfortable, until the user chooses compact."""
    return chosen(DENSITY, DENSITIES) or DENSITIES[0]
