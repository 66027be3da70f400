import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from mappings.commands import app

GOOD = """
id: land_window.parcel
version: 3
title: {fa: قطعه, en: Parcel}
canonical: {request: NeedQuery, answer: Acknowledgement}
grade: seen
to_native: {Ref: {path: /reference}, User: {path: /$context/credential_username}}
from_native: {reference: {path: /code}}
outcome: {code: {path: /ok}, table: {"1": answered}}
tests:
  - {name: there, to_native: {given: {reference: "1"}, expect: {Ref: "1"}}}
  - {name: back, from_native: {given: {code: "1"}, expect: {reference: "1"}}}
"""


@pytest.fixture
def hub(tmp_path: Path) -> Any:
    (tmp_path / "parcel.yaml").write_text(GOOD, encoding="utf-8")

    def call(*args: str, stdin: str | None = None) -> Result:
        files = SimpleNamespace(
            mapping_files=lambda: sorted(tmp_path.glob("*.yaml")),
            tables_folder=tmp_path / "tables",
            mapping_functions=dict,
        )
        return CliRunner().invoke(app, list(args), obj=files, input=stdin)

    return call


def test_list(hub: Any) -> None:
    result = hub("list", "--json")
    assert result.exit_code == 0
    row = json.loads(result.stdout)["mappings"][0]
    assert (row["id"], row["version"], row["tests"], len(row["hash"])) == ("land_window.parcel", 3, 2, 64)
    assert "land_window.parcel" in hub("list").stdout


def test_list_tells_what_cannot_be_used(hub: Any, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(GOOD.replace("/reference}", "/refernce}"), encoding="utf-8")
    (tmp_path / "same.yaml").write_text(GOOD, encoding="utf-8")
    result = hub("list", "--json")
    assert result.exit_code == 1
    found = {Path(finding["file"]).name: finding for finding in json.loads(result.stdout)["findings"]}
    assert found["bad.yaml"]["suggestion"] == "reference"
    assert found["same.yaml"]["code"] == "document.id_taken"
    assert "bad.yaml:7:" in hub("list").stderr


def test_show(hub: Any) -> None:
    assert json.loads(hub("show", "land_window.parcel", "--json").stdout)["document"]["version"] == 3
    assert "to_native" in hub("show", "land_window.parcel").stdout
    missing = hub("show", "land_window.parcels")
    assert missing.exit_code == 2
    assert "land_window.parcel" in missing.stderr


def test_test(hub: Any, tmp_path: Path) -> None:
    assert hub("test").exit_code == 0
    assert "2 tests, 0 failed" in hub("test", "land_window.parcel").stdout
    (tmp_path / "parcel.yaml").write_text(GOOD.replace('expect: {Ref: "1"}', 'expect: {Ref: "2"}'), encoding="utf-8")
    result = hub("test", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["failed"] == 1
    assert "/Ref: '2' expected, '1' found" in hub("test").stdout
    assert hub("test", "nothing.here").exit_code == 2


def test_preview_of_a_request(hub: Any, tmp_path: Path) -> None:
    file = tmp_path / "data.json"
    file.write_text('{"reference": "7"}')
    result = hub("preview", "land_window.parcel", "--data", str(file), "--context", "credential_username=me")
    assert '"Ref": "7"' in result.stdout
    assert "context credential_username" in result.stdout
    told = json.loads(hub("preview", "land_window.parcel", "--data", str(file), "--json").stdout)
    assert told["native"] == {"Ref": "7"}
    assert [(row["target"], row["origins"]) for row in told["lineage"]] == [
        ("/Ref", [{"kind": "message", "what": "/reference", "condition": False}]),
        ("/User", [{"kind": "context", "what": "credential_username", "condition": False}]),
    ]
    assert told["hatches"] == {"expr": 0, "function": 0}


def test_preview_of_a_reply(hub: Any) -> None:
    result = hub("preview", "land_window.parcel", "--reply", "--data", "-", "--json", stdin='{"ok": 1, "code": "9"}')
    assert json.loads(result.stdout)["canonical"] == {"reference": "9"}
    refused = hub("preview", "land_window.parcel", "--reply", "--data", "-", "--json", stdin='{"ok": 2, "code": "9"}')
    assert json.loads(refused.stdout)["outcome"]["kind"] == "broken"
    missing = hub("preview", "land_window.parcel", "--reply", "--data", "-", "--json", stdin='{"ok": 1}')
    assert missing.exit_code == 1
    assert json.loads(missing.stdout)["errors"][0]["code"] == "mapping.missing"


def test_preview_tells_what_is_wrong_with_the_message(hub: Any) -> None:
    result = hub("preview", "land_window.parcel", "--data", "-", stdin='{"reference": 7}')
    assert result.exit_code == 1
    assert json.loads(result.stdout)["errors"][0]["message_fa"]


@pytest.mark.parametrize(
    "args", [("--data", "/nowhere.json"), ("--data", "-"), ("--data", "-", "--context", "novalue")]
)
def test_preview_needs_something_to_read(hub: Any, args: Any) -> None:
    assert hub("preview", "land_window.parcel", *args, stdin="{").exit_code == 2


def test_a_file_that_cannot_be_read_is_a_finding(hub: Any, tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    result = hub("list", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["findings"][0]["code"] == "document.unreadable"


def test_preview_tells_what_looks_wrong_and_takes_the_request_answered_to(hub: Any, tmp_path: Path) -> None:
    text = GOOD.replace("request: NeedQuery", "request: IdentityQuery").replace(
        "path: /reference", "path: /national_id"
    )
    text = text.replace("{path: /code}", "{path: /$asked/national_id}").partition("tests:")[0]
    (tmp_path / "parcel.yaml").write_text(text, encoding="utf-8")
    file = tmp_path / "asked.json"
    file.write_text('{"national_id": "9990000018", "birth_date": "1369/09/22"}')
    told = json.loads(hub("preview", "land_window.parcel", "--data", str(file), "--json").stdout)
    assert [warning["code"] for warning in told["warnings"]] == ["national_id.area_prefix"]
    args = ("--reply", "--data", "-", "--asked", str(file), "--json")
    told = json.loads(hub("preview", "land_window.parcel", *args, stdin='{"ok": 1}').stdout)
    assert told["canonical"] == {"reference": "9990000018"}
