"""Entry from workbooks 表格录入 on pages: a template to take, findings line by line, what is right entered."""

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.api.entry import in_words, workbook
from service.domain.entry import MOST_ROWS
from service.domain.permissions import Act, may
from service.errors import Conflict, Fault, Forbidden, InvalidInput, NotFound, TooLarge
from service.problems import language, said
from service.usecases.entry.entering import EntryView
from service.usecases.entry.workbooks import MOST_BYTES
from service.web import form, frame, shown
from service.web.admin import rooms as admin
from service.web.language import translated as _
from service.wiring import Fonds

HERE = "/entry"
LINES = 100
FATES = ("bad", "waiting", "entered", "already")


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/entry, its templates, one workbook."""

    @web.get(HERE)
    @frame.signed_in
    def entry_sheets() -> Response:
        return _page(fonds, request.args.get("category", ""))

    @web.post(HERE)
    @frame.signed_in
    def bring_sheet() -> Answer:
        category, given = request.form.get("category", "")[:40], request.files.get("file")
        name = (given.filename if given else "") or ""
        if given is None or not name:
            return _page(fonds, category, InvalidInput([Fault("file", "required", "先选填好的工作簿")]))
        try:
            data = given.read(MOST_BYTES + 1)
            view = fonds.archival.entry.entering.check(identity.actor(), category, name, data)
        except (InvalidInput, TooLarge) as fault:
            return _page(fonds, category, fault)
        return frame.leave_within(f"{HERE}/{view.id}")

    @web.get(f"{HERE}/template/<code>")
    @frame.signed_in
    def entry_form(code: str) -> Response:
        made = fonds.archival.entry.templates.template(identity.actor(), code, language())
        names = {one.code: form.category_name(one) for one in fonds.categories.all()}
        return workbook(made, f"{said('录入模板')} {names.get(code, code)}.xlsx")

    _sheet_routes(web, fonds)


def _sheet_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.get(f"{HERE}/<sheet_id>")
    @frame.signed_in
    def entry_sheet(sheet_id: str) -> Response:
        return _sheet(fonds, sheet_id)

    @web.get(f"{HERE}/<sheet_id>/workbook")
    @frame.signed_in
    def entry_result(sheet_id: str) -> Response:
        actor, entry = identity.actor(), fonds.archival.entry
        view = entry.entering.get(actor, sheet_id)
        made = entry.templates.returned(actor, sheet_id, language(), in_words)
        stem = view.name.rpartition(".")[0] or view.name or view.category
        return workbook(made, f"{stem} {said('录入结果')}.xlsx")

    @web.post(f"{HERE}/<sheet_id>/<any(enter, discard):act>")
    @frame.signed_in
    def act_on_sheet(sheet_id: str, act: str) -> Answer:
        actor, entering = identity.actor(), fonds.archival.entry.entering
        if act == "discard":
            entering.discard(actor, sheet_id)
            frame.say(_("已删去录入表，录入的档案不变"))
            return frame.leave_within(HERE)
        before = entering.get(actor, sheet_id)
        try:
            after = entering.enter(actor, sheet_id)
        except Conflict as fault:
            frame.say(said(fault.detail, fault.params))
            return frame.leave_within(f"{HERE}/{sheet_id}")
        frame.say(_("已录入 %(n)s 件，在“任务”中提交复核", n=after.entered - before.entered))
        return frame.leave_within(f"{HERE}/{sheet_id}")

    admin.back_to(web, f"{HERE}/<sheet_id>/<any(enter, discard):act>", "back_entry", f"{HERE}/{{sheet_id}}")


def _page(fonds: Fonds, category: str, fault: InvalidInput | TooLarge | None = None) -> Response:
    actor = identity.actor()
    if not may(actor, Act.CREATE):
        raise Forbidden
    told = [in_words(one) for one in getattr(fault, "faults", ())]
    if isinstance(fault, TooLarge):
        told = [said(fault.detail, fault.params)]
    scheme = fonds.categories.all()
    return frame.page(
        "entry.html",
        fault.status if fault else 200,
        choices=form.category_choices(scheme)[1:],
        chosen=category if any(one.code == category for one in scheme) else "",
        names={one.code: form.category_name(one) for one in scheme},
        sheets=fonds.archival.entry.entering.sheets(actor),
        told=told,
        most=MOST_ROWS,
    )


def _sheet(fonds: Fonds, sheet_id: str) -> Response:
    actor, entering = identity.actor(), fonds.archival.entry.entering
    view = entering.get(actor, sheet_id)
    asked, above = request.args.get("fate", ""), request.args.get("above", "")
    fate = asked if asked in FATES else ""
    number = int(above) if above.isascii() and above.isdecimal() and len(above) < 8 else 0
    page = entering.lines(actor, sheet_id, above=number, limit=LINES, fate=fate)
    known = [one.record_id for one in page.items if one.record_id]
    try:
        name = form.category_name(fonds.categories.get(view.category))
    except NotFound:
        name = view.category
    return frame.page(
        "entry_sheet.html",
        view=view,
        name=shown.harmless(name),
        page=page,
        fate=fate,
        tabs=_tabs(view),
        words=fate_words(),
        known={one.id for one in fonds.records.some(actor, known)},
        in_words=in_words,
    )


def _tabs(view: EntryView) -> list[tuple[str, str, int]]:
    """The lists of lines that hold any: key, word, count; all of them first."""
    words = fate_words()
    counts = {name: getattr(view, name) for name in FATES}
    return [("", _("全部"), view.lines), *((key, words[key], n) for key, n in counts.items() if n)]


def fate_words() -> dict[str, str]:
    """What became of a line, in words."""
    return {
        "bad": _("有误"),
        "waiting": _("可录入"),
        "entered": _("已录入"),
        "already": _("以前已录入"),
    }
