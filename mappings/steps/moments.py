"""Steps over days and times."""

from collections.abc import Callable
from typing import Any

from pydantic import Field

from mappings import dates
from mappings.dates import DateError, FormError
from mappings.nodes import ABSENT, Act
from mappings.steps.strings import texting
from mappings.workbench import Args, Bench, on_value

_NOT_THERE = frozenset({"", "-", "0"})
"""How systems write a date that they do not have."""


class Conversion(Args):
    """From one form to another, as `mappings.dates` describes forms."""

    form_in: str = Field(alias="in")
    form_out: str = Field(alias="out")
    zone: str = dates.TEHRAN


def _converter(args: Conversion, *, whole_days: bool) -> Callable[[str], str | int]:
    if whole_days:
        read_day, write_day = dates.date_reader(args.form_in, args.zone), dates.date_writer(args.form_out)
        return lambda text: write_day(read_day(text))
    read_time, write_time = dates.time_reader(args.form_in, args.zone), dates.time_writer(args.form_out, args.zone)
    return lambda text: write_time(read_time(text))


def _build(raw: Any, at: str, bench: Bench, *, whole_days: bool) -> Act | None:
    args = bench.args(Conversion, raw, at)
    if args is None:
        return None
    try:
        convert = _converter(args, whole_days=whole_days)
    except FormError as error:
        bench.fault(at, "date_form", str(error))
        return None
    fail, text = bench.failing("mapping.date"), texting(bench)

    def act(value: Any) -> Any:
        written = text(value).strip()
        if written in _NOT_THERE:
            return ABSENT
        try:
            return convert(written)
        except DateError:
            return fail(f"not a date of the form {args.form_in}")

    return on_value(act, "absent")


def _date(raw: Any, at: str, bench: Bench) -> Act | None:
    return _build(raw, at, bench, whole_days=True)


def _datetime(raw: Any, at: str, bench: Bench) -> Act | None:
    return _build(raw, at, bench, whole_days=False)


STEPS = {"date": _date, "datetime": _datetime}
