"""The pages as one blueprint over the use cases."""

from typing import cast

from flask import Blueprint, Flask
from flask.blueprints import BlueprintSetupState

from service.web import assets, frame, language, problem_page
from service.web.account import outside, preferences, second_factor, sign_in
from service.web.admin import approvals as admin_approvals
from service.web.admin import audit, safekeeping, status, tokens
from service.web.admin import categories as admin_categories
from service.web.admin import circles as admin_circles
from service.web.admin import conversions as admin_conversions
from service.web.admin import departments as admin_departments
from service.web.admin import migrations as admin_migrate
from service.web.admin import missed as admin_missed
from service.web.admin import queue as admin_queue
from service.web.admin import roles as admin_roles
from service.web.admin import rooms as admin
from service.web.admin import scheme as admin_scheme
from service.web.admin import synonyms as admin_synonyms
from service.web.admin import users as admin_users
from service.web.inbox import page as inbox
from service.web.inbox import upload
from service.web.lists import browsing, bulk, dashboard, entry, gathering, notices, scope, tasks, weeding
from service.web.record import (
    checks,
    creating,
    dossiers,
    panorama,
    printing,
    related,
    secrecy,
    snapshots,
    stepping,
    unlocking,
    verifying,
)
from service.web.record import page as record
from service.web.search import box as search_box
from service.web.search import page as search
from service.web.search import palette, saved_searches
from service.wiring import Fonds

ADMINISTRATION = (
    admin,
    admin_users,
    admin_roles,
    admin_departments,
    admin_circles,
    admin_scheme,
    admin_categories,
    admin_approvals,
    admin_conversions,
    admin_migrate,
    admin_missed,
    admin_synonyms,
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
        panorama,
        scope,
        gathering,
        bulk,
        inbox,
        entry,
        creating,
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
