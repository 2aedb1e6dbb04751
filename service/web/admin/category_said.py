"""What is said of a category beside its fields, as a form: drawn, and read back."""

from collections.abc import Mapping
from dataclasses import fields

from service.domain.describing import RETENTIONS
from service.domain.permissions import CLEARANCES
from service.domain.scheme_editing import MAX_NAME, MAX_SCOPE, CategorySaid
from service.web import shown
from service.web.form import Field
from service.web.language import translated as _

WIDGETS = {
    "secrecy": "select",
    "retention": "select",
    "archival_class": "select",
    "filing_scope": "textarea",
}
PARTS = tuple(one.name for one in fields(CategorySaid))


def drawn(said: CategorySaid, errors: Mapping[str, str]) -> list[Field]:
    """The fields of the form; `errors` are sentences by path, as `faults_of_said` names them."""
    values = said.stored()
    names = part_names()
    return [
        Field(
            part,
            names[part],
            widget=WIDGETS.get(part, "text"),
            value=values[part],
            choices=_choices(part),
            required=part == "name",
            limit={"name": MAX_NAME, "name_en": 2 * MAX_NAME, "filing_scope": MAX_SCOPE}.get(part, 0),
            wide=part == "filing_scope",
            hint=_("此后新建的档案以它为准，已有的不变") if part in ("secrecy", "retention") else "",
            error=errors.get(f".{part}", ""),
        )
        for part in PARTS
    ]


def typed(given: Mapping[str, str], before: CategorySaid) -> CategorySaid:
    """What stands in the form; what it does not ask stays as before."""
    return CategorySaid(**{part: given.get(part, getattr(before, part))[:10_000] for part in PARTS})


def part_names() -> dict[str, str]:
    """The parts in words."""
    return {
        "name": _("类别名称"),
        "name_en": _("英文名称"),
        "secrecy": _("默认密级"),
        "retention": _("默认保管期限"),
        "filing_scope": _("归档范围"),
        "archival_class": _("门类"),
    }


def _choices(part: str) -> list[tuple[str, str]]:
    if part == "secrecy":
        return [(level, shown.secrecy_name(level)) for level in CLEARANCES]
    if part == "archival_class":
        return [("", _("未定")), *shown.archival_class_names().items()]
    return [(code, shown.retention_name(code)) for code in RETENTIONS] if part == "retention" else []
