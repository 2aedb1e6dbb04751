"""The drill that proves a backup: it is brought back in a home of its own, compared there, and thrown away (R-BAK-3)."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from service.cli.terminal import Failure, Terminal


def drill(
    terminal: Terminal, words: Sequence[str], note: Callable[[Mapping[str, Any]], None], *, as_json: bool
) -> None:
    """Restore and check; raises `Failure` when either does not go well. `words` are those of `fonds restore`; `note`
    is told how it ended."""
    with tempfile.TemporaryDirectory(prefix="fonds-drill-") as home:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("FONDS_")
            or name == "FONDS_MASTER_KEY"  # else it could open nothing encrypted
        }
        env = kept | {"FONDS_HOME": home, "FONDS_BACKUP_HOURS": "0", "FONDS_LISTEN": "127.0.0.1:0"}
        steps = (["restore", *words], ["check", "--read-data", "--json"])
        for step in steps:
            terminal.tell(f"演练：fonds {step[0]}", f"Drill: fonds {step[0]}")
            done = subprocess.run(
                [sys.executable, "-P", "-m", "service.cli", *step],
                env=env,
                check=False,
                stdout=subprocess.PIPE,
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
