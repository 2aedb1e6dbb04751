"""Conversions on pages: records of older versions, the mapping to the one in force, its approval, run and report."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.api import cursors
from service.domain.conversions import AT_WORK, RUNNABLE, ConversionView, Looked
from service.domain.mapping import HISTORY, NOTE, FieldMapping, FieldRule, usual_place
from service.domain.permissions import Act, may
from service.domain.schema_editing import choices_in, kind_of
from service.errors import Conflict, Forbidden, InvalidInput
from service.problems import language, said
from service.web import form, frame
from service.web.admin import rooms as admin
from service.web.admin.categories import kind_names
from service.web.language import translated as _
from service.web.record import stepping
from service.wiring import Fonds

HERE = "/admin/conversions"
PAGE = 50


@dataclass(frozen=True, slots=True)
class RuleDrawn:
    """A rule as a row of the form. `choices`: (old value, its label, the new value), where the source has choices."""

    key: str
    label: str
    kind: str
    required: bool
    rule: FieldRule
    sources: Sequence[tuple[str, str]]
    choices: Sequence[tuple[str, str, str]]
    offered: Sequence[tuple[str, str]]
    error: str
    changed: bool
    """Whether it is not just the same field."""


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/admin/conversions and below."""

    @web.get(HERE)
    @frame.signed_in
    def conversions() -> Response:
        actor, code = identity.actor(), request.args.get("category", "")
        drafted = fonds.conversions.all(actor)
        return admin.page(
            "admin_conversions.html",
            drafted=drafted,
            category=fonds.categories.get(code) if code else None,
            older=fonds.conversions.older(actor, code) if code else [],
            versioned=[one for one in fonds.categories.all() if one.version > 1],
            words=state_words(),
        )

    @web.get(f"{HERE}/<conversion_id>")
    @frame.signed_in
    def show_conversion(conversion_id: str) -> Response:
        return _page(fonds, fonds.conversions.get(identity.actor(), conversion_id))

    @web.post(f"{HERE}/<conversion_id>")
    @frame.signed_in
    def act_on_conversion(conversion_id: str) -> Answer:
        return _acted(fonds, conversion_id)

    _list_routes(web, fonds)


def _list_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.get(f"{HERE}/<conversion_id>/staying")
    @frame.signed_in
    def staying_records(conversion_id: str) -> Response:
        actor = identity.actor()
        below = cursors.page_place(request.args.get("below", ""), f"staying {conversion_id}")
        view = fonds.conversions.get(actor, conversion_id)
        page = fonds.conversions.staying(actor, conversion_id, below=below, limit=PAGE)
        return admin.page(
            "admin_conversion_report.html",
            view=view,
            staying=[(one, found_words(one)) for one in page.items],
            lines=[],
            following=cursors.seal(page.next_cursor, f"staying {conversion_id}"),
            way="staying",
            fate="",
            words=fate_words(),
        )

    @web.get(f"{HERE}/<conversion_id>/report")
    @frame.signed_in
    def conversion_report(conversion_id: str) -> Response:
        actor, fate = identity.actor(), request.args.get("fate", "")
        below = cursors.page_place(request.args.get("below", ""), f"lines {conversion_id}")
        view = fonds.conversions.get(actor, conversion_id)
        fates = (fate,) if fate in fate_words() else ()
        page = fonds.conversions.lines(actor, conversion_id, below=below, limit=PAGE, fates=fates)
        return admin.page(
            "admin_conversion_report.html",
            view=view,
            staying=[],
            lines=[(one, said(one.reason, dict(one.params)) if one.reason else "") for one in page.items],
            following=cursors.seal(page.next_cursor, f"lines {conversion_id}"),
            way="report",
            fate=fate if fates else "",
            words=fate_words(),
        )


