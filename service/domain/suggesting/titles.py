"""The title of a document: its heading, the subject of a mail, else its file's name without dates and copy marks."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from service.domain.suggesting.days import day_in
from service.domain.suggesting.folding import fold, tidy
from service.domain.suggesting.lines import Lines, normal
from service.domain.suggesting.people import is_organisation
from service.domain.suggesting.source import Found, SourceFile, Stretch

HEAD = 12
"""Lines among which a heading is looked for."""
LONGEST = 80
SHORT = 10
"""A heading that short may be said in more words by the name."""

_NOUN = re.compile(
    r"(?:纪要|记录|合同书?|协议书?|方案|计划书?|规划|报告书?|总结|办法|制度|细则|规定|规范|通知|通报|公告|函|请示|批复|决定|决议|意见"
    r"|预算表?|问卷|调查表?|说明书?|手册|清单|名单|名录|一览表|登记表|统计表|明细表|汇总表|审批单|报价单|订单|确认[书单]|委托书|策划[案书]?"
    r"|安排|海报|简报|月报|周报|季报|年报|台账|档案|证书|许可证|执照|标书|文件|简历|新闻稿|通稿|课件|教材|申请书?|材料|分析|表|案)"
    r"(?:\([^()]{1,16}\))?$"
)
"""What the heading of a document ends with."""

_GENERIC = re.compile(
    r"^(?:.{0,4}(?:合同书?|协议书?|会议纪要|纪要|会议记录|检[测验]报告|报价单|通知|报告|总结|计划|方案|预算表?|登记表|说明|函|文件|简历|执照|证书|记录))$"
)
"""Headings that hundreds of documents share."""

_NO_HEADING = re.compile(
    r"[。;:,!?]$|^\(?[0-9一二三四五六七八九十]{1,3}[),.]|^第.{1,4}[条章节页]|^共.{1,4}页|^[-0-9/ .]+$|@|://"
)
_LETTERHEAD = re.compile(r"(?:公司|集团|部|中心|处|委员会|研究院|研究所|大学)(?:文件)?$")
_PREFIX = re.compile(r"^(?:(?:re|fw|fwd|回复|答复|转发)\s?(?:\[[0-9]{1,2}\])?\s?:\s*)+", re.IGNORECASE)
_ENDING = re.compile(r"\.(?=[0-9]?[A-Za-z])[A-Za-z0-9]{2,5}$")
_DAYS = re.compile(
    r"(?<![0-9])(?:(?:19|20)[0-9]{2}(?:[-._/]?(?:0[1-9]|1[0-2])[-._/]?(?:0[1-9]|[12][0-9]|3[01])|[-._/][0-9]{1,2}[-._/][0-9]{1,2})"
    r"|(?:19|20)[0-9]{2}年[0-9]{1,2}月[0-9]{1,2}[日号]?)(?![0-9])"
)
_MARKS = re.compile(
    r"(?:[-_ ]{0,3}(?:副本|复件|拷贝|备份)(?:\s?\([0-9]{1,3}\)|[0-9]{1,2})?|\s?\([0-9]{1,3}\)"
    r"|[-_ ](?:copy|final|draft)(?:[0-9]{0,2})"
    r"|[-_ ]?[(\[]?(?:最终(?:修改|确认|打印)?[版稿]?|终[稿版]|定稿|修[改订][版稿]|最新[版稿]?|打印[版稿]|盖章[版件]?"
    r"|签字[版件]?|已签[字章]?|已盖章|扫描[版件]|正式[版稿]|清洁版|改[0-9]{1,2}|(?<![A-Za-z])[vV][0-9]{1,2}(?:\.[0-9]{1,3}){0,3})[)\]]?)$",
    re.IGNORECASE,
)
_COPY_OF = re.compile(r"^(?:复件|副本|copy of|拷贝)[-_ (]{0,3}(?:[0-9]{1,2}\))?\s*", re.IGNORECASE)
_ORDER = re.compile(
    r"^(?:(?:RE|FW|FWD|Re|Fw|Fwd|回复|答复|转发)[-_: ]{1,3}|[0-9]{1,3}[-_.,、 ]{1,3}|\([0-9]{1,3}\)\s?)(?=\S)"
)
_NAMELESS = re.compile(
    r"^(?:(?:IMG|DSC|DSCN|MVI|VID|PXL|SCAN|DOC|CCF|mmexport|wx_camera|Screenshot|image|photo|untitled|未命名|新建|扫描|微信图片|微信截图"
    r"|截图|截屏|屏幕截图|QQ图片|QQ截图|图片|文档|文件|演示文稿|工作簿|Document|Book|Sheet|Presentation|WPS图片)[^\u4e00-\u9fff]{0,40}"
    r"(?:文档|文件|文本文档|演示文稿|工作表|工作簿|件)?[^\u4e00-\u9fff]{0,20}|[0-9a-fA-F._ -]{1,80})$",
    re.IGNORECASE,
)
_PROPERTY = re.compile(
    r"Microsoft|PowerPoint|^幻灯片|^Slide|^Sheet|^工作表|^文档|^Document|\.(?:docx?|pdf|wps|pptx?)$",
    re.IGNORECASE,
)
_HAN = re.compile(r"[\u4e00-\u9fff]")
MAILS = (".eml", ".msg")


class Titles(NamedTuple):
    """What documents are called: the heading and the name, each with the stretch that it stands in."""

    heading: Found | None
    name: Found | None
    stated: Found | None
    """What the file states of itself: the subject of a mail."""
    mail: bool

    @property
    def best(self) -> Found | None:
        """The title to suggest: a heading that hundreds share gives way to a name that says more."""
        if self.mail and self.stated:
            return self.stated
        if self.heading and self.name:
            said, named = fold(str(self.heading.value)), fold(str(self.name.value))
            noun = _NOUN.search(said)
            alike = said in named or bool(_NOUN.search(named)) or bool(noun and noun[0] in named)
            more = len(said) < len(named) and alike
            if more and (_GENERIC.match(said) or (len(said) <= SHORT and said in named)):
                return self.name
        return self.heading or self.name or self.stated

    @property
    def every(self) -> list[Found]:
        """Every one that there is, the surest first."""
        order = (self.stated if self.mail else None, self.heading, self.name)
        return [one for one in order if one]


def titles_of(file: SourceFile, lines: Lines) -> Titles:
    """The titles of the main file."""
    mail = file.name.lower().endswith(MAILS) or "recipients" in file.facts
    heading = None if mail else _heading(lines)
    return Titles(heading, _named(file), _property(file, mail=mail), mail)


def clean_name(name: str) -> tuple[int, int]:
    """Where in a folded file name the title stands: without endings, numbers, dates and copy marks."""
    start, end = 0, len(name)
    while (
        (match := _ENDING.search(name, start, end))
        and match.start() > start
        and len(name) - match.start() < 20
    ):
        end = match.start()
    for _ in range(12):
        before = (start, end)
        for pattern in (_COPY_OF, _ORDER):
            if match := pattern.match(name[start:end]):
                start += match.end()
        if (match := _MARKS.search(name[start:end])) and match.start():
            end = start + match.start()
        if (match := _DAYS.match(name[start:end])) and match.end() < end - start:
            start += match.end()
        tail = next((one for one in _DAYS.finditer(name[start:end]) if one.end() == end - start), None)
        if tail and tail.start():
            end = start + tail.start()
        while start < end and name[start] in " -_.+,":
            start += 1
        while end > start and name[end - 1] in " -_.+,":
            end -= 1
        if before == (start, end):
            break
    return start, end


def _named(file: SourceFile) -> Found | None:
    name = file.name[:500]
    stretch = Stretch("name", file.id, name, fold(name), range(len(name)))
    start, end = clean_name(stretch.text)
    title = tidy(name[start:end].replace("_", " "))
    if len(title) < 2 or not _HAN.search(title) or _NAMELESS.match(fold(title)):
        return None
    return Found(title, stretch, start, end, "name")


def _property(file: SourceFile, *, mail: bool) -> Found | None:
    said = file.facts.get("title", "")[:500]
    stretch = Stretch("facts", file.id, said, fold(said), range(len(said)), label="title")
    prefix = _PREFIX.match(stretch.text)
    start = prefix.end() if prefix and mail else 0
    title = tidy(said[start:])
    if (
        len(title) < 4
        or not _HAN.search(title)
        or (not mail and (_PROPERTY.search(title) or not _NOUN.search(fold(title))))
    ):
        return None
    return Found(title, stretch, start, len(said), "property")


def _heading(lines: Lines) -> Found | None:
    head = [_closed_up(line.stretch) for line in lines.head(HEAD)]
    for place, stretch in enumerate(head):
        text = stretch.text.strip()
        if len(text) > LONGEST and place > 2:
            return None
        if not _could_be_heading(text):
            continue
        if not _NOUN.search(text):
            if found := _two_lines(head[place : place + 2]):
                return found
        elif not _LETTERHEAD.search(text):
            return _named_above(head, place) or _found(stretch)
    return None


def _named_above(head: Sequence[Stretch], place: int) -> Found | None:
    """三季度渠道例会 / 会议纪要: a heading that many share, below the line that says which one it is."""
    if not place or not _GENERIC.match(head[place].text.strip()):
        return None
    above = head[place - 1].text.strip()
    if not _could_be_heading(above) or _LETTERHEAD.search(above) or is_organisation(above) or "号" in above:
        return None
    return _joined(head[place - 1], head[place])


def _two_lines(pair: Sequence[Stretch]) -> Found | None:
    """关于…的 / 通知, on two lines of one passage."""
    if len(pair) < 2:
        return None
    first, second = (stretch.text.strip() for stretch in pair)
    if _LETTERHEAD.search(first) or not _could_be_heading(second, 2) or not _NOUN.search(second):
        return None
    opened = first.count("《") > first.count("》") or first.startswith("关于")
    return _joined(*pair) if opened or first.endswith(("的", "及", "与", "和")) else None


def _joined(first: Stretch, second: Stretch) -> Found | None:
    if first.passage != second.passage or len(first.text) + len(second.text) > LONGEST:
        return None
    return _found(
        Stretch(
            first.where,
            first.file_id,
            first.raw.rstrip() + second.raw.lstrip(),
            first.text.rstrip() + second.text.lstrip(),
            [
                *first.offsets[: len(first.text.rstrip())],
                *second.offsets[len(second.text) - len(second.text.lstrip()) :],
            ],
            first.kind,
            first.number,
            first.label,
            first.passage,
        )
    )


def _found(stretch: Stretch) -> Found | None:
    title = tidy(stretch.raw)
    return Found(title, stretch, 0, len(stretch.raw), "heading") if title else None


def _closed_up(stretch: Stretch) -> Stretch:
    """The line, without its blanks if it is written letter by letter."""
    pieces = stretch.text.split()
    return stretch.closed_up() if len(pieces) > 1 and all(len(piece) == 1 for piece in pieces) else stretch


def _could_be_heading(text: str, shortest: int = 4) -> bool:
    bare = "".join(text.split())
    return (
        shortest <= len(bare) <= LONGEST
        and "\t" not in text
        and ":" not in text
        and _HAN.search(text) is not None
        and not _NO_HEADING.search(text)
        and not ((day := day_in(text)) and day.end - day.start > len(text) // 2)
        and normal(text) not in ("目录", "附件")
    )
