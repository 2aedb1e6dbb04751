"""How a record is kept, as the form asks for it: the grading axes each for itself (G6), the original, the place (G7)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from service.domain.describing import COPY_STATUSES, GRADES, OPENNESS, RETENTIONS
from service.domain.permissions import SECRECY
from service.web import shown
from service.web.language import translated as _


def fields(*, fresh: bool = False) -> list[tuple[str, str, Mapping[str, Any]]]:
    """Name, label and the rest of every field, in their order; in a `fresh` record its category may decide."""
    levels = [(level, shown.secrecy_name(level)) for level in SECRECY]
    retentions = _or_none(RETENTIONS, shown.retention_name)
    if fresh:
        levels = [("", _("随类别")), *levels]
        retentions[0] = ("", _("随类别"))
    only_company = _("仅用于公司密级，国家秘密不得存入")
    select = {"widget": "select"}
    return [
        ("secrecy", _("密级"), {"widget": "choice", "choices": levels, "wide": True, "hint": only_company}),
        ("grade", _("档案级别"), select | {"choices": _or_none(GRADES, shown.grade_name)}),
        ("openness", _("公开程度"), select | {"choices": _or_none(OPENNESS, shown.openness_name)}),
        ("retention", _("保管期限"), select | {"choices": retentions}),
        ("copy_status", _("原件或复印件"), select | {"choices": _or_none(COPY_STATUSES, shown.copy_name)}),
        ("original_place", _("原件存放处"), {"wide": True}),
        ("room", _("库房"), {}),
        ("cabinet", _("柜"), {}),
        ("shelf", _("层"), {}),
        ("box", _("盒"), {}),
        ("keywords", _("关键词"), {"wide": True, "hint": _("用、分开")}),
        ("note", _("附注"), {"widget": "textarea", "wide": True}),
    ]


def _or_none(codes: Sequence[str], name: Callable[[str], str]) -> list[tuple[str, str]]:
    return [("", _("未定")), *((code, name(code)) for code in codes)]
