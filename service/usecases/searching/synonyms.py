"""Synonyms 同义词: the archive's own list of words of the trade that mean the same, kept by who looks after it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mongoengine import NotUniqueError

from search.words.folding import fold
from search.words.synonyms import MAX_ALTERNATIVES, Groups, shipped
from service.audit import Audit
from service.domain.permissions import Act, Actor, may
from service.errors import Conflict, Fault, Forbidden, InvalidInput
from service.models import Synonyms as Row
from service.models.changes import Changes, Remembered
from service.models.reading import by_key
from service.models.transactions import insert_row

ID = "synonyms"
MOST = 1000
"""Groups of the list."""
LENGTHS = (2, 20)
"""Characters of a word: one alone stands in too many others."""
TOLD = 20
"""Groups that the audit trail names of what was added and of what was taken away."""
MOST_FAULTS = 20
CHANGED = "同义词刚被别人改过；重新读取后再改"
_WORD = re.compile(r"[^\W_]+(?:[-·&+.][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class SynonymsView:
    """The list in force. `rev` 0: it is the one that comes with the program, nobody has changed it."""

    rev: int
    groups: Sequence[Sequence[str]]
    by: str = ""
    at: datetime | None = None


class Synonyms:
    """The list as a whole: what stands in it counts from the next search on, in both engines and without a rebuild."""

    def __init__(self, audit: Audit, clock: Callable[[], datetime], changes: Changes | None = None) -> None:
        self._audit, self._clock = audit, clock
        self._known: Remembered[str, Groups] = Remembered(changes, Row._get_collection_name())

    def groups(self) -> Groups:
        """The groups in force, as searches take them."""
        return self._known.get([ID], _read)[ID]

    def view(self, actor: Actor) -> SynonymsView:
        """The list in force. Raises `Forbidden`."""
        self._require(actor)
        row = by_key(Row, id=ID)
        return SynonymsView(row.rev, row.groups, row.by, row.at) if row else SynonymsView(0, shipped())

    def change(self, actor: Actor, rev: int, groups: Sequence[Sequence[str]]) -> SynonymsView:
        """Put another list in the place of the one whose revision is `rev`.

        Raises `Forbidden`, `InvalidInput`, `Conflict` if another has changed it meanwhile.
        """
        before = self.view(actor)
        if before.rev != rev:
            raise Conflict(CHANGED)
        wanted = [group for group in (_cleaned(group) for group in groups) if group]
        if faults := faults_of(wanted):
            raise InvalidInput(faults)
        if wanted != [list(group) for group in before.groups]:
            self._enter(actor, rev, wanted)
            self._tell(actor, before.groups, wanted, rev + 1)
        return self.view(actor)

    def _enter(self, actor: Actor, rev: int, groups: Sequence[Sequence[str]]) -> None:
        new: Mapping[str, Any] = {"groups": groups, "rev": rev + 1, "by": actor.name, "at": self._clock()}
        try:
            if not rev:
                insert_row(Row(id=ID, **new))
                return
        except NotUniqueError:
            raise Conflict(CHANGED) from None
        if not Row.objects(id=ID, rev=rev).update_one(**{f"set__{name}": new[name] for name in new}):
            raise Conflict(CHANGED)

    def _tell(self, actor: Actor, before: Groups, after: Groups, rev: int) -> None:
        old, new = {" ".join(group) for group in before}, {" ".join(group) for group in after}
        told: Mapping[str, Any] = {"added": sorted(new - old)[:TOLD], "removed": sorted(old - new)[:TOLD]}
        self._audit.insert(actor, "change", "synonyms", ID, rev=rev, **told)

    def _require(self, actor: Actor) -> None:
        if not may(actor, Act.TEND):
            raise Forbidden


def groups_of(text: str) -> list[list[str]]:
    """A list as people type it: one group a line, its words apart by blanks or marks; blank lines are none."""
    return [re.split(r"[\s,，、;；/|=]+", line.strip()) for line in text.splitlines() if line.strip()]


def text_of(groups: Groups) -> str:
    """The same as it is typed."""
    return "\n".join(" ".join(group) for group in groups)


def faults_of(groups: Groups) -> list[Fault]:
    """What is wrong with a list, each with the number of the group."""
    if len(groups) > MOST:
        return [Fault("groups", "too_many", "同义词最多 %(most)s 组", {"most": MOST})]
    found = [
        Fault("groups", code, message, {"line": number, **more})
        for number, group in enumerate(groups, 1)
        for code, message, more in _faults_of_group(group)
    ]
    return found[:MOST_FAULTS]


def _faults_of_group(group: Sequence[str]) -> list[tuple[str, str, dict[str, object]]]:
    if len(group) < 2:
        return [("too_few", "第 %(line)s 组只有一个词，一组至少两个词", {})]
    if len(group) > MAX_ALTERNATIVES:
        return [("too_many", "第 %(line)s 组的词太多，一组最多 %(most)s 个", {"most": MAX_ALTERNATIVES})]
    shortest, longest = LENGTHS
    return [
        (
            "word",
            "第 %(line)s 组的“%(word)s”不能用：一个词 %(shortest)s 至 %(longest)s 字，不带标点",
            {"word": word[: LENGTHS[1]], "shortest": shortest, "longest": longest},
        )
        for word in group
        if not (shortest <= len(word) <= longest and _WORD.fullmatch(word))
    ]


def _cleaned(group: Sequence[str]) -> list[str]:
    """Its words as they are compared, each once."""
    return list(dict.fromkeys(word for word in (fold(word).text.strip() for word in group) if word))


def _read(_keys: Sequence[str]) -> Mapping[str, Groups]:
    row = by_key(Row, id=ID)
    return {ID: [tuple(group) for group in row.groups] if row else shipped()}
