"""Steps over whole structures: JSON inside text, answers wrapped once per hop, geometry."""

import json
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field

from mappings.projection import SYSTEMS, OutsideProjection, Position, transformation
from mappings.steps.strings import texting
from mappings.workbench import Args, Bench, Pipe, on_value, short
from mappings.written import nearest

_DEEPEST = 50
_GEOMETRIES = {
    kind.casefold(): kind
    for kind in ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")
}


class Systems(Args):
    """From which reference system to which, as `EPSG:…`. EPSG:4326 is longitude and latitude, in this order."""

    source: str = Field(alias="in")
    target: str = Field(alias="out")


class Keys(Args):
    """Whether the result's keys are `Type`, `Coordinates` (capitalised) or `type`, `coordinates` (plain)."""

    keys: Literal["capitalised", "plain"] = "plain"
    crs: Systems | None = None


def _unwrap(raw: Any, at: str, bench: Bench) -> Pipe | None:
    """`unwrap`: the innermost of `result.data.result.data…`, as the exchange nests answers once per hop."""
    if raw is not None:
        bench.fault(at, "step", "unwrap takes no argument")
        return None

    def act(value: Any) -> Any:
        for _ in range(_DEEPEST):
            inner = value.get("result") if isinstance(value, dict) else None
            if not isinstance(inner, dict) or "data" not in inner:
                return value
            value = inner["data"]
        return value

    return on_value(act)


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _json(raw: Any, at: str, bench: Bench) -> Pipe | None:
    """`json`: the value written in a JSON text. `{json: dump}`: the value as JSON text without spaces."""
    if raw not in {None, "parse", "dump"} if raw is None or isinstance(raw, str) else True:
        bench.fault(at, "step", "json is parse or dump")
        return None
    fail, text = bench.failing("mapping.json"), texting(bench)

    def parse(value: Any) -> Any:
        if isinstance(value, dict | list):
            return value
        try:
            return json.loads(text(value), parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            return fail(f"JSON text was expected, not {short(value)}")

    def dump(value: Any) -> str:
        try:
            return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        except (TypeError, ValueError, RecursionError):
            return fail(f"{short(value)} cannot be written as JSON")

    return on_value(dump if raw == "dump" else parse)


def _numbers(value: Any, depth: int) -> Any:
    if isinstance(value, list) and depth:
        return [_numbers(item, depth - 1) for item in value]
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("coordinates")
    return value


_DECIMALS = {"EPSG:4326": 9}
"""Digits kept after the point: a tenth of a millimetre, in degrees; four elsewhere, in metres."""


def _moving(crs: Systems | None, at: str, bench: Bench) -> Callable[[Any], Any]:
    """What carries coordinates from one reference system to the other, at whatever depth they lie."""
    if crs is None:
        return lambda value: value
    for key, name in (("in", crs.source), ("out", crs.target)):
        if name not in SYSTEMS:
            bench.fault(f"{at}/crs/{key}", "step", f"no reference system {name!r}", nearest(name, SYSTEMS))
            return lambda value: value
    return _carrier(transformation(crs.source, crs.target), _DECIMALS.get(crs.target, 4))


def _carrier(transform: Callable[[Position], Position], decimals: int) -> Callable[[Any], Any]:
    def carry(value: Any) -> Any:
        if value and not isinstance(value[0], list):
            x, y = transform((value[0], value[1]))
            return [round(x, decimals), round(y, decimals), *value[2:]]
        return [carry(item) for item in value]

    return carry


def _geometry(raw: Any, at: str, bench: Bench) -> Pipe | None:
    """`geometry`: a GeoJSON geometry with keys in either case, to keys in the one asked for.

    With `crs` to another reference system too; a height is kept as it is.
    """
    args = bench.args(Keys, raw, at)
    if args is None:
        return None
    fail, moved = bench.failing("mapping.geometry"), _moving(args.crs, at, bench)
    names = ("Type", "Coordinates") if args.keys == "capitalised" else ("type", "coordinates")

    def act(value: Any) -> Any:
        if not isinstance(value, dict):
            return fail(f"a geometry was expected, not {short(value)}")
        plain = {str(key).casefold(): item for key, item in value.items()}
        kind = _GEOMETRIES.get(str(plain.get("type")).casefold())
        if kind is None or len(plain) != len(value) or not isinstance(plain.get("coordinates"), list):
            return fail("not a GeoJSON geometry")
        try:
            return {names[0]: kind, names[1]: moved(_numbers(plain["coordinates"], 5))}
        except OutsideProjection as outside:
            return fail(str(outside))
        except (ValueError, OverflowError, TypeError, IndexError):
            return fail("coordinates must be nested lists of numbers")

    return on_value(act)


STEPS = {"unwrap": _unwrap, "json": _json, "geometry": _geometry}
