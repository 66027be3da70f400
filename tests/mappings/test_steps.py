import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mappings.errors import MappingError

GENTLE = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
TABLES = {"yes": {"agree": "1", "oppose": "2"}, "zeros": {"a": "01", "b": 1}, "null": {"x": 1, "null": 9}}
PASSING = [
    ["text"],
    ["integer"],
    ["decimal"],
    ["fold"],
    [{"money": {"commas": True}}],
    [{"digits": "ascii"}],
    [{"pad": {"width": 3}}],
    [{"slice": {"from": 1}}],
    [{"split": {"by": "-", "index": 0}}],
    [{"replace": {"a": "b"}}],
    [{"lookup": {"table": "yes"}}],
    [{"date": {"in": "iso", "out": "iso"}}],
    [{"base64": "decode"}],
    ["unwrap"],
    ["json"],
    [{"geometry": {"keys": "plain"}}],
    [{"boolean": {"true": [1]}}],
    [{"join": ","}],
    [{"each": ["text"]}],
    ["checksum"],
]


@pytest.mark.parametrize("steps", PASSING, ids=json.dumps)
def test_absent_stays_absent_and_null_stays_null(run: Any, steps: Any) -> None:
    assert run(steps, tables=TABLES) == "absent"
    assert run(steps, None, tables=TABLES) is None


