"""What the jail really keeps a parser from on this system: tried from inside, not read from a manual."""

import contextlib
import os
import socket
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ingest.jail.frames import Allow, Reply
from ingest.jail.launch import Launch
from ingest.jail.warden import Jails

_SECONDS = 20.0
_ALLOWED = {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "LC_ALL", "TZ", "PWD", "MALLOC_ARENA_MAX"}


def jail_capabilities(launch: Launch | None = None) -> Mapping[str, bool]:
    """Start a jail, let it try to break out, and say what was kept: name of a wall or of a protection → holds.

    Protections: no_network, no_foreign_files, no_writing, no_processes, no_secrets; all others are walls.
    Raises `JailDied` if no jail can be started.
    """
    jails = Jails(replace(launch or Launch(), task=f"{__name__}:attempt"))
    try:
        with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a descriptor is wanted
            tried = jails.run({"parent": os.getpid()}, nothing.fileno(), _SECONDS)
        kept = {name: value for name, value in tried.body.items() if isinstance(value, bool)}
        return {**jails.walls(), **kept}
    finally:
        jails.close()


def attempt(order: Mapping[str, Any], file: int, allow: Allow) -> Reply:  # noqa: ARG001 - the form of a task
    """The task of a cell that tries to get out; True = it was kept in."""
    return Reply(
        {
            "no_network": not _can_connect(),
            "no_foreign_files": not any(map(_can_read, ("/etc/passwd", "/etc/hostname", "/proc/1/environ"))),
            "no_writing": not _can_write(),
            "no_processes": not _can_fork(),
            "no_secrets": not _can_read(f"/proc/{order['parent']}/environ") and _bare(os.environ),
        }
    )


def _can_connect() -> bool:
    """Reach the system's own loopback, if only to be refused: a namespace of its own says "unreachable"."""
    with contextlib.suppress(OSError):
        with socket.socket() as attempt_socket:
            attempt_socket.settimeout(0.5)
            attempt_socket.connect(("127.0.0.1", 9))
        return True
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram:
        datagram.connect(("192.0.2.1", 9))
        return True
    return False


def _can_read(path: str) -> bool:
    with contextlib.suppress(OSError), open(path, "rb") as stream:  # noqa: PTH123 - the plainest way out
        stream.read(1)
        return True
    return False


def _can_write() -> bool:
    # a cell has no temporary folder of its own but under bubblewrap, where it ends with the cell
    for folder in ("/var/tmp", "/dev/shm", os.path.expanduser("~")):  # noqa: S108, PTH111 - places that are often writable
        path = f"{folder}/fonds-jail-{os.getpid()}"
        with contextlib.suppress(OSError):
            with open(path, "xb") as stream:  # noqa: PTH123 - as above
                stream.write(b"x" * 10)
            os.unlink(path)  # noqa: PTH108 - as above
            return True
        with contextlib.suppress(OSError):
            os.unlink(path)  # noqa: PTH108 - an empty one may have been left by the limit of file size
    return False


def _can_fork() -> bool:
    with contextlib.suppress(OSError):
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        return True
    return False


def _bare(environment: Mapping[str, str]) -> bool:
    return all(name in _ALLOWED or name.endswith("_NUM_THREADS") for name in environment)
