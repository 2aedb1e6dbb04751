"""Upload in parts: 1 GiB to the bucket and to the disk, each against the same client without fonds; memory for 5 GB.

The bucket is the one of FONDS_BENCH_S3_URL; without it only the disk is measured. Every part is sent with its
Content-MD5, eight at once, by the standard library's client.
"""

import base64
import hashlib
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from benchmarks.deployment import Deployment, until
from benchmarks.figure import Figure, report, spread
from storage.bucket import BucketStore
from storage.disk import DiskStore
from storage.keys import new_key
from storage.opening import LinkSigning, open_store
from storage.parting import part_count, place

SIZE = 1 << 30
LARGE = 5_000_000_000
ROUNDS = 3
AT_ONCE = 8
BLOCK = os.urandom(8 << 20)
"""Every part is this, but for its number at the beginning: what is random is not made while time is taken."""


def part(number: int, length: int) -> bytes:
    """The bytes of a part."""
    return number.to_bytes(8, "big") + BLOCK[8:length]


def sent(links: Callable[[int], str], size: int) -> None:
    """Send all parts, several at once, each to its URL."""
    local = threading.local()

    def put(number: int) -> None:
        body, url = part(number, place(size, number)[1]), urlsplit(links(number))
        if getattr(local, "to", "") != url.netloc:
            local.to, local.connection = url.netloc, HTTPConnection(url.netloc, timeout=120)
        digest = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
        local.connection.request("PUT", f"{url.path}?{url.query}", body, {"Content-MD5": digest})
        answer = local.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise ValueError(f"{answer.status} {text[:200]!r}")

    with ThreadPoolExecutor(AT_ONCE) as senders:
        list(senders.map(put, range(1, part_count(size) + 1)))


def through(fonds: Deployment, size: int, name: str) -> tuple[float, float]:
    """Seconds until completing is answered, and until the file is stored and proved."""
    with fonds.client() as client:
        begin = time.perf_counter()
        made = client.post("/uploads", json={"name": name, "size": size}).raise_for_status().json()
        urls: dict[int, str] = {}
        for first in range(1, made["part_count"] + 1, 100):
            asked = {"first": first, "last": min(first + 99, made["part_count"])}
            found = client.get(f"/uploads/{made['id']}/links", params=asked).raise_for_status().json()
            urls |= {one["number"]: one["url"] for one in found["items"]}
        sent(urls.__getitem__, size)
        client.post(f"/uploads/{made['id']}/complete").raise_for_status()
        answered = time.perf_counter() - begin
        until(lambda: client.get(f"/uploads/{made['id']}").json()["state"] == "stored", 600, "stored")
        return answered, time.perf_counter() - begin


def measure_disk() -> Figure:
    """Through fonds onto the disk, against writing the same bytes to a file and syncing it."""
    written, answered, stored = [], [], []
    with _archive() as (folder, fonds):
        for number in range(ROUNDS):
            written.append(write(folder / "plain", SIZE))
            times = through(fonds, SIZE, f"{number}.bin")
            answered.append(times[0])
            stored.append(times[1])
    ratio = statistics.median(written) / statistics.median(answered)
    parts = (
        f"1 GiB: write + fsync {spread(written)}, upload {spread(answered)}, proved after {spread(stored)}"
    )
    return Figure("parts to the disk", ratio, "", "≥", 0.6, parts)


def write(path: Path, size: int) -> float:
    """Seconds for the same bytes into a file, synced."""
    begin = time.perf_counter()
    with path.open("wb", buffering=0) as file:
        for number in range(1, part_count(size) + 1):
            file.write(part(number, place(size, number)[1]))
        os.fsync(file.fileno())
    seconds = time.perf_counter() - begin
    path.unlink()
    return seconds


def measure_bucket(url: str) -> Figure:
    """By presigned parts to the bucket, against the same parts to the same bucket without fonds."""
    public = f"http://{urlsplit(url).netloc.rpartition('@')[2]}"
    place_ = f"{url}/bench-{os.getpid()}"
    settings = {"FONDS_OBJECTS_URL": place_, "FONDS_OBJECTS_PUBLIC_URL": public}
    signing = LinkSigning(os.urandom(32), "", lambda: datetime.now(UTC))
    store = open_store(place_, signing, public_url=public)
    bare, answered, stored = [], [], []
    try:
        with _archive(settings) as (_, fonds):
            for number in range(ROUNDS):
                bare.append(alone(store))
                times = through(fonds, SIZE, f"{number}.bin")
                answered.append(times[0])
                stored.append(times[1])
    finally:
        for held in list(store.list()):
            store.delete(held.key)
    ratio = statistics.median(bare) / statistics.median(answered)
    parts = f"1 GiB: store alone {spread(bare)}, fonds {spread(answered)}, proved after {spread(stored)}"
    return Figure("parts to the bucket", ratio, "", "≥", 0.9, parts)


def alone(store: DiskStore | BucketStore) -> float:
    """Seconds for the same parts without fonds; the object goes again."""
    key, begin = new_key("content"), time.perf_counter()
    name = store.parts.begin(key, SIZE)
    sent(lambda number: store.parts.sign(key, name, number, expires=timedelta(hours=1)).url, SIZE)
    store.parts.complete(key, name, SIZE)
    seconds = time.perf_counter() - begin
    store.delete(key)
    return seconds


@contextmanager
def _archive(settings: Mapping[str, str] | None = None) -> Iterator[tuple[Path, Deployment]]:
    """A folder of its own, and a served archive in it."""
    with tempfile.TemporaryDirectory(prefix="fonds-bench-") as folder:
        environment = {"FONDS_WORKERS": "1", **(settings or {})}
        with Deployment(Path(folder, "home"), environment=environment) as fonds:
            yield Path(folder), fonds


def measure_memory() -> Figure:
    """How much the server's own memory grows while 5 GB come in parts and are proved, and where it ends."""
    with _archive() as (_, fonds):
        through(fonds, 64 << 20, "first.bin")
        server, ended = psutil.Process(fonds.known()["pid"]), threading.Event()
        before, most = server.memory_info().rss, [0]

        def look() -> None:
            while not ended.wait(0.1):
                with suppress(psutil.NoSuchProcess):
                    most[0] = max(most[0], server.memory_info().rss)

        looking = threading.Thread(target=look)
        looking.start()
        _, seconds = through(fonds, LARGE, "5gb.bin")
        ended.set()
        looking.join()
    parts = f"resident before {before / 1e6:.0f} MB, at most {most[0] / 1e6:.0f} MB; 5 GB in {seconds:.0f} s"
    return Figure("memory of 5 GB", (most[0] - before) / 1e6, " MB", "≤", 150, parts)


def measure() -> Iterator[Figure]:
    """All that can be measured here."""
    url = os.environ.get("FONDS_BENCH_S3_URL", "")
    yield measure_disk()
    if url:
        yield measure_bucket(url)
    yield measure_memory()


if __name__ == "__main__":
    report(measure())
