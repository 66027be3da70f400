"""Steps over whole structures: JSON inside text, answers wrapped once per hop, geometry."""

import json
import math
from decimal import Decimal
from typing import Any, Literal

from mappings.nodes import Act
from mappings.steps.strings import texting
from mappings.workbench import Args, Bench, on_value, short

_DEEPEST = 50
_GEOMETRIES = {
    kind.casefold(): kind
    for kind in ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")
}


class Keys(Args):
    """Whether the result's keys are `Type`, `Coordinates` (capitalised) or `type`, `coordinates` (plain)."""

    keys: Literal["capitalised", "plain"]


def _unwrap(raw: Any, at: str, bench: Bench) -> Act | None:
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


def _json(raw: Any, at: str, bench: Bench) -> Act | None:
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

    return on_value(dump, "value") if raw == "dump" else on_value(parse)


def _numbers(value: Any, depth: int) -> Any:
    if isinstance(value, list) and depth:
        return [_numbers(item, depth - 1) for item in value]
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("coordinates")
    return value


def _geometry(raw: Any, at: str, bench: Bench) -> Act | None:
    """`geometry`: a GeoJSON geometry with keys in either case, to keys in the one asked for."""
    args = bench.args(Keys, raw, at)
    if args is None:
        return None
    fail = bench.failing("mapping.geometry")
    names = ("Type", "Coordinates") if args.keys == "capitalised" else ("type", "coordinates")

    def act(value: Any) -> Any:
        if not isinstance(value, dict):
            return fail(f"a geometry was expected, not {short(value)}")
        plain = {str(key).casefold(): item for key, item in value.items()}
        kind = _GEOMETRIES.get(str(plain.get("type")).casefold())
        if kind is None or len(plain) != len(value) or not isinstance(plain.get("coordinates"), list):
            return fail("not a GeoJSON geometry")
        try:
            return {names[0]: kind, names[1]: _numbers(plain["coordinates"], 5)}
        except (ValueError, OverflowError):
            return fail("coordinates must be nested lists of numbers")

    return on_value(act, "value")


STEPS = {"unwrap": _unwrap, "json": _json, "geometry": _geometry}
