"""The scheme as one text (YAML) to look at, to keep under version control, and to carry to another archive."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import yaml

from service.domain.permissions import Actor
from service.domain.schema_editing import MAX_FIELDS, FieldDraft, differences, drafts_of, faults_of, schema_of
from service.domain.scheme_editing import CategorySaid, faults_of_code, faults_of_said
from service.errors import Fault, InvalidInput
from service.usecases.scheme.categories import Categories
from service.usecases.scheme.scheming import DraftView, Scheming

MOST_CATEGORIES = 300
MOST_CHARACTERS = 300_000
"""Some five times the starting scheme; as UTF-8 it stays within what a form and a JSON body may hold."""
MOST_IN_ONE = 10_000
"""Characters of one value: no help is longer, and numbers of so many digits are not counted out."""
DEEPEST = 12
FORMAT = "fonds-scheme-1"

SAID = tuple(one.name for one in fields(CategorySaid))
PARTS = tuple(one.name for one in fields(FieldDraft) if one.name not in ("fixed", "choices"))
DEFAULTS = FieldDraft("")


@dataclass(frozen=True, slots=True)
class Brought:
    """What a text brought: codes of new categories, of changed ones, and how many are as they were."""

    created: tuple[str, ...]
    changed: tuple[str, ...]
    same: int
    published: bool
    """Whether the changes were published, or handed in where somebody has to approve them; else they are drafts."""


@dataclass(frozen=True, slots=True)
class _Entry:
    code: str
    parent: str
    said: CategorySaid
    drafts: Sequence[FieldDraft]


class SchemeTexts:
    """Export and import for who manages the scheme. Whatever is wrong in a text, nothing of it is taken."""

    def __init__(self, scheming: Scheming, categories: Categories) -> None:
        self._scheming, self._categories = scheming, categories

    def export(self, actor: Actor) -> str:
        """All categories in force, parents first. Raises `Forbidden`."""
        self._scheming.require(actor)
        listed = [
            {"code": one.code, "parent": one.parent}
            | CategorySaid.of(one).stored()
            | {"fields": [_written(draft) for draft in drafts_of(one.schema, {})]}
            for one in self._categories.all()
        ]
        text: str = yaml.safe_dump(
            {"format": FORMAT, "categories": listed}, allow_unicode=True, sort_keys=False, width=120
        )
        return text

    def bring(self, actor: Actor, text: str, *, reason: str = "") -> Brought:
        """Add what is new and draft what differs; with a `reason` the drafts are published.

        Categories that the text leaves out stay as they are. Raises `Forbidden`, `InvalidInput` naming every fault.
        """
        self._scheming.require(actor)
        entries = self._checked(_read(text))
        known = {one.code for one in self._categories.all()}
        created = [entry.code for entry in entries if entry.code not in known]
        changed = []
        for entry in entries:
            if entry.code not in known:
                self._scheming.create(actor, entry.code, entry.parent, entry.said)
            if self._in_force(entry):
                continue
            draft = self._drafted(actor, entry)
            if entry.code in known:
                changed.append(entry.code)
            if reason.strip() or entry.code not in known:
                why = reason.strip() or "导入分类方案"
                self._scheming.publish(actor, entry.code, rev=draft.rev, reason=why)
        same = len(entries) - len(created) - len(changed)
        return Brought(tuple(created), tuple(changed), same, bool(reason.strip()))

    def _in_force(self, entry: _Entry) -> bool:
        """Whether the entry says what is in force; a draft of somebody over that then stays."""
        category = self._categories.get(entry.code)
        said = CategorySaid.of(category).stored() == entry.said.stored()
        return said and not differences(category.schema, schema_of(entry.drafts, category.schema))

    def _drafted(self, actor: Actor, entry: _Entry) -> DraftView:
        """The draft that says what the entry says."""
        draft = self._scheming.draft(actor, entry.code)
        if _same(draft.fields, entry.drafts) and draft.said.stored() == entry.said.stored():
            return draft
        return self._scheming.save(actor, entry.code, entry.drafts, rev=draft.rev, said=entry.said)

    def _checked(self, listed: Sequence[Any]) -> list[_Entry]:
        """The entries in an order in which parents come first; raises `InvalidInput`."""
        known = {one.code: one for one in self._categories.all()}
        faults: list[Fault] = []
        entries: dict[str, _Entry] = {}
        for place, given in enumerate(listed, start=1):
            entry = _entry(given)
            if entry is None or entry.code in entries:
                faults.append(Fault(str(place), "bad_entry", "第 %(n)s 个类别写得不对或重复", {"n": place}))
                continue
            entries[entry.code] = entry
            faults += [_under(entry.code, fault) for fault in _faults(entry, known)]
        for entry in entries.values():
            if entry.parent and entry.parent not in known and entry.parent not in entries:
                unknown = Fault(f"{entry.code}.parent", "unknown_category", "没有类别 %(code)s")
                faults.append(Fault(unknown.path, unknown.code, unknown.message, {"code": entry.parent}))
        if faults:
            raise InvalidInput(faults)
        return _parents_first(entries, set(known))


def _faults(entry: _Entry, known: Mapping[str, Any]) -> list[Fault]:
    moved = entry.code in known and known[entry.code].parent != entry.parent
    faults = [Fault(".parent", "published", "已有的类别不能移到别的上级")] if moved else []
    return [
        *faults,
        *faults_of_code(entry.code),
        *faults_of_said(entry.said),
        *faults_of(entry.drafts),
    ]


def _under(code: str, fault: Fault) -> Fault:
    dot = "" if fault.path.startswith(".") else "."
    return Fault(f"{code[:40]}{dot}{fault.path}", fault.code, fault.message, fault.params)


def _parents_first(entries: Mapping[str, _Entry], known: set[str]) -> list[_Entry]:
    ordered: list[_Entry] = []
    waiting, there = dict(entries), set(known)
    while waiting:
        now = [one for one in waiting.values() if not one.parent or one.parent in there]
        if not now:
            circle = Fault(f"{next(iter(waiting))}.parent", "circle", "上级类别绕成了一圈")
            raise InvalidInput([circle])
        for one in now:
            ordered.append(waiting.pop(one.code))
            there.add(one.code)
    return ordered


def _read(text: str) -> Sequence[Any]:
    if len(text) > MOST_CHARACTERS:
        raise InvalidInput([Fault("", "too_long", "文本过长，分类方案不超过 30 万字")])
    try:
        _require_plain(text)
        read = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as fault:
        mark = getattr(fault, "problem_mark", None)
        line = mark.line + 1 if mark else text.count("\n", 0, getattr(fault, "position", 0)) + 1
        raise InvalidInput(
            [Fault("", "not_yaml", "不是 YAML：第 %(line)s 行读不懂", {"line": line})]
        ) from fault
    listed = read.get("categories") if isinstance(read, dict) and read.get("format") == FORMAT else None
    if not isinstance(listed, list) or len(listed) > MOST_CATEGORIES:
        message = "不是分类方案：应有 format: fonds-scheme-1 和 categories"
        raise InvalidInput([Fault("", "no_scheme", message)])
    return listed


def _require_plain(text: str) -> None:
    """Refuse, before anything is built of it, what makes a short text large or more than text; see `yaml.parse`."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        named = getattr(event, "anchor", None) or getattr(event, "tag", None)
        if named or depth > DEEPEST or len(getattr(event, "value", "")) > MOST_IN_ONE:
            message = "第 %(line)s 行：分类方案里不用引用（& *）、标记（!）、深层嵌套和过长的值"
            raise InvalidInput([Fault("", "not_plain", message, {"line": event.start_mark.line + 1})])


