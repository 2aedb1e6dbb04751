"""The record page: the document beside its description, with files and history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, jsonify, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.domain.describing import is_blank, kept_at
from service.domain.holdings import CategoryView, RecordView
from service.domain.permissions import Actor, Role
from service.domain.wording import CORE_LABELS
from service.errors import Conflict, NotFound
from service.problems import language, said
from service.usecases.contents.processing import FOR_GOOD
from service.web import form, frame, shown, states
from service.web.admin.audit import line_of
from service.web.language import translated as _
from service.web.record import beside, describing, facts, grounds, related, signed, stepping, viewing
from service.web.record.dossiers import kind_words
from service.web.record.panorama import jumps
from service.web.record.peek import Wanted, peek
from service.web.record.verifying import doubtful
from service.wiring import Fonds

TOLD = ("create", "change")
"""Acts that the history of the description tells already, with what they changed."""


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/records/… and retrying a file."""

    @web.get("/records/<record_id>")
    @frame.signed_in
    def record(record_id: str) -> Response:
        actor = identity.actor()
        found = fonds.records.get(actor, record_id)
        fonds.recents.opened(actor, found.id)
        saving = describing.Saving(describing.sheet_of(fonds, found, full=True), found.rev)
        return _page(fonds, actor, found, saving)

    @web.post("/records/<record_id>")
    @frame.signed_in
    def save(record_id: str) -> Answer:
        actor = identity.actor()
        saving = describing.save(fonds, actor, record_id, request.form, full=True)
        if saving.record is None:
            return _page(fonds, actor, fonds.records.get(actor, record_id), saving)
        frame.say(_("已保存为第 %(rev)s 版", rev=saving.record.rev))
        return frame.leave_within(request.full_path.rstrip("?"))

    @web.post("/records/<record_id>/unsaved")
    @frame.signed_in
    def keep(record_id: str) -> Response:
        """Keep what stands in the form; without a revision let go of it."""
        describing.keep(fonds, identity.actor(), record_id, request.form)
        return Response(status=204)

    @web.post("/describe/fields")
    @frame.signed_in
    def fields() -> Response:
        full = request.form.get("full") == "yes"
        return frame.part("fields.html", sheet=describing.typed_sheet(fonds, request.form, full=full))

    @web.get("/records/<record_id>/peek")
    @frame.signed_in
    def glance(record_id: str) -> Response:
        found = peek(fonds, identity.actor(), record_id, Wanted.from_request())
        if found is None:
            raise NotFound
        return frame.part("peek.html", peek=found)

    _file_routes(web, fonds)


def _file_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.get("/records/<record_id>/grounds")
    @frame.signed_in
    def evidence(record_id: str) -> Response:
        """Where in its files stands what the record says, for the script that numbers and marks it."""
        actor = identity.actor()
        return jsonify(grounds=grounds.of_record(fonds, actor, fonds.records.get(actor, record_id)))

    @web.get("/files/<file_id>/hits")
    @frame.signed_in
    def hits(file_id: str) -> Response:
        return jsonify(hits=viewing.page_hits(fonds, identity.actor(), file_id))

    @web.post("/files/<file_id>/retry")
    @frame.signed_in
    def retry(file_id: str) -> Answer:
        try:
            turns = request.form.get("turns", "")
            file = fonds.files.retry(
                identity.actor(),
                file_id,
                force=request.form.get("force") == "yes",
                turns=int(turns) if turns in ("0", "1", "2", "3") else None,
                setting=request.form.get("setting", ""),
            )
        except Conflict:
            frame.say(_("这个文件正在处理，或不能重新处理"))
            return frame.leave_within(frame.own_path(request.form.get("next", "/")))
        frame.say(_("重新处理：%(name)s", name=shown.harmless(file.name or file.id[:8])))
        back = f"/records/{file.record_id}" if file.record_id else "/"
        return frame.leave_within(frame.own_path(request.form.get("next", back)))

    @web.post("/files/<file_id>/take")
    @frame.signed_in
    def take(file_id: str) -> Answer:
        try:
            file = fonds.processing.take_as_is(identity.actor(), file_id)
        except Conflict as fault:
            frame.say(said(fault.detail, fault.params))
            return frame.leave_within(frame.own_path(request.form.get("next", "/")))
        frame.say(_("已照原样收下：可以下载原件，没有文字"))
        return frame.leave_within(f"/records/{file.record_id}" if file.record_id else "/")


