"""Reading a request: the body into a strict model, the headers into values. Every refusal points at the field."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from broker.orders import Idempotency
from gateway.json_rules import escape
from gateway.problems import FieldProblem, Problem
from registry import codes
from registry.codes import TrackingCode

LONGEST_WAIT = 120  # Seconds.
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_WAIT = re.compile(r"wait\s*=\s*\"?([0-9]{1,9})\"?", re.IGNORECASE)

Model = TypeVar("Model", bound=BaseModel)

_WORDS: Mapping[str, tuple[str, str, str]] = {
    "missing": ("field.missing", "این فیلد لازم است", "The field is required."),
    "extra_forbidden": ("field.unknown", "این فیلد شناخته نیست", "The field is unknown."),
    "literal_error": ("field.choice", "این مقدار از گزینه‌های مجاز نیست", ""),
    "enum": ("field.choice", "این مقدار از گزینه‌های مجاز نیست", ""),
    "string_too_short": ("field.length", "متن کوتاه‌تر از اندازه است", ""),
    "string_too_long": ("field.length", "متن بلندتر از اندازه است", ""),
    "string_pattern_mismatch": ("field.form", "شکل متن درست نیست", ""),
    "too_short": ("field.length", "شمار عضوها کم است", ""),
    "too_long": ("field.length", "شمار عضوها زیاد است", ""),
    "greater_than_equal": ("field.range", "مقدار بیرون از بازه است", ""),
    "less_than_equal": ("field.range", "مقدار بیرون از بازه است", ""),
    "timezone_aware": ("field.offset", "زمان باید اختلاف ساعت داشته باشد", "The time needs an offset."),
    "union_tag_invalid": ("field.choice", "این مقدار از گزینه‌های مجاز نیست", ""),
    "secret_in_clear": ("secret.in_clear", "راز آشکار پذیرفته نیست؛ به ارجاع بدهید", ""),
    "secret_reference": ("secret.reference", "ارجاع به جایی جز جای رازهاست", ""),
    "credential_unknown": ("credential.name", "چنین اعتبارنامه‌ای نیست", ""),
    "value_error": ("field.value", "مقدار درست نیست", ""),
}


class FieldError(ValueError):
    """Raised by validators of body models: a finding with its own code and its text in both languages."""

    def __init__(self, code: str, fa: str, en: str, position: int | None = None) -> None:
        super().__init__(en)
        self.code = code
        self.fa = fa
        self.en = en
        self.position = position


def field_problem(item: Mapping[str, Any]) -> FieldProblem:
    """Translate one finding of pydantic or FastAPI."""
    pointer = "".join(f"/{escape(step)}" for step in item["loc"])
    cause = item.get("ctx", {}).get("error")
    if isinstance(cause, FieldError):
        return FieldProblem(pointer, cause.code, cause.fa, cause.en, cause.position)
    kind: str = item["type"]
    code, fa, en = _WORDS.get(kind, ("field.type", "نوع مقدار درست نیست", ""))
    return FieldProblem(pointer, code, fa, en or f"{item['msg']}.")


def parse(model: type[Model], body: bytes, *, below: str = "") -> Model:
    """Read a body into a strict model. `below` is the pointer of this part in the caller's document.

    Raises `Problem` `request.invalid` with one item for each wrong field, or `json.malformed` for an empty body.
    """
    if not body:
        raise Problem("json.malformed", ("بدنهٔ درخواست خالی است.", "The body is empty."))
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        found = [field_problem(item).below(below) for item in error.errors(include_url=False, include_input=False)]
        raise Problem("request.invalid", errors=found) from error


def read_code(text: str, pointer: str) -> TrackingCode:
    """Read a tracking code. Raises `Problem` with a `code.*` code and the position of the wrong character.

    When the check digits do not fit no single character is to blame: the position is that of the first check digit.
    """
    try:
        return codes.parse(text)
    except codes.CodeError as error:
        position = error.position
        if error.code == "code.check_digits" and position is None:
            position = [index for index, character in enumerate(text) if character.isdecimal()][-2]
        found = FieldProblem(pointer, error.code, error.message_fa, error.message_en, position)
        raise Problem(error.code, (error.message_fa, error.message_en), errors=[found]) from error


async def read(request: Request, model: type[Model]) -> Model:
    """Read the request's body into a strict model."""
    return parse(model, await request.body())


async def read_nothing(request: Request) -> None:
    """Refuse a body where none is read, rather than to ignore what the caller meant by it."""
    if await request.body():
        raise Problem("body.unexpected")


def wait_seconds(request: Request) -> int | None:
    """How long the caller wants to wait: `Prefer: wait=N` (RFC 7240 §4.3), at most 120 seconds."""
    for header in request.headers.getlist("prefer"):
        for preference in header.split(","):
            found = _WAIT.fullmatch(preference.partition(";")[0].strip())
            if found:
                return min(int(found[1]), LONGEST_WAIT)
    return None


async def idempotency_of(request: Request) -> Idempotency | None:
    """The caller's `Idempotency-Key` with the hash of what it was sent with: address and body."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        found = FieldProblem(
            "/header/idempotency-key",
            "field.form",
            "کلید باید ۱ تا ۲۰۰ نویسهٔ چاپی بی‌فاصله باشد.",
            "A key is 1 to 200 visible ASCII characters.",
        )
        raise Problem("header.invalid", errors=[found])
    digest = sha256(request.url.path.encode() + b"\n" + await request.body()).hexdigest()
    return Idempotency(key, digest)
