"""A new version of a mapping tried on recorded exchanges: what would have been asked, judged and answered otherwise.

Pure comparing: who reads and unseals the exchanges is a room above. Values are personal: a difference holds them, but
what it shows of itself is only their kind, unless they are asked for.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from mappings.canonical import pointer_to
from mappings.errors import MappingError
from mappings.outcomes import Verdict
from mappings.workbench import short

Part = Literal["request", "outcome", "answer"]


class Nothing:
    """Where one side has no value."""

    def __repr__(self) -> str:
        return "nothing"


NOTHING = Nothing()


class Translating(Protocol):
    """A mapping, as far as it is compared."""

    def to_native(self, canonical: Mapping[str, Any], context: Mapping[str, str]) -> dict[str, Any]:
        """Translate a request."""
        ...

    def from_native(
        self, native: Any, context: Mapping[str, str], *, asked: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """Translate a reply."""
        ...

    def outcome(self, native: Any, http_status: int | None) -> Verdict:
        """Judge a reply."""
        ...


@dataclass(frozen=True, slots=True)
class RecordedExchange:
    """What was asked (canonical), with which context, and the native reply; None where none was kept."""

    id: str
    asked: Mapping[str, Any]
    context: Mapping[str, str]
    reply: Any = None
    status: int | None = None
    asks: bool = True


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that comes out otherwise. `before` and `after` may be personal; `NOTHING` where there is no value."""

    exchange: str
    part: Part
    pointer: str
    before: Any
    after: Any

    def shown(self, *, reveal: bool = False) -> dict[str, str]:
        """The difference as words; values only when they are to be revealed."""
        before, after = (_word(value, reveal=reveal or self.part == "outcome") for value in (self.before, self.after))
        return {
            "exchange": self.exchange,
            "part": self.part,
            "pointer": self.pointer,
            "before": before,
            "after": after,
        }


@dataclass(frozen=True, slots=True)
class ShadowRun:
    """What a run found. `failures` are exchanges that the new version cannot translate and the old one could."""

    exchanges: int
    differences: tuple[Difference, ...]
    failures: tuple[str, ...]
    mended: tuple[str, ...]
    fields: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Failed:
    """A translation that ended in an error."""

    code: str
    pointer: str


def shadow_run(active: Translating, candidate: Translating, exchanges: Sequence[RecordedExchange]) -> ShadowRun:
    """Translate each exchange with both and compare."""
    differences: list[Difference] = []
    failures, mended = [], []
    for exchange in exchanges:
        before, after = _translated(active, exchange), _translated(candidate, exchange)
        for part, old, new in ((part, before[part], after[part]) for part in before):
            if isinstance(new, _Failed) and not isinstance(old, _Failed):
                failures.append(exchange.id)
            if isinstance(old, _Failed) and not isinstance(new, _Failed):
                mended.append(exchange.id)
            differences.extend(
                Difference(exchange.id, part, pointer, left, right) for pointer, left, right in _between(old, new, "")
            )
    counted = Counter(f"{item.part}{item.pointer}" for item in differences)
    return ShadowRun(
        len(exchanges),
        tuple(differences),
        tuple(dict.fromkeys(failures)),
        tuple(dict.fromkeys(mended)),
        dict(counted.most_common()),
    )


def _translated(mapping: Translating, exchange: RecordedExchange) -> dict[Part, Any]:
    made: dict[Part, Any] = {}
    if exchange.asks:
        made["request"] = _tried(lambda: mapping.to_native(exchange.asked, exchange.context))
    if exchange.reply is None:
        return made
    verdict = mapping.outcome(exchange.reply, exchange.status)
    made["outcome"] = {"kind": verdict.kind, "code": verdict.code, "after": verdict.after}
    if verdict.kind == "answered":
        made["answer"] = _tried(lambda: mapping.from_native(exchange.reply, exchange.context, asked=exchange.asked))
    else:
        made["answer"] = NOTHING
    return made


def _tried(act: Any) -> Any:
    try:
        return act()
    except MappingError as error:
        return _Failed(error.code, error.pointer)


def _between(old: Any, new: Any, at: str) -> Iterator[tuple[str, Any, Any]]:
    """Pointers at which two JSON values differ. Types count: 1, "1" and true are three things."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in (*old, *(key for key in new if key not in old)):
            yield from _between(old.get(key, NOTHING), new.get(key, NOTHING), at + pointer_to(key))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, pair in enumerate(zip(old, new, strict=True)):
            yield from _between(*pair, f"{at}/{index}")
    elif type(old) is not type(new) or old != new:
        yield at, old, new


def _word(value: Any, *, reveal: bool) -> str:
    if isinstance(value, Nothing):
        return "nothing"
    if isinstance(value, _Failed):
        return f"{value.code} at {value.pointer or '/'}"
    return repr(value) if reveal else short(value)
