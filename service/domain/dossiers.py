"""Dossiers 案卷: what a kind of dossier should hold, what lacks, and which place a record takes among the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from service.domain.describing import check_core
from service.domain.holdings import Description
from service.domain.wording import fault
from service.errors import Fault

KINDS = ("customer", "project", "contract", "activity")
"""客户, 项目, 合同, 活动 (issue F 4)."""

CATEGORIES = {"customer": "KH", "project": "XM", "contract": "HT", "activity": "HD"}
"""The category that a dossier of a kind belongs to unless another one is said; its secrecy is the dossier's."""

STATES = ("open", "closed")
"""在卷, 已结卷: a closed dossier takes nothing in and gives nothing out until it is opened again."""

MOST_RECORDS = 2000
"""Records of one dossier; what grows beyond it is continued in another volume."""

TITLE = {"title": "题名", "x-title-en": "Title"}
END = {"title": "终止日期", "x-title-en": "End"}
LINES = {
    "code": ({"title": "案卷号", "x-title-en": "Dossier no."}, 60),
    "party": ({"title": "客户或对方", "x-title-en": "Customer or party"}, 200),
}
"""Texts that only a dossier has: labels and the most characters."""

APART = 1024.0
"""Between two neighbours when places are given anew, so that many can come between them before that is needed again."""


@dataclass(frozen=True, slots=True)
class Expected:
    """A document that a dossier should hold (S-RT-5).

    A record serves if its title or a file's name has one of the words, and its category is, or lies below,
    `category` ("" = any). `waived`: this dossier needs none.
    """

    key: str
    label: str
    label_en: str
    category: str = ""
    words: tuple[str, ...] = ()
    waived: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """What completeness looks at in a record: the codes from the root to its category, its title and file names."""

    id: str
    category_path: tuple[str, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Completion:
    """An expected document, and the ids of the records that serve as it."""

    expected: Expected
    found: tuple[str, ...] = ()

    @property
    def lacks(self) -> bool:
        """Whether it is still to come."""
        return not self.found and not self.expected.waived


@dataclass(frozen=True, slots=True)
class DossierView:
    """A dossier as somebody sees it. `may`: the acts that he may do with it (change)."""

    id: str
    kind: str
    code: str
    title: str
    category: str
    party: str
    department: str
    responsible: str
    start: date | None
    end: date | None
    note: str
    state: str
    secrecy: str
    expected: tuple[Expected, ...]
    owner: str
    rev: int
    created_at: datetime
    updated_at: datetime
    may: frozenset[str]


@dataclass(frozen=True, slots=True)
class DossierSaid:
    """What a person says of a dossier; None = leave as it is."""

    title: str | None = None
    code: str | None = None
    category: str | None = None
    party: str | None = None
    department: str | None = None
    responsible: str | None = None
    start: date | None = None
    end: date | None = None
    clear_start: bool = False
    clear_end: bool = False
    note: str | None = None
    secrecy: str | None = None
    waived: tuple[str, ...] | None = None
    """Keys of the expected documents that this dossier needs not."""


def standings(expected: Sequence[Expected], held: Sequence[Held]) -> list[Completion]:
    """What is there and what lacks, in the order of the list. A name serves as what its longest word says:
    合同审批单 is an approval form and no contract. One record may serve as several, by its files."""
    found: dict[str, dict[str, None]] = {one.key: {} for one in expected}
    for record in held:
        for text in record.texts:
            line = _meant(expected, record.category_path, text)
            if line:
                found[line.key][record.id] = None
    return [Completion(one, tuple(found[one.key])) for one in expected]


def _meant(expected: Sequence[Expected], path: Sequence[str], text: str) -> Expected | None:
    folded = text.casefold()
    fitting = [
        (len(word), -place, one)
        for place, one in enumerate(expected)
        if not one.category or one.category in path
        for word in one.words
        if word.casefold() in folded
    ]
    return max(fitting, key=lambda each: each[:2])[2] if fitting else None


def between(places: Mapping[str, float], moved: str, before: str) -> float | None:
    """The place for `moved` just before `before` ("" = at the end); None where no room is left between two."""
    ordered = sorted((place, key) for key, place in places.items() if key != moved)
    at = next((n for n, (_place, key) in enumerate(ordered) if key == before), len(ordered))
    low = ordered[at - 1][0] if at else None
    high = ordered[at][0] if at < len(ordered) else None
    if low is None or high is None:
        return (high - APART) if high is not None else (low + APART) if low is not None else APART
    middle = (low + high) / 2
    return middle if low < middle < high else None


def respaced(places: Mapping[str, float]) -> dict[str, float]:
    """The same order with room between all."""
    ordered = sorted(places, key=lambda key: places[key])
    return {key: APART * (n + 1) for n, key in enumerate(ordered)}


def check_dossier(said: DossierSaid, *, new: bool) -> list[Fault]:
    """Everything that is wrong with what was said of a dossier."""
    core = Description(
        title=said.title,
        department=said.department,
        responsible=said.responsible,
        secrecy=said.secrecy,
        note=said.note,
    )
    faults = check_core(core)
    if new and said.title is None:
        faults.append(fault("title", "required", TITLE))
    for name, (hints, limit) in LINES.items():
        value: str = getattr(said, name) or ""
        if len(value) > limit:
            faults.append(fault(name, "too_long", hints, limit=limit, length=len(value)))
        elif not value.isprintable():
            faults.append(fault(name, "control_character", hints))
    if said.start and said.end and said.end < said.start:
        faults.append(fault("end", "before_start", END, other="起始日期", other_en="Start"))
    return faults
