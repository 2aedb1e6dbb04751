"""Gathering, wired: who owes what, and all that there is of one party in one place."""

from dataclasses import dataclass

from service.usecases.describing.records import Records
from service.usecases.dossiers.dossiers import Dossiers
from service.usecases.ground import Ground
from service.usecases.searching.duties import Duties
from service.usecases.searching.finding import FindingRecords
from service.usecases.searching.panoramas import Panoramas


@dataclass(frozen=True, slots=True)
class Gathering:
    """What is gathered from departments and about customers."""

    panoramas: Panoramas
    duties: Duties

    @classmethod
    def of(cls, ground: Ground, records: Records, dossiers: Dossiers, finding: FindingRecords) -> "Gathering":
        """All of it over the records."""
        return cls(
            Panoramas(dossiers, records, finding, ground.categories),
            Duties(ground.categories, finding, ground.audit, ground.clock),
        )
