"""What a process of the hub does. One process may do everything; on many machines each does its part."""

from enum import StrEnum


class Role(StrEnum):
    """One part of the flow. Any number of processes may have each role; of the sealers one seals at a time."""

    API = "api"  # Callers and portals; accepts, and publishes what it accepted itself.
    RELAY = "relay"  # Publishes what falls due, what dead processes left, and what the broker has lost.
    WORKER = "worker"  # Calls the systems.
    DELIVERY = "delivery"  # Tells subscribers.
    SEALER = "sealer"  # Seals the journal.


EVERY = frozenset(Role)


def read_roles(text: str) -> frozenset[Role]:
    """Read `all` or names separated by commas. Raises ValueError that names the known roles."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if names == ["all"]:
        return EVERY
    known = {role.value for role in Role}
    if not names or not set(names) <= known:
        raise ValueError(f"a role is one of all, {', '.join(sorted(known))}; not {text!r}")
    return frozenset(Role(name) for name in names)
