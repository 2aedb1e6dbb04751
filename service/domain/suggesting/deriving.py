"""What follows from the title of a document and from known parties, where no label says it."""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from service.domain.suggesting.folding import fold, tidy
from service.domain.suggesting.kinds import choice_in
from service.domain.suggesting.money import amount_in
from service.domain.suggesting.people import author_in, mail_names, party_in
from service.domain.suggesting.readers import amount_behind
from service.domain.suggesting.reading import Asked, Reading
from service.domain.suggesting.source import Found, Stretch


def derived(reading: Reading, asked: Asked) -> Found | None:
    """What the title or the known parties say for a field."""
    if rule := _RULES.get(asked.key):
        return rule(reading)
    if asked.hints.get("x-widget") == "select" and asked.hints.get("type") == "string":
        return _chosen(reading, asked)
    return None


def _chosen(reading: Reading, asked: Asked) -> Found | None:
    for title in reading.titles.every:
        stretch = title.stretch.part(title.start, title.end)
        if kind := choice_in(asked.key, stretch.text):
            return Found(kind.code, stretch, kind.start, kind.end, "words")
    return None


_ACTIVITY = re.compile(
    r"(?:活动)?(?:策划)?(?:执行)?(?:方案|策划案?|策划书|费用预算表?|预算表?|效果总结|总结报告|总结|流程|安排|执行手册|通知)(?:\(.{1,10}\))?$"
)
_MEETING = re.compile(r"(?:会议)?(?:纪要|记录|决议|签到表)(?:\(.{1,10}\))?$")
_MANUAL = re.compile(r"(?:产品)?(?:使用)?(?:说明书|技术参数表?|规格书|参数表?)$")


def _cut(ending: re.Pattern[str], shortest: int = 3) -> Callable[[Reading], Found | None]:
    """The title without what every such document is called."""

    def read(reading: Reading) -> Found | None:
        for title in reading.titles.every:
            stretch = title.stretch.part(title.start, title.end)
            match = ending.search(stretch.text)
            name = tidy(stretch.raw[: match.start()]).strip("-_ 《》") if match else ""
            if match and len(name) >= shortest:
                return Found(name, stretch, 0, match.start(), "words")
        return None

    return read


def _titled_party(reading: Reading) -> Found | None:
    """A known party, or an organisation, in a title; nothing if there are several."""
    for title in reading.titles.every:
        stretch = title.stretch.part(title.start, title.end)
        names = {
            name: party.name
            for party in reading.parties
            for name in party
            if len(name) >= 2 and name in stretch.raw
        }
        if len(set(names.values())) == 1:
            longest = max(names, key=len)
            at = stretch.raw.find(longest)
            return Found(names[longest], stretch, at, at + len(longest), "known")
        if not names and (
            match := re.match(
                r"[\u4e00-\u9fff()A-Za-z0-9]{2,40}?(?:有限责任公司|有限公司|集团公司)", stretch.text
            )
        ):
            return Found(tidy(stretch.raw[: match.end()]), stretch, 0, match.end(), "words")
    return None


def _currency(reading: Reading) -> Found | None:
    asked = Asked("HT", "amount", {})
    for entry in reading.lines.labelled(*asked.labels):
        if (amount := amount_behind(entry)) and amount.currency:
            return Found(amount.currency, entry.stretch, 0, amount.end, "label")
    for label in asked.labels:
        for entry in reading.lines.occurrences(label):
            amount = amount_in(entry.stretch.text, entry.at, entry.own)
            if amount and amount.currency:
                return Found(amount.currency, entry.stretch, 0, amount.end, "label")
    return None


def _recipients(reading: Reading) -> Found | None:
    said = _fact(reading, "recipients")
    names = mail_names(said.raw) if said else ()
    return Found(names, said, 0, len(said.raw), "property") if said and names else None


def _author(reading: Reading) -> Found | None:
    said = _fact(reading, "author")
    name = author_in(said.raw) if said else ""
    return Found(name, said, 0, len(said.raw), "property") if said and name else None


def _fact(reading: Reading, name: str) -> Stretch | None:
    said = reading.main.facts.get(name, "")[:2000]
    return (
        Stretch("facts", reading.main.id, said, fold(said), range(len(said)), label=name)
        if said.strip()
        else None
    )


def _organisation(reading: Reading) -> Found | None:
    """A customer whose name ends like an organisation's is one."""
    for entry in reading.lines.labelled(*Asked("KH", "full_name", {"title": "客户全称"}).labels):
        name = party_in(entry.stretch.raw[entry.at : entry.own])
        if len(name) > 4:
            return Found("organisation", entry.stretch, 0, entry.own, "shape")
    party = _titled_party(reading)
    if party and len(str(party.value)) > 4:
        return Found("organisation", party.stretch, party.start, party.end, "shape")
    return None


_YEAR = r"(?<![0-9])(?P<y>(?:19|20)[0-9]{2})\s?年?"
_PERIODS = (
    ("month", re.compile(rf"{_YEAR}(?:度)?\s?(?P<n>1[0-2]|0?[1-9])月(?![0-9])(?!\s?[0-9]{{1,2}}[日号])")),
    ("quarter", re.compile(rf"{_YEAR}(?:度)?\s?(?:第?(?P<n>[一二三四1-4])季度?|[qQ](?P<q>[1-4]))")),
    ("half_year", re.compile(rf"{_YEAR}(?:度)?\s?(?P<n>[上下])半年")),
    ("year", re.compile(r"(?<![0-9])(?P<y>(?:19|20)[0-9]{2})\s?年(?:度|(?!\s?[0-9第上下]))")),
)
_ORDINALS = {"一": 1, "二": 2, "三": 3, "四": 4, "上": 1, "下": 2}
_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


def _period(what: int) -> Callable[[Reading], Found | None]:
    """0: the kind of period that a title names, 1: its first day, 2: its last."""

    def read(reading: Reading) -> Found | None:
        for title in reading.titles.every:
            stretch = title.stretch
            for kind, pattern in _PERIODS:
                if match := pattern.search(stretch.text[:500]):
                    value = (kind, *_bounds(kind, match))[what]
                    return Found(value, stretch, match.start(), match.end(), "words")
        return None

    return read


def _bounds(kind: str, match: re.Match[str]) -> tuple[str, str]:
    parts = match.groupdict()
    written = parts.get("n") or parts.get("q") or "1"
    place = _ORDINALS.get(written) or int(written)
    year, length = int(parts["y"] or 0), _MONTHS[kind]
    begin = (place - 1) * length
    behind = begin + length
    last = date(year + behind // 12, behind % 12 + 1, 1) - timedelta(1)
    return date(year, begin + 1, 1).isoformat(), last.isoformat()


_RULES: Mapping[str, Callable[[Reading], Found | None]] = {
    "HD.activity_name": _cut(_ACTIVITY),
    "WD-HY.meeting_name": _cut(_MEETING),
    "KH.full_name": _titled_party,
    "KH.customer_kind": _organisation,
    "XM.customer": _titled_party,
    "WL.correspondent": _titled_party,
    "QD.channel_name": _titled_party,
    "HZ.partner_name": _titled_party,
    "MT.medium_name": _titled_party,
    "CP.product_name": _cut(_MANUAL, 2),
    "HT.currency": _currency,
    "WD.recipients": _recipients,
    "WD.author": _author,
    "WD.period": _period(0),
    "WD.period_from": _period(1),
    "WD.period_to": _period(2),
}
