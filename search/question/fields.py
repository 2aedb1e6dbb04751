"""The fields that a query may name (`字段:值`), their names in both languages, and names of their values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from search.words.folding import fold

Kind = Literal["value", "words", "date", "number", "bytes"]
"""What its values are: a code or name to be met exactly, words, days, numbers, sizes (10MB)."""


@dataclass(frozen=True, slots=True)
class QueryField:
    """A field of the query language. `code` is what `FieldIs.field` holds; the first name of a language is shown."""

    code: str
    zh: tuple[str, ...]
    en: tuple[str, ...]
    values: Mapping[str, str] = field(default_factory=dict)
    """Lower-case name of a value → its code; a value that is not here stands for itself."""
    kind: Kind = "value"
    closed: bool = False
    """Whether it has no values but those."""


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
    "草稿": "draft", "已提交": "submitted", "待复核": "submitted", "已复核": "reviewed", "待验收": "reviewed",
    "已验收": "accepted", "待归档": "accepted", "已归档": "archived", "归档": "archived", "待销毁": "disposal_pending",
    "已销毁": "destroyed", "退回": "returned", "已剔除": "weeded", "剔除": "weeded", "已被替代": "superseded",
    "被替代": "superseded", "旧版": "superseded",
}  # fmt: skip

_SECRECY = {
    "l0": "L0", "非密": "L0", "非密级": "L0", "公开": "L0", "内部": "L0", "l1": "L1", "秘密": "L1", "l2": "L2", "机密": "L2",
    "l3": "L3", "绝密": "L3", "open": "L0", "confidential": "L1", "secret": "L2", "top secret": "L3",
}  # fmt: skip
_HELD = {
    "附件": "file", "文件": "file", "原文": "file", "电子原文": "file", "file": "file", "files": "file",
    "attachment": "file",
    "正文": "text", "文字": "text", "text": "text", "档号": "code", "文号": "code", "编号": "code", "code": "code",
    "标签": "tag", "关键词": "tag", "tag": "tag", "客户": "customer", "customer": "customer", "金额": "amount",
    "amount": "amount", "日期": "date", "date": "date", "案卷": "dossier", "dossier": "dossier",
    "类别": "category", "category": "category", "责任者": "responsible", "responsible": "responsible",
    "红章": "seal", "印章": "seal", "公章": "seal", "盖章": "seal", "章": "seal", "seal": "seal", "stamp": "seal",
}  # fmt: skip

FIELDS = (
    QueryField("category", ("类别", "分类", "门类"), ("category",)),
    QueryField("department", ("部门",), ("department", "dept")),
    QueryField("customer", ("客户", "客户名称"), ("customer", "client"), kind="words"),
    QueryField("date", ("日期", "时间", "成文日期"), ("date",), kind="date"),
    QueryField("year", ("年度", "年份"), ("year",), kind="date"),
    QueryField("created", ("录入日期", "录入", "登记日期", "收到日期"), ("created", "entered"), kind="date"),
    QueryField("amount", ("金额", "合同金额", "总额"), ("amount", "money"), kind="number"),
    QueryField("pages", ("页数",), ("pages",), kind="number"),
    QueryField("bytes", ("大小", "文件大小"), ("size", "bytes"), kind="bytes"),
    QueryField("secrecy", ("密级",), ("secrecy", "classification"), MappingProxyType(_SECRECY), closed=True),
    QueryField("tag", ("标签", "关键词"), ("tag", "keyword")),
    QueryField("type", ("文件类型", "类型", "格式"), ("type", "filetype"), MappingProxyType(_TYPES)),
    QueryField("code", ("档号", "文号", "编号", "合同号"), ("code", "ref"), kind="words"),
    QueryField("title", ("题名", "标题"), ("title",), kind="words"),
    QueryField("party", ("签署方", "当事人", "单位", "人名"), ("party", "name"), kind="words"),
    QueryField("responsible", ("责任者", "负责人"), ("responsible", "author"), kind="words"),
    QueryField("file", ("文件名",), ("file", "filename"), kind="words"),
    QueryField("body", ("正文", "全文", "内容"), ("body", "content"), kind="words"),
    QueryField("dossier", ("案卷",), ("dossier", "folder")),
    QueryField("has", ("有", "含"), ("has", "with"), MappingProxyType(_HELD), closed=True),
    QueryField("lacks", ("无", "缺", "没有"), ("lacks", "without"), MappingProxyType(_HELD), closed=True),
    QueryField("similar", ("相似", "类似"), ("similar", "like")),
    QueryField("same", ("副本", "相同"), ("same", "copies")),
    QueryField("state", ("状态",), ("state", "status"), MappingProxyType(_STATES)),
)

_BY_NAME: Mapping[str, QueryField] = {name: known for known in FIELDS for name in (*known.zh, *known.en)}


def field_named(name: str) -> QueryField | None:
    """The field of that name (either language, case does not matter), or None."""
    return _BY_NAME.get(plain_name(name))


@lru_cache(maxsize=4096)
def plain_name(name: str) -> str:
    """A field's name as it is compared: width, case, script and blanks do not matter."""
    return "".join(fold(name).text.split())


def value_code(known: QueryField, value: str) -> str:
    """The code of a value as people name it, or the value itself where it has no other name."""
    return known.values.get(" ".join(fold(value).text.split()), value.strip())
