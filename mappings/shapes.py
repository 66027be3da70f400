"""What a canonical model looks like from outside: which pointers it has and which of them are required.

The same few types are asked about once for each field of each document, so what is found is remembered.
"""

import types
import typing
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

_REMEMBERED = 8192
"""Answers kept of each kind: the fields of all canonical models are about a thousand."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Where a pointer leads. `known` is false where the model has no such field; then `near` are the names it has."""

    known: bool
    required: bool
    kind: Any = Any
    near: tuple[str, ...] = ()


@lru_cache(_REMEMBERED)
def plain(kind: Any) -> Any:
    """`kind` without `Annotated` and without `| None`."""
    while True:
        origin = typing.get_origin(kind)
        if origin is typing.Annotated:
            kind = typing.get_args(kind)[0]
        elif origin in {typing.Union, types.UnionType}:
            rest = [item for item in typing.get_args(kind) if item is not type(None)]
            kind = rest[0] if len(rest) == 1 else Any
        else:
            return kind


@lru_cache(_REMEMBERED)
def model_in(kind: Any) -> type[BaseModel] | None:
    """`kind` as a model, or None when it is something else."""
    kind = plain(kind)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


@lru_cache(_REMEMBERED)
def choices_of(kind: Any) -> tuple[str, ...]:
    """The words that `kind` allows, where it is a choice between words; else nothing."""
    kind = plain(kind)
    if typing.get_origin(kind) is typing.Literal:
        return tuple(word for word in typing.get_args(kind) if isinstance(word, str))
    return tuple(str(word.value) for word in kind) if isinstance(kind, type) and issubclass(kind, StrEnum) else ()


@lru_cache(_REMEMBERED)
def items_of(kind: Any) -> Any:
    """What a list of `kind` holds; `Any` for what is no list."""
    kind = plain(kind)
    return typing.get_args(kind)[0] if typing.get_origin(kind) is list and typing.get_args(kind) else Any


@lru_cache(_REMEMBERED)
def follow(kind: Any, parts: tuple[str, ...]) -> Shape:
    """Where `parts` lead, starting at a model or any other type."""
    required = True
    for part in parts:
        model = model_in(kind)
        kind = plain(kind)
        if model is not None:
            field = model.model_fields.get(part)
            if field is None:
                return Shape(known=False, required=False, near=tuple(model.model_fields))
            required = required and field.is_required()
            kind = field.annotation
        elif typing.get_origin(kind) is list:
            if not part.isdecimal():
                return Shape(known=False, required=False)
            kind, required = items_of(kind), False
        elif typing.get_origin(kind) is dict:
            kind, required = typing.get_args(kind)[1], False
        elif kind is Any:
            return Shape(known=True, required=False)
        else:
            return Shape(known=False, required=False)
    return Shape(known=True, required=required, kind=kind)
