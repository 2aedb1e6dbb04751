"""The acts of the audit trail in words: what people read of who did what (R-AUD-1)."""

from collections.abc import Mapping
from typing import Any

from service.domain.four_check import STAGE_NAMES
from service.domain.lifecycle import STATES

ACTS: Mapping[str, tuple[str, str]] = {
    "read": ("查看{kind}", "read {kind}"),
    "open": ("打开原文", "opened a file"),
    "download": ("下载原文", "downloaded a file"),
    "search": ("检索", "searched"),
    "export_search": ("导出检索结果", "exported the hits of a search"),
    "create": ("新建{kind}", "created {kind}"),
    "change": ("修改{kind}", "changed {kind}"),
    "delete": ("删除{kind}", "deleted {kind}"),
    "restore": ("恢复{kind}", "restored {kind}"),
    "add_file": ("收进文件", "took a file in"),
    "upload": ("上传文件", "uploaded a file"),
    "supersede": ("替换文件版本", "replaced a file by a new version"),
    "add_version": ("加入新版本", "added a version of a file"),
    "restore_version": ("恢复旧版本", "restored an earlier version"),
    "quarantine": ("隔离文件", "quarantined a file"),
    "unlock": ("用密码打开文件", "opened an encrypted file by its password"),
    "retry": ("重新处理文件", "had a file processed again"),
    "take_as_is": ("照原样收下文件", "took a file as it is"),
    "file": ("归入案卷", "filed"),
    "unfile": ("移出案卷", "took out of a dossier"),
    "order": ("调整案卷内次序", "ordered a dossier"),
    "waive": ("免去应归文件", "waived an expected document"),
    "unwaive": ("恢复应归文件", "expected a document again"),
    "close": ("关闭{kind}", "closed {kind}"),
    "reopen": ("重新启用{kind}", "opened {kind} again"),
    "relate": ("建立关联", "related two records"),
    "unrelate": ("解除关联", "took a relation away"),
    "bulk_edit": ("批量修改", "changed many records"),
    "bulk_delete": ("批量删除", "deleted many records"),
    "bulk_file": ("批量归入案卷", "filed many records"),
    "bulk_download": ("批量下载", "downloaded many files"),
    "bulk_undo": ("撤销批量操作", "took a change of many records back"),
    "submit": ("提交归档", "submitted for filing"),
    "review": ("复核通过", "reviewed"),
    "accept": ("验收", "accepted"),
    "archive": ("归档", "archived"),
    "return": ("退回", "returned"),
    "screen": ("初筛线索", "screened a lead"),
    "assign_duty": ("分配收集职责", "assigned a duty of collecting"),
    "drop_duty": ("取消收集职责", "took a duty of collecting away"),
    "correct": ("更正", "corrected"),
    "sign_in": ("登录", "signed in"),
    "sign_out": ("退出", "signed out"),
    "prove": ("再次确认身份", "showed again who they are"),
    "second_factor": ("验证第二因素", "showed the second factor"),
    "enrol_totp": ("启用第二因素", "set up a second factor"),
    "remove_totp": ("关闭第二因素", "gave up the second factor"),
    "reset_totp": ("重置第二因素", "reset a second factor"),
    "new_recovery_codes": ("更换恢复码", "made new recovery codes"),
    "require_totp": ("设定须用第二因素的角色", "chose the roles that need a second factor"),
    "link_identity": ("绑定统一身份", "linked an outside identity"),
    "unlink_identity": ("解除统一身份绑定", "unlinked an outside identity"),
    "change_password": ("更改密码", "changed the password"),
    "reset_password": ("重置密码", "reset a password"),
    "end_session": ("结束会话", "ended a session"),
    "end_sessions": ("结束其他会话", "ended other sessions"),
    "add_token": ("发放令牌", "made a token"),
    "revoke_token": ("撤销令牌", "revoked a token"),
    "add_user": ("新建用户", "added a user"),
    "change_user": ("修改用户", "changed a user"),
    "disable_user": ("停用用户", "disabled a user"),
    "enable_user": ("启用用户", "enabled a user"),
    "unlock_user": ("解除登录限制", "unlocked a user"),
    "act_for": ("代行职务", "stood in for another"),
    "add_deputy": ("指定代理人", "named a deputy"),
    "end_deputy": ("终止代理", "ended a deputyship"),
    "add_role": ("新建角色", "added a role"),
    "change_role": ("修改角色", "changed a role"),
    "remove_role": ("删除角色", "removed a role"),
    "add_circle": ("新建知悉范围", "added a circle"),
    "change_circle": ("修改知悉范围", "changed a circle"),
    "rotate_keys": ("更换主密钥", "changed the master key"),
    "add_member": ("加入知悉范围", "added to a circle"),
    "remove_member": ("移出知悉范围", "took out of a circle"),
    "close_circle": ("关闭知悉范围", "closed a circle"),
    "reopen_circle": ("重新启用知悉范围", "opened a circle again"),
    "add_department": ("新建部门", "added a department"),
    "close_department": ("停用部门", "closed a department"),
    "reopen_department": ("重新启用部门", "opened a department again"),
    "grant": ("授权", "granted access"),
    "revoke_grant": ("撤销授权", "revoked a grant"),
    "end_grant": ("终止授权", "ended a grant"),
    "withdraw_grant": ("收回授权", "withdrew a grant"),
    "change_circles": ("调整知悉范围", "changed the circles of a record"),
    "explain_access": ("查看谁能看见", "asked who can see a record"),
    "propose_secrecy": ("提请定密或变更", "proposed a level"),
    "approve_secrecy": ("批准密级", "approved a level"),
    "refuse_secrecy": ("退回密级变更", "refused a level"),
    "withdraw_secrecy": ("撤回密级变更", "withdrew a proposed level"),
    "draft_category": ("起草分类", "drafted a category"),
    "submit_category": ("提交分类审批", "handed a category in for approval"),
    "approve_category": ("批准分类", "approved a category"),
    "return_category": ("退回分类", "returned a category"),
    "publish_category": ("发布分类", "published a category"),
    "discard_category": ("放弃分类草稿", "discarded the draft of a category"),
    "save_search": ("收藏检索", "kept a search"),
    "rename_search": ("重命名收藏的检索", "renamed a kept search"),
    "watch_search": ("设定检索提醒", "set the alert of a search"),
    "delete_search": ("删除收藏的检索", "deleted a kept search"),
    "start_import": ("开始导入", "began an import"),
    "close_import": ("结束导入", "ended an import"),
    "backup": ("备份", "took a backup"),
    "check": ("核对登记、原文和检索库", "compared rows, objects and index"),
    "reindex": ("重建检索库", "built the index anew"),
    "reprocess": ("重新处理全部馆藏", "had all holdings read again"),
    "weed": ("剔除", "weeded out"),
    "propose_weeding": ("列入剔除清单", "listed for weeding"),
    "approve_weeding": ("批准剔除清单", "approved a weeding list"),
    "refuse_weeding": ("退回剔除清单", "refused a weeding list"),
    "withdraw_weeding": ("撤回剔除清单", "withdrew a weeding list"),
    "snapshot": ("生成年度快照", "made yearly snapshots"),
    "answer_doubt": ("核实存疑", "answered a doubt"),
    "merge": ("合并", "merged"),
    "upload_sheet": ("上传录入表", "brought a workbook of entry"),
    "enter_sheet": ("从录入表录入", "entered records from a workbook"),
    "create_category": ("新建类别", "made a category"),
    "print": ("打印{kind}", "printed {kind}"),
    "fixity_finding": ("巡检发现原文异常", "found an object damaged"),
    "fixity_repair": ("以副本修复原文", "mended an object from its copy"),
    "restore_drill": ("恢复演练", "rehearsed a restore"),
    "create_migration": ("新建搬运", "planned a migration"),
    "change_migration": ("修改搬运", "changed a migration"),
    "start_migration": ("开始搬运", "began a migration"),
    "pause_migration": ("暂停搬运", "paused a migration"),
    "resume_migration": ("继续搬运", "went on with a migration"),
    "stop_migration": ("停止搬运", "stopped a migration"),
    "decide_copies": ("处理近似件", "decided on near copies"),
    "four_check": ("四性检测", "checked the four properties"),
    "number_category": ("设定档号规则", "set the rule of reference codes"),
    "read_audit": ("查阅审计", "read the audit trail"),
    "export_audit": ("导出审计", "exported the audit trail"),
    "verify_audit": ("核验审计链", "verified the audit trail"),
    "request": ("请求被拒绝", "was refused a request"),
    "manage_users": ("管理用户", "tried to manage users"),
    "manage_tokens": ("管理令牌", "tried to manage tokens"),
    "manage_sessions": ("管理会话", "tried to manage sessions"),
    "manage_scheme": ("管理分类方案", "tried to manage the scheme"),
    "manage_roles": ("管理角色", "tried to manage roles"),
    "manage_deputies": ("管理代理", "tried to manage deputies"),
    "manage_departments": ("管理部门", "tried to manage departments"),
    "manage_circles": ("管理知悉范围", "tried to manage circles"),
    "manage_grants": ("管理授权", "tried to manage grants"),
}
"""Act → what it is called in Chinese and English; {kind} is what it was done to."""

