"""Uploads in parts that nobody ended: dropped after their time from a server that lists them, others stay (F18)."""

from datetime import timedelta
from io import BytesIO

import pytest

from storage.keys import new_key
from storage.opening import open_store
from storage.port import ComingPart, ObjectMissing
from tests.contract.conftest import SIGNING

pytestmark = [pytest.mark.server, pytest.mark.requirement("F18")]


def test_what_was_begun_and_never_ended_is_dropped(seaweed_url) -> None:
    store = open_store(f"{seaweed_url}-leftovers", SIGNING)
    keys = [new_key("content") for _ in range(3)]
    uploads = {key: store.parts.begin(key, 5) for key in keys}
    for key, upload in uploads.items():
        store.parts.send(key, upload, ComingPart(1, BytesIO(b"12345")))
    assert store.sweep(timedelta(hours=1), ()) == 0
    assert store.sweep(timedelta(seconds=-60), {keys[0]}) == 2
    assert store.parts.complete(keys[0], uploads[keys[0]], 5).size == 5
    for key in keys[1:]:
        with pytest.raises(ObjectMissing):
            store.parts.complete(key, uploads[key], 5)
    store.delete(keys[0])
