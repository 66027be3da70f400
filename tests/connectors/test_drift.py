"""What a contract does not know is seen, counted and told; what it knows costs nothing but a look."""

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.catalogue import PACKAGE, discover
from connectors.drift import QUIET, DriftWatch, Shape, differences, shapes_of
from connectors.port import Drift

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
CATALOGUE = discover(PACKAGE)
SHAPES = {name: shapes_of(one.manifest, one.folder) for name, one in CATALOGUE.items()}
WINDOW = SHAPES["land_window"]["parcel_geometry"]
GOOD = {"IsSuccess": True, "Message": None, "Data": {"IsSuccess": True, "Messeag": "خوب", "GeoJsonMap": "{}"}}


def test_a_reply_of_the_contract_is_no_news() -> None:
    assert differences(GOOD | {"$http": {"status": 200}, "$request": {"any": 1}}, WINDOW) == []


def test_a_new_field_is_told_by_its_place_and_never_by_its_value() -> None:
    reply = copy.deepcopy(GOOD) | {"Owner": "9990000018"}
    reply["Data"]["Neighbours"] = ["9990000026"]
    assert differences(reply, WINDOW) == [("/Data/Neighbours", "field"), ("/Owner", "field")]
    assert differences(GOOD | {"9990000018": 1}, WINDOW) == [("/(unreadable name)", "field")], "a name may be a person"


def test_values_outside_a_list_and_lists_of_things() -> None:
    shape = Shape(names={"rows": Shape(items=Shape(names={"state": Shape(values=frozenset({1, 2})), "free": None}))})
    rows = [{"state": 1}, {"state": 3, "free": {"anything": 1}}, {"state": 4}, {"state": None}]
    assert differences({"rows": rows}, shape) == [("/rows/*/state", "value")]
    assert differences(["not an object"], shape) == []


@pytest.mark.parametrize(
    ("name", "operation"), [(name, operation) for name, shapes in SHAPES.items() for operation in shapes]
)
def test_no_example_of_a_folder_is_outside_of_its_own_contract(name: str, operation: str) -> None:
    shape = SHAPES[name][operation]
    for example in CATALOGUE[name].examples:
        if example.operation == operation and example.native_reply is not None:
            assert differences(example.native_reply, shape) == [], example.name


def test_a_difference_is_told_once_in_a_while_with_its_count() -> None:
    now = NOW
    watch = DriftWatch({"op": WINDOW}, lambda: now)
    reply: Any = GOOD | {"Owner": 1}
    assert watch.look("op", reply) == (Drift("/Owner", "field", 1),)
    assert [watch.look("op", reply) for _ in range(3)] == [(), (), ()]
    now = NOW + QUIET + timedelta(seconds=1)
    assert watch.look("op", reply) == (Drift("/Owner", "field", 4),)
    assert watch.look("unknown", reply) == ()
    assert watch.look("op", GOOD) == ()
