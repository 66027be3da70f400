"""WGS84 ↔ UTM: the transverse Mercator projection by Krüger's series to the sixth order of the third flattening.

C. F. F. Karney, "Transverse Mercator with an accuracy of a few nanometers", Journal of Geodesy 85 (2011), equations
(7) to (36): within a zone and well beyond it the error is some nanometres. Municipal maps are in zone 39N, EPSG:32639.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

_EQUATOR = 6_378_137.0  # metres: the semi-major axis of WGS84
_FLATTENING = 1 / 298.257223563
_SCALE = 0.9996
_FALSE_EASTING = 500_000.0
_FARTHEST = 13.0
"""Degrees from the central meridian. A zone reaches 3 and Iran 13 east of zone 39's: beyond, a point is surely in the
wrong zone, or its latitude stands first."""
_NORTHERNMOST = 84.0

_N = _FLATTENING / (2 - _FLATTENING)
_E = math.sqrt(_FLATTENING * (2 - _FLATTENING))
_RADIUS = _EQUATOR / (1 + _N) * (1 + _N**2 / 4 + _N**4 / 64 + _N**6 / 256)


def _series(*rows: tuple[float, ...]) -> tuple[float, ...]:
    """Coefficients from their rows of powers of n; row j begins at n^(j+1)."""
    return tuple(
        sum(value * _N ** (place + power) for power, value in enumerate(row)) for place, row in enumerate(rows, 1)
    )


_FORTH = _series(
    (1 / 2, -2 / 3, 5 / 16, 41 / 180, -127 / 288, 7891 / 37800),
    (13 / 48, -3 / 5, 557 / 1440, 281 / 630, -1983433 / 1935360),
    (61 / 240, -103 / 140, 15061 / 26880, 167603 / 181440),
    (49561 / 161280, -179 / 168, 6601661 / 7257600),
    (34729 / 80640, -3418889 / 1995840),
    (212378941 / 319334400,),
)
_BACK = _series(
    (1 / 2, -2 / 3, 37 / 96, -1 / 360, -81 / 512, 96199 / 604800),
    (1 / 48, 1 / 15, -437 / 1440, 46 / 105, -1118711 / 3870720),
    (17 / 480, -37 / 840, -209 / 4480, 5569 / 90720),
    (4397 / 161280, -11 / 504, -830251 / 7257600),
    (4583 / 161280, -108847 / 3991680),
    (20648693 / 638668800,),
)

Position = tuple[float, float]
"""Longitude and latitude in degrees, or easting and northing in metres: always x before y."""


class OutsideProjection(ValueError):
    """A position that the projection cannot carry: not on the globe, or nowhere near the zone."""


@dataclass(frozen=True, slots=True)
class _Zone:
    """A zone of UTM north of the equator."""

    meridian: float

    def project(self, position: Position) -> Position:
        """Easting and northing of a longitude and latitude."""
        east, latitude = position[0] - self.meridian, position[1]
        if not (abs(east) <= _FARTHEST and 0.0 <= latitude <= _NORTHERNMOST):
            raise OutsideProjection("not near this zone: longitude comes before latitude, in degrees")
        phi, lam = math.radians(latitude), math.radians(east)
        tau = math.tan(phi)
        conformal = _conformal(tau)
        xi0 = math.atan2(conformal, math.cos(lam))
        eta0 = math.asinh(math.sin(lam) / math.hypot(conformal, math.cos(lam)))
        xi, eta = xi0, eta0
        for place, value in enumerate(_FORTH, 1):
            xi += value * math.sin(2 * place * xi0) * math.cosh(2 * place * eta0)
            eta += value * math.cos(2 * place * xi0) * math.sinh(2 * place * eta0)
        return _FALSE_EASTING + _SCALE * _RADIUS * eta, _SCALE * _RADIUS * xi

    def locate(self, position: Position) -> Position:
        """Longitude and latitude of an easting and northing."""
        xi, eta = position[1] / (_SCALE * _RADIUS), (position[0] - _FALSE_EASTING) / (_SCALE * _RADIUS)
        if not (0.0 <= xi <= math.pi / 2 and abs(eta) <= math.radians(_FARTHEST + 1)):
            raise OutsideProjection("not near this zone: easting comes before northing, in metres")
        xi0, eta0 = xi, eta
        for place, value in enumerate(_BACK, 1):
            xi0 -= value * math.sin(2 * place * xi) * math.cosh(2 * place * eta)
            eta0 -= value * math.cos(2 * place * xi) * math.sinh(2 * place * eta)
        lam = math.atan2(math.sinh(eta0), math.cos(xi0))
        conformal = math.sin(xi0) / math.hypot(math.sinh(eta0), math.cos(xi0))
        return self.meridian + math.degrees(lam), math.degrees(math.atan(_geodetic(conformal)))


def _conformal(tau: float) -> float:
    """The tangent of the conformal latitude from that of the geodetic one (Karney 2011, equations 7 to 9)."""
    sigma = math.sinh(_E * math.atanh(_E * tau / math.hypot(1, tau)))
    return tau * math.hypot(1, sigma) - sigma * math.hypot(1, tau)


def _geodetic(conformal: float) -> float:
    """The way back, by Newton's method (Karney 2011, equations 19 to 21); three rounds reach the last digit."""
    tau = conformal
    for _ in range(5):
        there = _conformal(tau)
        slope = math.hypot(1, there) * math.hypot(1, tau) * (1 - _E**2) / (1 + (1 - _E**2) * tau**2)
        tau += (conformal - there) / slope
    return tau


_ZONES = {f"EPSG:326{number:02d}": _Zone(number * 6 - 183.0) for number in (38, 39, 40, 41)}
SYSTEMS: tuple[str, ...] = ("EPSG:4326", *_ZONES)
"""The reference systems known here: WGS84 as longitude and latitude, and the four UTM zones Iran lies in."""


def transformation(source: str, target: str) -> Callable[[Position], Position]:
    """A function from positions in `source` to positions in `target`, both of `SYSTEMS`.

    Raises:
        KeyError: for a system that is not known. The function raises `OutsideProjection`.
    """
    there, back = _TO_WGS84[source], _FROM_WGS84[target]
    if source == target:
        return _same
    return lambda position: back(there(position))


def _same(position: Position) -> Position:
    return position


_TO_WGS84: Mapping[str, Callable[[Position], Position]] = MappingProxyType(
    {"EPSG:4326": _same, **{name: zone.locate for name, zone in _ZONES.items()}}
)
_FROM_WGS84: Mapping[str, Callable[[Position], Position]] = MappingProxyType(
    {"EPSG:4326": _same, **{name: zone.project for name, zone in _ZONES.items()}}
)
