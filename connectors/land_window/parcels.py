"""The simulated window's parcels: a made-up town laid out by arithmetic: a plaque always has the same outline.

No outline is a real parcel. Main plaques 1 to 8999 exist; 9000 and above are not registered; 8888 is in two parts.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

FIRST_UNREGISTERED = 9000
IN_TWO_PARTS = 8888

# The corner of the made-up town, in millionths of a degree: integers, so that every machine draws the same outline.
_WEST = 51_300_000
_SOUTH = 35_600_000
_MILLION = 1_000_000

Ring = list[list[float]]


@dataclass(frozen=True, slots=True)
class Plaque:
    """Where a parcel is registered. `secondary` is 0 for none."""

    unit: str
    section: str
    subsection: str
    main: int
    secondary: int

    @property
    def registered(self) -> bool:
        """Whether the made-up registry knows it."""
        return 0 < self.main < FIRST_UNREGISTERED and self.secondary >= 0


def outline(plaque: Plaque) -> dict[str, Any]:
    """The parcel as GeoJSON with the window's capitalised keys, WGS84 longitude before latitude, ring closed."""
    first = _ring(plaque, part=0)
    if plaque.main == IN_TWO_PARTS:
        return {"Type": "MultiPolygon", "Coordinates": [[first], [_ring(plaque, part=1)]]}
    return {"Type": "Polygon", "Coordinates": [[*first]]}


def outline_text(plaque: Plaque) -> str:
    """`outline` as the text the window puts into `GeoJsonMap`."""
    return json.dumps(outline(plaque))


def _ring(plaque: Plaque, *, part: int) -> Ring:
    name = f"{plaque.unit}/{plaque.section}/{plaque.subsection}/{plaque.main}/{plaque.secondary}/{part}"
    draw = _numbers(hashlib.sha256(name.encode()).digest())
    west = _WEST + next(draw) * 800 + part * 400
    south = _SOUTH + next(draw) * 600
    width = 100 + next(draw)
    height = 80 + next(draw)
    cut = next(draw) % 60
    corners = [
        (west, south),
        (west + width, south + cut // 4),
        (west + width + cut // 3, south + height),
        (west + cut, south + height + cut // 5),
        (west - cut // 6, south + height // 2),
    ]
    return [[x / _MILLION, y / _MILLION] for x, y in [*corners, corners[0]]]


def _numbers(digest: bytes) -> Iterator[int]:
    """Numbers from 0 to 255."""
    yield from digest
