"""All figures, one after the other: `make bench`, or `python -m benchmarks import search`."""

import sys

from benchmarks import (
    costing,
    deciding,
    filing_away,
    idling,
    importing,
    pages,
    previewing,
    rating,
    recognising,
    searching,
    searching_many,
    settling,
    starting,
    uploading,
    verifying,
)
from benchmarks.figure import report

FIGURES = {
    "start": starting.measure,
    "search": searching.measure,
    "search of many": searching_many.measure,
    "search beside the engine": searching_many.measure_beside,
    "upload": uploading.measure,
    "filing": filing_away.measure,
    "decision": deciding.measure_decision,
    "filter": deciding.measure_filter,
    "grants": deciding.measure_grants,
    "audit file": verifying.measure_file,
    "audit database": verifying.measure_database,
    "memory": idling.measure,
    "import": importing.measure,
    "cost": costing.measure,
    "errors": recognising.measure_errors,
    "pages": pages.measure,
    "page": recognising.measure_time,
    "rate": rating.measure,
    "memory of workers": settling.measure,
    "first page": previewing.measure,
}


def main() -> int:
    """Print the figures that are named, or all; 1 if one does not hold."""
    names = sys.argv[1:] or list(FIGURES)
    return 1 if report(FIGURES[name]() for name in names) else 0


if __name__ == "__main__":
    sys.exit(main())
