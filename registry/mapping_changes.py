"""Changes of mapping documents: proposed by one officer, approved or refused by a second person, applied.

A change holds the bytes of the document. What is approved is these bytes, by their SHA-256; what is applied is looked
up by the hash of what runs, so that no other bytes can take the place of those that were read.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, update

from registry.schema import Transaction, mapping_changes


class ChangeState(StrEnum):
    """How far a change has come."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    APPLIED = "applied"


OPEN = (ChangeState.PROPOSED, ChangeState.APPROVED)
"""Changes that may still come into force."""


class OwnChange(Exception):
    """Who proposed a change cannot be the second person."""


class ChangeMoved(Exception):
    """The change is not in the state that the act begins with. `state` is the one it is in."""

    def __init__(self, state: ChangeState) -> None:
        super().__init__(state.value)
        self.state = state


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `proposed_by`, `decided_by` and `applied_by` are officers' ids, or who called the command line."""

    id: str
    mapping: str
    version: int
    content_hash: str
    reason: str
    state: ChangeState
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    applied_by: str | None
    applied_at: datetime | None


_COLUMNS = [mapping_changes.c[name] for name in Change.__dataclass_fields__]


def propose(
    t: Transaction, *, change_id: str, mapping: str, version: int, content: str, reason: str, by: str, now: datetime
) -> Change:
    """Write a change down. Raises ChangeMoved when the same bytes are proposed or approved already."""
    content_hash = hashlib.sha256(content.encode()).hexdigest()
    same = _newest(t, content_hash, OPEN)
    if same is not None:
        raise ChangeMoved(same.state)
    row = {
        "id": change_id,
        "mapping": mapping,
        "version": version,
        "content_hash": content_hash,
        "content": content,
        "reason": reason,
        "state": ChangeState.PROPOSED,
        "proposed_by": by,
        "proposed_at": now,
    }
    t.execute(mapping_changes.insert(), row)
    return _known(t, change_id)


def get(t: Transaction, change_id: str) -> Change | None:
    """Return the change, or None."""
    row = t.execute(select(*_COLUMNS).where(mapping_changes.c.id == change_id)).one_or_none()
    return None if row is None else _change(row)


def content(t: Transaction, change_id: str) -> str:
    """Return the document that is proposed. Raises LookupError."""
    found = t.execute(select(mapping_changes.c.content).where(mapping_changes.c.id == change_id)).scalar_one_or_none()
    if found is None:
        raise LookupError(change_id)
    return str(found)


def every(t: Transaction, *, limit: int = 200) -> list[Change]:
    """Return the changes, newest first."""
    return [_change(row) for row in t.execute(select(*_COLUMNS).order_by(mapping_changes.c.id.desc()).limit(limit))]


def approved(t: Transaction, content_hash: str) -> Change | None:
    """Return the approved change that holds these bytes and is not applied yet, or None."""
    return _newest(t, content_hash, (ChangeState.APPROVED,))


def approve(t: Transaction, change_id: str, *, by: str, now: datetime) -> Change:
    """Let a second person approve. Raises LookupError, OwnChange, ChangeMoved."""
    if _known(t, change_id).proposed_by == by:
        raise OwnChange
    return _decide(t, change_id, (ChangeState.PROPOSED,), ChangeState.APPROVED, by, now)


def refuse(t: Transaction, change_id: str, *, by: str, now: datetime) -> Change:
    """Close a change that is not applied; its proposer may do that too. Raises LookupError, ChangeMoved."""
    return _decide(t, change_id, OPEN, ChangeState.REFUSED, by, now)


def applied(t: Transaction, content_hash: str, *, by: str, now: datetime) -> Change | None:
    """Mark the open change that holds these bytes as applied and return it; None where there is none."""
    found = _newest(t, content_hash, OPEN)
    if found is None:
        return None
    values = {"state": ChangeState.APPLIED, "applied_by": by, "applied_at": now}
    t.execute(update(mapping_changes).where(mapping_changes.c.id == found.id).values(**values))
    return _known(t, found.id)


def _decide(
    t: Transaction, change_id: str, before: Sequence[ChangeState], after: ChangeState, by: str, now: datetime
) -> Change:
    # In one statement, so that of two people who decide at once one is told.
    moved = update(mapping_changes).where(mapping_changes.c.id == change_id, mapping_changes.c.state.in_(before))
    if t.execute(moved.values(state=after, decided_by=by, decided_at=now)).rowcount == 0:
        raise ChangeMoved(_known(t, change_id).state)
    return _known(t, change_id)


def _newest(t: Transaction, content_hash: str, states: Sequence[ChangeState]) -> Change | None:
    query = select(*_COLUMNS).where(mapping_changes.c.content_hash == content_hash, mapping_changes.c.state.in_(states))
    row = t.execute(query.order_by(mapping_changes.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else _change(row)


def _known(t: Transaction, change_id: str) -> Change:
    found = get(t, change_id)
    if found is None:
        raise LookupError(change_id)
    return found


def _change(row: Sequence[object]) -> Change:
    values = dict(zip(Change.__dataclass_fields__, row, strict=True))
    return Change(**values | {"state": ChangeState(str(values["state"]))})  # type: ignore[arg-type]  # The columns' types.
