"""The walls around an office program: put up by the process that then becomes it. It needs programs and a folder."""

import argparse
import ctypes
import os
import resource
import sys
from collections.abc import Sequence
from pathlib import Path

from ingest.jail import landlock, walls

MEMORY = 4 << 30
"""Address space: office programs map far more than they use."""
SECONDS = 90
"""Of processor time."""
_LARGEST = 256 << 20
_OPEN_FILES = 1024
_SYSTEM = (
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/etc",
    "/opt",
    "/var/lib/libreoffice",
    "/var/spool/libreoffice",
    "/var/cache/fontconfig",
    "/dev/urandom",
    "/dev/random",
    "/proc",
    "/sys/devices",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Become `command` with limits, no network, and nothing to write to but `folder`, which is its home."""
    parser = argparse.ArgumentParser(prog="ingest.jail.office")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument(
        "--parent", type=int, required=True, help="0 inside bubblewrap, where it has no number"
    )
    parser.add_argument("command", nargs="+")
    options = parser.parse_args(arguments)
    libc = ctypes.CDLL(None, use_errno=True)
    for kind, limit in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, _LARGEST),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_AS, MEMORY),
    ):
        _, hard = resource.getrlimit(kind)
        most = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(kind, (most, most))
    os.setpriority(os.PRIO_PROCESS, 0, 15)
    walls.leave_network(libc)
    walls.die_with(libc, options.parent)
    if walls.gain_nothing(libc):
        program = Path(options.command[0]).resolve().parent
        readable = [path for path in (*map(Path, _SYSTEM), program) if path.exists()]
        landlock.restrict(libc, readable, _needs(options.folder, private=not options.parent))
    os.execve(options.command[0], options.command, _surroundings(options.folder))  # noqa: S606 - no shell is wanted


def _needs(folder: Path, *, private: bool) -> landlock.Office:
    """LibreOffice makes a socket in /tmp, wherever its temporary files are; only bubblewrap gives it a /tmp of its own."""
    common = Path("/tmp")  # noqa: S108 - its choice, not ours
    return landlock.Office((folder, common)) if private else landlock.Office((folder,), (common,))


def _surroundings(folder: Path) -> dict[str, str]:
    """All that the program knows of where it is."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "SAL_USE_VCLPLUGIN": "svp",
    }


if __name__ == "__main__":
    sys.exit(main())
