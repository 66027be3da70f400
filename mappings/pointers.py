"""JSON pointers (RFC 6901) split once, followed many times."""

from collections.abc import Callable, Mapping
from typing import Any

from mappings.nodes import ABSENT

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


def _nothing(_key: str, default: Any = None) -> Any:
    return default


def getter_of(value: Any) -> Callable[..., Any]:
    """What `get` is for a dictionary: a function of a part and what to give where it leads nowhere."""
    if isinstance(value, Mapping):
        return value.get
    if not isinstance(value, list):
        return _nothing

    def get(part: str, default: Any = None) -> Any:
        found = step_into(value, part)
        return default if found is ABSENT else found

    return get
