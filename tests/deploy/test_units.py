"""The systemd units are accepted by systemd itself, and start what the hub really has."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from broker.roles import Role
from gateway.settings import Settings
from hub import build_cli

FOLDER = Path(__file__).parents[2] / "deploy" / "systemd"
UNITS = sorted(path.name for path in FOLDER.glob("*.*") if path.suffix in {".service", ".target", ".timer"})
SERVICES = [name for name in UNITS if name.endswith(".service")]
HUB = "/usr/lib/peyvand/bin/hub"

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")


def text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def analyse(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Ask systemd about the units as they would stand on a machine that has the program."""
    for name in UNITS:
        (folder / name).write_text(text(name).replace(HUB, "/bin/true"), encoding="utf-8")
    return subprocess.run(
        ["systemd-analyze", *words],  # noqa: S607 - whichever the machine has.
        cwd=folder, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@needs_systemd
def test_systemd_accepts_every_unit(tmp_path: Path) -> None:
    units = [f"./{name.replace('@', '@worker')}" for name in UNITS]
    verified = analyse(tmp_path, "verify", "--man=no", *units)
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")


@needs_systemd
@pytest.mark.parametrize("name", SERVICES)
def test_services_are_confined(name: str, tmp_path: Path) -> None:
    unit = f"./{name.replace('@', '@worker')}"
    judged = analyse(tmp_path, "security", "--offline=true", "--threshold=25", unit)
    assert judged.returncode == 0, judged.stdout.splitlines()[-1]


@pytest.mark.parametrize("name", SERVICES)
def test_services_start_commands_that_the_hub_has(name: str) -> None:
    import typer

    (line,) = re.findall(r"^ExecStart=(.+)$", text(name), re.MULTILINE)
    program, command, *words = line.split()
    assert program == HUB
    found = typer.main.get_command(build_cli()).get_command(None, command)  # type: ignore[attr-defined]
    values = {"${ROLE}": "worker", "${SYSTEMS}": "", "${DOCTOR_ROLES}": "all"}
    context = found.make_context(command, [values.get(word, word) for word in words])
    assert set(context.params.values()) >= {values.get(word, word) for word in words if not word.startswith("--")}


def test_a_process_is_stopped_after_its_calls_and_started_again() -> None:
    unit = text("peyvand@.service")
    for line in ("Restart=always", "TimeoutStopSec=30", "KillMode=mixed", "EnvironmentFile=/etc/peyvand/hub.env"):
        assert f"\n{line}\n" in unit


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.example")), ids=lambda path: path.name)
def test_examples_name_settings_that_exist(path: Path) -> None:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    values = dict(line.split("=", 1) for line in lines)
    ours = {name.removeprefix("HUB_").lower(): value for name, value in values.items() if name.startswith("HUB_")}
    Settings(**ours)
    assert values.keys() - {f"HUB_{name.upper()}" for name in ours} <= {"ROLE", "SYSTEMS"}
    assert values.get("ROLE", "api") in set(Role)
