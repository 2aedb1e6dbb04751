"""The frame around every page: who is there, where he can go, and the words that scripts need."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec
from urllib.parse import quote

from flask import Response, flash, g, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.domain.permissions import Act, Actor, may, rights_of, search_scope
from service.errors import Forbidden
from service.usecases.archival.lifecycle import queues
from service.usecases.knowing.secrecy import PROPOSERS
from service.web import assets, form, language, shown, states, texts
from service.web.language import translated as _

P = ParamSpec("P")
HX = "HX-Request"
RECORD_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the rail."""

    name: str
    path: str
    icon: str
    word: str


ORDER = ("search", "inbox", "archives", "secrecy", "loans", "tasks", "statistics", "admin")
"""The rail is ordered by how often people go there (docs/ui.md, section 2)."""

ADMINISTERED = (Act.MANAGE_USERS, Act.MANAGE_SCHEME, Act.APPROVE_SCHEME, Act.OPERATE, Act.WATCH)
"""Of which one is enough to have a page of the administration."""

FITTING = 5
"""Entries of the bar on a telephone; of more, the last ones stand behind 更多."""


def places(actor: Actor) -> list[Place]:
    """Where this user can go: only what works, and only what is his, in `ORDER`."""
    return sorted(_places(actor), key=lambda place: ORDER.index(place.name))


def at_home(name: str) -> Actor:
    """Who asks, if this place is one of his; else `Forbidden`."""
    actor = identity.actor()
    if not any(place.name == name for place in places(actor)):
        raise Forbidden
    return actor


def _places(actor: Actor) -> list[Place]:
    found = [Place("search", "/search", "search", _("检索"))] if search_scope(actor) else []
    if may(actor, Act.CREATE):
        found.append(Place("inbox", "/inbox", "inbox", _("收集箱")))
    if search_scope(actor):
        found.append(Place("archives", "/browse", "archive", _("档案")))
    if queues(actor):
        found.append(Place("tasks", "/tasks", "checklist", _("任务")))
    if any(act in rights_of(actor) for act in PROPOSERS):
        found.append(Place("secrecy", "/secrecy", "lock", _("密级审批")))
    if any(may(actor, act) for act in ADMINISTERED):
        found.append(Place("admin", "/admin", "settings", _("管理")))
    return found


def signed_in(view: Callable[P, Any]) -> Callable[P, Any]:
    """Only for somebody who is signed in and has a password of his own; others are sent to the page that helps."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
        known = identity.asking()
        if known is None:
            return go_to_sign_in()
        if known.actor.must_change_password:
            return leave_to("/password")
        if known.actor.must_enrol:
            return leave_to("/me/second-factor")
        return view(*args, **kwargs)

    return guarded


def go_to_sign_in() -> Answer:
    """Send to the sign-in page, and back here afterwards."""
    here = request.full_path.rstrip("?") if request.method == "GET" else "/"
    from_page = request.headers.get("HX-Current-URL", "")
    if request.headers.get(HX) and request.method != "GET":
        here = "/" + from_page.split("/", 3)[3] if from_page.count("/") >= 3 else "/"
    return leave_to(f"/sign-in?next={quote(here, safe='/')}" if here not in ("/", "") else "/sign-in")


def leave_to(path: str) -> Answer:
    """Go to a page with another frame: a fragment request is told to load it whole."""
    if request.headers.get(HX):
        return Response(status=204, headers={"HX-Redirect": path})
    return redirect(path, 303)


def leave_within(path: str) -> Answer:
    """Go on to another page in the same frame, after something was done."""
    return redirect(path, 303)


def different_passwords() -> str:
    """The fault of a new password that was typed twice, differently."""
    return _("两次输入的新密码不一致")


def wrong_password() -> str:
    """The fault of an old password that is not the one."""
    return _("现在的密码不对")


def outside_way() -> str:
    """What the button says that leads to the provider at which people sign in too; "" where there is none."""
    if identity.fonds().knowing.outside is None:
        return ""
    return identity.fonds().settings.oidc_label or _("单位账号登录")


def own_path(path: str) -> str:
    """`path` if it is a page of this site, else the start page: nobody is sent elsewhere by a link."""
    local = path.startswith("/") and not path.startswith(("//", "/\\")) and "\\" not in path
    return path if local and path.isprintable() else "/"


def say(text: str) -> None:
    """Tell the user on the next page, in a toast that is read out."""
    flash(shown.harmless(text))


def context() -> dict[str, Any]:
    """What every template may use."""
    known = g.get("asking") if "problem_code" in g else identity.asking()
    return {
        "actor": known.actor if known else None,
        "csrf": known.csrf if known else "",
        "places": places(known.actor)
        if known and not (known.actor.must_change_password or known.actor.must_enrol)
        else [],
        "fitting": FITTING,
        "drawer_categories": lambda: form.category_choices(identity.fonds().categories.all())[1:],
        "record_title": lambda value: _record_title(str(value)),
        "bell": lambda: identity.fonds().notices.bell(identity.actor()),
        "standing_in": lambda: identity.fonds().knowing.deputies.principals(identity.actor()),
        "acting_for": _acting_for,
        "own_stars": lambda: set(identity.fonds().favourites.ids(identity.actor())),
        "may_create": bool(known and may(known.actor, Act.CREATE)),
        "may_upload": bool(known and may(known.actor, Act.IMPORT)),
        "lang": language.tag(),
        "theme": language.theme(),
        "density": language.density(),
        "asset": assets.address,
        "icons": assets.address("icons.svg"),
        "script_texts": lambda: json.dumps(texts.for_scripts(), ensure_ascii=False),
        "category_name": form.category_name,
        "shown": shown,
        "states": states,
    }


def _acting_for() -> str:
    """The name of the person whom the asker stands in for."""
    known = identity.fonds().knowing.actors.named(identity.actor().acting_for)
    return shown.harmless(known.display_name) if known else ""


def _record_title(value: str) -> str:
    """The title of the record that a field names; "" where it names none, or one that the asker may not know of."""
    if not RECORD_ID.fullmatch(value):
        return ""
    found = identity.fonds().records.some(identity.actor(), [value])
    return found[0].title if found else ""


def part(template: str, **values: Any) -> Response:
    """A part of a page: it is put where it was asked from, and is no address of its own."""
    response = page(template, **values)
    response.headers["HX-Push-Url"] = "false"
    return response


def page(template: str, status: int = 200, **values: Any) -> Response:
    """A page, never kept by caches: it was made for one person."""
    response = make_response(render_template(template, **values), status)
    response.headers["Vary"] = "Cookie, Accept-Language, HX-Request"
    return response
