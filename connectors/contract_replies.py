"""What a simulated system answers that is known by its contract alone: examples, or made-up replies that fit.

What a request names comes back in the answer where both have a field of that name, so that two requests are told apart.
"""

import random as _random
from collections.abc import Mapping
from typing import Any, Final

from connectors.contract import ContractOperation, Schema
from connectors.faults import FaultKind
from connectors.port import Effect
from connectors.schema_sample import kind_of, merged, sample
from connectors.simulation import GENERAL

_EVERY: Final = GENERAL | {FaultKind.UNKNOWN_CODE, FaultKind.CP1256, FaultKind.QUOTA}
_DEEPEST: Final = 8
NOT_IN_ANY_CONTRACT: Final = "VALUE-OF-NO-CONTRACT"
UNKNOWN: Final = "unknown"
"""A path parameter of this value names something the simulated system does not have."""


def faults_of(operation: ContractOperation, effect: Effect) -> frozenset[FaultKind]:
    """What the simulator of an operation can show: drift only where the contract leaves something to drift from.

    A closed system says 503, and no contract promises that a 503 has had no effect: `once` calls do not show it.
    """
    drifts = set() if effect is Effect.ONCE else {FaultKind.HOLIDAY}
    if place_of_required(operation.answer) is not None:
        drifts.add(FaultKind.DRIFT_RENAMED)
    if place_of_choice(operation.answer) is not None:
        drifts.add(FaultKind.DRIFT_ENUM)
    return frozenset(_EVERY | drifts)


def example_reply(operation: ContractOperation, random: _random.Random) -> Any:
    """The owner's example completed by what the schema asks for, or a reply made up."""
    return completed(operation.answer_example, sample(operation.answer, random))


def example_request(operation: ContractOperation, random: _random.Random) -> dict[str, Any]:
    """A request in the same way."""
    made: dict[str, Any] = completed(operation.request_example, sample(operation.request, random)) or {}
    return made


def completed(shown: Any, made: Any) -> Any:
    """What is shown, with members of `made` where an object shows none on its highest two levels."""
    if shown is None:
        return made
    if not isinstance(shown, dict) or not isinstance(made, dict):
        return shown
    whole = {**made, **shown}
    for part in ("path", "query", "header"):
        if isinstance(shown.get(part), dict) and isinstance(made.get(part), dict):
            whole[part] = {**made[part], **shown[part]}
    return whole


def echoed(reply: Any, asked: Mapping[str, Any], schema: Schema) -> Any:
    """The reply with what was asked put in where both name it, on any level of the request, on the reply's first."""
    known = dict(_named(asked))
    body = reply.get("body", reply) if isinstance(reply, dict) else reply
    if not isinstance(body, dict):
        return reply
    inner = schema.get("properties", {}).get("body", schema)
    declared = merged(inner).get("properties", {})
    fresh = {
        name: known[name]
        if name in known and type(known[name]) is type(value) and "enum" not in declared.get(name, {})
        else value
        for name, value in body.items()
    }
    return {**reply, "body": fresh} if "body" in reply else fresh


def _named(value: Any, depth: int = 0) -> list[tuple[str, Any]]:
    if not isinstance(value, Mapping) or depth > _DEEPEST:
        return []
    inner = [pair for part in value.values() for pair in _named(part, depth + 1)]
    return [*inner, *((name, part) for name, part in value.items() if not isinstance(part, Mapping))]


def place_of_required(schema: Schema) -> tuple[str, ...] | None:
    """Where a field stands that every reply has."""
    return _place_of(schema, _anything)


def place_of_choice(schema: Schema) -> tuple[str, ...] | None:
    """Where a field stands that every reply has, with a list of words to choose from."""
    return _place_of(schema, _is_choice)


def without_required(reply: Any, schema: Schema) -> Any:
    """The reply with one required field under another name: contract drift."""
    place = place_of_required(schema)
    return _changed(reply, place, lambda name, value: (f"{name}New", value)) if place else reply


def with_unknown_choice(reply: Any, schema: Schema) -> Any:
    """The reply with a value that its list of choices does not have."""
    place = place_of_choice(schema)
    return _changed(reply, place, lambda name, _: (name, NOT_IN_ANY_CONTRACT)) if place else reply


def _anything(_schema: Schema) -> bool:
    return True


def _is_choice(schema: Schema) -> bool:
    words = schema.get("enum")
    return isinstance(words, list) and bool(words) and all(isinstance(word, str) for word in words)


def _place_of(schema: Schema, wanted: Any, at: tuple[str, ...] = ()) -> tuple[str, ...] | None:
    """The first field fit for `wanted` that every reply has; only required objects are looked into."""
    whole = merged(schema)
    if kind_of(whole) != "object" or len(at) > _DEEPEST or {"oneOf", "anyOf"} & set(whole):
        return None
    required = set(whole.get("required", ()))
    properties: Mapping[str, Any] = whole.get("properties", {})
    deeper = [name for name in properties if name in required and kind_of(merged(properties[name])) == "object"]
    for name, inner in properties.items():
        nullable = isinstance(inner.get("type"), list) or {"oneOf", "anyOf"} & set(inner)
        plain = name in required and name not in deeper and not nullable and (at or name != "body")
        if plain and wanted(inner):
            return (*at, name)
    for name in deeper:
        if (found := _place_of(properties[name], wanted, (*at, name))) is not None:
            return found
    return None


def _changed(reply: Any, place: tuple[str, ...], change: Any) -> Any:
    if not isinstance(reply, dict) or place[0] not in reply:
        return reply
    if len(place) > 1:
        return {**reply, place[0]: _changed(reply[place[0]], place[1:], change)}
    name, value = change(place[0], reply[place[0]])
    return {key: inner for key, inner in reply.items() if key != place[0]} | {name: value}
