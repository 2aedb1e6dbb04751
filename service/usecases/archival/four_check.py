"""The four-property check on records: evidence is gathered from rows, store and register, and the report is kept."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from service.domain.describing import check, check_core
from service.domain.four_check import (
    LATER,
    SAME_CONTENT,
    Evidence,
    FileEvidence,
    Result,
    as_stored,
    examined,
    same_content,
)
from service.domain.holdings import CategoryView, Description
from service.domain.lifecycle import lacking
from service.domain.permissions import Act, Actor, compartment, knows, may
from service.errors import Fault, Forbidden, InvalidInput
from service.models import CheckFinding, CheckRun, File, GivenCode, Record
from service.models.reading import by_key
from service.models.transactions import delete_rows, insert_row
from service.usecases.describing.showing import guarded, known_record
from service.usecases.ground import Ground
from storage import fixity
from storage.port import ChecksumMismatch, ObjectMissing, ObjectStore

KEPT = 50
"""Reports of one record that are shown."""


@dataclass(frozen=True, slots=True)
class Report:
    """A report: `good` if nothing severe was found."""

    id: str
    record_id: str
    stage: str
    at: datetime
    by: str
    good: bool
    results: Sequence[Result]


class FourCheck:
    """Looks at what is really there: bytes, rows, codes."""

    def __init__(self, ground: Ground, store: ObjectStore) -> None:
        self._categories, self._audit, self._clock = ground.categories, ground.audit, ground.clock
        self._store = store

    def run(self, actor: Actor, record_id: str, stage: str) -> Report:
        """Check a record now, for who accepts records or may change this one. Raises `Forbidden`, `InvalidInput`."""
        row = known_record(actor, record_id)
        if stage not in LATER:
            raise InvalidInput([Fault("stage", "unknown_stage", "检测环节只有验收、移交、定期")])
        if not may(actor, Act.ACCEPT, guarded(row)) and not may(actor, Act.CHANGE, guarded(row)):
            raise Forbidden
        files = File.objects(record_id=row.id, deleted_at=None, superseded_by=None)
        report = self.examine(actor, row, list(files), stage)
        self._audit.insert(actor, "four_check", "record", row.id, stage=stage, good=report.good)
        if report.good:
            delete_rows(CheckFinding.objects(id=row.id))
        return report

    def examine(self, actor: Actor, row: Any, files: Sequence[Any], stage: str) -> Report:
        """The report of a permitted row at a stage, kept. From acceptance on every byte is read again."""
        twins = _twins(actor, row, files)
        results = examined(self._evidence(row, files, stage, [one.title for one in twins]), stage)
        good = all(one.good or one.severity == "warn" for one in results)
        name = actor.display_name or actor.name
        report = Report(secrets.token_hex(12), row.id, stage, self._clock(), name, good, results)
        run = CheckRun(
            id=report.id,
            record_id=row.id,
            stage=stage,
            at=report.at,
            by=name,
            good=good,
            results=[as_stored(one) for one in results],
            twins=[one.id for one in twins],
        )
        insert_row(run)
        return report

    def reports(self, actor: Actor, record_id: str) -> list[Report]:
        """The reports of a record that the actor may know of, newest first."""
        row = known_record(actor, record_id)
        runs = CheckRun.objects(record_id=row.id).limit(KEPT)
        return [_report(actor, one) for one in sorted(runs, key=lambda one: one.at, reverse=True)]

    def _evidence(self, row: Any, files: Sequence[Any], stage: str, twins: Sequence[str]) -> Evidence:
        category = self._categories.of(row)
        place = compartment(row.secrecy, core_secret=row.core_secret)
        found = [self._file(file, place, read=stage != "submission") for file in files]
        given = by_key(GivenCode, id=row.ref_code) if row.ref_code else None
        accepted = row.passed.get("accept", {})
        return Evidence(
            files=found,
            lacking=lacking(row, category.schema if category else None, files=len(files)),
            invalid=_invalid(row, category),
            passed=frozenset(row.passed),
            sheets=int(accepted.get("sheets", 0)),
            code_registered=(given is not None and given.object_id == row.id) if row.ref_code else None,
            twins=twins,
        )

    def _file(self, file: Any, place: str, *, read: bool) -> FileEvidence:
        try:
            stored = self._store.stat(file.object_key).size == file.size
        except ObjectMissing:
            stored = False
        evidence = FileEvidence(
            name=file.name,
            state=file.state,
            reason=file.reason if file.state in ("failed", "quarantined") else "",
            warning=file.warning,
            media_type=file.media_type,
            family=file.family,
            pages=file.pages,
            characters=file.characters,
            in_place=file.compartment == place,
            stored=stored,
            scanned_in_part="scanned_in_part" in file.facts,
        )
        return replace(evidence, intact=self._intact(file)) if stored and read else evidence

    def _intact(self, file: Any) -> bool:
        try:
            for _ in fixity.verified(self._store.open(file.object_key), sha256=file.sha256, size=file.size):
                pass
        except (ChecksumMismatch, ObjectMissing):
            return False
        return True


def _invalid(row: Any, category: CategoryView | None) -> list[Fault]:
    said = Description(
        title=row.title,
        department=row.department,
        responsible=row.responsible,
        doc_no=row.doc_no,
        secrecy=row.secrecy,
        retention=row.retention,
        copy_status=row.copy_status,
        original_place=row.original_place,
        language=row.language,
        keywords=tuple(row.keywords),
        note=row.note,
    )
    return check_core(said) + (check(row.fields, category.schema, complete=False) if category else [])


def _twins(actor: Actor, row: Any, files: Sequence[Any]) -> list[Any]:
    """Other records with the same content, of those that the asker may know of (R-SEC-7)."""
    keys = [file.object_key for file in files]
    others = File.objects(object_key__in=keys, deleted_at=None, superseded_by=None).limit(100) if keys else ()
    ids = {one.record_id for one in others} - {row.id, row.supersedes}
    return _known(actor, ids)


def _known(actor: Actor, ids: Collection[str]) -> list[Any]:
    rows = Record.objects(id__in=list(ids), deleted_at=None) if ids else ()
    return [one for one in rows if knows(actor, guarded(one))]


def _report(actor: Actor, run: Any) -> Report:
    """A report as this person reads it: of what has the same content it names what he may know of, whoever asked."""
    titles = [one.title for one in _known(actor, run.twins)]
    results = [Result(**dict(one)) for one in run.results]
    results = [same_content(one, titles) if one.id == SAME_CONTENT else one for one in results]
    return Report(run.id, run.record_id, run.stage, run.at, run.by, run.good, results)
