"""kill -9 of the server while 200 records are archived at once: 200 consecutive codes, none twice, none missing (S-ID-1)."""

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Semaphore

import httpx
import pytest

from benchmarks.deployment import Deployment, until
from benchmarks.filing_away import Office, codes_of, prepared

COUNT = 200
SENDERS = 10
KILLED_AFTER = 60
"""Answers after which the server is killed."""


@pytest.mark.requirement("R-NUM-1", "S-ID-1")
def test_numbers_stay_dense_through_kills(tmp_path: Path) -> None:
    with Deployment(tmp_path / "home", environment={"FONDS_WORKERS": "1"}) as fonds:
        office = Office.opened(fonds)
        ids = prepared(fonds, office, COUNT)
        archive_through_a_kill(fonds, ids, KILLED_AFTER)
        until(lambda: archive_the_rest(fonds, ids), 120, "every record archived", fonds.log)
        with fonds.client() as client:
            codes = codes_of(client, ids)
    lost, doubled = codes.count(""), len(codes) - len(set(codes))
    sys.stdout.write(f"numbers: 1 cycle, {len(ids)} acknowledged, {lost} lost, {doubled} doubled\n")
    assert sorted(codes) == [f"Q001-NB·2026-D10-SCB-{n:04}" for n in range(1, COUNT + 1)]


def archive_through_a_kill(fonds: Deployment, ids: list[str], answers: int) -> None:
    """Archive one by one from several threads, and kill the server once so many have been answered."""
    answered = Semaphore(0)
    with fonds.client() as client, ThreadPoolExecutor(SENDERS) as senders:
        waiting = [one for one, code in zip(ids, codes_of(client, ids), strict=True) if not code]

        def archive(record_id: str) -> None:
            with suppress(httpx.HTTPError):
                client.post("/archivings", json={"records": [record_id]})
            answered.release()

        sent = [senders.submit(archive, one) for one in waiting]
        for _ in range(min(answers, len(waiting))):
            assert answered.acquire(timeout=180)
        fonds.kill()
        for each in sent:
            each.result()
    fonds.start()


def archive_the_rest(fonds: Deployment, ids: list[str]) -> bool:
    """Archive whatever is not archived yet; whether there is nothing left. Locks of the killed last a while."""
    with suppress(httpx.HTTPError), fonds.client() as client:
        left = [one for one, code in zip(ids, codes_of(client, ids), strict=True) if not code]
        if left:
            client.post("/archivings", json={"records": left})
        return all(codes_of(client, ids))
    return False
