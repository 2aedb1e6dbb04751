"""The English of what is told of faults in the scheme: categories, their codes, a scheme as text."""
# ruff: noqa: E501  a sentence and its translation stand on one line

from service.english.unlocking import UNLOCKING
from service.english.vouching import VOUCHING

SCHEME = {
    "类别名称必填，最多 %(limit)s 个字": "A category needs a name of at most %(limit)s characters",
    "密级只有非密级、秘密、机密；绝密逐件确定": "Secrecy is open, confidential or secret; top secret is set record by record",
    "发布理由必填，最多 500 个字": "A reason is needed, at most 500 characters",
    "生效日期不能早于今天": "It cannot come into force before today",
    "这一版不在待审批，重新载入后再看": "This version does not wait for approval; load it again",
    "自己起草的由别人审批": "What one drafted is approved by somebody else",
    "退回要写明理由，最多 500 个字": "A return needs its reason, at most 500 characters",
    "没有这个门类，从列表中选": "There is no such archival class; choose one of the list",
    "保管期限只有永久、30 年、10 年": "Records are kept permanently, 30 years or 10 years",
    "代码用大写字母和数字，下级用 - 连接，例如 WD-HY": "A code has capital letters and digits, levels joined by -, such as WD-HY",
    "请选择 YAML 文件": "Choose a YAML file",
    "文件不是 UTF-8 文本，另存为 UTF-8 后再导入": "The file is no UTF-8 text; save it as UTF-8 and import it again",
    "分类方案": "Scheme",
    "已有类别 %(code)s，换一个代码": "There is a category %(code)s already; choose another code",
    "第 %(n)s 个类别写得不对或重复": "Category no. %(n)s is not written right, or repeated",
    "已有的类别不能移到别的上级": "A category that is there cannot move below another one",
    "已发布的字段“%(key)s”不能改类型，旧档案还在用": "The published field “%(key)s” keeps its kind; older records use it",
    "上级类别绕成了一圈": "Categories are above each other in a circle",
    "文本过长，分类方案不超过 30 万字": "The text is too long; a scheme has at most 300,000 characters",
    "第 %(line)s 行：分类方案里不用引用（& *）、标记（!）、深层嵌套和过长的值": "Line %(line)s: a scheme has no references (& *), no tags (!), no deep nesting and no overlong values",
    "不是 YAML：第 %(line)s 行读不懂": "This is no YAML: line %(line)s cannot be read",
    "不是分类方案：应有 format: fonds-scheme-1 和 categories": "This is no scheme: format: fonds-scheme-1 and categories are missing",
}

OTHERS = SCHEME | UNLOCKING | VOUCHING
"""With what is said of passwords of files, and to those who sign in by a directory."""
