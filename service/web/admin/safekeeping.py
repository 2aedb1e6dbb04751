"""The page about what keeps content safe: backups, the second store, the patrol's findings, encryption."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.domain.permissions import Act, Actor, may
from service.errors import Conflict, Forbidden, InvalidInput, NoRoom, ServiceError
from service.problems import said
from service.settings import masked
from service.usecases.safekeeping.backup.places import folder_of
from service.usecases.safekeeping.backup.running import DAMAGED
from service.usecases.safekeeping.runs import RunView
from service.web import frame
from service.web.admin import rooms as admin
from service.web.language import translated as _
from service.web.record import stepping
from service.wiring import Fonds
from storage.port import StorageError

SHOWN = 100
"""Findings on the page; the rest is told by the API."""


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/admin/safekeeping and what it starts."""

    @web.get("/admin/safekeeping")
    @frame.signed_in
    def safekeeping() -> Response:
        actor = identity.actor()
        if not may(actor, Act.OPERATE):
            raise Forbidden
        keeping = fonds.safekeeping
        findings, state = keeping.patrol.findings(actor), keeping.backups.state(actor)
        return admin.page(
            "admin_safekeeping.html",
            backup={name: _said(row) for name, row in state.items()},
            late=keeping.backups.late(actor),
            schedule=keeping.backups.schedule,
            place=_place(keeping.backups.schedule.url),
            **_sets(fonds, actor, backed_up="good" in state),
            replica=keeping.replica.state(),
            patrol=keeping.patrol.state(),
            open_findings=[one for one in findings if one.repaired_at is None][:SHOWN],
            mended=[one for one in findings if one.repaired_at is not None][:10],
            keys=keeping.encrypting.state(actor),
            runs=[(one, say_fault(one)) for one in keeping.runs.latest(actor)],
            run_word=run_words(),
            step_word=step_words(),
            kind=kinds(),
            todo=remedies(mends=bool(keeping.replica.state())),
        )

    @web.post("/admin/safekeeping/runs")
    @frame.signed_in
    def start_keeping() -> Answer:
        try:
            fonds.safekeeping.runs.start(identity.actor(), request.form.get("kind", ""))
        except (Conflict, InvalidInput, NoRoom) as fault:
            frame.say(stepping.sentence(fault))
        return frame.leave_within("/admin/safekeeping")


def say_fault(run: RunView) -> str:
    """Why a run failed, in the reader's language where it is a sentence of ours."""
    return _sentences(run.fault)


def _sentences(fault: str) -> str:
    return "；".join(said(part) for part in fault.split("; ")) if fault else ""


def _said(state: Mapping[str, Any]) -> dict[str, Any]:
    """How a backup or drill ended, in the reader's language."""
    damaged = state.get("damaged", 0)
    why = said(DAMAGED, {"n": damaged}) if damaged else _sentences(state["fault"])
    return {**state, "fault": why}


def run_words() -> Mapping[str, str]:
    """Kinds of runs, in words."""
    return {"backup": _("备份"), "drill": _("恢复演练"), "fixity": _("固化检查"), "mend": _("从备份取回")}


def step_words() -> Mapping[str, str]:
    """What a run does at this moment."""
    return {
        "": _("就要开始"),
        "rows": _("导出登记数据"),
        "copies": _("复制原文"),
        "restore": _("在别处恢复"),
        "check": _("逐字节核对"),
        "folders": _("重读全部原文"),
        "mending": _("取回原文"),
    }


def _place(url: str) -> str:
    """Where backups lie, as people write it: no secret, and a folder by its path."""
    return str(folder_of(url) or masked("backup_url", url))


def _sets(fonds: Fonds, actor: Actor, *, backed_up: bool) -> dict[str, Any]:
    """What lies in the scheduled place, and whether that is away: it cannot be reached, or is empty after a backup."""
    try:
        sets, unreadable = fonds.safekeeping.backups.sets(actor)
    except (ServiceError, StorageError, OSError):
        return {"sets": (), "unreadable": (), "away": True}
    emptied = backed_up and not sets and not unreadable
    return {"sets": sets, "unreadable": unreadable, "away": emptied}


def kinds() -> Mapping[str, str]:
    """Kinds of findings, in words."""
    return {"changed": _("内容被改动"), "missing": _("原文缺失"), "untracked": _("没有登记")}


def remedies(*, mends: bool) -> Mapping[str, str]:
    """What is to be done about a kind of finding; `mends`: there is a second store."""
    from_backup = _("从备份取回；设 FONDS_REPLICA_URL 后可自动修复")
    lost = _("第二存储里也没有完好的一份：从备份取回") if mends else from_backup
    return {"changed": lost, "missing": lost, "untracked": _("运行 fonds check --repair 收走")}
