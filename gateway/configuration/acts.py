"""What can be done with the configuration, each inside one transaction: propose, apply, approve, reject, withdraw.

A change that needs nobody's approval is applied at once. Every act is a leaf of the journal, written with it. Acts
raise `Problem`; nothing of them is kept then.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.catalogue import Connected
from connectors.offers import enrol
from gateway.admin.acts import write_down
from gateway.configuration.difference import differences
from gateway.configuration.document import document_of
from gateway.problems import FieldProblem, Problem
from registry import stuck
from registry.configuration import changes, kept, revisions
from registry.configuration.changes import Change, Verdict
from registry.configuration.revisions import Revision, hash_of
from registry.ids import new_id
from registry.store import Transaction

COMMAND_LINE = "command-line:"
"""Before the name of the machine's user: who the author is of what a command changes."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A document that was read and found usable. `base` is the revision it was made on, None for whichever there is.

    `offered` are its instances, whose services are enrolled when it is applied. `urgent` needs no second person:
    stopping a system, or letting it go on, must not wait for one.
    """

    document: dict[str, Any]
    base: int | None
    sealed: tuple[str, ...] = ()
    offered: Mapping[str, Connected] = field(default_factory=dict)
    restores: int | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Hand:
    """Who acts, why, when, and with which randomness. `by` is an officer's id."""

    by: str
    reason: str
    now: datetime
    random: Callable[[int], bytes]
    username: str = ""


def submit(t: Transaction, draft: Draft, hand: Hand) -> Revision | Change:
    """Apply the draft, or propose it where the configuration in force demands a second person."""
    head = revisions.head(t)
    if draft.base is not None:
        require_fresh(t, draft.base, head, draft.document)
    if not differences(document_of(head), draft.document):
        raise Problem("configuration.unchanged")
    require_unused(t, head, draft.document)
    kept.keep(t, draft.sealed, hand.now)
    if document_of(head)["approval"] == "none" or draft.urgent:
        return _apply(t, head, draft, hand, author=hand.by, reason=hand.reason)
    change = Change(
        id=new_id(hand.now, hand.random),
        base=head.number,
        document=draft.document,
        hash=hash_of(draft.document),
        author=hand.by,
        reason=hand.reason,
        proposed_at=hand.now,
    )
    changes.propose(t, change)
    _tell(t, "proposed", hand, change=change.id, base=change.base, hash=change.hash)
    return change


def approve(t: Transaction, change_id: str, seen: str, draft: Draft, hand: Hand) -> Revision:
    """Approve a change of another author and apply it. `seen` is the hash of what the approver looked at."""
    change = waiting(t, change_id)
    if _same_person(change.author, hand):
        raise Problem("configuration.own_change")
    if seen != change.hash or hash_of(draft.document) != change.hash:
        found = FieldProblem(
            "/hash", "configuration.other_hash", "چکیدهٔ دیگری است", f"The change's hash is {change.hash}."
        )
        raise Problem("configuration.other_hash", errors=[found])
    head = revisions.head(t)
    require_fresh(t, change.base, head, change.document)
    require_unused(t, head, change.document)
    changes.decide(t, change_id, "approved", by=hand.by, reason=hand.reason, now=hand.now)
    _tell(t, "approved", hand, change=change_id, hash=change.hash)
    return _apply(t, head, draft, hand, author=change.author, reason=change.reason, change=change)


def decline(t: Transaction, change_id: str, verdict: Verdict, hand: Hand) -> Change:
    """Reject somebody's change, or withdraw one's own."""
    change = waiting(t, change_id)
    if verdict == "withdrawn" and change.author != hand.by:
        raise Problem("configuration.author_only")
    changes.decide(t, change_id, verdict, by=hand.by, reason=hand.reason, now=hand.now)
    _tell(t, verdict, hand, change=change_id, hash=change.hash)
    return known_change(t, change_id)


