"""The inside of the jail: a process that takes one order after the other until it is idle or its worker goes."""

import argparse
import importlib
import os
import resource
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from ingest.jail import walls
from ingest.jail.frames import Reply, Task, receive_order, send_reply


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve orders over the inherited socket; returns 0 when idle for long or when the worker has gone."""
    parser = argparse.ArgumentParser(prog="ingest.jail.cell")
    parser.add_argument("--socket", type=int, required=True)
    parser.add_argument("--task", required=True, help="module:function")
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--idle", type=float, required=True)
    parser.add_argument("--nice", type=int, default=0)
    parser.add_argument("--writes", type=int, default=0, help="bytes that a file lent for writing may take")
    options = parser.parse_args(arguments)
    os.nice(options.nice)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the worker decides
    module, _, function = options.task.partition(":")
    # our own code is imported before the walls stand, so that its folder need not stay listable
    task: Task = getattr(importlib.import_module(module), function)
    standing = walls.confine(options.parent, _packages(), writes=options.writes)
    with socket.socket(fileno=options.socket) as channel:
        send_reply(channel, Reply({"walls": dict(standing)}))
        channel.settimeout(options.idle)
        while _serve(channel, task):
            pass
    return 0


def _serve(channel: socket.socket, task: Task) -> bool:
    try:
        order = receive_order(channel)
    except TimeoutError:
        return False
    if order is None:
        return False
    walls.allow(walls.START_MEMORY, walls.START_SECONDS)
    request, files = order
    try:
        # the descriptors of a file to write to and of one beside, if any, stand in the order
        lent = dict(zip(("out", "beside"), files[1:], strict=False))
        reply = task({**request, **lent}, files[0], walls.allow)
    finally:
        for file in files:
            os.close(file)
    walls.allow(walls.HARD_MEMORY, walls.START_SECONDS)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    send_reply(channel, Reply({**reply.body, "peak": peak}, reply.text, reply.preview))
    return True


def _packages() -> list[Path]:
    """Folders of the imported code that is neither the interpreter's nor an installed library's: ours."""
    prefixes = (Path(sys.prefix), Path(sys.base_prefix))
    origins = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    folders = {Path(origin).parent for origin in origins if origin}
    return sorted(
        folder for folder in folders if not any(folder.is_relative_to(prefix) for prefix in prefixes)
    )


if __name__ == "__main__":
    sys.exit(main())