def _page(fonds: Fonds, actor: Actor, record: RecordView, saving: describing.Saving) -> Response:
    category = fonds.categories.of(record)
    life = stepping.life_of(actor, record, fonds.archival.life.standing(actor, record.id))
    return frame.page(
        "record.html",
        saving.status,
        record=record,
        saving=saving,
        viewing=viewing.of_request(fonds, actor, record),
        thumbs=beside.thumbs(record),
        category=category,
        newer=_newer(fonds, category),
        kept=describing.kept(fonds, actor, record),
        crumbs=_crumbs(fonds, category),
        related=related.related(fonds, actor, record),
        role_name=related.role_name,
        role_names=related.role_names,
        dossiers=fonds.filing.of_record(actor, record.id),
        jumps=jumps(fonds, record),
        dossier_kinds=kind_words(),
        history=[_line(fonds, line, category) for line in fonds.records.history(actor, record.id)],
        acts=[line_of(event) for event in fonds.auditing.history(actor, record.id) if event.act not in TOLD],
        kept_at=kept_at,
        explains=fonds.knowing.access.opens(actor, record.id),
        editable="change" in record.may,
        may_take=actor.has(Role.ARCHIVIST),
        for_good=FOR_GOOD,
        facts_of=facts.lines,
        signatures_of=signed.signatures,
        life=life,
        doubtful=doubtful(fonds, actor, record, editable="change" in record.may),
        starred=record.id in fonds.favourites.ids(actor),
    )


def _newer(fonds: Fonds, category: CategoryView | None) -> int:
    """The version in force, where a record is read by an older one; else 0."""
    now = fonds.categories.find(category.code) if category else None
    return now.version if now and category and now.version != category.version else 0


def _crumbs(fonds: Fonds, category: CategoryView | None) -> list[tuple[str, str]]:
    """The way down to the record through the scheme: (address, name)."""
    if category is None:
        return []
    names = {one.code: form.category_name(one) for one in fonds.categories.all()}
    return [(f"/search?category={quote(code)}", names.get(code, code)) for code in category.path]


@dataclass(frozen=True, slots=True)
class Changed:
    """A line of history as people read it."""

    rev: int
    by: str
    at: str
    changes: Sequence[tuple[str, str, str]]
    converted: bool = False
    """Whether it was brought to another version of its category."""


def _line(fonds: Fonds, line: Any, category: CategoryView | None) -> Changed:
    versions = line.changes.get("category_version") if "category" not in line.changes else None
    schemas = [category.schema if category else {}] * 2
    if category and versions:  # what a conversion changed is told in the words of both versions
        schemas = [_schema(fonds, category, number) for number in versions]
    changes = [one for name, pair in line.changes.items() for one in _changes(name, pair, schemas)]
    converted = bool(versions and versions[0] and versions[0] != versions[1])
    if versions and converted:
        before, after = (_("第 %(n)s 版", n=number) for number in versions)
        changes.insert(0, (_("类别版本"), before, after))
    return Changed(line.rev, line.by, shown.moment(line.at), changes, converted)


def _schema(fonds: Fonds, category: CategoryView, version: int) -> Mapping[str, Any]:
    try:
        return fonds.categories.version(category.code, version).schema
    except NotFound:
        return category.schema


def _changes(
    name: str, pair: tuple[Any, Any], schemas: Sequence[Mapping[str, Any]]
) -> list[tuple[str, str, str]]:
    before, after = pair
    if name == "fields":
        before, after = before or {}, after or {}
        pairs = {key: (before.get(key), after.get(key)) for key in {**before, **after}}
        told = {
            key: pair for key, pair in pairs.items() if pair[0] != pair[1] and not all(map(is_blank, pair))
        }
        hints = [schema.get("properties", {}) for schema in schemas]
        return [_field_change(key, both, [one.get(key, {}) for one in hints]) for key, both in told.items()]
    if name == "life":
        return [(_("状态"), states.of_life(before, "-").word, states.of_life(after, "-").word)]
    if name == "reason":
        return [(_("理由"), "", str(after))]
    if name == "answers":
        return [(_("核实"), "", str(after))]
    if name not in CORE_LABELS and name != "category":
        return []
    label = _("类别") if name == "category" else CORE_LABELS[name][language() == "en"]
    return [(label, _value(before, name), _value(after, name))]


def _field_change(
    name: str, pair: tuple[Any, Any], hints: Sequence[Mapping[str, Any]]
) -> tuple[str, str, str]:
    words = ["" if one is None else form.words_of(one, said) for one, said in zip(pair, hints, strict=True)]
    return form.in_language(hints[1] or hints[0], "title", name), words[0], words[1]


def _value(value: Any, name: str = "") -> str:
    names = {
        "secrecy": shown.secrecy_name,
        "retention": shown.retention_name,
        "copy_status": shown.copy_name,
        "grade": shown.grade_name,
        "openness": shown.openness_name,
    }
    if value in (None, "", [], {}):
        return ""
    if isinstance(value, list | tuple):
        return "、".join(map(str, value))
    if name in ("date", "secrecy_until"):
        return str(value)[:10]
    return names[name](str(value)) if name in names else str(value)
