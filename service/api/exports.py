"""Exports over HTTP: the list of hits as a file, in the asker's language."""

from datetime import date

from flask import Response

from service.api.delivery import disposition
from service.domain.dates import day_of
from service.domain.holdings import Finding, Question
from service.identity import actor, fonds
from service.problems import said
from service.usecases.searching.exporting import Table

HEADS = ("题名", "档号", "类别", "客户", "日期", "部门", "密级", "状态")
SECRECY = {"L0": "非密级", "L1": "秘密", "L2": "机密", "L3": "绝密"}
LIVES = {
    "submitted": "待复核",
    "reviewed": "待验收",
    "accepted": "待归档",
    "archived": "已归档",
    "disposal_pending": "待销毁",
    "destroyed": "已销毁",
    "returned": "退回",
}
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def exported(question: Question, kind: str) -> Response:
    """The hits of a question as a file of that kind, on its way while it is read."""
    served = fonds()
    make = served.exporting.csv if kind == "csv" else served.exporting.workbook
    response = Response(make(actor(), question, table()), content_type=TYPES[kind])
    day: date = day_of(served.clock())
    name = f"{said('检索结果')} {day.isoformat()}.{kind}"
    response.headers["Content-Disposition"] = disposition("attachment", name)
    return response


def table() -> Table:
    """The columns of the table view."""
    words = {word: said(word) for word in (*SECRECY.values(), *LIVES.values(), "待著录", "已著录")}

    def cells(hit: Finding) -> list[str]:
        life = LIVES.get(hit.life) or ("已著录" if hit.category else "待著录")
        day = hit.date.isoformat() if hit.date else ""
        secrecy = words.get(SECRECY.get(hit.secrecy, ""), hit.secrecy)
        return [
            hit.title,
            hit.ref_code,
            hit.category_name,
            hit.customer,
            day,
            hit.department,
            secrecy,
            words[life],
        ]

    return Table([said(head) for head in HEADS], cells)
