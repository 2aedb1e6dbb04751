"""Verifying 核实: what in a description is likely wrong though no rule forbids it, to be answered by somebody (R-VAL-8).

A category says its own doubts as data, in the list `x-verify` of its schema:

key              stable name of the doubt
when             field → value (or list of values) that must all hold
present, absent  fields of which one is said, one is not said
later            two dates, the first of which lies behind the second
more             two amounts, the first of which is larger
at               the field to look at
zh, en           what is doubtful
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import phonenumbers

from service.domain.dates import read_date
from service.domain.describing import is_blank
from service.errors import Fault

UNANSWERED = "待核实：%(what)s。属实就写明情况"
REGION = ("province", "city")
NAMES = ("full_name", "short_name")
HONORIFIC = re.compile(r"(总经理|董事长|经理|主任|先生|女士|老师|老板|总|董)$")
"""Titles that make no new person (R-VAL-11) and stand in no name."""

COLLOQUIAL = re.compile(
    "不靠谱|靠谱|搞定|搞掂|忽悠|哥们|老铁|给力|牛逼|坑爹|没谱|没戏|磨叽|掰扯|哈哈|呵呵|嘿嘿|哎呀|嗯嗯|挺好的|蛮好的"
    "|差不多吧|不咋地|怎么着|咱们|咱|啥|咋|甭|呗"
)
"""Words of speech that a description does without (R-VAL-7)."""
QUOTED = re.compile('“[^”]*”|「[^」]*」|"[^"]*"')
"""What somebody said is quoted as he said it."""

CITY_ENDINGS = ("特别行政区", "自治州", "自治县", "地区", "林区", "新区", "盟", "市", "区", "县")
ANSWER_MOST = 200
"""Characters of an answer."""

Regions = Mapping[str, tuple[str, ...]]
"""Code of a province → its cities (GB/T 2260)."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something to be verified. `digest` is of the values that it arises from: an answer counts while they stay."""

    key: str
    path: str
    what: str
    what_en: str
    digest: str

    @property
    def fault(self) -> Fault:
        """As what stands in the way of submitting."""
        return Fault(self.path, "unanswered", UNANSWERED, {"what": self.what, "what_en": self.what_en})


@dataclass(frozen=True, slots=True)
class Said:
    """What a description says, as far as it is verified."""

    fields: Mapping[str, Any]
    day: date | None
    today: date


def doubts(said: Said, schema: Mapping[str, Any], regions: Regions) -> list[Doubt]:
    """Everything that is to be verified, each key once, in the order of the rules."""
    found = [
        *_of_category(said.fields, schema),
        *_of_region(said.fields, schema, regions),
        *_of_phones(said.fields, schema),
        *_of_names(said.fields, schema),
        *_of_wording(said.fields, schema),
    ]
    if said.day and said.day > said.today:
        text = f"日期 {said.day.isoformat()} 还没有到"
        found.append(_doubt("future", "date", (text, "The date has not come yet"), [said.day.isoformat()]))
    return list({one.key: one for one in found}.values())


def unanswered(found: list[Doubt], answers: Mapping[str, Any]) -> list[Doubt]:
    """Those whose answer is missing, or was given to other values."""
    return [one for one in found if answers.get(one.key, {}).get("digest") != one.digest]


def place_of(name: str) -> str:
    """A city's name without what kind of place it is: 上海 of 上海市."""
    ending = next((one for one in CITY_ENDINGS if name.endswith(one) and len(name) > len(one) + 1), "")
    return name.removesuffix(ending)


def _of_category(fields: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Doubt]:
    for rule in schema.get("x-verify", ()):
        if _holds(rule, fields):
            values = [fields.get(name) for name in _named_in(rule)]
            words = str(rule["zh"]), str(rule.get("en", rule["zh"]))
            yield _doubt(str(rule["key"]), f"fields.{rule['at']}", words, values)


def reads(schema: Mapping[str, Any]) -> frozenset[str]:
    """The fields of a category that are verified by their keys, by its own rules or by ours."""
    known = schema.get("properties", {})
    ours = [name for pair in (REGION, NAMES) if all(name in known for name in pair) for name in pair]
    return frozenset([*ours, *(name for rule in schema.get("x-verify", ()) for name in _named_in(rule))])


def _named_in(rule: Mapping[str, Any]) -> list[str]:
    """The fields that a rule of `x-verify` looks at."""
    return [name for part in ("when", "present", "absent", "later", "more") for name in rule.get(part, ())]


def _holds(rule: Mapping[str, Any], fields: Mapping[str, Any]) -> bool:
    for name, wanted in rule.get("when", {}).items():
        if fields.get(name) not in (wanted if isinstance(wanted, list) else [wanted]):
            return False
    said = {name for name, value in fields.items() if not is_blank(value)}
    if "present" in rule and not said & set(rule["present"]):
        return False
    if "absent" in rule and said >= set(rule["absent"]):
        return False
    pairs = [(name, rule[name]) for name in ("later", "more") if name in rule]
    return all(_exceeds(how, fields.get(first), fields.get(second)) for how, (first, second) in pairs)


