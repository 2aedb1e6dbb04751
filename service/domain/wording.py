"""What is said about a faulty description: codes for programs, sentences and labels for people."""

from collections.abc import Mapping
from typing import Any

from service.errors import Fault

MESSAGES = {
    "required": "“%(label)s”必填",
    "unknown_field": "本类别没有字段“%(label)s”",
    "wrong_type": "“%(label)s”应为%(expected)s",
    "not_in_list": "“%(label)s”不能是“%(value)s”，应为：%(allowed)s",
    "bad_date": "“%(label)s”的日期“%(value)s”不存在或写法不对，应写成 2026-03-12，年份 1000–9999",
    "bad_phone": "“%(label)s”应为 11 位手机号或“区号-号码”，不含空格，例如 13800138000、021-12345678",
    "bad_email": "“%(label)s”应为电子邮箱地址，例如 name@example.com",
    "bad_pattern": "“%(label)s”的写法不对。%(hint)s",
    "too_long": "“%(label)s”最多 %(limit)s 个字，现为 %(length)s 个",
    "too_short": "“%(label)s”至少 %(limit)s 个字，现为 %(length)s 个",
    "too_small": "“%(label)s”不能小于 %(limit)s",
    "too_large": "“%(label)s”不能大于 %(limit)s",
    "not_finite": "“%(label)s”应为有限的数字",
    "too_many_decimals": "“%(label)s”最多 %(limit)s 位小数",
    "too_many": "“%(label)s”最多 %(limit)s 项，现为 %(length)s 项",
    "repeated": "“%(label)s”有重复的项",
    "control_character": "“%(label)s”含有控制字符，删去后再保存",
    "not_unicode": "“%(label)s”含有无法存储的字符，重新输入",
    "before_start": "“%(label)s”早于“%(other)s”，核对两个日期",
    "bad_language": "“%(label)s”应为语言代码，例如 zh、zh-Hant、en",
    "formula": "“%(label)s”是公式，粘贴为数值后再传",
    "cell_error": "“%(label)s”是错误值（如 #N/A），改正后再传",
    "other_unit": "“%(label)s”的单位由“%(old)s”改为“%(new)s”，“%(value)s”不知如何换算",
    "breaks_schema": "“%(label)s”不符合类别的规定",
}
"""Code of a fault → its sentence. Parameters that are words have their English beside them: `label_en`,
`other_en`, `expected_en`, `allowed_en`, `hint_en`."""

TYPES = {
    "string": ("文字", "text"),
    "number": ("数字", "a number"),
    "integer": ("整数", "a whole number"),
    "boolean": ("是或否", "yes or no"),
    "array": ("列表", "a list"),
    "object": ("一组字段", "a group of fields"),
}
"""JSON type → what people call it."""

CORE_LABELS = {
    "title": ("题名", "Title"),
    "date": ("日期", "Date"),
    "department": ("部门", "Department"),
    "responsible": ("责任者", "Creator"),
    "doc_no": ("文号", "Document no."),
    "secrecy": ("密级", "Secrecy"),
    "secrecy_until": ("保密期限至", "Secret until"),
    "grade": ("档案级别", "Grade"),
    "openness": ("公开程度", "Openness"),
    "retention": ("保管期限", "Retention"),
    "room": ("库房", "Room"),
    "cabinet": ("柜", "Cabinet"),
    "shelf": ("层", "Shelf"),
    "box": ("盒", "Box"),
    "copy_status": ("原件/复印件", "Original or copy"),
    "original_place": ("原件存放处", "Place of the original"),
    "language": ("语言", "Language"),
    "keywords": ("关键词", "Keywords"),
    "note": ("附注", "Note"),
}
"""Field of the fixed core → its label in Chinese and English."""


def core_hints(name: str) -> Mapping[str, str]:
    """The label of a core field in the form in which schemas give labels."""
    label, english = CORE_LABELS[name]
    return {"title": label, "x-title-en": english}


def fault(path: str, code: str, hints: Mapping[str, Any] | None = None, **params: object) -> Fault:
    """A fault with its sentence; `hints` is the schema of the field."""
    name = path.removeprefix("fields.").split(".")[0]
    label = (hints or {}).get("title", name)
    labels = {"label": label, "label_en": (hints or {}).get("x-title-en", label)}
    return Fault(path, code, MESSAGES[code], {**labels, **params})


def expected(types: str | list[str]) -> Mapping[str, str]:
    """Parameters that say which types a schema allows."""
    words = [TYPES.get(one, (one, one)) for one in ([types] if isinstance(types, str) else types)]
    return {"expected": "或".join(zh for zh, _ in words), "expected_en": " or ".join(en for _, en in words)}


def quoted(value: object) -> str:
    """A wrong value as a message may repeat it: short, and storable whatever it was."""
    text = str(value).encode("utf-8", "replace").decode()
    return text if len(text) <= 40 else text[:39] + "…"
