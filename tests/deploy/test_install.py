"""What `make test` installs, on machines made up for it."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "install_servers.sh"
PROGRAMS = ("rabbitmq-server", "initdb", "chromium", "node", "npm")
APT = """#!/bin/sh
echo "$@" >>{log}
if [ -x {policy} ]; then {policy} || echo "policy says $?" >>{log}; fi
exit {status}
"""


class Machine:
    """A folder that stands for `/`, with the programs a test gives it."""

    def __init__(self, root: Path) -> None:
        self.root, self.log, self.policy = root, root / "log", root / "usr/sbin/policy-rc.d"
        for folder in ("bin", "usr/sbin"):
            (root / folder).mkdir(parents=True)
        for name in ("rm", "chmod"):
            (root / "bin" / name).symlink_to(str(shutil.which(name)))
        self.program("id", "#!/bin/sh\necho 0\n")

    def program(self, name: str, text: str = "#!/bin/sh\n") -> None:
        path = self.root / "bin" / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def apt(self, status: int = 0) -> None:
        self.program("apt-get", APT.format(log=self.log, policy=self.policy, status=status))

    def run(self) -> "subprocess.CompletedProcess[str]":
        script = self.root / "script"
        script.write_text(SCRIPT.read_text(encoding="utf-8").replace("/usr/", f"{self.root}/usr/"), encoding="utf-8")
        environment = {"PATH": str(self.root / "bin")}
        return subprocess.run(
            [str(shutil.which("sh")), script], env=environment, capture_output=True, text=True, timeout=30, check=False
        )

    def asked(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_nothing_happens_where_everything_is(machine: Machine) -> None:
    machine.apt()
    for name in PROGRAMS:
        machine.program(name)
    done = machine.run()
    assert (done.returncode, done.stdout, done.stderr, machine.asked()) == (0, "", "", [])


def test_what_is_missing_is_installed_and_starts_no_service(machine: Machine) -> None:
    machine.apt()
    machine.program("initdb")
    done = machine.run()
    assert (done.returncode, done.stderr) == (0, "")
    assert machine.asked() == [
        "update -qq",
        "policy says 101",
        "install -y -qq --no-install-recommends rabbitmq-server chromium nodejs npm",
        "policy says 101",
    ]
    assert not machine.policy.exists()


def test_a_policy_that_is_there_stays(machine: Machine) -> None:
    machine.apt()
    machine.policy.write_text("#!/bin/sh\nexit 104\n", encoding="utf-8")
    machine.policy.chmod(0o755)
    assert machine.run().returncode == 0
    assert "policy says 104" in machine.asked()
    assert machine.policy.exists()


@pytest.mark.parametrize("reason", ["not root", "no apt"])
def test_elsewhere_it_says_what_is_missing_and_goes_on(machine: Machine, reason: str) -> None:
    if reason == "not root":
        machine.apt()
        machine.program("id", "#!/bin/sh\necho 1000\n")
    done = machine.run()
    assert (done.returncode, machine.asked()) == (0, [])
    assert done.stderr.endswith(": rabbitmq-server postgresql chromium nodejs npm\n")


def test_a_failing_installation_is_told_and_leaves_no_policy(machine: Machine) -> None:
    machine.apt(status=100)
    done = machine.run()
    assert done.returncode == 0
    assert "Could not be installed: rabbitmq-server postgresql chromium nodejs npm" in done.stderr
    assert not machine.policy.exists()


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not here")
def test_shellcheck_has_nothing_to_say() -> None:
    checked = subprocess.run(["shellcheck", SCRIPT], capture_output=True, text=True, check=False)  # noqa: S607 - any.
    assert (checked.returncode, checked.stdout) == (0, "")
