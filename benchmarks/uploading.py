"""Upload: one request of 64 MiB against the same client writing 64 MiB to a file with fsync.

The client is the standard library's, which does nothing to the bytes but send them.
"""

import json
import os
import statistics
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.deployment import Deployment
from benchmarks.figure import Figure, report, spread

SIZE = 64 << 20
PIECE = 1 << 20
ROUNDS = 9


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
            uploaded.append(upload(fonds, f"/api/v1/records/{record}/files?name={number}.bin", pieces))
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


def upload(fonds: Deployment, path: str, pieces: list[bytes]) -> float:
    """Seconds from the first byte of the request to the answer, which comes after everything is durable."""
    headers = {
        "Authorization": f"Bearer {fonds.known()['token']}",
        "Content-Type": "application/octet-stream",
        "Content-Length": str(SIZE),
    }
    connection = HTTPConnection(urlsplit(fonds.known()["url"]).netloc)
    connection.connect()
    begin = time.perf_counter()
    connection.request("POST", path, body=iter(pieces), headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    seconds = time.perf_counter() - begin
    connection.close()
    if answer.status != 201 or json.loads(body)["size"] != SIZE:
        raise ValueError(f"{answer.status} {body!r}")
    return seconds


if __name__ == "__main__":
    report([measure()])
