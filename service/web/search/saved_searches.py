"""Saved searches 收藏的检索 as pages: keep, open, rename, be told, forget."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.errors import Conflict, Fault, InvalidInput
from service.problems import said
from service.usecases.desk.saved_searches import SavedSearchView
from service.web import frame
from service.web.form import category_name
from service.web.language import translated as _
from service.web.search import conditions
from service.web.search.asked import Asked
from service.web.search.page import dossier_names
from service.wiring import Fonds


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/saved-searches, what can be done with each, and /recent-searches/forget."""
    _keeping(web, fonds)
    _changing(web, fonds)


def _keeping(web: Blueprint, fonds: Fonds) -> None:
    @web.get("/saved-searches")
    @frame.signed_in
    def saved_searches() -> Response:
        return _page(fonds)

    @web.post("/saved-searches")
    @frame.signed_in
    def save_search() -> Answer:
        form, address = request.form, frame.own_path(request.form.get("next", "/search"))
        question = Asked.of_address(address).question()
        try:
            kept = fonds.saved_searches.save(
                identity.actor(), form.get("name", ""), question, watched="watched" in form
            )
        except (InvalidInput, Conflict) as fault:
            return _page(fonds, 422, fault=_told(fault), typed={**form, "next": address})
        frame.say(_("已收藏检索“%(name)s”", name=kept.name))
        return frame.leave_within(address)

    @web.get("/saved-searches/<key>/open")
    @frame.signed_in
    def open_saved(key: str) -> Answer:
        view = fonds.saved_searches.open(identity.actor(), key)
        fonds.notices.opened(identity.actor(), key)
        if view.fresh:
            frame.say(_("“%(name)s”新增 %(n)s 件", name=view.name, n=view.fresh))
        return frame.leave_within(Asked.of(view.question).address(saved=view.id))


def _changing(web: Blueprint, fonds: Fonds) -> None:
    @web.post("/saved-searches/<key>")
    @frame.signed_in
    def rename_saved(key: str) -> Answer:
        try:
            fonds.saved_searches.rename(identity.actor(), key, request.form.get("name", ""))
        except InvalidInput as fault:
            return _page(fonds, 422, fault=_told(fault), renaming=key, typed=dict(request.form))
        return frame.leave_within("/saved-searches")

    @web.post("/saved-searches/<key>/watch")
    @frame.signed_in
    def watch_saved(key: str) -> Answer:
        fonds.saved_searches.watch(identity.actor(), key, request.form.get("watched") == "1")
        return frame.leave_within("/saved-searches")

    @web.post("/saved-searches/<key>/delete")
    @frame.signed_in
    def delete_saved(key: str) -> Answer:
        view = fonds.saved_searches.get(identity.actor(), key)
        fonds.saved_searches.delete(identity.actor(), key)
        frame.say(_("已删除收藏的检索“%(name)s”", name=view.name))
        return frame.leave_within("/saved-searches")

    @web.post("/recent-searches/forget")
    @frame.signed_in
    def forget_recent() -> Answer:
        fonds.search_habits.forget(identity.actor())
        return frame.leave_within("/saved-searches")


def _page(
    fonds: Fonds,
    status: int = 200,
    *,
    fault: str = "",
    renaming: str = "",
    typed: Mapping[str, str] | None = None,
) -> Response:
    actor = identity.actor()
    names = {one.code: category_name(one) for one in fonds.categories.all()}
    kept = fonds.saved_searches.list(actor)
    names |= dossier_names(fonds, actor, [Asked.of(one.question) for one in kept])
    searches = [(one, *_described(one, names)) for one in kept]
    return frame.page(
        "saved_searches.html",
        status,
        searches=searches,
        recent=fonds.search_habits.of(actor).recent,
        fault=fault,
        renaming=renaming,
        typed=typed or {},
    )


def _described(view: SavedSearchView, names: Mapping[str, str]) -> tuple[str, str]:
    """A search in words, and its address."""
    asked = Asked.of(view.question)
    words: list[str] = [asked.q] if asked.q else []
    words += [f"{chip.key}：{chip.value}" for chip in conditions.chips(asked, (), names)]
    return "，".join(words) or _("全部档案"), asked.address()


def _told(fault: Any) -> str:
    faults: tuple[Fault, ...] = getattr(fault, "faults", ())
    return "；".join(said(one.message, one.params) for one in faults) or said(fault.detail, fault.params)
