"""What values look like to people: texts made harmless, places, sizes, times, names of codes."""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from markupsafe import Markup, escape

from service.domain import dates as company
from service.domain.archival_classes import ARCHIVAL_CLASSES
from service.problems import language
from service.web.language import translated as _

ZONE = company.ZONE

UNITS = ("B", "KB", "MB", "GB", "TB")
KEPT = "\n\t"
BLANKS = str.maketrans("\n\r\t\v\f", "     ")
MAX_SHOWN = 4000
"""Longer names and titles are hostile or broken: the rest is cut with a sign."""


def harmless(text: str, *, lines: bool = False) -> str:
    """Text of users and files with what cannot be seen made visible: controls as pictures, direction by code."""
    kept = KEPT if lines else ""
    return "".join(sign if sign in kept else _visible(sign) for sign in text)


def _visible(sign: str) -> str:
    code = ord(sign)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if (
        0x80 <= code < 0xA0
        or 0x202A <= code <= 0x202E
        or 0x2066 <= code <= 0x2069
        or code in (0x200E, 0x200F)
    ):
        return f"[U+{code:04X}]"
    if unicodedata.category(sign) == "Cs":
        return "�"
    return sign


def said(text: object, *, lines: bool = False) -> Markup:
    """User text as an isolated run: it never reorders or breaks what stands around it."""
    plain = str(text)
    cut = plain if lines or len(plain) <= MAX_SHOWN else plain[:MAX_SHOWN] + "……"
    return Markup('<bdi class="said">{}</bdi>').format(harmless(cut, lines=lines))


def marked(text: str, marks: Iterable[Sequence[int]], *, lines: bool = False) -> Markup:
    """User text with the stretches (start, end) in `marks` marked; the first says to screen readers what it is.

    Without `lines` it runs on: ends of lines and tabs are blanks.
    """
    text = text if lines else text.translate(BLANKS)
    parts: list[Markup] = []
    at = 0
    for start, end in marks:
        parts.append(escape(harmless(text[at:start], lines=lines)))
        hidden = Markup('<span class="vh">{}</span>').format(_("命中")) if at == 0 else Markup()
        parts.append(Markup("<mark>{}{}</mark>").format(hidden, harmless(text[start:end], lines=lines)))
        at = end
    parts.append(escape(harmless(text[at:], lines=lines)))
    return Markup('<bdi class="said">{}</bdi>').format(Markup().join(parts))


def place(kind: str, number: int, label: str = "") -> str:
    """A place in a file in words: 第 3 页, 幻灯片 4, 工作表 明细, 1:05."""
    named = harmless(label)
    if kind == "sheet":
        return _("工作表 %(name)s", name=named or number)
    if kind == "part":
        return named or _part(number)
    if kind == "second":
        return f"{number // 60}:{number % 60:02}"
    words = {
        "page": _("第 %(n)s 页", n=number),
        "slide": _("幻灯片 %(n)s", n=number),
        "line": _("第 %(n)s 行", n=number),
    }
    return words.get(kind) or _("正文")


def _part(number: int) -> str:
    """A part of a mail: ingest writes the head first, then the body, then what else has text."""
    return {1: _("邮件头"), 2: _("邮件正文")}.get(number) or _("第 %(n)s 部分", n=number - 1)


def anchor(kind: str, number: int) -> str:
    """The fragment of a place on the record page."""
    return f"{kind}-{number}"


def size(count: int) -> str:
    """Bytes as people say them: 14.2 MB."""
    value = float(count)
    for unit in UNITS:
        if value < 1024 or unit == UNITS[-1]:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1024
    raise AssertionError("unreachable")


def moment(at: datetime | None) -> str:
    """A time of the clock on the wall: 2026-03-12 16:20."""
    return at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M") if at else ""


def date_said(at: datetime) -> str:
    """A day in a sentence: 11 月 21 日，星期六."""
    here = at.astimezone(ZONE)
    week = (_("星期一"), _("星期二"), _("星期三"), _("星期四"), _("星期五"), _("星期六"), _("星期日"))
    return _(
        "%(month)s 月 %(day)s 日，%(weekday)s", month=here.month, day=here.day, weekday=week[here.weekday()]
    )


BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser(agent: str) -> str:
    """What a browser calls itself, as people say it: Chrome, Windows."""
    words = [next((word for sign, word in known if sign in agent), "") for known in (BROWSERS, SYSTEMS)]
    return " · ".join(word for word in words if word) or agent[:40] or _("未知的程序")


def day(value: date | None) -> str:
    """A date in data: 2026-03-12."""
    return value.isoformat() if value else ""


def archival_class_names() -> dict[str, str]:
    """门类 → its word."""
    return {code: words[language() == "en"] for code, words in ARCHIVAL_CLASSES.items()}


def secrecy_name(level: str) -> str:
    """The word of a secrecy level."""
    words = {"L0": _("非密级"), "L1": _("秘密"), "L2": _("机密"), "L3": _("绝密")}
    return words.get(level, level)


def retention_name(code: str) -> str:
    """The word of a retention period."""
    words = {"PERMANENT": _("永久"), "D30": _("30 年"), "D10": _("10 年")}
    return words.get(code, code)


def copy_name(code: str) -> str:
    """Original or copy."""
    return {"original": _("原件"), "copy": _("复印件")}.get(code, code)


def last_day(ends: datetime) -> str:
    """The last day of what ends at a midnight."""
    return moment(ends - timedelta(seconds=1))[:10]


def grade_name(code: str) -> str:
    """The grade of a record 档案级别; an unknown code as it is."""
    return {"1": _("1 级"), "2": _("2 级"), "3": _("3 级")}.get(code, code)


def openness_name(code: str) -> str:
    """Open or closed to the public."""
    return {"open": _("公开"), "closed": _("非公开")}.get(code, code)


def family_name(family: str) -> str:
    """The word of a family of files."""
    words = {
        "pdf": _("PDF"),
        "word": _("Word 文档"),
        "slides": _("幻灯片"),
        "sheet": _("电子表格"),
        "text": _("文本"),
        "mail": _("邮件"),
        "image": _("图片"),
        "video": _("视频"),
        "audio": _("音频"),
        "archive": _("压缩包"),
        "other": _("其他"),
    }
    return words.get(family, family)


def extension(name: str) -> str:
    """The letters on a file's sign, at most four."""
    suffix = name.rpartition(".")[2] if "." in name else ""
    letters = harmless(suffix).upper()
    return letters if 0 < len(letters) <= 4 else "?"
