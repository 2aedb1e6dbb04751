"""The programs behind restore, backup list and backup verify: they work on a target without a server."""

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from service import logs
from service.cli.ending import REPORTED, report
from service.cli.identities import identities_in
from service.cli.places import complain_of_unreadable, require_there
from service.cli.terminal import DIFFERENT, OK, USAGE, Failure, Terminal
from service.cli.upkeep import WORK
from service.embedded.resting import at_rest
from service.encryption import masters_of
from service.errors import NotFound
from service.settings import Settings
from service.usecases.safekeeping.backup.opening import open_target
from service.usecases.safekeeping.backup.proving import prove
from service.usecases.safekeeping.backup.restoring import require_key, restore
from service.usecases.safekeeping.backup.sealing import BadKey, KeyWanted
from service.usecases.safekeeping.backup.sets import Target
from service.usecases.safekeeping.checking import Progress
from service.usecases.safekeeping.encrypting import lacking_masters
from storage.port import ChecksumMismatch, StorageError


def main(words: Sequence[str]) -> int:
    """Run the program that is named first; its exit code."""
    given = _given(words)
    terminal = Terminal(english=given.english)
    logs.setup("text")
    try:
        try:
            return PROGRAMS[given.program](terminal, Settings.from_env(), given)
        except KeyWanted as fault:
            raise Failure(
                "这份备份已加密，要用私钥打开：--identity 私钥文件",
                "This backup is sealed; its private key opens it: --identity FILE",
                USAGE,
            ) from fault
        except BadKey as fault:
            raise Failure(
                "密钥不对：这把私钥打不开这份备份。用备份时那把公钥所对应的私钥",
                "Wrong key: it does not open this backup. Use the private key that belongs to its public one",
                USAGE,
            ) from fault
        except NotFound as fault:
            raise Failure(
                f"{given.target} 里没有这样的备份；看有哪些：fonds backup list {given.target}",
                f"There is no such backup in {given.target}; see which there are: fonds backup list {given.target}",
                USAGE,
            ) from fault
        except ChecksumMismatch as fault:
            raise Failure(
                "这套备份的清单或登记数据已损坏，不能用。用 --set 选另一套：fonds backup list",
                "The list or the rows of this set are damaged. Choose another with --set: fonds backup list",
            ) from fault
        except StorageError as fault:
            why = str(fault) or type(fault).__name__
            raise Failure(
                f"备份位置读不出来，检查它是否连着、可读（{why}）",
                f"The target cannot be read; see that it is there and readable ({why})",
            ) from fault
    except REPORTED as fault:
        return report(terminal, fault)


def _given(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="fonds")
    parser.add_argument("program", choices=list(PROGRAMS))
    parser.add_argument("target")
    parser.add_argument("--set", default="", dest="chosen")
    parser.add_argument("--identity", default="")
    for switch in ("--read-data", "--json", "--english"):
        parser.add_argument(switch, action="store_true")
    return parser.parse_args(words)


def _target(given: argparse.Namespace) -> Target:
    require_there(given.target)
    lines = identities_in(Path(given.identity).read_text("utf-8")) if given.identity else []
    try:
        return open_target(given.target, identities=lines)
    except BadKey:
        raise
    except ValueError as fault:
        raise Failure(f"备份位置无法使用：{fault}", f"The target cannot be used: {fault}", USAGE) from fault


def list_sets(terminal: Terminal, _settings: Settings, given: argparse.Namespace) -> int:
    """What is there, oldest first."""
    sets, unreadable = _target(given).looked_through()
    complain_of_unreadable(terminal, unreadable)
    if given.json:
        terminal.result(json.dumps([asdict(each) | {"name": each.name} for each in sets]))
    for each in [] if given.json else sets:
        rows = sum(part.count for part in each.collections.values())
        sealed = terminal.text("  已加密", "  sealed") if each.sealed else ""
        partly = terminal.text("  只有登记数据", "  rows only") if each.rows_only else ""
        told = terminal.text("{} 行  {} 个对象  {:,} 字节", "{} rows  {} objects  {:,} bytes")
        counted = told.format(rows, each.objects.count, each.object_bytes)
        terminal.result(f"{each.name}  {counted}{sealed}{partly}")
    if not sets and not unreadable and not given.json:
        terminal.tell("此处没有备份", "There is no backup here")
    return OK


