"""Steps over numbers. None of them ever holds a binary fraction."""

import re
from decimal import Decimal
from typing import Any, Literal

from mappings.nodes import ABSENT, Act
from mappings.text import ascii_digits
from mappings.workbench import Args, Bench, on_value, plain_text, short

_INTEGER = re.compile(r"[+-]?[0-9]{1,40}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?")
_GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3}){1,12}")
_LONGEST = 40
_BLANK = frozenset({"", "-"})


class Money(Args):
    """`commas`: thousands may be grouped. `write`: give text, grouped where `commas`, instead of an integer."""

    commas: bool = False
    write: bool = False
    unit: Literal["rial", "toman"] = "rial"


def _number_text(value: Any) -> str | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() and abs(value.adjusted()) <= 40 else None  # noqa: PLR2004
    text = plain_text(value)
    return None if text is None else ascii_digits(text).strip().replace("\u066b", ".")


def _integer(raw: Any, at: str, bench: Bench) -> Act | None:
    """`integer`: whole numbers of any size; blank text and "-" are absent."""
    if raw is not None:
        bench.fault(at, "step", "integer takes no argument")
        return None
    fail = bench.failing("mapping.integer")

    def act(value: Any) -> Any:
        if type(value) is str and value.isdecimal() and value.isascii() and len(value) <= _LONGEST:
            return int(value)  # The usual spelling, without the detour.
        text = _number_text(value)
        if text in _BLANK:
            return ABSENT
        if text is None or not _INTEGER.fullmatch(text):
            fail(f"a whole number was expected, not {short(value)}")
        return int(text)

    return on_value(act, "absent")


def _decimal(raw: Any, at: str, bench: Bench) -> Act | None:
    """`decimal`: a decimal number as text, digit for digit; blank text and "-" are absent."""
    if raw is not None:
        bench.fault(at, "step", "decimal takes no argument")
        return None
    fail = bench.failing("mapping.decimal")

    def act(value: Any) -> Any:
        text = _number_text(value)
        if text in _BLANK:
            return ABSENT
        if text is None or not _DECIMAL.fullmatch(text):
            fail(f"a decimal number was expected, not {short(value)}")
        return text.removeprefix("+")

    return on_value(act, "absent")


def _money(raw: Any, at: str, bench: Bench) -> Act | None:
    """`money`: rial as an integer, from digits with or without grouping; blank text and "-" are absent."""
    args = bench.args(Money, {} if raw is None else raw, at)
    if args is None:
        return None
    fail, commas, factor = bench.failing("mapping.money"), args.commas, 10 if args.unit == "toman" else 1

    def read(value: Any) -> Any:
        text = _number_text(value)
        if text in _BLANK:
            return ABSENT
        if text is not None and commas:
            text = text.replace("٬", ",").replace("،", ",")
            text = text.replace(",", "") if _GROUPED.fullmatch(text) else text
        if text is None or not _INTEGER.fullmatch(text):
            fail(f"an amount was expected, not {short(value)}")
        return int(text) * factor

    def write(value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, int) or value % factor:
            fail(f"a whole amount was expected, not {short(value)}")
        return format(value // factor, "," if commas else "d")

    return on_value(write, "value") if args.write else on_value(read, "absent")


STEPS = {"integer": _integer, "decimal": _decimal, "money": _money}
