"""Canonical types that a connector folder brings along, made from its JSON Schema files (2020-12, a plain part of it).

    object    `properties` and `required`; unknown fields are refused. Without `properties`: any object,
              with `additionalProperties` as a schema: a map of such values
    array     `items`, `minItems`, `maxItems`
    string    `enum`, `pattern`, `minLength`, `maxLength`, `format` (one of `FORMATS`; others are only shown)
    integer, number   `minimum`, `maximum`; integers also `enum`
    boolean, and {} for anything

`title_fa` and `title_en` name a type and its fields; `examples` of the whole type are shown to its users.
"""

import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic_core import SchemaError

from mappings import values
from mappings.canonical.reading import pointer_to
from mappings.canonical.record import Record

FORMATS: Mapping[str, Any] = MappingProxyType(
    {
        "date": values.IsoDate,
        "date-time": values.Instant,
        "national-id": values.NationalId,
        "legal-id": values.LegalId,
        "postal-code": values.PostalCode,
        "mobile": values.Mobile,
        "sheba": values.Sheba,
    }
)
"""Formats that are checked, and written in their one form."""

_NAME = re.compile(r"[A-Z][A-Za-z0-9]*")
_FIELD = re.compile(r"[^\W\d_]\w*")
_DEEPEST = 32
_KEYWORDS = frozenset(
    {"type", "properties", "required", "additionalProperties", "items", "minItems", "maxItems", "enum", "pattern"}
    | {"minLength", "maxLength", "format", "minimum", "maximum", "title", "title_fa", "title_en", "description"}
    | {"examples", "$schema", "$comment"}
)


class SchemaUnusable(ValueError):
    """A schema from which no canonical type can be made. `pointer` is a JSON pointer into it."""

    def __init__(self, name: str, pointer: str, message: str) -> None:
        super().__init__(f"{name}: {pointer or '/'}: {message}")
        self.pointer = pointer


def usable_name(field: str) -> bool:
    """Whether a canonical field may have this name: an identifier that no model's own attribute hides."""
    return bool(_FIELD.fullmatch(field)) and not hasattr(BaseModel, field) and not field.startswith("model_")


def model_from(name: str, schema: Mapping[str, Any]) -> type[BaseModel]:
    """A canonical model, frozen, strict and closed as all of them are. Raises SchemaUnusable."""
    if not _NAME.fullmatch(name):
        raise SchemaUnusable(name, "", "a type is named in CamelCase, ASCII letters and digits")
    if schema.get("type") != "object" or "properties" not in schema:
        raise SchemaUnusable(name, "", "a message is an object with properties")
    try:
        made = _Maker(name).record(name, schema, ())
        made.model_rebuild()
    except SchemaError as unusable:
        raise SchemaUnusable(name, "", str(unusable).partition("\n")[0]) from unusable
    return made


