"""Steps over text."""

from typing import Any, Literal

from pydantic import Field

from mappings.nodes import ABSENT, Act
from mappings.text import ascii_digits, fold, fold_arabic, fold_key, persian_digits
from mappings.workbench import Args, Bench, on_text, on_value, plain_text, short

_FOLDS = {"letters": fold, "key": fold_key, "arabic": fold_arabic}
_WIDEST = 1000


class Slice(Args):
    """Half-open, 0-based; negative numbers count from the end."""

    start: int | None = Field(None, alias="from")
    end: int | None = Field(None, alias="to")


class Pad(Args):
    """On the left, or with `side: right` on the right; longer text stays as it is."""

    width: int = Field(ge=1, le=_WIDEST)
    filler: str = Field("0", alias="with", min_length=1, max_length=1)
    side: Literal["left", "right"] = "left"


class Split(Args):
    """The part at `index` of the text cut at `by`; absent where there are fewer parts."""

    by: str = Field(min_length=1)
    index: int


def build_text(raw: Any, at: str, bench: Bench) -> Act | None:
    """`text`: numbers and booleans as text; objects, lists and fractions have no one spelling and are refused."""
    if raw is not None:
        bench.fault(at, "step", "text takes no argument")
        return None
    return on_text("{v}", as_text=texting(bench))


def texting(bench: Bench) -> Any:
    """A function that gives text for text, whole numbers and booleans, and otherwise raises `mapping.type`."""
    fail = bench.failing("mapping.type")

    def act(value: Any) -> str:
        if type(value) is str:
            return value
        text = plain_text(value)
        return fail(f"text was expected, not {short(value)}") if text is None else text

    return act


def _fold(raw: Any, at: str, bench: Bench) -> Act | None:
    if raw is not None and (not isinstance(raw, str) or raw not in _FOLDS):
        bench.fault(at, "step", f"fold is one of {', '.join(_FOLDS)}")
        return None
    return on_text("{0}({v})", _FOLDS[raw or "letters"], as_text=texting(bench))


def _digits(raw: Any, at: str, bench: Bench) -> Act | None:
    if raw not in {"ascii", "persian"} if isinstance(raw, str) else True:
        bench.fault(at, "step", "digits is ascii or persian")
        return None
    return on_text("{0}({v})", ascii_digits if raw == "ascii" else persian_digits, as_text=texting(bench))


def _pad(raw: Any, at: str, bench: Bench) -> Act | None:
    args = bench.args(Pad, raw, at)
    if args is None:
        return None
    form = "{v}.ljust({0}, {1})" if args.side == "right" else "{v}.rjust({0}, {1})"
    return on_text(form, args.width, args.filler, as_text=texting(bench))


def _slice(raw: Any, at: str, bench: Bench) -> Act | None:
    args = bench.args(Slice, raw, at)
    if args is None:
        return None
    return on_text("{v}[{0}]", slice(args.start, args.end), as_text=texting(bench))


def _split(raw: Any, at: str, bench: Bench) -> Act | None:
    args = bench.args(Split, raw, at)
    if args is None:
        return None
    by, index, text = args.by, args.index, texting(bench)

    def act(value: Any) -> Any:
        parts = text(value).split(by)
        return parts[index] if -len(parts) <= index < len(parts) else ABSENT

    return on_value(act, "absent")


def _replace(raw: Any, at: str, bench: Bench) -> Act | None:
    pairs = list(raw.items()) if isinstance(raw, dict) else []
    if not pairs or not all(isinstance(new, str) and old for old, new in pairs):
        bench.fault(at, "step", "replace is a mapping of text to text")
        return None

    def act(text: str) -> str:
        for old, new in pairs:
            text = text.replace(old, new)
        return text

    if len(pairs) == 1:
        return on_text("{v}.replace({0}, {1})", *pairs[0], as_text=texting(bench))
    return on_text("{0}({v})", act, as_text=texting(bench))


def _join(raw: Any, at: str, bench: Bench) -> Act | None:
    if not isinstance(raw, str):
        bench.fault(at, "step", "join takes the text between the items")
        return None
    text = texting(bench)

    def act(value: Any) -> str:
        items = value if isinstance(value, list) else [value]
        return raw.join(text(item) for item in items if item is not None)

    return on_value(act, "value")


STEPS = {
    "text": build_text,
    "fold": _fold,
    "digits": _digits,
    "pad": _pad,
    "slice": _slice,
    "split": _split,
    "replace": _replace,
    "join": _join,
}
