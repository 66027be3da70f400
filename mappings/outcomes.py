"""What a native reply means before anybody translates it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from mappings.canonical import pointer_to
from mappings.errors import MappingError
from mappings.steps.codes import spelling
from mappings.tables.table import CodeTable
from mappings.workbench import ABSENT, Bench, Pipe, Scope
from mappings.written import Outcome, nearest

Kind = Literal["answered", "refused", "retryable", "in_doubt", "broken", "absent"]

_KINDS: tuple[Kind, ...] = get_args(Kind)
_AFTER = re.compile(r"next_open_day|next_opening|tomorrow|P(?=.)([0-9]+D)?(T(?=.)([0-9]+H)?([0-9]+M)?([0-9]+S)?)?")
_LONGEST_TEXT = 2000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reply means.

    `code` is the hub's code for it, `text` what to tell people: the far side's own words where it has some.
    `after` is an ISO 8601 duration, `next_open_day`, `next_opening` or `tomorrow`. `foreign_code` is what was looked
    up; `texts` holds the document's own words by language.
    """

    kind: Kind
    code: str
    text: str
    after: str | None = None
    foreign_code: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: Kind
    code: str
    texts: Mapping[str, str]
    after: str | None


Judge = Callable[[Any, int | None], Verdict]
"""Native reply and HTTP status to verdict."""


def _rule(raw: Any, at: str, bench: Bench) -> _Rule | None:
    system, _, operation = bench.document.id.partition(".")
    if isinstance(raw, str):
        if raw not in _KINDS:
            bench.fault(at, "outcome", f"no outcome {raw!r}; there are {', '.join(_KINDS)}", nearest(raw, _KINDS))
            return None
        code = {"broken": f"{system}.unknown_code"}.get(raw, f"{system}.{raw}")
        return _Rule(next(kind for kind in _KINDS if kind == raw), code, {}, None)
    kinds = [key for key in raw if key in _KINDS] if isinstance(raw, dict) else []
    if len(kinds) != 1 or not isinstance(raw[kinds[0]], str) or not raw[kinds[0]]:
        bench.fault(at, "outcome", f"{operation}: an outcome is one of {', '.join(_KINDS)} with its code")
        return None
    for key in raw:
        if key not in {kinds[0], "text", "after"}:
            bench.fault(at + pointer_to(key), "unknown_key", f"unknown key {key!r}", nearest(key, ("text", "after")))
    texts, after = raw.get("text", {}), raw.get("after")
    if not isinstance(texts, dict) or not all(key in {"fa", "en"} and isinstance(texts[key], str) for key in texts):
        bench.fault(f"{at}/text", "outcome", "text is {fa: …, en: …}")
        return None
    if after is not None and not (isinstance(after, str) and _AFTER.fullmatch(after)):
        bench.fault(f"{at}/after", "outcome", "after is an ISO 8601 duration, next_open_day, next_opening or tomorrow")
        return None
    return _Rule(next(kind for kind in _KINDS if kind == kinds[0]), raw[kinds[0]], texts, after)


def _said(pipe: Pipe, scope: Scope) -> str | None:
    """What a pipeline reads as text: blank when nothing is there, None when it cannot be read."""
    try:
        found = pipe(ABSENT, scope)
    except MappingError:
        return None  # A reply that cannot even be judged is judged by `unknown`.
    return "" if found is ABSENT or found is None else spelling(found)


def _shared_rules(name: str | None, bench: Bench) -> dict[str, _Rule | None]:
    """Rules from a code table of errors, whose canonical words are `<outcome> <code> [<after>]`."""
    if name is None or bench.tables is None:
        return {}
    table = bench.tables.get(name)
    if not isinstance(table, CodeTable) or table.dated:
        message = f"no shared table {name!r} without dates"
        bench.fault("/outcome/shared", "unknown_table", message, nearest(name, tuple(bench.tables)))
        return {}
    rules = {}
    for row in table.rows:
        kind, _, rest = row.canonical.partition(" ")
        code, _, after = rest.partition(" ")
        raw = {kind: code, "text": {"fa": row.title_fa, "en": row.title_en}, **({"after": after} if after else {})}
        rules[row.code] = _rule(raw, "/outcome/shared", bench)
    return rules


def build_outcome(outcome: Outcome, bench: Bench) -> Judge:
    """Compile the judge of replies. A code that the table does not hold gets the verdict of `unknown`."""
    read_code = bench.pipeline(outcome.code, "/outcome/code", bench)
    read_text = None if outcome.text is None else bench.pipeline(outcome.text, "/outcome/text", bench)
    rules = {code: _rule(raw, "/outcome/table" + pointer_to(code), bench) for code, raw in outcome.table.items()}
    rules = {**_shared_rules(outcome.shared, bench), **rules}
    unknown = _rule(outcome.unknown, "/outcome/unknown", bench)

    def judge(native: Any, http_status: int | None) -> Verdict:
        if http_status is not None and isinstance(native, dict):
            native = {"$http": {"status": http_status}, **native}
        scope = Scope(native, native, {}, ABSENT)
        code = _said(read_code, scope)
        rule = (rules.get(code) if code is not None else None) or unknown
        if rule is None:
            return Verdict("broken", "mapping.outcome", "")
        words = (_said(read_text, scope) if read_text else "") or ""
        text = words[:_LONGEST_TEXT] or rule.texts.get("fa", "") or rule.texts.get("en", "")
        return Verdict(rule.kind, rule.code, text, rule.after, code or "", rule.texts)

    return judge
