"""The step that reads: from the message, the context of the call, the request answered to, or the value so far."""

from collections.abc import Callable
from typing import Any, NoReturn

from mappings import pointers, shapes
from mappings.canonical import pointer_to
from mappings.errors import MappingError
from mappings.nodes import Follow, Place, Read
from mappings.workbench import Bench
from mappings.written import nearest


def build_path(raw: Any, at: str, bench: Bench, *, first: bool) -> Read | Follow | None:
    """`{path: /a/b}`. Only the `first` step of a pipeline reads the message; a later one reads the value so far."""
    try:
        parts = pointers.split(raw) if isinstance(raw, str) else None
    except ValueError as error:
        bench.fault(at, "path", str(error))
        return None
    if parts is None:
        bench.fault(at, "path", "a path is text")
        return None
    if not first:
        bench.reading = Any
        return Follow(tuple(parts))
    return _from_scope(parts, at, bench)


def _from_scope(parts: list[str], at: str, bench: Bench) -> Read | None:
    root, inner = (parts[0], parts[1:]) if parts[:1] and parts[0].startswith("$") else ("", parts)
    bench.reading = Any
    if root == "$context":
        if len(inner) != 1 or inner[0] not in pointers.CONTEXT:
            hint = nearest(parts[-1], pointers.CONTEXT)
            bench.fault(at, "unknown_path", f"the context has no {'/'.join(inner)!r}", hint)
            return None
        bench.place = bench.place or pointer_to(*parts)
        return Read("context", tuple(inner))
    if root == "$asked" and bench.direction != "to_native":
        return _canonical("asked", tuple(inner), parts, bench.asked_model, at, bench)
    place: Place = "root" if root == "$root" else "here"
    within = tuple(inner if place == "root" else parts)
    if bench.direction == "to_native":
        return _canonical(place, within, parts, bench.root_model if place == "root" else bench.model, at, bench)
    return Read(place, within)


def _canonical(
    place: Place, within: tuple[str, ...], parts: list[str], model: Any, at: str, bench: Bench
) -> Read | None:
    """A path into a canonical message: it must exist, null is absent, and what the model requires must be there."""
    shape = shapes.follow(model, within)
    if not shape.known:
        hint = nearest(parts[-1], shape.near) if parts else ""
        bench.fault(at, "unknown_path", f"the request model has no {pointer_to(*parts)}", hint)
        return None
    pointer = pointer_to(*parts)
    bench.place = bench.place or pointer
    bench.reading = shape.kind
    required = shape.required and not bench.optional
    return Read(place, within, null_absent=True, missing=_missing(pointer) if required else None)


def _missing(pointer: str) -> Callable[[], NoReturn]:
    def fail() -> NoReturn:
        raise MappingError("mapping.missing", pointer, "a required field is not there")

    return fail
