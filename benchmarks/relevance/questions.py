"""The questions: the classes of how people ask, from a character to a pasted paragraph."""

import random
from collections.abc import Mapping, Sequence

import opencc

from benchmarks.relevance import words
from benchmarks.relevance.corpus import TODAY, Facts, chinese, spoken
from benchmarks.relevance.judging import Made, Make, Test, graded, many, nothing, one, person, recent

_TRADITIONAL = opencc.OpenCC("s2t").convert
_SUBJECT, _BOTH = ("subject",), ("subject", "short")


def _wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def _negated(records: Sequence[Facts], chance: random.Random) -> Made:
    fact = chance.choice(records)
    same = [f for f in records if f.short == fact.short and f.subject == fact.subject]
    return f"{fact.short} {fact.subject} -{fact.region}", {f.id: 3 for f in same if f.region != fact.region}


def _either(records: Sequence[Facts], chance: random.Random) -> Made:
    first, second = chance.sample(list(records), 2)
    return f"{first.contract} OR {second.contract}", {first.id: 3, second.id: 3}


def _over(records: Sequence[Facts], chance: random.Random) -> Made:
    fact = chance.choice(records)
    limit = chance.choice((20, 30, 40))
    wanted = {f.id: 3 for f in records if f.short == fact.short and f.amount > limit * 10_000}
    return f"客户:{fact.short} 金额:>{limit}万", wanted


