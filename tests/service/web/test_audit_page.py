"""The auditor's page: every act in words, filters, what leaves as a table, and nobody else."""

import ast
from pathlib import Path

import pytest

from service.domain.acts import ACTS, FACTS, KINDS, act_words, facts_words
from service.domain.holdings import Description
from service.domain.permissions import Actor, Role
from service.wiring import Fonds
from tests.service.web.conftest import SignIn, visible

pytestmark = pytest.mark.requirement("R-AUD-1")
SERVICE = Path(__file__).parents[3] / "service"


def said_acts() -> set[str]:
    """Every act and kind that the source names where it enters an event."""
    found: set[str] = set()
    for path in SERVICE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            named = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if not named or not ast.unparse(node.func).endswith(  # type: ignore[attr-defined]
                ("audit.insert", "audit.entry", "audit.insert_meanwhile")
            ):
                continue
            for place in node.args[1:2]:  # type: ignore[attr-defined]
                found |= {one.value for one in ast.walk(place) if isinstance(one, ast.Constant) and one.value}
    return {act for act in found if isinstance(act, str) and act.strip("_") == act}


def test_every_act_has_words_in_both_languages() -> None:
    acts = said_acts()
    assert len(acts) > 40
    assert sorted(acts - set(ACTS)) == []
    assert act_words("read", "record", english=False) == "查看档案"
    assert act_words("read", "dossier", english=True) == "read dossier"
    assert all(all(pair) for pair in (*ACTS.values(), *KINDS.values()))


ELSEWHERE = {"sha256", "why", "address", "before", "after"}
"""Facts that have a column of their own, or are left to the export."""


def test_every_fact_has_a_name_in_chinese() -> None:
    facts: set[str] = set()
    for path in SERVICE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
                ("audit.insert", "audit.entry", "audit.insert_meanwhile")
            ):
                facts |= {word.arg for word in node.keywords if word.arg}
    assert len(facts) > 30
    assert sorted(facts - set(FACTS) - ELSEWHERE) == []
    told = facts_words({"life": ["draft", "submitted"], "dry": True, "rev": 2}, english=False)
    assert told == "状态 草稿 → 待复核 · 试运行 是 · 版本 2"
    assert facts_words({"dry": False, "after": "L1"}, english=True) == "dry no"


def test_the_auditor_reads_who_did_what(sign_in: SignIn, fonds: Fonds, archivist: Actor) -> None:
    record = fonds.records.create(archivist, Description(title="=一"))
    zhou = sign_in("zhou", Role.AUDITOR)
    wang = sign_in("wangfang", Role.STAFF)
    assert wang.get("/admin/audit").status_code == 403
    fonds.housekeeping.once()
    page = visible(zhou.read("/admin/audit"))
    assert "登录" in page
    assert "新建档案" in page
    assert "127.0.0.1" in page
    refused = visible(zhou.read("/admin/audit?person=wangfang&result=refused"))
    assert "查阅审计" in refused
    assert "新建档案" not in refused.split("显示全部")[0].split("序号")[-1]
    assert record.id in zhou.read(f"/admin/audit?object={record.id}&since=2026-03-01&until=2026-03-31")
    assert "没有符合条件的事件" in visible(zhou.read("/admin/audit?until=2001-01-01"))
    table = zhou.get("/admin/audit/export?format=csv&act=create")
    assert table.headers["Content-Type"].startswith("text/csv")
    assert f"档案 {record.id}" in table.data.decode("utf-8-sig")
    assert zhou.get("/admin/audit/export").data[:2] == b"PK"


def test_a_record_shows_what_happened_to_it(sign_in: SignIn, fonds: Fonds, archivist: Actor) -> None:
    li = sign_in("liqian", Role.ARCHIVIST, Role.STAFF)
    record = fonds.records.create(archivist, Description(title="一"))
    fonds.audit.insert(archivist, "submit", "record", record.id, why="年度归档")
    fonds.housekeeping.once()
    page = visible(li.read(f"/records/{record.id}"))
    assert "提交归档" in page
    assert "年度归档" in page
