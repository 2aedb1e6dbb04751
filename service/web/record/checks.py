"""The reports of the four-property check 四性检测 as a page, as JSON to take away, and checking again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.api import cursors
from service.domain.four_check import BY_ID, PROPERTIES, STAGE_NAMES
from service.errors import Forbidden, InvalidInput, NotFound
from service.problems import language, said
from service.usecases.archival.four_check import Report
from service.web import frame, shown
from service.web.language import translated as _
from service.web.record import stepping
from service.wiring import Fonds


@dataclass(frozen=True, slots=True)
class Line:
    """One check of a report, as people read it."""

    id: str
    name: str
    good: bool
    severe: bool
    what: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A report: what each property's checks say."""

    id: str
    stage: str
    at: str
    by: str
    good: bool
    bad: int
    parts: Sequence[tuple[str, Sequence[Line]]]


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/checks, /records/…/check."""
    _findings_route(web, fonds)

    @web.get("/records/<record_id>/check")
    @frame.signed_in
    def check_reports(record_id: str) -> Response:
        actor = identity.actor()
        record = fonds.records.get(actor, record_id)
        sheets = [sheet(one) for one in fonds.archival.checks.reports(actor, record_id)]
        return frame.page("checks.html", record=record, sheets=sheets, stages=stages())

    @web.post("/records/<record_id>/check")
    @frame.signed_in
    def check_again(record_id: str) -> Answer:
        try:
            stage = request.form.get("stage", "periodic")
            report = fonds.archival.checks.run(identity.actor(), record_id, stage)
        except (Forbidden, InvalidInput) as fault:
            frame.say(stepping.sentence(fault))
        else:
            frame.say(_("检测完毕，全部合格") if report.good else _("检测完毕，有不合格项"))
        return frame.leave_within(f"/records/{record_id}/check")

    @web.get("/records/<record_id>/check/<report_id>.<any(json, pdf):kind>")
    @frame.signed_in
    def take_report(record_id: str, report_id: str, kind: str) -> Response:
        actor = identity.actor()
        reports = fonds.archival.checks.reports(actor, record_id)
        found = next((one for one in reports if one.id == report_id), None)
        if found is None:
            raise NotFound
        name = f'filename="check-{found.id}.{kind}"'
        if kind == "pdf":
            response = Response(fonds.printing.check_report(actor, found), mimetype="application/pdf")
            response.headers["Content-Disposition"] = f"inline; {name}"
            return response
        response = jsonify(as_json(found))
        response.headers["Content-Disposition"] = f"attachment; {name}"
        return response


def _findings_route(web: Blueprint, fonds: Fonds) -> None:
    @web.get("/checks")
    @frame.signed_in
    def check_findings() -> Response:
        """What the round by the clock found, for those who accept records."""
        actor, checks = identity.actor(), fonds.archival.findings
        page = checks.list(actor, below=cursors.place(request.args.get("cursor", "")))
        return frame.page(
            "check_findings.html",
            page=page,
            further=cursors.seal(page.next_cursor),
            state=fonds.safekeeping.rounds.state(actor),
            faults=fault_names,
        )


def fault_names(failed: Sequence[str]) -> str:
    """The names of checks that failed, as people read them."""
    english = language() == "en"
    known = [BY_ID[one] for one in failed if one in BY_ID]
    return said("；").join(one.name_en if english else one.name for one in known)


def stages() -> dict[str, str]:
    """Stage → its name, of those that may be asked for."""
    return {name: STAGE_NAMES[name][language() == "en"] for name in ("periodic", "transfer", "acceptance")}


def sheet(report: Report) -> Sheet:
    """A report as people read it."""
    english = language() == "en"
    lines: dict[str, list[Line]] = {}
    for one in report.results:
        known = BY_ID.get(one.id)
        name = (known.name_en if english else known.name) if known else one.id
        what = shown.harmless(said(one.what, one.params)) if one.what else ""
        lines.setdefault(one.of, []).append(Line(one.id, name, one.good, one.severity == "block", what))
    return Sheet(
        id=report.id,
        stage=STAGE_NAMES[report.stage][english],
        at=shown.moment(report.at),
        by=report.by,
        good=report.good,
        bad=sum(not one.good for one in report.results),
        parts=[(PROPERTIES[of][english], some) for of, some in lines.items()],
    )


def as_json(report: Report) -> Mapping[str, Any]:
    """A report to be taken away."""
    return {
        "id": report.id,
        "record": report.record_id,
        "stage": report.stage,
        "at": report.at.isoformat(),
        "by": report.by,
        "good": report.good,
        "results": [
            {
                "id": one.id,
                "of": one.of,
                "severity": one.severity,
                "good": one.good,
                "what": one.what % one.params,
            }
            for one in report.results
        ],
    }
