"""What the documents say is true: reference pages are current, and the tutorial's commands do what it tells."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

import pytest

from tests import command_line

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PIECE = re.compile(
    r"^(?:`(?P<file>connectors/[\w./]+)`\n\n)?```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


def run(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    return command_line.hub(*words, folder=ROOT)


def test_the_reference_pages_are_what_the_declarations_say() -> None:
    checked = run("docs", "--check")
    assert checked.returncode == 0, f"run `hub docs`:\n{checked.stdout}{checked.stderr}"


def test_a_page_that_differs_is_named_and_written_again(tmp_path: Path) -> None:
    folder = tmp_path / "reference"
    shutil.copytree(ROOT / "docs" / "reference", folder)
    (folder / "states.md").write_text("other", encoding="utf-8")
    (folder / "old.md").write_text("of no use", encoding="utf-8")
    checked = run("docs", folder, "--check")
    assert checked.returncode == 1
    assert [Path(line.split()[0]).name for line in checked.stdout.splitlines()] == ["old.md", "states.md"]
    assert run("docs", folder).returncode == 0
    assert run("docs", folder, "--check").returncode == 0


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
        return port


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder in which the words of the tutorial mean what they mean in a clone that is set up."""
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    hub = tmp_path / ".venv" / "bin" / "hub"
    hub.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{ROOT / "hub.py"}" "$@"\n', encoding="utf-8")
    hub.chmod(0o755)
    return tmp_path


@pytest.fixture
def ports(clone: Path) -> Iterator[dict[str, str]]:
    """What stands in for the tutorial's two addresses; the hub it starts is stopped afterwards."""
    yield {"127.0.0.1:8080": f"127.0.0.1:{free_port()}", "127.0.0.1:8090": f"127.0.0.1:{free_port()}"}
    left = clone / "hub.pid"
    if left.exists():
        with suppress(ProcessLookupError):  # The page has stopped it, as its last word.
            os.kill(int(left.read_text()), signal.SIGTERM)
        lock = clone / "var" / "hub.db.lock"
        end = time.monotonic() + 20
        while lock.read_text().strip() and time.monotonic() < end:
            time.sleep(0.05)


