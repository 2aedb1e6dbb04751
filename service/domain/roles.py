"""Roles: what people call them, what the starting ones hold, and what is wrong with one that is edited (§3.3)."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from service.domain.permissions import EVERYWHERE, STARTING_ACTS, Act, Role, separated
from service.errors import Fault

MAX_NAME = 60
MAX_ROLES = 60
CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")

ROLE_NAMES = {
    Role.STAFF: ("员工", "Staff"),
    Role.DEPT_ARCHIVIST: ("部门兼职档案员", "Department archivist"),
    Role.ARCHIVIST: ("档案管理员", "Archivist"),
    Role.DEPT_HEAD: ("部门负责人", "Head of department"),
    Role.OFFICE_DIRECTOR: ("总经理办公室主任", "Office director"),
    Role.GENERAL_MANAGER: ("总经理", "General manager"),
    Role.AUDITOR: ("审计员", "Auditor"),
    Role.SYSADMIN: ("系统管理员", "System administrator"),
}
"""Role → what people call it, in Chinese and English."""

ACT_NAMES: Mapping[Act, tuple[str, str]] = {
    Act.READ: ("查看非密级档案", "See unclassified records"),
    Act.READ_CORE: ("查看核心机密类别", "See core-secret categories"),
    Act.READ_CLASSIFIED: ("查看秘密、机密档案", "See classified records"),
    Act.READ_CONTENT: ("打开原文", "Open files"),
    Act.EXPLAIN: ("查看谁能看见", "See who can see a record"),
    Act.CREATE: ("收进与著录", "Enter and describe"),
    Act.IMPORT: ("导入", "Import"),
    Act.MIGRATE: ("从共享文件夹迁移", "Migrate shared folders"),
    Act.CHANGE: ("修改草稿", "Edit drafts"),
    Act.CORRECT: ("更正归档后的著录", "Correct archived records"),
    Act.DELETE: ("删除草稿", "Delete drafts"),
    Act.REVIEW: ("二次审核", "Second review"),
    Act.ACCEPT: ("验收", "Accept"),
    Act.ARCHIVE: ("归档编号", "Archive and number"),
    Act.WEED: ("剔除", "Weed out"),
    Act.GRANT: ("授权知悉", "Grant access"),
    Act.PROPOSE_SECRECY: ("提请定密、变更密级", "Propose secrecy"),
    Act.DECIDE_SECRECY: ("审批非密级与秘密", "Decide up to confidential"),
    Act.DECIDE_CLASSIFIED: ("审批机密、绝密", "Decide secret and top secret"),
    Act.TEND: ("照看处理队列与全部导入", "Tend the queue and all imports"),
    Act.WATCH: ("查看运行与导入报告（审计）", "Watch reports (audit)"),
    Act.MANAGE_SCHEME: ("管理分类方案", "Manage the scheme"),
    Act.APPROVE_SCHEME: ("审批分类方案", "Approve the scheme"),
    Act.MANAGE_USERS: ("管理用户与角色", "Manage users and roles"),
    Act.OPERATE: ("运行与备份", "Operate and back up"),
}
"""Act → what people call it; viewing and editing are apart (R-SEC-6)."""

GROUPS: Mapping[tuple[str, str], tuple[Act, ...]] = {
    ("查看", "View"): (Act.READ, Act.READ_CORE, Act.READ_CLASSIFIED, Act.READ_CONTENT, Act.EXPLAIN),
    ("编辑", "Edit"): (Act.CREATE, Act.IMPORT, Act.MIGRATE, Act.CHANGE, Act.CORRECT, Act.DELETE),
    ("流转", "Life cycle"): (Act.REVIEW, Act.ACCEPT, Act.ARCHIVE, Act.WEED),
    ("保密", "Secrecy"): (Act.GRANT, Act.PROPOSE_SECRECY, Act.DECIDE_SECRECY, Act.DECIDE_CLASSIFIED),
    ("管理", "Administer"): (
        Act.TEND,
        Act.WATCH,
        Act.MANAGE_SCHEME,
        Act.APPROVE_SCHEME,
        Act.MANAGE_USERS,
        Act.OPERATE,
    ),
}
"""The acts as the matrix of roles shows them: group → its acts."""


@dataclass(frozen=True, slots=True)
class RoleView:
    """A role: what it allows, and whether it counts in all departments where a user's own line says nothing else."""

    code: str
    name: str
    name_en: str
    acts: frozenset[Act]
    everywhere: bool
    order: int
    starting: bool
    edited: bool = False


def starting_roles() -> dict[str, RoleView]:
    """The roles of requirements §3.3 as they are before anybody edits them, by code."""
    return {
        role.value: RoleView(
            role.value, *ROLE_NAMES[role], STARTING_ACTS[role], role in EVERYWHERE, order, starting=True
        )
        for order, role in enumerate(Role)
    }


@dataclass(frozen=True, slots=True)
class RoleSaid:
    """What an administrator says of a role."""

    name: str
    name_en: str = ""
    acts: Collection[str] = ()
    everywhere: bool = False


def check_role(code: str, said: RoleSaid) -> list[Fault]:
    """Everything that is wrong with a role."""
    faults = []
    if not CODE.fullmatch(code):
        faults.append(Fault("code", "bad_code", "代码用小写字母、数字和下划线，2–40 个字，字母开头"))
    for path, text in (("name", said.name), ("name_en", said.name_en)):
        if len(text.strip()) > MAX_NAME or not text.isprintable():
            faults.append(Fault(path, "bad_name", "名称最多 %(limit)s 个字，不换行", {"limit": MAX_NAME}))
    if not said.name.strip():
        faults.append(Fault("name", "required", "名称必填"))
    known = set(Act)
    faults += [
        Fault("acts", "not_in_list", "没有权限“%(value)s”", {"value": str(act)[:40]})
        for act in sorted(set(said.acts) - known)
    ]
    acts = {Act(act) for act in said.acts if act in known}
    if not separated(acts):
        faults.append(
            Fault(
                "acts", "separated", "系统管理、审计和利用档案的权限不能放在一个角色里（三员分立），分设角色"
            )
        )
    if code == Role.SYSADMIN and Act.MANAGE_USERS not in acts:
        faults.append(Fault("acts", "required", "系统管理员须能管理用户，否则无人能改回"))
    return faults
