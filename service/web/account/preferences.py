"""Language, theme, density and what stands open: chosen once, kept in a cookie, written into the page by the server."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from service import identity
from service.web import frame, language
from service.web.record import beside
from service.wiring import Fonds

YEAR = 365 * 24 * 3600


def routes(web: Blueprint, fonds: Fonds) -> None:
    """POST /preferences."""
    del fonds  # nothing of the archive is needed to choose a language

    @web.post("/preferences")
    def preferences() -> Response:
        response = frame.leave_to(frame.own_path(request.form.get("next", "/")))
        chosen = {
            language.LANGUAGE: (request.form.get("language"), tuple(language.LOCALES)),
            language.THEME: (request.form.get("theme"), language.THEMES),
            language.DENSITY: (request.form.get("density"), language.DENSITIES),
            beside.THUMBS: (request.form.get("thumbs"), beside.CHOICES),
        }
        for cookie, (value, allowed) in chosen.items():
            if value in allowed:
                response.set_cookie(
                    cookie, value, max_age=YEAR, httponly=True, samesite="Lax", secure=identity.secure()
                )
        return response
