"""Facts: dates, amounts, phone numbers and reference codes in one canonical spelling each."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Literal

FactKind = Literal["date", "phone", "amount", "code"]

MAX_CODE = 64
MAX_PARTS = 8


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact at [start, end) of folded text. `term` is its exact spelling; `terms` are all that find it."""

    kind: FactKind
    term: str
    start: int
    end: int
    terms: tuple[str, ...]


_DIGITS = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2, "元": 1, "廿": 2}
_DIGITS |= {c: i + 1 for i, c in enumerate("壹贰叁肆伍陆柒捌玖")}
_SCALES = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_MYRIADS = {"万": 10**4, "亿": 10**8}
_UNITS = {"百": 100, "千": 1000, "k": 1000, "万": 10**4, "w": 10**4, "十万": 10**5, "百万": 10**6, "千万": 10**7,
          "亿": 10**8, "万亿": 10**12}  # fmt: skip

_CN = "〇零一二三四五六七八九"
# a class of characters first, what must not stand before it second: patterns are then looked for four times as fast
_DATE = re.compile(
    rf"(?P<y>[0-9{_CN}](?<![0-9{_CN}].)[0-9{_CN}]{{1,3}}) ?年(?:度| ?"
    rf"(?P<m>[0-9]{{1,2}}|元|十[一二]?|[一二三四五六七八九]) ?月(?:份| ?"
    rf"(?P<d>[0-9]{{1,2}}|三十一?|[二廿]?十[{_CN}]?|[二廿][{_CN}]|[{_CN}]) ?[日号])?)?"
)
_ISO_DATE = re.compile(
    r"(?P<y>[12](?<![0-9].)(?:(?<=1)9|(?<=2)0)[0-9]{2})(?P<s>[-./])(?P<m>0?[1-9]|1[0-2])(?:(?P=s)(?P<d>3[01]|[12][0-9]|0?[1-9]))?(?![0-9])"
)
_COMPACT_DATE = re.compile(
    r"(?P<y>[12](?<![0-9].)(?:(?<=1)9|(?<=2)0)[0-9]{2})(?P<m>0[1-9]|1[0-2])(?P<d>[0-3][0-9])(?![0-9])"
)
_QUARTER = re.compile(
    r"第 ?([一二三四1-4]) ?季度?|(?<![-前至到~个])([一二三四1-4]) ?季度|(?<![a-z])q([1-4])(?![0-9a-z]|[-_./·][0-9a-z])"
)
_YEAR_BEFORE = re.compile(
    rf"(?<![0-9a-z{_CN}])(?<![0-9a-z][-_./·])(?:([0-9]{{4}}|[{_CN}]{{4}}|[0-9]{{2}}(?=年)) ?[-/]?(?:年度?的?)?) ?$"
)
_IN_CODE = re.compile(r"[-_./·0-9]")
_YEAR_BEHIND = re.compile(r" ?([12][0-9]{3})(?![0-9])")
_PHONE_LIKE = re.compile(r"[0-9+(][-0-9() ]{6,}")
_PHONE = re.compile(
    r"(?<![0-9])(?:(?:\+?86[- ]?)?(?P<m>1[3-9][0-9][- ]?[0-9]{4}[- ]?[0-9]{4})"
    r"|\(?(?P<a>0[0-9]{2,3})\)?[- ]?(?P<l>[2-9][0-9]{2,3}[- ]?[0-9]{4})"
    r"|(?P<s>[48]00[- ]?[0-9]{3,4}[- ]?[0-9]{3,4}))(?![0-9])"
)
_MONEY = r"(?: ?(?:元整?|圆整?|块钱|人民币))?"
_AMOUNT = re.compile(
    r"(?P<n>[0-9](?<![0-9a-z.,].)(?:[0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]{0,14}(?:\.[0-9]{1,8})?))"
    r"(?![0-9]|[.,][0-9])"
    r" ?(?:(?P<u>万亿|[十百千]万|[万亿千百]|[wk](?![a-z0-9]))(?:(?P<n2>[0-9]{1,4}(?:\.[0-9]+)?)(?P<u2>[万千百])?)?)?"
    + _MONEY
)
_CN_AMOUNT = re.compile(
    r"[一二三四五六七八九十两壹贰叁肆伍陆柒捌玖拾][〇零一二三四五六七八九十百千万亿两壹贰叁肆伍陆柒捌玖拾佰仟]*"
    r"[百千万亿佰仟][〇零一二三四五六七八九十百千万亿两壹贰叁肆伍陆柒捌玖拾佰仟]*" + _MONEY
)
_MONEY_END = re.compile(r"(?:元整?|圆整?|块钱?|人民币|页|rmb|yuan)$")
_SMALL_CN = re.compile(r"[一二三四五六七八九两]|[一二三四五六七八九]?十[一二三四五六七八九]?")
_CODE = re.compile(r"[a-z0-9]+(?:[-_./·][a-z0-9]+)*")
_NO_CODE = re.compile(r"[0-9]+(?:\.[0-9]+)?[wk]?")
_SEPARATOR = re.compile(r"[-_./·]")
_ALL_CN = re.compile(f"[{_CN}]+")
_BLANKS = re.compile(r"[^0-9]")
_DIGIT = re.compile("[0-9]")
_LIKELY = re.compile(
    r"[-0-9a-z_./,·+() 〇零一二三四五六七八九十廿百千万亿两壹贰叁肆伍陆柒捌玖拾佰仟"
    r"年度月份日号元整圆块钱人民币第季前至到~个的]{2,}"
)
_NUMERALS = frozenset("0123456789〇零一二三四五六七八九十两壹贰叁肆伍陆柒捌玖拾")
_ANY_NUMBER = re.compile(f"[{''.join(sorted(_NUMERALS))}]")


