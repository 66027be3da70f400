"""Which language a caller wants to read: Persian when its header prefers it, English otherwise (RFC 9110 §12.5.4)."""

from collections.abc import Iterable
from typing import Literal

Language = Literal["fa", "en"]

LONGEST_HEADER = 500  # Characters; a longer header is a mistake or an attack, and says nothing worth reading.


def preferred(header: str | None) -> Language:
    """Read an `Accept-Language` header. Anything unreadable means English, never an error."""
    if not header or len(header) > LONGEST_HEADER:
        return "en"
    weights = {"fa": 0.0, "en": 0.0}
    for tag, weight in _ranges(header.split(",")):
        language = tag.split("-", 1)[0].lower()
        if language in weights:
            weights[language] = max(weights[language], weight)
    return "fa" if weights["fa"] > weights["en"] else "en"


def _ranges(parts: Iterable[str]) -> Iterable[tuple[str, float]]:
    for part in parts:
        tag, _, parameter = part.strip().partition(";")
        name, _, value = parameter.strip().partition("=")
        try:
            weight = float(value) if name == "q" else 1.0
        except ValueError:
            continue
        if 0.0 <= weight <= 1.0:
            yield tag.strip(), weight
