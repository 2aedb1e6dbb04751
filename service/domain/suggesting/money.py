"""Amounts of money as Chinese papers write them: ¥1,280,000.00, 48 万元, 人民币叁拾陆万元整."""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

_DIGITS = {sign: value for value, sign in enumerate("零壹贰叁肆伍陆柒捌玖")}
_DIGITS |= {sign: value for value, sign in enumerate("〇一二三四五六七八九")} | {"两": 2}
_SCALES = {"拾": 10, "十": 10, "佰": 100, "百": 100, "仟": 1000, "千": 1000}
_MYRIADS = {"万": 10**4, "亿": 10**8}
_PARTS = {"角": Decimal("0.1"), "分": Decimal("0.01")}

_CAPITALS = "零〇壹贰叁肆伍陆柒捌玖拾佰仟一二三四五六七八九十百千两万亿"
_WRITTEN = re.compile(
    rf"[零〇壹贰叁肆伍陆柒捌玖拾一二三四五六七八九十两](?:\s?[{_CAPITALS}]){{0,30}}\s?[元圆](?:\s?[零壹贰叁肆伍陆柒捌玖一二三四五六七八九]\s?[角分]){{0,2}}\s?[整正]?"
)
_FIGURES = re.compile(
    r"(?P<sign>¥|RMB|CNY|USD|EUR|HKD|JPY|US\$|HK\$|\$|€|人民币|美元|欧元|港币|日元)?\s{0,3}"
    r"(?<![0-9.,])(?P<n>[0-9]{1,3}(?:,[0-9]{3}){1,4}(?:\.[0-9]{1,4})?|[0-9]{1,13}(?:\.[0-9]{1,6})?)(?![0-9%‰]|[.,][0-9])"
    r"\s{0,2}(?P<u>[十百千]?万|亿|千)?\s{0,2}(?P<c>元|圆|美元|欧元|港元|港币|日元|人民币|RMB|CNY|USD|EUR)?"
)
_UNITS = {"万": 10**4, "十万": 10**5, "百万": 10**6, "千万": 10**7, "亿": 10**8, "千": 1000}
_CURRENCIES = {
    **dict.fromkeys(("¥", "RMB", "CNY", "人民币", "元", "圆"), "CNY"),
    **dict.fromkeys(("USD", "US$", "$", "美元"), "USD"),
    **dict.fromkeys(("EUR", "€", "欧元"), "EUR"),
    **dict.fromkeys(("HKD", "HK$", "港币", "港元"), "HKD"),
    **dict.fromkeys(("JPY", "日元"), "JPY"),
}
LARGEST = Decimal("9999999999999.99")


class Amount(NamedTuple):
    """An amount in whole units of its currency, and where it stands."""

    value: int | float
    currency: str
    """"" where none is said."""
    start: int
    end: int


def amount_in(text: str, start: int, end: int, *, unit: str = "") -> Amount | None:
    """The amount said in text[start:end], in figures or in capitals; None if the two differ.

    `unit` is what the label says the figures are in: "元", "万元". Without one, bare figures are no amount.
    """
    figures, written = _figures(text, start, end, unit), _written(text, start, end)
    if figures and written:
        if Decimal(str(figures.value)) != Decimal(str(written.value)):
            return None
        first, last = sorted((figures, written), key=lambda one: one.start)
        return Amount(figures.value, figures.currency or written.currency, first.start, last.end)
    return figures or written


def amounts_in(text: str, limit: int) -> Iterator[Amount]:
    """Up to `limit` figures of folded text as amounts, whether a currency is said or not, then those in capitals."""
    for match in islice(_FIGURES.finditer(text), limit):
        scale = _UNITS[match["u"]] if match["u"] else 1
        if value := _exact(Decimal(match["n"].replace(",", "")) * scale):
            yield Amount(value, "", match.start(), match.end())
    for match in islice(_WRITTEN.finditer(text), limit):
        if value := _exact(_value_of("".join(match[0].split()))):
            yield Amount(value, "CNY", match.start(), match.end())


def _figures(text: str, start: int, end: int, unit: str) -> Amount | None:
    for match in _FIGURES.finditer(text, start, end):
        if not (match["sign"] or match["c"] or match["u"] or unit):
            continue
        scale = _UNITS[match["u"]] if match["u"] else 10**4 if unit == "万元" and not match["c"] else 1
        value = _exact(Decimal(match["n"].replace(",", "")) * scale)
        if value is not None:
            named = next((one for one in (match["c"], match["sign"]) if one), "")
            return Amount(value, _CURRENCIES.get(named, "CNY" if unit else ""), match.start(), match.end())
    return None


def _written(text: str, start: int, end: int) -> Amount | None:
    for match in _WRITTEN.finditer(text, start, end):
        value = _exact(_value_of("".join(match[0].split())))
        if value is not None:
            return Amount(value, "CNY", match.start(), match.end())
    return None


def _value_of(written: str) -> Decimal:
    """叁拾陆万伍仟元整 → 365000."""
    total, section, digit = Decimal(0), 0, 0
    for sign in written:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        elif sign in _SCALES:
            section += (digit or 1) * _SCALES[sign]
            digit = 0
        elif sign in _MYRIADS:
            total = (
                (total + section + digit) * _MYRIADS[sign]
                if sign == "亿"
                else total + (section + digit) * 10**4
            )
            section = digit = 0
        elif sign in "元圆":
            total += section + digit
            section = digit = 0
        elif sign in _PARTS:
            total += digit * _PARTS[sign]
            digit = 0
    return total


def _exact(value: Decimal) -> int | float | None:
    """In two decimal places, None beyond what an amount can be."""
    if not 0 < value <= LARGEST or value != round(value, 2):
        return None
    return int(value) if value == value.to_integral_value() else float(value)