@pytest.mark.parametrize(
    ("steps", "value", "result"),
    [
        (["text"], 9007199254740993, "9007199254740993"),
        (["text"], 10**19 + 7, "10000000000000000007"),
        (["text"], True, "true"),
        (["text"], "007", "007"),
        (["integer"], "۱۲۳", 123),
        (["integer"], "9007199254740993", 9007199254740993),
        (["integer"], "00012345678901234567890", 12345678901234567890),
        (["integer"], " ", "absent"),
        (["integer"], "-", "absent"),
        (["integer"], Decimal(5), 5),
        (["decimal"], "12.50", "12.50"),
        (["decimal"], Decimal("12.50"), "12.50"),
        (["decimal"], "۱۲٫۵", "12.5"),
        ([{"money": {"commas": True}}], "۱,۲۵۰,۰۰۰", 1250000),
        ([{"money": {"commas": True}}], "1٬250٬000", 1250000),
        ([{"money": {"commas": True}}], "1250000", 1250000),
        ([{"money": {"unit": "toman"}}], "125", 1250),
        (["money"], "", "absent"),
        ([{"money": {"commas": True, "write": True}}], 1250000, "1,250,000"),
        ([{"money": {"write": True, "unit": "toman"}}], 1250, "125"),
        ([{"pad": {"width": 10, "with": "0"}}], 19, "0000000019"),
        ([{"pad": {"width": 4, "with": " ", "side": "right"}}], "ab", "ab  "),
        ([{"pad": {"width": 2}}], "long", "long"),
        ([{"slice": {"from": 2, "to": 4}}], "abcdef", "cd"),
        ([{"slice": {"from": -2}}], "abcdef", "ef"),
        ([{"split": {"by": "-", "index": 1}}], "84-16", "16"),
        ([{"split": {"by": "-", "index": 2}}], "84-16", "absent"),
        ([{"split": {"by": "-", "index": -1}}], "84-16", "16"),
        ([{"replace": {" - ": " ", "/": "-"}}], "1405/06/31 - 13:00", "1405-06-31 13:00"),
        (["fold"], "علي كريمي", "علی کریمی"),
        ([{"fold": "key"}], "می‌شود ۱", "میشود1"),
        ([{"fold": "arabic"}], "علی ۱", "علي 1"),
        ([{"digits": "persian"}], "1405", "۱۴۰۵"),
        ([{"digits": "ascii"}], 1405, "1405"),
        ([{"join": ","}], ["a", None, 1], "a,1"),
        ([{"join": ","}], "a", "a"),
        ([{"lookup": {"table": "yes"}}], "agree", "1"),
        ([{"lookup": {"table": "yes", "reverse": True}}], 2, "oppose"),
        ([{"lookup": {"table": "zeros", "reverse": True}}], "01", "a"),
        ([{"lookup": {"table": "zeros", "reverse": True}}], 1, "b"),
        ([{"lookup": {"table": "yes", "on_unmapped": "keep"}}], "other", "other"),
        ([{"lookup": {"table": "yes", "on_unmapped": "default", "default": 0}}], "other", 0),
        ([{"lookup": {"table": "null"}}], None, 9),
        ([{"boolean": {"true": [1, "بله"], "false": [0, "2"]}}], "1", True),
        ([{"boolean": {"true": [1], "false": ["2"]}}], 2, False),
        ([{"boolean": {"true": [1], "false": [0], "null": ["null"]}}], "null", None),
        ([{"boolean": {"true": [1], "false": [0, None]}}], None, False),
        ([{"boolean": {"true": [1]}}], False, False),
        ([{"present": {"yes": "found", "no": ""}}], "x", "found"),
        ([{"present": {"yes": "found", "no": ""}}], " ", ""),
        ([{"present": {"yes": "found", "no": ""}}], None, ""),
        ([{"base64": "decode"}], "2LPYp9ix2Kc=", "سارا"),
        ([{"base64": "decode"}], "2LPY\r\np9ix2Kc=", "سارا"),
        ([{"base64": "encode"}], "سارا", "2LPYp9ix2Kc="),
        (["unwrap"], {"result": {"data": {"result": {"data": {"a": 1}}}}}, {"a": 1}),
        (["unwrap"], {"result": {"status": 1}}, {"result": {"status": 1}}),
        (["unwrap", {"path": "/a"}], {"result": {"data": {"a": 1}}}, 1),
        (["json"], '{"a": [20000000000000000001]}', {"a": [20000000000000000001]}),
        (["json", {"path": "/a/0"}], '{"a": ["001"]}', "001"),
        ([{"json": "dump"}], {"ب": [1]}, '{"ب":[1]}'),
        (
            [{"geometry": {"keys": "plain"}}],
            {"Type": "point", "Coordinates": [51.4, Decimal("35.7")]},
            {"type": "Point", "coordinates": [51.4, 35.7]},
        ),
        (
            [{"geometry": {"keys": "capitalised"}}],
            {"type": "Point", "coordinates": [51, 35]},
            {"Type": "Point", "Coordinates": [51, 35]},
        ),
        (["checksum"], "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ([{"checksum": "national_id"}], "999-000001-8", "9990000018"),
        ([{"date": {"in": "jalali-integer", "out": "iso"}}], 13690922, "1990-12-13"),
        ([{"date": {"in": "iso", "out": "jalali-integer"}}], "1990-12-13", 13690922),
        ([{"date": {"in": "jalali:%Y/%m/%d", "out": "iso"}}], "-", "absent"),
        ([{"date": {"in": "jalali-integer", "out": "iso"}}], 0, "absent"),
        (
            [{"datetime": {"in": "jalali:%Y/%m/%d - %H:%M", "out": "iso"}}],
            "۱۴۰۵/۰۶/۳۱ - ۱۳:۰۰",
            "2026-09-22T13:00:00+03:30",
        ),
    ],
)
def test_what_steps_make(run: Any, steps: Any, value: Any, result: Any) -> None:
    found = run(steps, value, tables=TABLES)
    assert found == result
    assert type(found) is type(result)


@pytest.mark.parametrize(
    ("steps", "value", "code"),
    [
        (["text"], 1.5, "type"),
        (["text"], {}, "type"),
        (["text"], [1], "type"),
        (["integer"], 1.0, "integer"),
        (["integer"], True, "integer"),
        (["integer"], "1.0", "integer"),
        (["integer"], "1,000", "integer"),
        (["decimal"], 1.5, "decimal"),
        (["decimal"], Decimal("NaN"), "decimal"),
        ([{"money": {"commas": True}}], "1,25,000", "money"),
        ([{"money": {}}], "1,250,000", "money"),
        ([{"money": {"write": True}}], "5", "money"),
        ([{"lookup": {"table": "yes"}}], "other", "unmapped"),
        ([{"lookup": {"table": "yes"}}], {}, "unmapped"),
        ([{"boolean": {"true": [1]}}], 2, "unmapped"),
        ([{"base64": "decode"}], "!!!", "base64"),
        ([{"base64": "decode"}], "/w==", "base64"),
        (["json"], "{", "json"),
        (["json"], "NaN", "json"),
        (["json"], "[" * 100_000, "json"),
        ([{"geometry": {"keys": "plain"}}], {"type": "Circle", "coordinates": []}, "geometry"),
        ([{"geometry": {"keys": "plain"}}], {"type": "Point", "coordinates": ["a"]}, "geometry"),
        ([{"geometry": {"keys": "plain"}}], {"type": "Point", "Type": "Point", "coordinates": [1, 2]}, "geometry"),
        ([{"geometry": {"keys": "plain"}}], "POINT(1 2)", "geometry"),
        ([{"checksum": "national_id"}], "9990000019", "checksum"),
        ([{"date": {"in": "jalali:%Y/%m/%d", "out": "iso"}}], "1404/12/30", "date"),
        (["required"], None, "missing"),
    ],
)
def test_what_steps_refuse(run: Any, steps: Any, value: Any, code: str) -> None:
    with pytest.raises(MappingError) as caught:
        run(steps, value, tables=TABLES)
    assert caught.value.code == f"mapping.{code}"
    assert caught.value.pointer == "/field"


def test_messages_do_not_quote_values(run: Any) -> None:
    with pytest.raises(MappingError) as caught:
        run(["integer"], "9990000018x")
    assert "9990000018" not in str(caught.value)


def test_default_fills_what_is_missing_and_leaves_null(run: Any) -> None:
    assert run([{"default": ""}]) == ""
    assert run([{"default": ""}], None) is None
    assert run([{"default": ""}], "x") == "x"


@pytest.mark.parametrize("value", [["a"], [], ["a", "b"], "a"])
def test_lists_stay_lists(run: Any, value: Any) -> None:
    assert run([{"each": ["text"]}], value) == (value if isinstance(value, list) else [value])


@GENTLE
@given(value=st.integers())
def test_integers_of_any_size_go_through_text_and_back(run: Any, value: Any) -> None:
    if abs(value) < 10**40:
        assert run(["text", "integer"], value) == value


@GENTLE
@given(value=st.text("0123456789", min_size=1, max_size=40))
def test_leading_zeros_of_text_stay(run: Any, value: Any) -> None:
    for steps in (["text"], ["fold"], [{"digits": "ascii"}], [{"digits": "persian"}, {"digits": "ascii"}]):
        assert run(steps, value) == value


@GENTLE
@given(value=st.text())
def test_base64_goes_there_and_back(run: Any, value: Any) -> None:
    assert run([{"base64": "encode"}, {"base64": "decode"}], value) == value


@GENTLE
@given(day=st.dates().filter(lambda day: 1000 < day.year < 3000))
def test_dates_go_there_and_back(run: Any, day: date) -> None:
    there = {"date": {"in": "iso", "out": "jalali:%Y/%m/%d"}}
    back = {"date": {"in": "jalali:%Y/%m/%d", "out": "iso"}}
    assert run([there, {"digits": "persian"}, back], day.isoformat()) == day.isoformat()
