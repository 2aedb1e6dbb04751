"""The page about what keeps content safe: backups, the second store, the patrol's findings, encryption."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response

from service import identity
from service.domain.permissions import Act, Actor, may
from service.errors import Forbidden, ServiceError
from service.settings import masked
from service.web import frame
from service.web.admin import rooms as admin
from service.web.language import translated as _
from service.wiring import Fonds
from storage.port import StorageError

SHOWN = 100
"""Findings on the page; the rest is told by the API."""


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/admin/safekeeping."""

    @web.get("/admin/safekeeping")
    @frame.signed_in
    def safekeeping() -> Response:
        actor = identity.actor()
        if not may(actor, Act.OPERATE):
            raise Forbidden
        keeping = fonds.safekeeping
        findings = keeping.patrol.findings(actor)
        return admin.page(
            "admin_safekeeping.html",
            backup=keeping.backups.state(actor),
            late=keeping.backups.late(actor),
            schedule=keeping.backups.schedule,
            place=masked("backup_url", keeping.backups.schedule.url),
            **_sets(fonds, actor),
            replica=keeping.replica.state(),
            patrol=keeping.patrol.state(),
            open_findings=[one for one in findings if one.repaired_at is None][:SHOWN],
            mended=[one for one in findings if one.repaired_at is not None][:10],
            keys=keeping.encrypting.state(actor),
            kind=kinds(),
            todo=remedies(mends=bool(keeping.replica.state())),
        )


def _sets(fonds: Fonds, actor: Actor) -> dict[str, Any]:
    """What lies in the scheduled place; why it cannot be told, where that cannot be reached."""
    try:
        return {"sets": fonds.safekeeping.backups.sets(actor), "away": False}
    except (ServiceError, StorageError, OSError):
        return {"sets": (), "away": True}


def kinds() -> Mapping[str, str]:
    """Kinds of findings, in words."""
    return {"changed": _("内容被改动"), "missing": _("原文缺失"), "untracked": _("没有登记")}


def remedies(*, mends: bool) -> Mapping[str, str]:
    """What is to be done about a kind of finding; `mends`: there is a second store."""
    from_backup = _("从备份取回；设 FONDS_REPLICA_URL 后可自动修复")
    lost = _("第二存储里也没有完好的一份：从备份取回") if mends else from_backup
    return {"changed": lost, "missing": lost, "untracked": _("运行 fonds check --repair 收走")}
