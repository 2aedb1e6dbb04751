"""Runs of imports as others see them: whether much is being brought in now."""

from datetime import datetime, timedelta

from service.models import ImportRun
from service.models.reading import counter, newest

RUNS = "import_runs"
"""The counter of runs."""
LATELY = timedelta(seconds=30)
LAST = 3
"""Runs, the latest, that are looked at."""


def coming_in(now: datetime) -> bool:
    """Whether one of the last migrations is being brought in: open, and heard of lately."""
    rows = newest(ImportRun, below=counter(RUNS) + 1, limit=LAST)
    return any(row.state == "open" and row.alive_at and now - row.alive_at < LATELY for row in rows)
