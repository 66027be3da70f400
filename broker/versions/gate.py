"""What a new version must have passed before it may run."""

from collections.abc import Callable

from broker.versions.recorded import Used, how_many
from connectors.active import Shelf
from mappings.compiler import Mapping as Document
from registry.store import Store, StoreUnavailable


def stops(candidate: Document, used: Used, reader: Callable[[], Store], shelf: Shelf) -> list[str]:
    """Everything for which the candidate may not become active; nothing when it may."""
    results = candidate.run_tests()
    problems = [f"the test {item.name!r} fails: {item.difference}" for item in results if not item.passed]
    if not results:
        problems.append("the document has no tests")
    if candidate.version <= used.active.version:
        problems.append(f"version {used.active.version} is active: the new one needs a higher number")
    for side in ("request", "answer"):
        old, new = (getattr(item.document.canonical, side) for item in (used.active, candidate))
        if old != new:
            problems.append(f"canonical/{side} is {old}: the service's callers rely on it")
    number = _recorded(reader, used)
    if number and not shelf.looked_at(candidate.content_hash, used.active.content_hash):
        problems.append(
            f"{number} exchanges are recorded; look first: "
            f"hub mappings shadow {candidate.id} --file {candidate.document.source.name}"
        )
    return problems


def _recorded(reader: Callable[[], Store], used: Used) -> int:
    try:
        store = reader()
    except StoreUnavailable:
        return 0  # No ledger yet: nothing was ever recorded.
    try:
        return store.read_now(lambda t: how_many(t, used))
    finally:
        store.close_now()
