"""Switches of outside systems: what an administrator has enabled or disabled, over what the settings say."""

from datetime import datetime

from sqlalchemy import select

from registry.portable import upsert
from registry.schema import Transaction, switches

_PUT = upsert(switches)


def put(t: Transaction, system: str, *, enabled: bool, now: datetime) -> None:
    """Switch a system on or off."""
    t.execute(_PUT, {"system": system, "enabled": enabled, "changed_at": now})


def every(t: Transaction) -> dict[str, bool]:
    """Every system that was ever switched, and how."""
    return {row.system: row.enabled for row in t.execute(select(switches.c.system, switches.c.enabled))}
