"""The worker child of the embedded deployment: kept alive, woken through its stdin."""

import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from ingest.jobs.dispatch import LocalDispatcher
from ingest.jobs.queue import open_carrier
from ingest.port import Dispatcher
from service.embedded.child import Child, Command, StdinHooks
from service.embedded.worker import WorkerOrder
from service.errors import Unavailable
from service.settings import Settings
from service.usecases.safekeeping.upkeep import Probe
from service.wiring import Addresses

READY = re.compile(r"^working$")
GRACE = 12.0
"""Seconds for running jobs to end; what is cut off is done again after its lease."""


class WorkerPool:
    """One child process with as many jobs at once as there are workers, each job in a jail of its own."""

    def __init__(self, order: WorkerOrder, log: Path) -> None:
        local = LocalDispatcher()
        self.dispatcher: Dispatcher = order.dispatcher() if order.queue_url else local
        greeting = json.dumps(asdict(order)).encode() + b"\n"
        command = Command([sys.executable, "-P", "-m", "service.embedded.worker"], greeting)
        hooks = StdinHooks(local.attach, local.detach)
        self._child = Child(log / "worker.log", lambda: command, ready=READY, stdin=hooks)

    @property
    def pid(self) -> int:
        """Process id, 0 between two runs."""
        return self._child.pid

    @property
    def restarts(self) -> int:
        """How often it was started again."""
        return self._child.restarts

    def start(self) -> None:
        """Start it, without waiting; it begins with what already waits."""
        self._child.begin()

    def probe(self) -> None:
        """Raise `Unavailable` if nobody works on files."""
        if not self._child.healthy:
            raise Unavailable("queue", "处理进程没有运行，见数据目录下的 log/worker.log")

    def stop(self) -> None:
        """Let running jobs end for `GRACE`, then end everything."""
        self._child.stop(GRACE)


def broker_probes(order: WorkerOrder) -> Mapping[str, Probe]:
    """The probe of the broker that wakes workers elsewhere; none where there is no broker."""
    if not order.queue_url:
        return {}
    broker = open_carrier(order.queue_url)

    def probe() -> None:
        if why := broker.fault():
            raise Unavailable("queue", why)

    return {"queue": probe}


def order_of(settings: Settings, addresses: Addresses) -> WorkerOrder:
    """What a worker of this deployment has to know; as many jobs at once as set, or one per processor."""
    return WorkerOrder(
        mongo_url=addresses.mongo_url,
        objects_url=addresses.objects_url,
        secret=addresses.secret,
        jails=settings.workers or os.cpu_count() or 1,
        queue_url=settings.queue_url,
        log_format=settings.log_format,
        clamd_url=settings.clamd_url,
        reserve_bytes=settings.reserve_bytes,
        master_key=settings.master_key,
        alone=not settings.mongo_url and not settings.queue_url,
    )
