"""Names of persons and organisations, as they stand behind labels."""

import re
from collections.abc import Iterator, Sequence

from service.domain.suggesting.folding import fold, plain, tidy
from service.domain.suggesting.source import Party

_ORGANISATION = re.compile(
    r"(?:有限责任公司|有限公司|公司|集团|事务所|研究院|研究所|检验所|检测所|监督所"
    r"|大学|学院|医院|银行|中心|协会|学校|工作室|商行|经营部|超市|酒店|工厂"
    r"|委员会|电视台|电台|杂志社|报社|出版社|管理局|监管局|总局|分局|合作社|门店|旗舰店|厂)(?![\u4e00-\u9fff])"
)
_REMARK = re.compile(r"\((?:以下|下称|盖章|签章|公章|签字|简称|甲方|乙方|全称)[^()]{0,20}\)?|[_/\\]{2,}.*$")
_NAME_END = re.compile(r"[,;。\t]|\s{2,}|(?<=[\u4e00-\u9fff)])\s(?=[\u4e00-\u9fff]{2,6}:)")
_POSTS = (
    r"(?:(?:副|常务副|执行|代理)?(?:总经理|總經理|董事长|董事長|总裁|總裁|总监|總監|经理|經理|部长|部長|主任|主管|组长|处长|科长|院长|校长"
    r"|会长|书记|店长|专员|总|董事|助理|秘书|先生|女士|同志|老师))"
)
_PERSON = re.compile(
    rf"^(?:[\u4e00-\u9fff]{{2,8}}(?:部|中心|公司|处|科|组))?(?:{_POSTS})?\s?"
    r"(?P<name>[\u4e00-\u9fff]{2,4}(?:·[\u4e00-\u9fff]{1,8})?|[A-Z][A-Za-z.' -]{1,40})"
    rf"\s?(?:{_POSTS})?$"
)
_POST = re.compile(rf"{_POSTS}$")
_NOBODY = re.compile(
    r"^(?:各|全|本|该|其他|其它|无|暂无|待定|详见|见附件|见签到表|全体|各部门|相关|有关|签字|签名|盖章|公司|部门|时间|地点|日期|单位|本人|同上|如下|以上"
    r"|以下).{0,8}$|[们表件章]$"
)
_SPLIT = re.compile(r"[,;/&|\t]|\s{2,}|及|以及|(?<=[\u4e00-\u9fff]{2})和(?=[\u4e00-\u9fff]{2,3}$)")
_TRAILING = re.compile(r"(?:等)?(?:共)?(?:[0-9一二三四五六七八九十]{1,3}人)?[。.]?$")
_MAILBOX = re.compile(r"\s?<[^<>]{0,254}>|\"")
_AUTHORS = re.compile(
    r"^(?:admin|administrator|user|users|owner|anonymous|unknown|unspecified|python-docx|openpyxl|lenovo|hp|dell|asus|acer|pc|test|apple"
    r"|microsoft.*|windows.*|wps.*|微软.*|用户|管理员|系统管理员|个人用户|办公室)$",
    re.IGNORECASE,
)
MAX_PERSONS = 60


def person_in(text: str) -> str:
    """The person whom a value names, without post and department; "" if it is no name."""
    bare = re.sub(r"\([^()]{0,30}\)?", "", plain(text[:200]).strip()).strip(" _.:")
    pieces = bare.split(" ")
    if len(pieces) > 1 and all(len(piece) == 1 for piece in pieces):
        bare = "".join(pieces)
    bare = bare[:60]
    short = _POST.sub("", bare).strip()
    if len(short) < 2:  # 周总 is no full name
        return ""
    if len(short) <= 4 and short != bare and _is_name(short):
        return short
    match = _PERSON.match(bare)
    return match["name"].strip() if match and _is_name(match["name"]) else ""


def persons_in(text: str) -> tuple[str, ...]:
    """The persons of a list, each once: "李建国、王芳（销售部）、赵 倩等" → 李建国, 王芳, 赵倩."""
    found: dict[str, None] = {}
    for piece in _SPLIT.split(re.sub(r"\([^()]{0,30}\)", "", plain(text[:2000]))):
        named = piece.rpartition(":")[2]  # 市场部：周敏
        for one in _apart(_TRAILING.sub("", named.strip())):
            if name := person_in(one):
                found[name] = None
    return tuple(found)[:MAX_PERSONS]


def party_in(raw: str, parties: Sequence[Party] = ()) -> str:
    """The organisation or person that begins the value, in the spelling of a known party; "" if it is none."""
    text = fold(raw)
    text = _REMARK.sub(lambda match: " " * len(match[0]), text)
    end = _NAME_END.search(text)
    text = text[: end.start()] if end else text
    begin = len(text) - len(text.lstrip(" _:"))
    shown = tidy(raw[begin : len(text.rstrip(" _:"))])
    if known := next((party.name for party in parties if shown and shown in (party.name, party.short)), ""):
        return known
    ends = [match.end() for match in _ORGANISATION.finditer(text[:80])]
    if ends and ends[-1] - begin >= 4:  # the last one: branches name their company first
        return tidy(raw[begin : ends[-1]])
    return person_in(shown) if len(shown) <= 4 else ""


def is_organisation(text: str) -> bool:
    """Whether a folded line is the name of an organisation and nothing else."""
    bare = "".join(text.split())
    match = _ORGANISATION.search(bare)
    return bool(
        match and match.end() == len(bare) and 4 <= len(bare) <= 40 and not re.search(r"[:,。;]", bare)
    )


def mail_names(header: str) -> tuple[str, ...]:
    """The names in a header of a mail: 周敏 <zhoumin@…>, 财务部 <…>."""
    names = (tidy(_MAILBOX.sub("", piece)) for piece in plain(header[:4000]).split(","))
    return tuple(dict.fromkeys(name[:100] for name in names if name and "@" not in name))


def author_in(said: str) -> str:
    """The author that a file states, "" if that is the name of a program or of nobody."""
    name = tidy(_MAILBOX.sub("", plain(said[:200])))
    if _AUTHORS.match(name):
        return ""
    return name if (len(name) <= 4 and _is_name(name)) or is_organisation(name) else ""


def _apart(piece: str) -> Iterator[str]:
    """王芳 李 敏 张三 → 王芳, 李敏, 张三."""
    if piece.isascii():
        yield piece
        return
    alone = ""
    for token in piece.split():
        if len(token) == 1:
            alone += token
            if len(alone) == 2:
                yield alone
                alone = ""
        else:
            yield token
    if alone:
        yield alone


def _is_name(text: str) -> bool:
    return 2 <= len(text) <= 40 and not _NOBODY.search(text) and not re.search(r"[0-9]", text)
