"""Mapping 字段对照: which field of a category's new version takes what an old one said, and what that makes of a record.

Nothing is lost: a value that has no place any more goes into the note, or stays readable in the record's history,
where the whole description before the move stands (R-CAT-1, R-AUD-3).
"""

import difflib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from service.domain.converting import converted, convertible
from service.domain.describing import MAX_LENGTHS, check, is_blank, missing, shown
from service.domain.schema_editing import choices_in
from service.domain.wording import core_hints, fault
from service.errors import Fault

Schema = Mapping[str, Any]
LIKE = 0.6
"""How alike two labels are, of 1, before one is proposed for the other."""
HELD = 2
"""Signs of a label that lies whole in another one: 甲类 in 甲类（新）."""
STAY, NOTE, HISTORY = "stay", "note", "history"
MAX_DEFAULT = 500
MOST_SHOWN = 200
"""Characters of a value that a finding repeats."""


@dataclass(frozen=True, slots=True)
class FieldRule:
    """Where the field `key` of the new version takes its value from.

    `source` is a field of the old version, "" = none; `default` is typed as in a form and counts where there is none;
    `choices` says what becomes of old choices, as `converted` reads it. A value that does not convert keeps the record
    where it is ("stay"), or goes into the note ("note").
    """

    key: str
    source: str = ""
    default: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    otherwise: Literal["stay", "note"] = "stay"


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """A rule for each field of the new version; `dropped` says of old fields that none takes where their values go:
    "note", or "history" alone; unsaid it is `usual_place`."""

    rules: tuple[FieldRule, ...] = ()
    dropped: Mapping[str, str] = field(default_factory=dict)

    def stored(self) -> dict[str, Any]:
        """As plain values."""
        return {"rules": [asdict(one) for one in self.rules], "dropped": dict(self.dropped)}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "FieldMapping":
        """From plain values."""
        rules = tuple(FieldRule(**{**one, "choices": dict(one["choices"])}) for one in stored["rules"])
        return cls(rules, dict(stored["dropped"]))


@dataclass(frozen=True, slots=True)
class Finding:
    """A value that does not convert; `stays` tells whether its record is not moved for it."""

    label: str
    label_en: str
    value: str
    fault: Fault
    stays: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """A description in the new version. `open`: required fields that it leaves to be filled in."""

    fields: Mapping[str, Any]
    note: str
    findings: Sequence[Finding] = ()
    open: Sequence[str] = ()

    @property
    def stays(self) -> bool:
        """Whether the record is not moved."""
        return any(one.stays for one in self.findings)


def proposed(old: Schema, new: Schema) -> FieldMapping:
    """The mapping that suggests itself: a field to the one with its key, else to the one that is called most like it."""
    before, after = _fields(old), _fields(new)
    sources = {key: key for key in after if key in before and convertible(before[key], after[key])}
    free = [key for key in before if key not in after]
    for key in (one for one in after if one not in before):
        alike = [
            (_likeness(before[one], after[key]), one) for one in free if convertible(before[one], after[key])
        ]
        degree, best = max(alike, default=(0.0, ""))
        if degree >= LIKE:
            sources[key] = best
            free.remove(best)
    rules = [
        FieldRule(key, source, choices=_choices(before[source], hints) if source else {})
        for key, hints in after.items()
        for source in [sources.get(key, "")]
    ]
    dropped = {key: usual_place(hints) for key, hints in before.items() if key not in sources.values()}
    return FieldMapping(tuple(rules), dropped)


def usual_place(hints: Mapping[str, Any]) -> str:
    """Where the values of an old field go that none takes, as long as nobody says: "note" or "history".

    What tells of a person is not spread into a note that everybody finds (R-PRV-4).
    """
    return HISTORY if hints.get("x-personal") else NOTE


def _fields(schema: Schema) -> dict[str, Mapping[str, Any]]:
    """The fields in the order of the form."""
    properties: Mapping[str, Mapping[str, Any]] = schema.get("properties", {})
    return dict(sorted(properties.items(), key=lambda item: item[1].get("x-order", 1000)))