@pytest.mark.flow
@pytest.mark.skipif(shutil.which("curl") is None and "CI" not in os.environ, reason="the tutorial calls with curl")
def test_the_tutorial_does_what_it_tells(clone: Path, ports: dict[str, str]) -> None:
    text = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    blocks = BLOCK.findall(text)
    start = ".venv/bin/hub serve --with-sandbox"
    serve = f"{start} >run.log 2>&1 & echo $! >hub.pid\nuntil grep -q Ctrl-C run.log; do sleep 0.1; done"
    script = "\n".join(blocks).replace("make .venv/.runtime\n", "").replace(f"{start}\n", f"{serve}\n")
    for told, real in ports.items():
        script = script.replace(told, real)
    told = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],  # noqa: S607 - whichever bash the reader has.
        cwd=clone,
        env={
            **os.environ,
            "HUB_LISTEN": ports["127.0.0.1:8080"],
            "HUB_SANDBOX": f"http://{ports['127.0.0.1:8090']}",
            "COLUMNS": "200",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    seen = told.stdout
    in_order(
        seen,
        "is ready; its journal verifies with",
        '"tracking_code"',
        "wrong, as it says",
        '"Polygon"',
        '"right.purpose"',
        '"state": "waiting"',
        '"state": "in_doubt"',
        "the far side is being asked",
        '"valid": true',
        '"valid": false',
        "forged, and found",
    )
    ledger = re.search(r'\[\{"operation":"report_decision".*?\]', told.stdout)
    assert ledger is not None
    assert ledger.group().count("report_decision") == 1


@pytest.fixture
def copy(clone: Path) -> Path:
    """A clone that may be changed: every file of the repository, and a `.venv` that is set up."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - whichever git there is.
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode:
        pytest.skip("this is no git clone")
    for name in listed.stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, clone / name)
    (clone / "var").mkdir()
    for name, words in (("hub", f'"{clone / "hub.py"}"'), ("python", "")):
        program = clone / ".venv" / "bin" / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
    return clone


def follow(page: str, folder: Path, told: Mapping[str, str] = MappingProxyType({}), **settings: str) -> str:
    """Do what a page says, from its first block to its last; return what was printed. `told` replaces addresses."""
    script = ["set -euo pipefail"]
    text = (ROOT / page).read_text(encoding="utf-8")
    for written, real in told.items():
        text = text.replace(written, real)
    for piece in PIECE.finditer(text):
        kept = folder / "var" / f"piece{piece.start()}"
        kept.write_text(piece["text"], encoding="utf-8")
        if piece["file"]:
            script.append(f"cp {kept} {piece['file']}")
        elif piece["kind"] == "diff":
            script.append(f"git apply --unidiff-zero {kept}")
        elif piece["kind"] == "sh":
            script.append(piece["text"])
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)],  # noqa: S607 - whichever bash the reader has.
        cwd=folder,
        env={**os.environ, "COLUMNS": "200", **settings},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.flow
def test_a_connector_is_added_as_the_page_says(copy: Path) -> None:
    seen = follow("docs/how-to/add-a-connector.md", copy)
    assert "1 documents, 5 tests, 0 failed, 0 findings" in seen
    assert re.search(r"\d\d passed", seen)
    assert "docs/reference/connectors/archive.md written" in seen
    assert "Where a file stands" in seen.rpartition("is ready")[2]


def in_order(seen: str, *moments: str) -> None:
    """What was printed holds these words one after the other."""
    for moment in moments:
        assert moment in seen, moment
        seen = seen[seen.index(moment) :]


@pytest.mark.flow
def test_an_agency_is_connected_from_its_openapi_file_as_the_page_says(copy: Path) -> None:
    seen = follow("docs/how-to/connect-an-agency-from-openapi.md", copy, {"8090": str(free_port())})
    in_order(
        seen,
        "systems/waste written",
        "waste.book_collection  once, in doubt a person finds out",
        "1 documents, 8 tests, 0 failed, 0 findings",
        '"bookingId"',
        "expectedDay",
        "book_collection",
        " passed",
        "Book a collection of building waste",
    )


@pytest.mark.flow
def test_an_agency_is_connected_from_its_wsdl_as_the_page_says(copy: Path) -> None:
    seen = follow("docs/how-to/connect-an-agency-from-wsdl.md", copy, {"8091": str(free_port())})
    in_order(
        seen,
        "systems/heritage written",
        "heritage.find_plot  read",
        "heritage.send_plan  idempotent",
        "1 documents, 7 tests, 0 failed, 0 findings",
        "123-4567</",
        "soapenv:Client",
        '"operation":"send_plan"',
        " passed",
        "Is this plot protected?",
    )


@pytest.mark.flow
def test_a_site_is_configured_as_the_page_says(copy: Path) -> None:
    seen = follow("docs/how-to/configure-a-site.md", copy)
    planned = ("connectors: {}", "+ post › Office hours › Opens: 08:00:00", "Key: env:HUB_SECRET_POST_4")
    applied = ("revision 1 is in force", "nothing would change", "post_4.address", "post_4 is paused, revision 2")
    in_order(seen, *planned, *applied, "revision 3 is in force", "puts 1 back  they have moved", "state: paused")
    assert "open-sesame" not in seen


@pytest.mark.flow
def test_a_team_builds_its_client_with_the_sandbox_alone_as_the_page_says(copy: Path) -> None:
    real = {"8090": str(free_port()), "8091": str(free_port())}
    sandbox = f"http://127.0.0.1:{real['8090']}"
    seen = follow("docs/how-to/use-the-sandbox.md", copy, real, HUB_SANDBOX=sandbox)
    in_order(
        seen,
        f"simulated national systems  {sandbox}/",
        "HTTPS 200",
        f"{sandbox}/_contract/shahkar/contract/service_id_matching.openapi.yaml",
        "# Civil registry", "سارا", "['err.record.not.found'] and HTTP 200",
        '"response": 200', '"statusCode":401', '"kind":"http_500"',
        "no answer: in doubt", '"status": "approved"', '"reference":"ours-1"', "[]", "sealed:", "shahkar",
    )  # fmt: skip
    assert seen.count('"reference":"ours-1"') == 1


@pytest.mark.flow
def test_a_unit_answers_by_hand_as_the_page_says(copy: Path, ports: dict[str, str]) -> None:
    address = {"127.0.0.1:8080": ports["127.0.0.1:8080"]}
    seen = follow("docs/how-to/answer-by-hand.md", copy, address, HUB_LISTEN=address["127.0.0.1:8080"])
    in_order(
        seen,
        "archive.question",
        "inbox:IR/MUN/tehran/archive-06",
        '"state": "accepted"',
        '"text": "آیا نقشهٔ مصوب این پلاک در بایگانی هست؟"',
        '"clerk": "سارا احمدی"',
        '"state": "answered"',
        '"letter_number": "1405/12"',
    )


@pytest.mark.flow
def test_a_mapping_is_changed_as_the_page_says(copy: Path) -> None:
    seen = follow("docs/how-to/change-a-mapping.md", copy)
    in_order(
        seen,
        "mapping.missing",
        "not yet",
        "smart_gov.push_folder version 2",
        "look first",
        "0 differences, 0 failures",
        "active instead of version 1",
        '"message_id": "F00000007"',
        "Sara Ahmadi",
        "the document of the connector itself is active again",
        "table.ambiguous",
        "a mapping would break: setad.publish_need",
        "a mapping writes this word",
    )
