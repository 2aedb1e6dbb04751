"""kill -9 of a real object store during an import: nothing acknowledged is lost or altered, answers are 503 (F05)."""

import random
import sys
from pathlib import Path

import pytest

from benchmarks.deployment import Deployment, until
from storage.opening import open_store
from tests.contract.conftest import SIGNING
from tests.seaweed import START_SECONDS, Seaweed, ready
from tests.torture.test_kill import (
    END_SECONDS,
    ROUNDS,
    SENDERS,
    Log,
    all_ended,
    altered,
    differences,
    import_through_a_kill,
    twice,
)


@pytest.mark.requirement("F05", "F12")
def test_nothing_promised_is_lost_with_the_store(tmp_path: Path) -> None:
    chance, log = random.Random("store"), Log()
    seaweed = Seaweed(tmp_path / "seaweed")

    def kill_store(fonds: Deployment) -> None:
        seaweed.kill()
        until(lambda: not fonds.ready(), 30, "the server telling that its store is away", fonds.log)
        seaweed.start()
        until(fonds.ready, START_SECONDS, "the server ready again, without a new start", fonds.log)

    try:
        seaweed.start()
        store = open_store(seaweed.url, SIGNING)
        until(lambda: ready(store), START_SECONDS, "a bucket", seaweed.home / "log")
        settings = {"FONDS_OBJECTS_URL": seaweed.url, "FONDS_WORKERS": "1"}
        with Deployment(tmp_path / "home", environment=settings) as fonds:
            for number in range(ROUNDS):
                import_through_a_kill(fonds, log, chance, f"store-{number}", kill_store)
            assert len(log.promised) >= ROUNDS * SENDERS
            with fonds.client() as client:
                states = until(
                    lambda: all_ended(client, log), END_SECONDS, "the end of every file", fonds.log
                )
                # A file whose every attempt met a store that was away is tried again by a click.
                for name in [name for name, state in states.items() if state != "done"]:
                    client.post(f"/files/{name}/retry").raise_for_status()
                states = until(lambda: all_ended(client, log), END_SECONDS, "every second try", fonds.log)
                assert set(states.values()) == {"done"}
                wrong, doubled = altered(client, log), twice(client, log)
                lost = len(log.promised) - len(states)
                sys.stdout.write(
                    f"store: {ROUNDS} cycles, {len(log.promised)} acknowledged, {lost} lost, "
                    f"{len(wrong)} altered, {len(doubled)} doubled\n"
                )
                assert (lost, wrong, doubled) == (0, [], [])
                assert differences(client) == []
    finally:
        seaweed.kill()
