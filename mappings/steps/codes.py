"""Steps over codes: tables, booleans, presence, base64, check values."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic import Field

from mappings import identifiers, land_identifiers, shapes
from mappings.identifiers import Checked, IdentifierError
from mappings.steps.dated import Finder, gives, shared_finder
from mappings.steps.strings import texting
from mappings.tables.table import CodeTable, Column
from mappings.workbench import ABSENT, Args, Bench, Pipe, Scope, on_value, plain_text, short
from mappings.written import Word, nearest

_WORDS = {"true": True, "false": False}
_IDENTIFIERS: Mapping[str, Callable[[str], Checked]] = {
    "national_id": identifiers.check_national_id,
    "legal_id": identifiers.check_legal_id,
    "sheba": identifiers.check_sheba,
    "bill_id": identifiers.check_bill_id,
    "payment_id": identifiers.check_payment_id,
    "mobile": identifiers.check_mobile,
    "postal_code": identifiers.check_postal_code,
    "foreign_id": identifiers.check_foreign_id,
    "economic_code": identifiers.check_economic_code,
    "deposit_id": identifiers.check_deposit_id,
    "notice_number": identifiers.check_notice_number,
    "renovation_code": land_identifiers.check_renovation_code,
    "displayed_renovation_code": land_identifiers.check_displayed_renovation_code,
    "plaque_number": land_identifiers.check_plaque_number,
    "land_tracking_code": land_identifiers.check_land_tracking_code,
}


class Lookup(Args):
    """`table` runs canonical → native; `reverse` the other way. Unwritten, `reverse` is what `backwards` says.

    Of a shared table `give` is the column to take; `at` the day that decides, where it depends on the day: a path, or
    written behind the name as `table@2026-03-21`.
    """

    table: str
    reverse: bool | None = None
    on_unmapped: Literal["error", "keep", "default"] = "error"
    default: Word = None
    at: str | None = None
    give: Column | None = None


class Boolean(Args):
    """Which native spellings mean true, false and unknown."""

    true: list[Any] = Field(default_factory=list)
    false: list[Any] = Field(default_factory=list)
    null: list[Any] = Field(default_factory=list)


class Present(Args):
    """What stands for there and not there. Null and blank text are not there."""

    yes: Word
    no: Word


def spelling(value: Any) -> str | None:
    """How a table knows a value: 1 and "1" are one, 1 and "01" are two, null is `null`."""
    return "null" if value is None else plain_text(value)


def is_there(value: Any) -> bool:
    """Whether a value says anything: not absent, not null, not blank text."""
    return not (value is ABSENT or value is None or (isinstance(value, str) and not value.strip()))


def backwards(table: Mapping[str, Any], reverse: object, bench: Bench) -> bool:
    """Whether a table is read native → canonical.

    Where the document does not say, it is for answers whose field allows only certain words, when the table's
    left side holds such words and its right side does not.
    """
    if isinstance(reverse, bool) or bench.direction != "from_native":
        return reverse is True
    choices = tuple(_WORDS) if shapes.plain(bench.model) is bool else shapes.choices_of(bench.model)
    return bool(choices) and set(table) <= set(choices) and not all(value in choices for value in table.values())


def _index(name: str, args: Lookup, at: str, bench: Bench, table: Mapping[str, Any]) -> dict[str, Any] | None:
    if not backwards(table, args.reverse, bench):
        return dict(table)
    words = set(table) <= set(_WORDS)
    index: dict[str, Any] = {}
    for canonical, native in table.items():
        key = spelling(native)
        if key is None or key in index:
            bench.fault(at, "table_ambiguous", f"table {name!r} cannot be reversed: {native!r} is not one code")
            return None
        index[key] = _WORDS[canonical] if words else canonical
    return index


def _lookup(raw: Any, at: str, bench: Bench) -> Pipe | None:
    args = bench.args(Lookup, {"table": raw} if isinstance(raw, str) else raw, at)
    if args is None:
        return None
    if (args.on_unmapped == "default") != ("default" in args.model_fields_set):
        bench.fault(at, "step", "default and on_unmapped: default belong together")
        return None
    table: Mapping[str, Any] | CodeTable | None = bench.document.tables.get(args.table)
    if table is None and bench.tables is not None:
        table = bench.tables.get(args.table.partition("@")[0])
        if table is None:
            known = (*bench.document.tables, *bench.tables)
            bench.fault(f"{at}/table", "unknown_table", f"no table {args.table!r}", nearest(args.table, known))
            return None
    if isinstance(table, CodeTable):
        find = shared_finder(table, args, f"{at}/table", bench)
    else:
        find = _finder(args, at, bench, table or {})
    return None if find is None else _found_by(find, args, bench)


def _finder(args: Lookup, at: str, bench: Bench, table: Mapping[str, Any]) -> Finder | None:
    if bench.tables is not None and (args.at is not None or args.give is not None):
        bench.fault(at, "step", "at and give are for shared tables")
        return None
    index = _index(args.table, args, at, bench, table)
    return None if index is None else lambda key, _scope: index.get(key, ABSENT)


def _found_by(find: Finder, args: Lookup, bench: Bench) -> Pipe:
    fail, mode, default, name = bench.failing("mapping.unmapped"), args.on_unmapped, args.default, args.table

    def pipe(value: Any, scope: Scope) -> Any:
        if value is ABSENT:
            return ABSENT
        key = spelling(value)
        found = ABSENT if key is None else find(key, scope)
        if found is not ABSENT:
            return found
        if value is None or mode == "keep":
            return value
        return default if mode == "default" else fail(f"table {name!r} has no such code")

    return pipe


def given_by(raw: Mapping[str, Any], bench: Bench) -> list[Any]:
    """What a lookup can give, as far as its table is known."""
    name = str(raw.get("table"))
    shared = (bench.tables or {}).get(name.partition("@")[0], {})
    table = bench.document.tables.get(name, shared)
    if isinstance(table, CodeTable):
        return sorted(table.words(raw.get("give") or gives(raw.get("reverse"), bench)))
    return [*(table if backwards(table, raw.get("reverse"), bench) else table.values())]


def _boolean(raw: Any, at: str, bench: Bench) -> Pipe | None:
    args = bench.args(Boolean, raw, at)
    if args is None:
        return None
    index: dict[str, bool | None] = {}
    for meaning, natives in ((True, args.true), (False, args.false), (None, args.null)):
        for native in natives:
            key = spelling(native)
            if key is None or key in index:
                bench.fault(at, "table_ambiguous", f"{native!r} cannot stand here, or stands here twice")
                return None
            index[key] = meaning
    fail = bench.failing("mapping.unmapped")

    def pipe(value: Any, _scope: Scope) -> Any:
        if value is ABSENT:
            return ABSENT
        key = spelling(value)
        if key is not None and key in index:
            return index[key]
        if value is None or isinstance(value, bool):
            return value
        return fail("neither true nor false")

    return pipe


def _present(raw: Any, at: str, bench: Bench) -> Pipe | None:
    args = bench.args(Present, raw, at)
    if args is None:
        return None
    yes, no = args.yes, args.no
    return lambda value, _scope: yes if is_there(value) else no


def _base64(raw: Any, at: str, bench: Bench) -> Pipe | None:
    if not isinstance(raw, str) or raw not in {"decode", "encode"}:
        bench.fault(at, "step", "base64 is decode or encode")
        return None
    fail, text = bench.failing("mapping.base64"), texting(bench)

    def decode(value: Any) -> str:
        try:
            return base64.b64decode("".join(text(value).split()), validate=True).decode()
        except (binascii.Error, ValueError):
            return fail(f"base64 of UTF-8 was expected, not {short(value)}")

    def encode(value: Any) -> str:
        try:
            return base64.b64encode(text(value).encode()).decode()
        except UnicodeEncodeError:
            return fail("text with a lone surrogate has no bytes")

    return on_value(decode if raw == "decode" else encode)


def _checksum(raw: Any, at: str, bench: Bench) -> Pipe | None:
    """`checksum`: SHA-256 (hex) of the text. `{checksum: national_id}`: the identifier in its one form."""
    kind = "sha256" if raw is None else raw
    check = _IDENTIFIERS.get(kind) if isinstance(kind, str) else None
    if check is None and kind != "sha256":
        known = ("sha256", *_IDENTIFIERS)
        bench.fault(at, "step", f"checksum is one of {', '.join(known)}", nearest(str(kind), known))
        return None
    fail, text = bench.failing("mapping.checksum"), texting(bench)

    def act(value: Any) -> str:
        if check is None:
            return hashlib.sha256(text(value).encode(errors="surrogatepass")).hexdigest()
        try:
            return check(text(value)).value
        except IdentifierError as error:
            return fail(f"{error.code}: the value is not acceptable")

    return on_value(act)


STEPS = {"lookup": _lookup, "boolean": _boolean, "present": _present, "base64": _base64, "checksum": _checksum}
