"""The form of a connector's settings: fields made from its JSON Schema, and settings made from what was sent.

A field that is left empty is not set: what is shipped stays in force, and stands in the field as its placeholder.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.language import Language
from mappings.text import ascii_digits

LEFT_OUT = frozenset({"connector", "operation_auth", "auth", "credentials", "state"})
"""What is no field of its own: chosen elsewhere, or set in the site's file."""
LONG = frozenset({"trust_pem"})
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `kind` is text, long, number, time, choice, switch, days, spans or marks; `name` is its path."""

    name: str
    kind: str
    label: str
    help: str
    value: Any = ""
    shipped: str = ""
    options: tuple[tuple[str, str], ...] = ()
    secret: bool = False
    kept: bool = False
    group: str = ""


def fields(form: Mapping[str, Any], settings: Mapping[str, Any], language: Language) -> list[Field]:
    """The fields of the settings, in the order of the model, filled with what is set."""
    return list(_fields(form["schema"], form["schema"].get("$defs", {}), settings, form["shipped"], language))


def _fields(
    schema: Mapping[str, Any],
    definitions: Mapping[str, Any],
    settings: Mapping[str, Any],
    shipped: Mapping[str, Any],
    language: Language,
    path: tuple[str, ...] = (),
    group: str = "",
) -> Iterator[Field]:
    for name, given in schema["properties"].items():
        if not path and name in LEFT_OUT:
            continue
        inner = _resolved(given, definitions)
        words = given.get("x-title", {}), given.get("x-help", {})
        label, explained = (one.get(language, "") for one in words)
        value, usual = settings.get(name), shipped.get(name)
        place = ".".join((*path, name))
        if "properties" in inner:
            below = value if isinstance(value, dict) else {}, usual if isinstance(usual, dict) else {}
            yield from _fields(inner, definitions, *below, language, (*path, name), label or name)
            continue
        kind, options = _kind(name, inner, definitions)
        yield Field(
            place, kind, label or name, explained, _shown(kind, value), _shown(kind, usual), options, group=group
        )


def _resolved(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    for choice in (schema, *schema.get("anyOf", ())):
        if "$ref" in choice:
            found: Mapping[str, Any] = definitions[choice["$ref"].rpartition("/")[2]]
            return found
    return next((one for one in schema.get("anyOf", ()) if one.get("type") != "null"), schema)


def _kind(  # noqa: PLR0911 - a line for each kind.
    name: str, schema: Mapping[str, Any], definitions: Mapping[str, Any]
) -> tuple[str, tuple[tuple[str, str], ...]]:
    kind = schema.get("type")
    if kind == "array":
        items = _resolved(schema.get("items", {}), definitions)
        if "enum" in items:
            return "marks", tuple((one, one) for one in items["enum"])
        return ("spans" if "properties" in items else "days"), ()
    if kind == "boolean":
        return "switch", ()
    if kind in {"integer", "number"}:
        return "number", ()
    if "enum" in schema:
        return "choice", tuple((one, one) for one in schema["enum"])
    if "const" in schema:
        return "choice", ((schema["const"], schema["const"]),)
    if schema.get("format") == "time":
        return "time", ()
    return ("long" if name in LONG else "text"), ()


def _shown(kind: str, value: Any) -> Any:  # noqa: PLR0911 - a line for each kind.
    if value is None:
        return [] if kind == "marks" else ""
    match kind:
        case "marks":
            return value
        case "days":
            return "\n".join(value)
        case "spans":
            return "\n".join(f"{one['begins']} {one['ends']} {one.get('note', '')}".rstrip() for one in value)
        case "switch":
            return "yes" if value else "no"
        case "number":
            return f"{value:g}"
        case "time":
            return str(value)[:5]
        case _:
            return str(value)


def auth_fields(
    form: Mapping[str, Any], profile: str, settings: Mapping[str, Any], language: Language
) -> tuple[list[Field], list[Field]]:
    """The parameters of a profile, and the credentials it asks for; a secret that is kept is never shown."""
    chosen = form["auth"].get(profile)
    if chosen is None:
        return [], []
    parameters = chosen["properties"]["parameters"]
    definitions = parameters.get("$defs", {})
    own = settings.get("auth") or {}
    asked = []
    for name, one in parameters["properties"].items():
        if name == "profile":
            continue
        kind, options = _kind(name, _resolved(one, definitions), definitions)
        set_here = str(own.get(name, "")) if own.get("profile") == profile else ""
        title, explained = one["x-title"][language], one["x-help"][language]
        asked.append(Field(f"auth.{name}", kind, title, explained, set_here, str(one.get("default", "")), options))
    credentials = chosen["properties"]["credentials"]["properties"]
    return asked, [_credential(name, one, settings, language) for name, one in credentials.items()]


def _credential(name: str, schema: Mapping[str, Any], settings: Mapping[str, Any], language: Language) -> Field:
    given = str(settings.get("credentials", {}).get(name, ""))
    secret = bool(schema.get("writeOnly"))
    kind = "long" if "PEM" in schema["x-help"]["en"] else "text"
    title, explained = schema["x-title"][language], schema["x-help"][language]
    hidden = secret and not given.startswith(("env:", "file:"))
    value = "" if hidden else given
    return Field(f"credentials.{name}", kind, title, explained, value, secret=secret, kept=hidden and bool(given))


class FieldUnreadable(ValueError):
    """What was sent in a field has not the form of its kind."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def settings_of(
    sent: Mapping[str, Any],
    known: Sequence[Field],
    parameters: Sequence[Field],
    credentials: Sequence[Field],
    *,
    profile: str,
    before: Mapping[str, Any],
) -> tuple[dict[str, Any], dict[str, str]]:
    """The settings that the form says, over what has no field; and secrets typed in. Raises FieldUnreadable."""
    settings: dict[str, Any] = {key: before[key] for key in ("connector", "state", "operation_auth") if key in before}
    for field in known:
        value = _read(field, sent.get(field.name, ""))
        if value is not None:
            *above, last = field.name.split(".")
            place = settings
            for step in above:
                place = place.setdefault(step, {})
            place[last] = value
    if profile:
        given = {field.name.partition(".")[2]: _read(field, sent.get(field.name, "")) for field in parameters}
        settings["auth"] = {"profile": profile, **{key: value for key, value in given.items() if value is not None}}
    kept, typed = _credentials(sent, credentials, before.get("credentials", {}))
    return (settings | ({"credentials": kept} if kept else {})), typed


