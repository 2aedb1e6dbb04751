"""Selecting on lists: what a page offers to do with what is selected, over its pages or with everything it lists."""

from dataclasses import dataclass

from service.domain.permissions import Act, Actor, may
from service.web.language import translated as _


@dataclass(frozen=True, slots=True)
class Selecting:
    """`key` is the list whose pages share a selection, `everything` the address that stands for all of it."""

    key: str
    everything: str
    total: int
    acts: tuple[tuple[str, str, str], ...]
    """(act, icon, word)"""
    dossier: str = ""
    """The dossier that records can be taken out of, "" for none."""


def offered(actor: Actor, *, key: str, everything: str, total: int, dossier: str = "") -> Selecting:
    """What this person can do with many: changing is for those who enter records at all."""
    acts = []
    if may(actor, Act.CREATE):
        acts += [("edit", "edit", _("批量编辑")), ("move", "folder-symlink", _("移动"))]
        if dossier:
            acts.append(("unfile", "folder", _("移出案卷")))
    acts.append(("download", "download", _("下载")))
    if may(actor, Act.CREATE) or may(actor, Act.TEND):
        acts.append(("delete", "trash", _("删除")))
    return Selecting(key, everything, total, tuple(acts), dossier)
