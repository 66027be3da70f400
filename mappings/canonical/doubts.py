"""What is acceptable in a message and still looks wrong: warnings, never reasons to refuse."""

import typing
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import AfterValidator, BaseModel

from mappings.canonical.reading import pointer_to
from mappings.values import Identified

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class FieldWarning:
    """What looks wrong about one field. `pointer` is a JSON pointer into the message."""

    pointer: str
    code: str
    message_en: str
    message_fa: str


def warnings_of(message: BaseModel) -> list[FieldWarning]:
    """Every warning about the identifiers in a message that has been read, in the order of its fields."""
    return [
        FieldWarning(pointer_to(*place), warning.code, warning.message_en, warning.message_fa)
        for place, identified, text in _identifiers(message, ())
        for warning in identified.check(text).warnings
    ]


@lru_cache(maxsize=512)
def _checks(model: type[BaseModel]) -> dict[str, Identified]:
    """Which fields of a model are identifiers, alone or in a list, required or not."""
    hints = typing.get_type_hints(model, include_extras=True)
    found = {name: _check_in(hints[name]) for name in model.model_fields}
    return {name: check for name, check in found.items() if check is not None}


def _check_in(kind: Any) -> Identified | None:
    for part in (*getattr(kind, "__metadata__", ()), *typing.get_args(kind)):
        if isinstance(part, AfterValidator) and isinstance(part.func, Identified):
            return part.func
        inner = _check_in(part) if typing.get_origin(part) is not None else None
        if inner is not None:
            return inner
    return None


def _identifiers(
    message: BaseModel, at: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], Identified, str]]:
    checks = _checks(type(message))
    for name in type(message).model_fields:
        value = getattr(message, name)
        items = enumerate(value) if isinstance(value, list) else [(None, value)]
        for index, item in items:
            place = (*at, name) if index is None else (*at, name, index)
            if isinstance(item, BaseModel):
                yield from _identifiers(item, place)
            elif isinstance(item, str) and name in checks:
                yield place, checks[name], item
