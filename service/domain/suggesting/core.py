"""The fixed core of a description: date, department, document number, author."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from service.domain.dates import day_of
from service.domain.suggesting.days import compact_day_in, day_in
from service.domain.suggesting.folding import fold, tidy
from service.domain.suggesting.lines import Line
from service.domain.suggesting.people import author_in, is_organisation, party_in, person_in
from service.domain.suggesting.readers import Behind, code_behind
from service.domain.suggesting.reading import FIRST_YEAR, Asked, Reading
from service.domain.suggesting.source import (
    Evidence,
    Found,
    SourceFile,
    Stretch,
    Suggestion,
    Where,
    today_or_before,
)
from service.domain.suggesting.vocabulary import CORE, FIELDS

DEPARTMENTS = (
    *(
        "综合管理部",
        "市场营销部",
        "人力资源部",
        "市场部",
        "营销部",
        "销售部",
        "财务部",
        "行政部",
        "法务部",
        "采购部",
        "客服部",
    ),
    *(
        "客户服务部",
        "技术部",
        "研发部",
        "生产部",
        "品牌部",
        "渠道部",
        "电商部",
        "设计部",
        "企划部",
        "公关部",
        "运营部",
        "物流部",
    ),
    *("质量部", "质检部", "产品部", "信息部", "总经理办公室", "办公室"),
)
"""Departments that every company has."""

_TEMPLATES = frozenset(
    {
        "2013-12-23",
        "2013-01-27",
        "2000-01-01",
        "1980-01-01",
        "1970-01-01",
        "1904-01-01",
        "1900-01-01",
        "1601-01-01",
    }
)
"""Days that programs write into files when they know none."""

_SIGNATURE = 30
"""Longest line that can be the date below a signature."""
_NUMBER = re.compile(
    r"(?<![\u4e00-\u9fff])[\u4e00-\u9fff]{1,12}[\[(](?:19|20)[0-9]{2}[\])]\s?(?:第\s?)?[0-9]{1,5}\s?号"
)
_CITED = re.compile(r"根据|依据|按照|参照|贯彻|执行|《")
_DATES = {
    "HT": FIELDS["HT.signed_on"],
    "WD-HY": ("会议时间", "会议日期", "召开时间", "开会时间", "时间"),
    "XC-ZZ": FIELDS["XC-ZZ.issued_on"],
    "WL": ("成文日期", "发文日期", "发函日期"),
    "SC": ("报告日期", "完成日期"),
}
"""Category → labels of the date that its papers bear, before those of all papers."""


def read_core(reading: Reading, category: str) -> Iterator[Suggestion]:
    """Suggestions for the core without title and category."""
    if day := _date(reading, category):
        yield day
    for name, found in (
        ("department", _department(reading)),
        ("doc_no", _doc_no(reading, category)),
        ("responsible", _responsible(reading)),
    ):
        if found:
            yield found.suggestion(name)


def _date(reading: Reading, category: str) -> Suggestion | None:
    found = (
        (_stated(reading) if reading.titles.mail else None)
        or _labelled_date(reading, (*_DATES.get(category, ()), *CORE["date"]))
        or _signed_date(reading)
        or _named_date(reading)
        or _stated(reading)
    )
    return found.suggestion("date") if found else _modified(reading)


def _labelled_date(reading: Reading, labels: Sequence[str]) -> Found | None:
    for entry in reading.lines.labelled(*labels):
        text = entry.stretch.text
        day = day_in(text, entry.at, min(len(text), entry.own + 24))
        if day and day.start - entry.at <= 12 and today_or_before(day.day, reading.today):
            return Found(day.day.isoformat(), entry.stretch, 0, day.end, "label")
    return None


def _signed_date(reading: Reading) -> Found | None:
    """A line that is a date, alone or behind the signature: the last one of the main file's text."""
    for line in reversed(reading.lines.all):
        if found := _date_alone(reading, line):
            return found
    return None


def _date_alone(reading: Reading, line: Line) -> Found | None:
    text = line.text.strip().strip("()")
    if line.file or len(text) > _SIGNATURE or "\t" in text or ":" in text:
        return None
    day = day_in(line.text)
    if day is None or not today_or_before(day.day, reading.today):
        return None
    before, after = line.text[: day.start].strip(" (-"), line.text[day.end :].strip(" )-")
    if after or (before and not is_organisation(before) and before not in _departments(reading)):
        return None
    return Found(day.day.isoformat(), line.stretch, day.start, day.end, "signature")


def _named_date(reading: Reading) -> Found | None:
    sources: tuple[tuple[Where, str], ...] = (("name", reading.main.name), ("path", reading.main.path))
    for where, said in sources:
        text = fold(said[-500:])
        day = day_in(text.replace("_", "-")) or compact_day_in(text)
        if day and today_or_before(day.day, reading.today):
            start = max(0, len(said) - 500)
            stretch = _name_stretch(reading.main, where, said)
            return Found(day.day.isoformat(), stretch, start + day.start, start + day.end, "shape")
    return None


def _name_stretch(file: SourceFile, where: Where, said: str) -> Stretch:
    return Stretch(where, file.id, said, fold(said), range(len(said)))


