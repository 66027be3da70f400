import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.errors import MappingError
from mappings.projection import OutsideProjection, transformation

WGS84, UTM = "EPSG:4326", "EPSG:32639"
# Longitude, latitude, easting, northing: computed with PROJ 9 (its own implementation, its own constants).
KNOWN = [
    (51.4, 35.7, 536187.189468, 3950748.613041),
    (51.389, 35.6892, 535196.781829, 3949546.788836),
    (51.0, 0.0, 500000.0, 0.0),
    (48.0, 30.0, 210590.346764, 3322575.904385),
    (54.0, 39.5, 757959.771634, 4376562.347849),
    (59.5, 25.3, 1357646.739233, 2825488.085795),
]
METRES_A_DEGREE = 111_320


@pytest.mark.parametrize(("longitude", "latitude", "easting", "northing"), KNOWN)
def test_known_points_are_met_to_a_thousandth_of_a_millimetre(
    longitude: float, latitude: float, easting: float, northing: float
) -> None:
    there = transformation(WGS84, UTM)((longitude, latitude))
    assert math.dist(there, (easting, northing)) < 1e-6
    back = transformation(UTM, WGS84)((easting, northing))
    assert math.dist(back, (longitude, latitude)) * METRES_A_DEGREE < 1e-6


@settings(deadline=None)
@given(st.floats(44, 64), st.floats(20, 45))
def test_there_and_back_is_the_same_place(longitude: float, latitude: float) -> None:
    easting_northing = transformation(WGS84, UTM)((longitude, latitude))
    back = transformation(UTM, WGS84)(easting_northing)
    assert math.dist(back, (longitude, latitude)) * METRES_A_DEGREE < 1e-6


@settings(deadline=None)
@given(st.floats(30, 40))
def test_the_central_meridian_is_as_long_as_the_ellipsoid_says(latitude: float) -> None:
    """The arc of the meridian, added up in small steps from its radius of curvature: nothing of the series."""
    squared, steps = 0.006694379990, 1000
    width = math.radians(latitude) / steps
    arc = sum((1 - squared * math.sin((step + 0.5) * width) ** 2) ** -1.5 for step in range(steps)) * width
    northing = transformation(WGS84, UTM)((51.0, latitude))[1]
    assert math.isclose(northing, 0.9996 * 6378137 * (1 - squared) * arc, abs_tol=1e-2)


@pytest.mark.parametrize("place", [(35.7, 51.4), (51.4, 95.0), (51.4, -1.0), (200.0, 35.0), (math.nan, 35.0)])
def test_what_is_nowhere_near_is_refused(place: tuple[float, float]) -> None:
    with pytest.raises(OutsideProjection):
        transformation(WGS84, UTM)(place)


@pytest.mark.parametrize("place", [(51.4, -5.0), (9e9, 3.9e6), (math.inf, 1.0), (5e5, math.nan)])
def test_what_is_no_place_on_the_map_is_refused(place: tuple[float, float]) -> None:
    with pytest.raises(OutsideProjection):
        transformation(UTM, WGS84)(place)


def test_a_polygon_goes_to_the_map_and_comes_back(run: Callable[..., Any]) -> None:
    ring = [[51.4, 35.7], [51.401, 35.7], [51.401, 35.701, 1200.5], [51.4, 35.7]]
    polygon = {"Type": "Polygon", "Coordinates": [ring]}
    on_map = run([{"geometry": {"crs": {"in": WGS84, "out": UTM}}}], polygon)
    assert on_map["coordinates"][0][0] == [536187.1895, 3950748.613]
    assert on_map["coordinates"][0][2][2] == 1200.5
    back = run([{"geometry": {"keys": "capitalised", "crs": {"in": UTM, "out": WGS84}}}], on_map)
    assert back == polygon


@pytest.mark.parametrize("coordinates", [[[[["a", 1]]]], [[1]], [], [[35.7, 151.4]], [[51.4, 35.7], 5]])
def test_coordinates_that_cannot_be_carried_are_named(run: Callable[..., Any], coordinates: Any) -> None:
    steps = [{"geometry": {"crs": {"in": WGS84, "out": UTM}}}]
    if coordinates == []:
        assert run(steps, {"type": "LineString", "coordinates": coordinates})["coordinates"] == []
        return
    with pytest.raises(MappingError) as caught:
        run(steps, {"type": "LineString", "coordinates": coordinates})
    assert caught.value.code == "mapping.geometry"


def test_a_reference_system_that_is_not_known_is_suggested(faults: Callable[..., Any]) -> None:
    step = {"geometry": {"crs": {"in": "EPSG:4326", "out": "EPSG:3263"}}}
    [finding] = faults(from_native={"reference": [{"path": "/x"}, step]})
    assert finding.suggestion.startswith("EPSG:326")
    assert finding.pointer == "/from_native/reference/1/geometry/crs/out"
