"""Work on many records, wired: changes, downloads, and the conversion of old records to a category's new version."""

from typing import Any

from service.scheming import somebody_else_in
from service.usecases.bulk.conversions import Conversions
from service.usecases.bulk.download import BulkDownload
from service.usecases.bulk.lots import BulkLots
from service.usecases.bulk.work import Bulk
from service.usecases.contents.files import Files
from service.usecases.describing.records import Records
from service.usecases.dossiers.filing import FilingRecords
from service.usecases.ground import Ground
from service.usecases.knowing.acting import Actors
from service.usecases.searching.finding import FindingRecords

__all__ = ["Bulk", "BulkDownload", "Conversions", "of_many"]


def of_many(
    on: Ground, held: tuple[Records, Files, FilingRecords], finding: FindingRecords, actors: Actors
) -> dict[str, Any]:
    """The use cases about many records, by their names in `Fonds`."""
    records, files, filing = held
    lots = BulkLots(on.categories, records, filing, on.audit, on.clock)
    return {
        "bulk": Bulk(finding, records, lots, on.audit, on.clock),
        "bulk_download": BulkDownload(files, records, on.audit, on.clock),
        "conversions": Conversions(on, actors.named, somebody_else_in(actors)),
    }
