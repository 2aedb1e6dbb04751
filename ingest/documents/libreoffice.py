"""Pages of Office files: LibreOffice where it is installed, in a folder of its own that goes with each file."""

import logging
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from ingest.jail.launch import Launch, environment, usable_bubblewrap

log = logging.getLogger(__name__)

PROGRAMS = ("soffice", "libreoffice")
_SAID = 2000


class CannotDraw(Exception):
    """The program gave no pages: too slow, ended by a limit, or it could not read the file."""


def find_office() -> str:
    """The path of an office program, "" if there is none."""
    return next((path for name in PROGRAMS if (path := shutil.which(name))), "")


@dataclass(frozen=True, slots=True)
class Office:
    """Turns a file into a PDF of its pages, within `seconds` of wall-clock time."""

    program: str
    seconds: float = 120.0
    bubblewrap: str = field(default_factory=usable_bubblewrap)

    def pages(self, folder: Path, original: Path) -> Path:
        """The PDF of `original`, which lies in `folder`: the only place that the program may write to.

        Raises `CannotDraw`.
        """
        out = folder / "out"
        out.mkdir()
        command = [
            *self._wrapping(folder),
            *(sys.executable, "-s", "-P", "-m", "ingest.jail.office", "--folder", str(folder)),
            *("--parent", "0" if self.bubblewrap else str(os.getpid()), "--"),
            *(self.program, f"-env:UserInstallation={(folder / 'profile').as_uri()}"),
            *("--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo"),
            *("--convert-to", "pdf", "--outdir", str(out), str(original)),
        ]
        said = self._run(command, folder)
        made = next(iter(out.glob("*.pdf")), None)
        if made is None or made.is_symlink() or not made.stat().st_size:
            raise CannotDraw(said or "no pages came out")
        return made

    def _wrapping(self, folder: Path) -> list[str]:
        """Processes, network and /tmp of its own; what it may read of the rest is for the walls inside."""
        if not self.bubblewrap:
            return []
        needed = {
            Path(sys.prefix),
            Path(sys.base_prefix),
            *Launch().code,
            Path(self.program).resolve().parent,
        }
        again = [word for path in sorted(needed) for word in ("--ro-bind", str(path), str(path))]
        return [
            *(self.bubblewrap, "--unshare-all", "--die-with-parent", "--new-session", "--ro-bind", "/", "/"),
            *("--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", *again),  # noqa: S108 - its own
            *("--bind", str(folder), str(folder), "--chdir", str(folder), "--"),
        ]

    def _run(self, command: list[str], folder: Path) -> str:
        """What it said. It starts others, so that the whole session is ended, in time or not."""
        with (folder / "said").open("w+b") as words:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment(Launch(bubblewrap="")),
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                start_new_session=True,
            )
            try:
                process.wait(self.seconds)
            except subprocess.TimeoutExpired as late:
                raise CannotDraw(f"not done after {self.seconds:.0f} s") from late
            finally:
                _end_session(process)
            words.seek(0)
            return words.read(_SAID).decode("utf-8", "replace").strip()


def _end_session(process: "subprocess.Popen[bytes]") -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        log.debug("the office program has left nobody")
    process.wait()
