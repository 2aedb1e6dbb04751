"""The scheme as a whole: its tree, a new category, and the scheme as a text to take away and to bring."""

from dataclasses import dataclass, field

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.api.delivery import disposition
from service.domain.dates import day_of
from service.domain.scheme_editing import CategorySaid
from service.errors import Fault, InvalidInput
from service.problems import said
from service.usecases.scheme.scheme_texts import Brought
from service.web import form, frame, shown
from service.web.admin import category_said
from service.web.admin import rooms as admin
from service.web.language import translated as _
from service.wiring import Fonds

HERE = "/admin/categories"
SHOWN = 50
"""Faults of a text that are listed; who mends these brings it again."""


@dataclass(frozen=True, slots=True)
class Refused:
    """What was typed or brought and is not taken: faults of a new category, or of a text."""

    new: tuple[Fault, ...] = ()
    text: tuple[Fault, ...] = ()
    code: str = ""
    parent: str = ""
    said: CategorySaid = field(default_factory=lambda: CategorySaid(""))


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/admin/categories, /admin/categories/import, /admin/scheme.yaml."""

    @web.get(HERE)
    @frame.signed_in
    def scheme() -> Response:
        return _page(fonds, Refused(parent=request.args.get("parent", "")))

    @web.post(HERE)
    @frame.signed_in
    def create_category() -> Answer:
        code, parent = request.form.get("code", "").strip(), request.form.get("parent", "")
        told = category_said.typed(request.form, CategorySaid(""))
        try:
            made = fonds.scheming.create(identity.actor(), code, parent, told)
        except InvalidInput as fault:
            return _page(fonds, Refused(tuple(fault.faults), (), code, parent, told), fault.status)
        frame.say(_("已新建类别：%(name)s，现在可以加字段", name=shown.harmless(made.name)))
        return frame.leave_within(f"{HERE}/{made.code}")

    _text_routes(web, fonds)


def _text_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.get("/admin/scheme.yaml")
    @frame.signed_in
    def export_scheme() -> Response:
        made = fonds.scheme_texts.export(identity.actor())
        response = Response(made, content_type="application/yaml; charset=utf-8")
        day = day_of(fonds.clock())
        name = f"{said('分类方案')} {day.isoformat()}.yaml"
        response.headers["Content-Disposition"] = disposition("attachment", name)
        return response

    @web.post(f"{HERE}/import")
    @frame.signed_in
    def import_scheme() -> Answer:
        fonds.scheming.require(identity.actor())
        try:
            brought = fonds.scheme_texts.bring(identity.actor(), _text())
        except InvalidInput as fault:
            return _page(fonds, Refused(text=tuple(fault.faults)), fault.status)
        frame.say(_told(brought))
        return frame.leave_within(HERE)

    admin.back_to(web, f"{HERE}/import", "back_import_scheme", HERE)


def _text() -> str:
    """The file that was chosen. Raises `InvalidInput`."""
    given = request.files.get("file")
    content = given.read() if given else b""
    if not content.strip():
        raise InvalidInput([Fault("", "required", "请选择 YAML 文件")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        message = "文件不是 UTF-8 文本，另存为 UTF-8 后再导入"
        raise InvalidInput([Fault("", "not_utf8", message)]) from fault


def _told(brought: Brought) -> str:
    if not brought.created and not brought.changed:
        return _("方案与现行的相同，没有改动")
    return _(
        "已导入：新建 %(new)s 个类别，%(changed)s 个有改动的立为草稿，发布后生效",
        new=len(brought.created),
        changed=len(brought.changed),
    )


def _page(fonds: Fonds, refused: Refused, status: int = 200) -> Response:
    drafted = fonds.scheming.drafted(identity.actor())
    categories = fonds.categories.all()
    errors: dict[str, str] = {}
    for one in refused.new:
        errors.setdefault(one.path, form.sentence(one))
    above = [("", _("无，最上级")), *form.category_choices(categories)[1:]]
    fields = [
        form.Field(
            "code",
            _("代码"),
            value=refused.code,
            required=True,
            limit=46,
            hint=_("大写字母和数字，下级用 - 连接，例如 WD-HY"),
            error=errors.get(".code", ""),
        ),
        form.Field("parent", _("上级类别"), "select", value=refused.parent, choices=above),
        *category_said.drawn(refused.said, errors),
    ]
    return admin.page(
        "admin_categories.html",
        status,
        here=HERE,
        categories=categories,
        drafted=drafted,
        fields=fields,
        findings=[(one.path, form.sentence(one)) for one in refused.text[:SHOWN]],
        found=len(refused.text),
    )
