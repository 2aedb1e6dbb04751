"""Upload: one request of 64 MiB against the same client writing 64 MiB to a file with fsync."""

import os
import statistics
import tempfile
import time
from pathlib import Path

import httpx

from benchmarks.deployment import Deployment
from benchmarks.figure import Figure, report, spread

SIZE = 64 << 20
PIECE = 1 << 20
ROUNDS = 5


def measure() -> Figure:
    """Interleaved rounds on the same file system, fresh random bytes each time; medians."""
    with (
        tempfile.TemporaryDirectory(prefix="fonds-bench-") as folder,
        Deployment(Path(folder, "home")) as fonds,
    ):
        written, uploaded = [], []
        with fonds.client() as client:
            record = client.post("/records", json={"title": "上传测速"}).raise_for_status().json()["id"]
            for number in range(ROUNDS):
                pieces = [os.urandom(PIECE) for _ in range(SIZE // PIECE)]
                written.append(write(Path(folder, f"plain-{number}"), pieces))
                uploaded.append(upload(client, record, f"{number}.bin", pieces))
    ratio = statistics.median(written) / statistics.median(uploaded)
    parts = f"64 MiB: write + fsync {spread(written)}, upload {spread(uploaded)}"
    return Figure("upload", ratio, "", "≥", 0.5, parts)


def write(path: Path, pieces: list[bytes]) -> float:
    """Seconds for writing and syncing."""
    begin = time.perf_counter()
    with path.open("wb", buffering=0) as file:
        for piece in pieces:
            file.write(piece)
        os.fsync(file.fileno())
    return time.perf_counter() - begin


def upload(client: httpx.Client, record: str, name: str, pieces: list[bytes]) -> float:
    """Seconds from the first byte of the request to the answer, which comes after everything is durable."""
    begin = time.perf_counter()
    answer = client.post(
        f"/records/{record}/files",
        params={"name": name},
        content=iter(pieces),
        headers={"Content-Type": "application/octet-stream", "Content-Length": str(SIZE)},
    )
    seconds = time.perf_counter() - begin
    if answer.status_code != 201 or answer.json()["size"] != SIZE:
        raise ValueError(f"{answer.status_code} {answer.text}")
    return seconds


if __name__ == "__main__":
    report([measure()])
