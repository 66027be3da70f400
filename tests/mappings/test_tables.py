import json
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import Result
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from mappings.commands import app
from mappings.errors import MappingError
from mappings.outcomes import Verdict
from mappings.tables.conflicts import TableError
from mappings.tables.reading import read_table
from mappings.tables.shelf import shipped, tables_of
from mappings.tables.table import CodeTable

HEAD = "code,canonical,title_fa,title_en,valid_from,valid_to,source,grade\n"
SPLIT = """09,khorasan,خراسان,Khorasan,,1383/07/07,law,seen
09,razavi_khorasan,خراسان رضوی,Razavi Khorasan,1383/07/08,,law,seen
28,north_khorasan,خراسان شمالی,North Khorasan,2004-09-29,,law,seen
"""


def read(text: str, name: str = "provinces") -> CodeTable:
    return read_table(text.encode(), name=name)[0]


def conflicts(text: str | bytes, name: str = "provinces") -> list[tuple[int, str, str]]:
    with pytest.raises(TableError) as caught:
        read_table(text.encode() if isinstance(text, str) else text, name=name)
    assert all(item.message_en and item.message_fa for item in caught.value.conflicts)
    return [(item.row, item.column, item.code) for item in caught.value.conflicts]


PROVINCES = {"provinces": read(HEAD + SPLIT)}


def test_every_shipped_table_can_be_read_and_says_where_it_is_from() -> None:
    assert {"provinces", "tehran_districts", "permit_portal.states", "setad.kinds", "land_window.organs"} <= set(
        shipped()
    )
    assert len(shipped()["provinces"].rows) == 31
    assert len(shipped()["tehran_districts"].rows) == 22
    for table in shipped().values():
        for row in table.rows:
            assert row.source, (table.name, row.code)
            assert any("\u0600" <= letter <= "\u06ff" for letter in row.title_fa)
    assert shipped()["permit_portal.townships"].index("code", "canonical") == {"3310": "tehran"}
    assert shipped()["civil_registry.genders"].index("code", "canonical")["1"] == "male"
    assert shipped()["land_registry.genders"].index("code", "canonical")["1"] == "female"


@pytest.mark.parametrize(("day", "name"), [("2004-09-28", "khorasan"), ("2004-09-29", "razavi_khorasan")])
def test_a_code_means_what_it_meant_on_the_day(make: Any, run: Any, day: str, name: str) -> None:
    assert run([{"lookup": {"table": f"provinces@{day}"}}], "09", tables=PROVINCES) == name
    parts = {"from_native": {"reference": [{"path": "/code"}, {"lookup": {"table": "provinces", "at": "/day"}}]}}
    mapping = make(shared=PROVINCES, **parts)
    assert mapping.from_native({"code": "09", "day": day}) == {"reference": name}
    assert mapping.from_native({"code": "09", "day": f"{day}T23:30:00+03:30"}) == {"reference": name}


def test_a_request_is_written_with_the_code_of_the_day(make: Any) -> None:
    lookup = {"lookup": {"table": "provinces", "at": "/$context/now"}}
    mapping = make(shared=PROVINCES, to_native={"Province": [{"path": "/unit_id"}, lookup]})
    query = {"unit_id": "north_khorasan", "section_code": "1", "subsection_code": "0", "plaque": {"main": "1"}}
    assert mapping.to_native(query, {"now": "2026-03-21T10:00:00+03:30"}) == {"Province": "28"}
    for context, code in (({"now": "2004-01-01T10:00:00Z"}, "mapping.unmapped"), ({}, "mapping.date")):
        with pytest.raises(MappingError) as caught:
            mapping.to_native(query, context)
        assert caught.value.code == code


def test_titles_and_booleans_come_out_of_the_table(run: Any) -> None:
    assert run([{"lookup": {"table": "setad.kinds", "give": "title_fa"}}], 1431, tables=shipped()) == "کالا"
    assert run([{"lookup": "setad.booleans"}], False, tables=shipped()) is False
    assert run([{"lookup": "land_registry.booleans"}], "2", tables=shipped()) is False
    assert run([{"lookup": {"table": "setad.kinds", "reverse": False}}], "goods", tables=shipped()) == "1431"