KINDS: Mapping[str, tuple[str, str]] = {
    "record": ("档案", "record"),
    "dossier": ("案卷", "dossier"),
    "duty": ("收集职责", "duty"),
    "weeding": ("剔除清单", "weeding list"),
    "file": ("文件", "file"),
    "user": ("用户", "user"),
    "token": ("令牌", "token"),
    "role": ("角色", "role"),
    "circle": ("知悉范围", "circle"),
    "grant": ("授权", "grant"),
    "department": ("部门", "department"),
    "category": ("类别", "category"),
    "saved_search": ("收藏的检索", "kept search"),
    "bulk": ("批量操作", "bulk change"),
    "import": ("导入", "import"),
    "upload": ("上传", "upload"),
    "object": ("原文对象", "object"),
    "backup": ("备份", "backup"),
    "migration": ("搬运", "migration"),
    "audit": ("审计", "audit trail"),
    "route": ("页面或接口", "page or route"),
}
"""Kind of object → what it is called in Chinese and English."""

RESULTS: Mapping[str, tuple[str, str]] = {
    "done": ("完成", "done"),
    "refused": ("被拒绝", "refused"),
    "failed": ("失败", "failed"),
}
"""Result → what it is called in Chinese and English."""


FACTS: Mapping[str, str] = {
    "way": "方式",
    "roles": "角色",
    "departments": "部门",
    "clearance": "可知密级",
    "fields": "字段",
    "changed": "改动",
    "rev": "版本",
    "count": "数量",
    "total": "命中",
    "rows": "行数",
    "format": "格式",
    "size": "字节",
    "category": "类别",
    "reason": "原因",
    "file": "文件",
    "records": "档案",
    "record": "档案",
    "dossier": "案卷",
    "person": "责任人",
    "role": "角色",
    "other": "另一件",
    "bulk": "批量操作",
    "disabled": "停用",
    "closed": "停用",
    "state": "状态",
    "scopes": "范围",
    "days": "天数",
    "method": "方法",
    "code": "代码",
    "named": "对象",
    "asked": "条件",
    "after": "序号之后",
    "objects": "对象",
    "bytes": "字节",
    "breaks": "不符",
    "checks": "不合格项",
    "finding": "发现",
    "deputy": "代理人",
    "starts": "自",
    "ends": "至",
    "password": "密码",
    "second_factor": "第二因素",
    "acts": "权限",
    "by": "经手人",
    "changes": "改动",
    "circles": "知悉范围",
    "dossier_kind": "案卷种类",
    "doubts": "疑点",
    "dry": "试运行",
    "everywhere": "所有部门",
    "family": "类型",
    "files": "文件",
    "form": "表式",
    "good": "合格",
    "grant": "授权",
    "import_id": "导入",
    "into": "并入",
    "kept": "留下",
    "last_day": "有效至",
    "life": "状态",
    "lines": "行数",
    "listed": "列入",
    "made": "生成",
    "migration": "迁移",
    "order": "次序",
    "owner": "责任人",
    "parent": "上级",
    "read_data": "重读原文",
    "repair": "修复",
    "result": "结果",
    "retired": "停用的密钥",
    "rewrapped": "换过的密钥",
    "decision": "处理",
    "run": "运行",
    "secrecy_act": "密级变更",
    "since": "自",
    "stage": "环节",
    "supersedes": "更正自",
    "template": "编号规则",
    "to": "交给",
    "until": "期限至",
    "version": "版本",
    "watched": "有新增时通知",
    "year": "年度",
}
"""Name of a fact, or a value of `way`, → what it is called in Chinese; in English it is called by its name."""