def _credentials(
    sent: Mapping[str, Any], fields: Sequence[Field], before: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """References and names that stay or are given, and secrets in clear, to be sealed."""
    asked = {field.name.partition(".")[2]: field for field in fields}
    kept = {name: text for name, text in before.items() if name not in asked and "." in name}
    typed: dict[str, str] = {}
    for name, field in asked.items():
        text = str(sent.get(field.name, "")).strip()
        if text and field.secret and not text.startswith(("env:", "file:", "sealed:", "kept:")):
            typed[name] = text
        elif text:
            kept[name] = text
        elif field.kept:
            kept[name] = before[name]
    return kept, typed


def _read(field: Field, sent: Any) -> Any:  # noqa: PLR0911 - a line for each kind.
    """The value of a field; None for one that was left empty."""
    if field.kind == "marks":
        return list(sent) or None
    text = str(sent).strip()
    if not text:
        return None
    match field.kind:
        case "number":
            if not _NUMBER.fullmatch(text := ascii_digits(text)):
                raise FieldUnreadable(field.name)
            return json.loads(text)
        case "switch":
            return text == "yes"
        case "days":
            return text.split()
        case "spans":
            return [_span(field, line) for line in text.splitlines() if line.strip()]
        case _:
            return text


def _span(field: Field, line: str) -> dict[str, str]:
    begins, _, rest = line.strip().partition(" ")
    ends, _, note = rest.strip().partition(" ")
    if not ends:
        raise FieldUnreadable(field.name)
    return {"begins": begins, "ends": ends} | ({"note": note.strip()} if note.strip() else {})