def test_no_way_back_from_a_word_with_two_codes(run: Any) -> None:
    table, warnings = read_table((HEAD + "a,same,یک,One,,,,\nb,same,دو,Two,,,,\n").encode(), name="two")
    assert [(item.code, item.severity) for item in warnings] == [("table.ambiguous", "warning")]
    assert run([{"lookup": "two"}], "b", tables={"two": table}) == "same"
    with pytest.raises(MappingError) as caught:
        run([{"lookup": {"table": "two", "reverse": False}}], "same", tables={"two": table})
    assert caught.value.code == "mapping.ambiguous"


def test_the_day_must_be_said_and_be_one(faults: Any) -> None:
    def found(lookup: Any) -> str:
        [finding] = faults(shared=PROVINCES, from_native={"reference": [{"path": "/x"}, {"lookup": lookup}]})
        return f"{finding.code} {finding.message}"

    assert "provinces@2026-03-21" in found("provinces")
    assert found("provinces@yesterday").startswith("document.table_date")
    assert found({"table": "provinces@2026-03-21", "at": "/day"}).startswith("document.table_date")
    assert found({"table": "provinces", "at": "day"}).startswith("document.path")
    assert found({"table": "provinces", "at": "/$context/today"}).startswith("document.unknown_path")
    assert found({"table": "province", "at": "/day"}).startswith("document.unknown_table")


def test_error_keys_come_from_a_shared_table(make: Any, faults: Any) -> None:
    outcome = {"code": {"path": "/m"}, "shared": "civil_registry.errors", "table": {"ok": "answered"}}
    mapping = make(shared=shipped(), outcome=outcome)
    closed: Verdict = mapping.outcome({"m": "login.holyday.diny"})
    assert (closed.kind, closed.code, closed.after) == ("retryable", "civil_registry.holiday", "next_open_day")
    assert closed.texts["fa"]
    assert mapping.outcome({"m": "ok"}).kind == "answered"
    assert mapping.outcome({"m": "new.key"}).kind == "broken"
    near = faults(shared=shipped(), outcome={**outcome, "shared": "civil_registry.eror"})
    assert [item.suggestion for item in near] == ["civil_registry.errors"]
    bad = read(HEAD + "1,refuse x,یک,One,,,,\n", "bad")
    assert faults(shared={"bad": bad}, outcome={**outcome, "shared": "bad"})[0].pointer == "/outcome/shared"


def test_conflicts_name_row_and_column() -> None:
    assert conflicts(HEAD + SPLIT + "28,x,ایکس,X,,,,\n") == [(5, "valid_from", "table.overlap")]
    assert conflicts(HEAD + "1,a,الف,A,,,,\n1,b,ب,B,,,,\n") == [(3, "code", "table.duplicate")]
    assert conflicts(HEAD + "1,a,الف,A,1405/13/01,,,sure\n") == [
        (2, "grade", "table.grade"),
        (2, "valid_from", "table.date"),
    ]
    assert conflicts(HEAD + "1,a,الف,A,2026-03-21,1404/12/29,,\n") == [(2, "valid_to", "table.period")]
    assert conflicts("code,canonical,title_fa,titel_en\n") == [
        (1, "titel_en", "table.unknown_column"),
        (1, "title_en", "table.missing_column"),
    ]
    assert conflicts(HEAD.replace("grade", "code")) == [(1, "code", "table.column_twice")] * 2
    assert conflicts(HEAD + "1,,الف\u202e,A,,,,\n") == [(2, "canonical", "table.blank"), (2, "title_fa", "table.text")]
    assert conflicts(HEAD + "1,a\n") == [(2, "", "table.cells")]
    assert conflicts(HEAD, "../etc") == [(1, "", "table.name")]
    assert conflicts("کد".encode("cp1256"))[0] == (1, "", "table.encoding")
    assert conflicts(HEAD + '"1')[0][2] == "table.csv"


