"""Printed forms: handover sheet 移交清单, filing stamp 归档章, catalogue 目录, file note 备考表, box spine 脊背 (S-ID-4),
and the report of a four-property check 四性检测报告."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from service.domain.dates import ZONE, day_of
from service.domain.dossiers import DossierView
from service.domain.four_check import BY_ID, PROPERTIES, STAGE_NAMES, Result
from service.domain.holdings import RecordView
from service.domain.lifecycle import Passed
from service.domain.numbering import RETENTION_CODES
from service.domain.permissions import Actor
from service.errors import Conflict, NotFound, Unavailable
from service.models import Record
from service.usecases.archival.four_check import Report
from service.usecases.archival.lifecycle import passed_of
from service.usecases.archival.weeding import WeedingView
from service.usecases.describing.records import Records
from service.usecases.dossiers.dossiers import Dossiers
from service.usecases.dossiers.filing import FilingRecords
from service.usecases.ground import Ground

SECONDS = 30
"""How long a form may take to draw."""

LOT = 200
LEVELS = {"L0": "非密级", "L1": "秘密", "L2": "机密", "L3": "绝密"}
TERMS = {"PERMANENT": "永久", "D30": "30年", "D10": "10年"}

Form = Mapping[str, Any]


class Printing:
    """Forms of what the actor may know of, drawn by a child process; each printing is audited."""

    def __init__(self, ground: Ground, records: Records, dossiers: Dossiers, filing: FilingRecords) -> None:
        self._audit, self._clock, self._fonds = ground.audit, ground.clock, ground.fonds_code
        self._records, self._dossiers, self._filing = records, dossiers, filing

    def handover(self, actor: Actor, record_ids: Sequence[str]) -> bytes:
        """The sheet that both sides sign at acceptance (R-ARC-5), of records that were accepted.

        Raises `Conflict` if none of them was.
        """
        known = [one for one in self._records.some(actor, record_ids) if one.life in ("accepted", "archived")]
        if not known:
            raise Conflict("还没有验收，打不出移交清单")
        rows = Record.objects(id__in=[one.id for one in known]).only("passed")
        counts = {row.id: passed_of(row.passed).get("accept") for row in rows}
        lines = [_handed(n, one, counts.get(one.id)) for n, one in enumerate(known, start=1)]
        copies, sheets = (sum(int(line[at] or 0) for line in lines) for at in (5, 6))
        self._note(actor, "handover", "record", known[0].id, count=len(known))
        return self._drawn(
            {
                "kind": "list",
                "title": "档案移交清单",
                "above": [f"全宗号：{self._fonds}", f"日期：{self._today()}", f"共 {len(known)} 件"],
                "columns": ["序号", "档号", "题名", "部门", "密级", "份数", "张数", "规格", "备注"],
                "widths": [12, 58, 80, 30, 18, 14, 14, 16, 23],
                "rows": lines,
                "below": [
                    f"合计：{copies} 份，{sheets} 张",
                    "移交人（签字）：____________　接收人（签字）：____________　监交人（签字）：____________",
                    "日期：______年____月____日",
                ],
            }
        )

    def stamp(self, actor: Actor, record_id: str) -> bytes:
        """The filing stamp of an archived record. Raises `NotFound`, `Conflict`."""
        record = self._records.get(actor, record_id)
        if not record.ref_code:
            raise Conflict("归档编号后才有归档章")
        self._note(actor, "stamp", "record", record.id)
        pages = sum(file.pages for file in record.files)
        fields = [
            ("全宗号", self._fonds),
            ("年度", str(record.year or "")),
            ("件号", record.ref_code.rpartition("-")[2]),
            ("机构", record.department),
            ("保管期限", TERMS.get(record.retention, "")),
            ("页数", str(pages or "")),
        ]
        return self._drawn({"kind": "stamp", "title": record.ref_code, "fields": fields})

    def weeding(self, actor: Actor, listed: WeedingView) -> bytes:
        """A list of what is to be weeded, for the manager's hand (R-DSP-7), as the actor was shown it."""
        self._note(actor, "weeding_list", "weeding", listed.id, count=len(listed.lines))
        decided = day_of(listed.decided_at).isoformat() if listed.decided_at else ""
        return self._drawn(
            {
                "kind": "list",
                "title": "剔除资料目录",
                "above": [
                    f"全宗号：{self._fonds}",
                    f"部门：{listed.department}",
                    f"提请人：{listed.by}",
                    f"提请日期：{day_of(listed.at)}",
                ],
                "columns": ["序号", "题名", "剔除理由"],
                "widths": [16, 129, 120],
                "rows": [[str(n), one.title, one.reason] for n, one in enumerate(listed.lines, start=1)],
                "below": [
                    f"共 {len(listed.lines)} 件",
                    f"部门负责人批示：{listed.note or '____________________________'}",
                    f"批示人：{listed.decided_by or '____________'}　日期：{decided or '______年____月____日'}",
                ],
            }
        )

    def check_report(self, actor: Actor, report: Report) -> bytes:
        """A report of the four-property check that the actor was shown (S-4A…D). Raises `NotFound`."""
        record = next(iter(self._records.some(actor, [report.record_id])), None)
        if record is None:
            raise NotFound
        self._note(actor, "check_report", "record", record.id, report=report.id)
        failed = [one for one in report.results if not one.good]
        severe = sum(one.severity == "block" for one in failed)
        at = report.at.astimezone(ZONE)
        return self._drawn(
            {
                "kind": "list",
                "title": "四性检测报告",
                "above": [
                    f"全宗号：{self._fonds}",
                    f"档号：{record.ref_code or '未编'}",
                    f"题名：{record.title}",
                    f"检测环节：{STAGE_NAMES[report.stage][0]}",
                    f"检测时间：{at:%Y-%m-%d %H:%M}",
                    f"检测人：{report.by}",
                ],
                "columns": ["性质", "编号", "检测项目", "结果", "说明"],
                "widths": [24, 16, 70, 22, 133],
                "rows": [_checked(one) for one in report.results],
                "below": [
                    f"结论：{'合格' if report.good else '不合格'}（检测 {len(report.results)} 项，"
                    f"不合格 {severe} 项，提醒 {len(failed) - severe} 项）",
                    "检测人（签字）：____________　复核人（签字）：____________　日期：______年____月____日",
                ],
            }
        )

    def catalogue(self, actor: Actor, dossier_id: str) -> bytes:
        """The catalogue of a dossier's records (R-NUM-5). Raises `NotFound`."""
        dossier, records = self._held(actor, dossier_id)
        self._note(actor, "catalogue", "dossier", dossier.id, count=len(records))
        return self._drawn(
            {
                "kind": "list",
                "title": "归档文件目录",
                "above": [f"全宗号：{self._fonds}", f"案卷：{dossier.code} {dossier.title}"],
                "columns": ["序号", "档号", "文号", "责任者", "题名", "日期", "密级", "页数", "备注"],
                "widths": [12, 56, 32, 30, 66, 22, 16, 12, 19],
                "rows": [_listed(n, one) for n, one in enumerate(records, start=1)],
                "below": [],
            }
        )

    def note(self, actor: Actor, dossier_id: str) -> bytes:
        """The file note that lies at the end of a box. Raises `NotFound`."""
        dossier, records = self._held(actor, dossier_id)
        self._note(actor, "file_note", "dossier", dossier.id)
        pages = sum(file.pages for one in records for file in one.files)
        return self._drawn(
            {
                "kind": "list",
                "title": "备考表",
                "above": [f"案卷：{dossier.code} {dossier.title}"],
                "columns": ["盒内文件情况说明"],
                "widths": [265],
                "rows": [
                    [f"本盒共有文件 {len(records)} 件，{pages} 页。"],
                    ["缺损、修改、补充、移出情况："],
                    [""],
                    [""],
                ],
                "below": [
                    "整理人：____________　整理日期：______年____月____日",
                    "检查人：____________　检查日期：______年____月____日",
                ],
            }
        )

    def spine(self, actor: Actor, dossier_id: str) -> bytes:
        """The back of a dossier's box. Raises `NotFound`."""
        dossier, records = self._held(actor, dossier_id)
        self._note(actor, "spine", "dossier", dossier.id)
        years = sorted({one.year for one in records if one.year})
        terms = sorted({RETENTION_CODES.get(one.retention, "") for one in records} - {""})
        fields = [
            ("全宗号", self._fonds),
            ("案卷号", dossier.code),
            ("年度", f"{years[0]}–{years[-1]}" if len(years) > 1 else str(years[0]) if years else ""),
            ("保管期限", "、".join(terms)),
            ("件数", str(len(records))),
        ]
        return self._drawn({"kind": "spine", "title": dossier.title, "fields": fields})

    def _held(self, actor: Actor, dossier_id: str) -> tuple[DossierView, list[RecordView]]:
        dossier = self._dossiers.get(actor, dossier_id)
        ids = self._filing.known_ids(actor, dossier_id)
        lots = (ids[start : start + LOT] for start in range(0, len(ids), LOT))
        return dossier, [one for lot in lots for one in self._records.some(actor, lot)]

    def _note(self, actor: Actor, form: str, kind: str, object_id: str, **facts: Any) -> None:
        self._audit.insert(actor, "print", kind, object_id, form=form, **facts)

    def _today(self) -> str:
        return day_of(self._clock()).isoformat()

    def _drawn(self, form: Form) -> bytes:
        command = [sys.executable, "-m", "service.printing"]
        try:
            done = subprocess.run(
                command, input=json.dumps(form).encode(), capture_output=True, timeout=SECONDS, check=True
            )
        except (OSError, subprocess.SubprocessError) as fault:
            raise Unavailable("printing", str(fault)) from fault
        return done.stdout


def _checked(result: Result) -> list[str]:
    known = BY_ID.get(result.id)
    word = "合格" if result.good else "不合格" if result.severity == "block" else "提醒"
    what = result.what % result.params if result.what else ""
    return [PROPERTIES[result.of][0], result.id, known.name if known else result.id, word, what]


def _handed(number: int, record: RecordView, passed: Passed | None) -> list[str]:
    counted = [str(passed.copies), str(passed.sheets), passed.form] if passed else ["", "", ""]
    level = LEVELS.get(record.secrecy, record.secrecy)
    place = "" if record.copy_status != "copy" else f"复印件，原件：{record.original_place}"
    return [str(number), record.ref_code, record.title, record.department, level, *counted, place]


def _listed(number: int, record: RecordView) -> list[str]:
    pages = sum(file.pages for file in record.files)
    return [
        str(number),
        record.ref_code,
        record.doc_no,
        record.responsible,
        record.title,
        _day(record.date),
        LEVELS.get(record.secrecy, record.secrecy),
        str(pages or ""),
        "",
    ]


def _day(day: date | None) -> str:
    return f"{day:%Y%m%d}" if day else ""
