"""Probes: whether the process lives, whether every part is ready, and the figures of Prometheus."""

import ipaddress

from flask import Blueprint, Response, current_app, request

from service import identity
from service.api.metrics import Metrics
from service.api.resource import answer
from service.domain.permissions import Act, may
from service.errors import Forbidden, NotSignedIn

probes = Blueprint("probes", __name__)


@probes.get("/healthz")
def healthz() -> Response:
    """200 while the process lives, whatever else does not."""
    return answer({"status": "ok"})


@probes.get("/readyz")
def readyz() -> Response:
    """Part → whether it is ready, and to those near the machine why not; 503 if one is not."""
    parts = identity.fonds().upkeep.readiness()
    ready = not any(parts.values())
    near = _near()
    shown = {
        part: {"ready": not why} | ({"reason": why} if why and near else {}) for part, why in parts.items()
    }
    headers = {} if ready else {"Retry-After": "5"}
    return answer({"ready": ready, "parts": shown}, 200 if ready else 503, headers)


@probes.get("/metrics")
def metrics() -> Response:
    """Figures for Prometheus: to scrapers on the private network, and to those who run the machine."""
    if not _near():
        asking = identity.asking()
        if asking is None:
            raise NotSignedIn
        if not may(asking.actor, Act.OPERATE):
            raise Forbidden
    kept: Metrics = current_app.extensions["fonds.metrics"]
    return Response(kept.exposed(), content_type=kept.content_type)


def _near() -> bool:
    """Whether the asker stands in the private network himself: what a proxy passes on comes from outside."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_private
    except ValueError:
        return False
