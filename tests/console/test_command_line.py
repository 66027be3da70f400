"""The real command line, in a folder of its own: first start, settings that cannot be used, tracking codes."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests import command_line

ROOT = Path(__file__).parents[2]
Hub = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return partial(command_line.hub, folder=tmp_path)


def test_the_file_itself_is_a_command(tmp_path: Path) -> None:
    explained = subprocess.run(
        [sys.executable, ROOT / "hub.py", "--help"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert explained.returncode == 0, explained.stderr
    assert "Usage" in explained.stdout


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUB_LISTEN", "nonsense"),
        ("HUB_AGENCY_NUMBER", "ten-thousand-and-one"),
        ("HUB_DATABASE", "oracle://secret@elsewhere"),
        ("HUB_BROKER", "pigeon:post"),
        ("HUB_SANDBOX", "somewhere"),
        ("HUB_SYSTEMS__SETAD__ADDRESS", "ftp-secret"),
    ],
)
def test_a_damaged_setting_stops_the_start_and_names_itself_but_not_its_value(hub: Hub, name: str, value: str) -> None:
    stopped = hub("init", **{name: value})
    assert stopped.returncode == 2
    assert name in stopped.stderr
    assert value not in stopped.stdout + stopped.stderr
    assert "Traceback" not in stopped.stderr


@pytest.mark.parametrize("command", ["serve", "demo", "sandbox", "docs"])
def test_no_command_starts_with_a_damaged_setting(hub: Hub, command: str) -> None:
    stopped = hub(command, HUB_LISTEN="nonsense")
    assert (stopped.returncode, stopped.stdout) == (2, "")
    assert stopped.stderr.startswith("HUB_LISTEN: ")


def test_a_damaged_settings_file_is_named(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text("listen = [", encoding="utf-8")
    stopped = hub("init")
    assert stopped.returncode == 2
    assert "hub.toml" in stopped.stderr
    (tmp_path / "hub.toml").write_text('lisen = "127.0.0.1:8080"', encoding="utf-8")
    misspelt = hub("init")
    assert misspelt.returncode == 2
    assert "HUB_LISEN" in misspelt.stderr


def test_the_environment_stands_over_the_file(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text('database = "sqlite:///file.db"', encoding="utf-8")
    assert "file.db is ready" in hub("init").stdout
    assert "other.db is ready" in hub("init", HUB_DATABASE="sqlite:///other.db").stdout


def test_init_may_be_repeated(hub: Hub, tmp_path: Path) -> None:
    first, services = hub("init"), hub("services", "list", "--json")
    again = hub("init")
    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert again.stdout == first.stdout
    assert hub("services", "list", "--json").stdout == services.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"var"}


def test_a_code_is_issued_checked_and_resolved(hub: Hub) -> None:
    assert hub("init", HUB_AGENCY_NUMBER="77").returncode == 0
    issued = hub("code", "issue", "--json", HUB_AGENCY_NUMBER="77")
    code = json.loads(issued.stdout)["code"]
    assert (len(code), code[2:6]) == (20, "0077")
    checked = hub("code", "check", code)
    assert checked.returncode == 0
    assert f"{code[:4]} {code[4:8]}" in checked.stdout
    persian = code.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    assert json.loads(hub("code", "check", f"{persian[:4]} {persian[4:]}", "--json").stdout)["code"] == code
    unknown = hub("code", "resolve", code, "--json")
    assert unknown.returncode == 1
    assert json.loads(unknown.stdout)["found"] is False


def test_a_slip_in_a_code_is_found_and_placed(hub: Hub) -> None:
    hub("init")
    code = json.loads(hub("code", "issue", "--json").stdout)["code"]
    slip = code[:7] + str((int(code[7]) + 1) % 10) + code[8:]
    assert json.loads(hub("code", "check", slip, "--json").stdout)["code"] == "code.check_digits"
    letter = json.loads(hub("code", "check", code[:3] + "O" + code[4:], "--json").stdout)
    assert (letter["code"], letter["position"]) == ("code.character", 3)
    wrong = hub("code", "check", slip)
    assert wrong.returncode == 1
    assert wrong.stderr.strip()


def test_without_a_database_reading_says_how_to_make_one(hub: Hub) -> None:
    told = hub("services", "list")
    assert told.returncode == 2
    assert "hub init" in told.stderr


def test_a_wrong_word_is_a_wrong_use(hub: Hub) -> None:
    assert hub("fly").returncode == 2
    assert hub("code", "issue", "--agency", "many").returncode == 2


def test_every_command_explains_itself(hub: Hub) -> None:
    for command in ([], ["code"], ["agencies"], ["rights"], ["keys"], ["verify"], ["mappings"], ["docs"], ["demo"]):
        explained = hub(*command, "--help")
        assert explained.returncode == 0, command
        assert "Usage" in explained.stdout


def test_the_first_administrator_gets_a_one_time_link(hub: Hub) -> None:
    link = re.compile(r"http://127\.0\.0\.1:8080/console/enrol/[0-9a-f]{64}")
    assert link.search(hub("init").stderr)
    assert not link.search(hub("init").stderr)  # Repeated, it ends no link that somebody may have at hand.
    invited = hub("officers", "invite", "sara", "--name", "سارا", "--role", "administrator", "--role", "auditor")
    assert invited.returncode == 0, invited.stderr
    assert len(invited.stdout.strip()) == 64
    assert "/v1/admin/enrolment" in invited.stderr
    again = hub("officers", "invite", "sara", "--name", "دیگری", "--role", "auditor")
    assert (again.returncode, again.stdout) == (1, "")
    for words, field in (("Sara Ahmadi", "username"), ("reza", "roles")):
        refused = hub("officers", "invite", words, "--name", "x", "--role", "king" if field == "roles" else "auditor")
        assert refused.returncode == 2
        assert field in refused.stderr
    linked = json.loads(hub("officers", "link", "sara", "--json").stdout)
    assert linked["token"] not in invited.stdout
    assert hub("officers", "link", "nobody").returncode == 1
    listed = json.loads(hub("officers", "list", "--json").stdout)
    assert [(one["username"], one["roles"], one["state"]) for one in listed] == [
        ("admin", ["administrator"], "invited"),
        ("sara", ["administrator", "auditor"], "invited"),
    ]
