"""The list of an archive's members as a tree of folders, with the way to the text of each that has some."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from search.port import Passage
from service.web import shown

MAX_MEMBERS = 3000
"""Members shown; longer lists are cut, and it is said."""
MAX_DEPTH = 30
"""Folders within folders; what lies deeper keeps the rest of its path in its name."""
OPEN = 40
"""A tree of so few members stands open."""


@dataclass(slots=True)
class Branch:
    """A folder, or a member: then `part` is its number, and `anchor` the place of its text, "" where it has none."""

    name: str
    anchor: str = ""
    part: int = 0
    branches: dict[str, "Branch"] = field(default_factory=dict)

    @property
    def sorted(self) -> Sequence["Branch"]:
        """Folders first, each in the order of their names."""
        return sorted(self.branches.values(), key=lambda one: (not one.branches, one.name.casefold()))


@dataclass(frozen=True, slots=True)
class Tree:
    """What an archive holds: `count` members, of which the first `MAX_MEMBERS` are in `root`."""

    root: Branch
    count: int

    @property
    def cut(self) -> bool:
        """Whether members are left out."""
        return self.count > MAX_MEMBERS

    @property
    def open(self) -> bool:
        """Whether all folders stand open at first."""
        return self.count <= OPEN


def tree(passages: Sequence[Passage]) -> Tree | None:
    """The tree of the names that ingest writes as the first part; None if there are none."""
    names = list(_names(passages))
    if not names:
        return None
    with_text = {one.place.number for one in passages if one.place.kind == "part" and one.place.number > 1}
    root = Branch("")
    for number, name in enumerate(names[:MAX_MEMBERS], 2):
        _grow(root, name, shown.anchor("part", number) if number in with_text else "", number)
    return Tree(root, len(names))


def _names(passages: Sequence[Passage]) -> Iterator[str]:
    for one in passages:
        if one.place.kind == "part" and one.place.number == 1:
            yield from (line for line in one.text.split("\n") if line.strip())


def _grow(root: Branch, path: str, anchor: str, part: int) -> None:
    steps = [step for step in path.replace("\\", "/").split("/") if step] or [path]
    if len(steps) > MAX_DEPTH:
        steps = [*steps[: MAX_DEPTH - 1], "/".join(steps[MAX_DEPTH - 1 :])]
    at = root
    for step in steps:
        at = at.branches.setdefault(step, Branch(step))
    at.anchor, at.part = at.anchor or anchor, at.part or part
