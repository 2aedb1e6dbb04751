"""Loads the sample archive through the API: once, and on to the end if it was cut off."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from service.cli.client import Api
from service.domain.dates import day_of
from service.sample.holding import MARK, Holding
from service.sample.holdings import DOSSIERS, holdings

PATIENCE = 20.0
"""Seconds that the texts get to become searchable before the start goes on without them."""


def load_sample(api: Api, marker: Path, today: date | None = None) -> int:
    """Enter the sample's records that are missing, with their files; how many records were touched.

    An archive that holds records of its own gets no sample. `marker` remembers that all of it is there, so that
    a record of the sample that somebody deletes stays deleted.
    """
    if marker.exists():
        return 0
    present = {record["title"]: record for record in _records(api)}
    if any(MARK not in record["keywords"] for record in present.values()):
        return 0
    wanted = holdings(today or day_of(datetime.now(UTC)))
    touched = 0
    for holding in wanted:
        touched += _enter(api, holding, present)
    _bind(api, present)
    _wait(api)
    marker.touch()
    return touched


def _enter(api: Api, holding: Holding, present: dict[str, Any]) -> bool:
    """Enter a record unless it is among those present, and its file; whether there was anything to do."""
    known = holding.title in present
    if not known:
        present[holding.title] = api.post("/records", holding.description())
    record = present[holding.title]
    if known and api.get(f"/records/{record['id']}")["files"]:
        return False
    content = holding.make()
    api.upload(f"/records/{record['id']}/files", iter([content]), len(content), {"name": holding.file})
    return True


def _bind(api: Api, records: dict[str, Any]) -> None:
    """Open the sample's dossiers that are missing, and file in them the records that they lack."""
    there = {dossier["title"]: dossier for dossier in api.get("/dossiers", limit=100)["items"]}
    for binding in DOSSIERS:
        dossier = there.get(binding.title) or api.post("/dossiers", binding.description())
        path = f"/dossiers/{dossier['id']}/records"
        if not api.get(path)["items"]:
            api.post(path, {"records": [records[title]["id"] for title in binding.records]})


def _records(api: Api) -> Iterator[dict[str, Any]]:
    """The records of the archive; a few more than the sample has are enough to see that there are others."""
    cursor = ""
    for _ in range(2):
        page = api.get("/records", cursor=cursor, limit=100)
        yield from page["items"]
        cursor = page["next_cursor"]
        if not cursor:
            return


def _wait(api: Api) -> None:
    deadline, wait = time.monotonic() + PATIENCE, 0.05
    while time.monotonic() < deadline:
        found = api.get("/system/status")
        if not (found["files"]["pending"] or found["files"]["running"] or found["to_index"]):
            return
        time.sleep(wait)
        wait = min(wait * 1.5, 0.5)
