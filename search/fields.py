"""The fields that a query may name (`字段:值`), their names in both languages, and names of their values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class QueryField:
    """A field of the query language. `code` is what `FieldIs.field` holds; the first name of a language is shown."""

    code: str
    zh: tuple[str, ...]
    en: tuple[str, ...]
    values: Mapping[str, str] = field(default_factory=dict)
    """Lower-case name of a value → its code; a value that is not here stands for itself."""


_TYPES = {
    "pdf": "pdf", "版式文件": "pdf", "word": "word", "doc": "word", "docx": "word", "wps": "word", "文档": "word",
    "slides": "slides", "ppt": "slides", "pptx": "slides", "幻灯片": "slides", "演示文稿": "slides",
    "sheet": "sheet", "excel": "sheet", "xls": "sheet", "xlsx": "sheet", "csv": "sheet", "表格": "sheet",
    "电子表格": "sheet", "text": "text", "txt": "text", "md": "text", "html": "text", "文本": "text", "网页": "text",
    "mail": "mail", "email": "mail", "eml": "mail", "邮件": "mail", "电子邮件": "mail",
    "image": "image", "图片": "image", "照片": "image", "图像": "image", "jpg": "image", "png": "image",
    "video": "video", "视频": "video", "录像": "video", "audio": "audio", "音频": "audio", "录音": "audio",
    "archive": "archive", "zip": "archive", "压缩包": "archive", "other": "other", "其他": "other",
}  # fmt: skip
_STATES = {
    "草稿": "draft", "已提交": "submitted", "已复核": "reviewed", "已验收": "accepted", "已归档": "archived",
    "归档": "archived", "待销毁": "disposal-pending", "已销毁": "destroyed", "退回": "returned", "已剔除": "weeded",
    "已被替代": "superseded",
}  # fmt: skip

FIELDS = (
    QueryField("category", ("类别", "分类", "门类"), ("category",)),
    QueryField("department", ("部门",), ("department", "dept")),
    QueryField("date", ("日期", "时间"), ("date",)),
    QueryField("type", ("文件类型", "类型", "格式"), ("type", "filetype"), MappingProxyType(_TYPES)),
    QueryField("code", ("档号", "文号", "编号"), ("code", "ref")),
    QueryField("title", ("题名", "标题"), ("title",)),
    QueryField("state", ("状态",), ("state", "status"), MappingProxyType(_STATES)),
)

_BY_NAME = {name: known for known in FIELDS for name in (*known.zh, *known.en)}


def field_named(name: str) -> QueryField | None:
    """The field of that name (either language, case does not matter), or None."""
    return _BY_NAME.get(name.strip().lower())


def value_code(known: QueryField, value: str) -> str:
    """The code of a value as people name it, or the value itself where it has no other name."""
    return known.values.get(value.strip().lower(), value.strip())
