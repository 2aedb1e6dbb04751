"""Metrics: figures of this process in a registry of its own; no label ever names a person or a record."""

import logging
from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from service import logs
from service.domain.permissions import Actor, Role
from service.identity import fonds

log = logging.getLogger("fonds.metrics")

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)

Counts = Callable[[], Mapping[str, Mapping[str, float]]]
"""Gauge → label value → figure; asked at every scrape."""


WATCHER = Actor("metrics", "metrics", "metrics", frozenset({Role.SYSADMIN}))
"""Who asks for the figures: somebody who sees no content."""


def figures() -> Mapping[str, Mapping[str, float]]:
    """What waits and what is ready, in the archive that is being asked."""
    status = fonds().upkeep.status(WATCHER)
    return {
        "files": status["files"],
        "records_waiting": {"index": status["to_index"]},
        "part_ready": {part: float(not why) for part, why in status["parts"].items()},
    }


class Metrics:
    """Requests by route, and what `counts` tells of the archive."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self, counts: Counts) -> None:
        self._registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._requests = Counter("fonds_http_requests", "Requests answered", labels, registry=self._registry)
        self._seconds = Histogram(
            "fonds_http_request_seconds",
            "Time to the first byte of an answer",
            ("method", "route"),
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._registry.register(ArchiveFigures(counts))
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request. `route` is the rule, not the path, so that there are few of them."""
        key = (method, route, status)
        kept = self._known.get(key)
        if kept is None:  # finding the figures of a route anew costs more than raising them
            kept = self._known[key] = (
                self._requests.labels(method, route, str(status)),
                self._seconds.labels(method, route),
            )
        kept[0].inc()
        kept[1].observe(seconds)

    def exposed(self) -> bytes:
        """The text that Prometheus reads."""
        return generate_latest(self._registry)


class ArchiveFigures(Collector):
    """Gauges that are read when they are asked for, and left out while their part does not answer."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts

    def describe(self) -> Iterable[Metric]:
        """Nothing: registering must not ask the database."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """The gauges now."""
        try:
            counts = self._counts()
        except Exception as fault:  # noqa: BLE001  a scrape still tells the rest
            log.warning("figures_missing", extra=logs.facts(reason=repr(fault)))
            counts = {}
        for name, values in counts.items():
            gauge = GaugeMetricFamily(f"fonds_{name}", name.replace("_", " "), labels=["of"])
            for of, value in values.items():
                gauge.add_metric([of], value)
            yield gauge
