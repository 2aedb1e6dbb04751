"""Readers of the value behind a label, one for each widget of a form."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from service.domain.suggesting.days import day_in
from service.domain.suggesting.folding import fold, plain, tidy
from service.domain.suggesting.lines import Labelled
from service.domain.suggesting.money import Amount, amount_in
from service.domain.suggesting.people import party_in, person_in, persons_in
from service.domain.suggesting.reading import Asked, Reading
from service.domain.suggesting.source import Value

NEAR = 24
"""Characters behind a label within which its date or amount begins."""
LONGEST_LINE = 120
LONGEST_TEXT = 600

_CODE = re.compile(
    r"(?=[^\s,;。:]{0,40}[0-9])[0-9A-Za-z\u4e00-\u9fff(\[][-0-9A-Za-z\u4e00-\u9fff()\[\]/#._·&]{2,50}"
)
_NUMBER = re.compile(
    r"\s{0,3}(?:约|共|为)?\s?(?P<n>[0-9]{1,3}(?:,[0-9]{3}){1,3}|[0-9]{1,9}(?:\.[0-9]{1,4})?)(?![0-9])\s?(?P<u>万)?"
)
_PHONE = re.compile(r"1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8}(?![0-9])|[48]00-?[0-9]{3}-?[0-9]{4}")
_EMAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}")

_PAST = frozenset(
    {
        "HT.signed_on",
        "WD-HY.held_on",
        "SC.ended_on",
        "WL.sent_on",
        "WL.received_on",
        "XC-ZZ.issued_on",
        "XC.made_on",
    }
)
"""Days that have passed when the paper is filed."""


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind a label, and the field that it could be the value of."""

    reading: Reading
    asked: Asked
    entry: Labelled


Reader = Callable[[Behind], tuple[Value, int] | None]
"""Reads the value behind a label: the value and where it ends in the label's stretch."""


def _date(behind: Behind) -> tuple[Value, int] | None:
    entry = behind.entry
    day = day_in(entry.stretch.text, entry.at, min(len(entry.stretch.text), entry.own + NEAR))
    if day is None or day.start - entry.at > NEAR or not behind.reading.plausible(day.day):
        return None
    if behind.asked.key in _PAST and day.day > behind.reading.today:
        return None
    return day.day.isoformat(), day.end


def _money(behind: Behind) -> tuple[Value, int] | None:
    entry = behind.entry
    amount = amount_behind(entry)
    return (amount.value, amount.end) if amount else None


def amount_behind(entry: Labelled) -> Amount | None:
    """The amount behind a label of money."""
    text, unit = entry.stretch.text, entry.unit
    cut = text.find("。", entry.at)
    end = min(len(text) if cut < 0 else cut, entry.own + 60, entry.at + 120)
    amount = amount_in(text, entry.at, end, unit=unit)
    if amount is None and _plain_number(text[entry.at : entry.own]):
        amount = amount_in(text, entry.at, entry.own, unit=unit or "元")
    return amount if amount and amount.start - entry.at <= NEAR else None


def _plain_number(value: str) -> bool:
    """Whether a label of money is followed by figures and nothing else."""
    return (
        re.fullmatch(
            r"\s*[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]{1,2})?\s*|\s*[0-9]{3,13}(?:\.[0-9]{1,2})?\s*", value
        )
        is not None
    )


def _number(behind: Behind) -> tuple[Value, int] | None:
    entry = behind.entry
    match = _NUMBER.match(entry.stretch.text, entry.at, entry.own)
    if match is None:
        return None
    value = float(match["n"].replace(",", "")) * (10**4 if match["u"] else 1)
    if behind.asked.hints.get("type") == "integer" and value != int(value):
        return None
    return (int(value) if value == int(value) else value), match.end()


def code_behind(behind: Behind) -> tuple[Value, int] | None:
    """A number like QH-CG-2024-031 or 青禾销字[2024]第017号: it has a digit and is no date."""
    entry = behind.entry
    value = entry.stretch.text[entry.at : entry.own]
    begin = len(value) - len(value.lstrip(" _:"))
    match = _CODE.match(value, begin)
    if match is None or (day_in(match[0]) and not re.search("[A-Za-z]", match[0])):
        return None
    raw = entry.stretch.raw[entry.at + match.start() : entry.at + match.end()]
    code = plain(tidy(raw)) if match[0].isascii() else tidy(raw)
    return code.rstrip(".-/"), entry.at + match.end()


def _line(behind: Behind) -> tuple[Value, int] | None:
    """A short text: up to the end of the line, or to a wide gap."""
    entry = behind.entry
    text = entry.stretch.text[entry.at : entry.own]
    gap = re.search(r"\s{3,}|\t", text.strip())
    end = len(text.rstrip()) if gap is None else len(text) - len(text.lstrip()) + gap.start()
    value = tidy(entry.stretch.raw[entry.at : entry.at + end]).strip("，,。；;：:、_ ")
    limit = min(int(behind.asked.hints.get("maxLength", LONGEST_LINE)), LONGEST_LINE)
    if not 2 <= len(value) <= limit or not re.search(r"\w", value) or re.search("_{2,}", value):
        return None
    return value, entry.at + end


