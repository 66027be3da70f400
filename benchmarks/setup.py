"""Installs what the peers need, each beside its own program: a virtual environment and Node-RED's modules."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.progress import say
from benchmarks.subjects.ground import PEERS_PYTHON
from benchmarks.subjects.node_red import FOLDER
from benchmarks.subjects.peers import PEERS


def install() -> None:
    """Install what is missing or older than its list. What cannot be had is told; its subjects are left out."""
    _step(PEERS / "requirements.txt", PEERS_PYTHON.parent.parent / ".installed", _python)
    if shutil.which("npm") is None:
        say("npm is missing (Debian: apt install nodejs npm); Node-RED is left out")
        return
    _step(FOLDER / "package.json", FOLDER / "node_modules" / ".installed", _node)


def _step(wanted: Path, stamp: Path, act: Callable[[Path], None]) -> None:
    if stamp.exists() and stamp.stat().st_mtime >= wanted.stat().st_mtime:
        return
    say(f"installing {wanted.relative_to(wanted.parents[2])} …")
    try:
        act(wanted)
    except subprocess.CalledProcessError as fault:
        say(f"could not install {wanted}: {fault}")
        return
    stamp.touch()


def _python(wanted: Path) -> None:
    folder = PEERS_PYTHON.parent.parent
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip: list[str | Path] = [PEERS_PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", wanted], check=True)


def _node(wanted: Path) -> None:
    subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--silent"],  # noqa: S607 - npm of the machine.
        cwd=wanted.parent, check=True,
    )  # fmt: skip
