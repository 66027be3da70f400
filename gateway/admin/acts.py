"""Every act of an officer is a leaf of the journal: who, what, about whom, when. Names and secrets stay out of it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from registry import journal
from registry.store import Transaction


def write_down(
    t: Transaction, act: str, *, by: str, now: datetime, random: Callable[[int], bytes], **facts: Any
) -> None:
    """Append the leaf `admin.<act>`. `by` is the officer's id."""
    kind = f"admin.{act}"
    journal.append(
        t,
        kind=kind,
        statement={"v": 1, "kind": kind, "at": now.isoformat(timespec="microseconds"), "by": by, **facts},
        case_id=None,
        inquiry_id=None,
        now=now,
        random=random,
    )
