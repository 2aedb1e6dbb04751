"""Acts on secrecy 定密、变更、解密: who decides on which, and how long a level may stand (R-SEC-1, R-ARC-4)."""

from datetime import date

from service.domain.permissions import (
    CLEARANCES,
    SECRECY,
    Act,
    Actor,
    Guarded,
    may_for_department,
)
from service.errors import Fault

LONGEST_YEARS = {"L1": 10, "L2": 20, "L3": 30}
"""秘密 10, 机密 20, 绝密 30 years: the usage of the law on state secrets (art. 20), taken over for company secrets."""

MAX_REASON = 500


def usual_end(level: str, today: date) -> date | None:
    """The day on which a level set today ends at the latest; None for 非密级."""
    years = LONGEST_YEARS.get(level)
    if years is None:
        return None
    day = 28 if (today.month, today.day) == (2, 29) else today.day
    return today.replace(year=today.year + years, day=day)


def deciding_act(before: str, after: str) -> Act:
    """What one must hold to decide: 机密 and 绝密, as they were or are to be, are the general manager's (§3.3)."""
    return Act.DECIDE_CLASSIFIED if max(before, after) >= "L2" else Act.DECIDE_SECRECY


def may_decide(actor: Actor, guarded: Guarded, after: str) -> bool:
    """Whether the actor may decide that this record's level becomes `after`.

    He need not know the record: he is told of the proposal, and of 绝密 not even the title (G4)."""
    if guarded.secrecy <= CLEARANCES[-1] and guarded.secrecy > actor.clearance:
        return False
    return may_for_department(actor, deciding_act(guarded.secrecy, after), guarded.department)


def check_change(before: str, after: str, until: date | None, today: date) -> list[Fault]:
    """What is wrong with a change of the level from `before` to `after` until a day."""
    if after not in SECRECY:
        allowed = {"value": after[:40], "allowed": "、".join(SECRECY)}
        return [Fault("level", "not_in_list", "没有密级“%(value)s”，应为：%(allowed)s", allowed)]
    latest = usual_end(after, today)
    if latest is None:
        wrong = [Fault("until", "not_secret", "非密级没有保密期限，留空")] if until is not None else []
        same = [Fault("level", "unchanged", "已是非密级")] if before == after else []
        return wrong + same
    if until is None or not today < until <= latest:
        text = "保密期限写成 2036-03-12，在今天之后，最迟 %(latest)s"
        return [Fault("until", "out_of_range", text, {"latest": latest.isoformat()})]
    return []


def check_reason(reason: str) -> list[Fault]:
    """What is wrong with the reason of an act: it is mandatory."""
    if 1 <= len(reason.strip()) <= MAX_REASON:
        return []
    return [Fault("reason", "required", "事由必填，最多 %(limit)s 个字", {"limit": MAX_REASON})]
