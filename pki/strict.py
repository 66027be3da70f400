"""Readers with one spelling for every value: canonical base64 and base64url, JSON without repeated names.

A signature protects bytes. Where two spellings decode to the same bytes, a replay store or a log keyed on the text
can be walked around, so every second spelling is refused here.
"""

import base64
import binascii
import json
from typing import Any, Never


def base64url_encode(data: bytes) -> str:
    """RFC 4648 §5 without padding, the only spelling JOSE knows."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def base64url_decode(text: str) -> bytes:
    """The bytes of unpadded base64url. Raises ValueError for padding, foreign letters or spare bits that are set."""
    try:
        data = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise ValueError("not base64url") from error
    if base64url_encode(data) != text:
        raise ValueError("not canonical base64url")
    return data


def base64_encode(data: bytes) -> str:
    """RFC 4648 §4 with padding."""
    return base64.b64encode(data).decode("ascii")


def base64_decode(text: str) -> bytes:
    """The bytes of padded standard base64. Raises ValueError for every other spelling."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise ValueError("not base64") from error
    if base64_encode(data) != text:
        raise ValueError("not canonical base64")
    return data


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a name appears twice in one object")
    return result


def _no_constant(name: str) -> Never:
    raise ValueError(f"{name} is not JSON")


def json_object(data: bytes | str) -> dict[str, Any]:
    """A JSON object in UTF-8. Raises ValueError for repeated names, NaN, too deep nesting or another type."""
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        value = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except RecursionError as error:
        raise ValueError("JSON is nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - one error for every unreadable text.
    return value
