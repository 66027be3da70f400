"""The made-up town of the simulated window."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.land_window.parcels import IN_TWO_PARTS, Plaque, outline, outline_text

codes = st.text("0123456789", min_size=1, max_size=4)
plaques = st.builds(Plaque, codes, codes, codes, st.integers(1, 8999), st.integers(0, 9999))


@given(plaques)
def test_an_outline_is_a_closed_ring_in_the_town(plaque: Plaque) -> None:
    shape = outline(plaque)
    rings = [part[0] for part in shape["Coordinates"]] if shape["Type"] == "MultiPolygon" else shape["Coordinates"]
    for ring in rings:
        assert ring[0] == ring[-1]
        assert len({tuple(corner) for corner in ring}) >= 4
        assert all(51.2 < longitude < 51.6 and 35.5 < latitude < 35.8 for longitude, latitude in ring)


@given(plaques)
def test_a_plaque_keeps_its_outline(plaque: Plaque) -> None:
    assert json.loads(outline_text(plaque)) == outline(plaque)
    assert set(outline(plaque)) == {"Type", "Coordinates"}


def test_neighbours_differ() -> None:
    assert outline(Plaque("1", "2", "0", 84, 0)) != outline(Plaque("1", "2", "0", 84, 1))


def test_one_parcel_is_in_two_parts() -> None:
    assert outline(Plaque("1", "2", "0", IN_TWO_PARTS, 0))["Type"] == "MultiPolygon"


@pytest.mark.parametrize(("main", "registered"), [(1, True), (8999, True), (9000, False), (0, False)])
def test_what_is_registered(main: int, *, registered: bool) -> None:
    assert Plaque("1", "2", "0", main, 0).registered is registered
