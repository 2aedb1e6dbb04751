"""Gathering, wired: who owes what, and all that there is of one party in one place."""

from dataclasses import dataclass

from service.usecases.describing.records import Records
from service.usecases.desk.notices import NoticeBoard
from service.usecases.desk.reminders import Reminders
from service.usecases.dossiers.dossiers import Dossiers
from service.usecases.ground import Ground
from service.usecases.knowing.acting import Actors
from service.usecases.searching.duties import Duties
from service.usecases.searching.finding import FindingRecords
from service.usecases.searching.panoramas import Panoramas


@dataclass(frozen=True, slots=True)
class Gathering:
    """What is gathered from departments and about customers."""

    panoramas: Panoramas
    duties: Duties
    reminders: Reminders

    @classmethod
    def of(
        cls, ground: Ground, records: Records, dossiers: Dossiers, finding: FindingRecords, actors: Actors
    ) -> "Gathering":
        """All of it over the records."""
        duties = Duties(ground.categories, finding, ground.audit, ground.clock)
        return cls(
            Panoramas(dossiers, records, finding, ground.categories),
            duties,
            Reminders(duties, actors, NoticeBoard().tell, ground.clock),
        )
