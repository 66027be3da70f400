"""What a new version must have passed before it may run."""

from collections.abc import Callable
from dataclasses import dataclass

from broker.versions.recorded import Used, how_many
from connectors.active import Shelf
from mappings.compiler import Mapping as Document
from mappings.compiler import TestResult
from registry.store import Store, StoreUnavailable


@dataclass(frozen=True, slots=True)
class Stop:
    """One reason why a version may not run."""

    code: str
    fa: str
    en: str


def stops(candidate: Document, used: Used, reader: Callable[[], Store], shelf: Shelf) -> list[Stop]:
    """Everything for which the candidate may not become active; nothing when it may."""
    results = candidate.run_tests()
    found = [_test_fails(item) for item in results if not item.passed]
    if not results:
        found.append(Stop("version.untested", "سند آزمونی ندارد", "the document has no tests"))
    if candidate.version <= used.active.version:
        number = used.active.version
        found.append(
            Stop(
                "version.number",
                f"نسخهٔ {number} در کار است: شمارهٔ نسخهٔ تازه باید بزرگ‌تر باشد",
                f"version {number} is active: the new one needs a higher number",
            )
        )
    for side in ("request", "answer"):
        old, new = (getattr(item.document.canonical, side) for item in (used.active, candidate))
        if old != new:
            found.append(
                Stop(
                    "version.canonical",
                    f"نوع canonical/{side} باید {old} بماند: پرسندگان خدمت به آن تکیه دارند",
                    f"canonical/{side} is {old}: the service's callers rely on it",
                )
            )
    number = _recorded(reader, used)
    if number and not shelf.looked_at(candidate.content_hash, used.active.content_hash):
        found.append(
            Stop(
                "version.not_looked_at",
                f"{number} تبادل ضبط شده است؛ نخست اجرای سایه را ببینید",
                f"{number} exchanges are recorded; look first: "
                f"hub mappings shadow {candidate.id} --file {candidate.document.source.name}",
            )
        )
    return found


def _test_fails(result: TestResult) -> Stop:
    return Stop(
        "version.test_failed",
        f"آزمون {result.name!r} نمی‌گذرد: {result.difference}",
        f"the test {result.name!r} fails: {result.difference}",
    )


def _recorded(reader: Callable[[], Store], used: Used) -> int:
    try:
        store = reader()
    except StoreUnavailable:
        return 0  # No ledger yet: nothing was ever recorded.
    try:
        return store.read_now(lambda t: how_many(t, used))
    finally:
        store.close_now()