def _exceeds(how: str, first: Any, second: Any) -> bool:
    if how == "later":
        days = [read_date(one) if isinstance(one, str) else None for one in (first, second)]
        return days[0] is not None and days[1] is not None and days[0] > days[1]
    numbers = [one for one in (first, second) if isinstance(one, int | float) and not isinstance(one, bool)]
    return len(numbers) == 2 and numbers[0] > numbers[1]


def _of_region(fields: Mapping[str, Any], schema: Mapping[str, Any], regions: Regions) -> Iterator[Doubt]:
    """A region is a province and a city of it (R-VAL-5)."""
    properties = schema.get("properties", {})
    if not all(name in properties for name in REGION):
        return
    province, city = (str(fields.get(name) or "").strip() for name in REGION)
    if not province and not city:
        return
    path = "fields.city" if province else "fields.province"
    values = [province, city]
    if not (province and city):
        words = "地区要有省份和城市", "A region is a province and a city"
        yield _doubt("region_half", path, words, values)
        return
    homes = [code for code, cities in regions.items() if _is_in(city, cities)]
    if homes and province not in homes:
        labels = properties["province"].get("x-enum-labels", {})
        names = [labels.get(code, {}) for code in (homes[0], province)]
        zh, en = ([one.get(language, "?") for one in names] for language in ("zh", "en"))
        words = f"“{city}”在{zh[0]}，省份填的是{zh[1]}", f'"{city}" is in {en[0]}, the province says {en[1]}'
        yield _doubt("region_elsewhere", "fields.city", words, values)
    elif not homes and regions.get(province):
        words = f"“{city}”不是已知的地级市", f'"{city}" is no city that is known'
        yield _doubt("city_unknown", "fields.city", words, values)


def _is_in(city: str, cities: tuple[str, ...]) -> bool:
    return city in cities or place_of(city) in map(place_of, cities)


def _of_phones(fields: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Doubt]:
    """Numbers that are written rightly and that no network has (R-VAL-2)."""
    for name, hints in schema.get("properties", {}).items():
        number = fields.get(name)
        if hints.get("format") != "phone" or not isinstance(number, str) or not number.strip():
            continue
        if number[0] in "489" or _is_number(number):
            continue
        label, english = str(hints.get("title", name)), str(hints.get("x-title-en", name))
        words = f"“{label}” {number} 没有这样的号码", f'"{english}": there is no number {number}'
        yield _doubt(f"phone.{name}", f"fields.{name}", words, [number])


def _is_number(number: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, "CN"))
    except phonenumbers.NumberParseException:
        return True  # what cannot be read at all, the form of numbers says


def _of_names(fields: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Doubt]:
    """Names of persons without titles; a short name that is shorter (R-VAL-1)."""
    for name, hints in schema.get("properties", {}).items():
        value = fields.get(name)
        is_name = hints.get("x-widget") == "person" or hints.get("x-identity") == "name"
        if not is_name or not isinstance(value, str):
            continue
        found = HONORIFIC.search(value.strip())
        if found and len(value.strip()) <= 5:
            label, english = str(hints.get("title", name)), str(hints.get("x-title-en", name))
            words = (
                f"“{label}”带有称呼“{found[1]}”，应填姓名",
                f'"{english}" ends with a title; a name is wanted',
            )
            yield _doubt(f"title.{name}", f"fields.{name}", words, [value])
    names = [str(fields.get(name) or "").strip() for name in NAMES]
    if names[0] and names[0] == names[1]:
        words = "简称与全称相同", "The short name is the same as the full name"
        yield _doubt("same_names", "fields.short_name", words, names)


def _of_wording(fields: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Doubt]:
    """Texts are written, not spoken (R-VAL-7)."""
    for name, hints in schema.get("properties", {}).items():
        text = fields.get(name)
        if hints.get("x-widget") not in ("text", "textarea") or not isinstance(text, str):
            continue
        found = list(dict.fromkeys(COLLOQUIAL.findall(QUOTED.sub("", text))))
        if found:
            label, english = str(hints.get("title", name)), str(hints.get("x-title-en", name))
            spoken = "、".join(found[:5])
            words = (
                f"“{label}”用了口语“{spoken}”，改成书面语；原话加引号",
                f'"{english}" has words of speech ({spoken}): write them out, or quote what was said',
            )
            yield _doubt(f"wording.{name}", f"fields.{name}", words, [text])


def _doubt(key: str, path: str, words: tuple[str, str], values: list[Any]) -> Doubt:
    told = json.dumps(values, ensure_ascii=False, default=str)
    return Doubt(
        key.replace(".", "_"), path, *words, hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:16]
    )


def check_answer(text: str) -> list[Fault]:
    """Faults of an answer."""
    if not text.strip():
        return [Fault("text", "required", "写明核实的情况")]
    if len(text) > ANSWER_MOST:
        return [Fault("text", "too_long", "最多 %(limit)s 个字", {"limit": ANSWER_MOST})]
    return []
