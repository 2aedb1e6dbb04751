"""The page of administrators: is every part there, is there room, when was the house last kept."""

from typing import Any

from flask import Blueprint, Response

from service import identity
from service.domain.permissions import Act, may
from service.errors import Forbidden
from service.web import frame, shown
from service.web.admin import rooms as admin
from service.web.language import translated as _
from service.wiring import Fonds


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/status."""

    @web.get("/status")
    @frame.signed_in
    def status() -> Response:
        actor = identity.actor()
        if not may(actor, Act.OPERATE):
            raise Forbidden
        state = fonds.upkeep.status(actor)
        return admin.page(
            "status.html", state=state, parts=parts(state), chores=chores(state), chain=state["audit"]
        )


def parts(state: Any) -> list[tuple[str, str]]:
    """(name, why it is not ready) of every part."""
    names = {
        "database": _("数据库"),
        "objects": _("原文存储"),
        "search": _("检索"),
        "queue": _("处理队列"),
        "workers": _("处理进程"),
        "scanner": _("查毒程序"),
        "keys": _("加密主密钥"),
    }
    return [(names.get(part, part), why) for part, why in state["parts"].items()]


def chores(state: Any) -> list[tuple[str, str, str]]:
    """(name, when it was last done, what it failed of) of every chore of this process."""
    names = {
        "rebuild": _("核对检索库"),
        "index": _("写入检索"),
        "index later": _("补写检索"),
        "own words": _("按本单位用词补分词"),
        "outbox": _("登记审计"),
        "sweep": _("找回中断的文件"),
        "clear": _("清理过期对象"),
        "spool": _("清理半途文件"),
        "leavings": _("清理中断遗留的原文"),
        "journal": _("登记检索与浏览"),
        "audit": _("链接审计事件"),
        "audit check": _("核验审计链"),
        "uploads": _("照看分段上传"),
        "scheme": _("让到期的分类版本生效"),
        "duties": _("催交归档"),
        "conversions": _("换版归档文件"),
        "saved searches": _("查看收藏的检索"),
        "safekeeping": _("备份、演练和检查"),
        "backup": _("定时备份"),
        "replica": _("复制到第二存储"),
        "patrol": _("巡检原文"),
        "damage": _("复查受损原文"),
        "four-property check": _("定期检测四性"),
        "forget": _("清除已删档案的著录"),
        "reprocess": _("重新处理馆藏"),
        "migrations": _("按时迁移"),
        "near_copies": _("找近似件"),
        "learning": _("学习著录建议"),
        "encrypt": _("加密涉密原文"),
    }
    return [
        (names.get(one["name"], one["name"]), shown.moment(one["at"]), one["fault"])
        for one in state["chores"]
    ]
