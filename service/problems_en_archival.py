"""The English of what the way into the archive says: steps, counts, codes, checks."""
# ruff: noqa: E501  a sentence and its translation stand on one line

ARCHIVAL = {
    "已归档，内容不能再改；要更正，另立新版": "It is archived and cannot be changed; make a new version to correct it",
    "已提交，内容暂不能改；先撤回或退回": "It is submitted and cannot be changed now; withdraw or return it first",
    "这件档案现在是“%(state)s”，不能这样办；重新载入后再看": 'This record is now "%(state)s", so this cannot be done; load it again',
    "复核人不能是著录人或提交人（二次审核），请另一位复核": "Who described or submitted a record cannot review it; ask somebody else",
    "写明理由，让提交人知道改什么": "Give the reason, so that the author knows what to change",
    "份数、张数应为 1–%(limit)s 的整数": "Copies and sheets are whole numbers of 1–%(limit)s",
    "还没有选类别": "No category is chosen yet",
    "还没有文件；只有纸质的，写明原件存放处": "There is no file; of paper alone, say where the original is kept",
    "档号模板应为 1–%(limit)s 个字符": "A template has 1–%(limit)s characters",
    "模板中没有“{%(name)s}”，可用：%(parts)s": 'There is no "{%(name)s}" in templates; there are: %(parts)s',
    "模板中只用字母、数字和 - · . / _": "A template has letters, digits and - · . / _ only",
    "模板以分隔符和流水号 {seq} 结尾，例如 -{seq:4}": "A template ends with a separator and the number {seq}, -{seq:4} say",
    "缺少“%(part)s”，编不出档号": 'Without "%(part)s" there can be no reference code',
    "还没有选类别，编不出档号": "Without a category there can be no reference code",
    "本月客户编号已用到 %(limit)s，不能再编；请与档案室商定": "This month's customer numbers are used up to %(limit)s; ask the archive office",
    "部门“%(name)s”编不出代号": 'No code can be made for the department "%(name)s"',
    "草稿": "Draft",
    "已剔除": "Weeded out",
    "已被替代": "Superseded",
    "全宗号": "fonds code",
    "年度": "year",
    "月份": "month",
    "保管期限": "retention",
    "流水号": "number",
}
