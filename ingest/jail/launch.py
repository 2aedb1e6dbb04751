"""How a cell is started: command line, empty environment, bubblewrap around it where that works."""

import functools
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import ingest

_CODE = Path(ingest.__file__).resolve().parent.parent
_OURS = ("ingest", "search", "storage")
_MERGED = ("lib", "lib64", "bin")
_PROBE_SECONDS = 10


@functools.cache
def usable_bubblewrap() -> str:
    """Path of a bubblewrap that can really make its namespaces here, "" if there is none."""
    path = shutil.which("bwrap") or ""
    return path if path and bubblewrap_works(path) else ""


def bubblewrap_works(path: str) -> bool:
    """Try it: distributions forbid user namespaces in different ways, so only trying tells."""
    trial = [path, "--unshare-all", "--ro-bind", "/", "/", "--dev", "/dev", sys.executable, "-I", "-c", ""]
    try:
        return (
            subprocess.run(trial, env={}, capture_output=True, timeout=_PROBE_SECONDS, check=False).returncode
            == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


@dataclass(frozen=True, slots=True)
class Launch:
    """What a cell runs: `task` as "module:function", found below `code` (folders put on the module path)."""

    task: str = "ingest.tasks.extract:extract"
    recognition: str = "ingest.recognition.task:recognise"
    """The task of the cells that take the orders of the ward "recognition"."""
    nice: int = 0
    """How much the cells give way to everything else on the machine, 0 to 19."""
    making: str = "ingest.tasks.workbench:make"
    """The task of the cells that take the orders of the ward "making"; they may write into a file that is lent."""
    writes: int = 0
    """Bytes that a cell may write into such a file."""
    code: Sequence[Path] = (_CODE,)
    idle: float = 40.0
    """Seconds without an order after which a cell ends, so that a quiet archive needs little memory."""
    bubblewrap: str = field(default_factory=usable_bubblewrap)


def environment(launch: Launch) -> dict[str, str]:
    """All that a cell knows of its surroundings: no secret, no home, no path."""
    return {
        "PYTHONPATH": ":".join(map(str, launch.code)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        # one thread per library and one heap: a cell is one core's worth of work (spikes §6)
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "RAYON_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "1",
    }


def command(launch: Launch, *, socket: int, parent: int) -> list[str]:
    """The command line of a cell that takes its orders from descriptor `socket`."""
    inside = [
        sys.executable,
        "-s",
        "-P",
        "-m",
        "ingest.jail.cell",
        "--socket",
        str(socket),
        "--task",
        launch.task,
    ]
    inside += [
        "--nice",
        str(launch.nice),
        "--idle",
        str(launch.idle),
        "--writes",
        str(launch.writes),
        "--parent",
        "0" if launch.bubblewrap else str(parent),
    ]
    return [*_wrapping(launch), *inside] if launch.bubblewrap else inside


def _wrapping(launch: Launch) -> list[str]:
    words = [launch.bubblewrap, "--unshare-all", "--die-with-parent", "--new-session", "--clearenv"]
    for name, value in environment(launch).items():
        words += ["--setenv", name, value]
    words += ["--ro-bind", "/usr", "/usr", "--dev", "/dev", "--tmpfs", "/tmp"]  # noqa: S108 - the cell's own /tmp
    for name in _MERGED:
        outside = Path("/", name)
        if outside.is_symlink():
            words += ["--symlink", str(outside.readlink()), str(outside)]
        elif outside.is_dir():
            words += ["--ro-bind", str(outside), str(outside)]
    for name in ("/etc/ld.so.cache", "/etc/localtime", "/etc/fonts"):
        words += ["--ro-bind-try", name, name]
    for path in _needed(launch):
        words += ["--ro-bind", str(path), str(path)]
    return [*words, "--chdir", "/", "--"]


def _needed(launch: Launch) -> list[Path]:
    """Interpreter and code only: never the folder around the code, which may be the archive's own home."""
    code = [folder / name for folder in launch.code for name in _OURS if (folder / name).is_dir()]
    package = launch.task.partition(".")[0].partition(":")[0]
    tasks = [
        folder / package for folder in launch.code if package not in _OURS and (folder / package).is_dir()
    ]
    interpreter = {Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).parent.parent}
    outside_usr = sorted(path for path in interpreter if not path.is_relative_to("/usr"))
    return [*outside_usr, *code, *tasks]
