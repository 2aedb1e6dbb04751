"""The pages as one blueprint over the use cases."""

from typing import cast

from flask import Blueprint, Flask
from flask.blueprints import BlueprintSetupState

from service.web import (
    admin,
    admin_categories,
    admin_circles,
    admin_departments,
    admin_migrate,
    admin_queue,
    admin_roles,
    admin_scheme,
    admin_users,
    assets,
    audit,
    browsing,
    bulk,
    checks,
    dashboard,
    dossiers,
    entry,
    frame,
    inbox,
    language,
    notices,
    outside,
    palette,
    preferences,
    printing,
    problem_page,
    record,
    related,
    safekeeping,
    saved_searches,
    search,
    search_box,
    second_factor,
    secrecy,
    sign_in,
    snapshots,
    status,
    stepping,
    tasks,
    tokens,
    unlocking,
    upload,
    verifying,
    weeding,
)
from service.wiring import Fonds

ADMINISTRATION = (
    admin,
    admin_users,
    admin_roles,
    admin_departments,
    admin_circles,
    admin_scheme,
    admin_categories,
    admin_migrate,
    admin_queue,
    tokens,
    audit,
)


def blueprint(fonds: Fonds) -> Blueprint:
    """Every page and its assets; registering it also gives the application languages and error pages."""
    web = Blueprint("web", __name__, template_folder="templates")
    web.record_once(_prepare)
    web.context_processor(frame.context)
    web.add_url_rule("/assets/<path:name>", view_func=assets.serve)
    everyday = (
        sign_in,
        outside,
        second_factor,
        search,
        search_box,
        saved_searches,
        browsing,
        dossiers,
        bulk,
        inbox,
        entry,
        record,
        safekeeping,
        secrecy,
        checks,
        printing,
        unlocking,
        verifying,
        weeding,
        snapshots,
        status,
        stepping,
        tasks,
        preferences,
        notices,
        palette,
    )
    for module in (dashboard, *everyday, related, upload, *ADMINISTRATION):
        module.routes(web, fonds)
    return web


def _prepare(state: BlueprintSetupState) -> None:
    app = cast("Flask", state.app)
    language.install(app)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["fonds.problem_page"] = problem_page.render
