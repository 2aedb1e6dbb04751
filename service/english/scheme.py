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
    "这个类别没有第 %(version)s 版": "This category has no version %(version)s",
    "没有这份换版对照": "There is no such conversion",
    "新版没有这个字段": "The new version has no such field",
    "旧版没有这个字段": "The old version has no such field",
    "新版的一个字段只能有一条对照": "A field of the new version has one rule",
    "旧字段的值写进附注，或只留在历史": "Values of an old field go into the note, or stay in the history",
    "这两种字段的值不能互相转换，另选一个": "Values of these two kinds cannot be turned into each other; choose another field",
    "转换不了的，留在旧版或写进附注": "What does not convert stays in the old version or goes into the note",
    "新版没有这个选项，从列表中选": "The new version has no such choice; choose one of the list",
    "“%(label)s”的单位由“%(old)s”改为“%(new)s”，“%(value)s”不知如何换算": 'The unit of "%(label_en)s" changed from %(old)s to %(new)s; nobody knows how to convert "%(value)s"',
    "正在执行，不能改对照；等它结束": "It is running; the mapping can change when it has ended",
    "别人刚改过这份对照，刷新后再改": "Somebody else changed this mapping; load it again",
    "换版理由必填，最多 500 个字": "A reason is needed, at most 500 characters",
    "没有可以提交的对照，或别人刚改过": "There is no mapping to hand in, or somebody else changed it",
    "这份对照不在待审批，重新载入后再看": "This mapping does not wait for approval; load it again",
    "批准之后才能执行": "It runs once it is approved",
    "只有执行人可以撤销刚做完的换版": "A conversion that has just ended is taken back by who carried it out",
    "这个类别又有了新版，换版不能再撤销": "The category has a newer version; the conversion cannot be taken back",
    "这个类别又有了新版，另起草到新版的对照": "The category has a newer version; draft a mapping to that one",
    "已归档，保持原版；要换版，先更正另立新版": "Archived, so it keeps its version; to convert it, begin a corrected version",
    "已提交，暂不能换版；退回后再执行一次": "Handed in, so it cannot be converted now; run again once it is returned",
    "有人同时在改，未动": "Somebody was changing it; left alone",
    "换版之后有人改过，未撤销": "Somebody changed it after the conversion; not taken back",
    "两件按类别的不同版本著录，先把旧的一件换到新版再合并": "The two are described by different versions of their category; bring the older one to the new version first",
    "类别出了新版，字段与这份录入表的不同；下载新模板填写再传": "The category has a new version with other fields than this workbook; fill in a new template",
    "别的服务器正在执行": "Another server is carrying it out",
    "已有的类别不能移到别的上级": "A category that is there cannot move below another one",
    "上级类别绕成了一圈": "Categories are above each other in a circle",
    "文本过长，分类方案不超过 30 万字": "The text is too long; a scheme has at most 300,000 characters",
    "第 %(line)s 行：分类方案里不用引用（& *）、标记（!）、深层嵌套和过长的值": "Line %(line)s: a scheme has no references (& *), no tags (!), no deep nesting and no overlong values",
    "不是 YAML：第 %(line)s 行读不懂": "This is no YAML: line %(line)s cannot be read",
    "不是分类方案：应有 format: fonds-scheme-1 和 categories": "This is no scheme: format: fonds-scheme-1 and categories are missing",
}

OTHERS = SCHEME | UNLOCKING | VOUCHING
"""With what is said of passwords of files, and to those who sign in by a directory."""
