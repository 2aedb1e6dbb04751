"""The mapping of a migration: path patterns say what records from a shared folder are; a first one is proposed."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from service.domain.dates import day_of
from service.domain.holdings import CategoryView
from service.domain.permissions import SECRECY
from service.errors import Fault

MOST_RULES = 500
MOST_STARS = 12
"""Open ends of one pattern, so that no path takes long to compare."""
SAYS = ("category", "department", "customer", "date", "tags", "secrecy", "responsible", "skip")
PLACES = {"year": r"(?:19|20)\d\d", "month": r"(?:0?[1-9]|1[0-2])", "day": r"(?:0?[1-9]|[12]\d|3[01])"}
_TOKEN = re.compile(r"\*\*/|\*\*|\*|\?|\{(\w+)\}|[^*?{]+|\{")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_TAG = 100
_PROPOSED = 200
"""Rules that a proposal has at most."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a mapping. What it says may name places of its pattern: "{customer}"."""

    pattern: str
    shape: re.Pattern[str]
    says: Mapping[str, Any]

    def match(self, path: str) -> Mapping[str, str] | None:
        """The pieces of a path that the pattern names; None if it does not fit."""
        found = self.shape.fullmatch(path)
        return found.groupdict() if found else None


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole mapping, as it is read. `archives`: whether archives inside are opened."""

    rules: tuple[Rule, ...] = ()
    archives: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """What a mapping says of one file; `rules` are the numbers, from 1, of those that said something."""

    category: str = ""
    department: str = ""
    customer: str = ""
    responsible: str = ""
    secrecy: str = ""
    day: date | None = None
    tags: tuple[str, ...] = ()
    skip: bool = False
    rules: tuple[int, ...] = field(default=())


def read_plan(said: Any) -> tuple[Plan, list[Fault]]:
    """A plan from the plain values of its file, and everything that is wrong with them."""
    if said is None:
        return Plan(), []
    if not isinstance(said, Mapping):
        return Plan(), [Fault("mapping", "mapping_shape", "映射文件应有 rules: 一栏，下面逐条写规则")]
    faults = [
        _fault("mapping", "不认识“%(name)s”这一栏", name=str(name)[:50])
        for name in said
        if name not in ("rules", "archives", "version")
    ]
    archives = said.get("archives", "keep")
    if archives not in ("keep", "open"):
        faults.append(_fault("mapping", "archives 只能是 keep 或 open"))
    lines = said.get("rules") or []
    if not isinstance(lines, list) or len(lines) > MOST_RULES:
        return Plan(), [*faults, _fault("mapping", "rules 应是至多 %(most)s 条规则", most=MOST_RULES)]
    rules = []
    for number, line in enumerate(lines, 1):
        found = _rule(line, number)
        if isinstance(found, Rule):
            rules.append(found)
        else:
            faults += found
    return Plan(tuple(rules), archives == "open"), faults


def check_plan(plan: Plan, categories: Iterable[str]) -> list[Fault]:
    """What a plan names that there is not."""
    known = set(categories)
    return [
        _fault("mapping", "第 %(n)s 条：没有类别 %(code)s", n=number, code=rule.says["category"])
        for number, rule in enumerate(plan.rules, 1)
        if "{" not in rule.says.get("category", "") and rule.says.get("category", "") not in {"", *known}
    ]


def place(plan: Plan, path: str, modified: datetime | None) -> Placed:
    """What the plan says of a file: of each value the first rule that says it, of tags all.

    A day that nobody says is the file's day of change; where a rule says only a year, it is that day if it lies
    in that year, else no day, and the year is kept as a tag: a day is never made up (R-VAL-12).
    """
    said: dict[str, str] = {}
    tags: list[str] = []
    used: list[int] = []
    for number, rule in enumerate(plan.rules, 1):
        pieces = rule.match(path)
        if pieces is None:
            continue
        used.append(number)
        if rule.says.get("skip"):
            return Placed(skip=True, rules=(number,))
        for name in ("category", "department", "customer", "responsible", "secrecy", "date"):
            if name in rule.says:
                said.setdefault(name, _filled(rule.says[name], pieces))
        tags += [_filled(tag, pieces)[:_TAG] for tag in rule.says.get("tags", ())]
    day, year = _day(said.pop("date", ""), modified)
    return Placed(
        category=said.get("category", ""),
        department=said.get("department", ""),
        customer=said.get("customer", ""),
        responsible=said.get("responsible", ""),
        secrecy=said.get("secrecy", ""),
        day=day,
        tags=tuple(dict.fromkeys(filter(None, [*tags, year]))),
        rules=tuple(used),
    )


def stricter(one: str, other: str) -> str:
    """The higher of two levels of secrecy."""
    return max(one or SECRECY[0], other or SECRECY[0])


def propose(
    folders: Sequence[str],
    categories: Sequence[CategoryView],
    departments: Sequence[str],
    customers: Sequence[str],
) -> dict[str, Any]:
    """A first mapping, from the names of folders: known customers, departments, names of categories, years."""
    rules: list[dict[str, Any]] = []
    for folder in sorted(set(folders), key=lambda one: (-one.count("/"), one)):
        name = folder.rpartition("/")[2]
        says = _guessed(name, categories, departments, customers)
        if says and len(rules) < _PROPOSED:
            rules.append({"path": f"{_literal(folder)}/**", **says})
    if any(_YEAR.search(folder) for folder in folders):
        rules.append({"path": "**{year}**/**", "date": "{year}"})
    return {"version": 1, "archives": "keep", "rules": rules}


def _guessed(
    name: str, categories: Sequence[CategoryView], departments: Sequence[str], customers: Sequence[str]
) -> dict[str, Any]:
    says: dict[str, Any] = {}
    plain = name.casefold()
    if code := _category(plain, categories):
        says["category"] = code
    for word, known in (("department", departments), ("customer", customers)):
        fits = [one for one in known if one and len(one) > 1 and one.casefold() in plain]
        if fits:
            says[word] = max(fits, key=len)
    return says


def _category(name: str, categories: Sequence[CategoryView]) -> str:
    """The category whose name, or the word of it that people put on folders, the folder's name holds."""
    best, length = "", 1
    for one in categories:
        words = {
            one.name,
            one.name.removesuffix("档案"),
            one.name.removesuffix("资料"),
            one.name[-2:],
            one.name_en,
        }
        for word in words:
            if len(word) > length and word.casefold() in name:
                best, length = one.code, len(word)
    return best