def _entry(given: Any) -> _Entry | None:
    """An entry of the text, None if it has not the shape of one."""
    if not isinstance(given, dict) or set(given) - {"code", "parent", "fields", *SAID}:
        return None
    texts = {name: given.get(name, "") for name in ("code", "parent", *SAID)}
    listed = given.get("fields") or []
    if not isinstance(listed, list) or len(listed) > MAX_FIELDS:
        return None
    drafts = [_draft(one) for one in listed]
    if not all(isinstance(value, str) for value in texts.values()) or None in drafts:
        return None
    said = CategorySaid(**{name: texts[name] for name in SAID if name in given} | {"name": texts["name"]})
    return _Entry(texts["code"], texts["parent"], said, [one for one in drafts if one])


def _draft(given: Any) -> FieldDraft | None:
    if not isinstance(given, dict) or set(given) - {"choices", *PARTS}:
        return None
    choices = given.get("choices") or []
    if not isinstance(choices, list) or not all(isinstance(one, str) for one in choices):
        return None
    for name in PARTS:
        if name in given and type(given[name]) is not type(getattr(DEFAULTS, name)):
            return None
    if not isinstance(given.get("key"), str):
        return None
    values = {name: given[name] for name in PARTS if name in given}
    return FieldDraft(**values, choices="\n".join(choices))


def _written(draft: FieldDraft) -> dict[str, Any]:
    """A field without what is as usual."""
    told = {name: getattr(draft, name) for name in PARTS}
    shown = {name: value for name, value in told.items() if value != getattr(DEFAULTS, name) or name == "key"}
    return shown | ({"choices": draft.choices.splitlines()} if draft.choices else {})


def _same(mine: Sequence[FieldDraft], given: Sequence[FieldDraft]) -> bool:
    return [_written(one) for one in mine] == [_written(one) for one in given]
