"""What stands beside hidden documents and names them: runs, workbooks, uploads, lists, reports, and other records."""

from datetime import timedelta

from service.models import (
    BulkLine,
    BulkRun,
    Category,
    CategoryVersion,
    CheckFinding,
    CheckRun,
    Conversion,
    ConversionLine,
    EntryLine,
    EntrySheet,
    Migration,
    Record,
    Upload,
    User,
    WeedingList,
)
from service.wiring import Fonds

Ids = dict[str, str]
UNSAID = "隐名"
"""Begins the names that are not told of what is hidden."""


def stand_beside(fonds: Fonds, owner: User, shown: Ids, hidden: dict[str, Ids]) -> Ids:
    """Objects of one reader that name what is shown and what is hidden from him; by kind their ids."""
    _records(fonds, shown, hidden)
    named = {"L0": shown, **hidden}
    made = {
        "bulk": _bulk(fonds, owner, named),
        "entry": _entry(fonds, owner, named),
        "upload": _uploads(fonds, owner, named),
        "weeding": _weeding(fonds, owner, named),
        "report": _report(fonds, shown, hidden),
        "conversion": _conversion(fonds, owner, named),
        "migration": "m1",
        "other": hidden["L1"]["record"],
    }
    Migration(
        id="m1", seq=1, by=owner.id, origin="share:/x", run_id=shown["import"], created_at=fonds.clock()
    ).save()
    return made


def _records(fonds: Fonds, shown: Ids, hidden: dict[str, Ids]) -> None:
    """What is shown looks the same as what is hidden, was merged from it, and is a snapshot of it."""
    others = [one["record"] for one in hidden.values()]
    Record.objects(id__in=[shown["record"], *others]).update(set__matches=["same"])
    Record.objects(id=shown["record"]).update_one(
        set__merged=others, set__snapshot_of=others[0], set__correcting=others[1]
    )
    for level, one in hidden.items():
        CheckFinding(id=one["record"], seq=ord(level[1]), at=fonds.clock(), failed=["A1"]).save()
    Record.objects(id=others[0]).update_one(set__life="archived")


def _bulk(fonds: Fonds, owner: User, named: dict[str, Ids]) -> str:
    """A run over all of them, planned while all could be known of."""
    now = fonds.clock()
    kept = {"expires_at": now + timedelta(days=9), "created_at": now}
    BulkRun(id="b1", by=owner.id, act="edit", state="done", count=len(named), **kept).save()
    for n, ids in enumerate(named.values()):
        BulkLine(
            id=f"b1:{n}",
            run_id="b1",
            n=n,
            record_id=ids["record"],
            rev=1,
            fate="done",
            expires_at=kept["expires_at"],
        ).save()
    return "b1"


def _conversion(fonds: Fonds, owner: User, named: dict[str, Ids]) -> str:
    """A newer version of their category that drops a field, and a run that left all of them in the old one."""
    row, now = Category.objects.get(code="SC"), fonds.clock()
    old, schema = row.version, row.to_mongo()["schema"]
    former = {**schema, "properties": {**schema["properties"], "old": {"type": "string", "title": "旧"}}}
    CategoryVersion(id=f"SC:{old}", code="SC", version=old, content={"schema": former}, at=now).save()
    Category.objects(code="SC").update_one(set__version=old + 1)
    fonds.categories.forget()
    Record.objects(category="SC").update(set__fields={"old": "底价"})
    key = f"SC.{old}.{old + 1}"
    run = {"run": 1, "runner": owner.name, "runner_id": owner.id, "position": 99, "highest": 99}
    spec = {"mapping": {"rules": [], "dropped": {}}, "at": now, "state": "done", "counts": {"done": 1}}
    Conversion(id=key, code="SC", old=old, new=old + 1, **run, **spec).save()
    for ids in named.values():
        record = Record.objects.get(id=ids["record"])
        at = f"{key}#{1:06d}#{record.seq:010d}"
        ConversionLine(id=at, at=at, record_id=record.id, seq=record.seq, fate="done").save()
    return key


def _entry(fonds: Fonds, owner: User, named: dict[str, Ids]) -> str:
    """A workbook whose lines became all of them, and were told to look like them."""
    now = fonds.clock()
    kept = {"expires_at": now + timedelta(days=9)}
    EntrySheet(
        id="e1", by=owner.id, category="SC", name="x.xlsx", paths=["title"], created_at=now, **kept
    ).save()
    for n, (level, ids) in enumerate(named.items(), 2):
        told = {"title": f"{UNSAID}{level}", "record": ids["record"]}
        note = {"path": "title", "code": "twin", "message": "与“%(title)s”相同", "params": told}
        line = {"sheet_id": "e1", "n": n, "title": "x", "cells": [["s", "x"]], "fate": "entered"}
        EntryLine(id=f"e1:{n}", record_id=ids["record"], notes=[note], **line, **kept).save()
    return "e1"


def _uploads(fonds: Fonds, owner: User, named: dict[str, Ids]) -> str:
    """One upload into each, ended; the id of the strictest."""
    for n, (level, ids) in enumerate(named.items(), 1):
        Upload(
            id=f"u{level}",
            seq=n,
            owner=owner.id,
            name="x.txt",
            size=1,
            state="done",
            record_id=ids["record"],
            file_id=ids["file"],
            created_at=fonds.clock(),
            due_at=fonds.clock() + timedelta(days=9),
        ).save()
    return "uL3"


def _weeding(fonds: Fonds, owner: User, named: dict[str, Ids]) -> str:
    """A list that proposes to weed all of them."""
    lines = [{"record_id": ids["record"], "reason": "重份"} for ids in named.values()]
    WeedingList(id="w1", department="销售部", by=owner.id, at=fonds.clock(), lines=lines).save()
    return "w1"


def _report(fonds: Fonds, shown: Ids, hidden: dict[str, Ids]) -> str:
    """A report by somebody who knew that all have the same content."""
    twins = [ids["record"] for ids in hidden.values()]
    what = {"what": "内容与另一件相同：%(names)s", "params": {"names": f"{UNSAID}L1、{UNSAID}L2"}}
    result = {"id": "A4", "of": "authenticity", "severity": "warn", "good": False, **what}
    now = fonds.clock()
    CheckRun(
        id="r1", record_id=shown["record"], stage="periodic", at=now, results=[result], twins=twins
    ).save()
    return "r1"