def _acted(fonds: Fonds, conversion_id: str) -> Answer:
    """Keep the mapping, hand it in, decide on it, carry it out, or take the last run back."""
    actor, act, typed = identity.actor(), request.form.get("act", "save"), request.form
    rev = form.whole(typed.get("rev", ""))
    view = fonds.conversions.get(actor, conversion_id)
    mapping = _typed(view) if act in ("save", "submit") else None
    try:
        if mapping is not None:
            # What is handed in is what stands in the form, also where nobody pressed "save" before.
            if act == "save" or mapping != view.mapping or not view.rev:
                rev = fonds.conversions.save(actor, conversion_id, mapping, rev=rev).rev
            if act == "submit":
                fonds.conversions.submit(actor, conversion_id, rev=rev, reason=typed.get("reason", ""))
        elif act == "run":
            fonds.conversions.start(actor, conversion_id)
        elif act == "undo":
            fonds.conversions.undo(actor, conversion_id)
        elif act in ("approve", "return"):
            note = typed.get("note", "")
            fonds.conversions.decide(actor, conversion_id, rev=rev, approve=act == "approve", note=note)
    except InvalidInput as fault:
        if mapping is None:
            frame.say(stepping.sentence(fault))
            return frame.leave_within(f"{HERE}/{conversion_id}")
        return _page(fonds, fonds.conversions.get(actor, conversion_id), mapping, fault)
    except (Conflict, Forbidden) as fault:
        frame.say(stepping.sentence(fault))
    else:
        frame.say(_done(act))
    reason = typed.get("reason", "")[:500] if act == "save" else ""
    kept = f"?{urlencode({'reason': reason})}" if reason else ""
    return frame.leave_within(f"{HERE}/{conversion_id}{kept}")


def _done(act: str) -> str:
    words = {
        "save": _("对照已保存，已重新试算"),
        "submit": _("已提交审批，批准后自动执行"),
        "run": _("已开始执行"),
        "undo": _("已开始撤销"),
        "approve": _("已批准，正在执行"),
        "return": _("已退回起草人"),
    }
    return words.get(act, _("没有改动"))


def _typed(view: ConversionView) -> FieldMapping:
    """The mapping as it stands in the form."""
    given, before = request.form, view.old.schema.get("properties", {})
    rules = []
    for key in view.new.schema.get("properties", {}):
        source = given.get(f"s.{key}", "")
        offered = choices_in(view.new.schema["properties"][key])
        asked = choices_in(before.get(source, {})) if offered else {}
        choices = {one: given[f"c.{key}.{one}"] for one in asked if f"c.{key}.{one}" in given}
        rules.append(
            FieldRule(
                key,
                source[:100],
                given.get(f"d.{key}", "").strip()[:1000],
                choices,
                "note" if given.get(f"o.{key}") == NOTE else "stay",
            )
        )
    used = {one.source for one in rules}
    dropped = {
        key: HISTORY if given.get(f"x.{key}", usual_place(hints)) == HISTORY else NOTE
        for key, hints in before.items()
        if key not in used
    }
    return FieldMapping(tuple(rules), dropped)


def _page(
    fonds: Fonds,
    view: ConversionView,
    mapping: FieldMapping | None = None,
    fault: InvalidInput | None = None,
) -> Response:
    actor = identity.actor()
    errors: dict[str, str] = {}
    for one in fault.faults if fault else ():
        errors.setdefault(one.path, form.sentence(one))
    mapping = mapping or view.mapping
    # What lacks only its reason was kept as a mapping before.
    stands = not fault or set(errors) == {"reason"}
    preview = fonds.conversions.preview(actor, view.id) if stands and view.state not in AT_WORK else None
    manages = may(actor, Act.MANAGE_SCHEME)
    return admin.page(
        "admin_conversion.html",
        fault.status if fault else 200,
        here=f"{HERE}/{view.id}",
        view=view,
        rules=list(_rules(view, mapping, errors)),
        dropped=list(_dropped(view, mapping)),
        errors=errors,
        preview=preview,
        examples=[(one, list(_diffs(view, one))) for one in preview.examples] if preview else [],
        staying=[(one, found_words(one)) for one in preview.staying[:5]] if preview else [],
        working=view.state in AT_WORK,
        edits=manages and view.state not in AT_WORK and not view.outdated,
        decides=may(actor, Act.APPROVE_SCHEME) and view.by_id != actor.id and view.state == "submitted",
        runs=manages and view.state in RUNNABLE and not view.outdated,
        undoes=manages and view.state == "done" and view.counts is not None and not view.outdated,
        reason=request.values.get("reason", view.reason)[:500],
        words=state_words(),
        fates=fate_words(),
    )


