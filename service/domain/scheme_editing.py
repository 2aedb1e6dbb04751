"""What is said of a category beside its fields: names, secrecy and retention of new records, and what belongs there."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from service.domain.archival_classes import ARCHIVAL_CLASSES
from service.domain.describing import RETENTIONS
from service.domain.holdings import CategoryView
from service.domain.permissions import CLEARANCES
from service.domain.schema_editing import Change
from service.errors import Fault

CODE = re.compile(r"[A-Z][A-Z0-9]{0,9}(-[A-Z0-9]{1,10}){0,3}", re.ASCII)
MAX_NAME = 40
MAX_SCOPE = 500


@dataclass(frozen=True, slots=True)
class CategorySaid:
    """`secrecy` and `retention` are what a record gets that is described from now on; those there keep theirs."""

    name: str
    name_en: str = ""
    secrecy: str = "L0"
    retention: str = "D10"
    filing_scope: str = ""
    archival_class: str = ""

    @classmethod
    def of(cls, category: CategoryView, content: Mapping[str, Any] | None = None) -> "CategorySaid":
        """What a stored version says; what it does not say is as in the category."""
        told = content or {}
        return cls(**{one.name: told.get(one.name, getattr(category, one.name)) for one in fields(cls)})

    def stored(self) -> dict[str, Any]:
        """The values of `Category` by name, without blanks around."""
        return {name: value.strip() for name, value in asdict(self).items()}


def faults_of_said(said: CategorySaid) -> list[Fault]:
    """Everything that is wrong; paths are the names of the parts behind a dot, as no field begins with one."""
    faults = []
    if not 1 <= len(said.name.strip()) <= MAX_NAME:
        faults.append(Fault(".name", "required", "类别名称必填，最多 %(limit)s 个字", {"limit": MAX_NAME}))
    if len(said.name_en.strip()) > 2 * MAX_NAME:
        faults.append(Fault(".name_en", "too_long", "最多 %(limit)s 个字", {"limit": 2 * MAX_NAME}))
    if said.secrecy not in CLEARANCES:
        faults.append(Fault(".secrecy", "not_in_list", "密级只有非密级、秘密、机密；绝密逐件确定"))
    if said.retention not in RETENTIONS:
        faults.append(Fault(".retention", "not_in_list", "保管期限只有永久、30 年、10 年"))
    if said.archival_class.strip() not in ("", *ARCHIVAL_CLASSES):
        faults.append(Fault(".archival_class", "not_in_list", "没有这个门类，从列表中选"))
    if len(said.filing_scope) > MAX_SCOPE:
        faults.append(Fault(".filing_scope", "too_long", "最多 %(limit)s 个字", {"limit": MAX_SCOPE}))
    return faults


def said_differences(before: CategorySaid, after: CategorySaid) -> list[Change]:
    """A "set" for every part that a version says anew."""
    old, new = before.stored(), after.stored()
    return [Change("set", part) for part in old if old[part] != new[part]]


def faults_of_code(code: str) -> list[Fault]:
    """Whether a new category can bear this code."""
    if CODE.fullmatch(code):
        return []
    message = "代码用大写字母和数字，下级用 - 连接，例如 WD-HY"
    return [Fault(".code", "bad_code", message)]
