"""Power cuts and full disks (F07, F09), as root: an archive on an ext4 of its own, cut in the middle of an import or filled.

A cut is a copy of the disk's image taken while every process stands still: what was not synced is not in it. Run with
`python -m benchmarks.power_cut`; it mounts below a folder of its own and prints a line for each fault.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil

from benchmarks.deployment import Deployment, until

CYCLES = int(os.environ.get("FONDS_TORTURE_CYCLES", "3"))
SIZE = 1 << 30
FILES = 25
RESERVE = 48 << 20
SETTINGS = {"FONDS_WORKERS": "1", "FONDS_RESERVE_BYTES": str(RESERVE)}


@contextmanager
def mounted(image: Path, place: Path) -> Iterator[Path]:
    """The disk that an image holds, written back as late as it may be."""
    place.mkdir(exist_ok=True)
    subprocess.run(["mount", "-o", "loop,commit=60", image, place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def made(image: Path) -> Path:
    """A fresh image with an empty ext4."""
    with image.open("wb") as file:
        file.truncate(SIZE)
    subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True)
    return image


def sent(client: httpx.Client, promised: dict[str, bytes], count: int, chance: random.Random) -> int:
    """Offer files one after the other, noting what is acknowledged; the status of the last answer."""
    run = client.post("/imports", json={"source": "power"}).raise_for_status().json()["id"]
    status = 0
    for number in range(count):
        content = f"第 {number} 份 ".encode() + chance.randbytes(chance.choice((200, 20_000, 2_000_000)))
        name = f"{number}.bin"
        answer = client.post(f"/imports/{run}/files", params={"name": name, "path": name}, content=content)
        status = answer.status_code
        if status != 200:
            return status
        promised[answer.json()["file_id"]] = content
    return status


def compared(client: httpx.Client, promised: dict[str, bytes]) -> tuple[int, int]:
    """How many acknowledged files are lost, and how many are not what was sent."""
    lost = altered = 0
    for name, content in promised.items():
        answer = client.get(f"/files/{name}/content")
        lost += answer.status_code == 404
        altered += answer.status_code != 404 and answer.content != content
    return lost, altered


def stand_still(fonds: Deployment) -> list[psutil.Process]:
    """Stop every process where it is."""
    family = fonds.family()
    for process in family:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGSTOP)
    return family


def cut(folder: Path) -> str:
    """Cut the power behind the last acknowledgement, again and again, on one disk."""
    chance, promised = random.Random(7), dict[str, bytes]()
    image = made(folder / "disk.img")
    for cycle in range(CYCLES):
        copy = folder / f"copy{cycle}.img"
        with mounted(image, folder / f"at{cycle}") as place:
            fonds = Deployment(place / "home", environment=SETTINGS)
            try:
                fonds.start()
                with fonds.client() as client:
                    sent(client, promised, FILES, chance)
                    stand_still(fonds)
                    subprocess.run(["cp", "--sparse=always", image, copy], check=True)
            finally:
                for process in fonds.family():
                    with suppress(psutil.NoSuchProcess):
                        process.kill()
                fonds.stop()
        image.unlink()
        image = copy
    with (
        mounted(image, folder / "last") as place,
        Deployment(place / "home", environment=SETTINGS) as back,
        back.client() as client,
    ):
        lost, altered = compared(client, promised)
    return f"power: {CYCLES} cycles, {len(promised)} acknowledged, {lost} lost, {altered} altered"


def fill(folder: Path) -> str:
    """Fill the disk below an archive: 507 before it is full, reading goes on, room again and writing too."""
    chance, promised = random.Random(9), dict[str, bytes]()
    with (
        mounted(made(folder / "full.img"), folder / "full") as place,
        Deployment(place / "home", environment=SETTINGS) as fonds,
        fonds.client() as client,
    ):
        sent(client, promised, FILES, chance)
        ballast = place / "ballast"
        free = os.statvfs(place).f_bavail * os.statvfs(place).f_frsize
        with ballast.open("wb") as file:
            for _ in range((free - RESERVE) // (1 << 20) + 1):
                file.write(bytes(1 << 20))
        refused = sent(client, promised, 1, chance)
        lost, altered = compared(client, promised)
        ballast.unlink()
        until(lambda: sent(client, promised, 1, chance) == 200, 30, "writing again", fonds.log)
        more = compared(client, promised)
    return (
        f"full: answered {refused} (507 wanted), {len(promised)} acknowledged, {lost + more[0]} lost, "
        f"{altered + more[1]} altered, writing again without a new start"
    )


def main() -> None:
    """Both; ends with 1 if anything was lost or altered, or the full disk was not told."""
    steps: tuple[Callable[[Path], str], ...] = (cut, fill)
    told = []
    for step in steps:
        with tempfile.TemporaryDirectory(prefix="fonds-power-") as folder:
            told.append(step(Path(folder)))
        sys.stdout.write(f"{told[-1]}\n")
        sys.stdout.flush()
    if any(", 0 lost, 0 altered" not in line for line in told) or "answered 507" not in told[1]:
        sys.exit(1)


if __name__ == "__main__":
    main()
