import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from mappings.commands import app
from mappings.differences import compare

ROUND = {"request": "NeedQuery", "answer": "NeedQuery"}


def _changes(old: Any, new: Any) -> list[tuple[str, str, str, Any, Any]]:
    found = compare(old.document, new.document)
    return [(change.kind, change.section, change.name, change.old, change.new) for change in found]


def test_every_kind_of_change_is_told_by_its_field(make: Any) -> None:
    tables = {"t": {"a": "1", "b": "2"}}
    old = make(
        tables=tables,
        to_native={"A": {"path": "/unit_id"}, "B": {"constant": 1}, "C": {"constant": "x"}},
        outcome={"code": {"path": "/c"}, "table": {"1": "answered", "2": {"refused": "x.no"}}},
        tests=[{"name": "one", "from_native": {"given": {"reference": "1"}, "expect": {"reference": "1"}}}],
    )
    new = make(
        version=2,
        tables={"t": {"a": "1", "b": 2, "c": "3"}},
        to_native={"A2": {"path": "/unit_id"}, "B": {"constant": "1"}, "D": {"constant": "y"}},
        outcome={"code": {"path": "/c"}, "table": {"1": "answered", "2": "broken"}, "unknown": "retryable"},
    )
    assert _changes(old, new) == [
        ("changed", "document", "version", 1, 2),
        ("changed", "to_native", "B", {"constant": 1}, {"constant": "1"}),
        ("removed", "to_native", "C", {"constant": "x"}, None),
        ("added", "to_native", "D", None, {"constant": "y"}),
        ("renamed", "to_native", "A2", "A", "A2"),
        ("changed", "tables/t", "b", "2", 2),
        ("added", "tables/t", "c", None, "3"),
        ("changed", "outcome", "unknown", "broken", "retryable"),
        ("changed", "outcome/table", "2", {"refused": "x.no"}, "broken"),
        ("removed", "tests", "one", old.document.model_dump()["tests"][0], None),
    ]
    assert _changes(old, old) == []


def test_diff_prints_what_differs(make: Any, tmp_path: Path) -> None:
    for name, field in (("old", "Ref"), ("new", "Reference")):
        mapping = make(canonical=ROUND, to_native={field: {"path": "/reference"}})
        (tmp_path / f"{name}.yaml").write_text(json.dumps(mapping.document.source.value), encoding="utf-8")
    call = CliRunner().invoke
    paths = [str(tmp_path / "old.yaml"), str(tmp_path / "new.yaml")]
    told = call(app, ["diff", *paths])
    assert told.exit_code == 1
    assert "renamed  to_native: Reference" in told.stdout
    assert json.loads(call(app, ["diff", *paths, "--json"]).stdout)["changes"][0]["old"] == "Ref"
    assert call(app, ["diff", paths[0], paths[0]]).exit_code == 0
    assert call(app, ["diff", paths[0], str(tmp_path / "none.yaml")]).exit_code == 2
