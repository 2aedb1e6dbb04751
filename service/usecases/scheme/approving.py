"""Approving 方案审批: who manages the scheme, who approves what another drafted, and what a decision must say."""

from service.audit import Audit
from service.domain.permissions import Act, Actor, may
from service.errors import Fault, Forbidden, InvalidInput

MAX_NOTE = 500


def require_manager(actor: Actor, audit: Audit, kind: str) -> None:
    """Return if this person manages the scheme, else `Forbidden`, and entered as refused of this kind of object."""
    if not may(actor, Act.MANAGE_SCHEME):
        audit.insert(actor, "manage_scheme", kind, result="refused")
        raise Forbidden("只有档案管理员和系统管理员可以改分类方案")


def require_part(actor: Actor) -> None:
    """Return if this person manages or approves the scheme, else `Forbidden`."""
    if not (may(actor, Act.MANAGE_SCHEME) or may(actor, Act.APPROVE_SCHEME)):
        raise Forbidden


def require_approver(actor: Actor) -> None:
    """Return if this person approves the scheme, else `Forbidden`."""
    if not may(actor, Act.APPROVE_SCHEME):
        raise Forbidden


def check_decision(actor: Actor, author: str, note: str, *, approve: bool) -> None:
    """Return if the actor may decide so on what the person `author` drafted.

    Raises `Forbidden` for his own, `InvalidInput` for a return without a note.
    """
    if author == actor.id:
        raise Forbidden("自己起草的由别人审批")
    if not approve and not 1 <= len(note.strip()) <= MAX_NOTE:
        raise InvalidInput([Fault("note", "required", "退回要写明理由，最多 500 个字")])
