"""Changes that wait for a second person: proposed, then approved, rejected or withdrawn. Approving applies."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select

from registry.configuration.tables import changes, decisions
from registry.schema import Transaction

Verdict = Literal["approved", "rejected", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Change:
    """A proposal. `base` is the revision it was made on; `verdict` is None while it waits."""

    id: str
    base: int
    document: dict[str, Any]
    hash: str
    author: str
    reason: str
    proposed_at: datetime
    verdict: Verdict | None = None
    decided_by: str | None = None
    decided_reason: str | None = None
    decided_at: datetime | None = None

    @property
    def state(self) -> str:
        """`proposed`, `applied` (approved, which applies it), `rejected` or `withdrawn`."""
        return {None: "proposed", "approved": "applied"}.get(self.verdict, self.verdict or "")


_PROPOSED = ("id", "base", "document", "hash", "author", "reason", "proposed_at")
_DECIDED = (decisions.c.verdict, decisions.c.by, decisions.c.reason.label("decided_reason"), decisions.c.at)
_QUERY = select(*(changes.c[name] for name in _PROPOSED), *_DECIDED).outerjoin(
    decisions, decisions.c.change == changes.c.id
)


def propose(t: Transaction, change: Change) -> None:
    """Write a proposal down."""
    t.execute(changes.insert(), {name: getattr(change, name) for name in _PROPOSED})


def decide(t: Transaction, change_id: str, verdict: Verdict, *, by: str, reason: str, now: datetime) -> None:
    """Write the decision down. The database refuses a second one."""
    t.execute(decisions.insert(), {"change": change_id, "verdict": verdict, "by": by, "reason": reason, "at": now})


def get(t: Transaction, change_id: str) -> Change | None:
    """Return the change, or None."""
    row = t.execute(_QUERY.where(changes.c.id == change_id)).one_or_none()
    return None if row is None else Change(*row)


def waiting(t: Transaction) -> list[Change]:
    """Return what waits for a decision, oldest first."""
    return [Change(*row) for row in t.execute(_QUERY.where(decisions.c.change.is_(None)).order_by(changes.c.id))]


def page(t: Transaction, *, before: str | None = None, limit: int = 50) -> list[Change]:
    """Return changes decided and undecided, newest first, below `before`."""
    query = _QUERY.order_by(changes.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(changes.c.id < before)
    return [Change(*row) for row in t.execute(query)]