def _paragraph(behind: Behind) -> tuple[Value, int] | None:
    """A longer text, which goes on over lines that are full until a sentence ends."""
    entry = behind.entry
    text = entry.stretch.text
    end = entry.own
    full = entry.own - entry.at >= 20
    if full and not re.search(r"[。;!?]\s*$", text[:end]):
        stop = re.search(r"[。!?]", text[end : end + LONGEST_TEXT])
        clause = re.search(r"第.{1,4}条", text[end : end + LONGEST_TEXT])
        if stop and not (clause and clause.start() < stop.start()):
            end += stop.end()
    value = tidy(entry.stretch.raw[entry.at : end]).strip("：: ")
    return (value[:LONGEST_TEXT], end) if 4 <= len(value) <= LONGEST_TEXT else None


def _person(behind: Behind) -> tuple[Value, int] | None:
    entry = behind.entry
    raw = entry.stretch.raw[entry.at : entry.own]
    text = fold(raw)
    cut = re.search(r"[,;。/\t(]|\s{3,}", text.strip())
    end = len(text) if cut is None else len(text) - len(text.lstrip()) + cut.start()
    name = person_in(raw[:end])
    return (name, entry.at + max(1, len(text[:end].rstrip()))) if name else None


def _party(behind: Behind) -> tuple[Value, int] | None:
    entry = behind.entry
    for end in (entry.own, min(len(entry.stretch.text), entry.own + 40)):
        raw = entry.stretch.raw[entry.at : end]
        if name := party_in(raw, behind.reading.parties):
            folded = fold(raw)
            at = folded.find(fold(name))
            return name, entry.at + (
                at + len(name) if at >= 0 else len(folded[: entry.own - entry.at].rstrip())
            )
    return None


def _phone(behind: Behind) -> tuple[Value, int] | None:
    entry = behind.entry
    match = _PHONE.search(entry.stretch.text, entry.at, entry.own)
    if match is None or (
        (behind.asked.name == "mobile") != (match[0][0] == "1")
        and behind.asked.name in ("mobile", "home_phone")
    ):
        return None
    number = match[0]
    if number[0] == "0" and "-" not in number:
        area = 3 if number[1] in "12" else 4
        number = f"{number[:area]}-{number[area:]}"
    return number, match.end()


def _select(behind: Behind) -> tuple[Value, int] | None:
    """The one choice that is called so, or whose name begins so: 购销 for 购销合同."""
    value, labels = behind.entry.value, behind.asked.hints.get("x-enum-labels", {})
    choices = [str(choice) for choice in behind.asked.hints.get("enum", ())]
    said = {choice: fold(str(labels.get(choice, {}).get("zh", choice))) for choice in choices}
    exact = [choice for choice in choices if value in (choice, said[choice])]
    alike = [
        choice
        for choice in choices
        if len(value) >= 2 and re.search(rf"(?:^|,|/){re.escape(value)}", said[choice])
    ]
    found = exact or alike
    return (found[0], behind.entry.own) if value and len(found) == 1 else None


def _text(behind: Behind) -> tuple[Value, int] | None:
    entry = behind.entry
    if behind.asked.hints.get("format") == "email":
        match = _EMAIL.search(entry.stretch.text, entry.at, entry.own)
        return (match[0], match.end()) if match else None
    return _line(behind)


def _persons(behind: Behind) -> tuple[Value, int] | None:
    """Names of a list, which goes on over a line that ends with a comma."""
    entry = behind.entry
    text, end = entry.stretch.text, entry.own
    if text[:end].rstrip().endswith(","):
        stop = re.search(r"[。;:]", text[end:])
        end = end + stop.start() if stop else len(text)
    return persons_in(entry.stretch.raw[entry.at : end]), end


def _list(behind: Behind) -> tuple[Value, int] | None:
    if (line := _line(behind)) is None:
        return None
    pieces = (piece.strip('“”"《》 等。') for piece in re.split("[、，,；;]", str(line[0])))
    return tuple(dict.fromkeys(piece for piece in pieces if piece)), line[1]


def _parties(behind: Behind) -> tuple[Value, int] | None:
    one = _party(behind)
    return ((str(one[0]),), one[1]) if one else None


_READERS: Mapping[str, Reader] = {
    "date": _date,
    "money": _money,
    "number": _number,
    "text": _text,
    "textarea": _paragraph,
    "person": _person,
    "party": _party,
    "phone": _phone,
    "select": _select,
}
_LISTS: Mapping[str, Reader] = {"person": _persons, "party": _parties, "text": _list}


def reader_of(name: str, widget: str, *, several: bool) -> Reader | None:
    """The reader for the field `name` with this widget, None if nothing can be read for such a one."""
    if several:
        return _LISTS.get(widget)
    return code_behind if widget == "text" and name.endswith("_no") else _READERS.get(widget)