def facts(text: str) -> Iterator[Fact]:
    """Every fact of folded text; they may overlap (a date inside a code is both)."""
    if not _ANY_NUMBER.search(text):
        return
    figures = _DIGIT.search(text) is not None
    if figures:
        yield from _codes(text)
    yield from _dates(text, figures=figures)
    yield from _quarters(text)
    if figures:
        yield from _phones(text)
        yield from _amounts(text)
    yield from _spelt_amounts(text)


def fact_terms(text: str) -> list[str]:
    """The terms of every fact of folded text, each once.

    Only the stretches of such characters as facts are made of are looked at: no pattern reaches beyond them.
    """
    found: dict[str, None] = {}
    for stretch in _LIKELY.findall(text):
        if not _NUMERALS.isdisjoint(stretch):
            found |= dict.fromkeys(_terms_of(stretch) if len(stretch) <= MAX_CODE else _all_terms(stretch))
    return list(found)


def _all_terms(text: str) -> tuple[str, ...]:
    return tuple(term for fact in facts(text) for term in fact.terms)


_terms_of = lru_cache(maxsize=10_000)(_all_terms)
"""The same day or amount is said again and again, and all that a file says is said again in its passages."""


def separate_facts(text: str) -> list[Fact]:
    """The facts that a query means, not overlapping: HT-2024-03-05 is a code, 2024-03-05 a day, 2024-0007 a code."""
    taken: list[Fact] = []
    for fact in sorted(facts(text), key=_likelihood):
        if all(fact.end <= other.start or other.end <= fact.start for other in taken):
            taken.append(fact)
    return sorted(taken, key=lambda fact: fact.start)


def _likelihood(fact: Fact) -> int:
    """A code of digits alone is more often a day or a phone number; 2024q3 is a quarter."""
    if fact.term[0] == "q":
        return -1
    if fact.kind == "code":
        return 3 if fact.term[2:].isdigit() else 0
    return {"date": 1, "phone": 2, "amount": 4}[fact.kind]


def code_term(text: str) -> str:
    """The canonical spelling of a whole reference code or document number (folded text), "" if there is none."""
    squeezed = "".join(c for c in text if c.isalnum())
    return f"c:{squeezed[:MAX_CODE]}" if squeezed else ""


def number(text: str) -> float | None:
    """The number that folded text says as a whole: 12.5万, 十二万五千, 125,000元, 3; None if it says none."""
    said = _MONEY_END.sub("", text)
    if re.fullmatch(r"[0-9]{1,15}(?:\.[0-9]{1,8})?", said):
        return float(said)
    if _SMALL_CN.fullmatch(said):
        return float(chinese_number(said))
    found = (*_amounts(said), *_spelt_amounts(said))
    whole = [fact for fact in found if (fact.start, fact.end) == (0, len(said))]
    return float(whole[0].term[1:]) if whole else None


def chinese_number(text: str) -> int:
    """十二万五千 → 125000; 十二万五 means 125,000 as it is spoken."""
    total = section = digit = 0
    scale = 1
    for char in text:
        if char in _DIGITS:
            digit, scale = _DIGITS[char], 1 if char in "零〇" else scale
        elif char in _SCALES:
            section += (digit or 1) * _SCALES[char]
            digit, scale = 0, _SCALES[char] // 10
        else:
            myriad = _MYRIADS[char]
            total = (
                (total + section + digit) * myriad if myriad > 10**4 else total + (section + digit) * myriad
            )
            section = digit = 0
            scale = myriad // 10
    return total + section + digit * (scale if digit and text[-1] in _DIGITS else 1)


def _day_number(text: str) -> int:
    text = text.replace("廿十", "二十")
    if text.isdigit() and text.isascii():
        return int(text)
    if len(text) == 2 and text[0] in "二廿" and text[1] != "十":
        return 20 + _DIGITS[text[1]]
    return chinese_number(text)


def _year_number(text: str) -> int:
    digits = text if text.isascii() else "".join(str(_DIGITS[c]) for c in text)
    return int(digits) if len(digits) == 4 else 2000 + int(digits)


def _dates(text: str, *, figures: bool) -> Iterator[Fact]:
    said = (_DATE,) if "年" in text else ()
    for pattern in (*said, *((_ISO_DATE, _COMPACT_DATE) if figures else ())):
        for match in pattern.finditer(text):
            terms = _date_terms(match["y"], match["m"], match["d"])
            if terms:
                yield Fact("date", terms[0], match.start(), match.end(), terms)


