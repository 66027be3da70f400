"""Reading canonical messages: strict, in JSON terms, with errors in both languages.

CanonicalError   `errors`, one `FieldError` for each field that does not fit
"""

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

Model = TypeVar("Model", bound=BaseModel)

_KINDS = {
    "missing": ("field.missing", "این فیلد لازم است"),
    "extra_forbidden": ("field.unknown", "این فیلد شناخته نیست"),
    "literal_error": ("field.choice", "مقدار از گزینه‌های مجاز نیست"),
    "enum": ("field.choice", "مقدار از گزینه‌های مجاز نیست"),
    "greater_than_equal": ("field.range", "مقدار بیرون از بازه است"),
    "less_than_equal": ("field.range", "مقدار بیرون از بازه است"),
    "string_too_long": ("field.length", "متن بیش از اندازه بلند است"),
    "string_too_short": ("field.length", "متن بیش از اندازه کوتاه است"),
    "string_pattern_mismatch": ("field.form", "شکل متن درست نیست"),
    "json_invalid": ("field.json", "متن JSON درست نیست"),
}


@dataclass(frozen=True, slots=True)
class FieldError:
    """Why one field does not fit. `pointer` is a JSON pointer; `position` is 0-based inside an identifier's text."""

    pointer: str
    code: str
    message_en: str
    message_fa: str
    position: int | None = None


class CanonicalError(ValueError):
    """A message that is not what its model says."""

    def __init__(self, name: str, errors: list[FieldError]) -> None:
        super().__init__(f"{name}: " + "; ".join(f"{error.pointer or '/'} {error.message_en}" for error in errors))
        self.name = name
        self.errors = errors


def pointer_to(*parts: str | int) -> str:
    """The JSON pointer (RFC 6901) to `parts`; empty for the whole document."""
    if len(parts) == 1 and isinstance(parts[0], str) and parts[0].isalnum():
        return f"/{parts[0]}"  # By far the most.
    return "".join([f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts])


def _field_error(detail: ErrorDetails) -> FieldError:
    context = detail.get("ctx", {})
    pointer = pointer_to(*detail["loc"]) + str(context.get("pointer", ""))
    if "message_fa" in context:
        return FieldError(
            pointer, detail["type"], context["message_en"], context["message_fa"], context.get("position")
        )
    code, persian = _KINDS.get(detail["type"], ("field.type", "نوع مقدار درست نیست"))
    return FieldError(pointer, code, detail["msg"], persian)


def read(model: type[Model], data: Any) -> Model:
    """The message in `data` (plain JSON values) as `model`.

    Raises:
        CanonicalError: with every field that does not fit.
    """
    try:
        text = json.dumps(data, ensure_ascii=False, allow_nan=False)
        return model.model_validate_json(text.encode())
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        raise CanonicalError(model.__name__, [_field_error(detail) for detail in details]) from error
    except (TypeError, ValueError, RecursionError) as error:
        fault = FieldError("", "field.json", f"this is not a JSON value: {error}", "این مقدار JSON نیست")
        raise CanonicalError(model.__name__, [fault]) from error


def schema_of(model: type[BaseModel], lang: Literal["fa", "en"] | None = None) -> dict[str, Any]:
    """The JSON Schema of `model`: each part has `title_fa` and `title_en`, or a `title` in the language asked for."""
    schema = deepcopy(model.model_json_schema())
    models = deepcopy(schema.get("$defs", {}))
    for part in (schema, *schema.get("$defs", {}).values()):
        _title(part, models, lang)
    return schema


def _title(node: dict[str, Any], models: Mapping[str, Any], lang: Literal["fa", "en"] | None) -> None:
    """Title one model or field, and the fields inside it. pydantic leaves out of a reference what its target says."""
    target = models.get(str(node.get("$ref")).rpartition("/")[2], {})
    titles = {key: node.pop(f"title_{key}", target.get(f"title_{key}")) for key in ("en", "fa")}
    if lang is None:
        node.update({f"title_{key}": title for key, title in titles.items() if title is not None})
    elif titles[lang] is not None:
        node["title"] = titles[lang]
    for field in node.get("properties", {}).values():
        _title(field, models, lang)


def example_of(model: type[BaseModel]) -> Mapping[str, Any]:
    """The synthetic example that stands with `model`."""
    extra = model.model_config.get("json_schema_extra")
    examples = extra.get("examples") if isinstance(extra, dict) else None
    first = examples[0] if isinstance(examples, list) and examples else {}
    return first if isinstance(first, dict) else {}
