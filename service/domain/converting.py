"""Converting: what a value of one field is in another one, of another kind, unit or list of choices (R-AUD-3)."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from service.domain.describing import check, is_blank, shown
from service.domain.entry import read_as
from service.domain.schema_editing import CHOOSING, choices_in, kind_of
from service.domain.suggesting.money import amounts_in
from service.domain.wording import expected, fault, quoted
from service.errors import Fault

NUMBERS = ("number", "integer", "money")
LISTS = ("several", "list")
SCALES = {"元": 1, "千元": 10**3, "万元": 10**4, "百万元": 10**6, "亿元": 10**8} | {
    "克": 1,
    "千克": 10**3,
    "吨": 10**6,
}
"""Units that can be turned into each other by a factor: of money, and of weight."""
MONEY = frozenset(one for one in SCALES if one.endswith("元"))


@dataclass(frozen=True, slots=True)
class Converted:
    """A value in its new field, None where it means nothing there: `fault` then says why."""

    value: Any
    fault: Fault | None = None


def converted(
    name: str, value: Any, old: Mapping[str, Any], new: Mapping[str, Any], choices: Mapping[str, str]
) -> Converted:
    """The value of a field with the hints `old` in the field `name` with the hints `new`.

    `choices` says what becomes of a choice, "" = of this one nothing; what it leaves out stays itself, if it is still
    there. What comes out keeps every rule of the new field, or there is a fault.
    """
    if is_blank(value):
        return Converted(None)
    before, after = kind_of(old), kind_of(new)
    if before in NUMBERS and after in NUMBERS:
        made = _in_unit(value, old, new)
        if made is None:
            units = {"old": old.get("x-unit", ""), "new": new.get("x-unit", "")}
            return Converted(None, fault(f"fields.{name}", "other_unit", new, value=quoted(value), **units))
    elif choices_in(old):
        made = _chosen(value, choices_in(old), new, choices)
    elif before == after:
        made = value
    else:
        unit = old.get("x-unit", "") if before in NUMBERS else ""
        made = _read(shown(value, old) + unit, after, new)
    return _kept(name, made, new)


def convertible(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether values of one kind can mean anything in the other at all: no telephone is a date."""
    kinds = kind_of(old), kind_of(new)
    if kinds[0] == kinds[1] or kinds[1] in ("text", "textarea", "list"):
        return True
    if "record" in kinds:
        return False
    apart = {*NUMBERS}, {"date"}, {"boolean"}, {"phone"}
    return not any(kinds[0] in kind and kinds[1] not in kind | {*CHOOSING} for kind in apart)


def _kept(name: str, made: Any, new: Mapping[str, Any]) -> Converted:
    if is_blank(made):  # a text of signs alone says something, and no list of words
        return Converted(
            None, fault(f"fields.{name}", "wrong_type", new, **expected(new.get("type", "string")))
        )
    faults = check({name: made}, {"properties": {name: new}}, complete=False)
    return Converted(None, faults[0]) if faults else Converted(made)


def _in_unit(value: Any, old: Mapping[str, Any], new: Mapping[str, Any]) -> int | float | None:
    """The number in the new unit, exactly; None where nobody knows how the units hang together."""
    before, after = old.get("x-unit", ""), new.get("x-unit", "")
    if not before or before == after:
        return value if isinstance(value, int | float) else None
    if before not in SCALES or after not in SCALES or (before in MONEY) != (after in MONEY):
        return None
    return _plain(Decimal(repr(value)) * SCALES[before] / SCALES[after])


def _chosen(
    value: Any, labels: Mapping[str, tuple[str, str]], new: Mapping[str, Any], choices: Mapping[str, str]
) -> Any:
    """What becomes of one choice or several: choices of the new field, else what the old ones are called."""
    offered, kind = choices_in(new), kind_of(new)
    by_word = {word.casefold(): one for one, words in offered.items() for word in words}
    made: list[str] = []
    for one in map(str, value if isinstance(value, list) else [value]):
        word, to = labels.get(one, (one, one))[0], choices.get(one, one)
        if to not in offered:
            to = word if one in choices else by_word.get(word.casefold(), word)
        made.append(to)
    made = list(dict.fromkeys(made))
    if kind in LISTS:
        return made
    if offered:
        return made[0] if len(made) == 1 else "、".join(made)
    return _read("、".join(made), kind, new)


def _read(text: str, kind: str, new: Mapping[str, Any]) -> Any:
    if kind in NUMBERS:
        return _amount(text, new)
    if kind in (*LISTS, "select", "date", "boolean"):
        return read_as(new, text)
    return text if kind == "textarea" else " ".join(text.split())


def _amount(text: str, new: Mapping[str, Any]) -> Any:
    """The number that a text is as a whole (1,200.50; 48 万元; 叁拾万元整), in the unit of its new field; else the text."""
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    unit = new.get("x-unit", "")
    bare = plain.removesuffix(unit).rstrip() if unit else plain
    read = read_as({**new, "type": "number"}, bare)
    if isinstance(read, int | float) and not isinstance(read, bool):
        return read
    said = next(iter(amounts_in(plain, 1)), None)
    if said is None or (said.start, said.end) != (0, len(plain)) or (unit and unit not in MONEY):
        return text
    return _plain(Decimal(str(said.value)) / SCALES.get(unit, 1))


def _plain(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
