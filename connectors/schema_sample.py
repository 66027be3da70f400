"""Messages made from a schema: the owner's example where there is one, else made up, the same way for the same seed."""

import random as _random
import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from connectors.contract import Schema

_DEEPEST: Final = 12
_LATEST: Final = date(2026, 11, 21)
_WORDS: Final = ("آزمایشی", "نمونه", "تهران", "منطقه", "پرونده", "sample", "alpha", "beta")
#: Only synthetic identifiers: nobody has these numbers.
_IDENTIFIERS: Final[tuple[tuple[str, str], ...]] = (
    (r"national_?(id|code)|nin|melli", "9990000018"),
    (r"legal_?(id|code)|company_?(id|code)", "99900000010"),
    (r"post(al)?_?code", "1619735744"),
    (r"mobile|phone|tel", "09120000000"),
)


def sample(schema: Schema, random: _random.Random, *, name: str = "", depth: int = 0) -> Any:
    """A value that fits the schema, where its rules can be followed; `name` is the field's, for what looks right."""
    for shown in (schema.get("examples"), [schema["default"]] if "default" in schema else None, schema.get("enum")):
        if isinstance(shown, list):
            fit = [value for value in shown if value is not None]
            if fit:
                return fit[0] if shown is not schema.get("enum") else random.choice(fit)
    if "const" in schema:
        return schema["const"]
    if schema.get("allOf"):
        return sample(merged(schema), random, name=name, depth=depth)
    for choice in ("oneOf", "anyOf"):
        if schema.get(choice):
            return sample(schema[choice][0], random, name=name, depth=depth)
    return _made(schema, kind_of(schema), random, name, depth)


def kind_of(schema: Schema) -> str | None:
    """The one type of a schema besides null, guessed from its other words; None when it may be anything."""
    declared = schema.get("type")
    kinds = [one for one in (declared if isinstance(declared, list) else [declared]) if one not in {None, "null"}]
    if len(kinds) == 1:
        return str(kinds[0])
    if kinds:
        return None
    return "object" if "properties" in schema else "array" if "items" in schema else None


def merged(schema: Schema) -> dict[str, Any]:
    """A schema with what stands in `allOf` put together: properties, what is required, and the rest by the last."""
    whole = {key: value for key, value in schema.items() if key != "allOf"}
    for raw in schema.get("allOf", ()):
        part = merged(raw) if isinstance(raw, Mapping) else {}
        properties = {**whole.get("properties", {}), **part.get("properties", {})}
        required = list(dict.fromkeys([*whole.get("required", []), *part.get("required", [])]))
        whole = {**part, **whole} | ({"properties": properties} if properties else {})
        whole |= {"required": required} if required else {}
    return whole


def _made(schema: Schema, kind: str | None, random: _random.Random, name: str, depth: int) -> Any:
    match kind:
        case "object":
            return _object(schema, random, depth)
        case "array":
            count = max(int(schema.get("minItems", 0)), 1 if depth < _DEEPEST else 0)
            count = min(count, int(schema.get("maxItems", count)))
            return [sample(schema.get("items", {}), random, name=name, depth=depth + 1) for _ in range(count)]
        case "integer" | "number":
            return _number(schema, random)
        case "boolean":
            return random.random() < 0.5  # noqa: PLR2004 - a coin.
        case "string" | None:
            return _text(schema, random, name)
    return None


def _object(schema: Schema, random: _random.Random, depth: int) -> dict[str, Any]:
    properties = schema.get("properties", {})
    required = set(schema.get("required", ()))
    return {
        field: sample(inner, random, name=field, depth=depth + 1)
        for field, inner in properties.items()
        if field in required or (depth < _DEEPEST // 2 and "$comment" not in inner)  # What is remarked on can wait.
    }


def _number(schema: Schema, random: _random.Random) -> int:
    least = int(schema.get("minimum", schema.get("exclusiveMinimum", 0)))
    least += "exclusiveMinimum" in schema
    most = int(schema.get("maximum", schema.get("exclusiveMaximum", least + 1000))) - ("exclusiveMaximum" in schema)
    step = int(schema.get("multipleOf", 1)) or 1
    return -(-random.randint(least, max(least, most)) // step) * step


def _text(schema: Schema, random: _random.Random, name: str) -> str:
    made = _by_format(str(schema.get("format", "")), random)
    pattern = schema.get("pattern")
    if made is None:
        plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
        made = next((value for known, value in _IDENTIFIERS if re.search(known, plain)), None)
    if pattern and (made is None or not _fits(pattern, made)):
        made = from_pattern(str(pattern), random) or made
    text = made if made is not None else f"{random.choice(_WORDS)} {random.randint(1, 99)}"
    least, most = int(schema.get("minLength", 0)), schema.get("maxLength")
    text = text if len(text) >= least else text + "0" * (least - len(text))
    return text[: int(most)] if most is not None else text


def _by_format(form: str, random: _random.Random) -> str | None:
    day = _LATEST - timedelta(days=random.randint(0, 900))
    digits = f"{random.getrandbits(128):032x}"
    made = {
        "date": day.isoformat(),
        "date-time": f"{day.isoformat()}T08:30:00+03:30",
        "time": "08:30:00",
        "uuid": f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}",
        "uri": "https://agency.example/1",
        "email": "office@agency.example",
        "byte": "2YbZhdmI2YbZhw==",
        "binary": "2YbZhdmI2YbZhw==",
        "ipv4": "192.0.2.1",
    }
    return made.get(form)


def _fits(pattern: str, text: str) -> bool:
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return True


def from_pattern(pattern: str, random: _random.Random) -> str | None:
    """A text for patterns of plain pieces (`^[0-9]{3}-[A-Z]+$`); None for patterns that say more."""
    piece = re.compile(r"(\\d|\\w|\[[^\]^]+\]|\\.|[^\\.*+?{}()|\[\]^$])(\{(\d+)(,(\d*))?\}|[+*?])?")
    bare = pattern.removeprefix("^").removesuffix("$")
    made, place = "", 0
    while place < len(bare):
        found = piece.match(bare, place)
        if found is None:
            return None
        times = int(found[3]) if found[3] else 0 if found[2] in {"*", "?"} else 1
        made += "".join(_letter(found[1], random) for _ in range(min(times, 200)))
        place = found.end()
    return made if _fits(pattern, made) else None


def _letter(piece: str, random: _random.Random) -> str:
    if piece == r"\d":
        return random.choice("0123456789")
    if piece == r"\w":
        return random.choice("abcdef")
    if not piece.startswith("["):
        return piece[-1]
    spans = re.findall(r"(.)-(.)|(.)", piece[1:-1].replace(r"\d", "0-9").replace(r"\w", "a-z").replace("\\", ""))
    first, last, alone = random.choice(spans)
    return alone or chr(random.randint(ord(first), ord(last)))
