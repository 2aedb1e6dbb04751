"""The drill that proves a backup: it is brought back in a home of its own, compared there, and thrown away (R-BAK-3)."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from service.cli.terminal import USAGE, Failure, Terminal
from service.embedded.rehearsing import surroundings


def drill(
    terminal: Terminal, words: Sequence[str], note: Callable[[Mapping[str, Any]], None], *, as_json: bool
) -> None:
    """Restore and check; raises `Failure` when either does not go well. `words` are those of `fonds restore`; `note`
    is told how it ended, and nothing of one that did not begin (no such folder, no key): it says nothing of a set."""
    with tempfile.TemporaryDirectory(prefix="fonds-drill-") as home:
        env = surroundings(home)
        steps = (["restore", *words], ["check", "--read-data", "--json"])
        for step in steps:
            terminal.tell(f"演练：fonds {step[0]}", f"Drill: fonds {step[0]}")
            done = subprocess.run(
                [sys.executable, "-P", "-m", "service.cli", *step],
                env=env,
                check=False,
                stdout=subprocess.PIPE,
            )
            if done.returncode == USAGE:
                raise Failure(
                    "演练没有开始：按上面说的改好再来",
                    "The drill did not begin: see above, and run it again",
                    USAGE,
                )
            if done.returncode:
                note({"fault": f"fonds {step[0]}: {done.returncode}"})
                raise Failure(
                    f"恢复演练失败：fonds {step[0]} 以 {done.returncode} 结束。这份备份不可依靠，查明原因后重新备份",
                    f"The drill failed: fonds {step[0]} ended with {done.returncode}. Do not rely on this backup",
                )
        report = json.loads(done.stdout)
    told = {name: report[name] for name in ("records", "files", "objects")}
    note(told)
    if as_json:
        terminal.result(json.dumps({"restorable": True, **told}))
    else:
        text = terminal.text(
            "演练通过：恢复出 {records} 件、{files} 个文件，逐字节核对一致",
            "The drill went well: {records} records, {files} files, every byte as it was",
        )
        terminal.result(text.format(**told))