def _quarter(records: Sequence[Facts], chance: random.Random) -> Made:
    fact = chance.choice([f for f in records if f.day.year == 2023])
    quarter = (fact.day.month + 2) // 3
    said = ("去年第{}季度", "2023Q{}", "2023年{}季度")[chance.randrange(3)].format(quarter)
    same = [f for f in records if f.day.year == 2023 and (f.day.month + 2) // 3 == quarter]
    return f"日期:{said} {fact.subject}", {f.id: 3 if f.subject == fact.subject else 1 for f in same
                                         if fact.subject in (f.subject, f.aside)}  # fmt: skip


def _question(records: Sequence[Facts], chance: random.Random) -> Made:
    fact = chance.choice([f for f in records if f.day.year == 2023])
    quarter = (fact.day.month + 2) // 3
    text = chance.choice(
        (
            f"去年第{chinese(quarter)}季度{fact.short}的{fact.subject}是谁负责的？",
            f"请问2023年{chinese(quarter)}季度和{fact.short}谈的{fact.subject}怎么规定的?",
            f"哪里可以找到{fact.short}去年第{chinese(quarter)}季度关于{fact.subject}的文件",
        )
    )

    def wanted(other: Facts) -> bool:
        return (other.short, other.subject, other.day.year) == (fact.short, fact.subject, 2023)

    return text, {f.id: 3 for f in records if wanted(f) and (f.day.month + 2) // 3 == quarter}


_HOMOPHONES = {
    "渠道返利": "渠到返利", "窜货处罚": "串货处罚", "门店陈列": "门店成列", "促销赠品": "促销增品", "物流配送": "物流陪送",
    "价格调整": "价格调正", "广告投放": "广告头放", "库存盘点": "库存盘电", "会员积分": "会员机分", "展会布置": "展会部置",
    "培训课程": "陪训课程", "竞品分析": "竟品分析", "合同续签": "合同序签", "质量检测": "质量捡测", "客户投诉": "客户投速",
}  # fmt: skip
_SHAPES = {
    "渠道返利": "渠道返刊", "窜货处罚": "窜贷处罚", "门店陈列": "门店阵列", "促销赠品": "促销赠晶", "物流配送": "物硫配送",
    "价格调整": "价恪调整", "广告投放": "广告没放", "库存盘点": "库存盆点", "会员积分": "会员枳分", "展会布置": "展会市置",
    "培训课程": "培训裸程", "竞品分析": "竞晶分析", "合同续签": "合同读签", "质量检测": "质量险测", "售后维修": "售后准修",
}  # fmt: skip
_LATIN = {"Alpina气泡水": "Alpnia", "Mango沙冰": "Mamgo", "Vita-C泡腾": "Vitta"}
_PINYIN = {
    "渠道返利": "qudaofanli", "窜货处罚": "cuanhuochufa", "门店陈列": "mendianchenlie", "促销赠品": "cuxiaozengpin",
    "物流配送": "wuliupeisong", "价格调整": "jiagetiaozheng", "广告投放": "guanggaotoufang", "客户投诉": "kehutousu",
    "售后维修": "shouhouweixiu", "库存盘点": "kucunpandian", "会员积分": "huiyuanjifen", "竞品分析": "jingpinfenxi",
}  # fmt: skip


def _initials(fact: Facts) -> str:
    starts = {"渠道返利": "qdfl", "窜货处罚": "chcf", "门店陈列": "mdcl", "促销赠品": "cxzp", "物流配送": "wlps",
              "价格调整": "jgtz", "广告投放": "ggtf", "客户投诉": "khts", "售后维修": "shwx", "库存盘点": "kcpd",
              "会员积分": "hyjf", "竞品分析": "jpfx"}  # fmt: skip
    return starts[fact.subject]


def _in(table: Mapping[str, object]) -> Test:
    return lambda fact: fact.subject in table


def _sentence(fact: Facts) -> str:
    return words.SUBJECTS[fact.subject][0]


def _kinds(records: Sequence[Facts], chance: random.Random) -> Made:
    fact = chance.choice(records)

    def strong(other: Facts) -> bool:
        return (other.short, other.day.year, other.kind) == (fact.short, fact.day.year, fact.kind)

    return f"{fact.short} {fact.day.year} {fact.kind}", graded(records, strong)


_WORDS: dict[str, Make] = {
    "one character": person(lambda f: f.person[0]),
    "a word": many(lambda f: f.subject[:2], _SUBJECT),
    "two words": many(lambda f: f"{f.subject} {f.short}", _BOTH),
    "other order": many(lambda f: f"{f.subject[2:]}{f.subject[:2]} {f.region}", ("subject", "region")),
    "without blanks": many(lambda f: f"{f.short}{f.subject}", _BOTH),
    "words far apart": many(lambda f: f"{f.place} {f.product} {f.subject}", ("place", "product", "subject")),
    "quoted sentence": many(lambda f: f"“{_sentence(f)[2:14]}”", _SUBJECT, aside=False),
    "quoted over line ends": many(
        lambda f: f"“{_sentence(f)[:-1]}”", _SUBJECT, lambda f: f.form == "ocr", aside=False
    ),
    "title": many(lambda f: f.title, ("subject", "short", "region", "kind"), aside=False),
    "traditional words": many(lambda f: _TRADITIONAL(f"{f.subject} {f.short}"), _BOTH),
    "traditional records": many(
        lambda f: f"{f.region}{f.subject}", ("region", "subject"), lambda f: f.form == "traditional"
    ),
    "full width": many(lambda f: _wide(f.product), ("product",)),
}
_FACTS: dict[str, Make] = {
    "amount in digits": many(lambda f: str(f.amount), ("amount",)),
    "amount with commas": many(lambda f: f"{f.amount:,}", ("amount",)),
    "amount in 万": many(lambda f: f"{f.amount / 10_000:g}万", ("amount",)),
    "amount in Chinese": many(lambda f: f"{spoken(f.amount)}元", ("amount",)),
    "day ISO": many(lambda f: f.day.isoformat(), ("day",)),
    "day in Chinese": many(
        lambda f: f"{f.day.year}年{chinese(f.day.month)}月{chinese(f.day.day)}日", ("day",)
    ),
    "day short": many(lambda f: f"{f.day.year % 100}年{f.day.month}月{f.day.day}日", ("day",)),
    "reference code": one(lambda f: f.code),
    "code, other separators": one(lambda f: f.code.replace("·", "-").replace("-", "/")),
    "code by part": one(lambda f: f"D30-{f.number:04}"),
    "contract number": one(lambda f: f.contract),
    "contract, no separator": one(lambda f: f.contract.replace("-", "")),
    "contract in words": one(lambda f: f"合同编号{f.contract}"),
    "phone": one(lambda f: f.phone),
    "phone with blanks": one(lambda f: f"{f.phone[:3]} {f.phone[3:7]} {f.phone[7:]}"),
    "person": person(lambda f: f.person),
    "person and subject": many(lambda f: f"{f.person} {f.subject}", ("person", "subject"), aside=False),
    "company, short": many(lambda f: f.short, ("short",)),
    "company, full": many(lambda f: f.company, ("short",)),
}
_TOLERANCE: dict[str, Make] = {
    "typed by sound": many(lambda f: f"{_HOMOPHONES[f.subject]} {f.short}", _BOTH, _in(_HOMOPHONES)),
    "typed by shape": many(lambda f: f"{_SHAPES[f.subject]} {f.short}", _BOTH, _in(_SHAPES)),
    "a character missing": many(lambda f: f"{f.subject[:2]}{f.subject[3:]} {f.company[2:]}", _BOTH),
    "Latin misspelt": many(lambda f: _LATIN[f.product], ("product",), lambda f: f.product in _LATIN),
    "pinyin": many(lambda f: _PINYIN[f.subject], _SUBJECT, _in(_PINYIN), aside=False),
    "initials": many(_initials, _SUBJECT, _in(_PINYIN), aside=False),
}
_OTHERS: dict[str, Make] = {
    "question": _question,
    "negation": _negated,
    "alternatives": _either,
    "amount above": _over,
    "natural date": _quarter,
    "category and customer": many(
        lambda f: f"类别:{f.category} 客户:{f.short} {f.subject}", ("category", "short", "subject")
    ),
    "customer, year, kind": _kinds,
    "other words": many(lambda f: f"{words.SUBJECTS[f.subject][1]} {f.short}", _BOTH),
    "mixed token": many(lambda f: f.thing, ("thing",), lambda f: bool(f.thing)),
    "tag": many(
        lambda f: f"标签:{f.tag} {f.subject}", ("tag", "subject"), lambda f: bool(f.tag), aside=False
    ),
    "recent": recent(lambda f: f"{f.short} {f.subject}", _BOTH, TODAY),
    "file name": one(lambda f: f"{f.subject}{f.number:04}.pdf"),
    "pasted sentences": one(
        lambda f: (
            f"本次以{f.product}为主，在{f.place}各门店先行。{_sentence(f)}{f.company}的联系人电话{f.phone}"
        )
    ),
    "nothing, words": nothing(
        "区块链",
        "石墨烯 渠道",
        "量子纠缠报告",
        "“返利渠道返”",
        "火星基地",
        "“陈列门店督导拍”",
        "幼儿园招生",
    ),
    "nothing, codes": nothing(
        "QH2029-9999", "Q009-ZZ·2019-D10-7777", "19912345678", "87654321.5元", "X999", "2019-05-05"
    ),
}
CLASSES: Mapping[str, Make] = _WORDS | _FACTS | _TOLERANCE | _OTHERS
