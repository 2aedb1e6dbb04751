"""Asking, wired: questions to the index and what stands around them, and the way from one record to the next."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from search.port import SearchEngine
from service.audit import Audit
from service.housekeeping import Chore
from service.settings import Settings
from service.stamping import chain_stamps
from service.usecases.describing.records import Records
from service.usecases.describing.relations import Relations
from service.usecases.desk.daily import DailyCounts
from service.usecases.desk.looking_up import LookingUp
from service.usecases.desk.notices import NoticeBoard
from service.usecases.desk.recents import RecentRecords
from service.usecases.desk.saved_searches import SavedSearches
from service.usecases.desk.search_habits import SearchHabits
from service.usecases.desk.unsaved import UnsavedInput
from service.usecases.safekeeping.auditing import Auditing
from service.usecases.searching.exporting import Exporting
from service.usecases.searching.finding import FindingRecords
from service.usecases.searching.indexing import Indexing

Clock = Callable[[], datetime]


def of_asking(finding: FindingRecords, audit: Audit, clock: Clock, settings: Settings) -> dict[str, Any]:
    """What stands around a search (those kept under names, habits, lists to take away) and around the trail of acts."""
    return {
        "finding": finding,
        "auditing": Auditing(audit, clock, chain_stamps(settings, clock)),
        "saved_searches": SavedSearches(finding, audit, clock, NoticeBoard().found),
        "search_habits": SearchHabits(),
        "exporting": Exporting(finding, audit),
    }


def on_the_way(
    engine: SearchEngine, finding: FindingRecords, records: Records, audit: Audit, clock: Clock
) -> dict[str, Any]:
    """The use cases about the way from one record to the next, by their names in `Fonds`."""
    recents = RecentRecords()
    return {
        "relations": Relations(audit, clock),
        "recents": recents,
        "daily": DailyCounts(),
        "unsaved": UnsavedInput(clock),
        "looking_up": LookingUp(engine, finding, records, recents),
    }


def indexing_chores(indexing: Indexing, clock: Clock) -> tuple[Chore, ...]:
    """What the index wants to have done by the clock."""
    return (
        Chore("rebuild", indexing.keep_current, 60.0),
        Chore("index", indexing.drain, 0.4, lot=100),
        Chore("own words", lambda: _caught_up(indexing), 5.0),
        Chore("index later", lambda: indexing.promote(clock()), 2.0),
    )


def _caught_up(indexing: Indexing) -> int:
    """It rests after each round, however much it found."""
    indexing.catch_up()
    return 0