VALUES: Mapping[str, Mapping[str, str]] = {
    "life": STATES,
    "state": {
        "pending": "等待",
        "running": "处理中",
        "done": "完成",
        "failed": "失败",
        "quarantined": "已隔离",
        "open": "在卷",
        "closed": "已结卷",
    },
    "dossier_kind": {"customer": "客户", "project": "项目", "contract": "合同", "activity": "活动"},
    "stage": {name: words[0] for name, words in STAGE_NAMES.items()},
}
"""Name of a fact → its values in Chinese, where they are codes."""


def act_words(act: str, kind: str, *, english: bool) -> str:
    """What was done, in words; an act that has none is told by its code."""
    phrase = ACTS.get(act, (act, act))[english]
    return phrase.replace("{kind}", kind_word(kind, english=english)).strip()


def kind_word(kind: str, *, english: bool) -> str:
    """What an object of this kind is called."""
    return KINDS.get(kind, (kind, kind))[english]


def facts_words(facts: Mapping[str, Any], *, english: bool) -> str:
    """The facts of an event on one line, as name and value; digests are left to the export."""
    shown = {name: value for name, value in facts.items() if name not in ("before", "after", "sha256")}
    words: Mapping[str, str] = {} if english else FACTS
    if "way" in shown:
        shown["way"] = words.get(shown["way"], shown["way"])
    told = [(name, value) for name, value in shown.items() if value not in ("", [], {})]
    return " · ".join(
        f"{words.get(name, name)} {_value(value, {} if english else VALUES.get(name, {}), english=english)}"
        for name, value in told
    )


def _value(value: Any, codes: Mapping[str, str], *, english: bool) -> str:
    if isinstance(value, Mapping):
        told = [(name, _value(inner, codes, english=english)) for name, inner in value.items()]
        return ", ".join(f"{name} {inner}" for name, inner in told)
    if isinstance(value, (list, tuple)):
        pair = len(value) == 2 and (codes or any(not isinstance(one, str) for one in value))
        return (" → " if pair else ", ").join(_value(one, codes, english=english) for one in value)
    if isinstance(value, bool):
        return ("no", "yes")[value] if english else ("否", "是")[value]
    return codes.get(str(value), str(value))
