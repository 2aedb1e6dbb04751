"""A category on pages: the editor of its names, defaults and fields with the form they make, and its versions."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.domain.holdings import CategoryView
from service.domain.reliance import readers
from service.domain.schema_editing import KINDS, FieldDraft, schema_of
from service.errors import Conflict, Fault, InvalidInput
from service.problems import language, said
from service.usecases.scheme.scheming import DraftView
from service.web import dates, form, frame, shown
from service.web.admin import category_said
from service.web.admin import rooms as admin
from service.web.language import translated as _
from service.wiring import Fonds

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

PARTS = ("key", "label", "label_en", "kind", "unit", "choices", "help", "help_en")
SWITCHES = ("required", "personal", "searchable")


def routes(web: Blueprint, fonds: Fonds) -> None:
    """The editor of one category, its preview and its versions."""

    @web.get("/admin/categories/<code>")
    @frame.signed_in
    def category_fields_editor(code: str) -> Response:
        draft = fonds.scheming.draft(identity.actor(), code)
        return _editor(fonds, code, draft.fields)

    @web.post("/admin/categories/<code>")
    @frame.signed_in
    def save_category(code: str) -> Answer:
        return _acted(fonds, code)

    @web.post("/admin/categories/<code>/preview")
    @frame.signed_in
    def preview_category(code: str) -> Response:
        draft = fonds.scheming.draft(identity.actor(), code)
        return frame.part(
            "admin_preview.html", sections=_preview(fonds, draft.category.code, typed(request.form))
        )

    _number_routes(web, fonds)


def _number_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.get("/admin/categories/<code>/number")
    @frame.signed_in
    def preview_number(code: str) -> Response:
        """How a template would number, while it is typed."""
        category = fonds.archival.numbering.require_changeable(identity.actor(), code)
        return frame.part(
            "admin_number.html", example=_example(fonds, category, request.args.get("template", ""))
        )

    @web.post("/admin/categories/<code>/number")
    @frame.signed_in
    def number_category(code: str) -> Answer:
        template = request.form.get("template", "")
        try:
            fonds.archival.numbering.change(identity.actor(), code, template)
        except InvalidInput as fault:
            draft = fonds.scheming.draft(identity.actor(), code)
            return _editor(fonds, code, draft.fields, fault)
        frame.say(_("档号规则已保存，此后归档的按它编号"))
        return frame.leave_within(f"/admin/categories/{code}")


def _example(fonds: Fonds, category: CategoryView, template: str) -> tuple[str, str]:
    """A code by this template, or why there can be none."""
    try:
        return fonds.archival.numbering.preview(category, template, "销售部"), ""
    except InvalidInput as fault:
        return "", form.sentence(fault.faults[0])


def _acted(fonds: Fonds, code: str) -> Answer:
    """Add, move or take away a field, keep the draft, publish it or throw it away."""
    actor, act = identity.actor(), request.form.get("act", "save")
    fields = typed(request.form)
    name, _sep, token = act.partition(":")
    if name in ("add", "up", "down", "remove"):
        fonds.scheming.draft(actor, code)
        return _editor(fonds, code, _moved(fields, name, token))
    if name == "discard":
        fonds.scheming.discard(actor, code)
        frame.say(_("草稿已放弃"))
        return frame.leave_within(f"/admin/categories/{code}")
    told = category_said.typed(request.form, fonds.scheming.draft(actor, code).said)
    rev = form.whole(request.form.get("rev", ""))
    try:
        draft = fonds.scheming.save(actor, code, fields, rev=rev, said=told)
        if name == "publish":
            _publish(fonds, code, draft)
        else:
            frame.say(_("草稿已保存，发布后才生效"))
    except (InvalidInput, Conflict) as fault:
        return _editor(fonds, code, fields, fault)
    return frame.leave_within(f"/admin/categories/{code}")


def _publish(fonds: Fonds, code: str, draft: DraftView) -> None:
    """Hand the draft in with its reason and its day, and tell where it stands then."""
    text, before = request.form.get("effective_on", "").strip(), draft.category.version
    day = dates.day(text) if text else None
    if text and day is None:
        wrong = {"value": text[:40]}
        raise InvalidInput(
            [Fault("effective_on", "bad_date", "“%(value)s”不是日期，应写成 2026-03-12", wrong)]
        )
    reason = request.form.get("reason", "")
    view = fonds.scheming.publish(identity.actor(), code, rev=draft.rev, reason=reason, effective_on=day)
    if view.version != before:
        frame.say(_("已发布第 %(n)s 版，此后的著录按它进行", n=view.version))
    elif fonds.scheming.draft(identity.actor(), code).stage == "submitted":
        frame.say(_("已提交审批，批准后到生效日期执行"))
    else:
        frame.say(_("已定于 %(day)s 生效", day=shown.day(day)))


def _moved(fields: list[FieldDraft], act: str, token: str) -> list[FieldDraft]:
    place = int(token) if token.isdecimal() and int(token) < len(fields) else -1
    if act == "add":
        numbers = [one.key for one in fields]
        key = next(name for n in range(1, 200) if (name := f"field_{n}") not in numbers)
        return [*fields, FieldDraft(key)]
    if place < 0:
        return fields
    moved = fields.pop(place)
    if act == "remove":
        return fields
    fields.insert(max(0, place - 1) if act == "up" else min(len(fields), place + 1), moved)
    return fields


def typed(given: "MultiDict[str, str]") -> list[FieldDraft]:
    """The fields as they stand in the editor, in the order of its rows."""
    found = []
    for row in given.getlist("row")[:200]:
        texts: dict[str, Any] = {
            part: given.get(f"{row}.{part}", "").replace("\r\n", "\n")[:10_000] for part in PARTS
        }
        texts["key"] = texts["key"].strip() or row
        switches: dict[str, Any] = {name: given.get(f"{row}.{name}") == "yes" for name in SWITCHES}
        found.append(FieldDraft(**texts, **switches, fixed=given.get(f"{row}.fixed") == "yes"))
    return found


def _preview(fonds: Fonds, code: str, fields: Sequence[FieldDraft]) -> list[form.Section]:
    """The form that the fields make, drawn as the record page draws it."""
    category = fonds.categories.get(code)
    drawn = [one for one in fields if one.kind in KINDS]
    schema = schema_of(drawn, category.schema)
    sheet = form.Sheet({}, replace(category, schema=schema), fonds.categories.all())
    return sheet.category_sections()


def _editor(
    fonds: Fonds, code: str, fields: Sequence[FieldDraft], fault: InvalidInput | Conflict | None = None
) -> Response:
    actor = identity.actor()
    draft = fonds.scheming.draft(actor, code)
    errors: dict[str, str] = {}
    for one in getattr(fault, "faults", ()):
        errors.setdefault(one.path, form.sentence(one))
    return admin.page(
        "admin_category.html",
        fault.status if fault else 200,
        here=f"/admin/categories/{code}",
        draft=draft,
        category=draft.category,
        fields=fields,
        about=category_said.drawn(category_said.typed(request.form, draft.said), errors),
        errors=errors,
        refused=said(fault.detail, fault.params) if isinstance(fault, Conflict) else "",
        sections=_preview(fonds, code, fields),
        kinds=kind_names(),
        missed=lambda key: _missed(draft.category, key),
        changes=change_words(draft),
        versions=fonds.scheming.versions(actor, code),
        reason=request.form.get("reason", draft.reason),
        effective_on=request.form.get("effective_on", shown.day(draft.effective_on)),
        numbering=request.form.get("template", draft.category.numbering),
        default_template=fonds.archival.numbering.rule(code).template,
        example=_example(fonds, draft.category, request.form.get("template", draft.category.numbering)),
    )


def change_words(draft: DraftView) -> list[tuple[str, str, str]]:
    """What a version changes: (what is done, to what, what of the program goes without it then)."""
    names, parts, english = change_names(), category_said.part_names(), language() == "en"
    return [
        (
            names.get(one.what, one.what),
            parts.get(one.key, one.key) if one.what == "set" else (english and one.label_en) or one.label,
            _missed(draft.category, one.key) if one.what == "removed" else "",
        )
        for one in draft.changes
    ]


def _missed(category: CategoryView, key: str) -> str:
    names = reader_names()
    found = _("、").join(names[one] for one in readers(category.code, key, category.schema))
    return _("删去后，%(where)s不再显示或用到它", where=found) if found else ""


def reader_names() -> dict[str, str]:
    """What of the program reads fields by their keys, in words."""
    return {
        "panorama": _("客户全景"),
        "leads": _("线索初筛"),
        "filing": _("归档期限的计算"),
        "custody": _("保管期限和库区的判定"),
        "doubts": _("填写内容的核实"),
        "party": _("新建档案时往来单位的预填"),
    }


def change_names() -> dict[str, str]:
    """What a version does to a field."""
    return {
        "added": _("新增"),
        "removed": _("删去"),
        "changed": _("修改"),
        "moved": _("调整顺序"),
        "set": _("修改"),
    }


def kind_names() -> list[tuple[str, str]]:
    """Kinds of fields in words."""
    words = {
        "text": _("单行文字"),
        "textarea": _("多行文字"),
        "date": _("日期"),
        "number": _("数字"),
        "integer": _("整数"),
        "money": _("金额"),
        "select": _("单选"),
        "several": _("多选"),
        "list": _("多个文字"),
        "boolean": _("是否"),
        "phone": _("电话"),
        "person": _("人员"),
        "party": _("单位"),
        "record": _("关联档案"),
    }
    return [(kind, words[kind]) for kind in KINDS]
