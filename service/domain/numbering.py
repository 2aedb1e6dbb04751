"""Reference codes 档号 and customer numbers: templates as data, and what keeps the codes apart (S-ID-1)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from service.domain.permissions import COMPARTMENTS
from service.errors import Conflict, Fault

DEFAULT_TEMPLATE = "{fonds}-{category}·{year}-{retention}-{department}-{seq:4}"
"""By item, after DA/T 22-2015 (S-ID-2): fonds, category, year, retention, department, item number."""

CUSTOMER_TEMPLATE = "{year}{month}-{seq:4}"
"""Of customers, from the company's rule (R-NUM-2): 202405-0001."""

CUSTOMER_MOST = 9999
"""Customers of one month; beyond it numbering is refused rather than made longer (G8)."""

PARTS = ("fonds", "category", "year", "month", "retention", "department", "seq")
RETENTION_CODES = {"PERMANENT": "Y", "D30": "D30", "D10": "D10"}
"""永久 Y, 30 years D30, 10 years D10 (S-ID-3)."""

MOST = 80
_PART = re.compile(r"\{(\w*)(?::(\d{0,2}))?\}", re.ASCII)
_LITERAL = re.compile(r"[A-Za-z0-9·.\-/_]*")

LETTERS = dict(zip(COMPARTMENTS, ("P", "H", "M", "N", "J", "K", "T", "U"), strict=True))
"""Compartment → the letter before the item number of what is not in its category's own compartment. Each compartment
is counted apart, so that a gap tells nothing of what somebody may not know of; the letter keeps the codes unique."""


@dataclass(frozen=True, slots=True)
class NumberRule:
    """How the records of a category are numbered. `plain` is the compartment whose numbers carry no letter."""

    template: str
    plain: str


@dataclass(frozen=True, slots=True)
class Series:
    """One counter: codes that share everything before the number. `prefix` is its name, too."""

    prefix: str
    width: int

    def code(self, number: int) -> str:
        """The code with this number, from 1; past the width it grows longer."""
        return f"{self.prefix}{number:0{self.width}d}"


def check_template(template: str) -> list[Fault]:
    """What is wrong with a template: unknown parts, no number, a number that is not at its end and set off."""
    text = template.strip()
    if not 1 <= len(text) <= MOST:
        return [Fault("template", "too_long", "档号模板应为 1–%(limit)s 个字符", {"limit": MOST})]
    unknown = [name for name, _ in _PART.findall(text) if name not in PARTS]
    if unknown:
        told = {"name": unknown[0][:40], "parts": "、".join(PARTS)}
        return [Fault("template", "unknown_part", "模板中没有“{%(name)s}”，可用：%(parts)s", told)]
    if not _LITERAL.fullmatch(_PART.sub("", text)):
        return [Fault("template", "bad_character", "模板中只用字母、数字和 - · . / _")]
    if not re.search(r"[-·./_]\{seq(:\d{0,2})?\}$", text) or text.count("{seq") != 1:
        return [Fault("template", "no_number", "模板以分隔符和流水号 {seq} 结尾，例如 -{seq:4}")]
    return []


def series(rule: NumberRule, said: Mapping[str, str], place: str) -> Series:
    """The counter for what `said` fills the template with, in the compartment `place`. Raises `Conflict`."""
    width = 4

    def fill(found: re.Match[str]) -> str:
        nonlocal width
        name, digits = found[1], found[2]
        if name == "seq":
            width = int(digits) if digits else width
            return ""
        if not said.get(name):
            raise Conflict("缺少“%(part)s”，编不出档号", part=PART_NAMES[name])
        return said[name]

    prefix = _PART.sub(fill, rule.template)
    letter = "" if place == rule.plain else LETTERS[place]
    return Series(prefix + letter, width)


PART_NAMES = {
    "fonds": "全宗号",
    "category": "类别",
    "year": "年度",
    "month": "月份",
    "retention": "保管期限",
    "department": "部门",
    "seq": "流水号",
}
"""Part of a template → what people call it."""