def _date_terms(year_text: str, month_text: str | None, day_text: str | None) -> tuple[str, ...]:
    """Day, month and year as far as they are said, the most exact first; () if there is no such day."""
    if len(year_text) == 3 or not (year_text.isdigit() or _ALL_CN.fullmatch(year_text)):
        return ()
    year = _year_number(year_text)
    if month_text is None:
        # "24年" is as often a length of time
        return (f"y{year}",) if len(year_text) == 4 and 1900 <= year <= 2100 else ()
    month = _day_number(month_text)
    try:
        day = date(year, month, _day_number(day_text) if day_text else 1)
    except ValueError:
        return ()
    terms = (f"m{day:%Y-%m}", quarter_term(year, (month + 2) // 3), f"y{year:04}")
    return (f"d{day.isoformat()}", *terms) if day_text else terms


def quarter_term(year: int, quarter: int) -> str:
    """The term of a quarter: every day and month in it has that too."""
    return f"q{year:04}-{quarter}"


def _quarters(text: str) -> Iterator[Fact]:
    """2024年第三季度, 2024Q3, Q3 2024; without a year 三季度 is that of any."""
    if "季" not in text and "q" not in text:
        return
    for match in _QUARTER.finditer(text):
        quarter = "一二三四".find(match[1] or match[2] or match[3]) + 1 or int(
            match[1] or match[2] or match[3]
        )
        before = _YEAR_BEFORE.search(text[max(0, match.start() - 11) : match.start()])
        behind = _YEAR_BEHIND.match(text, match.end()) if match[3] and not before else None
        start = match.start() - len(before.group()) if before else match.start()
        if before or behind:
            year = _year_number(before[1] if before else behind[1] if behind else "")
            terms = (quarter_term(year, quarter), f"q{quarter}", f"y{year:04}")
            yield Fact("date", terms[0], start, behind.end() if behind else match.end(), terms)
        elif not (match[3] and _IN_CODE.match(text[start - 1 : start])):
            yield Fact("date", f"q{quarter}", start, match.end(), (f"q{quarter}",))


def _phones(text: str) -> Iterator[Fact]:
    likely = (found.span() for found in _PHONE_LIKE.finditer(text))
    for match in (match for span in likely for match in _PHONE.finditer(text, *span)):
        digits = _BLANKS.sub("", match["m"] or match["s"] or match["a"] + match["l"])
        if match["s"] and len(digits) != 10:
            continue
        yield Fact("phone", f"t{digits}", match.start(), match.end(), (f"t{digits}",))


def _amounts(text: str) -> Iterator[Fact]:
    for match in _AMOUNT.finditer(text):
        number, unit = match["n"], match["u"]
        if unit is None and number.isdigit() and len(number) < 4:
            continue  # 1 to 999 are words like any other
        value = Decimal(number.replace(",", "")) * _UNITS.get(unit or "", 1)
        if match["n2"]:
            value += Decimal(match["n2"]) * (
                _UNITS[match["u2"]] if match["u2"] else _spoken_scale(match["n2"], unit)
            )
        yield _amount(value, match)


def _spelt_amounts(text: str) -> Iterator[Fact]:
    for match in _CN_AMOUNT.finditer(text):
        value = Decimal(chinese_number(match.group().rstrip(" 元圆整块钱人民币")))
        if value >= 100:
            yield _amount(value, match)


def _spoken_scale(number: str, unit: str) -> int:
    """12万5 is 125,000: one digit behind a unit counts tenths of it."""
    return _UNITS[unit] // 10 if len(number) == 1 else 1


def _amount(value: Decimal, match: re.Match[str]) -> Fact:
    term = f"n{value.normalize():f}"[:40]
    return Fact("amount", term, match.start(), match.end(), (term,))


def _codes(text: str) -> Iterator[Fact]:
    for match in _CODE.finditer(text):
        if terms := _code_terms(match.group()):
            yield Fact("code", terms[0], match.start(), match.end(), terms)


@lru_cache(maxsize=2_000)
def _code_terms(code: str) -> tuple[str, ...]:
    """The terms of a code, () if it is none. A record says its own one several times."""
    if len(code) < 3 or len(code) > MAX_CODE or _NO_CODE.fullmatch(code) or not _DIGIT.search(code):
        return ()
    return tuple(f"c:{part}" for part in _stretches(_SEPARATOR.split(code)))


def _stretches(parts: Sequence[str]) -> list[str]:
    """The whole code without separators first, then every stretch of its parts that holds a digit."""
    whole = "".join(parts)
    if len(parts) > MAX_PARTS:
        return [whole]
    found = dict.fromkeys([whole])
    for first in range(len(parts)):
        for behind in range(first + 1, len(parts) + 1):
            piece = "".join(parts[first:behind])
            if len(piece) >= 3 and any(c.isdigit() for c in piece):
                found[piece] = None
    return list(found)
