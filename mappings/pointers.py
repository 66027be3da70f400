"""JSON pointers (RFC 6901) split once, followed many times."""

from collections.abc import Callable
from typing import Any

from mappings.workbench import ABSENT, Scope

CONTEXT = (
    "reference",
    "inquiry_id",
    "tracking_code",
    "now",
    "credential_username",
    "credential_password",
    "credential_provider_username",
    "credential_provider_password",
)
"""What `/$context/…` can name."""


def split(pointer: str) -> list[str]:
    """The parts of a pointer, unescaped.

    Raises:
        ValueError: for what is no pointer.
    """
    if pointer and not pointer.startswith("/"):
        raise ValueError("a path is a JSON pointer and starts with /")
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def step_into(value: Any, part: str) -> Any:
    """What `part` names inside `value`, or `ABSENT`."""
    if isinstance(value, dict):
        return value.get(part, ABSENT)
    if isinstance(value, list) and part.isascii() and part.isdecimal() and len(part) <= 9:  # noqa: PLR2004 - no list is longer
        index = int(part)
        return value[index] if index < len(value) else ABSENT
    return ABSENT


def follower(parts: list[str]) -> Callable[[Any], Any]:
    """A function that follows `parts` from a value."""
    if not parts:
        return lambda value: value
    if len(parts) == 1:
        only = parts[0]
        return lambda value: value.get(only, ABSENT) if type(value) is dict else step_into(value, only)
    steps = tuple(parts)

    def follow(value: Any) -> Any:
        for part in steps:
            value = step_into(value, part)
            if value is ABSENT:
                return ABSENT
        return value

    return follow


def reader(parts: list[str]) -> Callable[[Scope], Any]:
    """A function that reads `parts` from a scope: `$context`, `$root`, `$asked`, else the current item."""
    if parts and parts[0] == "$context":
        name = parts[1] if len(parts) > 1 else ""
        return lambda scope: scope.context.get(name, ABSENT)
    if parts and parts[0] == "$root":
        from_root = follower(parts[1:])
        return lambda scope: from_root(scope.root)
    if parts and parts[0] == "$asked":
        from_asked = follower(parts[1:])
        return lambda scope: from_asked(scope.asked)
    here = follower(parts)
    return lambda scope: here(scope.here)