def known_change(t: Transaction, change_id: str) -> Change:
    """The change of this id. Raises `change.unknown`."""
    found = changes.get(t, change_id)
    if found is None:
        raise Problem("change.unknown")
    return found


def waiting(t: Transaction, change_id: str) -> Change:
    """The change, if nobody has decided about it. Raises `change.unknown`, `configuration.decided`."""
    change = known_change(t, change_id)
    if change.verdict is not None:
        raise Problem("configuration.decided", extra={"state": change.state})
    return change


def known_revision(t: Transaction, number: int) -> Revision:
    """The revision of this number; 0 is the site as shipped. Raises `revision.unknown`."""
    found = revisions.get(t, number)
    if found is None and number != 0:
        raise Problem("revision.unknown")
    return found or Revision(0, {}, hash_of({}), "", "", None, None, None, None)


def require_fresh(t: Transaction, base: int, head: Revision, document: Mapping[str, Any]) -> None:
    """Refuse what was made on an older revision, and tell what was changed since and what both have changed."""
    if base == head.number:
        return
    if base > head.number:
        raise Problem("revision.unknown")
    former = document_of(known_revision(t, base))
    theirs = differences(former, document_of(head))
    mine = {one.pointer for one in differences(former, document)}
    since = [revisions.get(t, number) for number in range(base + 1, head.number + 1)]
    raise Problem(
        "configuration.stale",
        (
            f"بر پایهٔ ویرایش {base} است و اکنون ویرایش {head.number} برقرار است.",
            f"It was made on revision {base}; revision {head.number} is in force now.",
        ),
        errors=[
            FieldProblem(one.pointer, "configuration.changed_by_both", "هر دو دگرگون کرده‌اند", one.text("en"))
            for one in theirs
            if one.pointer in mine
        ],
        extra={
            "revision": head.number,
            "changed": [one.shown() for one in theirs],
            "by": [{"revision": one.number, "author": one.author, "reason": one.reason} for one in since if one],
        },
    )


def require_unused(t: Transaction, head: Revision, document: Mapping[str, Any]) -> None:
    """Refuse to take an instance away whose inquiries are not finished: nobody would carry them to their end."""
    before, after = document_of(head)["connectors"], document["connectors"]
    gone = [name for name, own in before.items() if name not in after and own["connector"] != name]
    moved = [name for name in before.keys() & after.keys() if before[name]["connector"] != after[name]["connector"]]
    used = {name: count for name in sorted({*gone, *moved}) if (count := stuck.unfinished(t, name))}
    if used:
        found = [
            FieldProblem(
                f"/connectors/{name}",
                "connector.in_use",
                f"{count} استعلام ناتمام",
                f"{count} inquiries are not finished.",
            )
            for name, count in used.items()
        ]
        raise Problem("connector.in_use", errors=found)


def _apply(
    t: Transaction,
    head: Revision,
    draft: Draft,
    hand: Hand,
    *,
    author: str,
    reason: str,
    change: Change | None = None,
) -> Revision:
    applied = Revision(
        number=head.number + 1,
        document=draft.document,
        hash=hash_of(draft.document),
        author=author,
        reason=reason,
        approved_by=hand.by if change else None,
        change=change.id if change else None,
        restores=draft.restores,
        applied_at=hand.now,
    )
    revisions.add(t, applied)
    enrol(t, draft.offered)
    facts = {"revision": applied.number, "hash": applied.hash, "author": author, "restores": draft.restores}
    _tell(t, "applied", hand, **facts, **({"change": change.id} if change else {}))
    return applied


def _same_person(author: str, hand: Hand) -> bool:
    """An officer does not approve what they did at the command line either."""
    return author in {hand.by, COMMAND_LINE + hand.username}


def _tell(t: Transaction, act: str, hand: Hand, **facts: Any) -> None:
    write_down(t, f"configuration.{act}", by=hand.by, now=hand.now, random=hand.random, **facts)