def _choices(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    """Old choice → new one, of those that are gone: by what they are called, "" where nothing is alike."""
    offered = choices_in(new)
    found = {}
    for value, words in choices_in(old).items() if offered else ():
        if value not in offered:
            degree, best = max((_alike(words[0], zh), one) for one, (zh, _en) in offered.items())
            found[value] = best if degree >= LIKE else ""
    return found


def _likeness(old: Mapping[str, Any], new: Mapping[str, Any]) -> float:
    return max(_alike(str(old.get(name, "")), str(new.get(name, ""))) for name in ("title", "x-title-en"))


def _alike(one: str, other: str) -> float:
    first, second = (unicodedata.normalize("NFKC", text).casefold().strip() for text in (one, other))
    held = min(len(first), len(second)) >= HELD and (first in second or second in first)
    ratio = difflib.SequenceMatcher(None, first, second).ratio() if first and second else 0.0
    return max(ratio, LIKE) if held else ratio


def faults_of(mapping: FieldMapping, old: Schema, new: Schema) -> list[Fault]:
    """Everything that is wrong with a mapping; paths are `key.part`."""
    before, after = old.get("properties", {}), new.get("properties", {})
    faults = []
    for rule in mapping.rules:
        if rule.key not in after:
            faults.append(Fault(f"{rule.key[:40]}.key", "unknown_field", "新版没有这个字段"))
            continue
        faults += _rule_faults(rule, before, after[rule.key])
    keys = [one.key for one in mapping.rules]
    if len(set(keys)) < len(keys):
        faults.append(Fault("", "repeated", "新版的一个字段只能有一条对照"))
    for key, way in mapping.dropped.items():
        if key not in before or way not in (NOTE, HISTORY):
            faults.append(Fault(f"{key[:40]}.dropped", "not_in_list", "旧字段的值写进附注，或只留在历史"))
    return faults


def _rule_faults(rule: FieldRule, before: Schema, hints: Mapping[str, Any]) -> list[Fault]:
    faults = []
    if rule.source and rule.source not in before:
        faults.append(Fault(f"{rule.key}.source", "unknown_field", "旧版没有这个字段"))
    elif rule.source and not convertible(before[rule.source], hints):
        faults.append(Fault(f"{rule.key}.source", "not_convertible", "这两种字段的值不能互相转换，另选一个"))
    if rule.otherwise not in (STAY, NOTE):
        faults.append(Fault(f"{rule.key}.otherwise", "not_in_list", "转换不了的，留在旧版或写进附注"))
    offered = choices_in(hints)
    if any(to and to not in offered for to in rule.choices.values()):
        faults.append(Fault(f"{rule.key}.choices", "not_in_list", "新版没有这个选项，从列表中选"))
    if rule.default:
        told = _default(rule, hints).fault
        faults += [Fault(f"{rule.key}.default", told.code, told.message, told.params)] if told else []
        if len(rule.default) > MAX_DEFAULT:
            limit = {"limit": MAX_DEFAULT}
            faults.append(Fault(f"{rule.key}.default", "too_long", "最多 %(limit)s 个字", limit))
    return faults


def _default(rule: FieldRule, hints: Mapping[str, Any]) -> Any:
    value = rule.default.strip()
    if value in choices_in(hints):
        value = choices_in(hints)[value][0]
    return converted(rule.key, value, {"x-widget": "text"}, hints, {})


def moved(
    fields: Mapping[str, Any], note: str, mapping: FieldMapping, versions: tuple[Schema, Schema]
) -> Moved:
    """What the mapping makes of a description; `versions` are the schemas of the old and the new one.

    Every value of `fields` is in the new ones, in the note, or in a finding that keeps the record where it is, but
    for those of fields that the mapping leaves to the history.
    """
    old, new = versions
    before, after = old.get("properties", {}), new.get("properties", {})
    made: dict[str, Any] = {}
    findings: list[Finding] = []
    noted: dict[str, Any] = {}
    for rule in mapping.rules:
        hints, value = before.get(rule.source, {}), fields.get(rule.source)
        done = converted(rule.key, value, hints, after[rule.key], rule.choices)
        if done.fault:
            findings.append(_finding(hints, rule.source, value, done.fault, stays=rule.otherwise == STAY))
            noted |= {rule.source: value} if rule.otherwise == NOTE else {}
        kept = (
            done.value
            if not is_blank(done.value) or not rule.default
            else _default(rule, after[rule.key]).value
        )
        made |= {} if is_blank(kept) else {rule.key: kept}
    used = {rule.source for rule in mapping.rules}
    lost = {key: value for key, value in fields.items() if key not in used and not is_blank(value)}
    places = {key: mapping.dropped.get(key, usual_place(before.get(key, {}))) for key in lost}
    noted |= {key: value for key, value in lost.items() if places[key] == NOTE}
    told = "\n".join(
        filter(None, [note, *(_line(before.get(key, {}), key, one) for key, one in noted.items())])
    )
    findings += [_finding({}, "", "", one, stays=True) for one in check(made, new, complete=False)]
    if noted and len(told) > MAX_LENGTHS["note"]:
        hints = core_hints("note")
        much = fault("note", "too_long", hints, limit=MAX_LENGTHS["note"], length=len(told))
        findings.append(_finding(hints, "note", "", much, stays=True))
    return Moved(made, told, findings, missing(made, new))


def _finding(hints: Mapping[str, Any], key: str, value: Any, wrong: Fault, *, stays: bool) -> Finding:
    label = str(hints.get("title", key))
    text = "" if is_blank(value) else shown(value, hints)[:MOST_SHOWN]
    return Finding(label, str(hints.get("x-title-en", label)), text, wrong, stays)


def _line(hints: Mapping[str, Any], key: str, value: Any) -> str:
    return f"{hints.get('title', key)}：{shown(value, hints)}{hints.get('x-unit', '')}"
