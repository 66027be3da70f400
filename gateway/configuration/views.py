"""Revisions and changes as programs see them. Documents hold references to secrets and no secret."""

from collections.abc import Mapping
from typing import Any

from gateway.times import both
from registry.configuration.changes import Change
from registry.configuration.revisions import Revision


def revision_view(revision: Revision, names: Mapping[str, str] | None = None) -> dict[str, Any]:
    """One revision without its document; `names` are officers' usernames by id."""
    known = names or {}
    return {
        "revision": revision.number,
        "hash": revision.hash,
        "author": known.get(revision.author, revision.author),
        "reason": revision.reason,
        "approved_by": known.get(revision.approved_by or "", revision.approved_by),
        "change": revision.change,
        "restores": revision.restores,
        **both("applied_at", revision.applied_at),
    }


def change_view(change: Change, names: Mapping[str, str] | None = None) -> dict[str, Any]:
    """One change without its document."""
    known = names or {}
    return {
        "change": change.id,
        "state": change.state,
        "base": change.base,
        "hash": change.hash,
        "author": known.get(change.author, change.author),
        "reason": change.reason,
        "decided_by": known.get(change.decided_by or "", change.decided_by),
        "decided_reason": change.decided_reason,
        **both("proposed_at", change.proposed_at),
        **both("decided_at", change.decided_at),
    }


def outcome_view(done: Revision | Change, names: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What became of a change: `applied` with its revision, or `proposed`."""
    if isinstance(done, Revision):
        return {"state": "applied", **revision_view(done, names)}
    return change_view(done, names)