def _rule(line: Any, number: int) -> Rule | list[Fault]:
    if not isinstance(line, Mapping) or not isinstance(line.get("path"), str) or not line["path"].strip("/ "):
        return [_fault("mapping", "第 %(n)s 条缺少 path", n=number)]
    pattern = line["path"].strip("/ ")
    faults = [
        _fault("mapping", "第 %(n)s 条：不认识“%(name)s”", n=number, name=str(name)[:50])
        for name in line
        if name not in ("path", *SAYS)
    ]
    says = {name: line[name] for name in SAYS if line.get(name) not in (None, "", [], False)}
    shape, names = _shape(pattern)
    if shape is None:
        faults.append(
            _fault("mapping", "第 %(n)s 条：path 太长，或通配符超过 %(most)s 个", n=number, most=MOST_STARS)
        )
    faults += _faults_of(says, names, number)
    return faults if faults or shape is None else Rule(pattern, shape, _plain(says))


def _faults_of(says: Mapping[str, Any], names: set[str], number: int) -> list[Fault]:
    faults = []
    for name, value in says.items():
        words = value if name == "tags" and isinstance(value, list) else [value]
        if name == "skip":
            continue
        if not all(isinstance(word, str | int | date) and not isinstance(word, bool) for word in words):
            faults.append(_fault("mapping", "第 %(n)s 条：%(name)s 应是文字", n=number, name=name))
            continue
        unknown = {place for word in words for place in re.findall(r"\{(\w+)\}", str(word))} - names
        faults += [
            _fault("mapping", "第 %(n)s 条：path 里没有 {%(name)s}", n=number, name=place)
            for place in sorted(unknown)
        ]
    secrecy = says.get("secrecy", "L0")
    if secrecy not in SECRECY:
        faults.append(_fault("mapping", "第 %(n)s 条：密级只能是 L0、L1、L2、L3", n=number))
    return faults


def _plain(says: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: [str(tag) for tag in (value if isinstance(value, list) else [value])]
        if name == "tags"
        else bool(value)
        if name == "skip"
        else str(value).strip()
        for name, value in says.items()
    }


def _shape(pattern: str) -> tuple[re.Pattern[str] | None, set[str]]:
    """A pattern as a regular expression: ** any path, * and ? within a part, {name} a piece of a part, named once."""
    names: set[str] = set()
    parts: list[str] = []
    stars = 0
    for token in _TOKEN.finditer(pattern):
        text, name = token[0], token[1]
        stars += text.startswith("*") or bool(name and name not in PLACES)
        if name and name in names:
            parts.append(f"(?P={name})")
        elif name:
            names.add(name)
            parts.append(f"(?P<{name}>{PLACES.get(name, '[^/]+?')})")
        else:
            parts.append(
                {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(text) or re.escape(text)
            )
    if stars > MOST_STARS or len(pattern) > 1000 or any(not name.isidentifier() for name in names):
        return None, names
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL), names


def _filled(text: str, pieces: Mapping[str, str | None]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: pieces.get(found[1]) or "", text).strip()


def _day(said: str, modified: datetime | None) -> tuple[date | None, str]:
    changed = day_of(modified) if modified else None
    if not said or said == "modified":
        return changed, ""
    numbers = [int(one) for one in re.findall(r"\d+", said)]
    if len(numbers) >= 3:
        try:
            return date(*numbers[:3]), ""
        except ValueError:
            pass
    year = numbers[0] if numbers and 1900 <= numbers[0] <= 2099 else 0
    if not year:
        return changed, ""
    in_it = changed is not None and changed.year == year and numbers[1:2] in ([], [changed.month])
    return (changed, "") if in_it else (None, "-".join(f"{one:02}" for one in numbers[:2]))


def _literal(folder: str) -> str:
    return re.sub(r"[*?{]", "?", folder)


def _fault(place_: str, message: str, **params: Any) -> Fault:
    return Fault(place_, "mapping_rule", message, params)
