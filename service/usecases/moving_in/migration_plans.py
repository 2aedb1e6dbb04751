"""Mapping files of migrations: their YAML read with care, and written for people."""

from typing import Any

import yaml

from service.domain.migrating import Plan, check_plan, propose, read_plan
from service.domain.permissions import Actor, knows
from service.errors import Fault, InvalidInput
from service.models import Department, Dossier
from service.models.reading import counter, newest
from service.usecases.dossiers.dossiers import SEQ, guarded_dossier
from service.usecases.scheme.categories import Categories

MOST = 256 << 10
"""Characters of a mapping file."""
CUSTOMERS = 2000
"""Customers' dossiers, the newest, whose names are looked for in folder names."""


class _NoAlias(yaml.SafeLoader):  # type: ignore[misc]
    """Without references, by which a short text can mean a huge one."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            event = self.peek_event()
            raise yaml.composer.ComposerError(None, None, "alias", event.start_mark)
        return super().compose_node(parent, index)


class MigrationPlans:
    """Reads, checks and proposes mappings."""

    def __init__(self, categories: Categories) -> None:
        self._categories = categories
        self._kept: dict[str, Plan] = {}

    def kept(self, run_id: str, text: str) -> Plan:
        """The plan of a run, which never changes; it was found right when the run began."""
        if run_id not in self._kept:
            self._kept = {run_id: read_plan(_loaded(text))[0], **dict(list(self._kept.items())[:7])}
        return self._kept[run_id]

    def read(self, text: str) -> Plan:
        """The plan that a mapping file says. Raises `InvalidInput` with all faults and their lines."""
        if len(text) > MOST:
            raise InvalidInput([Fault("mapping", "too_long", "映射文件最多 %(most)s 个字", {"most": MOST})])
        plan, faults = read_plan(_loaded(text))
        faults += check_plan(plan, [one.code for one in self._categories.all()])
        if faults:
            raise InvalidInput(faults)
        return plan

    def propose(self, actor: Actor, folders: list[str]) -> str:
        """A first mapping file for folders of these names."""
        departments = [row.name for row in Department.objects() if not row.closed]
        said = propose(folders, self._categories.all(), departments, self._customers(actor))
        return HEAD + str(yaml.safe_dump(said, allow_unicode=True, sort_keys=False, width=110))

    def _customers(self, actor: Actor) -> list[str]:
        rows = newest(Dossier, below=counter(SEQ) + 1, limit=CUSTOMERS, kind="customer")
        known = [row for row in rows if knows(actor, guarded_dossier(row))]
        return list({name for row in known for name in (row.party, row.title) if name})


HEAD = """\
# 迁移映射：每条规则一个 path（** 任意层，* 一层之内，{名字} 取出一段），后面写这些文件是什么。
# 每一项取第一条说到它的规则；标签（tags）累加；skip: true 搁置不收。以 * 开头的 path 要加引号。
# archives: open 打开压缩包，里面的文件逐个收录（至多三层）；keep 压缩包整个收为一件。
# category 类别代码 · department 部门 · customer 客户 · date 日期或 "{year}" · tags · secrecy L0–L3 · responsible
"""


def _loaded(text: str) -> Any:
    try:
        return yaml.load(text, _NoAlias)  # noqa: S506  a safe loader
    except yaml.YAMLError as fault:
        raise InvalidInput([_yaml_fault(fault)]) from fault


def _yaml_fault(fault: yaml.YAMLError) -> Fault:
    mark = getattr(fault, "problem_mark", None)
    line = mark.line + 1 if mark else 1
    if "alias" in f"{getattr(fault, 'problem', '')} {getattr(fault, 'context', '')}":
        return Fault(
            "mapping", "mapping_alias", "第 %(line)s 行：以 * 或 & 开头的文字要加引号", {"line": line}
        )
    return Fault("mapping", "mapping_yaml", "第 %(line)s 行不是合法的 YAML", {"line": line})
