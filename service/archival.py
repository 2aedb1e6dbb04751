"""The way into the archive, wired: the steps of a record's life, the codes that it is given, what is checked before."""

from dataclasses import dataclass

from service.entry import Entry
from service.usecases.archival.archiving import Archiving
from service.usecases.archival.check_rounds import CheckFindings
from service.usecases.archival.correcting import Correcting
from service.usecases.archival.four_check import FourCheck
from service.usecases.archival.joining import Joining
from service.usecases.archival.lifecycle import LifeCycle
from service.usecases.archival.screening import Screening
from service.usecases.archival.snapshots import Snapshots
from service.usecases.archival.verifying import Verifying
from service.usecases.archival.weeding import Weeding
from service.usecases.contents.files import Files
from service.usecases.contents.freezing import Freezing
from service.usecases.describing.merging import Merging
from service.usecases.describing.records import Records
from service.usecases.ground import Ground
from service.usecases.numbering import Numbering
from storage.port import ObjectStore


@dataclass(frozen=True, slots=True)
class Archival:
    """What a record passes from draft to archive."""

    life: LifeCycle
    archiving: Archiving
    numbering: Numbering
    checks: FourCheck
    findings: CheckFindings
    correcting: Correcting
    entry: Entry
    verifying: Verifying
    merging: Merging
    joining: Joining
    weeding: Weeding
    screening: Screening
    snapshots: Snapshots

    @classmethod
    def of(cls, records: Records, ground: Ground, store: ObjectStore, files: Files) -> "Archival":
        """All of it over the records."""
        checks = FourCheck(ground, store)
        merging = Merging(records, ground)
        life = LifeCycle(records, ground, checks)
        numbering = Numbering(ground)
        correcting = Correcting(records, ground)
        return cls(
            life,
            Archiving(life, records, numbering, ground, Freezing(store)),
            numbering,
            checks,
            CheckFindings(records),
            correcting,
            Entry.of(records, ground, merging),
            Verifying(records, ground),
            merging,
            Joining(records, correcting, merging),
            Weeding(records, ground),
            Screening(records, ground),
            Snapshots(records, files, life, ground),
        )