def test_a_spreadsheet_may_write_it_its_own_way() -> None:
    table = read("\ufeff" + (HEAD + "۱,a,الف,A,,,,\n").replace(",", ";").replace("\n", "\r\n"))
    assert table.rows[0].code == "1"
    assert table.rows[0].grade == "assumed"


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: (HEAD + text).encode(errors="replace")))
def test_any_bytes_are_a_table_or_a_report(raw: bytes) -> None:
    try:
        table, _ = read_table(raw, name="provinces")
    except TableError:
        return
    for row in table.rows:
        assert (
            table.index("code", "canonical", row.valid_from or row.valid_to or date(2026, 1, 1))[row.code]
            == row.canonical
        )


DOCUMENT = """
id: land_window.parcel
version: 1
title: {fa: قطعه, en: Parcel}
canonical: {answer: Acknowledgement}
grade: seen
from_native: {reference: [{path: /code}, {lookup: setad.kinds}]}
tests: [{name: goods, from_native: {given: {code: 1431}, expect: {reference: goods}}}]
"""


@pytest.fixture
def hub(tmp_path: Path) -> Any:
    (tmp_path / "parcel.yaml").write_text(DOCUMENT, encoding="utf-8")
    site = SimpleNamespace(
        mapping_files=lambda: [tmp_path / "parcel.yaml"], tables_folder=tmp_path / "state" / "tables"
    )

    def call(*args: Any) -> Result:
        return CliRunner().invoke(app, ["tables", *map(str, args)], obj=site)

    return call


def test_list_and_show(hub: Any) -> None:
    assert "provinces" in hub("list").stdout
    rows = {row["name"]: row for row in json.loads(hub("list", "--json").stdout)}
    assert rows["provinces"] == {"name": "provinces", "rows": 31, "dated": True, "grades": ["seen"], "own": False}
    assert "Tehran" in hub("show", "provinces").stdout
    assert len(json.loads(hub("show", "provinces", "--json", "--at", "1380/01/01").stdout)) == 30
    assert hub("show", "province").exit_code == 1
    assert hub("show", "provinces", "--at", "never").exit_code == 2


def test_a_table_is_imported_after_its_report(hub: Any, tmp_path: Path) -> None:
    file = tmp_path / "setad.kinds.csv"
    shipped_one = "1431,goods,کالا,Goods,,,,\n1432,services,خدمت,Services,,,,\n"
    file.write_text(HEAD + shipped_one + "1433,works,کار,Works,,,letter 12,verified\n", encoding="utf-8")
    tried = json.loads(hub("import", file, "--dry-run", "--json").stdout)
    assert (tried["taken"], tried["changes"]["new"], tried["broken"]) == (False, ["1433"], [])
    assert not (tmp_path / "state").exists()
    taken = hub("import", file)
    assert taken.exit_code == 0
    assert "setad.kinds: 3 rows, taken" in taken.stdout
    own = tables_of(tmp_path / "state" / "tables")
    assert own["setad.kinds"].index("code", "canonical")["1433"] == "works"
    assert len(own) == len(shipped())
    file.write_text(HEAD + shipped_one, encoding="utf-8")
    assert "gone: 1433" in hub("import", file).stdout
    assert (tmp_path / "state" / "tables" / "setad.kinds.csv.previous").exists()


def test_a_table_that_breaks_a_document_is_not_taken(hub: Any, tmp_path: Path) -> None:
    file = tmp_path / "setad.kinds.csv"
    file.write_text(HEAD + "1432,services,خدمت,Services,,,,\n", encoding="utf-8")
    refused = hub("import", file)
    assert refused.exit_code == 1
    assert "land_window.parcel: goods" in refused.stdout
    assert not (tmp_path / "state").exists()
    file.write_text(HEAD + "1432,services,خدمت\n", encoding="utf-8")
    assert json.loads(hub("import", file, "--json").stdout)["conflicts"][0]["row"] == 2
    assert hub("import", tmp_path / "nowhere.csv").exit_code == 1
