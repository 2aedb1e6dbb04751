"""Missed questions 检索未果: what people searched for and nobody found, without anybody who did."""

import contextlib
import hashlib
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mongoengine import NotUniqueError

from search.words.facts import facts
from search.words.folding import fold
from service.domain.dates import day_of
from service.domain.holdings import Question
from service.domain.permissions import COMPARTMENTS, Act, Actor, may, search_scope
from service.errors import Forbidden
from service.models import MissedQuestion
from service.models.transactions import delete_rows, insert_row

LONGEST = 40
"""Characters of a question that is noted: longer ones are pasted texts."""
MOST = 500
"""Questions that are noted of one month."""
MONTHS = 12
"""Months that are kept, the present one included."""
REMEMBERED = 20_000
"""Askings that are remembered at once."""
CONDITIONS = (
    "category", "archival_class", "department", "family", "customer", "tag", "state", "dossier", "date_from", "date_to",
    "cursor",
)  # fmt: skip
"""With any of these it is not the words alone that find nothing."""
_PERSONAL = re.compile(r"@|[0-9]{6}")


@dataclass(frozen=True, slots=True)
class Missed:
    """A question that found nothing: how many people asked it in the month, as far as is known, and the last day."""

    text: str
    count: int
    last: date


@dataclass(frozen=True, slots=True)
class MissedMonth:
    """The questions of a month as 2026-11, the most frequent first, and all months that hold any, newest first."""

    month: str
    months: Sequence[str]
    items: Sequence[Missed]


class MissedQuestions:
    """Counts what found nothing, by question and month; no person is written down anywhere (R-PRV-3).

    A question is kept from the second person on: what one alone types tells of him. That somebody asked is known in
    memory only, under a key of this process, so that one person counts once; with its end that is forgotten.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock, self._key = clock, secrets.token_bytes(16)
        self._lock = threading.Lock()
        self._asked: OrderedDict[str, tuple[frozenset[bytes], frozenset[str]]] = OrderedDict()

    def note(self, actor: Actor, question: Question) -> None:
        """A question found nothing for the actor, on its first page and relaxed as far as may be."""
        text, place = _said(question), frozenset(search_scope(actor))
        if not text or not place:
            return
        day = day_of(self._clock())
        month = f"{day:%Y-%m}"
        people, places = self._people(f"{month} {text}", actor, place)
        if not people:
            return
        key = f"{month}:{hashlib.sha256(text.encode()).hexdigest()[:32]}"
        beyond = [one for one in COMPARTMENTS if one not in place]
        again = {"set__last": day.isoformat(), "inc__count": 1, "pull_all__places": beyond}
        if not MissedQuestion.objects(id=key).update_one(**again) and people > 1:
            first = {"last": day.isoformat(), "count": people, "places": sorted(places)}
            self._begin(MissedQuestion(id=key, month=month, text=text, **first))

    def month(self, actor: Actor, month: str = "") -> MissedMonth:
        """What found nothing in a month, "" = this one. Raises `Forbidden` for who does not look after the archive.

        A question shows only to who may search everywhere where one of its askers may: who may search less has typed
        nothing that is kept from others.
        """
        if not may(actor, Act.TEND):
            raise Forbidden
        today = day_of(self._clock())
        wanted, mine = month or f"{today:%Y-%m}", set(search_scope(actor))
        rows = [
            row for row in MissedQuestion.objects(month=wanted).limit(MOST) if mine.issuperset(row.places)
        ]
        items = [Missed(row.text, row.count, date.fromisoformat(row.last)) for row in rows]
        months = [
            one for one in _months(today) if one == wanted or MissedQuestion.objects(month=one).limit(1)
        ]
        return MissedMonth(wanted, months, sorted(items, key=lambda one: (-one.count, one.text)))

    def _people(self, asked: str, actor: Actor, place: frozenset[str]) -> tuple[int, frozenset[str]]:
        """How many have asked it by now, 0 if the actor had before; and where all of them may search."""
        said = self._digest(asked)
        person = self._digest(f"{asked} {actor.id}").encode()
        with self._lock:
            people, places = self._asked.get(said, (frozenset(), place))
            known = person in people
            self._asked[said] = (people | {person}, places & place)
            self._asked.move_to_end(said)
            while len(self._asked) > REMEMBERED:
                self._asked.popitem(last=False)
            return (0 if known else len(people) + 1), places & place

    def _digest(self, text: str) -> str:
        return hashlib.blake2b(text.encode(), key=self._key, digest_size=16).hexdigest()

    def _begin(self, row: MissedQuestion) -> None:
        if len(MissedQuestion.objects(month=row.month).only("id").limit(MOST)) >= MOST:
            return
        with contextlib.suppress(NotUniqueError):  # another process was first: one person too few is told
            insert_row(row)
        oldest = _months(day_of(self._clock()))[-1]
        delete_rows(MissedQuestion.objects(month__lt=oldest))


def _said(question: Question) -> str:
    """The question as it is counted; "" for what is not noted: with conditions beside the text, pasted, or with what
    may be somebody's own (numbers of telephones and papers, addresses of mail)."""
    text = " ".join(fold(question.text[: 4 * LONGEST]).text.split())
    filtered = any(getattr(question, name) for name in CONDITIONS)
    if filtered or not 2 <= len(text) <= LONGEST or _PERSONAL.search(text):
        return ""
    return "" if any(fact.kind == "phone" for fact in facts(text)) else text


def _months(today: date) -> list[str]:
    """This month and those before it that are kept, newest first."""
    found, day = [], today.replace(day=1)
    for _ in range(MONTHS):
        found.append(f"{day:%Y-%m}")
        day = (day - timedelta(days=1)).replace(day=1)
    return found
