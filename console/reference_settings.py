"""The settings page: from the declarations in `gateway/settings.py`."""

import re
from typing import Any

from pydantic import BaseModel

from console.markdown import code, page, table
from gateway.settings import Settings

_WORDS = {
    "str": "text",
    "int": "number",
    "bool": "true or false",
    "Path": "path",
    "SecretStr": "secret",
    "dict[str, SecretStr]": "secrets by name",
    "dict[str, ConnectorSettings]": "a table for each",
    "tuple[date, ...]": "list of dates",
    "Timeouts": "`connect`, `total`: seconds",
    "Limits": "`rate_per_second`, `concurrency`",
}


def settings() -> str:
    """Every setting with its default."""
    rows = [(code(f"HUB_{name.upper()}"), *row) for name, row in _rows(Settings)]
    return page(
        "Settings",
        "Environment variables `HUB_*` stand over `hub.toml` in the working folder, and that over the defaults. In the "
        "file the names are small and without `HUB_`. A setting that cannot be used stops the start with exit status 2 "
        "and is named, without its value.",
        table(("setting", "default", "type", "means"), rows),
        "Settings of a single outside system are on [the connectors' page](connectors.md#settings-of-a-connector).",
    )


def fields(model: type[BaseModel]) -> str:
    """The fields of a settings model as a table."""
    return table(("name", "default", "type", "means"), [(code(name), *row) for name, row in _rows(model)])


def _rows(model: type[BaseModel]) -> list[tuple[str, tuple[str, str, str]]]:
    return [
        (name, (code(_default(field)), _type(field.annotation), " ".join((field.description or "").split())))
        for name, field in model.model_fields.items()
    ]


def _default(field: Any) -> str:
    if field.default_factory is not None or field.default is None or field.default == ():
        return ""
    return str(field.default).lower() if isinstance(field.default, bool) else str(field.default)


def _type(annotation: Any) -> str:
    """Name a type without the modules it lives in."""
    name = (
        annotation.__name__ if isinstance(annotation, type) and not hasattr(annotation, "__args__") else str(annotation)
    )
    plain = re.sub(r"[a-z_]+\.", "", name).removesuffix(" | None")
    return _WORDS.get(plain, plain)