def _rules(view: ConversionView, mapping: FieldMapping, errors: Mapping[str, str]) -> Iterator[RuleDrawn]:
    before = view.old.schema.get("properties", {})
    sources = [(key, form.in_language(hints, "title", key)) for key, hints in form.in_order(view.old.schema)]
    rules = {one.key: one for one in mapping.rules}
    for key, hints in form.in_order(view.new.schema):
        rule = rules.get(key, FieldRule(key))
        offered = _labelled(hints)
        asked = _labelled(before.get(rule.source, {})) if offered else []
        known = {value for value, _word in offered}
        choices = [
            (value, word, rule.choices.get(value, value if value in known else "")) for value, word in asked
        ]
        found = [text for path, text in errors.items() if path.rpartition(".")[0] == key]
        same = rule.source == key and view.old.schema["properties"].get(key) == hints and not rule.default
        yield RuleDrawn(
            key,
            form.in_language(hints, "title", key),
            _kind(hints),
            key in view.new.schema.get("required", ()),
            rule,
            sources,
            choices,
            offered,
            "；".join(found),
            changed=bool(found) or not same,
        )


def _dropped(view: ConversionView, mapping: FieldMapping) -> Iterator[tuple[str, str, str]]:
    """(key, label, where its values go) of the old fields that no rule takes."""
    used = {one.source for one in mapping.rules}
    for key, hints in form.in_order(view.old.schema):
        if key not in used:
            label = form.in_language(hints, "title", key)
            yield key, label, mapping.dropped.get(key, usual_place(hints))


def _diffs(view: ConversionView, one: Looked) -> Iterator[tuple[str, str, str]]:
    """(label, before, after) of what would change in a record."""
    before, after = view.old.schema.get("properties", {}), view.new.schema.get("properties", {})
    sources = {rule.key: rule.source for rule in view.mapping.rules}
    for key, hints in form.in_order(view.new.schema):
        source = sources.get(key, "")
        words = (
            form.words_if_said(one.before.get(source), before.get(source, {})),
            form.words_if_said(one.after.get(key), after.get(key, {})),
        )
        if words[0] != words[1] or (words[1] and source != key):
            yield form.in_language(hints, "title", key), *words
    if one.note != one.note_before:
        yield _("附注"), "", one.note.removeprefix(one.note_before).strip()


def found_words(one: Looked) -> list[tuple[str, str, str]]:
    """(label, value, why not) of what would not convert."""
    english = language() == "en"
    return [
        (found.label_en if english else found.label, found.value, form.sentence(found.fault))
        for found in one.findings
        if found.stays
    ]


def _labelled(hints: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(value, words[language() == "en"]) for value, words in choices_in(hints).items()]


def _kind(hints: Mapping[str, Any]) -> str:
    return dict(kind_names()).get(kind_of(hints), "")


def state_words() -> dict[str, str]:
    """State of a conversion → its word."""
    return {
        "": _("草稿"),
        "submitted": _("待审批"),
        "approved": _("已批准"),
        "running": _("执行中"),
        "done": _("已执行"),
        "undoing": _("撤销中"),
        "undone": _("已撤销"),
    }


def fate_words() -> dict[str, str]:
    """What became of a record, in words."""
    return {
        "done": _("已换版"),
        "stayed": _("不能转换，留在旧版"),
        "skipped": _("跳过"),
        "stale": _("有人改过，未动"),
        "undone": _("已撤销"),
        "kept": _("未撤销"),
    }
