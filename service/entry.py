"""Entry from workbooks, wired: the reader in its jail is shared by nobody else."""

from dataclasses import dataclass

from service.usecases.entering import Entering
from service.usecases.entry_templates import EntryTemplates
from service.usecases.entry_workbooks import Workbooks
from service.usecases.ground import Ground
from service.usecases.merging import Merging
from service.usecases.records import Records


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
