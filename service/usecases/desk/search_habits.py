"""Search habits: what a person searched for last, and how he likes to see what was found. His own, told to nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from service.domain.permissions import Actor
from service.errors import Fault, InvalidInput
from service.models import SearchHabit
from service.models.reading import by_key

MAX_RECENT = 20
MAX_TEXT = 200
"""Longer questions are pasted texts: they are not worth a line in a list."""
VIEWS = ("list", "grid", "table")


@dataclass(frozen=True, slots=True)
class Habit:
    """`recent` is newest first; `view` is one of `VIEWS`."""

    recent: Sequence[str] = ()
    view: str = "list"


class SearchHabits:
    """One small row for each person. The audit trail holds no texts of questions (R-PRV-3); this row ends with a click."""

    def of(self, actor: Actor) -> Habit:
        """The actor's habits."""
        row = by_key(SearchHabit, id=actor.id)
        return Habit(tuple(row.recent), row.view if row.view in VIEWS else "list") if row else Habit()

    def note(self, actor: Actor, text: str, habit: Habit) -> None:
        """Remember that this was searched for; `habit` is what `of` gave, so that the same again writes nothing."""
        text = " ".join(text.split())
        if not text or len(text) > MAX_TEXT or (habit.recent and habit.recent[0] == text):
            return
        recent = [text, *(one for one in habit.recent if one != text)][:MAX_RECENT]
        self._set(actor, set__recent=recent)

    def forget(self, actor: Actor) -> None:
        """Forget what was searched for."""
        self._set(actor, set__recent=[])

    def choose_view(self, actor: Actor, view: str) -> None:
        """Show what is found as list, grid or table from now on. Raises `InvalidInput`."""
        if view not in VIEWS:
            allowed = {"expected": "、".join(VIEWS)}
            raise InvalidInput([Fault("view", "not_in_list", "只能是 %(expected)s", allowed)])
        self._set(actor, set__view=view)

    def _set(self, actor: Actor, **change: Any) -> None:
        SearchHabit.objects(id=actor.id).update_one(upsert=True, **change)
