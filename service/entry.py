"""Entry from workbooks, wired: the reader in its jail is shared by nobody else."""

from dataclasses import dataclass

from service.usecases.describing.merging import Merging
from service.usecases.describing.records import Records
from service.usecases.entry.entering import Entering
from service.usecases.entry.templates import EntryTemplates
from service.usecases.entry.workbooks import Workbooks
from service.usecases.ground import Ground


@dataclass(frozen=True, slots=True)
class Entry:
    """Templates out, workbooks in."""

    entering: Entering
    templates: EntryTemplates

    @classmethod
    def of(cls, records: Records, ground: Ground, merging: Merging) -> "Entry":
        """Both over the records."""
        workbooks = Workbooks()
        return cls(
            Entering(records, ground, workbooks, merging), EntryTemplates(ground.categories, workbooks)
        )
