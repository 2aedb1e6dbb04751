"""Asking: questions in plain words: what in them is only form, and the days that they name."""

import re
from datetime import date

from search.question.dates import date_range
from search.question.tree import DateIn
from search.words.analysis import units
from search.words.folding import fold


def _folded(pattern: str) -> re.Pattern[str]:
    """A pattern as it stands in folded text: 么 is folded too."""
    return re.compile(fold(pattern).text)


_FORM = _folded(
    r"请问|请教|麻烦|帮我|帮忙|我想(?:知道|找|看|要|查)|我要|给我|告诉我|查(?:一下|找|询)|找(?:一下|出|到)?|看看|"
    r"(?:在)?哪(?:里|儿|个|些|家|份|位)(?:可以|能)?|什么(?:时候|地方)?|怎么(?:样|办)?|怎样|如何|为什么|为何|多少|几(?:个|份|次)|"
    r"是谁|由谁|谁|有没有|有无|是否|是不是|能不能|可不可以|可以|关于|有关|相关|那(?:个|份|些)|这(?:个|份|些)|"
    r"(?<=[的些份个])(?:文件|资料|材料|东西|事情|内容|记录|档案)|的|吗|呢|吧|啊|了|[?？!！。，,、]|"
    r"\b(?:who|what|when|where|which|how|is|are|was|were|the|of|about|find|show|me|please|do|does|did)\b"
)
_SOFT = frozenset({
    "负责", "规定", "要求", "处理", "办理", "谈", "谈的", "说", "讲", "写", "签", "签的", "是", "有",
    "跟", "同", "给", "到", "从", "文件", "资料", "材料", "情况", "内容", "事情", "事宜", "哪", "做",
    "开", "出", "发", "用", "要", "会", "能", "说的", "写的", "问题", "关", "关系", "参加", "一下",
    "最后", "当时", "之间", "双方",
})  # fmt: skip
"""Words of a question that its answer seldom has."""
_MAYBE_DAYS = _folded(
    r"(?:今年|去年|前年|上年|本年|(?<![0-9])[12][0-9]{3}年?度?)?(?:的)?(?:第?[一二三四1-4]季度|q[1-4]|[上下]半年|(?:1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九元])月份?)"
    r"|[今去前]年|上个?(?:月|周|星期|季度)|[本这]个?(?:月|周|星期|季度)|昨天|今天|前天|最?近(?:[0-9]{1,3}|[一二两三四五六七八九十]{1,3}|半)个?(?:天|周|星期|月|季度|年)"
    r"|(?<![0-9])[12][0-9]{3}年"
)


def plain(text: str, today: date) -> tuple[list[str], DateIn | None]:
    """A question without its form: readings of the words that are left, milder first; and the days it names.

    Nothing is left of what is no question.
    """
    folded = fold(text).text
    days, kept = _days(folded, today)
    mild = " ".join(_FORM.sub(" ", kept).split())
    if days is None and mild == " ".join(folded.split()):
        return [], None
    meant = ("".join(unit.tokens) for unit in units(mild))
    firm = " ".join(word for word in meant if word not in _SOFT)
    return list(dict.fromkeys(reading for reading in (mild, firm) if reading)), days


def _days(folded: str, today: date) -> tuple[DateIn | None, str]:
    """The first days that are named, and the text without them."""
    for match in _MAYBE_DAYS.finditer(folded):
        found = date_range(match.group().replace("的", ""), today)
        if found:
            return DateIn(*found), f"{folded[: match.start()]} {folded[match.end() :]}"
    return None, folded