def _stated(reading: Reading) -> Found | None:
    """When the file says that it was made; not what programs write who know nothing."""
    said = reading.main.facts.get("created", "")
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return None
    try:
        day = day_of(moment) if moment.tzinfo else moment.date()
    except (OverflowError, ValueError):
        return None
    if said[:10] in _TEMPLATES or not today_or_before(day, reading.today):
        return None
    stretch = Stretch("facts", reading.main.id, said, fold(said), range(len(said)), label="created")
    return Found(day.isoformat(), stretch, 0, len(said), "property")


def _modified(reading: Reading) -> Suggestion | None:
    """The last resort: the day when the file was changed, as intake takes it too."""
    moment = reading.main.modified
    day = day_of(moment) if moment else None
    if day is None or day.year < FIRST_YEAR or day > reading.today or day.isoformat() in _TEMPLATES:
        return None
    said = day.isoformat()
    evidence = Evidence("modified", reading.main.id, "", 0, "", 0, 0, len(said), said)
    return Suggestion("date", said, evidence, "time")


def _departments(reading: Reading) -> tuple[str, ...]:
    known = dict.fromkeys((*reading.departments, *DEPARTMENTS))
    return tuple(sorted((name for name in known if len(name) >= 2), key=len, reverse=True))


def _department(reading: Reading) -> Found | None:
    departments = _departments(reading)
    for entry in reading.lines.labelled(*CORE["department"]):
        value = entry.stretch.text[entry.at : entry.own].strip()
        name = next((one for one in departments if fold(one) == value), "")
        if name:
            return Found(name, entry.stretch, 0, entry.own, "label")
    return _folder_department(reading, departments) or _head_department(reading, departments)


def _folder_department(reading: Reading, departments: Sequence[str]) -> Found | None:
    """A folder with the name of a department, the innermost one first: 市场部, 01-市场部."""
    path = reading.main.path[-2000:].replace("\\", "/")
    folded, start = fold(path), max(0, len(reading.main.path) - 2000)
    stretch = _name_stretch(reading.main, "path", reading.main.path)
    for folder in reversed(list(re.finditer(r"[^/]+(?=/)", folded))):
        bare = re.sub(r"^[0-9]{1,3}[-_. ,]{0,3}", "", folder[0]).strip()
        for name in departments:
            if bare == fold(name):
                at = start + folder.start() + folder[0].find(bare)
                return Found(name, stretch, at, at + len(bare), "folder")
    return None


def _head_department(reading: Reading, departments: Sequence[str]) -> Found | None:
    """A line of the head that is a department, or a document number that begins with one."""
    for line in reading.lines.head(10):
        text = line.text.strip()
        for name in departments:
            folded = fold(name)
            alone = text == folded or (text.endswith(folded) and is_organisation(text[: -len(folded)]))
            numbered = text.startswith(folded) and _NUMBER.match(text)
            if alone or numbered:
                at = line.text.find(folded)
                return Found(name, line.stretch, at, at + len(folded), "heading")
    return None


def _doc_no(reading: Reading, category: str) -> Found | None:
    labels = (*CORE["doc_no"], *(FIELDS["HT.contract_no"] if category == "HT" else ()))
    asked = Asked("", "doc_no", {})
    for entry in reading.lines.labelled(*labels):
        if (read := code_behind(Behind(reading, asked, entry))) is not None:
            return Found(read[0], entry.stretch, 0, read[1], "label")
    for line in reading.lines.head(10):
        match = _NUMBER.search(line.text[:80])
        if match and len(line.text.strip()) <= 60 and not _CITED.search(line.text[:80]):
            raw = tidy(line.stretch.raw[match.start() : match.end()])
            return Found(raw, line.stretch, match.start(), match.end(), "shape")
    return None


def _responsible(reading: Reading) -> Found | None:
    if reading.titles.mail and (author := _stated_author(reading)):
        return author
    for entry in reading.lines.labelled(*CORE["responsible"]):
        raw = entry.stretch.raw[entry.at : entry.own]
        value = fold(raw).strip()
        name = party_in(raw, reading.parties) or next(
            (one for one in _departments(reading) if fold(one) == value), ""
        )
        name = name or (person_in(raw) if len(value) <= 20 else "")
        if name:
            return Found(name, entry.stretch, 0, entry.own, "label")
    return _signatory(reading) or _stated_author(reading)


def _signatory(reading: Reading) -> Found | None:
    """The organisation above, or before, the date at the end."""
    lines = reading.lines.all
    for place in range(len(lines) - 1, -1, -1):
        if not _date_alone(reading, lines[place]):
            continue
        day = day_in(lines[place].text)
        before = lines[place].text[: day.start].strip(" (-") if day else ""
        signed = lines[place] if before else lines[place - 1] if place else None
        name = before or (signed.text.strip() if signed else "")
        name = name.split()[-1] if name else ""
        if signed and place > 2 and (is_organisation(name) or name in _departments(reading)):
            at = signed.text.find(name)
            raw = tidy(signed.stretch.raw[at : at + len(name)])
            return Found("".join(raw.split()), signed.stretch, at, at + len(name), "signature")
        return None
    return None


def _stated_author(reading: Reading) -> Found | None:
    said = reading.main.facts.get("author", "")[:500]
    name = author_in(said)
    if not name:
        return None
    stretch = Stretch("facts", reading.main.id, said, fold(said), range(len(said)), label="author")
    return Found(name, stretch, 0, len(said), "property")