def verify(terminal: Terminal, _settings: Settings, given: argparse.Namespace) -> int:
    """Prove a set."""
    target = _target(given)
    chosen = target.chosen(given.chosen)
    if given.identity or given.read_data:
        require_key(target, chosen)
    done = _followed(terminal, prove(target, chosen, read_data=given.read_data))
    if given.json:
        terminal.result(json.dumps(done))
    else:
        for told in dict.fromkeys(terminal.reworded(fault, FAULTS) for fault in done["faults"]):
            terminal.result(told)
        text = terminal.text(
            "备份 {name}：{rows} 行、{objects} 个对象，问题 {count} 处",
            "Backup {name}: {rows} rows, {objects} objects, {count} faults",
        )
        terminal.result(text.format(**done, count=len(done["faults"])))
    return DIFFERENT if done["faults"] else OK


def bring_back(terminal: Terminal, settings: Settings, given: argparse.Namespace) -> int:
    """Restore a set into the archive of the settings, which must be empty and at rest."""
    target = _target(given)
    chosen = target.chosen(given.chosen)
    try:
        masters = masters_of(settings.master_key)
    except ValueError as fault:
        raise Failure(f"主密钥读不出来：{fault}", f"The master key cannot be read: {fault}", USAGE) from fault
    with at_rest(settings) as store:
        done = _followed(terminal, restore(target, chosen, store))
        done["lacking_keys"] = lacking_masters(masters)
    if given.json:
        terminal.result(json.dumps(done))
    else:
        text = terminal.text(
            "已从备份 {name} 恢复：{rows} 行、{objects} 个对象；启动后自动重建检索库",
            "Restored from backup {name}: {rows} rows, {objects} objects; the index is built at the next start",
        )
        terminal.result(text.format(**done))
        for key in done["missing"]:
            terminal.complain(f"备份中缺少对象：{key}", f"Missing from the backup: {key}")
        for key in done["damaged"]:
            terminal.complain(
                f"备份中的对象已损坏，没有恢复：{key}。更早或另一处的备份里可能有好的",
                f"Damaged in the backup, not brought back: {key}. An older one or one elsewhere may have it whole",
            )
        for name in done["lacking_keys"]:
            terminal.complain(
                f"有原文已用主密钥 {name} 加密，FONDS_MASTER_KEY 中没有它；补上之前打不开这些原文",
                f"Some content is encrypted with the master key {name}, which is not in FONDS_MASTER_KEY: "
                "until it is, that content cannot be opened",
            )
    return DIFFERENT if done["missing"] or done["damaged"] or done["lacking_keys"] else OK


def _followed(terminal: Terminal, steps: Iterator[Any]) -> dict[str, Any]:
    """Show progress until the result comes."""
    done: dict[str, Any] = {}
    with terminal.progress("进行中", "Working") as bar:
        for step in steps:
            if isinstance(step, Progress):
                bar.show(step.done, step.total, terminal.text(*WORK[step.what]))
            elif is_dataclass(step) and not isinstance(step, type):
                done = asdict(step)
    return done


FAULTS = (
    (re.compile(r"(\S+): missing"), "缺少 {0}"),
    (re.compile(r"(\S+): in no list of copies"), "{0} 有登记，但不在副本清单里"),
    (re.compile(r"(\S+): (\d+) bytes, SHA-256 (\w+)"), "{0} 已损坏：读到 {1} 字节，SHA-256 {2}，与登记不符"),
    (re.compile(r"\S+: the backup is sealed.*"), "登记数据已加密，没有私钥不能核验：--identity 私钥文件"),
    (re.compile(r"(\S+): (.+)"), "{0} 读不出来（{1}）"),
)
"""What `prove` says of a fault → the same in Chinese."""
PROGRAMS: dict[str, Callable[[Terminal, Settings, argparse.Namespace], int]] = {
    "list": list_sets,
    "verify": verify,
    "restore": bring_back,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
