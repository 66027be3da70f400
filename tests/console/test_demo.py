"""The story runs as often as one likes, leaves nothing running, and what it leaves on disk can be checked."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUDGET = 60.0
"""Seconds a loaded machine may take; a quiet one takes a tenth of it."""

ACT = re.compile(r"^ {1,2}(\d{1,2}) {3}\S", re.MULTILINE)
MOMENTS = (
    "under one tracking code",
    "Civil registry: closed",
    "so the inquiry waits",
    "Land single window",
    "Setad",
    "answers article 6",
    "the waiting inquiry goes out",
    "Permit portal",
    "in doubt",
    "Smart-government portal",
    "A push from outside",
    "signed receipt",
    "The timeline, as the applicant sees it",
    "Receipts, checked offline",
    "every effect once",
    "delivered to the subscriber as signed webhooks",
    "no inquiry was lost and nothing happened twice",
)
"""What must be told, in this order, whatever the words around it."""


@dataclass(frozen=True)
class Told:
    """One telling: its exit status, what it printed, the folder it kept, and who was still there afterwards."""

    status: int
    output: str
    kept: Path
    process_group: int


def hub(*words: str | Path, at: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "hub.py", *words],
        cwd=at,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=BUDGET,
        check=False,
    )


def tell(folder: Path) -> Told:
    """Run the story in a process group of its own, so that whatever it leaves behind can be found."""
    kept = folder / "kept"
    process = subprocess.Popen(
        [sys.executable, ROOT / "hub.py", "demo", "--keep", kept],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=BUDGET)
    finally:
        process.kill()
    return Told(process.returncode, output, kept, process.pid)


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> list[Told]:
    return [tell(tmp_path_factory.mktemp("story")) for _ in range(2)]


def test_it_ends_well_twice_in_a_row(twice: list[Told]) -> None:
    assert [told.status for told in twice] == [0, 0], "\n".join(told.output for told in twice)


def test_everything_is_told_in_order(twice: list[Told]) -> None:
    for told in twice:
        left = told.output
        for moment in MOMENTS:
            assert moment in left, moment
            left = left[left.index(moment) :]


def test_the_acts_are_numbered(twice: list[Told]) -> None:
    for told in twice:
        titles = told.output.partition("timeline, as the applicant")[0]
        assert [int(number) for number in ACT.findall(titles)] == list(range(1, 11))


def test_it_leaves_no_process_and_no_open_door(twice: list[Told]) -> None:
    for told in twice:
        with pytest.raises(ProcessLookupError):
            os.killpg(told.process_group, 0)
        ports = {int(port) for port in re.findall(r"http://127\.0\.0\.1:(\d+)", told.output)}
        assert len(ports) == 2
        assert not ports & listening()


def listening() -> set[int]:
    """The TCP ports somebody listens on, by the kernel's own table."""
    table = Path("/proc/net/tcp")
    if not table.exists():
        pytest.skip("this kernel has no /proc/net/tcp")
    rows = [line.split() for line in table.read_text(encoding="ascii").splitlines()[1:]]
    return {int(row[1].partition(":")[2], 16) for row in rows if row[3] == "0A"}


def test_nobody_is_named_and_no_secret_is_shown(twice: list[Told]) -> None:
    for told in twice:
        assert "9990000018" not in told.output
        assert "hub_" not in told.output
        assert "whsec_" not in told.output


def test_the_kept_receipts_verify(twice: list[Told], tmp_path: Path) -> None:
    kept = twice[0].kept
    verified = hub("verify", "proof", kept / "receipts.json", "--trust", kept / "trust", at=tmp_path)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert json.loads(verified.stdout)["valid"] is True
    assert len(json.loads((kept / "receipts.json").read_bytes())) > 10


def test_one_changed_byte_is_found(twice: list[Told], tmp_path: Path) -> None:
    kept = twice[0].kept
    content = (kept / "receipts.json").read_bytes()
    place = content.index(b"building-permit")
    forged = tmp_path / "forged.json"
    forged.write_bytes(content[:place] + b"B" + content[place + 1 :])
    verified = hub("verify", "proof", forged, "--trust", kept / "trust", at=tmp_path)
    assert verified.returncode == 1
    assert json.loads(verified.stdout)["valid"] is False


def test_receipts_of_one_hub_are_not_believed_by_the_key_of_another(twice: list[Told], tmp_path: Path) -> None:
    one, other = twice
    verified = hub("verify", "proof", one.kept / "receipts.json", "--trust", other.kept / "trust", at=tmp_path)
    assert verified.returncode != 0
    assert json.loads(verified.stdout)["valid"] is not True


def test_what_is_kept_holds_no_personal_data_in_the_clear(twice: list[Told]) -> None:
    for path in twice[0].kept.glob("hub.db*"):
        content = path.read_bytes()
        assert b"9990000018" not in content, path.name
        assert "آزمایشی".encode() not in content, path.name


def test_the_private_keys_are_the_owners_alone(twice: list[Told]) -> None:
    for name in ("master.key", "keys/hub.pem"):
        assert (twice[0].kept / name).stat().st_mode & 0o077 == 0, name


def test_without_keep_nothing_stays(tmp_path: Path) -> None:
    room = tmp_path / "tmp"
    room.mkdir()
    told = hub("demo", at=tmp_path, TMPDIR=str(room))
    assert told.returncode == 0, told.stdout + told.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["tmp"]
    assert list(room.iterdir()) == []
    shutil.rmtree(room)
