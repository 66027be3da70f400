"""The settings of an instance as JSON Schema with titles and help in both languages: for forms, for the reference."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from connectors.auth_forms import forms
from connectors.catalogue import Connected
from connectors.instances.settings import model_for
from connectors.instances.words import WORDS

_SHIPPED = ("title", "auth", "timeouts", "limits", "breaker", "retry", "hours")


class _Readable(GenerateJsonSchema):
    """Without the titles that pydantic makes of names: ours stand in `x-title`."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - the library's signature.
        return False


def settings_form(connected: Connected) -> dict[str, Any]:
    """The form of one folder's instances: `schema`, what is `shipped` where nothing is set, and every auth profile."""
    shipped = connected.manifest.model_dump(mode="json", include=set(_SHIPPED), exclude_none=True)
    operations = {
        name: {"title": one.title.model_dump(), "effect": one.effect.value, "grade": one.grade.value}
        for name, one in connected.manifest.operations.items()
    }
    return {
        "schema": schema_of(model_for(connected)),
        "shipped": shipped,
        "operations": operations,
        "auth": forms(),
    }


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The model's JSON Schema, each setting with its words."""
    return worded(model.model_json_schema(schema_generator=_Readable))


def worded(schema: dict[str, Any]) -> dict[str, Any]:
    """Put titles and help beside every setting of an instance, and of the parts it is made of."""
    definitions: dict[str, Any] = schema.get("$defs", {})
    _say(schema, (), definitions)
    for name, part in definitions.items():
        if name.endswith("Settings"):
            _say(part, (), definitions)
    return schema


def _say(schema: dict[str, Any], path: tuple[str, ...], definitions: Mapping[str, Any]) -> None:
    for name, inner in schema.get("properties", {}).items():
        words = WORDS.get(".".join((*path, name)))
        if words is None:
            continue
        inner.update(words.shown())
        if path:
            continue
        for choice in (inner, *inner.get("anyOf", ())):
            part = definitions.get(str(choice.get("$ref", "")).rpartition("/")[2])
            if isinstance(part, dict):
                _say(part, (name,), definitions)
