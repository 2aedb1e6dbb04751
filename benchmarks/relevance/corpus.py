"""The judged corpus: generated business records whose facts are known, so that what answers a question is known too."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import opencc

from benchmarks.relevance import words
from search.port import FileText, IndexDocument, Passage, Place

SIZE = 1000
TODAY = date(2024, 7, 10)
_TRADITIONAL = opencc.OpenCC("s2t").convert
_CN = "〇一二三四五六七八九"


@dataclass(frozen=True)
class Facts:
    """What a generated record is about; judgements are made from this, never from its text."""

    number: int
    subject: str
    kind: str
    short: str
    company: str
    person: str
    visitor: str
    product: str
    region: str
    place: str
    day: date
    amount: int
    code: str
    contract: str
    phone: str
    tag: str
    thing: str
    aside: str
    """Another subject that the record mentions in passing."""
    form: str
    """plain, traditional, ocr (lines of 14 characters) or wide (full width)."""

    @property
    def id(self) -> str:
        return f"r{self.number:04}"

    @property
    def title(self) -> str:
        return f"{self.region}{self.short}{self.subject}{self.kind}"

    @property
    def category(self) -> str:
        return words.KINDS[self.kind]


def facts(seed: int = 7, size: int = SIZE) -> list[Facts]:
    """The facts of all records; the same seed gives the same."""
    chance = random.Random(seed)
    return [_facts(number, chance) for number in range(size)]


def _facts(number: int, chance: random.Random) -> Facts:
    short = chance.choice(list(words.COMPANIES))
    subject, aside = chance.sample(list(words.SUBJECTS), 2)
    person, visitor = chance.sample(words.PEOPLE, 2)
    day = date(2022, 1, 1) + timedelta(days=chance.randrange(900))
    return Facts(
        number=number,
        subject=subject,
        kind=chance.choice(list(words.KINDS)),
        short=short,
        company=words.COMPANIES[short],
        person=person,
        visitor=visitor,
        product=chance.choice(words.PRODUCTS),
        region=chance.choice(words.REGIONS),
        place=chance.choice(words.PLACES),
        day=day,
        amount=chance.randrange(11, 990) * 500 + 100_000 * (number % 3),
        code=f"Q001-{'YX' if number % 2 else 'HT'}·{day.year}-D30-{number:04}",
        contract=f"QH{day.year}-{3000 + number * 7}",
        phone=f"13{number % 10}{chance.randrange(10**7, 10**8)}",
        tag=chance.choice(words.TAGS) if number % 3 == 0 else "",
        thing=chance.choice(words.THINGS) if number % 4 == 0 else "",
        aside=aside if number % 5 == 0 else "",
        form=("plain", "plain", "traditional", "ocr", "plain", "wide", "plain")[number % 7],
    )


def document(fact: Facts) -> IndexDocument:
    """A record as it is indexed."""
    title, text = fact.title, "".join(_sentences(fact))
    if fact.form == "traditional":
        title, text = _TRADITIONAL(title), _TRADITIONAL(text)
    if fact.form == "ocr":
        text = "\n".join(text[i : i + 14] for i in range(0, len(text), 14))
    if fact.form == "wide":
        text = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
    half = len(text) // 2
    pages = [Passage(Place("page", 1), text[:half]), Passage(Place("page", 2), text[half:])]
    return IndexDocument(
        id=fact.id,
        version=1,
        compartment="L0",
        title=title,
        seq=fact.number + 1,
        category=fact.category,
        category_path=(fact.category,),
        department=("市场部", "销售部")[fact.number % 2],
        date=fact.day,
        ref_code=fact.code,
        doc_no=fact.contract,
        customer=fact.company,
        names=(fact.company, fact.person),
        keywords=(fact.tag,) if fact.tag else (),
        numbers={"amount": fact.amount, "pages": 2},
        created=fact.day + timedelta(days=3),
        files=(FileText(f"f{fact.number}", f"{fact.subject}{fact.number:04}.pdf", "pdf", pages),),
    )


COPY = "k"
"""Behind the id of a record that was filed twice."""


def with_copies(facts: Sequence[Facts]) -> list[IndexDocument]:
    """All records; every tenth was filed twice, the second time under a later number."""
    found = []
    for fact in facts:
        one = document(fact)
        if fact.number % 10 == 0:
            one = replace(one, same=f"c:{fact.id}")
            found.append(replace(one, id=fact.id + COPY, seq=one.seq + len(facts)))
        found.append(one)
    return found


def _sentences(fact: Facts) -> list[str]:
    chance = random.Random(fact.number)
    said = [
        f"{_day(fact.day, fact.number)}，{fact.person}与{fact.visitor}在{fact.place}商谈{fact.subject}事宜。",
        words.SUBJECTS[fact.subject][0],
        f"涉及金额{_money(fact.amount, fact.number)}，合同编号{fact.contract}已登记。",
        f"{fact.company}的联系人电话{_phone(fact.phone, fact.number)}。",
        f"本次以{fact.product}为主，在{fact.place}各门店先行。",
        *chance.sample(words.FILLER, 5),
    ]
    if fact.thing:
        said.append(f"另需{fact.thing}若干，由行政采购。")
    if fact.aside:
        said.append(f"关于{fact.aside}，下次再议。")
    chance.shuffle(said)
    return said


def _day(day: date, number: int) -> str:
    numerals = "".join(_CN[int(digit)] for digit in str(day.year))
    forms = (
        f"{day.year}年{day.month}月{day.day}日",
        day.isoformat(),
        f"{day.year}/{day.month}/{day.day}",
        f"{numerals}年{chinese(day.month)}月{chinese(day.day)}日",
        f"{day:%Y%m%d}",
    )
    return forms[number % 5]


def chinese(number: int) -> str:
    """1 to 99 in Chinese."""
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else f"{_CN[tens]}十") + (_CN[ones] if ones else "")


def _money(amount: int, number: int) -> str:
    forms = (f"{amount}元", f"{amount:,}元", f"{amount / 10_000:g}万元", f"人民币{spoken(amount)}元整")
    return forms[number % 4]


def spoken(amount: int) -> str:
    """A whole amount below 100 million in Chinese: 125,000 → 十二万五千."""
    myriads, rest = divmod(amount, 10_000)
    return (f"{_below(myriads)}万" if myriads else "") + _below(rest, behind=bool(myriads))


def _below(number: int, *, behind: bool = False) -> str:
    text, gap = "", behind and number < 1000
    for value, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, value)
        if digit:
            spare = digit == 1 and name == "十" and not (text or behind)  # 十五, not 一十五
            text += ("〇" if gap else "") + ("" if spare else _CN[digit]) + name
            gap = False
        elif text and number:
            gap = True
    return text.replace("〇", "零")


def _phone(phone: str, number: int) -> str:
    return (phone, f"{phone[:3]} {phone[3:7]} {phone[7:]}", f"{phone[:3]}-{phone[3:7]}-{phone[7:]}")[
        number % 3
    ]
