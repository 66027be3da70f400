"""The step that reads: from the message, the context of the call, the request answered to, or the value so far."""

from collections.abc import Callable
from typing import Any

from mappings import pointers, shapes
from mappings.canonical import pointer_to
from mappings.errors import MappingError
from mappings.workbench import ABSENT, Bench, Pipe, Scope
from mappings.written import nearest


def build_path(raw: Any, at: str, bench: Bench, *, first: bool) -> Pipe | None:
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
        into = pointers.follower(parts)
        return lambda value, _scope: value if value is ABSENT else into(value)
    return _from_scope(parts, at, bench)


def _from_scope(parts: list[str], at: str, bench: Bench) -> Pipe | None:
    root, inner = (parts[0], parts[1:]) if parts[:1] and parts[0].startswith("$") else ("", parts)
    read = pointers.reader(parts)
    bench.reading = Any
    if root == "$context":
        if inner not in [[name] for name in pointers.CONTEXT]:
            hint = nearest(parts[-1], pointers.CONTEXT)
            bench.fault(at, "unknown_path", f"the context has no {'/'.join(inner)!r}", hint)
            return None
        bench.place = bench.place or pointer_to(*parts)
    elif root == "$asked" and bench.direction != "to_native":
        return _canonical(parts, inner, bench.asked_model, read, at, bench)
    elif bench.direction == "to_native":
        model = bench.root_model if root == "$root" else bench.model
        return _canonical(parts, inner if root == "$root" else parts, model, read, at, bench)
    return lambda _value, scope: read(scope)


def _canonical(
    parts: list[str], inner: list[str], model: Any, read: Callable[[Scope], Any], at: str, bench: Bench
) -> Pipe | None:
    """A path into a canonical message: it must exist, null is absent, and what the model requires must be there."""
    shape = shapes.follow(model, inner)
    if not shape.known:
        hint = nearest(parts[-1], shape.near) if parts else ""
        bench.fault(at, "unknown_path", f"the request model has no {pointer_to(*parts)}", hint)
        return None
    pointer = pointer_to(*parts)
    bench.place = bench.place or pointer
    bench.reading = shape.kind
    if not shape.required or bench.optional:

        def read_optional(_value: Any, scope: Scope) -> Any:
            value = read(scope)
            return ABSENT if value is None else value

        return read_optional

    def read_required(_value: Any, scope: Scope) -> Any:
        value = read(scope)
        if value is ABSENT or value is None:
            raise MappingError("mapping.missing", pointer, "a required field is not there")
        return value

    return read_required