class _Maker:
    """Makes the models of one file; those of objects inside are named after their place."""

    def __init__(self, name: str) -> None:
        self._name = name

    def fault(self, at: tuple[str, ...], message: str) -> SchemaUnusable:
        return SchemaUnusable(self._name, pointer_to(*at), message)

    def record(self, name: str, schema: Mapping[str, Any], at: tuple[str, ...]) -> type[BaseModel]:
        required = set(schema.get("required", ()))
        properties = schema["properties"]
        if not isinstance(properties, Mapping) or not required <= set(properties):
            raise self.fault(at, "required names fields that properties does not have")
        fields: dict[str, Any] = {}
        for field, inner in properties.items():
            where = (*at, "properties", field)
            if not usable_name(field):
                raise self.fault(where, "a field is named by letters, digits and _, and not like a part of the model")
            kind = self.kind(f"{name}{_camel(field)}", inner, where)
            titles = _titles(inner, field)
            about = Field(title=titles["title_en"], json_schema_extra=dict(titles))
            fields[field] = (
                (Annotated[kind, about], ...) if field in required else (Annotated[kind | None, about], None)
            )
        titles = _titles(schema, name)
        shown = [example for example in schema.get("examples", ()) if isinstance(example, dict)]
        extra: dict[str, Any] = {**titles, **({"examples": shown[:1]} if shown else {})}
        config = ConfigDict(
            frozen=True,
            strict=True,
            extra="forbid",
            allow_inf_nan=False,
            title=titles["title_en"],
            json_schema_extra=extra,
        )
        bare = create_model(f"_{name}", __base__=Record, __module__=__name__)
        bare.model_config = config
        made: type[BaseModel] = create_model(name, __base__=bare, __module__=__name__, **fields)
        made.__doc__ = str(schema.get("description", "")) or None
        return made

    def kind(self, name: str, schema: Any, at: tuple[str, ...]) -> Any:
        if not isinstance(schema, Mapping):
            raise self.fault(at, "a schema is an object")
        if len(at) > 2 * _DEEPEST:
            raise self.fault(at, f"nested deeper than {_DEEPEST} levels")
        if unknown := sorted(set(schema) - _KEYWORDS):
            raise self.fault(at, f"{unknown[0]} is not understood here")
        kind = schema.get("type")
        if kind == "object" and "properties" in schema:
            return self.record(name, schema, at)
        made = {"object": self.object_of_any, "array": self.array}.get(str(kind))
        if made is not None:
            return made(name, schema, at)
        return self.value(schema, at)

    def object_of_any(self, name: str, schema: Mapping[str, Any], at: tuple[str, ...]) -> Any:
        rest = schema.get("additionalProperties", {})
        inner = self.kind(name, {} if rest is True else rest, (*at, "additionalProperties"))
        return dict[str, inner]  # type: ignore[valid-type]  # The type is made here.

    def array(self, name: str, schema: Mapping[str, Any], at: tuple[str, ...]) -> Any:
        item = self.kind(f"{name}Item", schema.get("items", {}), (*at, "items"))
        limits = Field(min_length=schema.get("minItems"), max_length=schema.get("maxItems"))
        return Annotated[list[item], limits]  # type: ignore[valid-type]  # The same.

    def value(self, schema: Mapping[str, Any], at: tuple[str, ...]) -> Any:
        match schema.get("type"):
            case "string":
                return self.text(schema, at)
            case "integer" if "enum" in schema:
                return Literal[tuple(self.choices(schema["enum"], int, at))]
            case "integer" | "number" as kind:
                limits = Field(ge=schema.get("minimum"), le=schema.get("maximum"))
                # A whole number keeps every digit also where fractions are allowed.
                number: Any = {"integer": int, "number": int | float}[kind]
                return Annotated[number, limits]
            case "boolean":
                return bool
            case None:
                return Any
            case unknown:
                raise self.fault(at, f"type {unknown!r} is not understood here")

    def choices(self, listed: Any, kind: type, at: tuple[str, ...]) -> list[Any]:
        if not isinstance(listed, list) or not listed or not all(type(value) is kind for value in listed):
            raise self.fault(at, f"enum is a list of values of type {kind.__name__}")
        return listed

    def text(self, schema: Mapping[str, Any], at: tuple[str, ...]) -> Any:
        if "enum" in schema:
            return Literal[tuple(self.choices(schema["enum"], str, at))]
        kind = FORMATS.get(str(schema.get("format")), str)
        limits = Field(
            min_length=schema.get("minLength"), max_length=schema.get("maxLength"), pattern=schema.get("pattern")
        )
        return Annotated[kind, limits]


def read_schema(raw: bytes, *, name: str) -> type[BaseModel]:
    """The model in a schema file. Raises SchemaUnusable."""
    try:
        schema = json.loads(raw)
    except (ValueError, RecursionError) as unreadable:
        raise SchemaUnusable(name, "", f"not JSON: {unreadable}") from unreadable
    if not isinstance(schema, dict):
        raise SchemaUnusable(name, "", "a schema is an object")
    return model_from(name, schema)


def _titles(schema: Mapping[str, Any], otherwise: str) -> dict[str, str]:
    english = str(schema.get("title_en") or schema.get("title") or otherwise)
    return {"title_en": english, "title_fa": str(schema.get("title_fa") or english)}


def _camel(field: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in field.split("_"))
